internal import Observations

/// Amazon's VPC flow logs (Amazon VPC user guide, "Flow log records"): fields with blanks between,
/// `2 123456789010 eni-0a1b 192.0.2.1 198.51.100.1 49761 3389 6 20 4249 1236060000 1236060060 REJECT
/// OK`, of version 2 in that order, or as a first line names them.
///
/// A record is one way of a flow through one network interface within a minute or ten, from `start`
/// on: `ACCEPT` or `REJECT` says what security groups and access lists did. `pkt-srcaddr` and
/// `pkt-dstaddr` are the packet's own ends where `srcaddr` and `dstaddr` are those of a middleman;
/// `flow-direction` is seen from the interface. Of ICMP no type is told. `tcp-flags` leaves out
/// ACK but beside SYN. `SKIPDATA` says that records were lost; `NODATA` that there was nothing.
struct AWSFlow: LineFormat {
  static var name: String { "aws-vpc-flow" }
  /// Any step: records of many interfaces come as they were gathered.
  static var orderTolerance: Int64 { .max }

  private enum Column {
    static let source = 0, destination = 1, sourcePort = 2, destinationPort = 3, proto = 4
    static let packets = 5, start = 6, action = 7, status = 8, trueSource = 9
    static let trueDestination = 10, flags = 11, direction = 12, interface = 13, version = 14
  }
  private static let names: [[StaticString]] = [
    ["srcaddr"], ["dstaddr"], ["srcport"], ["dstport"], ["protocol"], ["packets"], ["start"],
    ["action"], ["log-status"], ["pkt-srcaddr"], ["pkt-dstaddr"], ["tcp-flags"],
    ["flow-direction"], ["interface-id"], ["version"],
  ]
  /// The order of version 2, which is the default.
  private static let standard: [Int8] = [14, -1, 13, 0, 1, 2, 3, 4, 5, -1, 6, -1, 7, 8]
  private var cells = NamedCells(
    AWSFlow.names, separator: 0x20, isPadded: true, columns: AWSFlow.standard)
  private var isNamed = false

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let first = bytes.byte(range.lowerBound)
    if first &- 97 < 26, let header = readHeader(bytes, range) { return header }
    // Version and account, or any other field where the columns are named.
    guard isNamed || first &- 48 < 10 && bytes.byte(range.lowerBound + 1) == 0x20 else {
      return .foreign
    }
    guard cells.take(bytes, range) == cells.count else { return .foreign }
    cells.drop("-", bytes)
    guard isOwn(bytes) else { return .foreign }
    if let status = cells[Column.status] {
      if bytes.fills("NODATA", status) { return .other }
      if bytes.fills("SKIPDATA", status) { return .lost }
    }
    return readRecord(bytes)
  }

  /// A line of names alone; nil where it is none.
  private mutating func readHeader(_ bytes: RawSpan, _ range: Range<Int>) -> LineReading? {
    for at in range {
      let byte = bytes.byte(at)
      guard byte &- 97 < 26 || byte == 0x2d || byte == 0x20 else { return nil }
    }
    let hasEnds =
      cells.name(bytes, range, requiring: [Column.source, Column.destination, Column.start])
      || cells.name(
        bytes, range, requiring: [Column.trueSource, Column.trueDestination, Column.start])
    if hasEnds { isNamed = true }
    return hasEnds ? .other : nil
  }

  /// Whether the cells are surely a record's: an interface, or what the status or action may be.
  private func isOwn(_ bytes: RawSpan) -> Bool {
    if let interface = cells[Column.interface], !bytes.has("eni-", at: interface.lowerBound) {
      return false
    }
    if let status = cells[Column.status] {
      let known: [StaticString] = ["OK", "NODATA", "SKIPDATA"]
      return known.contains { bytes.fills($0, status) }
    }
    guard let action = cells[Column.action] else { return cells[Column.interface] != nil }
    return bytes.fills("ACCEPT", action) || bytes.fills("REJECT", action)
  }

  private func readRecord(_ bytes: RawSpan) -> LineReading {
    guard let from = cells[Column.trueSource] ?? cells[Column.source],
      let to = cells[Column.trueDestination] ?? cells[Column.destination]
    else { return .wrong(.addressMissing) }
    guard let time = cells[Column.start].flatMap({ bytes.epoch($0) }) else {
      return .wrong(.stampMalformed)
    }
    var packet = Observation()
    switch EndpointPair(bytes.plainAddress(from), bytes.plainAddress(to)) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let source, let destination):
      packet.source = source.0
      packet.destination = destination.0
    }
    packet.time = time
    if let action = cells[Column.action] {
      if bytes.fills("ACCEPT", action) { packet.action = .allowed }
      if bytes.fills("REJECT", action) { packet.action = .blocked }
    }
    if let direction = cells[Column.direction] {
      if bytes.fills("ingress", direction) { packet.path = .inbound }
      if bytes.fills("egress", direction) { packet.path = .outbound }
    }
    var problem: Anomaly?
    if let proto = cells[Column.proto] {
      guard let transport = Transport(bytes, proto) else {
        return .packet(packet, .numberMalformed)
      }
      packet.transport = transport
    }
    if packet.transport.hasPorts, let first = cells[Column.sourcePort],
      let second = cells[Column.destinationPort]
    {
      if let first = bytes.port(first), let second = bytes.port(second) {
        packet.setPorts(first, second)
      } else {
        problem = .numberMalformed
      }
    }
    if let count = cells[Column.packets] {
      if let count = bytes.count(count) {
        if count == 0 { return .other }
        packet.setPackets(UInt32(clamping: count))
      } else {
        problem = .numberMalformed
      }
    } else {
      packet.marks.insert(.lowerBound)
    }
    if packet.transport == .tcp, let flags = cells[Column.flags] {
      if let flags = bytes.decimal(flags), flags <= 255 {
        packet.tcpFlags = AWSFlow.flags(TCPFlags(rawValue: UInt8(flags)))
      } else {
        problem = .numberMalformed
      }
    }
    return .packet(packet, problem)
  }

  /// SYN and ACK are the answer to an opening; without SYN the record is of a connection under way,
  /// whose packets all acknowledge, or of a refusal.
  private static func flags(_ flags: TCPFlags) -> TCPFlags {
    if flags.contains(.syn) { return flags.contains(.ack) ? [.syn, .ack] : .syn }
    return flags == .rst ? .rst : .ack
  }
}

internal import Observations

/// Google Cloud's VPC flow logs and firewall rules logs (Google Cloud documentation, "VPC Flow Logs
/// records", "Firewall Rules Logging"), one log entry as a JSON object a line:
/// `{"jsonPayload":{"connection":{"src_ip":"…",…},"packets_sent":"12",…},"timestamp":"…"}`.
///
/// A flow record is one way of a flow past one virtual machine, which is its `reporter`; packets
/// are sampled, so counts are lower bounds. Between two machines both report: in a log that has
/// reports of senders, a receiver's on a sender that is one too is the same flow once more and is
/// passed over. Nothing says what was done: flows are `audited`. A firewall's record tells of a
/// connection `ALLOWED` or `DENIED`, one for many alike.
struct GCPFlow: LineFormat {
  static var name: String { "gcp-vpc-flow" }
  /// Any step: entries are gathered from many machines.
  static var orderTolerance: Int64 { .max }

  private enum Column {
    static let source = 0, destination = 1, sourcePort = 2, destinationPort = 3, proto = 4
    static let packets = 5, start = 6, disposition = 7, reporter = 8, direction = 9, stamp = 10
  }
  private var cells = NamedCells([
    ["src_ip"], ["dest_ip"], ["src_port"], ["dest_port"], ["protocol"], ["packets_sent"],
    ["start_time"], ["disposition"], ["reporter"], ["direction"], ["timestamp"],
  ])
  private var stamps = ISOStamps()
  private var hasSenders = false
  /// Of the line under way: whether it names the sender as a machine of its own.
  private var isInside = false

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let object = log.object(bytes, range) else { return .foreign }
    cells.clear()
    isInside = false
    var json = JSONLine(bytes, object)
    let isWhole = walk(bytes, &json, isPayload: false)
    guard cells[Column.source] != nil || cells[Column.destination] != nil,
      cells[Column.reporter] != nil || cells[Column.disposition] != nil
    else { return .foreign }
    guard isWhole else { return .wrong(.lineCut) }
    return readEntry(bytes, &log)
  }

  /// Walks an entry, its payload and what is within that: three levels at most.
  private mutating func walk(
    _ bytes: RawSpan, _ json: inout JSONLine, isPayload: Bool
  ) -> Bool {
    while true {
      switch json.next(bytes) {
      case .broken: return false
      case .close: return true
      case .member: if !member(bytes, &json, isPayload: isPayload) { return false }
      }
    }
  }

  private mutating func member(
    _ bytes: RawSpan, _ json: inout JSONLine, isPayload: Bool
  ) -> Bool {
    if json.kind == .object {
      if !isPayload, bytes.fills("jsonPayload", json.name) {
        json.enter()
        return walk(bytes, &json, isPayload: true)
      }
      guard isPayload else { return true }
      if bytes.fills("src_instance", json.name) { isInside = true }
      guard bytes.fills("connection", json.name) || bytes.fills("rule_details", json.name) else {
        return true
      }
      json.enter()
      while true {
        switch json.next(bytes) {
        case .broken: return false
        case .close: return true
        case .member: if json.kind != .object, json.kind != .array { cells.take(bytes, json) }
        }
      }
    }
    // Of the entry itself only the stamp is asked.
    if isPayload || bytes.fills("timestamp", json.name) { cells.take(bytes, json) }
    return true
  }

  private mutating func readEntry(_ bytes: RawSpan, _ log: inout LogState) -> LineReading {
    guard let from = cells[Column.source], let to = cells[Column.destination] else {
      return .wrong(.addressMissing)
    }
    guard let stamp = cells[Column.start] ?? cells[Column.stamp],
      let time = stamps.read(bytes, stamp, &log.clock)
    else { return .wrong(.stampMalformed) }
    var packet = Observation()
    switch EndpointPair(bytes.plainAddress(from), bytes.plainAddress(to)) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let source, let destination):
      packet.source = source.0
      packet.destination = destination.0
    }
    packet.time = time
    packet.marks.insert(.lowerBound)
    if !takeSide(bytes, &packet) { return .other }
    guard let transport = cells[Column.proto].flatMap({ Transport(anyName: bytes, $0) }) else {
      return .packet(packet, .numberMalformed)
    }
    packet.transport = transport
    var problem: Anomaly?
    if transport.hasPorts, let first = cells[Column.sourcePort],
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
        packet.setPackets(UInt32(clamping: count))
      } else {
        problem = .numberMalformed
      }
    }
    return .packet(packet, problem)
  }

  /// What was done, and which way it went; false where the entry tells what another has told.
  private mutating func takeSide(_ bytes: RawSpan, _ packet: inout Observation) -> Bool {
    if let disposition = cells[Column.disposition] {
      if bytes.fills("DENIED", disposition) { packet.action = .blocked }
      if bytes.fills("ALLOWED", disposition) { packet.action = .allowed }
      if let direction = cells[Column.direction] {
        if bytes.fills("INGRESS", direction) { packet.path = .inbound }
        if bytes.fills("EGRESS", direction) { packet.path = .outbound }
      }
      return true
    }
    packet.action = .audited
    guard let reporter = cells[Column.reporter] else { return true }
    if bytes.fills("SRC", reporter) {
      hasSenders = true
      packet.path = .outbound
    } else if bytes.fills("DEST", reporter) {
      if hasSenders, isInside { return false }
      packet.path = .inbound
    }
    return true
  }
}

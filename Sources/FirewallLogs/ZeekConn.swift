internal import Observations

/// Zeek's `conn.log` (Zeek manual, "conn.log"), by its `#fields` or as one JSON object a line.
///
/// A row is a connection, from the time of its first packet on: so many packets from the one who
/// opened it, so many back. Nothing was decided about them: all are `audited`. `local_orig` and
/// `local_resp` say which way it crossed the border of the networks that Zeek was told are its
/// own. Flags are what `history` names first of either end, else what `conn_state` implies; the
/// length is that of one packet where all of a way are sure to be, or may as well be, of one size.
/// Rows of Zeek's other logs describe what a connection carried, and tell of no packet.
struct ZeekConn: LineFormat {
  static var name: String { "zeek-conn" }
  /// Any step: a row is written when the connection has ended.
  static var orderTolerance: Int64 { .max }

  private enum Column {
    static let time = 0, source = 1, sourcePort = 2, destination = 3, destinationPort = 4
    static let proto = 5, number = 6, state = 7, history = 8, fromInside = 9, toInside = 10
    static let sent = 11, sentBytes = 12, returned = 13, returnedBytes = 14, uid = 15, note = 16
  }
  private static let names: [[StaticString]] = [
    ["ts"], ["id.orig_h"], ["id.orig_p"], ["id.resp_h"], ["id.resp_p"], ["proto"], ["ip_proto"],
    ["conn_state"], ["history"], ["local_orig"], ["local_resp"], ["orig_pkts"], ["orig_ip_bytes"],
    ["resp_pkts"], ["resp_ip_bytes"], ["uid"], ["note"],
  ]
  private var table = ZeekTable(ZeekConn.names)
  /// The columns of another log of Zeek's; 0 while none is under way.
  private var otherColumns = 0
  private var otherSeparator: UInt8 = 0x09

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    switch bytes.byte(range.lowerBound) {
    case 0x23: return readHeader(bytes, range)
    case 0x30...0x39:
      if table.hasColumns, otherColumns == 0 {
        guard table.takeRow(bytes, range) else { return .foreign }
        return readConnection(bytes, &log)
      }
      guard otherColumns > 0 else { return .foreign }
      let separators = range.count { bytes.byte($0) == otherSeparator }
      return separators + 1 == otherColumns ? .other : .foreign
    case 0x7b: return readObject(bytes, range, &log)
    default: return .foreign
    }
  }

  private mutating func readHeader(_ bytes: RawSpan, _ range: Range<Int>) -> LineReading {
    switch table.header(bytes, range) {
    case .none: return .foreign
    case .about: return .other
    case .path(let name): return bytes.fills("notice", name) ? .foreign : .other
    case .fields(let names):
      let required = [Column.time, Column.source, Column.destination, Column.proto, Column.state]
      if table.name(bytes, names, requiring: required) {
        otherColumns = 0
        return .other
      }
      guard bytes.has("ts", at: names.lowerBound), !ZeekNotice.isNamed(bytes, names) else {
        return .foreign
      }
      otherSeparator = bytes.byte(names.lowerBound - 1)
      otherColumns = 1 + names.count { bytes.byte($0) == otherSeparator }
      return .other
    }
  }

  private mutating func readObject(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let isWhole = table.takeObject(bytes, range)
    guard table.cells[Column.time] != nil, table.cells[Column.uid] != nil,
      table.cells[Column.source] != nil, table.cells[Column.note] == nil
    else { return .foreign }
    guard isWhole else { return .wrong(.lineCut) }
    return table.cells[Column.state] == nil ? .other : readConnection(bytes, &log)
  }

  private mutating func readConnection(
    _ bytes: RawSpan, _ log: inout LogState
  ) -> LineReading {
    guard let from = table.cells[Column.source], let to = table.cells[Column.destination] else {
      return .wrong(.addressMissing)
    }
    guard let time = table.time(bytes, Column.time, &log.clock) else {
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
    packet.action = .audited
    switch (table.truth(bytes, Column.fromInside), table.truth(bytes, Column.toInside)) {
    case (true, false): packet.path = .outbound
    case (false, true): packet.path = .inbound
    default: break
    }
    let transport = table.transport(
      bytes, Column.proto, Column.number, isIPv4: packet.source.isIPv4)
    guard let transport else { return .packet(packet, .numberMalformed) }
    packet.transport = transport
    var problem: Anomaly?
    if let first = table.cells[Column.sourcePort], let second = table.cells[Column.destinationPort]
    {
      if let first = bytes.port(first), let second = bytes.port(second) {
        packet.setZeekPorts(first, second)
      } else {
        problem = .numberMalformed
      }
    }
    return finish(bytes, packet, problem, &log)
  }

  /// Counts and flags of both ways.
  private func finish(
    _ bytes: RawSpan, _ packet: Observation, _ problem: Anomaly?, _ log: inout LogState
  ) -> LineReading {
    let history = ZeekHistory(
      bytes, state: table.cells[Column.state], history: table.cells[Column.history])
    var packet = packet
    var answer = packet.turned
    answer.path =
      packet.path == .inbound ? .outbound : packet.path == .outbound ? .inbound : .unknown
    if packet.transport == .icmp || packet.transport == .icmpv6 {
      answer.turnControl()
    }
    if packet.transport == .tcp {
      packet.tcpFlags = history.sent
      answer.tcpFlags = history.returned
    }
    guard let sent = table.cells[Column.sent].flatMap({ bytes.count($0) }),
      let returned = table.cells[Column.returned].flatMap({ bytes.count($0) })
    else {
      let spoiled = table.cells[Column.sent] != nil && table.cells[Column.returned] != nil
      let wrong = problem ?? (spoiled ? .numberMalformed : nil)
      // A log without counts: each way was one packet at least.
      packet.marks.insert(.lowerBound)
      answer.marks.insert(.lowerBound)
      if !history.hasAnswer { return .packet(packet, wrong) }
      return log.exchange(packet, answer: answer, wrong)
    }
    ZeekConn.count(sent, table.cells[Column.sentBytes].flatMap { bytes.count($0) }, &packet)
    ZeekConn.count(
      returned, table.cells[Column.returnedBytes].flatMap { bytes.count($0) }, &answer)
    switch (sent > 0, returned > 0) {
    case (true, true): return log.exchange(packet, answer: answer, problem)
    case (true, false): return .packet(packet, problem)
    case (false, true): return .packet(answer, problem)
    case (false, false): return .other
    }
  }

  /// Says how many packets a way had, and how long one is where their bytes say: of one packet, and
  /// of datagrams without a connection that share the bytes evenly, as repeated questions do.
  private static func count(_ packets: UInt64, _ bytes: UInt64?, _ packet: inout Observation) {
    packet.setPackets(UInt32(clamping: packets))
    guard packets > 0, let bytes, bytes % packets == 0, packets == 1 || packet.transport != .tcp,
      bytes / packets <= 0xffff
    else { return }
    packet.length = UInt32(bytes / packets)
  }
}

extension Observation {
  /// The type that answers, of an ICMP message that is answered; else nothing is known of it.
  fileprivate mutating func turnControl() {
    let type = marks.contains(.ports) ? ZeekTable.counterpart(sourcePort, transport) : nil
    sourcePort = 0
    destinationPort = 0
    marks.remove(.ports)
    if let type { setPorts(type, 0) }
  }
}

/// What Zeek's `history` and `conn_state` say about the flags of the first packet of either end.
private struct ZeekHistory {
  var sent = TCPFlags(rawValue: 0)
  var returned = TCPFlags(rawValue: 0)
  var hasAnswer = false

  init(_ bytes: RawSpan, state: Range<Int>?, history: Range<Int>?) {
    guard let history else {
      if let state { take(bytes, state) }
      return
    }
    var hasSent = false
    for at in history {
      let letter = bytes.byte(at)
      guard let flags = ZeekHistory.flags(letter | 0x20) else { continue }
      if letter & 0x20 == 0, !hasSent {
        sent = flags
        hasSent = true
      } else if letter & 0x20 != 0, !hasAnswer {
        returned = flags
        hasAnswer = true
      }
    }
  }

  /// Capital letters are of the one who opened, small ones of the other.
  private static func flags(_ letter: UInt8) -> TCPFlags? {
    switch letter {
    case UInt8(ascii: "s"), UInt8(ascii: "q"), UInt8(ascii: "i"): .syn
    case UInt8(ascii: "h"): [.syn, .ack]
    case UInt8(ascii: "a"), UInt8(ascii: "d"): .ack
    case UInt8(ascii: "f"): .fin
    case UInt8(ascii: "r"): .rst
    default: nil
    }
  }

  private mutating func take(_ bytes: RawSpan, _ state: Range<Int>) {
    for open: StaticString in ["S0", "SH", "RSTOS0"] where bytes.fills(open, state) { sent = .syn }
    for done: StaticString in ["S1", "S2", "S3", "SF", "RSTO", "RSTR"]
    where bytes.fills(done, state) {
      sent = .syn
      returned = [.syn, .ack]
      hasAnswer = true
    }
    if bytes.fills("REJ", state) {
      sent = .syn
      returned = .rst
      hasAnswer = true
    }
  }
}

internal import Observations

/// Microsoft's `pfirewall.log` (Windows XP Service Pack 2 and later), by its `#Fields:`.
///
/// Times are the computer's own without a zone, unless `#Time Format:` says UTC. `DROP` is
/// blocked; `ALLOW`, and `OPEN` (outbound) and `OPEN-INBOUND` of connections, are allowed. `CLOSE`
/// ends a connection and tells of no packet; `INFO-EVENTS-LOST` makes every count a lower bound.
struct WindowsFirewall: LineFormat {
  static var name: String { "windows-firewall" }
  private var isUTC = false
  private var columns = NamedColumns(
    wanted: WindowsFirewall.names, standard: Array(0..<10) + [-1, -1, -1, 10, 11, 12, 13])

  private static let names: [StaticString] = [
    "date", "time", "action", "protocol", "src-ip", "dst-ip", "src-port", "dst-port", "size",
    "tcpflags", "icmptype", "icmpcode", "info", "path",
  ]
  private enum Column {
    static let date = 0, time = 1, action = 2, proto = 3, source = 4, destination = 5
    static let sourcePort = 6, destinationPort = 7, size = 8, flags = 9, type = 10, code = 11
    static let path = 13
  }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    if bytes.byte(range.lowerBound) == UInt8(ascii: "#") {
      return readHeader(bytes, range, &log.clock)
    }
    _ = columns.take(bytes, range)
    guard let action = columns[Column.action], let date = columns[Column.date],
      let time = columns[Column.time]
    else { return .foreign }
    var packet = Observation()
    if bytes.fills("DROP", action) {
      packet.action = .blocked
    } else if bytes.fills("ALLOW", action) {
      packet.action = .allowed
    } else if bytes.fills("OPEN", action) {
      packet.action = .allowed
      packet.path = .outbound
    } else if bytes.fills("OPEN-INBOUND", action) {
      packet.action = .allowed
      packet.path = .inbound
    } else if bytes.fills("CLOSE", action) {
      return .other
    } else if bytes.fills("INFO-EVENTS-LOST", action) {
      return .lost
    } else {
      return .foreign
    }
    var day = TextCursor(bytes, date)
    var hour = TextCursor(bytes, time)
    guard let date = day.date(), let second = hour.timeOfDay(),
      let instant = log.clock.instant(
        date.year, date.month, date.day, secondOfDay: second, stated: isUTC ? 0 : nil)
    else { return .wrong(.stampMalformed) }
    packet.time = instant
    return finish(bytes, &packet)
  }

  private mutating func readHeader(
    _ bytes: RawSpan, _ range: Range<Int>, _ clock: inout StampClock
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    if line.take("#Fields:") {
      return columns.name(&line, bytes, requiring: [Column.action, Column.source])
        ? .other : .foreign
    }
    if line.take("#Time Format: ") {
      isUTC = line.take("UTC") || line.take("GMT")
      if isUTC { clock.state(0) }
      return .other
    }
    return line.take("#Version:") || line.take("#Software:") ? .other : .foreign
  }

  private func finish(_ bytes: RawSpan, _ packet: inout Observation) -> LineReading {
    guard let from = columns[Column.source], let to = columns[Column.destination] else {
      return .wrong(.addressMissing)
    }
    let ends = EndpointPair(
      Endpoint(bytes, from, takesPort: false), Endpoint(bytes, to, takesPort: false))
    switch ends {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let source, let destination):
      packet.source = source.0
      packet.destination = destination.0
    }
    guard let proto = columns[Column.proto] else { return .packet(packet, .lineCut) }
    guard let transport = Transport(bytes, proto) else { return .packet(packet, .numberMalformed) }
    packet.transport = transport
    let isControl = transport == .icmp || transport == .icmpv6
    let first = columns[isControl ? Column.type : Column.sourcePort]
    let second = columns[isControl ? Column.code : Column.destinationPort]
    var problem: Anomaly?
    if let first, let second {
      if let first = bytes.port(first), let second = bytes.port(second) {
        packet.setPorts(first, second)
      } else {
        problem = .numberMalformed
      }
    }
    if let size = columns[Column.size] {
      if let size = bytes.decimal(size) {
        packet.length = UInt32(size)
      } else {
        problem = .numberMalformed
      }
    }
    if transport == .tcp, let flags = columns[Column.flags] {
      packet.tcpFlags = TCPFlags(letters: bytes, flags)
    }
    if let path = columns[Column.path] { packet.path = WindowsFirewall.path(bytes, path) }
    return .packet(packet, problem)
  }

  private static func path(_ bytes: RawSpan, _ cell: Range<Int>) -> Path {
    if bytes.fills("RECEIVE", cell) { return .inbound }
    if bytes.fills("SEND", cell) { return .outbound }
    return bytes.fills("FORWARD", cell) ? .forwarded : .unknown
  }
}

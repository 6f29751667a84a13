internal import Observations

/// Lines of WatchGuard's Fireware: `firewall: msg_id="3000-0148" Deny 0-External Firebox 52 tcp 20
/// 127 a.b.c.d a.b.c.d 49229 80 offset 8 S 1 win 32 (Unhandled External Packet-00)`, and of the older
/// WFS: `firewalld[123]: deny in eth0 78 udp 20 113 a.b.c.d a.b.c.d 137 137 (default)`.
///
/// Behind the disposition stand both interfaces (of the older, way and interface), the datagram's
/// length, protocol, header length, time to live, addresses, and ports or, for ICMP, type and code.
/// `Firebox` is the device itself. `src_ip_nat` and `dst_ip_nat` are translations. Of connections
/// that are let through the opening is logged.
///
/// Source: WatchGuard, "Fireware Log Catalog".
struct WatchGuard: LineFormat {
  static var name: String { "watchguard" }

  private enum Key: Int {
    case sourceTranslated, destinationTranslated, destinationPortTranslated
  }
  private static let table = KeyTable([
    ("src_ip_nat", Key.sourceTranslated.rawValue),
    ("dst_ip_nat", Key.destinationTranslated.rawValue),
    ("dst_port_nat", Key.destinationPortTranslated.rawValue),
  ])
  private var cells = KeyCells<Key>(table)

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    guard let (at, isOld) = WatchGuard.front(bytes, text) else { return .foreign }
    var line = TextCursor(bytes, at..<range.upperBound)
    var packet = Observation()
    let word = line.token()
    guard let action = WatchGuard.action(bytes, word) else { return .other }
    packet.action = action
    let from = line.token()
    let to = line.token()
    // `in eth0` tells by which way a packet crossed an interface, not whom it was for.
    if !isOld { packet.path = WatchGuard.path(bytes, from, to) }
    // What is not a packet has words here.
    guard let length = bytes.decimal(line.token()), length <= 0xffff else { return .other }
    packet.length = UInt32(length)
    let proto = line.token()
    guard let transport = Transport(bytes, proto), bytes.decimal(line.token()) != nil else {
      return .wrong(.numberMalformed)
    }
    packet.transport = transport
    guard let left = bytes.decimal(line.token()), left < 256 else {
      return .wrong(.numberMalformed)
    }
    packet.timeToLive = UInt8(left)
    if let problem = packet.takeEnds(bytes, line.token(), line.token()) {
      return .wrong(problem)
    }
    var problem: Anomaly?
    if transport == .icmp || transport == .icmpv6 {
      packet.takeControl(bytes, line.token(), line.token())
    } else if transport.hasPorts {
      problem = packet.takePorts(bytes, line.token(), line.token())
    }
    if transport == .tcp { WatchGuard.takeFlags(&line, bytes, &packet) }
    problem = packet.take(text.stamp) ?? problem
    cells.take(bytes, line.at..<range.upperBound)
    packet.takeTranslation(
      bytes, source: cells[.sourceTranslated], destination: cells[.destinationTranslated],
      port: cells[.destinationPortTranslated], &log)
    return .packet(packet, problem)
  }

  /// Where the disposition stands.
  private static func front(
    _ bytes: RawSpan, _ text: SyslogText
  ) -> (at: Int, isOld: Bool)? {
    if bytes.fills("firewalld", text.program) { return (text.message.lowerBound, true) }
    guard text.stamp.quality == .good else { return nil }
    // Serial number, a second stamp and the like may stand before it.
    var line = TextCursor(bytes, text.rest)
    for _ in 0..<6 where line.at < line.end {
      if line.take("firewall: ") {
        guard line.take("msg_id=\"30") else { return nil }
        line.skipToken()
        return (line.at, false)
      }
      line.skipToken()
    }
    return nil
  }

  private static func action(_ bytes: RawSpan, _ word: Range<Int>) -> Action? {
    if bytes.fills("Allow", word) || bytes.fills("allow", word) { return .allowed }
    let isRefused = bytes.fills("Deny", word) || bytes.fills("deny", word)
    return isRefused ? .blocked : nil
  }

  /// Both interfaces.
  private static func path(_ bytes: RawSpan, _ from: Range<Int>, _ to: Range<Int>) -> Path {
    let isFrom = bytes.fills("Firebox", from)
    let isTo = bytes.fills("Firebox", to)
    if isFrom, isTo { return .unknown }
    if isFrom { return .outbound }
    return isTo ? .inbound : .forwarded
  }

  /// `offset 8 S 1 win 32`: the word behind the offset names the flags.
  private static func takeFlags(
    _ line: inout TextCursor, _ bytes: RawSpan, _ packet: inout Observation
  ) {
    guard line.take("offset "), line.digits(1...3) != nil, line.take(0x20) else { return }
    let word = line.token()
    if word.count <= 8, bytes.decimal(word) == nil {
      packet.tcpFlags = TCPFlags(letters: bytes, word)
    }
  }
}

internal import Observations

/// Lines of Juniper's Junos: sessions of SRX firewalls, and filters of routers.
///
/// `RT_FLOW_SESSION_DENY`, `_CREATE` and `_CLOSE`, either as RFC 5424 data (`[junos@… source-address=
/// "…" source-port="…" …]`) or as text (`session denied a.b.c.d/port->a.b.c.d/port junos-http 6(0)
/// …`); and `PFE_FW_SYSLOG_IP: FW: fe-0/0/0.0 D tcp a.b.c.d a.b.c.d port port (1 packets)`.
///
/// A session counts where it is created; of one created before the log began its end counts, with
/// what came back. Behind the two addresses of a session stand those that it was translated to.
/// What stands in the place of ports for ICMP are sequence number and identifier, no type and code.
///
/// Source: Juniper, "System Log Explorer" (RT_FLOW, PFE_FW).
struct Junos: LineFormat {
  static var name: String { "junos" }
  /// Any step: sessions are logged when they end.
  static var orderTolerance: Int64 { .max }

  private enum Key: Int {
    case source, sourcePort, destination, destinationPort, proto, packetsOut, packetsIn, bytesIn
    case sourceTranslated, destinationTranslated, destinationPortTranslated, elapsed
  }

  private static let table = KeyTable([
    ("source-address", Key.source.rawValue), ("source-port", Key.sourcePort.rawValue),
    ("destination-address", Key.destination.rawValue),
    ("destination-port", Key.destinationPort.rawValue), ("protocol-id", Key.proto.rawValue),
    ("packets-from-client", Key.packetsOut.rawValue),
    ("packets-from-server", Key.packetsIn.rawValue), ("bytes-from-server", Key.bytesIn.rawValue),
    ("nat-source-address", Key.sourceTranslated.rawValue),
    ("nat-destination-address", Key.destinationTranslated.rawValue),
    ("nat-destination-port", Key.destinationPortTranslated.rawValue),
    ("elapsed-time", Key.elapsed.rawValue),
  ])

  private enum Event {
    case denied, created, closed
  }

  private var cells = KeyCells<Key>(table)
  private var sessions = SessionMemory()

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    if let at = Junos.filter(bytes, text) {
      return Junos.readFilter(bytes, at..<range.upperBound, text.stamp)
    }
    guard let at = Junos.flow(bytes, text) else { return .foreign }
    var line = TextCursor(bytes, at..<range.upperBound)
    let event: Event
    if line.take("DENY") {
      event = .denied
    } else if line.take("CREATE") {
      event = .created
    } else if line.take("CLOSE") {
      event = .closed
    } else {
      return .other
    }
    // The same with `_LS`, of logical systems.
    _ = line.take("_LS")
    cells.clear()
    if line.take(" [") {
      cells.take(bytes, line.at..<range.upperBound)
    } else if line.take(": ") {
      takeText(&line, bytes, event)
    } else {
      return .wrong(.lineCut)
    }
    return read(bytes, event, text.stamp, &log)
  }

  /// Behind `RT_FLOW_SESSION_`, wherever the header puts it.
  private static func flow(_ bytes: RawSpan, _ text: SyslogText) -> Int? {
    guard text.stamp.quality == .good else { return nil }
    var line = TextCursor(bytes, text.rest)
    let isTagged = line.take("RT_FLOW")
    if isTagged, line.take("_SESSION_") { return line.at }
    guard isTagged else { return nil }
    // `RT_FLOW: `, `RT_FLOW[12]: ` or `RT_FLOW - `.
    let end = min(line.end, line.at + 24)
    while line.at < end {
      if line.take(" RT_FLOW_SESSION_") { return line.at }
      line.at += 1
    }
    return nil
  }

  /// `A/p->B/q [0x0] service C/p->D/q …`, and what of it follows at fixed places from the end.
  private mutating func takeText(_ line: inout TextCursor, _ bytes: RawSpan, _ event: Event) {
    let isClosed = event == .closed
    guard
      line.take("session denied ") || line.take("session created ")
        || line.take("session closed ")
    else { return }
    // Why it ended, up to a colon.
    if isClosed { line.skipTo(behind: 0x3a) }
    while line.take(0x20) {}
    guard takePair(&line, bytes, .source, .sourcePort, .destination, .destinationPort) else {
      return
    }
    if event == .denied {
      // `0x0 junos-http 6(0) policy …`: the protocol has the type of ICMP in brackets behind it.
      takeProtocol(&line, bytes, last: true)
      return
    }
    var words = 0
    while words < 4, line.at < line.end {
      let mark = line.at
      let word = line.token()
      words += 1
      guard bytes.first(0x3e, in: word) != nil else { continue }
      line.at = mark
      _ = takePair(
        &line, bytes, .sourceTranslated, nil, .destinationTranslated, .destinationPortTranslated)
      break
    }
    takeProtocol(&line, bytes, last: false)
    if isClosed { takeCounters(&line, bytes) }
  }

  /// The first number that stands alone; of a refused session the one with brackets behind it.
  private mutating func takeProtocol(
    _ line: inout TextCursor, _ bytes: RawSpan, last: Bool
  ) {
    var words = 0
    while words < 12, line.at < line.end {
      let word = line.token()
      words += 1
      // `source rule 1`: a rule's name, which may be a number.
      if bytes.fills("rule", word) {
        line.skipToken()
        continue
      }
      let open = last ? bytes.first(0x28, in: word) : word.upperBound
      guard let open, open > word.lowerBound, open - word.lowerBound <= 3,
        bytes.decimal(word.lowerBound..<open) != nil
      else { continue }
      cells.put(Key.proto.rawValue, word.lowerBound..<open)
      return
    }
  }

  /// `5(300) 4(200) 3`: packets and bytes of either direction, and seconds.
  private mutating func takeCounters(_ line: inout TextCursor, _ bytes: RawSpan) {
    var words = 0
    var counters = 0
    while words < 16, line.at < line.end {
      let word = line.token()
      words += 1
      if counters == 2 {
        cells.put(Key.elapsed.rawValue, word)
        return
      }
      guard let open = bytes.first(0x28, in: word), bytes.byte(word.upperBound - 1) == 0x29,
        bytes.whole(word.lowerBound..<open) != nil
      else { continue }
      counters += 1
      cells.put(
        counters == 1 ? Key.packetsOut.rawValue : Key.packetsIn.rawValue, word.lowerBound..<open)
    }
  }

  /// `a.b.c.d/port->a.b.c.d/port `.
  private mutating func takePair(
    _ line: inout TextCursor, _ bytes: RawSpan, _ source: Key, _ sourcePort: Key?,
    _ destination: Key, _ destinationPort: Key
  ) -> Bool {
    let pair = line.token()
    guard let mark = bytes.first(0x3e, in: pair), mark > pair.lowerBound,
      bytes.byte(mark - 1) == 0x2d
    else { return false }
    let from = pair.lowerBound..<mark - 1
    let to = mark + 1..<pair.upperBound
    let first = bytes.first(0x2f, in: from)
    let second = bytes.first(0x2f, in: to)
    cells.put(source.rawValue, from.lowerBound..<(first ?? from.upperBound))
    cells.put(destination.rawValue, to.lowerBound..<(second ?? to.upperBound))
    if let sourcePort, let first { cells.put(sourcePort.rawValue, first + 1..<from.upperBound) }
    if let second { cells.put(destinationPort.rawValue, second + 1..<to.upperBound) }
    return true
  }

  private mutating func read(
    _ bytes: RawSpan, _ event: Event, _ stamp: LineStamp, _ log: inout LogState
  ) -> LineReading {
    var packet = Observation()
    if let problem = packet.takeEnds(bytes, cells[.source], cells[.destination]) {
      return .wrong(problem)
    }
    packet.action = event == .denied ? .blocked : .allowed
    let stampProblem = packet.take(stamp)
    guard let proto = cells[.proto] else { return .packet(packet, stampProblem ?? .lineCut) }
    guard let transport = Transport(bytes, proto) else {
      return .packet(packet, stampProblem ?? .numberMalformed)
    }
    packet.transport = transport
    let problem =
      packet.takePorts(bytes, cells[.sourcePort], cells[.destinationPort]) ?? stampProblem
    packet.takeTranslation(
      bytes, source: cells[.sourceTranslated], destination: cells[.destinationTranslated],
      port: cells[.destinationPortTranslated], &log)
    guard event == .closed else {
      if event == .created { sessions.open(packet) }
      return .packet(packet, problem)
    }
    packet.goBack(seconds: bytes.whole(cells[.elapsed]))
    if let sent = bytes.whole(cells[.packetsOut]) { packet.setPackets(UInt32(clamping: sent)) }
    let replies = SessionReplies(
      packets: bytes.whole(cells[.packetsIn]), bytes: bytes.whole(cells[.bytesIn]))
    return sessions.end(packet, replies: replies, problem, &log)
  }
}

/// Filters of routers.
extension Junos {
  /// Behind `FW: `, where the router's packet forwarding engine says it.
  private static func filter(_ bytes: RawSpan, _ text: SyslogText) -> Int? {
    guard text.stamp.quality == .good else { return nil }
    var line = TextCursor(bytes, text.rest)
    while line.at < line.end {
      if line.take("FW: ") { return line.at }
      let word = line.token()
      // `fpc0`, `feb`, `/kernel:`, `PFE_FW_SYSLOG_IP:`, `PFE_FW_SYSLOG_ETH_IP:`.
      guard
        bytes.starts("PFE_FW_SYSLOG_", word) || bytes.starts("fpc", word)
          || bytes.fills("feb", word) || bytes.fills("/kernel:", word)
          || bytes.fills("tfeb0", word)
      else { return nil }
    }
    return nil
  }

  /// `fe-0/0/0.0  D  tcp 192.0.2.1 198.51.100.5  1025    80 (1 packets)`.
  private static func readFilter(
    _ bytes: RawSpan, _ range: Range<Int>, _ stamp: LineStamp
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    while line.take(0x20) {}
    _ = line.token()  // interface
    let action = line.token()
    let proto = line.token()
    let source = line.token()
    let destination = line.token()
    var packet = Observation()
    if bytes.fills("A", action) {
      packet.action = .allowed
    } else if bytes.fills("D", action) || bytes.fills("R", action) {
      packet.action = .blocked
    } else {
      return .foreign
    }
    let first = line.token()
    let second = line.token()
    if let problem = packet.takeEnds(bytes, source, destination) { return .wrong(problem) }
    guard let transport = Transport(bytes, proto) ?? Junos.longer(bytes, proto) else {
      return .wrong(.numberMalformed)
    }
    packet.transport = transport
    let stampProblem = packet.take(stamp)
    packet.takeControl(bytes, first, second)
    let problem = packet.takePorts(bytes, first, second) ?? stampProblem
    if line.take(0x28), let count = line.digits(1...9) {
      packet.setPackets(UInt32(clamping: count))
    }
    return .packet(packet, problem)
  }

  private static func longer(_ bytes: RawSpan, _ proto: Range<Int>) -> Transport? {
    bytes.fills("icmp6", proto) ? .icmpv6 : nil
  }
}

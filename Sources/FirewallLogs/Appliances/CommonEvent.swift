internal import Observations

/// Lines in ArcSight's Common Event Format, as many firewalls can send: `CEF:0|vendor|product|
/// version|id|name|severity|src=… spt=… dst=… dpt=… proto=… act=… cnt=… rt=…`. UniFi's among them.
///
/// An event with two addresses and a protocol is a packet; all others are not. What was done stands
/// in `act`, or, of a product that leaves it out, in the event's name. `cnt` says how often. Source
/// and destination may be IPv6 (`c6a2`, `c6a3`); translations are `sourceTranslatedAddress` and
/// `destinationTranslatedAddress`. `deviceDirection` tells which way a connection crossed the edge,
/// not whether it was for the device: no path. Each event counts, also where a product sends one for a
/// session's beginning and one for its end.
///
/// Source: OpenText, "ArcSight Common Event Format Implementation Standard".
struct CommonEvent: LineFormat {
  static var name: String { "cef" }
  /// Any step: products report sessions when they end.
  static var orderTolerance: Int64 { .max }

  private enum Key: Int {
    case source, sourcePort, sourceV6, destination, destinationPort, destinationV6, proto, action
    case count, received, start, sourceTranslated, destinationTranslated
    case destinationPortTranslated, outcome, type, code
  }

  private static let table = KeyTable([
    ("src", Key.source.rawValue), ("spt", Key.sourcePort.rawValue),
    ("c6a2", Key.sourceV6.rawValue), ("dst", Key.destination.rawValue),
    ("dpt", Key.destinationPort.rawValue), ("c6a3", Key.destinationV6.rawValue),
    ("proto", Key.proto.rawValue), ("act", Key.action.rawValue), ("cnt", Key.count.rawValue),
    ("rt", Key.received.rawValue), ("start", Key.start.rawValue),
    ("sourceTranslatedAddress", Key.sourceTranslated.rawValue),
    ("destinationTranslatedAddress", Key.destinationTranslated.rawValue),
    ("destinationTranslatedPort", Key.destinationPortTranslated.rawValue),
    ("outcome", Key.outcome.rawValue), ("icmpType", Key.type.rawValue),
    ("icmpCode", Key.code.rawValue),
  ])

  private var cells = KeyCells<Key>(table)

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let from = CommonEvent.front(bytes, range, &log) else { return .foreign }
    guard let (name, fields) = CommonEvent.header(bytes, from..<range.upperBound) else {
      return .wrong(.lineCut)
    }
    cells.take(bytes, fields, .spaced)
    guard let source = cells[.source] ?? cells[.sourceV6],
      let destination = cells[.destination] ?? cells[.destinationV6], let proto = cells[.proto]
    else { return .other }
    var packet = Observation()
    if let problem = packet.takeEnds(bytes, source, destination) { return .wrong(problem) }
    var problem: Anomaly?
    if let transport = Transport(bytes, proto) {
      packet.transport = transport
      packet.takeControl(bytes, cells[.type], cells[.code])
      problem = packet.takePorts(bytes, cells[.sourcePort], cells[.destinationPort])
    } else if !CommonEvent.isLayered(bytes, proto) {
      problem = .numberMalformed
    }
    problem = takeTime(bytes, range, &packet, &log) ?? problem
    packet.action = CommonEvent.action(bytes, cells[.action])
    if packet.action == .unknown { packet.action = CommonEvent.action(bytes, cells[.outcome]) }
    if packet.action == .unknown { packet.action = CommonEvent.action(bytes, name) }
    if let count = bytes.whole(cells[.count]) { packet.setPackets(UInt32(clamping: count)) }
    packet.takeTranslation(
      bytes, source: cells[.sourceTranslated], destination: cells[.destinationTranslated],
      port: cells[.destinationPortTranslated], &log)
    return .packet(packet, problem)
  }

  /// Behind `CEF:0|`, at the front or behind a syslog header.
  private static func front(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> Int? {
    let text = log.syslog(bytes, range)
    // Some senders put a blank or a process name before it: all that is surely no field.
    for start in [range.lowerBound, text.rest.lowerBound, text.message.lowerBound] {
      let isVersioned = bytes.has("CEF:", at: start) && bytes.byte(start + 4) &- 48 < 10
      if isVersioned, bytes.byte(start + 5) == 0x7c, start + 6 <= range.upperBound {
        return start + 6
      }
    }
    return nil
  }

  /// The event's name, and where the fields stand: behind six more bars.
  private static func header(
    _ bytes: RawSpan, _ range: Range<Int>
  ) -> (name: Range<Int>, fields: Range<Int>)? {
    var at = range.lowerBound
    var name = at..<at
    for index in 0..<6 {
      let from = at
      while at < range.upperBound, bytes.byte(at) != 0x7c {
        at += bytes.byte(at) == 0x5c ? 2 : 1
      }
      guard at < range.upperBound else { return nil }
      if index == 4 { name = from..<at }
      at += 1
    }
    return (name, at..<range.upperBound)
  }

  /// Protocols above the transport, which some products put there.
  private static func isLayered(_ bytes: RawSpan, _ proto: Range<Int>) -> Bool {
    layered.find(bytes, proto, ignoringCase: true) >= 0
  }
  private static let layered = KeyTable([
    ("http", 0), ("https", 0), ("dns", 0), ("tls", 0), ("ssl", 0), ("smtp", 0), ("ftp", 0),
    ("ssh", 0), ("any", 0), ("unknown", 0),
  ])

  /// Milliseconds since the epoch, or `Mar 03 2009 06:00:00.123 UTC`; else the line's own stamp.
  private func takeTime(
    _ bytes: RawSpan, _ range: Range<Int>, _ packet: inout Observation, _ log: inout LogState
  ) -> Anomaly? {
    for cell in [cells[.start], cells[.received]] {
      guard let cell else { continue }
      if let time = Fortinet.epoch(bytes, cell) {
        packet.time = time
        log.clock.state(0)
        return nil
      }
      if let time = written(bytes, cell, &log) {
        packet.time = time
        return nil
      }
    }
    return packet.take(log.syslog(bytes, range).stamp)
  }

  private func written(
    _ bytes: RawSpan, _ cell: Range<Int>, _ log: inout LogState
  ) -> Int64? {
    var line = TextCursor(bytes, cell)
    guard let month = line.monthName(), line.take(0x20), let day = line.digits(1...2),
      line.take(0x20), let year = line.digits(4...4), line.take(0x20),
      let second = line.timeOfDay()
    else { return nil }
    let fraction = line.fraction()
    var zone = log.clock.zone
    if line.take(" UTC") || line.take(" GMT") || line.take(" Z") {
      zone = 0
      log.clock.state(0)
    }
    return StampClock.instant(
      year, month, day, secondOfDay: second, fraction: fraction, zone: zone)
  }

  /// What words say was done; where they contradict each other, nothing.
  private static func action(_ bytes: RawSpan, _ range: Range<Int>?) -> Action {
    guard let range else { return .unknown }
    var line = TextCursor(bytes, range)
    var found: Action = .unknown
    while line.at < line.end {
      guard let word = line.word() else {
        line.at += 1
        continue
      }
      guard let said = meaning(bytes, word) else { continue }
      if found != .unknown, found != said { return .unknown }
      found = said
    }
    return found
  }

  private static func meaning(_ bytes: RawSpan, _ word: Range<Int>) -> Action? {
    if let known = NetfilterPrefix.meaning(bytes, word) { return known }
    switch actions.find(bytes, word, ignoringCase: true) {
    case 0: return .blocked
    case 1: return .allowed
    case 2: return .audited
    default: return nil
    }
  }

  private static let actions = KeyTable([
    ("reset", 0), ("prevent", 0), ("prevented", 0), ("discard", 0), ("teardown", 1),
    ("permit", 1), ("permitted", 1), ("close", 1), ("detect", 2), ("detected", 2), ("alert", 2),
    ("monitor", 2), ("monitored", 2),
  ])
}

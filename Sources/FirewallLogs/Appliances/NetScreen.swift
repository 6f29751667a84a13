internal import Observations

/// Lines of Juniper's NetScreen and SSG firewalls (ScreenOS): `NetScreen device_id=…
/// [Root]system-notification-00257(traffic): start_time="…" duration=0 … proto=17 src zone=Trust dst
/// zone=Untrust action=Deny sent=0 rcvd=0 src=… dst=… src_port=… dst_port=… src-xlated ip=… port=…`,
/// alarms of its screens (`system-alert-00016: Port scan! From … to …, proto TCP (zone …, int …).
/// Occurred 1 times.`), and both as the device's own event list prints them: `[00001] 2009-03-03
/// 06:00:00 [Root]system-…`.
///
/// Sessions are told of at their end, with an answer where bytes came back, and count once where
/// their creation is logged, too. An alarm names the last of several packets and does not say what
/// became of it. `src-xlated` and `dst-xlated` are translations.
///
/// Source: Juniper, "ScreenOS Message Log Reference Guide".
struct NetScreen: LineFormat {
  static var name: String { "netscreen" }
  /// Any step: sessions are logged when they end.
  static var orderTolerance: Int64 { .max }

  private enum Key: Int {
    case start, proto, action, received, source, destination, sourcePort, destinationPort
    case type, code, address, port, reason, zone, sourceZone, destinationZone
    case service
  }

  private static let table = KeyTable([
    ("start_time", Key.start.rawValue), ("proto", Key.proto.rawValue),
    ("action", Key.action.rawValue), ("rcvd", Key.received.rawValue),
    ("src", Key.source.rawValue), ("dst", Key.destination.rawValue),
    ("src_port", Key.sourcePort.rawValue), ("dst_port", Key.destinationPort.rawValue),
    ("type", Key.type.rawValue), ("code", Key.code.rawValue), ("ip", Key.address.rawValue),
    ("port", Key.port.rawValue), ("reason", Key.reason.rawValue),
    ("zone", Key.zone.rawValue), ("service", Key.service.rawValue),
  ])

  private var cells = KeyCells<Key>(table)
  private var sessions = SessionMemory()
  /// Values of `src-xlated ip=` and `dst-xlated ip= port=` of the line under way.
  private var sourceTranslated: Range<Int>?
  private var destinationTranslated: (address: Range<Int>, port: Range<Int>?)?

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard var line = NetScreen.front(bytes, range, &log) else { return .foreign }
    // `notification-00257(traffic): `.
    guard line.word() != nil, line.take(0x2d), let number = line.digits(5...5) else {
      return .foreign
    }
    if number == 257 {
      return readTraffic(bytes, line.at..<range.upperBound, range, &log)
    }
    return readAlarm(bytes, line.at..<range.upperBound, range, &log)
  }

  /// A cursor behind `[Root]system-`; nil for a line of anything else.
  @_lifetime(copy bytes)
  private static func front(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> TextCursor? {
    var line = TextCursor(bytes, range)
    let isListed = line.take(0x5b) && line.digits(5...5) != nil && line.take("] ")
    if isListed {
      guard line.date() != nil, line.take(0x20), line.timeOfDay() != nil else { return nil }
    } else {
      guard let key = log.firstKey(bytes, range), bytes.has("NetScreen device_id=", at: key - 10)
      else { return nil }
      line.at = key
      line.skipToken()
    }
    while line.take(0x20) {}
    // The virtual system's name may hold blanks.
    guard line.take(0x5b), let close = line.find(0x5d) else { return nil }
    line.at = close + 1
    guard line.take("system-") else { return nil }
    return line
  }

  private mutating func readTraffic(
    _ bytes: RawSpan, _ text: Range<Int>, _ line: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    takeCells(bytes, text)
    var packet = Observation()
    if let problem = packet.takeEnds(bytes, cells[.source], cells[.destination]) {
      return .wrong(problem)
    }
    var problem: Anomaly?
    if let proto = cells[.proto] {
      if let transport = Transport(bytes, proto) {
        packet.transport = transport
        packet.takeControl(bytes, cells[.type], cells[.code])
        problem = packet.takePorts(bytes, cells[.sourcePort], cells[.destinationPort])
        if packet.transport.hasPorts, !packet.marks.contains(.ports) {
          problem = problem ?? .lineCut
        }
        problem = problem ?? takeService(bytes, &packet, line.upperBound)
      } else {
        problem = .numberMalformed
      }
    } else {
      problem = .lineCut
    }
    problem = takeTime(bytes, line, &packet, &log) ?? problem
    let action = cells[.action]
    if bytes.fills("Deny", action) || bytes.fills("Reject", action) {
      packet.action = .blocked
    } else if bytes.fills("Permit", action) || bytes.fills("Tunnel", action) {
      packet.action = .allowed
    }
    packet.path = path(bytes)
    packet.takeTranslation(
      bytes, source: sourceTranslated, destination: destinationTranslated?.address,
      port: destinationTranslated?.port, &log)
    guard packet.action == .allowed else { return .packet(packet, problem) }
    if bytes.fills("Creation", cells[.reason]) {
      sessions.open(packet)
      return .packet(packet, problem)
    }
    let replies = SessionReplies(packets: nil, bytes: bytes.whole(cells[.received]))
    return sessions.end(packet, replies: replies, problem, &log)
  }

  /// `service=tcp/port:7001` names the port a second time. Where a line ends within the later number,
  /// what is left of it is another port's.
  private func takeService(
    _ bytes: RawSpan, _ packet: inout Observation, _ end: Int
  ) -> Anomaly? {
    guard packet.marks.contains(.ports), let cut = cells[.destinationPort], cut.upperBound == end,
      let service = cells[.service], let colon = bytes.last(0x3a, in: service),
      bytes.has("/port:", at: colon - 5), service.upperBound - colon - 1 > cut.count,
      let named = bytes.port(colon + 1..<service.upperBound)
    else { return nil }
    for i in 0..<cut.count
    where bytes.byte(cut.lowerBound + i) != bytes.byte(colon + 1 + i) { return nil }
    packet.setPorts(packet.sourcePort, named)
    return .lineCut
  }

  /// The zone `self` is the device's own; `Null` is none.
  private func path(_ bytes: RawSpan) -> Path {
    guard let from = cells[.sourceZone], let to = cells[.destinationZone], !from.isEmpty,
      !to.isEmpty
    else { return .unknown }
    let isOwn = bytes.fills("self", from)
    if bytes.fills("self", to) { return isOwn ? .unknown : .inbound }
    if isOwn { return .outbound }
    return bytes.fills("Null", from) || bytes.fills("Null", to) ? .unknown : .forwarded
  }

  /// Like `KeyCells.take`, with the names of two words told apart.
  private mutating func takeCells(_ bytes: RawSpan, _ text: Range<Int>) {
    cells.clear()
    sourceTranslated = nil
    destinationTranslated = nil
    var pairs = KeyValues(bytes, text)
    while pairs.next(bytes) {
      let key = Key(rawValue: NetScreen.table.find(bytes, pairs.key))
      let before = pairs.key.lowerBound
      switch key {
      case .address?:
        if bytes.has("src-xlated ", at: before - 11) {
          sourceTranslated = sourceTranslated ?? pairs.value
        } else if bytes.has("dst-xlated ", at: before - 11), destinationTranslated == nil {
          destinationTranslated = (pairs.value, nil)
        }
      case .port?:
        if let known = destinationTranslated, known.port == nil {
          destinationTranslated = (known.address, pairs.value)
        }
      case .type?, .code?:
        if bytes.has("icmp ", at: before - 5), let key { cells.put(key.rawValue, pairs.value) }
      case .zone?:
        if bytes.has("src ", at: before - 4) { cells.put(Key.sourceZone.rawValue, pairs.value) }
        if bytes.has("dst ", at: before - 4) {
          cells.put(Key.destinationZone.rawValue, pairs.value)
        }
      case let key?: cells.put(key.rawValue, pairs.value)
      case nil: break
      }
    }
  }

  /// The device's own time, which names its year; else that of the line.
  private func takeTime(
    _ bytes: RawSpan, _ line: Range<Int>, _ packet: inout Observation, _ log: inout LogState
  ) -> Anomaly? {
    if let cell = cells[.start], let time = NetScreen.instant(bytes, cell, log.clock.zone) {
      packet.time = time
      return nil
    }
    return takeLineTime(bytes, line, &packet, &log)
      ?? (cells[.start] == nil ? nil : .stampMalformed)
  }

  private func takeLineTime(
    _ bytes: RawSpan, _ line: Range<Int>, _ packet: inout Observation, _ log: inout LogState
  ) -> Anomaly? {
    // `[00001] 2009-03-03 06:00:00`.
    if bytes.byte(line.lowerBound) == 0x5b,
      let time = NetScreen.instant(
        bytes, line.lowerBound + 8..<line.upperBound, log.clock.zone)
    {
      packet.time = time
      return nil
    }
    return packet.take(log.syslog(bytes, line).stamp)
  }

  /// `2009-03-03 06:00:00` at the front of `range`.
  private static func instant(_ bytes: RawSpan, _ range: Range<Int>, _ zone: Int64) -> Int64? {
    guard range.lowerBound < range.upperBound else { return nil }
    var cursor = TextCursor(bytes, range)
    guard let date = cursor.date(), cursor.take(0x20), let second = cursor.timeOfDay() else {
      return nil
    }
    return StampClock.instant(
      date.year, date.month, date.day, secondOfDay: second, zone: zone)
  }

  /// `: Port scan! From 192.0.2.1:54886 to 198.51.100.5:406, proto TCP (zone Untrust, int untrust).
  /// Occurred 1 times. (2009-03-03 06:00:00)`; anything else is another message.
  private func readAlarm(
    _ bytes: RawSpan, _ text: Range<Int>, _ line: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var cursor = TextCursor(bytes, text)
    guard let bang = cursor.find(0x21) else { return .other }
    cursor.at = bang + 1
    guard cursor.take(" From ") else { return .other }
    let source = cursor.token()
    guard cursor.take("to ") else { return .other }
    let comma = cursor.find(0x2c) ?? cursor.end
    let destination = cursor.at..<comma
    cursor.at = comma
    guard cursor.take(", proto ") else {
      return comma < text.upperBound ? .other : .wrong(.lineCut)
    }
    let ends = EndpointPair(Endpoint(bytes, source), Endpoint(bytes, destination))
    guard case .known(let from, let to) = ends else { return .wrong(.addressMalformed) }
    var packet = Observation()
    packet.source = from.0
    packet.destination = to.0
    var problem: Anomaly?
    if let transport = Transport(bytes, cursor.token()) {
      packet.transport = transport
    } else {
      problem = .numberMalformed
    }
    if packet.transport.hasPorts, let first = from.1, let second = to.1 {
      packet.setPorts(first, second)
    }
    problem = takeAlarmEnd(bytes, &cursor, line, &packet, &log) ?? problem
    return .packet(packet, problem)
  }

  /// How often, and when.
  private func takeAlarmEnd(
    _ bytes: RawSpan, _ cursor: inout TextCursor, _ line: Range<Int>, _ packet: inout Observation,
    _ log: inout LogState
  ) -> Anomaly? {
    // An alarm stands for what went beyond a threshold.
    packet.marks.insert(.lowerBound)
    var time: Int64?
    while cursor.at < cursor.end {
      if cursor.take("Occurred "), let times = cursor.digits(1...9) {
        packet.setPackets(UInt32(clamping: times))
      } else if cursor.take(0x28), cursor.next &- 48 < 10 {
        time = NetScreen.instant(bytes, cursor.at..<cursor.end, log.clock.zone)
      }
      cursor.skipToken()
    }
    if let time {
      packet.time = time
      return nil
    }
    return takeLineTime(bytes, line, &packet, &log)
  }
}

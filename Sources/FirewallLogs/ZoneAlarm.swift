internal import Observations

/// ZoneAlarm's `ZALog.txt`: `FWIN,2009/03/03,10:00:00 -5:00 GMT,S:p,D:p,TCP (flags:S)`.
///
/// `FWIN`, `FWOUT`, `FWROUTE` and `FWLOOP` tell of packets that were blocked, with `_OK` behind
/// them of packets let through. Lines on programs (`PE`, `ACCESS`), mail, viruses and the like name
/// one end at most and yield nothing. Stamps carry their zone. Version 2 wrote a comma before the
/// zone, and names before the fields: `Src=`, `Dest=`, then `Incoming` or `Outgoing`.
struct ZoneAlarm: LineFormat {
  static var name: String { "zonealarm" }

  /// The first line of the file's head was read: the next two say system and columns.
  private var isHead = false

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    if line.take("ZoneAlarm ") || line.take("type,date,time,") || isHead && line.take("Windows ") {
      isHead = true
      return .other
    }
    let type = line.cell()
    guard let date = line.date(), line.take(0x2c), let second = line.timeOfDay() else {
      let isOurs = bytes.has("FW", at: type.lowerBound) && ZoneAlarm.isType(bytes, type)
      return isOurs ? .wrong(.stampMalformed) : .foreign
    }
    guard ZoneAlarm.isType(bytes, type) else { return .foreign }
    _ = line.take(0x2c)
    guard line.take(0x20) || line.next == 0x2b || line.next == 0x2d, let zone = line.shortZone(),
      line.take(" GMT"),
      let time = StampClock.instant(
        date.year, date.month, date.day, secondOfDay: second, zone: zone)
    else { return .wrong(.stampMalformed) }
    log.clock.state(zone)
    _ = line.take("GMT")
    guard line.take(0x2c) else { return .wrong(.stampMalformed) }
    var packet = Observation()
    guard ZoneAlarm.takeType(bytes, type, &packet) else { return .other }
    packet.time = time
    return ZoneAlarm.takeEnds(bytes, &line, &packet)
  }

  /// Letters and underscores.
  private static func isType(_ bytes: RawSpan, _ type: Range<Int>) -> Bool {
    (2...16).contains(type.count)
      && type.allSatisfy { (bytes.byte($0) | 0x20) &- 97 < 26 || bytes.byte($0) == 0x5f }
  }

  /// What was done, and which way; false where the type is not the firewall's.
  private static func takeType(
    _ bytes: RawSpan, _ type: Range<Int>, _ packet: inout Observation
  ) -> Bool {
    var name = type
    packet.action = .blocked
    if type.count > 3, bytes.has("_OK", at: type.upperBound - 3) {
      packet.action = .allowed
      name = type.lowerBound..<type.upperBound - 3
    }
    if bytes.fills("FWIN", name) {
      packet.path = .inbound
    } else if bytes.fills("FWOUT", name) {
      packet.path = .outbound
    } else if bytes.fills("FWROUTE", name) {
      packet.path = .forwarded
    } else {
      return bytes.fills("FWLOOP", name)
    }
    return true
  }

  private static func takeEnds(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> LineReading {
    while line.take(0x20) {}
    let isOld = line.take("Src=")
    let source = Endpoint(bytes, line.cell())
    while line.take(0x20) {}
    if isOld { _ = line.take("Dest=") }
    let destination = Endpoint(bytes, line.cell())
    while line.take(0x20) {}
    if isOld { _ = line.cell() }
    while line.take(0x20) {}
    switch EndpointPair(source, destination) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let from, let to):
      packet.source = from.0
      packet.destination = to.0
      return takeTransport(bytes, &line, (from.1, to.1), &packet)
    }
  }

  /// `UDP`, `TCP (flags:S)`, `ICMP (type:8/subtype:0)`, `N/A`.
  private static func takeTransport(
    _ bytes: RawSpan, _ line: inout TextCursor, _ ports: (UInt16?, UInt16?),
    _ packet: inout Observation
  ) -> LineReading {
    if line.take("N/A") { return .packet(packet, nil) }
    guard let word = line.word(), let transport = Transport(bytes, word) else {
      return .packet(packet, .lineCut)
    }
    packet.transport = transport
    if transport == .icmp {
      guard line.take(" (type:"), let type = line.digits(1...3), line.take("/subtype:"),
        let code = line.digits(1...3), type < 256, code < 256
      else { return .packet(packet, nil) }
      packet.setPorts(UInt16(type), UInt16(code))
    } else if transport.hasPorts, let source = ports.0, let destination = ports.1 {
      packet.setPorts(source, destination)
    }
    if transport == .tcp, line.take(" (flags:") {
      packet.tcpFlags = TCPFlags(letters: bytes, line.at..<(line.find(0x29) ?? line.at))
    }
    return .packet(packet, nil)
  }
}

extension TextCursor {
  /// Takes what stands before the next comma or the end, and the comma.
  @_lifetime(self: copy self)
  mutating func cell() -> Range<Int> {
    let from = at
    let comma = find(0x2c)
    at = comma.map { $0 + 1 } ?? end
    return from..<(comma ?? end)
  }

  /// Takes `-5:00` or `+10:30`: seconds ahead of UTC.
  @_lifetime(self: copy self)
  mutating func shortZone() -> Int64? {
    let sign: Int64 = next == 0x2d ? -1 : 1
    _ = take(0x2d) || take(0x2b)
    guard let hours = digits(1...2), take(0x3a), let minutes = digits(2...2), hours <= 14,
      minutes < 60
    else { return nil }
    return sign * Int64(hours * 3_600 + minutes * 60)
  }
}

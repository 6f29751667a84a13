internal import Observations

/// Lines of Fortinet's FortiGate: `date=… time=… logid="…" type="traffic" subtype="forward" srcip=…
/// srcport=… dstip=… dstport=… proto=17 action="deny" … sentpkt=… rcvdpkt=…`, and the same of
/// FortiOS 4 (`src=`, `dst_port=`, `status=`).
///
/// A session is told of when it ends, with the packets of both directions; where its opening was
/// logged, too (`action="start"`), only the answer is taken from its end, and the running totals of
/// long sessions (log id 20) count nothing. The time is that of the session's beginning. Of what
/// the inspection found, intrusions (`ips`) and floods (`anomaly`, with a count) are packets; what
/// it says of pages, files and programs belongs to sessions told of anyway. `trandisp` names
/// translations; the observation carries the inside address.
///
/// Source: Fortinet, "FortiOS Log Message Reference".
struct Fortinet: LineFormat {
  static var name: String { "fortinet" }
  /// Any step: sessions are logged when they end.
  static var orderTolerance: Int64 { .max }

  private enum Key: Int {
    case date, time, eventtime, zone, device, id, type, subtype, domain
    case source, sourcePort, sourceInterface, destination, destinationPort, destinationInterface
    case proto, action, duration, sentPackets, receivedPackets, receivedBytes
    case translation, sourceTranslated, destinationTranslated, destinationPortTranslated
    case count, icmpType, icmpCode
  }

  private static let table = KeyTable([
    ("date", Key.date.rawValue), ("time", Key.time.rawValue),
    ("eventtime", Key.eventtime.rawValue), ("tz", Key.zone.rawValue),
    ("devid", Key.device.rawValue), ("device_id", Key.device.rawValue),
    ("logid", Key.id.rawValue), ("log_id", Key.id.rawValue), ("type", Key.type.rawValue),
    ("subtype", Key.subtype.rawValue), ("vd", Key.domain.rawValue),
    ("srcip", Key.source.rawValue), ("src", Key.source.rawValue),
    ("srcport", Key.sourcePort.rawValue), ("src_port", Key.sourcePort.rawValue),
    ("srcintf", Key.sourceInterface.rawValue), ("src_int", Key.sourceInterface.rawValue),
    ("dstip", Key.destination.rawValue), ("dst", Key.destination.rawValue),
    ("dstport", Key.destinationPort.rawValue), ("dst_port", Key.destinationPort.rawValue),
    ("dstintf", Key.destinationInterface.rawValue),
    ("dst_int", Key.destinationInterface.rawValue), ("proto", Key.proto.rawValue),
    ("action", Key.action.rawValue), ("status", Key.action.rawValue),
    ("duration", Key.duration.rawValue), ("sentpkt", Key.sentPackets.rawValue),
    ("sent_pkt", Key.sentPackets.rawValue), ("rcvdpkt", Key.receivedPackets.rawValue),
    ("rcvd_pkt", Key.receivedPackets.rawValue), ("rcvdbyte", Key.receivedBytes.rawValue),
    ("rcvd", Key.receivedBytes.rawValue), ("trandisp", Key.translation.rawValue),
    ("tran_disp", Key.translation.rawValue), ("transip", Key.sourceTranslated.rawValue),
    ("tran_sip", Key.sourceTranslated.rawValue), ("tranip", Key.destinationTranslated.rawValue),
    ("tran_ip", Key.destinationTranslated.rawValue),
    ("tranport", Key.destinationPortTranslated.rawValue),
    ("tran_port", Key.destinationPortTranslated.rawValue), ("count", Key.count.rawValue),
    ("icmptype", Key.icmpType.rawValue), ("icmpcode", Key.icmpCode.rawValue),
  ])

  private var cells = KeyCells<Key>(table)
  private var sessions = SessionMemory()

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let from = log.firstKey(bytes, range), bytes.has("date=", at: from) else {
      return .foreign
    }
    cells.take(bytes, from..<range.upperBound)
    guard cells[.time] != nil, cells[.id] != nil || cells[.device] != nil,
      let type = cells[.type]
    else { return .foreign }
    if bytes.fills("traffic", type) { return readTraffic(bytes, range, &log) }
    let subtype = cells[.subtype]
    if bytes.fills("anomaly", type) || bytes.fills("ips", type) || bytes.fills("anomaly", subtype)
      || bytes.fills("ips", subtype)
    {
      return readAttack(bytes, range, &log)
    }
    return .other
  }

  /// A line about a session or a refused packet.
  private mutating func readTraffic(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    // Running totals of a session that goes on.
    if let id = cells[.id], bytes.fills("0000000020", id) { return .other }
    var packet = Observation()
    if let problem = packet.takeEnds(bytes, cells[.source], cells[.destination]) {
      return .wrong(problem)
    }
    var problem = takeTransport(bytes, &packet)
    problem = takeTime(bytes, range, &packet, &log) ?? problem
    packet.path = path(bytes)
    let action = cells[.action]
    packet.action = Fortinet.action(bytes, action)
    if bytes.fills("sniffer", cells[.subtype]) { packet.action = .audited }
    takeTranslation(bytes, &packet, &log)
    let sent = bytes.whole(cells[.sentPackets])
    if let sent { packet.setPackets(UInt32(clamping: sent)) }
    if packet.action == .blocked { return .packet(packet, problem) }
    if bytes.fills("start", action) {
      sessions.open(packet)
      return .packet(packet, problem)
    }
    if action == nil { problem = problem ?? .lineCut }
    packet.goBack(seconds: bytes.whole(cells[.duration]))
    let replies = SessionReplies(
      packets: bytes.whole(cells[.receivedPackets]), bytes: bytes.whole(cells[.receivedBytes]))
    return sessions.end(packet, replies: replies, problem, &log)
  }

  /// What was done with a session; how it ended says that it was let through.
  private static func action(_ bytes: RawSpan, _ word: Range<Int>?) -> Action {
    guard let word else { return .unknown }
    switch actions.find(bytes, word) {
    case 0: return .blocked
    case 1: return .allowed
    default: return .unknown
    }
  }

  private static let actions = KeyTable([
    ("deny", 0), ("blocked", 0), ("block", 0), ("accept", 1), ("start", 1), ("close", 1),
    ("timeout", 1), ("client-rst", 1), ("server-rst", 1), ("ip-conn", 1), ("dns", 1), ("pass", 1),
  ])

  /// A line about an intrusion or a flood.
  private mutating func readAttack(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var packet = Observation()
    if let problem = packet.takeEnds(bytes, cells[.source], cells[.destination]) {
      return .wrong(problem)
    }
    var problem = takeTransport(bytes, &packet)
    problem = takeTime(bytes, range, &packet, &log) ?? problem
    let action = cells[.action]
    if bytes.fills("detected", action) || bytes.fills("pass_session", action)
      || bytes.fills("monitored", action)
    {
      packet.action = .audited
    } else if let action, !action.isEmpty {
      // dropped, blocked, reset, clear_session, drop_session and their like.
      packet.action = .blocked
    }
    if let count = bytes.whole(cells[.count]) { packet.setPackets(UInt32(clamping: count)) }
    return .packet(packet, problem)
  }

  private func takeTransport(_ bytes: RawSpan, _ packet: inout Observation) -> Anomaly? {
    guard let proto = cells[.proto] else { return .lineCut }
    guard let transport = Transport(bytes, proto) else { return .numberMalformed }
    packet.transport = transport
    if let type = Fortinet.octet(bytes, cells[.icmpType]),
      let code = Fortinet.octet(bytes, cells[.icmpCode]), transport == .icmp || transport == .icmpv6
    {
      packet.setPorts(type, code)
    }
    return packet.takePorts(bytes, cells[.sourcePort], cells[.destinationPort])
  }

  /// `0x08`.
  private static func octet(_ bytes: RawSpan, _ range: Range<Int>?) -> UInt16? {
    guard let range, range.count == 4, bytes.has("0x", at: range.lowerBound),
      let high = Digits.hexadecimal(bytes.byte(range.lowerBound + 2)),
      let low = Digits.hexadecimal(bytes.byte(range.lowerBound + 3))
    else { return nil }
    return UInt16(high << 4 | low)
  }

  /// Local traffic has the virtual domain's name for the device's own side.
  private func path(_ bytes: RawSpan) -> Path {
    let subtype = cells[.subtype]
    if bytes.fills("forward", subtype) { return .forwarded }
    guard bytes.fills("local", subtype), let domain = cells[.domain], !domain.isEmpty else {
      return .unknown
    }
    let isFrom = cells[.sourceInterface].map { bytes.same($0, domain) } ?? false
    let isTo = cells[.destinationInterface].map { bytes.same($0, domain) } ?? false
    if isFrom == isTo { return .unknown }
    return isTo ? .inbound : .outbound
  }

  /// Seconds, or a finer unit, since the epoch; else the local date and time, with a zone or none.
  private func takeTime(
    _ bytes: RawSpan, _ range: Range<Int>, _ packet: inout Observation, _ log: inout LogState
  ) -> Anomaly? {
    if let cell = cells[.eventtime], let time = Fortinet.epoch(bytes, cell) {
      log.clock.state(zone(bytes) ?? 0)
      packet.time = time
      return nil
    }
    guard let date = cells[.date], let clock = cells[.time] else { return .stampMissing }
    var day = TextCursor(bytes, date)
    var hour = TextCursor(bytes, clock)
    if let date = day.date(), let second = hour.timeOfDay() {
      let stated = zone(bytes)
      if let stated { log.clock.state(stated) }
      if let time = StampClock.instant(
        date.year, date.month, date.day, secondOfDay: second, zone: stated ?? log.clock.zone)
      {
        packet.time = time
        return nil
      }
    }
    _ = packet.take(log.syslog(bytes, range).stamp)
    return .stampMalformed
  }

  private func zone(_ bytes: RawSpan) -> Int64? {
    guard let cell = cells[.zone] else { return nil }
    var cursor = TextCursor(bytes, cell)
    return cursor.zone()
  }

  /// Seconds, milliseconds, microseconds or nanoseconds, as firmware of different years writes
  /// them.
  static func epoch(_ bytes: RawSpan, _ cell: Range<Int>) -> Int64? {
    var factor: Int64 = 1
    var digits = cell
    switch cell.count {
    case 9...11: factor = 1_000_000_000
    case 13: factor = 1_000_000
    case 16: factor = 1_000
    // One digit more than is read at once; the last is nanoseconds.
    case 19:
      digits = cell.lowerBound..<cell.upperBound - 1
      factor = 10
    default: return nil
    }
    guard let value = bytes.whole(digits) else { return nil }
    let (time, overflow) = Int64(value).multipliedReportingOverflow(by: factor)
    if overflow { return nil }
    guard cell.count == 19 else { return time }
    let last = bytes.byte(cell.upperBound - 1) &- 48
    guard last < 10 else { return nil }
    let (sum, beyond) = time.addingReportingOverflow(Int64(last))
    return beyond ? nil : sum
  }

  /// A source behind another address, and a destination that stood for an inside one.
  private func takeTranslation(
    _ bytes: RawSpan, _ packet: inout Observation, _ log: inout LogState
  ) {
    guard let kind = cells[.translation], !bytes.fills("noop", kind) else { return }
    let inside = bytes.fills("snat", kind) ? nil : cells[.destinationTranslated]
    packet.takeTranslation(
      bytes, source: cells[.sourceTranslated], destination: inside,
      port: cells[.destinationPortTranslated], &log)
  }
}

extension RawSpan {
  /// Whether two ranges hold the same bytes.
  func same(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
    guard a.count == b.count else { return false }
    for index in 0..<a.count where byte(a.lowerBound + index) != byte(b.lowerBound + index) {
      return false
    }
    return true
  }
}

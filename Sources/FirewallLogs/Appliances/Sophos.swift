internal import Observations

/// Lines of Sophos' firewalls, of two families.
///
/// UTM (once Astaro), written by ulogd: `2009:03:03-06:00:00 gate ulogd[4711]: id="2001" severity=
/// "info" sys="SecureNet" sub="packetfilter" name="Packet dropped" action="drop" fwrule="60001" initf=
/// "eth1" srcip="…" dstip="…" proto="17" length="78" ttl="113" srcport="137" dstport="137"`. XG and
/// later (SFOS): `device="SFW" date=… time=… timezone="CET" … log_type="Firewall" log_component=
/// "Firewall Rule" log_subtype="Denied" … src_ip=… dst_ip=… protocol="TCP" src_port=… dst_port=…`.
///
/// UTM writes packets; SFOS sessions, when they end (`conn_event="Stop"`) and, if told to, when they
/// begin: each counts once. The names of zones are not read as zones (`IST` is three of them): times
/// are local unless `timestamp` states an offset. `Appliance Access` is traffic to the device itself.
///
/// Source: Sophos, "UTM Log File Structure", "SFOS Log Documentation".
struct Sophos: LineFormat {
  static var name: String { "sophos" }
  /// Any step: sessions are logged when they end.
  static var orderTolerance: Int64 { .max }

  private enum Key: Int {
    case id, subsystem, action, into, out, source, destination, proto, length, timeToLive
    case sourcePort, destinationPort, flags, type, code
    case date, time, timestamp, logType, component, subtype, event, sentPackets, receivedPackets
    case receivedBytes, duration, sourceTranslated, destinationTranslated
    case destinationPortTranslated
  }

  private static let table = KeyTable([
    ("id", Key.id.rawValue), ("sub", Key.subsystem.rawValue), ("action", Key.action.rawValue),
    ("initf", Key.into.rawValue), ("outitf", Key.out.rawValue), ("srcip", Key.source.rawValue),
    ("dstip", Key.destination.rawValue), ("proto", Key.proto.rawValue),
    ("length", Key.length.rawValue), ("ttl", Key.timeToLive.rawValue),
    ("srcport", Key.sourcePort.rawValue), ("dstport", Key.destinationPort.rawValue),
    ("tcpflags", Key.flags.rawValue), ("type", Key.type.rawValue), ("code", Key.code.rawValue),
    ("date", Key.date.rawValue), ("time", Key.time.rawValue),
    ("timestamp", Key.timestamp.rawValue), ("log_type", Key.logType.rawValue),
    ("log_component", Key.component.rawValue), ("log_subtype", Key.subtype.rawValue),
    ("conn_event", Key.event.rawValue), ("connevent", Key.event.rawValue),
    ("src_ip", Key.source.rawValue), ("dst_ip", Key.destination.rawValue),
    ("protocol", Key.proto.rawValue), ("src_port", Key.sourcePort.rawValue),
    ("dst_port", Key.destinationPort.rawValue), ("icmp_type", Key.type.rawValue),
    ("icmp_code", Key.code.rawValue), ("sent_pkts", Key.sentPackets.rawValue),
    ("packets_sent", Key.sentPackets.rawValue), ("recv_pkts", Key.receivedPackets.rawValue),
    ("packets_received", Key.receivedPackets.rawValue),
    ("recv_bytes", Key.receivedBytes.rawValue), ("bytes_received", Key.receivedBytes.rawValue),
    ("duration", Key.duration.rawValue), ("con_duration", Key.duration.rawValue),
    ("tran_src_ip", Key.sourceTranslated.rawValue),
    ("src_trans_ip", Key.sourceTranslated.rawValue),
    ("tran_dst_ip", Key.destinationTranslated.rawValue),
    ("dst_trans_ip", Key.destinationTranslated.rawValue),
    ("tran_dst_port", Key.destinationPortTranslated.rawValue),
    ("dst_trans_port", Key.destinationPortTranslated.rawValue),
  ])

  private var cells = KeyCells<Key>(table)
  private var sessions = SessionMemory()
  /// The last good time of a line of UTM.
  private var last: Int64 = 0

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let from = log.firstKey(bytes, range) else { return .foreign }
    if bytes.has("id=\"", at: from) {
      cells.take(bytes, from..<range.upperBound)
      guard bytes.fills("packetfilter", cells[.subsystem]) else { return .foreign }
      return readPacket(bytes, range, &log)
    }
    guard bytes.has("device=\"SFW\"", at: from) || bytes.has("device_name=\"", at: from) else {
      return .foreign
    }
    cells.take(bytes, from..<range.upperBound)
    guard let type = cells[.logType] else { return .foreign }
    return bytes.fills("Firewall", type) ? readSession(bytes, range, &log) : .other
  }

  /// A line of UTM.
  private mutating func readPacket(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var packet = Observation()
    if let problem = packet.takeEnds(bytes, cells[.source], cells[.destination]) {
      return .wrong(problem)
    }
    var problem = takeTransport(bytes, &packet)
    let action = cells[.action]
    if bytes.fills("drop", action) || bytes.fills("reject", action) {
      packet.action = .blocked
    } else if bytes.fills("accept", action) {
      packet.action = .allowed
    } else if bytes.fills("log", action) {
      packet.action = .audited
    }
    let isFrom = cells[.into]?.isEmpty == false
    let isTo = cells[.out]?.isEmpty == false
    if isFrom, isTo { packet.path = .forwarded }
    if isFrom != isTo { packet.path = isFrom ? .inbound : .outbound }
    if let length = cells[.length].flatMap({ bytes.decimal($0) }), length <= 0xffff {
      packet.length = UInt32(length)
    }
    if let left = cells[.timeToLive].flatMap({ bytes.decimal($0) }), left < 256 {
      packet.timeToLive = UInt8(left)
    }
    if packet.transport == .tcp, let flags = cells[.flags] {
      packet.tcpFlags = TCPFlags(flagWords: bytes, flags)
    }
    problem = takePacketTime(bytes, range, &packet, &log) ?? problem
    return .packet(packet, problem)
  }

  /// `2009:03:03-06:00:00` at the front, else the line's stamp.
  private mutating func takePacketTime(
    _ bytes: RawSpan, _ range: Range<Int>, _ packet: inout Observation, _ log: inout LogState
  ) -> Anomaly? {
    var line = TextCursor(bytes, range)
    if line.take(0x3c) { line.skipTo(behind: 0x3e) }
    if let year = line.digits(4...4), line.take(0x3a), let month = line.digits(2...2),
      line.take(0x3a), let day = line.digits(2...2), line.take(0x2d)
    {
      if let second = line.timeOfDay(),
        let time = StampClock.instant(
          year, month, day, secondOfDay: second, zone: log.clock.zone)
      {
        packet.time = time
        last = time
        return nil
      }
      packet.time = last
      packet.marks.insert(.timeUncertain)
      return .stampMalformed
    }
    return packet.take(log.syslog(bytes, range).stamp)
  }

  /// A line of SFOS.
  private mutating func readSession(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    // What goes on is told of again.
    if bytes.fills("Interim", cells[.event]) { return .other }
    guard cells[.source] != nil || cells[.proto] != nil else { return .other }
    var packet = Observation()
    if let problem = packet.takeEnds(bytes, cells[.source], cells[.destination]) {
      return .wrong(problem)
    }
    var problem = takeTransport(bytes, &packet)
    problem = takeSessionTime(bytes, range, &packet, &log) ?? problem
    let subtype = cells[.subtype]
    if bytes.fills("Denied", subtype) || bytes.fills("Drop", subtype) {
      packet.action = .blocked
    } else if bytes.fills("Allowed", subtype) {
      packet.action = .allowed
    }
    if bytes.fills("Appliance Access", cells[.component]) {
      packet.path = .inbound
    } else if bytes.fills("Firewall Rule", cells[.component]) {
      packet.path = .forwarded
    }
    packet.takeTranslation(
      bytes, source: cells[.sourceTranslated], destination: cells[.destinationTranslated],
      port: cells[.destinationPortTranslated], &log)
    guard packet.action == .allowed else { return .packet(packet, problem) }
    if bytes.fills("Start", cells[.event]) {
      sessions.open(packet)
      return .packet(packet, problem)
    }
    packet.goBack(seconds: bytes.whole(cells[.duration]))
    if let sent = bytes.whole(cells[.sentPackets]) { packet.setPackets(UInt32(clamping: sent)) }
    let replies = SessionReplies(
      packets: bytes.whole(cells[.receivedPackets]), bytes: bytes.whole(cells[.receivedBytes]))
    return sessions.end(packet, replies: replies, problem, &log)
  }

  /// `timestamp="2009-03-03T06:00:00+0100"`, or date and time of day.
  private func takeSessionTime(
    _ bytes: RawSpan, _ range: Range<Int>, _ packet: inout Observation, _ log: inout LogState
  ) -> Anomaly? {
    if let cell = cells[.timestamp] {
      var line = TextCursor(bytes, cell)
      if let date = line.date(), line.take(0x54) || line.take(0x20), let second = line.timeOfDay() {
        let fraction = line.fraction()
        let stated = line.take(0x5a) ? 0 : line.zone()
        if let stated { log.clock.state(stated) }
        if let time = StampClock.instant(
          date.year, date.month, date.day, secondOfDay: second, fraction: fraction,
          zone: stated ?? log.clock.zone)
        {
          packet.time = time
          return nil
        }
      }
    } else if let date = cells[.date], let clock = cells[.time] {
      var day = TextCursor(bytes, date)
      var hour = TextCursor(bytes, clock)
      if let date = day.date(), let second = hour.timeOfDay(),
        let time = StampClock.instant(
          date.year, date.month, date.day, secondOfDay: second, zone: log.clock.zone)
      {
        packet.time = time
        return nil
      }
    }
    return packet.take(log.syslog(bytes, range).stamp) ?? .stampMalformed
  }

  private func takeTransport(_ bytes: RawSpan, _ packet: inout Observation) -> Anomaly? {
    guard let proto = cells[.proto] else { return .lineCut }
    guard let transport = Transport(bytes, proto) else { return .numberMalformed }
    packet.transport = transport
    packet.takeControl(bytes, cells[.type], cells[.code])
    return packet.takePorts(bytes, cells[.sourcePort], cells[.destinationPort])
  }
}

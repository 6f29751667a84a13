internal import Observations

/// Lines of Check Point's firewalls, of two kinds.
///
/// What `fw log` prints: `14Aug2006 16:38:54 accept 192.0.2.1 >eth1 product: VPN-1 & FireWall-1; src:
/// …; s_port: …; dst: …; service: …; proto: udp; rule: 8;`. What Log Exporter sends, as syslog:
/// `CheckPoint 8363 - [action:"Drop"; … proto:"17"; s_port:"…"; service:"137"; src:"…"; dst:"…"]`.
///
/// A service may stand by its name (`domain-udp`, where the printer was not told `-n`): the names
/// that Check Point itself gives to well-known services are ports, others are not known. Of a
/// connection its opening is logged. `xlatesrc` and `xlatedst` are translations. `ifdir` says which
/// way a packet crossed an interface, which is not whether it was for the device: no path.
///
/// Source: Check Point, "Logging and Monitoring Administration Guide", Log Exporter fields.
struct CheckPoint: LineFormat {
  static var name: String { "checkpoint" }
  /// Any step: modules send their logs when they have time.
  static var orderTolerance: Int64 { .max }

  private enum Key: Int {
    case action, source, sourcePort, destination, service, proto, flags, time
    case sourceTranslated, destinationTranslated, type, code, product
    case destinationPortTranslated
  }

  private static let table = KeyTable([
    ("action", Key.action.rawValue), ("src", Key.source.rawValue),
    ("s_port", Key.sourcePort.rawValue), ("dst", Key.destination.rawValue),
    ("service", Key.service.rawValue), ("proto", Key.proto.rawValue),
    ("tcp_flags", Key.flags.rawValue), ("time", Key.time.rawValue),
    ("xlatesrc", Key.sourceTranslated.rawValue),
    ("xlatedst", Key.destinationTranslated.rawValue),
    ("xlatedport", Key.destinationPortTranslated.rawValue),
    ("icmp_type", Key.type.rawValue), ("icmp-type", Key.type.rawValue),
    ("icmp_code", Key.code.rawValue), ("icmp-code", Key.code.rawValue),
    ("product", Key.product.rawValue), ("ICMP_Type", Key.type.rawValue),
    ("ICMP_Code", Key.code.rawValue),
  ])

  private var cells = KeyCells<Key>(table)
  /// The last good time of a printed line.
  private var last: Int64 = 0

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    if let stamp = CheckPoint.printedStamp(&line, log.clock.zone) {
      return readPrinted(bytes, line.at..<range.upperBound, stamp, &log)
    }
    let text = log.syslog(bytes, range)
    guard text.stamp.quality == .good, bytes.fills("CheckPoint", text.program) else {
      return .foreign
    }
    return readExported(bytes, text, &log)
  }

  /// `14Aug2006 16:38:54 `, with blanks before a day of one digit.
  private static func printedStamp(_ line: inout TextCursor, _ zone: Int64) -> Int64?? {
    let mark = line.at
    _ = line.take(0x20)
    guard let day = line.digits(1...2), let month = line.monthName(),
      let year = line.digits(4...4), line.take(0x20)
    else {
      line.at = mark
      return nil
    }
    while line.take(0x20) {}
    // An hour of one digit has a blank before it.
    guard let hour = line.digits(1...2), hour < 24, line.take(0x3a),
      let minute = line.digits(2...2), minute < 60, line.take(0x3a),
      let second = line.digits(2...2), second <= 60
    else { return .some(nil) }
    return .some(
      StampClock.instant(
        year, month, day, secondOfDay: hour * 3_600 + minute * 60 + second, zone: zone))
  }

  /// `accept 192.0.2.1 >eth1 product: …; src: …;` behind its stamp.
  private mutating func readPrinted(
    _ bytes: RawSpan, _ range: Range<Int>, _ stamp: Int64?, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    while line.take(0x20) {}
    let action = line.token()
    _ = line.token()  // the module that logged it
    guard line.take(0x3e) || line.take(0x3c) else { return .foreign }
    line.skipToken()
    cells.take(bytes, line.at..<range.upperBound, .colons)
    guard cells[.product] != nil || cells[.source] != nil else { return .foreign }
    var packet = Observation()
    if let stamp {
      packet.time = stamp
      last = stamp
    } else {
      packet.time = last
      packet.marks.insert(.timeUncertain)
    }
    return read(bytes, action, packet, stamp == nil ? .stampMalformed : nil, &log)
  }

  private mutating func readExported(
    _ bytes: RawSpan, _ text: SyslogText, _ log: inout LogState
  ) -> LineReading {
    guard let open = bytes.first(0x5b, in: text.rest) else { return .other }
    cells.take(bytes, open + 1..<text.rest.upperBound, .colons)
    var packet = Observation()
    var problem: Anomaly?
    if let cell = cells[.time], let time = Fortinet.epoch(bytes, cell) {
      packet.time = time
      log.clock.state(0)
    } else {
      problem = packet.take(text.stamp)
    }
    return read(bytes, cells[.action], packet, problem, &log)
  }

  /// The cells of either kind.
  private func read(
    _ bytes: RawSpan, _ action: Range<Int>?, _ timed: Observation, _ stampProblem: Anomaly?,
    _ log: inout LogState
  ) -> LineReading {
    var packet = timed
    guard let action, let done = CheckPoint.action(bytes, action) else { return .other }
    packet.action = done
    // Logins, updates and the like name no protocol.
    guard let proto = cells[.proto] else {
      return cells[.service] == nil ? .other : .wrong(.lineCut)
    }
    if let problem = packet.takeEnds(bytes, cells[.source], cells[.destination]) {
      return .wrong(problem)
    }
    guard let transport = Transport(bytes, proto) else { return .packet(packet, .numberMalformed) }
    packet.transport = transport
    packet.takeControl(bytes, cells[.type], cells[.code])
    let problem = takePorts(bytes, &packet)
    if transport == .tcp, let flags = cells[.flags] {
      packet.tcpFlags = TCPFlags(flagWords: bytes, flags)
    }
    packet.takeTranslation(
      bytes, source: cells[.sourceTranslated], destination: cells[.destinationTranslated],
      port: cells[.destinationPortTranslated], &log)
    return .packet(packet, stampProblem ?? problem)
  }

  /// What was done; nil where the word is not about a packet.
  private static func action(_ bytes: RawSpan, _ word: Range<Int>) -> Action? {
    switch actions.find(bytes, word, ignoringCase: true) {
    case 0: .allowed
    case 1: .blocked
    case 2: .audited
    default: nil
    }
  }

  private static let actions = KeyTable([
    ("accept", 0), ("encrypt", 0), ("decrypt", 0), ("allow", 0), ("drop", 1), ("reject", 1),
    ("block", 1), ("prevent", 1), ("monitor", 2), ("monitored", 2), ("detect", 2), ("inspect", 2),
  ])

  private func takePorts(_ bytes: RawSpan, _ packet: inout Observation) -> Anomaly? {
    guard packet.transport.hasPorts else { return nil }
    guard let service = cells[.service] else {
      return packet.takePorts(bytes, cells[.sourcePort], nil)
    }
    let isNumber = !service.isEmpty && bytes.byte(service.lowerBound) &- 48 < 10
    if isNumber { return packet.takePorts(bytes, cells[.sourcePort], service) }
    guard let port = CheckPoint.port(bytes, service) else { return nil }
    packet.destinationPort = port
    guard let source = cells[.sourcePort] else { return nil }
    guard let first = bytes.port(source) else { return .numberMalformed }
    packet.setPorts(first, port)
    return nil
  }

  private static func port(_ bytes: RawSpan, _ name: Range<Int>) -> UInt16? {
    let port = services.find(bytes, name)
    return port < 0 ? nil : UInt16(port)
  }

  /// Services that Check Point defines itself.
  private static let services = KeyTable([
    ("ftp", 21), ("ssh", 22), ("ssh_version_2", 22), ("telnet", 23), ("smtp", 25),
    ("domain-udp", 53), ("domain-tcp", 53), ("bootp", 67), ("dhcp-request", 67), ("tftp", 69),
    ("http", 80), ("pop-3", 110), ("nntp", 119), ("ntp-udp", 123), ("ntp-tcp", 123),
    ("nbname", 137), ("nbdatagram", 138), ("nbsession", 139), ("imap", 143), ("snmp", 161),
    ("snmp-trap", 162), ("ldap", 389), ("https", 443), ("microsoft-ds", 445),
    ("microsoft-ds-udp", 445), ("IKE", 500), ("syslog", 514), ("ldap-ssl", 636),
    ("MS-SQL-Server", 1433), ("MS-SQL-Monitor_UDP", 1434), ("pptp-tcp", 1723),
    ("MySQL", 3306), ("Remote_Desktop_Protocol", 3389), ("sip", 5060), ("X11", 6000),
    ("HTTP_proxy", 8080),
  ])
}

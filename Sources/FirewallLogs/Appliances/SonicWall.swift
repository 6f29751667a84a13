internal import Observations

/// Lines of SonicWall firewalls: `id=firewall sn=… time="…" fw=… pri=… c=… m=98 msg="Connection
/// Opened" n=… src=a.b.c.d:port:interface[:name] dst=… proto=tcp/port`.
///
/// What was done stands in the words of the message alone (`… packet dropped`, `Connection
/// Opened`), in newer firmware in `fw_action`, too. A connection counts where it is opened; of one
/// opened before the log began, its end counts, and says whether anything came back. `n` counts
/// messages, not packets. Where `src` and `dst` of an ICMP packet have numbers behind the address
/// they are no ports; type and code have names of their own. `natSrc` and `natDst` are translations.
///
/// Source: SonicWall, "SonicOS Log Events Reference Guide".
struct SonicWall: LineFormat {
  static var name: String { "sonicwall" }
  /// Any step: connections are logged when they end.
  static var orderTolerance: Int64 { .max }

  private enum Key: Int {
    case id, serial, time, device, message, source, destination, sourceV6, destinationV6
    case proto, type, code, action, sentPackets, receivedPackets, receivedBytes
    case sourceTranslated, destinationTranslated, event, milliseconds
  }

  private static let table = KeyTable([
    ("id", Key.id.rawValue), ("sn", Key.serial.rawValue), ("time", Key.time.rawValue),
    ("fw", Key.device.rawValue), ("m", Key.event.rawValue), ("msg", Key.message.rawValue),
    ("src", Key.source.rawValue), ("dst", Key.destination.rawValue),
    ("srcV6", Key.sourceV6.rawValue), ("dstV6", Key.destinationV6.rawValue),
    ("proto", Key.proto.rawValue), ("type", Key.type.rawValue),
    ("icmpType", Key.type.rawValue), ("code", Key.code.rawValue),
    ("icmpCode", Key.code.rawValue), ("fw_action", Key.action.rawValue),
    ("spkt", Key.sentPackets.rawValue), ("rpkt", Key.receivedPackets.rawValue),
    ("rcvd", Key.receivedBytes.rawValue), ("natSrc", Key.sourceTranslated.rawValue),
    ("natDst", Key.destinationTranslated.rawValue),
    ("cdur", Key.milliseconds.rawValue),
  ])

  /// What a message is about.
  private enum Matter {
    case refused, watched, opened, closed, none
  }

  private var cells = KeyCells<Key>(table)
  private var sessions = SessionMemory()

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let from = log.firstKey(bytes, range), bytes.has("id=", at: from) else {
      return .foreign
    }
    cells.take(bytes, from..<range.upperBound)
    guard cells[.serial] != nil, cells[.time] != nil, cells[.device] != nil else {
      return .foreign
    }
    let matter = matter(bytes)
    if case .none = matter { return .other }
    var packet = Observation()
    packet.action = matter == .refused ? .blocked : matter == .watched ? .audited : .allowed
    guard let source = end(bytes, .source, .sourceV6),
      let destination = end(bytes, .destination, .destinationV6)
    else { return .wrong(.addressMissing) }
    if let problem = packet.takeEnds(bytes, source.address, destination.address) {
      return .wrong(problem)
    }
    var problem = takeTransport(bytes, &packet, source.port, destination.port)
    problem = takeTime(bytes, range, &packet, &log) ?? problem
    takePath(bytes, &packet, source.interface, destination.interface)
    takeTranslations(bytes, &packet, &log)
    guard matter == .closed else {
      if matter == .opened { sessions.open(packet) }
      return .packet(packet, problem)
    }
    packet.goBack(seconds: bytes.whole(cells[.milliseconds]).map { $0 / 1_000 })
    if let sent = bytes.whole(cells[.sentPackets]) { packet.setPackets(UInt32(clamping: sent)) }
    let replies = SessionReplies(
      packets: bytes.whole(cells[.receivedPackets]), bytes: bytes.whole(cells[.receivedBytes]))
    return sessions.end(packet, replies: replies, problem, &log)
  }

  /// What the words of the message say; a login or a tunnel is no packet.
  private func matter(_ bytes: RawSpan) -> Matter {
    guard cells[.source] != nil || cells[.sourceV6] != nil else { return .none }
    let event = bytes.whole(cells[.event])
    if event == 98 { return .opened }
    if event == 537 { return .closed }
    if bytes.fills("drop", cells[.action]) { return .refused }
    guard let message = cells[.message] else { return .none }
    var words = SonicWords()
    words.read(bytes, message)
    if words.isAboutPeople { return .none }
    if words.refuses, words.isAboutPackets || cells[.proto] != nil { return .refused }
    return words.isAboutAttacks ? .watched : .none
  }

  /// `a.b.c.d:port:interface:name`, or an IPv6 address alone.
  private func end(
    _ bytes: RawSpan, _ key: Key, _ keyV6: Key
  ) -> (address: Range<Int>, port: Range<Int>?, interface: Range<Int>?)? {
    let longer = cells[keyV6]
    guard let cell = cells[key] else { return longer.map { ($0, nil, nil) } }
    guard let colon = bytes.first(0x3a, in: cell) else { return (longer ?? cell, nil, nil) }
    let second = bytes.first(0x3a, in: colon + 1..<cell.upperBound) ?? cell.upperBound
    let third = bytes.first(0x3a, in: min(second + 1, cell.upperBound)..<cell.upperBound)
    let address = longer ?? cell.lowerBound..<colon
    let interface = min(second + 1, cell.upperBound)..<(third ?? cell.upperBound)
    return (address, colon + 1..<second, interface.isEmpty ? nil : interface)
  }

  private func takeTransport(
    _ bytes: RawSpan, _ packet: inout Observation, _ first: Range<Int>?, _ second: Range<Int>?
  ) -> Anomaly? {
    if let proto = cells[.proto] {
      let slash = bytes.first(0x2f, in: proto) ?? proto.upperBound
      guard let transport = Transport(bytes, proto.lowerBound..<slash) else {
        return .numberMalformed
      }
      packet.transport = transport
    } else if let message = cells[.message] {
      // `UDP packet dropped` says it in words.
      var cursor = TextCursor(bytes, message)
      guard let transport = Transport(bytes, cursor.token()) else { return nil }
      packet.transport = transport
    }
    if packet.transport == .icmp || packet.transport == .icmpv6 {
      packet.takeControl(bytes, cells[.type], cells[.code])
      return nil
    }
    return packet.takePorts(bytes, first, second)
  }

  /// `2007-01-03 14:48:06`, local time, or with `UTC` behind it.
  private func takeTime(
    _ bytes: RawSpan, _ range: Range<Int>, _ packet: inout Observation, _ log: inout LogState
  ) -> Anomaly? {
    if let cell = cells[.time] {
      var cursor = TextCursor(bytes, cell)
      if let date = cursor.date(), cursor.take(0x20), let second = cursor.timeOfDay() {
        var zone = log.clock.zone
        if cursor.take(" UTC") {
          zone = 0
          log.clock.state(0)
        }
        if let time = StampClock.instant(
          date.year, date.month, date.day, secondOfDay: second, zone: zone)
        {
          packet.time = time
          return nil
        }
      }
    }
    return packet.take(log.syslog(bytes, range).stamp) ?? .stampMalformed
  }

  /// What is addressed to the device's own address is for the device.
  private func takePath(
    _ bytes: RawSpan, _ packet: inout Observation, _ from: Range<Int>?, _ to: Range<Int>?
  ) {
    let own = cells[.device].flatMap { bytes.wholeAddress($0) }
    if let own, packet.destination == own, packet.source != own {
      if cells[.destinationTranslated] == nil { packet.path = .inbound }
    } else if let own, packet.source == own {
      packet.path = .outbound
    } else if let from, let to, !bytes.same(from, to) {
      packet.path = .forwarded
    }
  }

  private func takeTranslations(
    _ bytes: RawSpan, _ packet: inout Observation, _ log: inout LogState
  ) {
    let inside = cells[.destinationTranslated]
    let port = inside.flatMap { cell in
      bytes.first(0x3a, in: cell).map { $0 + 1..<cell.upperBound }
    }
    packet.takeTranslation(
      bytes, source: address(bytes, cells[.sourceTranslated]),
      destination: address(bytes, inside), port: port, &log)
  }

  /// What stands before the port.
  private func address(_ bytes: RawSpan, _ cell: Range<Int>?) -> Range<Int>? {
    guard let cell, let colon = bytes.first(0x3a, in: cell),
      bytes.first(0x2e, in: cell.lowerBound..<colon) != nil
    else { return cell }
    return cell.lowerBound..<colon
  }
}

/// What the words of a SonicWall message are about.
private struct SonicWords {
  var refuses = false
  var isAboutPackets = false
  var isAboutAttacks = false
  var isAboutPeople = false

  mutating func read(_ bytes: RawSpan, _ message: Range<Int>) {
    var cursor = TextCursor(bytes, message)
    while cursor.at < cursor.end {
      guard let word = cursor.word() else {
        cursor.at += 1
        continue
      }
      if let said = NetfilterPrefix.meaning(bytes, word), said == .blocked { refuses = true }
      if SonicWords.isOne(bytes, word, of: SonicWords.packets) { isAboutPackets = true }
      if SonicWords.isOne(bytes, word, of: SonicWords.attacks) { isAboutAttacks = true }
      if SonicWords.isOne(bytes, word, of: SonicWords.people) { isAboutPeople = true }
    }
  }

  private static let packets = KeyTable([
    ("packet", 0), ("packets", 0), ("connection", 0), ("tcp", 0), ("udp", 0), ("icmp", 0),
    ("ip", 0), ("igmp", 0), ("scan", 0), ("spoof", 0), ("fragment", 0), ("broadcast", 0),
  ])
  private static let attacks = KeyTable([
    ("scan", 0), ("spoof", 0), ("flood", 0), ("attack", 0), ("smurf", 0),
  ])
  private static let people = KeyTable([
    ("login", 0), ("administrator", 0), ("user", 0), ("password", 0), ("credentials", 0),
    ("ike", 0), ("vpn", 0), ("category", 0), ("site", 0), ("website", 0),
  ])

  private static func isOne(_ bytes: RawSpan, _ word: Range<Int>, of table: KeyTable) -> Bool {
    table.find(bytes, word, ignoringCase: true) >= 0
  }
}

internal import Observations

/// Packets that ipfw of FreeBSD, Mac OS X (up to 10.6) and Windows (WIPFW) logs:
/// `ipfw: RULE ACTION PROTO S:p D:p in|out via IF [(frag ID:LENGTH@OFFSET[+])]`, behind the kernel's
/// or ipfw's own name in syslog, or behind WIPFW's number and date.
///
/// `in` and `out` are the ways through an interface: a packet that the device passes on is logged
/// with them too, so they do not say for whom it was. Rules that count, copy or go on
/// (`Count`, `SkipTo`, `Tee` …) decide nothing; for `Divert`, `Pipe`, `Queue` and the like what became
/// of the packet is not in the line. Mac OS X adds `Stealth Mode connection attempt to TCP D:p from
/// S:p`, which is about the host itself and was not answered. `limit N reached on entry R` says that
/// packets of a rule are no longer logged (ipfw(8), FreeBSD's ip_fw_log).
struct Ipfw: LineFormat {
  static var name: String { "ipfw" }
  /// Words that may stand between an action and the protocol: `Forward to 192.0.2.1:80`.
  private static let mostActionWords = 4

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    var stamp = text.stamp
    var line = TextCursor(bytes, text.message)
    if stamp.quality == .missing, let own = Ipfw.windowsStamp(bytes, range, &log.clock) {
      stamp = own
      line = TextCursor(bytes, min(own.end, range.upperBound)..<range.upperBound)
    } else if !bytes.fills("ipfw", text.program) {
      let isKernel = text.program.isEmpty || bytes.ends(text.program, with: "kernel")
      guard isKernel, line.take("ipfw: ") else { return .foreign }
    }
    while line.take(0x20) {}
    if line.take("limit ") { return .lost }
    var packet = Observation()
    if line.take("Stealth Mode ") {
      return StealthMode.read(bytes, &line, stamp)
    }
    _ = line.take(0x2d)
    guard line.digits(1...10) != nil, line.take(0x20) else {
      return stamp.quality == .good || stamp.quality == .uptime ? .other : .foreign
    }
    guard let isPacket = Ipfw.takeAction(bytes, &line, &packet) else { return .wrong(.lineCut) }
    guard isPacket else { return .other }
    if let problem = packet.takeEnds(
      Endpoint(bracketed: bytes, line.token()), Endpoint(bracketed: bytes, line.token()))
    {
      return .wrong(problem)
    }
    let cut = Ipfw.takeTail(bytes, &line, &packet)
    let problem = packet.take(stamp)
    return .packet(packet, problem ?? cut)
  }

  /// Action, and protocol with ICMP's type and code; false for what is not IP, nil where the line ends before.
  private static func takeAction(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Bool? {
    packet.action = action(bytes, line.token())
    for _ in 0..<mostActionWords {
      let word = line.token()
      if word.isEmpty { return nil }
      if bytes.fills("MAC", word) { return false }
      let colon = bytes.first(0x3a, in: word)
      let name = word.lowerBound..<(colon ?? word.upperBound)
      let isNumbered = bytes.fills("P", name) && colon != nil
      if bytes.fills("UDPLite", name) {
        packet.transport = Transport(rawValue: 136)
        return true
      }
      let protocolText = isNumbered ? (colon ?? name.upperBound) + 1..<word.upperBound : name
      // A word of digits alone is an action's number: `Unreach 1`.
      guard isNumbered || bytes.decimal(name) == nil,
        !protocolText.isEmpty, let transport = Transport(bytes, protocolText)
      else { continue }
      packet.transport = transport
      if transport == .icmp || transport == .icmpv6, let colon {
        takeType(bytes, colon + 1..<word.upperBound, &packet)
      }
      return true
    }
    return nil
  }

  /// `8.0`.
  private static func takeType(
    _ bytes: RawSpan, _ range: Range<Int>, _ packet: inout Observation
  ) {
    let point = bytes.first(0x2e, in: range) ?? range.upperBound
    guard let type = bytes.port(range.lowerBound..<point), type <= 255 else { return }
    let code = bytes.port(min(point + 1, range.upperBound)..<range.upperBound)
    packet.takeICMP(type, code: code.flatMap { $0 <= 255 ? $0 : nil })
  }

  private static let actions: [(word: StaticString, action: Action)] = [
    ("Deny", .blocked), ("Accept", .allowed), ("Reject", .blocked), ("Reset", .blocked),
    ("Abort", .blocked), ("Unreach", .blocked), ("Refuse", .blocked), ("Allow", .allowed),
    ("Forward", .allowed), ("Count", .audited), ("SkipTo", .audited), ("Tee", .audited),
    ("Ngtee", .audited), ("SetFib", .audited), ("SetDscp", .audited), ("Call", .audited),
    ("Return", .audited),
  ]

  private static func action(_ bytes: RawSpan, _ word: Range<Int>) -> Action {
    for (name, action) in actions where bytes.fills(name, word) { return action }
    return .unknown
  }

  /// `in via em0 (frag 123:456@789+)`; what is wrong with it.
  private static func takeTail(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Anomaly? {
    guard line.take("in via ") || line.take("out via ") else {
      return line.take("[no if info]") ? nil : .lineCut
    }
    guard !line.token().isEmpty else { return .lineCut }
    guard line.take("(frag ") else { return nil }
    guard let fragment = line.fragment() else { return .numberMalformed }
    packet.takeIdentification(fragment.identification)
    packet.takeFragment(at: fragment.offset, hasMore: fragment.hasMore)
    return nil
  }

  /// `0000000060 2009.03.03 06:00:00.002  ipfw: `, to behind it.
  private static func windowsStamp(
    _ bytes: RawSpan, _ range: Range<Int>, _ clock: inout StampClock
  ) -> LineStamp? {
    var line = TextCursor(bytes, range)
    guard line.digits(1...10) != nil, line.take(0x20), let year = line.digits(4...4),
      line.take(0x2e), let month = line.digits(2...2), line.take(0x2e),
      let day = line.digits(2...2), line.take(0x20), let second = line.timeOfDay()
    else { return nil }
    let fraction = line.fraction()
    while line.take(0x20) {}
    guard line.take("ipfw: ") else { return nil }
    let time = clock.instant(
      year, month, day, secondOfDay: second, fraction: fraction)
    return LineStamp(
      quality: time == nil ? .malformed : .good, time: time ?? clock.time, end: line.at)
  }
}

/// What Mac OS X says of packets to a port where nothing listens: `TCP D:p from S:p`.
enum StealthMode {
  /// Reads what stands behind `Stealth Mode `.
  static func read(
    _ bytes: RawSpan, _ line: inout TextCursor, _ stamp: LineStamp
  ) -> LineReading {
    var packet = Observation()
    guard let to = bytes.place(of: " to ", in: line.at..<line.end) else { return .other }
    line.at = to + 4
    // `UDP 3 time` sums up: no addresses.
    guard let transport = Transport(bytes, line.token()) else { return .wrong(.lineCut) }
    packet.transport = transport
    let destination = line.token()
    guard line.take("from ") else {
      return line.take("time") ? .other : .wrong(.lineCut)
    }
    let source = Endpoint(bracketed: bytes, line.token())
    if let problem = packet.takeEnds(source, Endpoint(bracketed: bytes, destination)) {
      return .wrong(problem)
    }
    packet.action = .blocked
    packet.path = .inbound
    let problem = packet.take(stamp)
    return .packet(packet, problem)
  }
}

extension TextCursor {
  /// Takes `123:456@789+)` behind `(frag `.
  @_lifetime(self: copy self)
  mutating func fragment() -> (identification: Int?, offset: Int, hasMore: Bool)? {
    let mark = at
    // Of IPv6 the identification is hexadecimal, and has 32 bits.
    var identification = digits(1...5)
    if !take(0x3a) {
      at = mark
      identification = nil
      guard let colon = find(0x3a), colon - at <= 8 else { return nil }
      at = colon + 1
    }
    guard digits(1...9) != nil, take(0x40), let offset = digits(1...9) else { return nil }
    let hasMore = take(0x2b)
    return take(0x29) ? (identification, offset, hasMore) : nil
  }
}

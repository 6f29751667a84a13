internal import Observations

/// Packets that IP Filter's ipmon logs (Solaris, NetBSD, FreeBSD, HP-UX): `[dd/mm/yyyy]
/// hh:mm:ss.ffffff [Nx] IF @GROUP:RULE ACTION S[,p] -> D[,q] PR PROTO len HEADER LENGTH … IN|OUT`.
///
/// The action is `p` or `P` (passed), `b` or `B` (blocked), `L` (logged only), `n` (no rule: what
/// becomes of it is the kernel's default, and not said); `S` stands before it for a packet too short
/// for its header. `Nx` says that N equal packets stand for one line. `IN` and `OUT` are ways through
/// an interface and do not say for whom a packet was; `bcast` and `mbcast` are broadcasts. ICMP errors quote what
/// they are about, which is not read. Of IPv6 the length is that of the payload or not, by version,
/// and so not taken. Where syslog carries the line its date counts, and ipmon's time of day. Lines on
/// `NAT:MAP` tell which inside address stood behind which outside one; the other lines on tables
/// tell of packets that rules log, and are not counted again (ipmon(8), ipl(4)).
struct IPFilter: LineFormat {
  static var name: String { "ipfilter" }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let sign = bytes.first(0x40, in: range), bytes.byte(sign - 1) == 0x20 else {
      return .foreign
    }
    var stamp = LineStamp(quality: .missing, time: log.clock.time, end: 0)
    var line = TextCursor(bytes, range)
    if let dated = line.ipmonDate() {
      guard let second = line.timeOfDay(), line.next == 0x2e else { return .foreign }
      let time = log.clock.instant(
        dated.year, dated.month, dated.day, secondOfDay: second, fraction: line.fraction())
      stamp = LineStamp(
        quality: time == nil ? .malformed : .good, time: time ?? log.clock.time, end: 0)
    } else {
      let text = log.syslog(bytes, range)
      guard bytes.ends(text.program, with: "ipmon") else { return .foreign }
      line = TextCursor(bytes, text.message)
      line.skipBrackets()  // `[ID 702911 local0.warning]` of Solaris
      guard let second = line.timeOfDay(), line.next == 0x2e else { return .other }
      stamp = text.stamp
      stamp.refine(second, line.fraction(), zone: log.clock.zone)
    }
    guard line.take(0x20) else { return .foreign }
    var count = 1
    let mark = line.at
    if let times = line.digits(1...9), line.take(0x78), line.take(0x20) {
      count = times
    } else {
      line.at = mark
    }
    if line.next == 0x40 { return IPFilter.takeTable(bytes, &line, stamp, &log) }
    _ = line.token()
    guard line.take(0x40), IPFilter.isRule(bytes, line.token()) else { return .foreign }
    var packet = Observation()
    packet.setPackets(UInt32(clamping: count))
    IPFilter.takeAction(bytes, line.token(), &packet)
    return IPFilter.takePacket(bytes, &line, &packet, stamp)
  }

  /// `0:1`, `-1:-1`, `name:12`.
  private static func isRule(_ bytes: RawSpan, _ word: Range<Int>) -> Bool {
    guard let colon = bytes.last(0x3a, in: word), word.count <= 64 else { return false }
    let number = colon + 1..<word.upperBound
    return bytes.decimal(number) != nil || bytes.fills("-1", number)
  }

  private static func takeAction(
    _ bytes: RawSpan, _ word: Range<Int>, _ packet: inout Observation
  ) {
    for at in word {
      switch bytes.byte(at) {
      case UInt8(ascii: "p"), UInt8(ascii: "P"): packet.action = .allowed
      case UInt8(ascii: "b"), UInt8(ascii: "B"): packet.action = .blocked
      case UInt8(ascii: "L"): packet.action = .audited
      default: break
      }
    }
  }

  private static func takePacket(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation, _ stamp: LineStamp
  ) -> LineReading {
    let source = line.token()
    guard line.take("-> ") else { return .wrong(.lineCut) }
    let destination = line.token()
    let transport = line.take("PR ") ? Transport(bytes, line.token()) : nil
    if let transport { packet.transport = transport }
    if let problem = packet.takeEnds(
      Endpoint(bytes, source, portBehind: 0x2c), Endpoint(bytes, destination, portBehind: 0x2c))
    {
      return .wrong(problem)
    }
    guard transport != nil else {
      let spoiled = packet.take(stamp)
      return .packet(packet, spoiled ?? (line.at >= line.end ? .lineCut : .numberMalformed))
    }
    let problem = takeLength(bytes, &line, &packet)
    takeWords(bytes, &line, &packet)
    let spoiled = packet.take(stamp)
    return .packet(packet, spoiled ?? problem)
  }

  /// `len 20 229` or `len 20 (229)`.
  private static func takeLength(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Anomaly? {
    guard line.take("len ") else { return .lineCut }
    _ = line.token()
    var length = line.token()
    if bytes.byte(length.lowerBound) == 0x28, length.count > 2 {
      length = length.lowerBound + 1..<length.upperBound - 1
    }
    guard let length = bytes.decimal(length), length <= 0xffff else { return .numberMalformed }
    if packet.isIPv4 { packet.length = UInt32(length) }
    return nil
  }

  /// Flags, kind of ICMP message, fragment, ways and marks.
  private static func takeWords(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) {
    var isQuoting = false
    while line.at < line.end {
      let word = line.token()
      if bytes.fills("for", word) { isQuoting = true }
      if bytes.fills("IN", word) || bytes.fills("OUT", word) { isQuoting = false }
      if isQuoting { continue }
      if packet.transport == .tcp, bytes.byte(word.lowerBound) == 0x2d, word.count <= 9 {
        packet.tcpFlags = TCPFlags(letters: bytes, word.lowerBound + 1..<word.upperBound)
      } else if bytes.fills("icmp", word) || bytes.fills("icmpv6", word) {
        takeKind(bytes, line.token(), &packet)
      } else if bytes.fills("frag", word) {
        takeFragment(bytes, line.token(), &packet)
      } else if bytes.fills("bcast", word) || bytes.fills("mbcast", word) {
        packet.marks.insert(.broadcast)
      }
    }
  }

  private static let types: [(word: StaticString, type: UInt16)] = [
    ("echo", 8), ("echorep", 0), ("unreach", 3), ("squench", 4), ("redir", 5), ("timex", 11),
    ("paramprob", 12), ("timest", 13), ("timestrep", 14), ("routerad", 9), ("routersol", 10),
    ("inforeq", 15), ("inforep", 16), ("maskreq", 17), ("maskrep", 18),
  ]
  private static let codes: [(word: StaticString, code: UInt16)] = [
    ("net-unr", 0), ("host-unr", 1), ("proto-unr", 2), ("port-unr", 3), ("needfrag", 4),
    ("srcfail", 5), ("net-unk", 6), ("host-unk", 7), ("isolate", 8), ("net-prohib", 9),
    ("host-prohib", 10), ("net-tos", 11), ("host-tos", 12), ("filter-prohib", 13),
    ("host-preced", 14), ("preced-cutoff", 15), ("net", 0), ("host", 1), ("port", 3),
  ]

  /// `8/0`, `echo/0`, `unreach/port-unr`.
  private static func takeKind(
    _ bytes: RawSpan, _ word: Range<Int>, _ packet: inout Observation
  ) {
    let slash = bytes.first(0x2f, in: word) ?? word.upperBound
    let first = word.lowerBound..<slash
    let second = min(slash + 1, word.upperBound)..<word.upperBound
    var type = bytes.port(first)
    if packet.transport == .icmp, type == nil {
      for (name, number) in types where bytes.fills(name, first) { type = number }
    }
    guard let type, type <= 255 else { return }
    var code = bytes.port(second)
    if packet.transport == .icmp, type == 3, code == nil {
      for (name, number) in codes where bytes.fills(name, second) {
        code = number
        break
      }
    }
    packet.takeICMP(type, code: code.flatMap { $0 <= 255 ? $0 : nil })
  }

  /// `+1480@0`: what follows, bytes, place.
  private static func takeFragment(
    _ bytes: RawSpan, _ word: Range<Int>, _ packet: inout Observation
  ) {
    guard let sign = bytes.first(0x40, in: word),
      let offset = bytes.decimal(sign + 1..<word.upperBound)
    else { return }
    packet.takeFragment(at: offset, hasMore: bytes.first(0x2b, in: word) != nil)
  }

  /// `@2 NAT:MAP 10.0.0.1,1024 <- -> 192.0.2.1,40000 [203.0.113.5,80]`, and other tables.
  private static func takeTable(
    _ bytes: RawSpan, _ line: inout TextCursor, _ stamp: LineStamp, _ log: inout LogState
  ) -> LineReading {
    _ = line.token()
    if line.take("STATE:") { return .other }
    guard line.take("NAT:") else { return .foreign }
    guard line.take("MAP ") else { return .other }
    let inside = Endpoint(bytes, line.token(), portBehind: 0x2c)
    guard line.take("<- -> ") else { return .other }
    let outside = Endpoint(bytes, line.token(), portBehind: 0x2c)
    if case .known(let from, _) = inside, case .known(let to, _) = outside {
      log.translations.note(inside: from, outside: to, time: stamp.time)
    }
    return .other
  }
}

extension LineStamp {
  private static let day: Int64 = 86_400

  /// Puts the program's own time of day in place of syslog's, which is later: the day before where
  /// midnight lies between.
  fileprivate mutating func refine(_ second: Int, _ fraction: Int, zone: Int64) {
    guard quality == .good else { return }
    let local = time / 1_000_000_000 &+ zone
    let start = local - (local % LineStamp.day + LineStamp.day) % LineStamp.day
    var own = start &+ Int64(second)
    if own - local > LineStamp.day / 2 { own -= LineStamp.day }
    if local - own > LineStamp.day / 2 { own += LineStamp.day }
    let whole = Timestamp(seconds: own - zone).nanoseconds
    let (sum, overflow) = whole.addingReportingOverflow(Int64(fraction))
    time = overflow ? whole : sum
  }
}

extension TextCursor {
  /// Takes `03/12/2009 `: day, month, year.
  @_lifetime(self: copy self)
  fileprivate mutating func ipmonDate() -> (year: Int, month: Int, day: Int)? {
    guard let day = digits(2...2), take(0x2f), let month = digits(2...2), take(0x2f),
      let year = digits(4...4), take(0x20)
    else { return nil }
    return (year, month, day)
  }
}

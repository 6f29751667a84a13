internal import Observations

/// Packets that OpenBSD's and FreeBSD's pf logs, as tcpdump writes them: `[STAMP] rule
/// N/(match) [uid U, pid P] block in on IF: [uid U, pid P] S.p > D.q: …`, alone or behind syslog.
///
/// The stamp before `rule` is the packet's own; where it has a time of day and no date, or counts
/// from the packet before, syslog's is taken. The first bracket names who loaded the rule; the second, which
/// tcpdump writes with `-v`, whose socket it was: of a packet that goes out, its sender. Transport
/// and flags are read from tcpdump's words; ends with ports that are no TCP are UDP, SCTP and DCCP
/// being named. The length is that of the datagram, where `-v` states it. `in` and `out` are ways
/// through an interface, and do not say for whom a packet was (print-pflog of both tcpdumps). Where the
/// ends stand on a line of their own (pfSense up to 2.1), the packet is that line's.
struct PfText: LineFormat {
  static var name: String { "pf-text" }
  /// A packet of which only the header was read so far.
  private var headed: (packet: Observation, header: TcpdumpHeader)?

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    if headed != nil, let reading = takeSecond(bytes, range, &log) { return reading }
    guard
      bytes.place(of: "rule ", in: range.lowerBound..<min(range.upperBound, range.lowerBound + 128))
        != nil
    else { return .foreign }
    let text = log.syslog(bytes, range)
    // A stamp of tcpdump's own, without a host: `Mar  3 06:00:00.002 rule 4/(match) …`.
    var line = TextCursor(bytes, range)
    var own = PfStamp(&line)
    if own.isDated, line.take("rule ") {
      log.hostWord = 0
    } else {
      line = TextCursor(bytes, text.message)
      own = PfStamp(&line)
      guard line.take("rule ") else { return .foreign }
    }
    guard PfText.takeRule(bytes, &line) else { return .foreign }
    var packet = Observation()
    guard let word = PfText.takeAction(bytes, &line, &packet) else { return .foreign }
    guard line.take(" on "), let colon = line.find(0x3a), colon - line.at <= 64 else {
      return .wrong(.lineCut)
    }
    line.at = colon + 1
    while line.take(0x20) {}
    let reading = TcpdumpText.read(bytes, &line, &packet, isOut: word == .out)
    if case .wrong(let anomaly) = reading { return .wrong(anomaly) }
    if case .nothing = reading { return .other }
    let spoiled = packet.take(own.stamp(text.stamp, &log.clock))
    headed = nil
    if case .headed(let header) = reading {
      headed = (packet, header)
      return spoiled.map { .wrong($0) } ?? .other
    }
    guard case .read(let anomaly) = reading else { return .other }
    return .packet(packet, spoiled ?? anomaly)
  }

  /// The second line of a packet, which pfSense up to 2.1 writes in two: `pf:     S.p > D.q: …`.
  private mutating func takeSecond(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading? {
    let text = log.syslog(bytes, range)
    guard bytes.fills("pf", text.program) || bytes.fills("pf:", text.host) else { return nil }
    var line = TextCursor(bytes, text.message)
    let first = line.token()
    guard line.take("> "), let (begun, header) = headed else { return nil }
    var packet = begun
    line.at = first.lowerBound
    headed = nil
    switch TcpdumpText.readEnds(bytes, &line, header, &packet) {
    case .read(let anomaly): return .packet(packet, anomaly)
    case .wrong(let anomaly): return .wrong(anomaly)
    case .nothing, .headed: return .other
    }
  }

  /// `4/(match) [uid 0, pid 123] ` or `16777216/0(match): `, behind `rule `.
  private static func takeRule(_ bytes: RawSpan, _ line: inout TextCursor) -> Bool {
    let rule = line.at
    guard line.next &- 48 < 10 || line.take("def"), let open = line.find(0x28),
      open - rule <= 128, bytes.first(0x2f, in: rule..<open) != nil,
      let close = bytes.first(0x29, in: open..<min(line.end, open + 64))
    else { return false }
    line.at = close + 1
    _ = line.take(0x3a)
    while line.take(0x20) {}
    line.skipBrackets()
    _ = line.take(0x3a)
    while line.take(0x20) {}
    return true
  }

  private enum Way {
    case `in`
    case out
  }

  /// `block in`.
  private static func takeAction(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Way? {
    guard let word = line.word() else { return nil }
    if bytes.fills("block", word) {
      packet.action = .blocked
    } else if bytes.fills("pass", word) {
      packet.action = .allowed
    } else if bytes.fills("match", word) {
      packet.action = .audited
    } else {
      guard ["nat", "rdr", "binat", "scrub"].contains(where: { bytes.fills($0, word) }) else {
        return nil
      }
    }
    if line.take(" in") { return .in }
    return line.take(" out") ? .out : nil
  }
}

/// The stamp that tcpdump writes before `rule`.
private struct PfStamp {
  private var date: (year: Int?, month: Int, day: Int)?
  private var second: Int?
  private var fraction = 0
  /// Whether it has a date.
  var isDated: Bool { date != nil && second != nil }
  /// Whether it is there at all.
  var isThere: Bool { second != nil }

  /// Takes `Mar  3 06:00:00.002 `, `2009-03-03 06:00:00.002 ` or `06:00:00.002 `, or nothing.
  init(_ line: inout TextCursor) {
    let mark = line.at
    if let month = line.monthName() {
      _ = line.take(0x20)
      _ = line.take(0x20)
      if let day = line.digits(1...2), line.take(0x20) { date = (nil, month, day) }
    } else if let stated = line.date() {
      if line.take(0x20) { date = (stated.year, stated.month, stated.day) }
    }
    if date == nil { line.at = mark }
    second = line.timeOfDay()
    if second != nil {
      fraction = line.fraction()
      while line.take(0x20) {}
    } else {
      line.at = mark
      date = nil
    }
  }

  /// It, or syslog's.
  func stamp(_ outer: LineStamp, _ clock: inout StampClock) -> LineStamp {
    guard let date, let second else {
      if outer.quality == .good || !isThere { return outer }
      return LineStamp(quality: .missing, time: clock.time, end: 0)
    }
    let year = date.year ?? clock.yearOf(date.month, date.day, second)
    let time = clock.instant(
      year, date.month, date.day, secondOfDay: second, fraction: fraction)
    return LineStamp(quality: time == nil ? .malformed : .good, time: time ?? outer.time, end: 0)
  }
}

extension TextCursor {
  /// Skips any `[…]` that stand here, with the blanks behind them.
  @_lifetime(self: copy self)
  mutating func skipBrackets() {
    while next == 0x5b, let close = find(0x5d) {
      at = close + 1
      while take(0x20) {}
    }
  }
}

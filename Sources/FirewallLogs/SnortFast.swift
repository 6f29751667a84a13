internal import Observations

/// Alerts of Snort and Suricata, one a line: `10/20-20:43:32.33 [**] [1:1:0] text [**] … {TCP}
/// S:p -> D:p`, with `[Drop]` where the packet was stopped.
///
/// Snort gives no year, Suricata month/day/year with four digits. Of three numbers of two digits
/// each the year may stand first (Snort 3) or last (Snort 2 with `-y`); a number that no month or
/// day can be decides it for the lines that follow, until then the first is taken for it. Stamps
/// have no zone. What the alert says is not read: it is a stranger's text about any content.
struct SnortFast: LineFormat {
  static var name: String { "snort-fast" }
  private var dates = SnortDates()

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    guard let stamp = SnortDates.Stamp(&line) else { return .foreign }
    while line.take(0x20) {}
    let isDropped = line.take("[Drop] ") || line.take("[wDrop] ")
    while line.take(0x20) {}
    guard line.take("[**] ") else { return .foreign }
    guard let time = dates.instant(stamp, &log.clock) else { return .wrong(.stampMalformed) }
    // The protocol's braces come last; the text before may hold others.
    guard let open = bytes.last(0x7b, in: line.at..<line.end) else { return .wrong(.lineCut) }
    line.at = open + 1
    var packet = Observation()
    packet.time = time
    packet.action = isDropped ? .blocked : .audited
    return SnortFast.takeEnds(bytes, &line, &packet)
  }

  /// Protocol and ends, behind the opening brace: `UDP} S:p -> D:q`.
  static func takeEnds(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> LineReading {
    guard let close = line.find(0x7d) else { return .wrong(.lineCut) }
    // Suricata numbers what it has no name for as `PROTO:254`.
    _ = line.take("PROTO:")
    let transport = Transport(bytes, line.at..<close)
    line.at = close + 1
    let hasPorts = transport?.hasPorts ?? false
    guard line.take(0x20), let ends = line.arrow(bytes, takesPort: hasPorts) else {
      return .wrong(.lineCut)
    }
    switch ends {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let source, let destination):
      packet.source = source.0
      packet.destination = destination.0
      guard let transport else { return .packet(packet, .numberMalformed) }
      packet.transport = transport
      if hasPorts, let from = source.1, let to = destination.1 { packet.setPorts(from, to) }
      return .packet(packet, nil)
    }
  }
}

/// The dates of a log of Snort's, in which three numbers of two digits may mean two things.
struct SnortDates {
  private var isYearLast = false

  /// A stamp as it stands there: `10/20-20:43:32.33`, with a year before or behind.
  struct Stamp {
    let first: Int
    let second: Int
    let third: (value: Int, isLong: Bool)?
    let ofDay: Int
    let fraction: Int

    /// Takes one; nil where none stands there.
    init?(_ line: inout TextCursor) {
      guard let first = line.digits(2...2), line.take(0x2f), let second = line.digits(2...2)
      else { return nil }
      self.first = first
      self.second = second
      if line.take(0x2f) {
        let from = line.at
        guard let value = line.digits(2...4), line.at - from != 3 else { return nil }
        third = (value, line.at - from == 4)
      } else {
        third = nil
      }
      guard line.take(0x2d), let ofDay = line.timeOfDay() else { return nil }
      self.ofDay = ofDay
      fraction = line.fraction()
    }
  }

  /// Nanoseconds since the epoch; nil for a date there is not.
  mutating func instant(_ stamp: Stamp, _ clock: inout StampClock) -> Int64? {
    guard let date = date(stamp, &clock) else { return nil }
    return clock.instant(
      date.year, date.month, date.day, secondOfDay: stamp.ofDay, fraction: stamp.fraction)
  }

  /// The date out of two numbers, or three.
  private mutating func date(
    _ stamp: Stamp, _ clock: inout StampClock
  ) -> (year: Int, month: Int, day: Int)? {
    let (first, second) = (stamp.first, stamp.second)
    guard let third = stamp.third else {
      guard (1...12).contains(first), (1...31).contains(second) else { return nil }
      return (clock.yearOf(first, second, stamp.ofDay), first, second)
    }
    if third.isLong { return (third.value, first, second) }
    if first > 12 || third.value > 31 || second > 12 {
      // A second number above twelve is a day, so the first is the month.
      isYearLast = first <= 12 && (second > 12 || third.value > 31)
    }
    return isYearLast
      ? (2_000 + third.value, first, second) : (2_000 + first, second, third.value)
  }
}

extension TextCursor {
  /// Takes `S[:p] -> D[:p]`; nil where there is no arrow.
  @_lifetime(self: copy self)
  mutating func arrow(_ bytes: RawSpan, takesPort: Bool) -> EndpointPair? {
    let source = token()
    guard take("-> ") else { return nil }
    let destination = token()
    return EndpointPair(
      Endpoint(bytes, source, takesPort: takesPort),
      Endpoint(bytes, destination, takesPort: takesPort))
  }
}

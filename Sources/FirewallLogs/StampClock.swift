internal import Observations

/// What the front of a line says about its time.
struct LineStamp {
  enum Quality {
    /// A calendar time.
    case good
    /// A time that names an impossible date, or none in this year.
    case malformed
    /// Only the kernel's seconds since boot.
    case uptime
    /// None.
    case missing
  }
  var quality: Quality
  /// Nanoseconds since the epoch. A line without a time of its own has that of the last line that
  /// had one.
  var time: Int64
  /// Where the text behind the stamp starts.
  var end: Int
  /// A priority and a version stood before it (RFC 5424), so four more fields follow the host.
  var isStructured = false
  /// The line's text follows at once: nobody is named as its writer.
  var isHostless = false
  /// Whether a word that names the writer may follow.
  var namesHost: Bool { quality == .good && !isHostless }
}

/// Reads the stamps of a log in order, and supplies what they leave out.
///
/// Forms: RFC 3164 (`Oct 10 13:55:36`, also with a year behind the day), RFC 5424, ISO 8601 with or
/// without zone and fraction, `dmesg -T` (`[Fri Oct 10 13:55:36 2008]`), the same without brackets
/// and with what OpenWrt's `logread` puts behind it (`Fri Oct 10 13:55:36 2008 kern.warn`), Proxmox's
/// (`0 3 PVEFW-HOST-IN 20/Oct/2008:13:55:36 +0200`) and seconds since boot (`[ 3445.031964]`). In a log that has only the last, the time of boot is unknown: 1970-01-01 is
/// put for it, plainly no date, and every record is marked `.timeUncertain`.
struct StampClock {
  private var local: LocalClock
  private let now: Timestamp
  /// The year of the stamps that give none.
  private var year: Int?
  private var firstYear = 0
  private var month = 0
  private var lastBytes: (UInt64, UInt64) = (0, 0)
  private var lastStamp = LineStamp(quality: .missing, time: 0, end: 0)
  private var hasCalendar = false
  /// Nanoseconds since the epoch of the last good stamp.
  private(set) var time: Int64 = 0
  /// The first stamp that gave no year.
  private(set) var firstYearless: YearlessStamp?
  /// Whether stamps without a year were met and nobody had said which year it was.
  private(set) var usesAssumedYear = false
  /// The westernmost and the easternmost zone that stamps state, in seconds east of UTC; nil where
  /// none states any.
  private(set) var statedZones: ClosedRange<Int64>?

  /// The longest stamp of fixed shape that is remembered: month, day and time of day.
  private static let shortStamp = 15

  init(_ context: LogContext) {
    local = LocalClock(context.zone, now: context.now)
    now = context.now
    year = context.year.map {
      min(max($0, CalendarDay.years.lowerBound), CalendarDay.years.upperBound)
    }
    firstYear = year ?? 0
  }

  /// What is doubtful about the last stamp, in a zone whose clocks change; nil where nothing is.
  var doubt: Anomaly? { local.doubt }
  /// Whether nobody can tell which of two times the last stamp means.
  var isUncertain: Bool { local.isUncertain }
  /// Seconds that the log's clock was ahead of UTC at the last stamp without a zone.
  var zone: Int64 { local.offset }

  /// Nanoseconds since the epoch of a date and a time of day, by the zone that the stamp states (in
  /// seconds east of UTC), or where it states none by the log's own clock; nil for a date there is not.
  mutating func instant(
    _ year: Int, _ month: Int, _ day: Int, secondOfDay: Int, fraction: Int = 0,
    stated zone: Int64? = nil
  ) -> Int64? {
    guard CalendarDay.exists(year, month, day) else { return nil }
    let days = Int64(CivilTime.days(year: year, month: month, day: day))
    let shown = days * 86_400 + Int64(secondOfDay)
    if zone != nil { local.clear() }
    let seconds = zone.map { shown - $0 } ?? local.time(shown)
    let whole = Timestamp(seconds: seconds).nanoseconds
    let (sum, overflow) = whole.addingReportingOverflow(Int64(fraction))
    return overflow ? whole : sum
  }

  /// Seconds east of UTC where clocks showed `local`, in seconds since the epoch.
  @inline(__always)
  mutating func offset(at local: Int64) -> Int64 { local &- self.local.time(local) }

  /// Takes note of a zone that a stamp states, in seconds east of UTC.
  mutating func state(_ zone: Int64) {
    local.clear()
    guard let known = statedZones else {
      statedZones = zone...zone
      return
    }
    if !known.contains(zone) {
      statedZones = min(known.lowerBound, zone)...max(known.upperBound, zone)
    }
  }

  /// The stamp of the line in `range`.
  @inline(__always)
  mutating func read(_ window: RawSpan, _ range: Range<Int>) -> LineStamp {
    let bytes = (window.word8(range.lowerBound), window.word8(range.lowerBound &+ 7))
    if bytes == lastBytes, lastStamp.quality == .good, range.count >= StampClock.shortStamp {
      lastStamp.end = range.lowerBound &+ StampClock.shortStamp
      return lastStamp
    }
    return change(window, range, bytes)
  }

  @inline(never)
  private mutating func change(
    _ window: RawSpan, _ range: Range<Int>, _ bytes: (UInt64, UInt64)
  ) -> LineStamp {
    let line = TextCursor(window, range)
    local.clear()
    var stamp = parse(line)
    if stamp.quality == .good {
      time = stamp.time
      hasCalendar = true
    } else if stamp.quality != .uptime || hasCalendar {
      stamp.time = time
    }
    let isShort = stamp.end == range.lowerBound + StampClock.shortStamp
    if stamp.quality == .good, isShort {
      lastBytes = bytes
      lastStamp = stamp
    } else {
      // A year behind the time, or none: the next line is read afresh.
      lastStamp.quality = .missing
    }
    return stamp
  }

  private mutating func parse(_ line: consuming TextCursor) -> LineStamp {
    var line = line
    line.skipControl()
    var isStructured = false
    if line.take(0x3c) {
      guard line.digits(1...3) != nil, line.take(0x3e) else { return missing(line) }
      let version = line.at
      if line.digits(1...2) != nil, line.take(0x20) {
        isStructured = true
      } else {
        line.at = version
      }
    }
    if line.next > 0x39 {
      if let month = line.monthName() { return short(line, month) }
      if line.takeDayName() { return listed(line) }
    }
    if line.take(0x5b) { return bracketed(line) }
    let mark = line.at
    if let year = line.digits(4...4), line.take(0x2d) { return iso(line, year, isStructured) }
    line.at = mark
    return numbered(line)
  }

  /// `Fri Oct 10 13:55:36 2008 kern.warn `, behind the day's name.
  private mutating func listed(_ line: consuming TextCursor) -> LineStamp {
    var line = line
    guard let month = line.monthName(), line.take(0x20) else { return missing(line) }
    _ = line.take(0x20)
    guard let day = line.digits(1...2), line.take(0x20), let clock = line.timeOfDay(),
      line.take(0x20), let year = line.digits(4...4), line.take(0x20)
    else { return missing(line) }
    guard CalendarDay.exists(year, month, day) else { return malformed(line) }
    let mark = line.at
    // Facility and severity, `kern.warn `.
    if line.word() == nil || !line.take(0x2e) || line.word() == nil || line.next != 0x20 {
      line.at = mark - 1
    }
    var stamp = good(line, year, month, day, clock, 0, nil)
    stamp.isHostless = true
    return stamp
  }

  /// `0 3 PVEFW-HOST-IN 20/Oct/2008:13:55:36 +0200 `: machine, level, chain, time.
  private mutating func numbered(_ line: consuming TextCursor) -> LineStamp {
    var line = line
    guard line.digits(1...9) != nil, line.take(0x20), line.digits(1...1) != nil, line.take(0x20)
    else { return missing(line) }
    let chain = line.token()
    guard !chain.isEmpty, chain.count < 64, let day = line.digits(2...2), line.take(0x2f),
      let month = line.monthName(), line.take(0x2f), let year = line.digits(4...4),
      line.take(0x3a), let clock = line.timeOfDay(), line.take(0x20), let offset = line.zone()
    else { return missing(line) }
    guard CalendarDay.exists(year, month, day) else { return malformed(line) }
    state(offset)
    var stamp = good(line, year, month, day, clock, 0, offset)
    stamp.isHostless = true
    return stamp
  }

  private func missing(_ line: borrowing TextCursor) -> LineStamp {
    LineStamp(quality: .missing, time: time, end: line.start)
  }

  private func malformed(_ line: borrowing TextCursor) -> LineStamp {
    LineStamp(quality: .malformed, time: time, end: line.at)
  }

  /// RFC 3164, behind the month's name.
  private mutating func short(_ line: consuming TextCursor, _ month: Int) -> LineStamp {
    var line = line
    guard line.take(0x20) else { return missing(line) }
    _ = line.take(0x20)
    guard let day = line.digits(1...2), line.take(0x20) else { return malformed(line) }
    let mark = line.at
    if let stated = line.digits(4...4), line.take(0x20) {
      guard let clock = line.timeOfDay(), CalendarDay.exists(stated, month, day) else {
        return malformed(line)
      }
      return good(line, stated, month, day, clock, 0, nil)
    }
    line.at = mark
    guard let clock = line.timeOfDay() else { return malformed(line) }
    let year = yearOf(month, day, clock)
    guard CalendarDay.exists(year, month, day) else { return malformed(line) }
    return good(line, year, month, day, clock, 0, nil)
  }

  /// The year of a stamp without one: it goes up where the month falls by more than six, and back
  /// for a December line that comes late in the January after.
  mutating func yearOf(_ month: Int, _ day: Int, _ clock: Int) -> Int {
    if firstYearless == nil {
      firstYearless = YearlessStamp(month: month, day: day, secondOfDay: clock)
    }
    guard var current = year else {
      let chosen = LogYears.choose(firstMonth: month, day: day, known: nil, now: now)
      usesAssumedYear = true
      year = chosen
      firstYear = chosen
      self.month = month
      return chosen
    }
    // No log is from later than now: what would be is a line out of order.
    if self.month != 0, self.month - month > 6, !isFuture(current + 1, month, day) { current += 1 }
    if self.month == 1, month == 12, current > firstYear { current -= 1 }
    // No time lies beyond; a log that wraps for ever stays there.
    current = min(current, CalendarDay.years.upperBound)
    year = current
    self.month = month
    return current
  }

  private func isFuture(_ year: Int, _ month: Int, _ day: Int) -> Bool {
    guard CalendarDay.exists(year, month, day) else { return false }
    let midnight = CivilTime(year: year, month: month, day: day).timestamp
    return midnight.wholeSeconds > now.wholeSeconds + LogYears.clocksAhead
  }

  /// ISO 8601, behind the year and its dash.
  private mutating func iso(
    _ line: consuming TextCursor, _ year: Int, _ isStructured: Bool
  ) -> LineStamp {
    var line = line
    guard let month = line.digits(2...2), line.take(0x2d), let day = line.digits(2...2) else {
      return missing(line)
    }
    guard line.take(0x54) || line.take(0x20), let clock = line.timeOfDay() else {
      return malformed(line)
    }
    let fraction = line.fraction()
    var offset: Int64?
    if let stated = line.take(0x5a) ? 0 : line.zone() {
      offset = stated
      state(stated)
    }
    guard CalendarDay.exists(year, month, day) else {
      return malformed(line)
    }
    var stamp = good(line, year, month, day, clock, fraction, offset)
    stamp.isStructured = isStructured
    return stamp
  }

  /// Seconds since boot, or the calendar time of `dmesg -T`; behind the opening bracket.
  private mutating func bracketed(_ line: consuming TextCursor) -> LineStamp {
    var line = line
    let inside = line.at
    if line.word() != nil, line.take(0x20), let month = line.monthName() {
      guard line.take(0x20) else { return missing(line) }
      _ = line.take(0x20)
      guard let day = line.digits(1...2), line.take(0x20), let clock = line.timeOfDay(),
        line.take(0x20), let year = line.digits(4...4), line.take(0x5d)
      else { return missing(line) }
      guard CalendarDay.exists(year, month, day) else { return malformed(line) }
      return good(line, year, month, day, clock, 0, nil)
    }
    line.at = inside
    while line.take(0x20) {}
    guard let seconds = line.digits(1...9) else { return missing(line) }
    let fraction = line.fraction()
    guard line.take(0x5d) else { return missing(line) }
    return LineStamp(
      quality: .uptime, time: Int64(seconds) * 1_000_000_000 + Int64(fraction), end: line.start)
  }

  private mutating func good(
    _ line: borrowing TextCursor, _ year: Int, _ month: Int, _ day: Int, _ clock: Int,
    _ fraction: Int, _ stated: Int64?
  ) -> LineStamp {
    let time = instant(
      year, month, day, secondOfDay: clock, fraction: fraction, stated: stated)
    return LineStamp(quality: .good, time: time ?? self.time, end: line.at)
  }
}

/// The order of a log's times, for each of the hosts that write into it: the clock of one says
/// nothing about another's.
struct ClockOrder {
  /// Hosts that are told apart; the times of all others are not compared.
  static let most = 64
  private var lastWord: UInt64 = 0
  private var slot = 0
  private var names: [UInt64] = [0]
  private var last: [Int64] = [.min]
  /// Hosts named so far, up to `most`.
  var hostCount: Int { names.count - 1 }

  /// Takes the next time; whether the clock went back by more than it may.
  ///
  /// - Parameters:
  ///   - time: nanoseconds since the epoch.
  ///   - host: who wrote the line, as `RawSpan.word8` at the name; 0 where none is named.
  ///   - tolerance: what a stamp may lie before the one above it unnoticed, in nanoseconds.
  /// - Returns: whether it went back.
  @inline(__always)
  mutating func stepsBack(to time: Int64, host: UInt64, tolerance: Int64) -> Bool {
    if host != lastWord { change(host) }
    guard slot >= 0 else { return false }
    let before = last[slot]
    last[slot] = time
    guard time < before else { return false }
    let (step, overflow) = before.subtractingReportingOverflow(time)
    return overflow || step > tolerance
  }

  @inline(never)
  private mutating func change(_ host: UInt64) {
    lastWord = host
    let name = HostKey.name(host)
    if let known = names.firstIndex(of: name) {
      slot = known
    } else if names.count <= ClockOrder.most {
      slot = names.count
      names.append(name)
      last.append(.min)
    } else {
      slot = -1
    }
  }
}

extension TextCursor {
  /// Takes an English weekday's three letters and a blank.
  @_lifetime(self: copy self)
  mutating func takeDayName() -> Bool {
    take("Mon ") || take("Tue ") || take("Wed ") || take("Thu ") || take("Fri ") || take("Sat ")
      || take("Sun ")
  }
}

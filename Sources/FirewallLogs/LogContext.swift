public import Observations

/// What a log cannot say about its own times.
public struct LogContext: Sendable, Equatable {
  /// The year of the first stamp that gives none; nil lets the reader take the latest year in which
  /// that stamp is not after `now`.
  public var year: Int?
  /// The zone of the log's clock, for stamps that state none.
  public var zone: ZoneRule
  /// The time of the analysis: no log is from later.
  public var now: Timestamp
  /// What a user says the columns of the log mean; with it the log is read by that alone.
  public var columns: ColumnMap?

  /// A context out of its parts.
  public init(
    year: Int? = nil, zone: ZoneRule, now: Timestamp, columns: ColumnMap? = nil
  ) {
    self.year = year
    self.zone = zone
    self.now = now
    self.columns = columns
  }

  /// A context in which the log's clock is always so many seconds ahead of UTC (east is positive).
  public init(
    year: Int? = nil, zoneOffsetSeconds: Int = 0, now: Timestamp, columns: ColumnMap? = nil
  ) {
    self.init(
      year: year, zone: ZoneRule(offset: zoneOffsetSeconds), now: now, columns: columns)
  }
}

/// The date and time of a stamp that gives no year.
public struct YearlessStamp: Sendable, Equatable {
  /// Month, 1...12.
  public var month: Int
  /// Day of the month, 1...31.
  public var day: Int
  /// Seconds since midnight, 0...86400.
  public var secondOfDay: Int

  /// A stamp out of its parts.
  public init(month: Int, day: Int, secondOfDay: Int) {
    self.month = month
    self.day = day
    self.secondOfDay = secondOfDay
  }
}

/// Choosing the year for a log that gives none.
public enum LogYears {
  /// How far ahead of UTC a log's own clock may be (UTC+14:00 is the most there is): a stamp may
  /// read that much later than `now` and still be past.
  static let clocksAhead: Int64 = 14 * 3_600
  /// 29 February exists within any nine years (1896 to 1904 was the longest gap).
  private static let searchYears = 9

  /// The year for a log's first stamp.
  ///
  /// - Parameters:
  ///   - firstMonth: month of the first stamp, 1...12.
  ///   - day: its day of the month.
  ///   - known: the time that other evidence covers: the year that brings the stamp nearest to it
  ///     is taken, the later one of two.
  ///   - now: without other evidence, the latest year in which the stamp is not after this.
  /// - Returns: a year in which the date exists (a leap year for 29 February).
  public static func choose(
    firstMonth: Int, day: Int, known: ClosedRange<Timestamp>?, now: Timestamp
  ) -> Int {
    let latest = latestYear(firstMonth, day, roundable(now))
    guard let known else { return latest }
    let first = CivilTime(roundable(known.lowerBound)).year - searchYears
    let last = CivilTime(roundable(known.upperBound)).year + searchYears
    var best = latest
    var least = Double.infinity
    for year in first...last where CalendarDay.exists(year, firstMonth, day) {
      let time = CivilTime(year: year, month: firstMonth, day: day).timestamp
      let distance =
        time < known.lowerBound
        ? known.lowerBound.seconds(since: time)
        : max(0, time.seconds(since: known.upperBound))
      if distance <= least {
        least = distance
        best = year
      }
    }
    return best
  }

  /// Whether there is such a day.
  public static func exists(year: Int, month: Int, day: Int) -> Bool {
    CalendarDay.exists(year, month, day)
  }

  /// The time itself, or a second after the earliest there is, which can be rounded down.
  private static func roundable(_ time: Timestamp) -> Timestamp {
    Timestamp(nanoseconds: max(time.nanoseconds, .min + 1_000_000_000))
  }

  private static func latestYear(_ month: Int, _ day: Int, _ now: Timestamp) -> Int {
    let thisYear = CivilTime(now).year
    let limit = now.wholeSeconds + clocksAhead
    for year in stride(from: thisYear + 1, through: thisYear - searchYears, by: -1)
    where CalendarDay.exists(year, month, day) {
      let time = CivilTime(year: year, month: month, day: day).timestamp
      if time.wholeSeconds <= limit { return year }
    }
    return thisYear
  }
}

/// The lengths of months.
enum CalendarDay {
  /// Years that `Timestamp` holds whole, with room for any zone.
  static let years = 1_700...2_261

  static func exists(_ year: Int, _ month: Int, _ day: Int) -> Bool {
    guard years.contains(year), (1...12).contains(month), day >= 1 else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return day <= lengths[month - 1]
  }
}

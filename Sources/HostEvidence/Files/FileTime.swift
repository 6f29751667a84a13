/// When a file was last changed, as a source writes it.
///
/// A listing seldom says in which zone its clock ran, and 06/07/2008 is two days; both are kept
/// open here instead of guessed.
public struct FileTime: Sendable, Hashable {
  /// How fine the time is.
  public enum Precision: Int, Sendable, Hashable, Comparable {
    /// A date without a time of day.
    case day
    /// Hours and minutes.
    case minute
    /// Seconds.
    case second

    /// From the coarsest to the finest.
    public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
  }

  /// What the clock showed, in seconds since 1970 as if it ran on UTC; several where the order of
  /// day and month is open.
  public let readings: [Int64]
  /// How fine.
  public let precision: Precision
  /// How many minutes the clock was ahead of UTC, where the source says.
  public let minutesAheadOfUTC: Int?
  /// The time as it was written.
  public let text: String

  /// A time by what the clock showed.
  ///
  /// - Parameters:
  ///   - readings: seconds since 1970 as if the clock ran on UTC; none gives no time.
  ///   - precision: how fine.
  ///   - minutesAheadOfUTC: the clock's zone, where known.
  ///   - text: as written.
  public init?(
    readings: [Int64], precision: Precision, minutesAheadOfUTC: Int? = nil, text: String
  ) {
    guard !readings.isEmpty, readings.allSatisfy({ abs($0) < 400_000_000_000 }) else { return nil }
    self.readings = Array(Set(readings)).sorted()
    self.precision = precision
    self.minutesAheadOfUTC = minutesAheadOfUTC
    self.text = text
  }

  /// A moment known by UTC.
  ///
  /// - Parameter secondsSince1970: the moment.
  public init?(secondsSince1970: Int64) {
    let (day, second) = secondsSince1970.flooredDivision(by: 86_400)
    guard abs(day) < 4_000_000 else { return nil }
    let date = Self.date(ofDay: day)
    func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
    let clock = [second / 3600, second / 60 % 60, second % 60].map(two).joined(separator: ":")
    self.init(
      readings: [secondsSince1970], precision: .second, minutesAheadOfUTC: 0,
      text: "\(date.year)-\(two(date.month))-\(two(date.day)) \(clock) UTC")
  }

  /// The number of days from 1 January 1970, where there is such a day.
  static func day(year: Int64, month: Int64, day: Int64) -> Int64? {
    guard (1601...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[Int(month) - 1] else { return nil }
    // Years begin in March here, so that the leap day comes last.
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
  }

  /// The date of a day counted from 1 January 1970.
  static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = (day + 719_468).flooredDivision(by: 146_097)
    let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (
      year + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1
    )
  }
}

extension Int64 {
  /// The quotient rounded down, and the remainder that is never negative.
  func flooredDivision(by divisor: Int64) -> (Int64, Int64) {
    let remainder = self % divisor
    return remainder < 0
      ? (self / divisor - 1, remainder + divisor) : (self / divisor, remainder)
  }
}

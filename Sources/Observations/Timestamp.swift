/// A point in time in nanoseconds since 1970-01-01T00:00:00Z (POSIX time: no leap seconds), 1678 to
/// 2262.
@frozen
public struct Timestamp: Hashable, Comparable, BitwiseCopyable, Sendable {
  /// Nanoseconds since the epoch.
  public var nanoseconds: Int64

  /// A time from nanoseconds since the epoch.
  @inlinable @inline(__always)
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// A time from whole seconds since the epoch; saturates outside the range.
  @inlinable
  public init(seconds: Int64) {
    let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    self.nanoseconds = overflow ? (seconds < 0 ? .min : .max) : value
  }

  /// In order of time.
  @inlinable
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Seconds from `earlier` to this time.
  @inlinable
  public func seconds(since earlier: Timestamp) -> Double {
    (Double(nanoseconds) - Double(earlier.nanoseconds)) / 1e9
  }

  /// Whole seconds since the epoch, rounded down.
  @inlinable
  public var wholeSeconds: Int64 {
    let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return rest < 0 ? whole - 1 : whole
  }
}

/// A date in the proleptic Gregorian calendar, UTC. The conversions are exact for all years used
/// here.
public struct CivilTime: Hashable, Sendable {
  /// Calendar fields; month 1...12, day 1...31, hour 0...23, minute 0...59, second 0...60,
  /// nanosecond below 10⁹.
  public var year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, nanosecond: Int

  /// A civil time from its fields; nothing is checked here.
  public init(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
    nanosecond: Int = 0
  ) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
    self.nanosecond = nanosecond
  }

  /// Days from 1970-01-01 to a date (era arithmetic on 400-year cycles from 1 March).
  @inlinable
  public static func days(year: Int, month: Int, day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The instant this names in UTC.
  public var timestamp: Timestamp {
    let days = Int64(CivilTime.days(year: year, month: month, day: day))
    let seconds = days * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
    return Timestamp(
      nanoseconds: Timestamp(seconds: seconds).nanoseconds.addingReportingOverflow(
        Int64(nanosecond)
      ).partialValue)
  }

  /// The UTC fields of an instant.
  public init(_ time: Timestamp) {
    let seconds = time.wholeSeconds
    let days = seconds >= 0 ? seconds / 86_400 : -((86_399 - seconds) / 86_400)
    let ofDay = Int(seconds - days * 86_400)
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    self.init(
      year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
      day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, hour: ofDay / 3_600,
      minute: ofDay / 60 % 60, second: ofDay % 60,
      nanosecond: Int(time.nanoseconds &- seconds &* 1_000_000_000))
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC; fractions only as long as needed, in groups of three digits.
  public var description: String {
    let civil = CivilTime(self)
    func pad(_ value: Int, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    var fraction = ""
    if civil.nanosecond != 0 {
      var digits = pad(civil.nanosecond, 9)
      while digits.hasSuffix("000") { digits.removeLast(3) }
      fraction = "." + digits
    }
    return "\(pad(civil.year, 4))-\(pad(civil.month, 2))-\(pad(civil.day, 2))T"
      + "\(pad(civil.hour, 2)):\(pad(civil.minute, 2)):\(pad(civil.second, 2))\(fraction)Z"
  }

  /// Parses RFC 3339 (`2008-10-10T09:00:00Z`, with fraction and any offset; a blank for `T` is
  /// accepted; a missing offset means UTC); nil for anything else.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int? {
      guard range.upperBound <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[range] {
        guard byte >= 48, byte <= 57 else { return nil }
        value = value * 10 + Int(byte - 48)
      }
      return value
    }
    func at(_ index: Int, _ characters: String) -> Bool {
      index < bytes.count && characters.utf8.contains(bytes[index])
    }
    guard let year = number(0..<4), at(4, "-"), let month = number(5..<7), at(7, "-"),
      let day = number(8..<10), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var civil = CivilTime(year: year, month: month, day: day)
    var index = 10
    if index < bytes.count {
      guard at(10, "Tt "), let hour = number(11..<13), at(13, ":"), let minute = number(14..<16),
        hour < 24, minute < 60
      else { return nil }
      (civil.hour, civil.minute) = (hour, minute)
      index = 16
      if at(16, ":") {
        guard let second = number(17..<19), second <= 60 else { return nil }
        civil.second = second
        index = 19
      }
      if at(index, ".,") {
        index += 1
        var scale = 100_000_000
        let start = index
        while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57 {
          civil.nanosecond += Int(bytes[index] - 48) * scale
          scale /= 10
          index += 1
        }
        guard index > start else { return nil }
      }
    }
    var offset: Int64 = 0
    if at(index, "Zz") {
      index += 1
    } else if at(index, "+-") {
      let sign: Int64 = bytes[index] == 43 ? 1 : -1
      let colon = at(index + 3, ":") ? 1 : 0
      guard let hours = number(index + 1..<index + 3),
        let minutes = number(index + 3 + colon..<index + 5 + colon)
      else { return nil }
      offset = sign * Int64(hours * 3_600 + minutes * 60)
      index += 5 + colon
    }
    guard index == bytes.count else { return nil }
    self.init(nanoseconds: civil.timestamp.nanoseconds - offset * 1_000_000_000)
  }
}

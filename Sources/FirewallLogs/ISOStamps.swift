internal import Observations

/// Reads stamps of ISO 8601 that fill a value: `2009-03-03T06:00:00.123456+0100`, also with a blank
/// for the `T`, without fraction or zone, with `Z`, or with a colon in the zone.
///
/// Most lines of a log are of the same minute as the line before: a minute is worked out once.
struct ISOStamps {
  private var minute: (UInt64, UInt64) = (0, 0)
  /// Seconds from the epoch to that minute, as if its stamp were UTC.
  private var base: Int64 = 0

  /// Nanoseconds since the epoch; nil where `range` holds no such stamp, or a day there is not.
  @inline(__always)
  mutating func read(_ bytes: RawSpan, _ range: Range<Int>, _ clock: inout StampClock) -> Int64? {
    let from = range.lowerBound
    guard range.count >= 19, range.count <= 40 else { return nil }
    let words = (bytes.word8(from), bytes.word8(from &+ 8))
    if words != minute {
      guard let seconds = ISOStamps.minute(bytes, from..<from + 16) else { return nil }
      minute = words
      base = seconds
    }
    let high = bytes.byte(from &+ 17) &- 48
    let low = bytes.byte(from &+ 18) &- 48
    guard bytes.byte(from &+ 16) == 0x3a, high <= 6, low < 10, high < 6 || low == 0 else {
      return nil
    }
    var at = from &+ 19
    var fraction: Int64 = 0
    if at < range.upperBound, bytes.byte(at) == 0x2e || bytes.byte(at) == 0x2c {
      fraction = ISOStamps.fraction(bytes, &at)
    }
    guard let zone = ISOStamps.zone(bytes, at..<max(at, range.upperBound), &clock) else {
      return nil
    }
    let shown = base &+ Int64(high) &* 10 &+ Int64(low)
    let seconds = shown &- (zone ?? clock.offset(at: shown))
    let (sum, overflow) = Timestamp(seconds: seconds).nanoseconds.addingReportingOverflow(fraction)
    return overflow ? nil : sum
  }

  /// Seconds from the epoch to `yyyy-mm-ddThh:mm`.
  @inline(never)
  private static func minute(_ bytes: RawSpan, _ range: Range<Int>) -> Int64? {
    var line = TextCursor(bytes, range)
    guard let date = line.date(), line.take(0x54) || line.take(0x20) || line.take(0x74),
      let hour = line.digits(2...2), hour < 24, line.take(0x3a), let minute = line.digits(2...2),
      minute < 60, CalendarDay.exists(date.year, date.month, date.day)
    else { return nil }
    let days = CivilTime.days(year: date.year, month: date.month, day: date.day)
    return Int64(days) * 86_400 + Int64(hour * 3_600 + minute * 60)
  }

  /// Nanoseconds behind the point at `at`; digits beyond the ninth say nothing.
  @inline(__always)
  private static func fraction(_ bytes: RawSpan, _ at: inout Int) -> Int64 {
    at &+= 1
    let word = bytes.word8(at)
    let count = Digits.leading(word)
    guard count > 0 else { return 0 }
    var value = Int64(Digits.value(word, count))
    at &+= count
    if count == 8, bytes.byte(at) &- 48 < 10 {
      value = value &* 10 &+ Int64(bytes.byte(at) &- 48)
      at &+= 1
      while bytes.byte(at) &- 48 < 10 { at &+= 1 }
      return value
    }
    for _ in count..<9 { value &*= 10 }
    return value
  }

  /// Seconds ahead of UTC that the rest of a stamp states, nil within for the log's own clock; nil for
  /// anything that is no zone.
  @inline(__always)
  private static func zone(
    _ bytes: RawSpan, _ range: Range<Int>, _ clock: inout StampClock
  ) -> Int64?? {
    if range.isEmpty { return .some(nil) }
    // `+0000`, as sensors write it.
    let isPlain = range.count == 5 && bytes.word4(range.lowerBound + 1) == 0x3030_3030
    let isZulu = range.count == 1 && bytes.byte(range.lowerBound) == 0x5a
    if isZulu || isPlain && bytes.byte(range.lowerBound) == 0x2b {
      clock.state(0)
      return 0
    }
    var line = TextCursor(bytes, range)
    guard let zone = line.zone(), line.at == line.end else { return nil }
    clock.state(zone)
    return zone
  }
}

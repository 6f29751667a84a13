/// Numbers and times along an axis.
enum Scales {
  /// Round values from 0 to at least `top`: three to six of them.
  static func ticks(upTo top: Double) -> [Double] {
    guard top.isFinite, top > 0 else { return [0, 1] }
    var power = 1.0
    while power * 10 <= top { power *= 10 }
    while power > top { power /= 10 }
    let step =
      [0.2, 0.5, 1, 2, 5].map { $0 * power }.first { top / $0 <= 4.0001 } ?? power * 5
    // Counts have no fractions.
    let whole = top >= 1 ? max(1, step.rounded()) : step
    var ticks = [0.0]
    while let last = ticks.last, last < top, ticks.count < 8 { ticks.append(last + whole) }
    return ticks
  }

  /// A value of an axis as people write it: `1,200`, `35k`, `2.5M`.
  static func label(_ value: Double) -> String {
    guard value.isFinite else { return "?" }
    if value >= 1e9 { return "\(decimal(value / 1e9))G" }
    if value >= 1e6 { return "\(decimal(value / 1e6))M" }
    if value >= 1e4 { return "\(decimal(value / 1e3))k" }
    if value >= 1_000 { return grouped(Int(value.rounded())) }
    return decimal(value)
  }

  /// A number with at most one decimal.
  static func decimal(_ value: Double) -> String { number(value) }

  /// A count with its digits in groups of three.
  static func grouped(_ value: Int) -> String {
    var digits = String(value.magnitude)[...]
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits = digits.dropLast(3)
    }
    return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }
}

/// Points in time, in nanoseconds since 1970 (UTC), as an axis names them.
enum Clock {
  static let second: Int64 = 1_000_000_000
  private static let minute = 60 * second
  private static let hour = 60 * minute
  private static let day = 24 * hour
  private static let steps: [Int64] = [
    second / 1_000, second / 200, second / 50, second / 10, second / 4, second, 2 * second,
    5 * second, 15 * second, 30 * second, minute, 2 * minute, 5 * minute, 15 * minute, 30 * minute,
    hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 30 * day,
    91 * day, 182 * day, 365 * day, 730 * day, 3_650 * day, 36_500 * day,
  ]

  /// Round times within a range, two to six of them where it is long enough, with their labels.
  static func ticks(_ range: ClosedRange<Int64>) -> [(time: Int64, label: String)] {
    let length = range.upperBound.subtractingReportingOverflow(range.lowerBound)
    let span = length.overflow ? Int64.max : length.partialValue
    guard span > 0 else { return [(range.lowerBound, label(range.lowerBound, second))] }
    let step = steps.first { span / $0 < 6 } ?? span / 4
    var result: [(time: Int64, label: String)] = []
    var time = floored(range.lowerBound, step)
    while time <= range.upperBound, result.count < 8 {
      if time >= range.lowerBound { result.append((time, label(time, step))) }
      let next = time.addingReportingOverflow(step)
      if next.overflow { break }
      time = next.partialValue
    }
    return result
  }

  private static func floored(_ value: Int64, _ step: Int64) -> Int64 {
    let rest = value % step
    let down = value.subtractingReportingOverflow(rest < 0 ? rest + step : rest)
    return down.overflow ? value : down.partialValue
  }

  /// A date for steps of days, a time of day for shorter ones.
  private static func label(_ time: Int64, _ step: Int64) -> String {
    let civil = Civil(time)
    if step >= 182 * day { return "\(civil.monthName) \(civil.year)" }
    if step >= day || step >= hour && civil.secondOfDay == 0 {
      return "\(civil.day) \(civil.monthName)"
    }
    if step >= minute { return civil.clock(seconds: false) }
    if step >= second { return civil.clock(seconds: true) }
    return civil.clock(seconds: true) + "." + padded(civil.nanosecond / 1_000_000, 3)
  }

  /// `2008-10-09 13:12:05`.
  static func text(_ time: Int64) -> String {
    let civil = Civil(time)
    return "\(padded(civil.year, 4))-\(padded(civil.month, 2))-\(padded(civil.day, 2)) "
      + civil.clock(seconds: true)
  }

  /// A length of time in the largest unit that suits: `15 min`, `2 h`.
  static func length(_ nanoseconds: Int64) -> String {
    let units = [(day, "d"), (hour, "h"), (minute, "min"), (second, "s"), (second / 1_000, "ms")]
    for (unit, name) in units where nanoseconds >= unit {
      return "\(number(Double(nanoseconds) / Double(unit))) \(name)"
    }
    return "\(nanoseconds) ns"
  }

  /// What a count is per: `day`, `15 min`.
  static func rate(_ nanoseconds: Int64) -> String {
    switch nanoseconds {
    case day: "day"
    case hour: "hour"
    case minute: "minute"
    case second: "second"
    default: length(nanoseconds)
    }
  }

  static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

/// A point in time by the calendar (proleptic Gregorian, UTC; era arithmetic on 400-year cycles).
private struct Civil {
  let year: Int, month: Int, day: Int, secondOfDay: Int, nanosecond: Int

  init(_ time: Int64) {
    let second = Clock.second
    var seconds = time / second
    var rest = time % second
    if rest < 0 {
      rest += second
      seconds -= 1
    }
    var days = seconds / 86_400
    var ofDay = seconds % 86_400
    if ofDay < 0 {
      ofDay += 86_400
      days -= 1
    }
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    secondOfDay = Int(ofDay)
    nanosecond = Int(rest)
  }

  var monthName: String {
    let names = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    return names.indices.contains(month - 1) ? names[month - 1] : "?"
  }

  func clock(seconds: Bool) -> String {
    let minutes =
      Clock.padded(secondOfDay / 3_600, 2) + ":" + Clock.padded(secondOfDay / 60 % 60, 2)
    return seconds ? minutes + ":" + Clock.padded(secondOfDay % 60, 2) : minutes
  }
}

/// Times to places across a drawing.
struct TimeAxis {
  let range: ClosedRange<Int64>
  let left: Double, right: Double

  func x(_ time: Int64) -> Double {
    let length = Double(range.upperBound) - Double(range.lowerBound)
    guard length > 0 else { return (left + right) / 2 }
    let share = (Double(time) - Double(range.lowerBound)) / length
    return left + min(1, max(0, share)) * (right - left)
  }

  /// The line, its round times, and what the range is.
  func draw(on canvas: inout Canvas, at y: Double) {
    canvas.line(left, y, right, y, "a")
    let ticks = Clock.ticks(range)
    for (index, tick) in ticks.enumerated() {
      let x = x(tick.time)
      canvas.line(x, y, x, y + 5, "a")
      // Every other label gives way where the drawing is small.
      let style = ticks.count > 3 && index % 2 == 1 ? "t m" : "t"
      let atEdge = x > right - 24
      canvas.text(tick.label, atEdge ? right : x, y + 22, style, atEdge ? .end : .middle)
    }
    canvas.text(
      "UTC, \(Clock.text(range.lowerBound)) to \(Clock.text(range.upperBound))", left, y + 44, "t")
  }
}

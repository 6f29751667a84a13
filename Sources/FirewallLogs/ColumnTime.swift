internal import Observations

/// Reads times out of the cells of a table.
struct ColumnTime {
  private let format: ColumnMap.TimeFormat
  private let zone: Int64?

  init(_ map: ColumnMap) {
    format = map.timeFormat
    zone = map.zone
  }

  /// The time that the cells hold.
  ///
  /// - Parameters:
  ///   - bytes: the window.
  ///   - date: the day, or day and time.
  ///   - time: the time, where it has a column of its own.
  ///   - clock: takes note of zones, and knows the log's own.
  /// - Returns: nanoseconds since the epoch; nil where the cells hold no time.
  func read(
    _ bytes: RawSpan, _ date: Range<Int>, _ time: Range<Int>?, _ clock: inout StampClock
  ) -> Int64? {
    if time == nil, let instant = epoch(bytes, date) { return instant }
    var line = TextCursor(bytes, date)
    guard let day = takeDate(&line) else { return nil }
    if let time {
      guard line.at == line.end else { return nil }
      line = TextCursor(bytes, time)
    } else {
      // Between the day and the time: T, a colon, a comma, blanks.
      if !line.take(0x54), !line.take(0x3a) { _ = line.take(0x2c) }
    }
    while line.take(0x20) {}
    guard let second = ColumnTime.takeTime(&line) else { return nil }
    let fraction = line.fraction()
    guard let shifted = ColumnTime.takeHalf(second, &line) else { return nil }
    while line.take(0x20) {}
    var offset = zone
    if let stated = line.take(0x5a) ? 0 : line.zone() {
      offset = stated
      clock.state(stated)
    } else if let zone {
      clock.state(zone)
    }
    guard line.at == line.end else { return nil }
    return clock.instant(
      day.year, day.month, day.day, secondOfDay: shifted, fraction: fraction, stated: offset)
  }

  /// A count since 1970, in units as told, or by its length.
  private func epoch(_ bytes: RawSpan, _ cell: Range<Int>) -> Int64? {
    let scale: UInt64
    switch (format, cell.count) {
    case (.epoch, _): return bytes.epoch(cell)
    case (.milliseconds, _), (.auto, 13): scale = 1_000_000
    case (.microseconds, _), (.auto, 16): scale = 1_000
    case (.nanoseconds, _), (.auto, 19): scale = 1
    case (.auto, 10...): return bytes.epoch(cell)
    default: return nil
    }
    guard let count = bytes.count(cell) else {
      return format == .auto ? bytes.epoch(cell) : nil
    }
    let (value, overflow) = count.multipliedReportingOverflow(by: scale)
    return overflow ? nil : Int64(exactly: value)
  }

  private func takeDate(_ line: inout TextCursor) -> (year: Int, month: Int, day: Int)? {
    let start = line.at
    if format == .auto || format == .iso {
      if let day = line.date() { return day }
      line.at = start
      if format == .iso { return nil }
    }
    guard let first = line.digits(1...2), let mark = ColumnTime.takeMark(&line) else { return nil }
    let second: Int
    if let name = line.monthName() {
      guard format == .auto || format == .monthName else { return nil }
      second = name
    } else {
      // Which of two numbers is the month, only a point tells by itself.
      guard format == .dayFirst || format == .monthFirst || format == .auto && mark == 0x2e,
        let number = line.digits(1...2)
      else { return nil }
      second = number
    }
    guard ColumnTime.takeMark(&line) == mark, let year = line.digits(4...4) else { return nil }
    return format == .monthFirst ? (year, first, second) : (year, second, first)
  }

  /// Takes `/`, `.` or `-`.
  private static func takeMark(_ line: inout TextCursor) -> UInt8? {
    for mark: UInt8 in [0x2f, 0x2e, 0x2d] where line.take(mark) { return mark }
    return nil
  }

  /// Takes `h:mm` or `hh:mm:ss`: seconds since midnight.
  private static func takeTime(_ line: inout TextCursor) -> Int? {
    guard let hour = line.digits(1...2), hour < 24, line.take(0x3a),
      let minute = line.digits(2...2), minute < 60
    else { return nil }
    guard line.take(0x3a) else { return hour * 3_600 + minute * 60 }
    guard let second = line.digits(2...2), second <= 60 else { return nil }
    return hour * 3_600 + minute * 60 + second
  }

  /// Takes AM or PM, where they stand; nil where the hour cannot be of half a day.
  private static func takeHalf(_ second: Int, _ line: inout TextCursor) -> Int? {
    let mark = line.at
    while line.take(0x20) {}
    let isMorning = line.take("AM") || line.take("am")
    let isEvening = !isMorning && (line.take("PM") || line.take("pm"))
    guard isMorning || isEvening else {
      line.at = mark
      return second
    }
    let hour = second / 3_600
    guard (1...12).contains(hour) else { return nil }
    let within = second % 3_600
    return (hour % 12 + (isEvening ? 12 : 0)) * 3_600 + within
  }
}

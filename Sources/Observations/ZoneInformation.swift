extension ZoneRule {
  /// The most bytes a zone's file may have.
  public static let longestFile = 1 << 16

  /// A zone as the zone information format has it (RFC 9636; version 2 or newer); nil where the
  /// bytes are no such file, contradict themselves, or count leap seconds.
  ///
  /// - Parameters:
  ///   - name: as people name it.
  ///   - bytes: the whole file.
  public init?(name: String, file bytes: [UInt8]) {
    var reader = ZoneFileReader(bytes: bytes)
    guard bytes.count <= ZoneRule.longestFile, let old = reader.header(), old.version >= 0x32,
      reader.skip(old.length(times: 4)), let counts = reader.header(), counts.leaps == 0,
      let table = reader.table(counts), let footer = reader.footer()
    else { return nil }
    var changes = table.changes
    if !footer.isEmpty {
      guard let rule = DaylightRule(footer) else { return nil }
      // What lies behind the table, as far as times reach.
      let from = changes.last.map { CivilTime(Timestamp(seconds: $0.at)).year } ?? 1_970
      for change in rule.changes(years: max(from, 1_900)...2_262)
      where change.at > changes.last?.at ?? .min {
        changes.append(change)
      }
      if changes.isEmpty {
        self.init(name: name, first: rule.standard, changes: [])
        return
      }
    }
    self.init(name: name, first: table.first, changes: changes)
  }
}

/// The counts in a header of the zone information format.
private struct ZoneCounts {
  var version: UInt8
  var universals: Int
  var standards: Int
  var leaps: Int
  var times: Int
  var types: Int
  var characters: Int

  /// Bytes of the data behind the header, with times of so many bytes.
  func length(times width: Int) -> Int {
    times * (width + 1) + types * 6 + characters + leaps * (width + 4) + standards + universals
  }
}

/// Takes the zone information format apart.
private struct ZoneFileReader {
  let bytes: [UInt8]
  var at = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func skip(_ count: Int) -> Bool {
    guard count <= bytes.count - at else { return false }
    at += count
    return true
  }

  /// A number of so many bytes, the highest first, with its sign.
  private func number(_ place: Int, _ width: Int) -> Int64 {
    let bits = bytes[place..<place + width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let shift = UInt64(64 - 8 * width)
    return Int64(bitPattern: bits << shift) >> Int64(shift)
  }

  mutating func header() -> ZoneCounts? {
    guard bytes.count - at >= 44, bytes[at..<at + 4].elementsEqual("TZif".utf8) else { return nil }
    let counts = (0..<6).map { Int(number(at + 20 + 4 * $0, 4)) }
    let version = bytes[at + 4]
    at += 44
    // No count may be larger than the file, so that no sum of them overflows.
    guard counts.allSatisfy({ (0...bytes.count).contains($0) }), counts[4] >= 1 else { return nil }
    return ZoneCounts(
      version: version, universals: counts[0], standards: counts[1], leaps: counts[2],
      times: counts[3], types: counts[4], characters: counts[5])
  }

  /// The table of changes, in the 8-byte form.
  mutating func table(
    _ counts: ZoneCounts
  ) -> (first: Int64, changes: [(at: Int64, offset: Int64)])? {
    let start = at
    guard skip(counts.length(times: 8)) else { return nil }
    let kinds = start + counts.times * 8
    let types = kinds + counts.times
    let offsets = (0..<counts.types).map { number(types + 6 * $0, 4) }
    guard offsets.allSatisfy({ (-93_600...93_600).contains($0) }) else { return nil }
    var changes: [(at: Int64, offset: Int64)] = []
    for k in 0..<counts.times {
      let time = number(start + 8 * k, 8)
      let kind = Int(bytes[kinds + k])
      guard kind < offsets.count, time > changes.last?.at ?? .min else { return nil }
      // The beginning of the universe, as some files have it, is no change; nor is the year 292e9.
      guard time.magnitude < 1 << 36 else { continue }
      changes.append((time, offsets[kind]))
    }
    return (offsets[0], changes)
  }

  /// What stands between the last two newlines.
  mutating func footer() -> [UInt8]? {
    guard at < bytes.count, bytes[at] == 0x0a,
      let end = bytes[(at + 1)...].firstIndex(of: 0x0a)
    else { return nil }
    return Array(bytes[(at + 1)..<end])
  }
}

/// A zone in one line, as the variable TZ has it (POSIX; RFC 9636, 3.3.1).
struct DaylightRule {
  /// Seconds east of UTC in winter.
  private(set) var standard: Int64 = 0
  private var daylight: (offset: Int64, start: YearDay, end: YearDay)?

  /// A day of every year, and a time on it.
  private enum Day {
    /// Day 1 to 365; 29 February is never counted.
    case julian(Int)
    /// Day 0 to 365.
    case zeroBased(Int)
    /// The week of a month (5 is the last) and the day of the week (0 is Sunday).
    case week(month: Int, week: Int, day: Int)
  }
  private struct YearDay {
    var day: Day
    var seconds: Int64
  }

  init?(_ text: [UInt8]) {
    var scan = Scan(text: text)
    guard scan.name(), let west = scan.time(hours: 24) else { return nil }
    standard = -west
    if scan.isAtEnd { return }
    guard scan.name() else { return nil }
    var offset = standard + 3_600
    if !scan.has(0x2c) {
      guard let west = scan.time(hours: 24) else { return nil }
      offset = -west
    }
    guard scan.take(0x2c), let start = scan.yearDay(), scan.take(0x2c), let end = scan.yearDay(),
      scan.isAtEnd
    else { return nil }
    daylight = (offset, start, end)
  }

  /// All changes in some years, in order.
  func changes(years: ClosedRange<Int>) -> [(at: Int64, offset: Int64)] {
    guard let daylight else { return [] }
    return years.flatMap { year in
      [
        (at: time(daylight.start, year) - standard, offset: daylight.offset),
        (at: time(daylight.end, year) - daylight.offset, offset: standard),
      ]
    }.sorted { $0.at < $1.at }
  }

  private func time(_ moment: YearDay, _ year: Int) -> Int64 {
    let first = CivilTime.days(year: year, month: 1, day: 1)
    let isLeap = CivilTime.days(year: year + 1, month: 1, day: 1) - first == 366
    let day: Int
    switch moment.day {
    case .julian(let number): day = first + number - (isLeap && number >= 60 ? 0 : 1)
    case .zeroBased(let number): day = first + number
    case .week(let month, let week, let weekday):
      let start = CivilTime.days(year: year, month: month, day: 1)
      let next =
        month == 12
        ? CivilTime.days(year: year + 1, month: 1, day: 1)
        : CivilTime.days(year: year, month: month + 1, day: 1)
      // 1 January 1970 was a Thursday.
      let lead = ((weekday - (start + 4)) % 7 + 7) % 7
      let wished = start + lead + 7 * (week - 1)
      day = wished >= next ? wished - 7 : wished
    }
    return Int64(day) * 86_400 + moment.seconds
  }

  private struct Scan {
    let text: [UInt8]
    var at = 0

    var isAtEnd: Bool { at == text.count }
    init(text: [UInt8]) { self.text = text }

    func has(_ byte: UInt8) -> Bool { at < text.count && text[at] == byte }

    mutating func take(_ byte: UInt8) -> Bool {
      guard has(byte) else { return false }
      at += 1
      return true
    }

    /// `CET`, or anything in angle brackets.
    mutating func name() -> Bool {
      let from = at
      if take(0x3c) {
        while at < text.count, text[at] != 0x3e { at += 1 }
        return take(0x3e)
      }
      while at < text.count, (0x61...0x7a).contains(text[at] | 0x20) { at += 1 }
      return at > from
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int? {
      var value = 0
      let from = at
      while at < text.count, (0x30...0x39).contains(text[at]), at - from < 3 {
        value = value * 10 + Int(text[at] - 0x30)
        at += 1
      }
      return at > from && range.contains(value) ? value : nil
    }

    /// `[+-]h[:m[:s]]` in seconds.
    mutating func time(hours most: Int) -> Int64? {
      let isNegative = take(0x2d)
      if !isNegative { _ = take(0x2b) }
      guard let hours = number(0...most) else { return nil }
      var seconds = hours * 3_600
      for unit in [60, 1] where has(0x3a) {
        at += 1
        guard let more = number(0...59) else { return nil }
        seconds += more * unit
      }
      return Int64(isNegative ? -seconds : seconds)
    }

    mutating func yearDay() -> YearDay? {
      let day: Day
      if take(0x4d) {
        guard let month = number(1...12), take(0x2e), let week = number(1...5), take(0x2e),
          let weekday = number(0...6)
        else { return nil }
        day = .week(month: month, week: week, day: weekday)
      } else if take(0x4a) {
        guard let number = number(1...365) else { return nil }
        day = .julian(number)
      } else {
        guard let number = number(0...365) else { return nil }
        day = .zeroBased(number)
      }
      if !take(0x2f) { return YearDay(day: day, seconds: 7_200) }
      return time(hours: 167).map { YearDay(day: day, seconds: $0) }
    }
  }
}

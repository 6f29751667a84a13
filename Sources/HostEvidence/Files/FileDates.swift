/// Dates and times as listings write them.
enum FileDates {
  /// Beginnings of month names, in English, German, French, Spanish and Portuguese.
  private static let months: [[String]] = [
    ["jan", "ene"], ["feb", "fév", "fev"], ["mar", "mär"], ["apr", "avr", "abr"],
    ["may", "mai"], ["jun", "juin"], ["jul", "juil"], ["aug", "aoû", "ago"], ["sep", "set"],
    ["oct", "okt", "out"], ["nov"], ["dec", "dez", "déc", "dic"],
  ]

  /// The days a text can mean, counted from 1 January 1970; none where it is no date.
  static func days(_ text: some StringProtocol) -> Set<Int64> {
    let parts = text.lowercased().split { " -/.,".contains($0) }
    guard parts.count == 3, text.utf8.count <= 40 else { return [] }
    if let place = parts.firstIndex(where: { month($0) != nil }), place < 2 {
      let others = parts.indices.filter { $0 != place }.compactMap { Int64(parts[$0]) }
      guard others.count == 2, let month = month(parts[place]) else { return [] }
      // 20 Jun 2008, Jun 20 2008 or 2008 Jun 20.
      let (year, day) = parts[0].count == 4 ? (others[0], others[1]) : (others[1], others[0])
      return Set([FileTime.day(year: full(year), month: month, day: day)].compactMap { $0 })
    }
    let numbers = parts.compactMap { Int64($0) }
    guard numbers.count == 3 else { return [] }
    if parts[0].count == 4 {
      return Set(
        [FileTime.day(year: numbers[0], month: numbers[1], day: numbers[2])].compactMap { $0 })
    }
    let year = full(numbers[2])
    let dayFirst = FileTime.day(year: year, month: numbers[1], day: numbers[0])
    // Dots are written where the day comes first; strokes and hyphens leave it open.
    let monthFirst =
      text.contains(".") ? nil : FileTime.day(year: year, month: numbers[0], day: numbers[1])
    return Set([dayFirst, monthFirst].compactMap { $0 })
  }

  /// Seconds since midnight, whether seconds are given, and minutes ahead of UTC where stated.
  static func time(
    _ text: some StringProtocol
  ) -> (second: Int64, precision: FileTime.Precision, zone: Int?)? {
    var words = text.uppercased().split(separator: " ").map(String.init)
    guard var clock = words.first, clock.utf8.count <= 20 else { return nil }
    words.removeFirst()
    var half: String?
    if clock.hasSuffix("AM") || clock.hasSuffix("PM") {
      half = String(clock.suffix(2))
      clock.removeLast(2)
    } else if let word = words.first, word == "AM" || word == "PM" {
      half = word
      words.removeFirst()
    }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
    guard (2...3).contains(parts.count), var hour = parts[0], let minute = parts[1],
      let second = parts.count == 3 ? parts[2] : 0, (0..<60).contains(minute),
      (0..<61).contains(second), half == nil ? (0..<24).contains(hour) : (1...12).contains(hour)
    else { return nil }
    if let half { hour = hour % 12 + (half == "PM" ? 12 : 0) }
    var zone: Int?
    if let word = words.first {
      guard words.count == 1, let stated = self.zone(word) else { return nil }
      zone = stated
    }
    return (hour * 3600 + minute * 60 + second, parts.count == 3 ? .second : .minute, zone)
  }

  /// Minutes ahead of UTC: `UTC`, `GMT`, `Z`, `+0200`, `-04:00`.
  static func zone(_ text: some StringProtocol) -> Int? {
    let name = text.uppercased()
    if name == "UTC" || name == "GMT" || name == "Z" { return 0 }
    let digits = name.dropFirst().filter { $0 != ":" }
    guard let sign = name.first, sign == "+" || sign == "-", digits.count == 4,
      let number = Int(digits), number % 100 < 60, number <= 1400
    else { return nil }
    return (number / 100 * 60 + number % 100) * (sign == "-" ? -1 : 1)
  }

  private static func month(_ text: some StringProtocol) -> Int64? {
    guard text.first?.isLetter == true else { return nil }
    return months.firstIndex { $0.contains { text.hasPrefix($0) } }.map { Int64($0) + 1 }
  }

  private static func full(_ year: Int64) -> Int64 {
    year >= 100 ? year : year < 70 ? 2000 + year : 1900 + year
  }
}

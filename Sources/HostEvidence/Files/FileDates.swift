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
      // A name that several zones share leaves the zone open; anything else is no time.
      zone = self.zone(word)
      guard words.count == 1, zone != nil || isZoneName(word) else { return nil }
    }
    return (hour * 3600 + minute * 60 + second, parts.count == 3 ? .second : .minute, zone)
  }

  /// A date and, where it is given, a time of day, in one text: `2008-06-20 9:38AM`,
  /// `Friday, 20 June 2008, 09:38:00`, `2008-06-20T13:38:00Z`.
  static func moment(_ text: String) -> FileTime? {
    guard text.utf8.count <= 80 else { return nil }
    var words = text.split { " ,\t\u{A0}\u{202F}".contains($0) }.map(String.init)
    if let first = words.first, let mark = first.firstIndex(of: "T"), first.contains(":") {
      var clock = String(first[first.index(after: mark)...])
      var zone: [String] = []
      if let sign = clock.lastIndex(where: { "Z+-".contains($0) }) {
        zone = [String(clock[sign...])]
        clock = String(clock[..<sign])
      }
      words = [String(first[..<mark]), String(clock.prefix { $0 != "." })] + zone
    }
    for skipped in 0...1 where words.count > skipped {
      for count in [1, 3] where words.count >= skipped + count {
        let days = days(words[skipped..<(skipped + count)].joined(separator: " "))
        let rest = words[(skipped + count)...].joined(separator: " ")
        guard !days.isEmpty else { continue }
        let time = time(rest)
        guard time != nil || rest.isEmpty else { return nil }
        return FileTime(
          readings: days.map { $0 * 86_400 + (time?.second ?? 0) },
          precision: time?.precision ?? .day, minutesAheadOfUTC: time?.zone, text: text)
      }
    }
    return nil
  }

  /// Minutes ahead of UTC: `UTC`, `GMT`, `Z`, `+0200`, `-04:00`, `CEST`.
  static func zone(_ text: some StringProtocol) -> Int? {
    let name = text.uppercased()
    if name == "UTC" || name == "GMT" || name == "Z" { return 0 }
    if let known = zones[name] { return known }
    let digits = name.dropFirst().filter { $0 != ":" }
    guard let sign = name.first, sign == "+" || sign == "-", digits.count == 4,
      let number = Int(digits), number % 100 < 60, number <= 1400
    else { return nil }
    return (number / 100 * 60 + number % 100) * (sign == "-" ? -1 : 1)
  }

  /// Abbreviations that mean one distance from UTC wherever they are used, in minutes. EST, CST, PST,
  /// IST, BST and their like are not among them: Australia, China, India and others use them, too.
  private static let zones: [String: Int] = [
    "WET": 0, "CET": 60, "MEZ": 60, "CEST": 120, "MESZ": 120, "EET": 120, "EEST": 180,
    "SAST": 120, "EAT": 180, "PKT": 300, "HKT": 480, "AWST": 480, "JST": 540, "ACST": 570,
    "AEST": 600, "ACDT": 630, "AEDT": 660, "NZST": 720, "NZDT": 780, "MDT": -360, "PDT": -420,
    "AKDT": -480, "AKST": -540, "HST": -600,
  ]

  private static func isZoneName(_ word: String) -> Bool {
    (2...5).contains(word.utf8.count) && word.utf8.allSatisfy { (65...90).contains($0) }
  }

  private static func month(_ text: some StringProtocol) -> Int64? {
    guard text.first?.isLetter == true else { return nil }
    return months.firstIndex { $0.contains { text.hasPrefix($0) } }.map { Int64($0) + 1 }
  }

  private static func full(_ year: Int64) -> Int64 {
    year >= 100 ? year : year < 70 ? 2000 + year : 1900 + year
  }
}

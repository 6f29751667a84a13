import Observations

/// A line that is nothing but a time with its zone: RFC 3339, or `date` in UTC.
enum CaptureTime {
  static func read(_ line: HostLine) -> Timestamp? {
    let text = line.trimmed
    guard (19...40).contains(text.utf8.count) else { return nil }
    if text.utf8.first.map({ (48...57).contains($0) }) == true {
      return RecordTool.utc(text, isUTC: false)
    }
    // Thu Oct  9 12:00:00 UTC 2008
    let words = line.words.map(\.text)
    guard words.count == 6, words[4] == "UTC" || words[4] == "GMT",
      let month = months.firstIndex(of: words[1]), let day = digits(words[2], as: Int.self),
      let year = digits(words[5], as: Int.self), (1970...2261).contains(year),
      (1...31).contains(day)
    else { return nil }
    let clock = words[3].split(separator: ":").compactMap { digits($0, as: Int.self) }
    guard clock.count == 3, clock[0] < 24, clock[1] < 60, clock[2] <= 60 else { return nil }
    return CivilTime(
      year: year, month: month + 1, day: day, hour: clock[0], minute: clock[1], second: clock[2]
    ).timestamp
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}

internal import FirewallLogs
internal import Observations

/// Where a file stands among those that a rotation of logs has made: `firewall.log`, `firewall.log.1`,
/// `firewall.log.2.gz`; or `firewall.log-20260101.gz`.
///
/// Names are believed for the order of files and for nothing else, and only where stamps give no year.
struct RotationPlace {
  /// What all files of the series have in common: folder and name, without what changes.
  let series: String
  /// The larger, the older; 0 for the file that is still written to.
  let age: Int
  /// The day in the name, on which the file was put aside; nil where the name has a number or nothing.
  let day: (year: Int, month: Int, day: Int)?

  init(path: String) {
    let cut = path.utf8.lastIndex(of: 0x2f).map { path.utf8.index(after: $0) } ?? path.startIndex
    let folder = path[..<cut]
    let name = Array(CompressedName.plain(String(path[cut...])).utf8)
    // `firewall-20260101.log` is put aside, too: what is only an ending stands behind the mark.
    let ending = RotationPlace.ending(name)
    for tail in [0, ending] {
      guard let mark = RotationPlace.mark(Array(name.dropLast(tail))) else { continue }
      series = folder + String(decoding: name[..<mark.start] + name.suffix(tail), as: UTF8.self)
      (age, day) = (mark.age, mark.day)
      return
    }
    series = folder + String(decoding: name, as: UTF8.self)
    (age, day) = (0, nil)
  }

  /// How many bytes an ending of letters takes, with its dot.
  private static func ending(_ name: [UInt8]) -> Int {
    let letters = name.reversed().prefix { (0x61...0x7a).contains($0 | 0x20) }.count
    let isEnding = letters > 0 && name.count > letters && name[name.count - letters - 1] == 0x2e
    return isEnding ? letters + 1 : 0
  }

  private struct Mark {
    var start: Int
    var age: Int
    var day: (year: Int, month: Int, day: Int)?
  }

  /// What a name ends with that says how old it is.
  private static func mark(_ name: [UInt8]) -> Mark? {
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    func isJoint(_ byte: UInt8) -> Bool { byte == 0x2e || byte == 0x2d || byte == 0x5f }
    var end = name.count
    var hour = 0
    // An hour or a time of day behind the day.
    let last = name.reversed().prefix(while: isDigit).count
    if [2, 4, 6].contains(last), end - last >= 10, isJoint(name[end - last - 1]),
      date(name[..<(end - last - 1)]) != nil
    {
      hour = Int(String(decoding: name.suffix(last).prefix(2), as: UTF8.self)) ?? 0
      end -= last + 1
    }
    if let found = date(name[..<end]), found.start > 0, isJoint(name[found.start - 1]) {
      let (year, month, day) = found.day
      let age = -((year * 100 + month) * 100 + day) * 100 - hour
      return Mark(start: found.start - 1, age: age, day: found.day)
    }
    let digits = name.reversed().prefix(while: isDigit).count
    guard (1...4).contains(digits), name.count > digits + 1,
      name[name.count - digits - 1] == 0x2e,
      let number = Int(String(decoding: name.suffix(digits), as: UTF8.self))
    else { return nil }
    return Mark(start: name.count - digits - 1, age: number + 1, day: nil)
  }

  /// `20260101` or `2026-01-01` at the end.
  private static func date(
    _ name: ArraySlice<UInt8>
  ) -> (start: Int, day: (year: Int, month: Int, day: Int))? {
    for length in [10, 8] where name.count >= length {
      let text = name.suffix(length)
      let digits = text.filter { (0x30...0x39).contains($0) }
      let dashes = text.indices.filter { text[$0] == 0x2d }.map { $0 - text.startIndex }
      guard digits.count == 8, length == 8 || dashes == [4, 7] else { continue }
      let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
      let day = (year: number / 10_000, month: number / 100 % 100, day: number % 100)
      guard (1_970...2_261).contains(day.year),
        LogYears.exists(year: day.year, month: day.month, day: day.day)
      else { continue }
      return (text.startIndex - name.startIndex, day)
    }
    return nil
  }
}

/// Files of one series that give no year, the newest first: each goes back from the one before it.
struct RotationChain {
  /// Places in the list of files.
  private(set) var members: [(index: Int, place: RotationPlace)]

  /// The chains that some files form.
  ///
  /// - Parameter paths: by place in the list of files.
  /// - Returns: each file in one of them; a file alone is a chain of one.
  static func chains(_ paths: [(index: Int, path: String)]) -> [RotationChain] {
    let places = paths.map { (index: $0.index, place: RotationPlace(path: $0.path)) }
    var series: [String] = []
    for place in places where !series.contains(place.place.series) {
      series.append(place.place.series)
    }
    return series.map { name in
      let members = places.filter { $0.place.series == name }
        .sorted { ($0.place.rank, $0.index) < ($1.place.rank, $1.index) }
      return RotationChain(members: members)
    }
  }
}

extension RotationPlace {
  /// The order from the newest on: the file under way, then days falling, then numbers rising.
  fileprivate var rank: Int { day == nil ? age : age + .max / 2 }
}

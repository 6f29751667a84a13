/// A vendor's table of the files of an update: a heading with the columns in any order, cells
/// parted by tabs, upright strokes, commas, or two blanks and more.
struct VendorTable: ManifestFormat {
  static let name = "vendor table"

  private enum Column: Equatable {
    case file, version, size, date, time, platform, other
    case hash(HashAlgorithm)

    var isHash: Bool { if case .hash = self { true } else { false } }
  }

  private var columns: [Column] = []
  private var separator: Character = "\t"
  private var zone: Int?

  mutating func take(_ line: String) -> LineOutcome {
    for separator: Character in ["|", "\t", ",", " "] {
      let found = Self.cells(line, separator).map(Self.column)
      // Without a version it may be a register of known files, which lists some of many.
      if separator == ",", !found.contains(.version) { continue }
      if found.contains(.file),
        found.count(where: { $0 != .other }) >= 3 || found.contains(where: \.isHash)
      {
        (columns, self.separator) = (found, separator)
        zone = line.uppercased().contains("UTC") || line.uppercased().contains("GMT") ? 0 : nil
        return .understood
      }
    }
    guard !columns.isEmpty else { return .foreign("no heading before it") }
    guard line.contains(where: { $0.isLetter || $0.isNumber }) else { return .understood }
    let cells = Self.cells(line, separator)
    let needed = columns.lastIndex { $0 != .other } ?? 0
    guard cells.count > needed else { return .foreign("fewer cells than the heading has") }
    return claim(cells)
  }

  private func claim(_ cells: [String]) -> LineOutcome {
    guard let place = columns.firstIndex(of: .file), !cells[place].isEmpty else {
      return .foreign("no file name")
    }
    var claim = ManifestFormats.claim(cells[place], .reference)
    var (day, clock) = ("", "")
    for (column, cell) in zip(columns, cells) {
      // What is said not to apply is not said.
      if cell.isEmpty || cell == "-" || cell.lowercased().hasPrefix("not ") { continue }
      switch column {
      case .version:
        guard cell.first?.isNumber == true else {
          return .foreign("no version: \(cell.prefix(40))")
        }
        claim.version = cell
      case .size:
        guard let size = UInt64(cell.filter { !",.'\u{A0} ".contains($0) }) else {
          return .foreign("no size: \(cell.prefix(40))")
        }
        claim.size = size
      case .platform: claim.architecture = cell
      case .hash(let algorithm):
        guard let hash = FileHash(algorithm, cell) else {
          return .foreign("not a \(algorithm.title) hash")
        }
        claim.hashes.append(hash)
      case .date: day = cell
      case .time: clock = cell
      case .file, .other: break
      }
    }
    if !day.isEmpty {
      let days = FileDates.days(day)
      guard !days.isEmpty else { return .foreign("no date: \(day.prefix(40))") }
      let time = FileDates.time(clock)
      guard time != nil || clock.isEmpty else { return .foreign("no time: \(clock.prefix(40))") }
      claim.modified = FileTime(
        readings: days.map { $0 * 86_400 + (time?.second ?? 0) },
        precision: time?.precision ?? .day, minutesAheadOfUTC: time?.zone ?? zone,
        text: clock.isEmpty ? day : "\(day) \(clock)")
    }
    guard
      claim.version != nil || claim.size != nil || claim.modified != nil || !claim.hashes.isEmpty
    else {
      return .foreign("a name and nothing of the file")
    }
    return .claims([claim])
  }

  private static func column(_ title: String) -> Column {
    let words = title.lowercased().trimmed
    if ["file name", "filename", "file", "name"].contains(words) { return .file }
    if words == "version" || words == "file version" { return .version }
    if words == "size" || words == "file size" { return .size }
    if words == "date" || words.hasPrefix("date (") { return .date }
    if words == "time" || words.hasPrefix("time (") { return .time }
    if words == "platform" || words == "architecture" { return .platform }
    let plain = words.split(separator: " ").filter { $0 != "hash" && $0 != "value" }
    return HashAlgorithm(named: plain.joined()).map { .hash($0) } ?? .other
  }

  /// The cells; runs of tabs and blanks count as one boundary, strokes each as one.
  private static func cells(_ line: String, _ separator: Character) -> [String] {
    switch separator {
    case "|":
      var text = line.trimmed
      if text.hasPrefix("|") { text.removeFirst() }
      if text.hasSuffix("|") { text.removeLast() }
      return text.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmed }
    case ",": return DelimitedLine.cells(line)?.map { $0.trimmed } ?? []
    case "\t": return line.split(separator: "\t").map { $0.trimmed }.filter { !$0.isEmpty }
    default:
      var cells: [String] = []
      var blanks = 2
      for character in line {
        if character == " " || character == "\t" {
          blanks += character == "\t" ? 2 : 1
          continue
        }
        if blanks >= 2 { cells.append("") } else if blanks == 1 { cells[cells.count - 1] += " " }
        blanks = 0
        cells[cells.count - 1].append(character)
      }
      return cells
    }
  }
}

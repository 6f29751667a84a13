import Observations

extension SocketFormat {
  /// Headed tables and lists of `key : value` of every tool of named values.
  static let records = SocketFormat(
    name: "records",
    opens: { line, build in
      for separator in [UInt8(9), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "|")] {
        guard line.text.utf8.contains(separator) else { continue }
        let keys = line.separated(by: separator).map(RecordKey.fold)
        if keys.count >= 3, let tool = RecordTool.matching(keys) {
          build.begin(tool.instrument, tool.system, tool.columns(keys))
          return SeparatedRecords(tool: tool, keys: keys, separator: separator)
        }
      }
      let keys = line.words.map { RecordKey.fold($0.text) }
      guard keys.count >= 3, let tool = RecordTool.matching(keys) else { return nil }
      build.begin(tool.instrument, tool.system, tool.columns(keys))
      return AlignedRecords(tool: tool, headings: line.words, keys: keys)
    },
    rows: { line in ListedRecords.pair(line) != nil ? ListedRecords() : nil })
}

/// Rows of values between tabs, commas, semicolons or bars.
struct SeparatedRecords: SocketSection {
  let tool: RecordTool
  let keys: [String]
  let separator: UInt8

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    if line.trimmed.hasPrefix("+-") || line.trimmed.hasPrefix("#TYPE") { return .taken }
    let values = line.separated(by: separator)
    guard values.count >= 3 else { return .refused }
    var record: [String: String] = [:]
    for (key, value) in zip(keys, values) where !key.isEmpty && record[key] == nil {
      record[key] = value
    }
    if values.count < keys.count / 2 { return isLast ? .refused : .incomplete }
    if tool.add(record, line: line.number, to: &build) { return .taken }
    build.table.problems.note(.rowUnreadable, line: line.number)
    return .refused
  }
}

/// Rows below headings in columns, as PowerShell formats a table.
struct AlignedRecords: SocketSection {
  let tool: RecordTool
  let headings: [HostWord]
  let keys: [String]

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    if line.word(0).hasPrefix("---") { return .taken }
    guard line.words.count >= 3 else { return isLast ? .refused : .incomplete }
    var record: [String: String] = [:]
    var places = headings.indices.map { $0 }
    if line.words.count != headings.count { places = line.words.map(nearest) }
    for (word, place) in zip(line.words, places) where record[keys[place]] == nil {
      record[keys[place]] = word.text
    }
    if tool.add(record, line: line.number, to: &build) { return .taken }
    build.table.problems.note(.rowUnreadable, line: line.number)
    return .refused
  }

  /// The heading a word shares most of its width with; numbers stand flush right, words left.
  private func nearest(_ word: HostWord) -> Int {
    headings.indices.min { a, b in distance(word, headings[a]) < distance(word, headings[b]) } ?? 0
  }

  private func distance(_ word: HostWord, _ heading: HostWord) -> Int {
    min(abs(word.start - heading.start), abs(word.end - heading.end))
  }
}

/// Lists of `key : value`, a key that comes again beginning the next record.
struct ListedRecords: SocketSection {
  private var record: [String: String] = [:]
  private var first = 0

  /// Key and value; a key has at most four words.
  static func pair(_ line: HostLine) -> (key: String, value: String)? {
    let text = line.trimmed
    guard
      let at = text.utf8.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") }),
      at != text.startIndex
    else { return nil }
    let key = text[..<at]
    guard key.utf8.count <= 40, key.split(separator: " ").count <= 4 else { return nil }
    let folded = RecordKey.fold(String(key))
    guard keys.contains(folded) else { return nil }
    return (folded, HostLine.trim(String(text[text.utf8.index(after: at)...])))
  }

  private static let keys: Set<String> = RecordTool.all.reduce(into: []) { keys, tool in
    keys.formUnion(tool.fields.keys)
    keys.formUnion(tool.requires)
  }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    guard let (key, value) = ListedRecords.pair(line) else {
      // Headings between the groups of an event and further values of no interest.
      return !record.isEmpty && line.has(":") ? .taken : .refused
    }
    if record[key] != nil { flush(into: &build) }
    if record.isEmpty { first = line.number }
    if record.count < 256 { record[key] = value }
    return .taken
  }

  private mutating func flush(into build: inout SocketBuilder) {
    if !record.isEmpty, !RecordTool.add(record, line: first, to: &build) {
      build.table.unrecognisedLines += 1
      if build.table.firstUnrecognised.count < 5 { build.table.firstUnrecognised.append(first) }
    }
    record = [:]
  }

  mutating func finish(into build: inout SocketBuilder) { flush(into: &build) }
}

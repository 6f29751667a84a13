/// Cells of a line by the names that a log gives its columns, whatever their order and whatever
/// stands between them; also the members of a JSON object, by their names.
///
/// A format says which names it wants, several for one thing where versions differ; a column named
/// twice counts where it is named first. Nothing is allocated for a line.
struct NamedCells {
  /// A name that is wanted, and the index under which the format asks for it.
  private struct Wanted {
    var key: JSONKey
    var text: StaticString
    var index: Int
  }
  private let wanted: [Wanted]
  /// For each column of the log, the index of its name; -1 for others.
  private var columns: [Int8] = []
  /// The cells of the last line, by index; of no bytes where the line has none.
  private var cells: [Range<Int>]
  /// What stands between cells.
  var separator: UInt8
  /// Whether a cell may stand in quotes, within which the separator is text.
  var isQuoted: Bool
  /// Whether several separators in a row are one.
  var isPadded: Bool

  /// More columns than any log has.
  private static let mostColumns = 128

  /// Cells of these names: those for one thing together, whose place in the list is its index.
  init(
    _ names: [[StaticString]], separator: UInt8 = 0x09, isQuoted: Bool = false,
    isPadded: Bool = false
  ) {
    wanted = names.enumerated().flatMap { index, texts in
      texts.map { Wanted(key: JSONKey($0), text: $0, index: index) }
    }
    cells = [Range<Int>](repeating: 0..<0, count: names.count)
    self.separator = separator
    self.isQuoted = isQuoted
    self.isPadded = isPadded
  }

  /// The same, with the columns of a log that does not name them: an index each, -1 for others.
  init(_ names: [[StaticString]], separator: UInt8, isPadded: Bool, columns: [Int8]) {
    self.init(names, separator: separator, isPadded: isPadded)
    self.columns = columns
  }

  /// Columns that the log has.
  var count: Int { columns.count }

  /// Whether the log has this column.
  func has(_ index: Int) -> Bool { columns.contains(Int8(index)) }

  /// Takes the names in `range`; false, and nothing is taken, where a required one is missing.
  mutating func name(_ bytes: RawSpan, _ range: Range<Int>, requiring required: [Int]) -> Bool {
    var columns: [Int8] = []
    var at = range.lowerBound
    while at <= range.upperBound, columns.count < NamedCells.mostColumns,
      let cell = next(bytes, &at, range.upperBound)
    {
      let index = Int8(wanted.first { bytes.fills($0.text, cell) }?.index ?? -1)
      columns.append(columns.contains(index) ? -1 : index)
    }
    guard required.allSatisfy({ columns.contains(Int8($0)) }) else { return false }
    self.columns = columns
    return true
  }

  /// Finds the cells of a line; how many it has.
  mutating func take(_ bytes: RawSpan, _ range: Range<Int>) -> Int {
    clear()
    var at = range.lowerBound
    var count = 0
    while at <= range.upperBound, let cell = next(bytes, &at, range.upperBound) {
      if count < columns.count, columns[count] >= 0 { cells[Int(columns[count])] = cell }
      count &+= 1
    }
    return count
  }

  /// Forgets the last line.
  mutating func clear() { for index in cells.indices { cells[index] = 0..<0 } }

  /// Takes a member of a JSON object, if it is wanted and was not met before.
  mutating func take(_ bytes: RawSpan, _ json: JSONLine) {
    let key = json.key
    for entry in wanted where entry.key == key {
      if key.count > 16, !bytes.fills(entry.text, json.name) { continue }
      if cells[entry.index].isEmpty { cells[entry.index] = json.value }
      return
    }
  }

  /// A cell of the line taken last; nil where it has none, or a mark for none.
  subscript(_ index: Int) -> Range<Int>? { cells[index].isEmpty ? nil : cells[index] }

  /// Takes away the cells that hold a mark for nothing.
  mutating func drop(_ mark: StaticString, _ bytes: RawSpan) {
    for index in cells.indices where bytes.fills(mark, cells[index]) { cells[index] = 0..<0 }
  }

  /// The cell at `at`, without blanks around it; `at` goes behind its separator, or behind the end.
  @inline(__always)
  private func next(_ bytes: RawSpan, _ at: inout Int, _ end: Int) -> Range<Int>? {
    if isPadded {
      while at < end, bytes.byte(at) == separator { at &+= 1 }
      if at >= end { return nil }
    }
    var from = at
    while from < end, bytes.byte(from) == 0x20 { from &+= 1 }
    if isQuoted, from < end, bytes.byte(from) == 0x22 {
      let quoted = NamedCells.quoted(bytes, from + 1, end)
      at = (bytes.first(separator, in: quoted.upperBound..<end) ?? end) &+ 1
      return quoted
    }
    var to = bytes.first(separator, in: from..<max(from, end)) ?? end
    at = to &+ 1
    while to > from, bytes.byte(to &- 1) == 0x20 { to &-= 1 }
    return from..<to
  }

  /// What stands in quotes from `from` on; two quotes within are one, and stay as they are.
  static func quoted(_ bytes: RawSpan, _ from: Int, _ end: Int) -> Range<Int> {
    var at = from
    while let quote = bytes.first(0x22, in: at..<max(at, end)) {
      guard quote + 1 < end, bytes.byte(quote + 1) == 0x22 else { return from..<quote }
      at = quote + 2
    }
    return from..<max(from, end)
  }
}

extension JSONKey {
  /// The words of a name.
  init(_ text: StaticString) {
    self.init()
    count = text.utf8CodeUnitCount
    text.withUTF8Buffer { letters in
      for i in 0..<min(letters.count, 16) {
        let bits = unsafe UInt64(letters[i]) << UInt64(8 * (i & 7))
        if i < 8 { head |= bits } else { tail |= bits }
      }
    }
  }
}

extension RawSpan {
  /// A time in seconds since the epoch that fills `range`, perhaps with a fraction: nanoseconds; nil
  /// for anything else, and for times that no clock shows.
  func epoch(_ range: Range<Int>) -> Int64? {
    var cursor = TextCursor(self, range)
    guard let seconds = cursor.digits(1...10) else { return nil }
    let fraction = cursor.fraction()
    guard cursor.at == cursor.end else { return nil }
    let whole = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let sum = whole.partialValue.addingReportingOverflow(Int64(fraction))
    return whole.overflow || sum.overflow ? nil : sum.partialValue
  }
}

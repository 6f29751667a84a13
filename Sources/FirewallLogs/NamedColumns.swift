/// Columns that a log names itself, in a line `#Fields: …` of the W3C Extended Log File Format.
///
/// A format says which names it wants; the cells of each line are then found by name, whatever
/// their order. A column named twice counts where it is named first.
struct NamedColumns {
  /// What a format wants, and the index under which it asks for it: the place in this list.
  private let wanted: [StaticString]
  /// For each column of the log, the index of its name; -1 for others.
  private var columns: [Int8]
  /// The cells of the last line, by index; nil where the line has none or a dash.
  private var cells: [Range<Int>?]

  /// More columns than any log has.
  private static let mostColumns = 128

  /// Columns by name, to begin with as `standard` says.
  init(wanted: [StaticString], standard: [Int8]) {
    self.wanted = wanted
    columns = standard
    cells = [Range<Int>?](repeating: nil, count: wanted.count)
  }

  /// Takes the names behind `#Fields:`; false, and nothing is taken, where a required one is missing.
  mutating func name(
    _ line: inout TextCursor, _ bytes: RawSpan, requiring required: [Int]
  ) -> Bool {
    var columns: [Int8] = []
    while line.take(0x20) {}
    while line.at < line.end, columns.count < NamedColumns.mostColumns {
      let word = line.token()
      let index = wanted.firstIndex { bytes.fills($0, word) } ?? -1
      columns.append(columns.contains(Int8(index)) ? -1 : Int8(index))
    }
    guard required.allSatisfy({ columns.contains(Int8($0)) }) else { return false }
    self.columns = columns
    return true
  }

  /// Whether the log has this column.
  func has(_ index: Int) -> Bool { columns.contains(Int8(index)) }

  /// Finds the cells of a line; how many it has.
  mutating func take(_ bytes: RawSpan, _ range: Range<Int>) -> Int {
    for index in cells.indices { cells[index] = nil }
    var line = TextCursor(bytes, range)
    var count = 0
    while line.at < line.end {
      let word = line.token()
      if count < columns.count, columns[count] >= 0, !bytes.fills("-", word) {
        cells[Int(columns[count])] = word
      }
      count += 1
    }
    return count
  }

  /// Columns that the log has.
  var count: Int { columns.count }

  /// A cell of the line taken last; nil where it has none or a dash.
  subscript(_ index: Int) -> Range<Int>? { cells[index] }
}

/// A line of comma-separated values (RFC 4180).
enum DelimitedLine {
  /// The cells; a doubled quotation mark within quotation marks stands for one. Nil where a
  /// quotation mark is left open.
  static func cells(_ line: String) -> [String]? {
    var cells: [String] = []
    var cell: [UInt8] = []
    var isQuoted = false
    var wasQuoted = false
    for byte in line.utf8 {
      switch byte {
      case UInt8(ascii: "\""):
        // The second of two within quotation marks reopens what the first has closed.
        if !isQuoted, wasQuoted, !cell.isEmpty { cell.append(byte) }
        isQuoted.toggle()
        wasQuoted = true
      case UInt8(ascii: ",") where !isQuoted:
        cells.append(String(decoding: cell, as: UTF8.self))
        cell.removeAll(keepingCapacity: true)
        wasQuoted = false
      default: cell.append(byte)
      }
    }
    return isQuoted ? nil : cells + [String(decoding: cell, as: UTF8.self)]
  }
}

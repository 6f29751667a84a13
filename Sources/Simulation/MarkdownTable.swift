/// Tables that can be read as they are.
enum MarkdownTable {
  /// Lines of cells; the first columns to the left, the others to the right.
  static func text(_ head: [String], _ lines: [[String]], leftColumns: Int = 1) -> String {
    let widths = head.indices.map { column in
      max(3, ([head] + lines).map { $0[column].count }.max() ?? 0)
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.enumerated().map { index, cell in
        let blank = String(repeating: " ", count: max(0, widths[index] - cell.count))
        return index < leftColumns ? cell + blank : blank + cell
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let rule = widths.enumerated().map { index, width in
      String(repeating: "-", count: index < leftColumns ? width : width - 1)
        + (index < leftColumns ? "" : ":")
    }
    return line(head) + line(rule) + lines.map(line).joined()
  }
}

import Analysis
import Detection
import Observations

extension HTMLReport {
  /// Records that are quoted of one activity.
  private static let mostQuoted = 16

  /// Some of the records themselves: lines as they stand, packets in a line with their bytes folded.
  static func quote(_ findings: [Finding], of analysis: Analysis, on page: inout HTMLPage) {
    let all = Set(findings.flatMap(\.evidence))
    let known = all.filter { analysis.excerpts[$0] != nil }.sorted()
    let silent = Set(all.map(\.path)).filter { analysis.unquoted[$0] != nil }.sorted()
    guard !known.isEmpty || !silent.isEmpty else { return }
    page.element("p", "Some of these records, as they stand", style: "name")
    for reference in known.prefix(mostQuoted) {
      let place =
        "\(reference.path), record \(reference.record) (at byte \(reference.offset)):"
      switch analysis.excerpts[reference] {
      case .line(let line):
        page.element("p", place, style: "small")
        page.element("pre", line)
      case .packet(let packet):
        page.element("p", place, style: "small")
        page.add("<details class=\"packet\"><summary>")
        page.text(packetLine(packet))
        page.add("</summary>\n")
        page.element("p", packetExtent(packet), style: "small")
        page.add("<pre class=\"hex\">")
        for row in hexadecimalLines(packet.head) {
          page.text(row)
          page.add("\n")
        }
        page.add("</pre></details>\n")
      case nil: break
      }
    }
    let clocks = analysis.clocks
    let ahead = Set(known.prefix(mostQuoted).map(\.path)).filter { clocks[$0] != nil }.sorted()
    if !ahead.isEmpty {
      page.element(
        "p", "Times of records of \(ahead.joined(separator: ", ")) are by that file's own clock.",
        style: "small")
    }
    for path in silent {
      page.element(
        "p", "\(path): not all is quoted, for \(analysis.unquoted[path] ?? "").", style: "small")
    }
  }
}

import Analysis
import Detection
import Diagnosis
import Observations

extension HTMLReport {
  /// Rows of a table of changes, or of one program's answers.
  private static let mostRowsTold = 200

  /// What changed since an earlier report, and what cannot be compared.
  mutating func sinceLast() {
    guard let (changes, path) = earlier else { return }
    section("since", "Since the last report")
    page.add("<div class=\"card\">\n")
    page.element("p", "Compared with \(path).", style: "meta")
    for reservation in changes.reservations {
      page.element("p", "Mind: \(reservation).", style: "remark")
    }
    let told = changes.entries.filter { $0.change != .same }
    if told.isEmpty { page.element("p", "Nothing changed.") } else { table(told) }
    let same = changes.entries.count - told.count
    if same > 0 {
      page.element("p", "\(counted(UInt64(same), "activity is", "activities are")) as before.")
    }
    page.add("</div>\n</section>\n")
  }

  private mutating func table(_ entries: [SinceLast.Entry]) {
    let numbers = Dictionary(
      analysis.incidents.enumerated().map { ($0.element.id, $0.offset + 1) },
      uniquingKeysWith: { first, _ in first })
    page.tableHead("What changed", ["Change", "Who does what", "How, and why"], style: "changes")
    for entry in entries.prefix(HTMLReport.mostRowsTold) {
      page.add("<tr><th scope=\"row\">\(entry.change.rawValue)</th><td>")
      let number = entry.after.flatMap { numbers[$0] }.flatMap { $0 <= shown ? $0 : nil }
      if let number { page.add("<a href=\"#i\(number)\">") }
      page.text(entry.subject)
      page.add(number == nil ? ": " : "</a>: ")
      page.text(entry.label)
      page.add("</td><td>")
      page.text(entry.because)
      page.add("</td></tr>\n")
    }
    page.add("</tbody></table>\n")
    more(entries.count, "change", "changes")
  }

  /// What the published rules of other programs would have said.
  mutating func peers() {
    guard let comparison else { return }
    section("peers", "What others\u{2019} published rules would have said")
    if let part = comparison.part { page.element("p", part, style: "alarm") }
    for answer in comparison.told() {
      page.add("<div class=\"card\">\n")
      page.element("h3", answer.name)
      page.element("p", answer.rules)
      page.element("p", "Published in \(answer.source).", style: "meta")
      if let silent = answer.silent {
        page.element("p", "Cannot be asked: \(silent).", style: "remark")
      } else {
        page.list(answer.limits.map { "mind: \($0)" })
        hits(answer)
      }
      page.add("</div>\n")
    }
    page.add("</section>\n")
  }

  private mutating func hits(_ answer: PeerComparison.Told) {
    if answer.hits.isEmpty {
      page.element("p", "It would have said nothing.")
    } else {
      page.tableHead("What \(answer.name) would have said", ["Source", "Rule", "We say"])
      for hit in answer.hits.prefix(HTMLReport.mostRowsTold) {
        page.add("<tr><td>")
        page.text(hit.source)
        page.add("</td><td>")
        page.text(hit.rule)
        page.add("<br><span class=\"small\">")
        page.text(hit.measured)
        page.add("</span></td><td>")
        page.text(hit.ours)
        page.add("</td></tr>\n")
      }
      page.add("</tbody></table>\n")
      more(answer.hits.count, "line", "lines")
    }
    page.element("p", answer.summary)
  }

  private mutating func more(_ count: Int, _ one: String, _ many: String) {
    let rest = count - HTMLReport.mostRowsTold
    guard rest > 0 else { return }
    page.element(
      "p",
      "And \(counted(UInt64(rest), "more \(one)", "more \(many)")), which the JSON report lists.")
  }
}

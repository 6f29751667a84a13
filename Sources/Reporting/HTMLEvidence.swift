import Analysis
import Detection
import Diagnosis
import HostEvidence
import Observations
import Plots

extension HTMLReport {
  /// What is stated about no single source.
  mutating func network() {
    guard !analysis.networkFindings.isEmpty else { return }
    section("network", "The network as a whole")
    page.add("<div class=\"card\">\n")
    HTMLReport.findings(analysis.networkFindings, on: &page)
    for (index, spreading) in analysis.spreadings.prefix(6).enumerated() {
      HTMLReport.contacts(
        spreading.contacts, total: spreading.total, id: "n\(index)",
        title: "Who reached whom in \(spreading.path), \(spreading.shape.words)", on: &page)
    }
    page.add("</div>\n</section>\n")
  }

  /// What tables of sockets show of hosts, each with what it was weighed to be.
  mutating func hosts() {
    guard !analysis.hostFindings.isEmpty else { return }
    section("hosts", "Hosts, by what their tables show")
    for (index, host) in analysis.hostFindings.enumerated() {
      page.add("<div class=\"card\">\n")
      guard let state = host.state else {
        page.element("p", host.finding.summary)
        page.add("</div>\n")
        continue
      }
      page.element("h3", state.label)
      page.element("p", state.diagnosis.sentence, style: "answer")
      verdict(state.diagnosis)
      page.element("p", host.finding.summary)
      for remark in host.remarks { page.element("p", remark, style: "remark") }
      three(state)
      reasons(state, "h\(index)")
      commands(state.diagnosis.next)
      page.add("</div>\n")
    }
    page.add("</section>\n")
  }

  /// What is to be said of files, what is worst first.
  mutating func files() {
    guard !analysis.files.isEmpty else { return }
    section("files", "Files")
    page.add("<div class=\"card\">\n")
    page.tableHead(
      "What was held against what; nothing is called good that was not compared",
      ["File", "Verdict", "Why"])
    let order = ["differs", "consistent", "matches", "unknown"]
    for name in order {
      let alike = analysis.files.filter { $0.verdict.name == name }
      for file in alike.prefix(50) { self.file(file) }
      if alike.count > 50 {
        page.add("<tr><td colspan=\"3\">")
        page.text("and \(alike.count - 50) more: \(name) (all are in the JSON report)")
        page.add("</td></tr>\n")
      }
    }
    page.add("</tbody></table>\n</div>\n</section>\n")
  }

  private mutating func file(_ file: FileJudgement) {
    page.add("<tr><td>")
    page.text(file.name)
    page.add("</td><td>")
    let differs = file.verdict.name == "differs"
    page.element(differs ? "strong" : "span", file.verdict.name)
    page.add("</td><td>")
    page.list(reasons(file.verdict) + file.remarks)
    let places = file.claims.prefix(6).map { claim in
      claim.origin.line.map { "\(claim.origin.source), line \($0)" } ?? claim.origin.source
    }
    page.element("span", "see \(places.joined(separator: "; "))", style: "small")
    page.add("</td></tr>\n")
  }

  private func reasons(_ verdict: FileVerdict) -> [String] {
    switch verdict {
    case .differs(let differences):
      differences.map { "\($0.what): \($0.found), where \($0.expected) is expected" }
    case .consistent(let agreements):
      ["no hash was compared; agrees in " + agreements.map(\.words).joined(separator: "; ")]
    case .matches(let algorithms): ["by \(algorithms.map(\.title).joined(separator: ", "))"]
    case .unknown(let why): [why]
    }
  }

  /// What was looked at and not raised.
  mutating func quiet() {
    let entries = analysis.quiet.filter { $0.count > 0 }
    guard !entries.isEmpty else { return }
    section("quiet", "Looked at and not raised")
    page.add("<div class=\"card\">\n")
    page.tableHead("Sources that were not raised, by reason", ["Sources", "Reason", "Examples"])
    for entry in entries {
      page.add("<tr><td>\(grouped(UInt64(max(0, entry.count))))</td><td>")
      page.text(entry.reason.meaning)
      page.add("</td><td class=\"small\">")
      page.text(entry.examples.prefix(3).joined(separator: ", "))
      if entry.count > 3 { page.add(" …") }
      page.add("</td></tr>\n")
    }
    page.add("</tbody></table>\n</div>\n</section>\n")
  }

  /// What was read, what could not be, and what was taken for granted.
  mutating func evidence() {
    section("evidence", "Evidence")
    page.add("<div class=\"card\">\n")
    page.tableHead("What was read", ["File", "What it is, and what it can show"])
    for file in analysis.evidence.prefix(500) { self.file(file) }
    page.add("</tbody></table>\n")
    if analysis.evidence.count > 500 {
      page.element("p", "And \(analysis.evidence.count - 500) more files.")
    }
    assumptions()
    problems()
    page.add("</div>\n</section>\n")
  }

  private mutating func file(_ file: Analysis.Evidence) {
    page.add("<tr><td>")
    page.text(file.path)
    page.add("</td><td>")
    page.text(String(describe(file).dropFirst(file.path.count + 2)))
    page.element("p", file.vantage)
    for words in file.facts.tunnelWords(of: file.records) { page.element("p", words) }
    if let mixture = file.mixture { page.element("p", mixture) }
    if let digest = file.sha256 { page.element("p", "SHA-256 \(digest)", style: "small mono") }
    page.add("</td></tr>\n")
  }

  private mutating func assumptions() {
    guard !analysis.assumptions.isEmpty else { return }
    page.tableHead("What was taken for granted", ["What", "Value", "Because"])
    for assumption in analysis.assumptions {
      page.add("<tr><td>")
      page.text(assumption.what)
      page.add("</td><td>")
      page.text(assumption.value)
      page.add("</td><td>")
      page.text(assumption.because)
      page.add("</td></tr>\n")
    }
    page.add("</tbody></table>\n")
  }

  private mutating func problems() {
    let troubled = analysis.evidence.filter { !$0.problems.isEmpty }
    guard !troubled.isEmpty else { return }
    page.tableHead("What was wrong with records", ["File", "Problem", "First places"])
    for file in troubled.prefix(200) {
      for problem in file.problems {
        page.add("<tr><td>")
        page.text(file.path)
        page.add("</td><td>")
        page.text("\(problem.kind), \(counted(problem.count, "time", "times"))")
        if !problem.meaning.isEmpty { page.text(": \(problem.meaning)") }
        page.add("</td><td class=\"small\">")
        page.text(
          problem.first.map { "record \($0.record) (at byte \($0.offset))" }.joined(separator: ", ")
        )
        page.add("</td></tr>\n")
      }
    }
    page.add("</tbody></table>\n")
  }
}

extension ActivityShape {
  /// What is done, in a few words.
  fileprivate var words: String {
    guard case .service(let transport, let port) = self else {
      return transport.description.uppercased()
    }
    return "\(transport.description.uppercased()) port \(port)"
  }
}

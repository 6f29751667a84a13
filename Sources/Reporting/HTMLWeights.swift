import Analysis
import Detection
import Diagnosis
import Knowledge
import Observations
import Plots

/// Heaviest first.
func strongest(_ indicators: [WeighedIndicator]) -> [WeighedIndicator] {
  indicators.sorted {
    ($1.decibans.magnitude, $0.indicator) < ($0.decibans.magnitude, $1.indicator)
  }
}

extension HTMLReport {
  /// Every reason for and against, for each cause that was weighed.
  mutating func reasons(_ activity: Activity, _ id: String) {
    let diagnosis = activity.diagnosis
    guard let leading = diagnosis.leading else { return }
    let isSmall = isSmall
    let rivals = diagnosis.hypotheses.filter { $0.article != leading.article }
    page.details("Reasons, with their weights", isOpen: isSmall) { page in
      if isSmall {
        page.add("<figure>")
        page.add(HTMLReport.bars(diagnosis).svg(id: id + "-w"))
        page.add("<figcaption>")
        page.text(
          "Filled to the right: what speaks for a cause; hollow to the left: what speaks against "
            + "it; dashed: what the evidence could not show, which weighs nothing. Ten decibels (dB) "
            + "are a factor of ten.")
        page.add("</figcaption></figure>\n")
      }
      let title =
        diagnosis.verdict == nil
        ? "For and against \(leading.article), the nearest cause; it has not earned a verdict"
        : "For and against \(leading.article)"
      HTMLReport.table(title, leading, on: &page)
      let unseen = diagnosis.unseenReasons
      if !unseen.isEmpty {
        page.element("p", "Could not be seen, and weighs nothing", style: "name")
        page.list(unseen)
      }
      HTMLReport.rivals(rivals, on: &page)
      let settled = Set(
        activity.evidence.findings.filter { [.noteTested, .packetOwner].contains($0.kind) }
          .map(\.summary))
      let mute = diagnosis.notDiagnostic.filter { !settled.contains($0) }
      if !mute.isEmpty {
        page.element("p", "Also seen, without weight for any cause against another", style: "name")
        page.list(mute)
      }
    }
  }

  static func bars(_ diagnosis: Diagnosis) -> WeightBars {
    WeightBars(
      title: "What speaks for and against each cause",
      rows: diagnosis.hypotheses.map { hypothesis in
        WeightBars.Row(
          label: hypothesis.article, probability: percent(hypothesis.posterior),
          supporting: strongest(hypothesis.supporting).map(\.decibans),
          opposing: strongest(hypothesis.opposing).map(\.decibans),
          unseen: hypothesis.unseen.count)
      })
  }

  private static func table(_ title: String, _ hypothesis: Hypothesis, on page: inout HTMLPage) {
    let reasons = strongest(hypothesis.supporting) + strongest(hypothesis.opposing)
    guard !reasons.isEmpty else {
      page.element("p", "\(title): nothing in the evidence speaks either way.")
      return
    }
    page.tableHead(title, ["Weight", "Reason"], style: "weights")
    for reason in reasons {
      page.add("<tr><th scope=\"row\">")
      page.text(weight(reason.decibans))
      bar(reason.decibans, on: &page)
      page.add("</th><td>")
      page.text(reason.because)
      page.add("</td></tr>\n")
    }
    page.add("</tbody></table>\n")
  }

  /// A bar beside the number that says the same: ten decibans fill it.
  private static func bar(_ decibans: Double, on page: inout HTMLPage) {
    guard decibans.isFinite, decibans != 0 else { return }
    let width = min(100, Int((decibans.magnitude * 10).rounded()))
    page.add(
      "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
        + "<rect class=\"\(decibans > 0 ? "p" : "q")\" width=\"\(max(1, width))\" height=\"8\"/></svg>"
    )
  }

  private static func rivals(_ rivals: [Hypothesis], on page: inout HTMLPage) {
    guard !rivals.isEmpty else { return }
    page.tableHead("Other causes that were weighed", ["Probability", "Cause"], style: "weights")
    for rival in rivals {
      page.add("<tr><th scope=\"row\">")
      page.text(percent(rival.posterior))
      page.add("</th><td>")
      let isNamed = rival.title.isEmpty || rival.name == rival.title
      page.text(isNamed ? rival.name : "\(rival.title) (\(rival.article))")
      if let against = strongest(rival.opposing).first {
        page.add("<br><span class=\"small\">")
        page.text("\(weight(against.decibans)): \(against.because)")
        page.add("</span>")
      }
      page.add("</td></tr>\n")
    }
    page.add("</tbody></table>\n")
  }
}

extension HTMLReport {
  /// The user's notes, whose packets they are, and which part of the host may send.
  mutating func told(_ activity: Activity, _ notes: [Finding]) {
    let isSmall = isSmall
    if !notes.isEmpty {
      page.details("Your notes, tested", isOpen: isSmall) { page in
        page.add("<ul>\n")
        for note in notes {
          page.add("<li>")
          page.text(note.summary)
          let moved = activity.diagnosis.moved(by: note)
          if !moved.isEmpty { page.list(moved) }
          page.add("</li>\n")
        }
        page.add("</ul>\n")
      }
    }
    if !activity.owners.isEmpty {
      page.details("Whose packets they are", isOpen: isSmall) { page in
        page.list(
          activity.owners.map { owner in
            let place = owner.line.map { "\(owner.path), line \($0)" } ?? owner.path
            let status =
              owner.because.hasPrefix(owner.status) ? "" : "\(ownerWords(owner.status)): "
            return "\(owner.flow), by \(owner.instrument) (\(place)): \(status)\(owner.because)"
          })
      }
    }
    guard !activity.senders.isEmpty else {
      commands(activity.diagnosis.next)
      return
    }
    page.details("Which part of the host may send them", isOpen: isSmall) { page in
      page.add("<ul>\n")
      for sender in activity.senders {
        page.add("<li>")
        page.text("\(sender.article): \(sender.sentence)")
        page.list(sender.open.map { "open: \($0)" })
        HTMLReport.commands(sender.next, on: &page)
        page.add("</li>\n")
      }
      page.add("</ul>\n")
    }
    commands(activity.diagnosis.next)
  }

  /// Commands of the verdict.
  mutating func commands(_ commands: [NextCommand]) {
    guard !commands.isEmpty else { return }
    page.details("Commands that show more", isOpen: isSmall) {
      HTMLReport.commands(commands, on: &$0)
    }
  }

  private static func commands(_ commands: [NextCommand], on page: inout HTMLPage) {
    for command in commands {
      page.add("<p>")
      page.text(command.system == .windows ? "On Windows: " : "On Linux: ")
      page.text(command.shows)
      page.add("</p>\n")
      page.element("pre", command.run)
    }
  }

  /// What was found, and the records that show it.
  mutating func findings(_ activity: Activity) {
    let findings = activity.evidence.findings.filter { $0.kind != .noteTested }
    guard !findings.isEmpty else { return }
    let analysis = analysis
    page.details("Findings and the records behind them", isOpen: isSmall && findings.count <= 4) {
      HTMLReport.findings(findings, on: &$0)
      HTMLReport.quote(findings, of: analysis, on: &$0)
    }
  }

  static func findings(_ findings: [Finding], on page: inout HTMLPage) {
    page.tableHead("Findings and the records behind them", ["Finding", "Records"])
    for finding in findings {
      page.add("<tr><td>")
      page.text(finding.summary)
      page.add("</td><td class=\"small\">")
      for (index, line) in places(finding).enumerated() {
        if index > 0 { page.add("<br>") }
        page.text(line)
      }
      page.add("</td></tr>\n")
    }
    page.add("</tbody></table>\n")
  }

  /// Where a finding's records are, a line for each piece of evidence: `wan.pcap: 12 (at byte 3,100)`.
  private static func places(_ finding: Finding) -> [String] {
    var paths: [String] = []
    var records: [String: [String]] = [:]
    for reference in finding.evidence {
      if records[reference.path] == nil { paths.append(reference.path) }
      records[reference.path, default: []].append(
        "\(reference.record) (at byte \(reference.offset))")
    }
    return paths.map { path in
      let list = records[path] ?? []
      let more = paths.count == 1 && finding.count > list.count
      let shown =
        more && list.count > 1
        ? list.dropLast().joined(separator: ", ") + " ... " + (list.last ?? "")
        : list.joined(separator: ", ")
      return "\(path): \(list.count == 1 ? "record" : "records") \(shown)"
    }
  }
}

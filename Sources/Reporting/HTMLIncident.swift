import Analysis
import Detection
import Diagnosis
import Knowledge
import Observations

extension HTMLReport {
  /// Every incident with its activities, as far as there is room.
  ///
  /// - Parameter room: the bytes that they may take; when three quarters are gone, activities are told
  ///   in brief.
  /// - Returns: how many incidents there was room for.
  mutating func incidents(room: Int) -> Int {
    guard !analysis.incidents.isEmpty else { return 0 }
    page.add("<section aria-label=\"Incidents one by one\">\n")
    var shown = 0
    while shown < analysis.incidents.count, page.bytes.count < room {
      incident(
        analysis.incidents[shown], shown + 1, isBrief: page.bytes.count > room / 4 * 3)
      shown += 1
    }
    let rest = analysis.incidents.count - shown
    if rest > 0 {
      page.element(
        "p",
        "\(counted(UInt64(rest), "more incident stands", "more incidents stand")) in the index above "
          + "and in the JSON report: this page has no room for more.")
    }
    page.add("</section>\n")
    return shown
  }

  private mutating func incident(_ incident: Incident, _ number: Int, isBrief: Bool) {
    page.add(
      "<article id=\"i\(number)\" aria-labelledby=\"i\(number)-h\">\n<h3 id=\"i\(number)-h\">")
    severity(incident.severity)
    page.text(" \(incident.subject.kind) \(incident.subject.value)")
    page.add("</h3>\n")
    let own = incident.names.first { $0.address.description == incident.subject.value }
    let called = own.map { ", called \($0.name) by \($0.how.words)" } ?? ""
    page.element(
      "p",
      "Incident \(number) of \(analysis.incidents.count), \(briefSpan(incident.first, incident.last))"
        + "\(called), id \(incident.id)", style: "meta")
    for (index, activity) in incident.activities.enumerated() {
      let (id, total) = ("i\(number)-\(index + 1)", incident.activities.count)
      self.activity(activity, id, index + 1, of: total, isBrief: isBrief)
    }
    page.add("</article>\n")
  }

  private mutating func activity(
    _ activity: Activity, _ id: String, _ number: Int, of total: Int, isBrief: Bool
  ) {
    let diagnosis = activity.diagnosis
    page.add("<section class=\"activity\" id=\"\(id)\" aria-labelledby=\"\(id)-h\">\n")
    page.add("<h4 id=\"\(id)-h\">")
    page.text(total > 1 ? "Activity \(number) of \(total): \(activity.label)" : activity.label)
    page.add("</h4>\n")
    page.element("p", diagnosis.sentence, style: "answer")
    verdict(diagnosis)
    three(activity)
    facts(activity)
    if isBrief {
      page.element(
        "p", "The reasons, drawings and records of this activity stand in the JSON report.",
        style: "small")
    } else {
      let notes = activity.evidence.findings.filter { $0.kind == .noteTested }
      if isSmall { HTMLReport.drawings(activity, id, notes, on: &page) }
      reasons(activity, id)
      why(activity)
      if !isSmall {
        page.details("Drawings", isOpen: false) {
          HTMLReport.drawings(activity, id, notes, on: &$0)
        }
      }
      told(activity, notes)
      findings(activity)
    }
    page.add("</section>\n")
  }

  /// The verdict, with the way to what is known of it.
  mutating func verdict(_ diagnosis: Diagnosis) {
    page.add("<p>")
    guard let verdict = diagnosis.verdict else {
      page.add("<strong>Unexplained.</strong> ")
      page.text("No article of the knowledge base earns a verdict on this evidence.")
      page.add("</p>\n")
      return
    }
    page.add("<strong>")
    page.text(cause(diagnosis))
    page.add("</strong> (")
    if titles[verdict] != nil {
      page.add("<a href=\"#a-\(htmlName(verdict))\">")
      page.text(verdict)
      page.add("</a>")
    } else {
      page.text(verdict)
    }
    page.text(
      "): probability \(percent(diagnosis.posterior)), \(oneDecimal(diagnosis.lead)) dB ahead of the "
        + "next cause.")
    page.add("</p>\n")
  }

  /// What shows it, what is open, what to do: what a reader in a hurry reads.
  mutating func three(_ activity: Activity) {
    let diagnosis = activity.diagnosis
    page.add("<div class=\"three\">\n<div>")
    let supporting = diagnosis.leading.map { strongest($0.supporting) } ?? []
    if diagnosis.verdict != nil {
      page.element("p", "What shows it", style: "name")
      page.list(supporting.prefix(3).map { "\($0.because) (\(weight($0.decibans)))" })
    } else {
      page.element("p", "What is known", style: "name")
      let known = activity.evidence.findings.filter {
        ![.traffic, .noteTested, .packetOwner, .hostsBehind].contains($0.kind)
      }
      page.list(known.prefix(4).map(\.summary))
      if known.isEmpty { page.element("p", "Nothing beside the traffic itself.") }
    }
    page.add("</div>\n<div>")
    page.element("p", "What is open", style: "name")
    let open = diagnosis.open + unseenInBrief(diagnosis)
    page.list(open)
    if open.isEmpty { page.element("p", "Nothing that the evidence could have shown.") }
    page.add("</div>\n<div>")
    page.element("p", "What to do next", style: "name")
    advice(diagnosis)
    page.add("</div></div>\n")
  }

  private func unseenInBrief(_ diagnosis: Diagnosis) -> [String] {
    let all = Set(diagnosis.hypotheses.flatMap { $0.unseen.map(\.because) })
    var told: [String] = []
    for unseen in diagnosis.leading?.unseen ?? [] where told.count < 2 {
      if !told.contains(unseen.because) { told.append(unseen.because) }
    }
    guard !told.isEmpty else { return [] }
    let rest = all.count - told.count
    return [
      "Not seen, and so not weighed: \(told.joined(separator: "; "))"
        + (rest > 0 ? "; and \(rest) more among the reasons below" : "")
    ]
  }

  private mutating func advice(_ diagnosis: Diagnosis) {
    if !diagnosis.settledBy.isEmpty {
      page.element("p", "To settle what is open, cheapest first:")
      page.list(Array(diagnosis.settledBy.prefix(4)), ordered: true)
    }
    if !diagnosis.cure.isEmpty {
      page.element("p", "What helps:")
      if isSmall {
        page.list(diagnosis.cure)
      } else if let verdict = diagnosis.verdict, titles[verdict] != nil {
        page.add("<p><a href=\"#a-\(htmlName(verdict))\">see what is known of this cause</a></p>\n")
      }
    }
    if !diagnosis.keep.isEmpty {
      page.element("p", "Keep:")
      page.list(diagnosis.keep)
    }
    if diagnosis.settledBy.isEmpty, diagnosis.cure.isEmpty, diagnosis.keep.isEmpty {
      page.element("p", "Nothing in particular.")
    }
  }

  private mutating func facts(_ activity: Activity) {
    let evidence = activity.evidence
    page.add("<dl class=\"facts\">\n")
    fact("Traffic", describe(evidence.traffic))
    fact("When", briefSpan(evidence.first, evidence.last))
    fact("Seen in", evidence.paths.joined(separator: ", "))
    let origin = TargetOrigin(evidence)
    if origin.origin != "undetermined" { fact("Targets", origin.because) }
    let named = evidence.names.filter { $0.address.description != evidence.subject.value }
    if !named.isEmpty {
      fact(
        "Names",
        named.prefix(5).map { "\($0.address) (\($0.name) by \($0.how.words))" }
          .joined(separator: ", ") + (named.count > 5 ? " ..." : ""))
    }
    for remark in evidence.remarks { fact("Remark", remark) }
    for file in analysis.evidence where file.dropped > 0 && evidence.paths.contains(file.path) {
      fact(
        "Lost",
        "\(counted(file.dropped, "packet", "packets")) while \(file.path) was taken: what seems not "
          + "to have happened may be among them")
    }
    page.add("</dl>\n")
  }

  private mutating func fact(_ name: String, _ value: String) {
    guard !value.isEmpty else { return }
    page.element("dt", name)
    page.element("dd", value)
  }
}

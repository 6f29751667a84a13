import Analysis
import Detection
import Diagnosis
import Observations

extension Severity {
  /// How its heading stands out.
  fileprivate var emphasis: TextPage.Emphasis {
    switch self {
    case .info: .calm
    case .low: .strong
    case .medium: .warning
    case .high: .alarm
    }
  }
}

extension TextPage {
  /// Weights (`+10.0 dB`) and posteriors are set in a column of this width.
  private static let weightColumn = 10

  /// An incident: its subject, then each of its activities, with what the evidence could not show.
  mutating func incident(
    _ incident: Incident, number: Int, of total: Int, in evidence: [Analysis.Evidence]
  ) {
    blank()
    rule()
    paragraph(
      "INCIDENT \(number) of \(total), severity \(incident.severity.rawValue.uppercased()): "
        + "\(incident.subject.kind) \(incident.subject.value)\(called(incident))", hang: 2,
      emphasis: incident.severity.emphasis)
    paragraph("\(span(incident.first, incident.last)), id \(incident.id)", hang: 2)
    for (index, activity) in incident.activities.enumerated() {
      self.activity(
        activity, number: index + 1, of: incident.activities.count, lost: lost(activity, evidence))
    }
  }

  /// What the incident's subject is called; nothing where no packet told of it.
  private func called(_ incident: Incident) -> String {
    let names = incident.names.filter { $0.address.description == incident.subject.value }
    return names.first.map { " (\($0.name) by \($0.how.words))" } ?? ""
  }

  private mutating func activity(
    _ activity: Activity, number: Int, of total: Int, lost: [String]
  ) {
    let diagnosis = activity.diagnosis
    blank()
    if total > 1 {
      paragraph(
        "Activity \(number) of \(total), severity \(activity.severity.rawValue): \(activity.label)",
        hang: 2, emphasis: .strong)
    } else {
      paragraph(activity.label, hang: 2, emphasis: .strong)
    }
    paragraph(diagnosis.sentence, indent: 2)
    blank()
    verdict(diagnosis)
    field("traffic", describe(activity.evidence.traffic), indent: 2, width: 9)
    field(
      "when", span(activity.evidence.first, activity.evidence.last), indent: 2, width: 9)
    if !activity.evidence.paths.isEmpty {
      field("seen in", activity.evidence.paths.joined(separator: ", "), indent: 2, width: 9)
    }
    let named = activity.evidence.names.filter {
      $0.address.description != activity.evidence.subject.value
    }
    if !named.isEmpty {
      let list = named.prefix(5).map { "\($0.address) (\($0.name) by \($0.how.words))" }
      field(
        "targets", list.joined(separator: ", ") + (named.count > 5 ? " ..." : ""), indent: 2,
        width: 9)
    }
    for remark in activity.evidence.remarks { field("", remark, indent: 2, width: 9) }
    weighed(activity)
    why(activity)
    owners(activity)
    senders(activity)
    notes(activity)
    list("COULD NOT BE SEEN", diagnosis.unseenReasons + lost)
    numbered("NEXT: what would settle it, cheapest first", diagnosis.settledBy)
    commands(diagnosis.next, indent: 4)
    list("OPEN", diagnosis.open)
    list("KEEP", diagnosis.keep)
    rivals(diagnosis)
    // What has a part of the report of its own is not told twice.
    let notes = Set(
      activity.evidence.findings.filter { [.noteTested, .packetOwner].contains($0.kind) }
        .map(\.summary))
    list(
      "ALSO SEEN, without weight for any cause against another",
      diagnosis.notDiagnostic.filter { !notes.contains($0) })
  }

  private mutating func owners(_ activity: Activity) {
    guard !activity.owners.isEmpty else { return }
    blank()
    let isFiltered = activity.owners.contains { $0.grade == "stated" }
    paragraph(
      "WHOSE PACKETS, by \(isFiltered ? "packet filters and " : "")the tables of sockets",
      indent: 2, emphasis: .strong)
    var told: Set<String> = []
    for owner in activity.owners {
      let place = owner.line.map { "\(owner.path), line \($0)" } ?? owner.path
      let by = "\(owner.flow), by \(owner.instrument) (\(place)): "
      // Two tools mostly say one thing: it is told once.
      let statement =
        owner.flow + owner.status + owner.because.replacing(owner.instrument, with: "")
      guard told.insert(statement).inserted else {
        item("-", by + "\(ownerWords(owner.status)), for the same reason", indent: 4)
        continue
      }
      let status = owner.because.hasPrefix(owner.status) ? "" : "\(ownerWords(owner.status)): "
      item("-", by + status + owner.because, indent: 4)
    }
  }

  mutating func verdict(_ diagnosis: Diagnosis) {
    field("verdict", diagnosis.verdictWords, indent: 2, width: 9)
  }

  /// For and against the verdict, or without one the best article, and the records behind each.
  mutating func weighed(_ activity: Activity) {
    let diagnosis = activity.diagnosis
    guard let candidate = diagnosis.leading else { return }
    let name =
      diagnosis.verdict == nil
      ? "\(candidate.article) (the nearest article; it has not earned a verdict)"
      : candidate.article
    var shown: Set<FindingKind> = []
    weights("FOR \(name)", candidate.supporting, of: activity, shown: &shown)
    weights("AGAINST \(candidate.article)", candidate.opposing, of: activity, shown: &shown)
  }

  private mutating func weights(
    _ title: String, _ indicators: [WeighedIndicator], of activity: Activity,
    shown: inout Set<FindingKind>
  ) {
    blank()
    paragraph(title, indent: 2, hang: 2, emphasis: .strong)
    if indicators.isEmpty { paragraph("nothing", indent: 4) }
    let strongestFirst = indicators.sorted {
      ($1.decibans.magnitude, $0.indicator) < ($0.decibans.magnitude, $1.indicator)
    }
    for indicator in strongestFirst {
      item(
        weight(indicator.decibans).padded(to: 8), indicator.because, indent: 4,
        markerWidth: TextPage.weightColumn)
      guard let finding = activity.evidence.finding(indicator.finding),
        shown.insert(indicator.finding).inserted
      else { continue }
      for line in references(finding) {
        paragraph(line, indent: 4 + TextPage.weightColumn, hang: 2, emphasis: .faint)
      }
    }
  }

  /// Where a finding's records are: a line for each piece of evidence.
  func references(_ finding: Finding) -> [String] {
    var paths: [String] = []
    var records: [String: [UInt64]] = [:]
    for reference in finding.evidence {
      if records[reference.path] == nil { paths.append(reference.path) }
      records[reference.path, default: []].append(reference.record)
    }
    let total = paths.count == 1 ? finding.count : 0
    return paths.map { path in
      let list = recordList(records[path] ?? [], total: total)
      return "see \(path), \(list)"
    }
  }

  mutating func list(_ title: String, _ items: [String]) {
    guard !items.isEmpty else { return }
    blank()
    paragraph(title, indent: 2, emphasis: .strong)
    for text in items { item("-", text, indent: 4) }
  }

  mutating func numbered(_ title: String, _ items: [String]) {
    guard !items.isEmpty else { return }
    blank()
    paragraph(title, indent: 2, emphasis: .strong)
    for (index, text) in items.enumerated() { item("\(index + 1).", text, indent: 4) }
  }

  /// What captures say themselves that they lost while this was seen.
  private func lost(_ activity: Activity, _ evidence: [Analysis.Evidence]) -> [String] {
    evidence.filter { $0.dropped > 0 && activity.evidence.paths.contains($0.path) }.map {
      "\(counted($0.dropped, "packet", "packets")) that \($0.path) lost while it was taken: what "
        + "seems not to have happened may be among them"
    }
  }

  mutating func rivals(_ diagnosis: Diagnosis) {
    let rivals = diagnosis.hypotheses.filter { $0.article != diagnosis.verdict }
    guard !rivals.isEmpty else { return }
    blank()
    paragraph(
      diagnosis.verdict == nil ? "CANDIDATES" : "RIVALS", indent: 2, emphasis: .strong)
    for rival in rivals {
      item(percent(rival.posterior).padded(to: 11), rival.name, indent: 4, markerWidth: 13)
      // The one reason that a reader of a short list asks for: what speaks most against it.
      guard let against = rival.opposing.first, diagnosis.verdict != nil else { continue }
      paragraph(
        "\(weight(against.decibans)): \(against.because)", indent: 17, hang: 2, emphasis: .faint)
    }
  }
}

extension String {
  /// The text with blanks before it, so that a column of figures ends at one edge.
  fileprivate func padded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}

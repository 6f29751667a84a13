public import Analysis
import Detection
import Diagnosis
import HostEvidence
import Observations

/// An analysis as text for people, the answer first.
///
/// After a head that says what was read come the incidents, most severe first; for each activity one
/// sentence, then what speaks for it and against it with weights, what could not be seen, what to do
/// next, what stays open and what to keep; at the end what was not raised, and what was wrong with the
/// evidence. Nothing in it can drive a terminal, wherever it came from.
public func renderText(_ analysis: Analysis, style: TextStyle) -> String {
  var page = TextPage(style: style)
  page.head(analysis)
  page.incidents(analysis, unexplainedInFull: style.unexplainedInFull)
  page.networkFindings(analysis.networkFindings)
  page.hostFindings(analysis.hostFindings)
  page.files(analysis.files)
  page.quiet(analysis.quiet)
  page.problems(analysis.evidence)
  return page.text
}

extension TextPage {
  /// What was read is listed a line each up to this many files.
  private static let filesListed = 12

  fileprivate mutating func head(_ analysis: Analysis) {
    paragraph(headline(analysis), hang: 2, emphasis: .strong)
    let differing = analysis.files.filter { $0.verdict.name == "differs" }
    if let first = differing.first {
      paragraph(
        differing.count == 1
          ? "1 FILE DIFFERS from what is said of it: \(first.name); see FILES."
          : "\(differing.count) FILES DIFFER from what is said of them; see FILES.", hang: 2,
        emphasis: .alarm)
    }
    for answer in analysis.inShort { item("-", answer, indent: 2) }
    if analysis.incidents.isEmpty {
      let observed = analysis.evidence.contains { $0.observations > 0 }
      let ofHosts = !analysis.hostFindings.isEmpty || !analysis.files.isEmpty
      paragraph(
        observed
          ? "This speaks only for what the evidence below could show."
          : "Nothing could have been: no file held an observation."
            + (ofHosts ? " What the evidence says of hosts and files stands below." : ""))
    }
    let leftOut = analysis.evidence.reduce(UInt64(0)) {
      $0.addingReportingOverflow($1.leftOut ?? 0).partialValue
    }
    if leftOut > 0 {
      paragraph(
        "ONLY A PART WAS LOOKED AT: \(counted(leftOut, "record", "records")) left out by --match. "
          + "Nothing here speaks of those.", hang: 2, emphasis: .alarm)
    }
    blank()
    let read = analysis.evidence.filter { $0.records > 0 }
    let records = read.reduce(UInt64(0)) { $0.addingReportingOverflow($1.records).partialValue }
    let first = read.compactMap(\.first).min()
    let last = read.compactMap(\.last).max()
    paragraph(
      "READ \(counted(UInt64(read.count), "file", "files")), "
        + "\(counted(records, "record", "records")), \(span(first, last))", hang: 2,
      emphasis: .strong)
    for evidence in analysis.evidence.prefix(TextPage.filesListed) {
      paragraph(describe(evidence), indent: 2, hang: 2)
      if !evidence.vantage.isEmpty { paragraph(evidence.vantage, indent: 4) }
      for words in evidence.facts.tunnelWords(of: evidence.records) {
        paragraph(words, indent: 4)
      }
      if let mixture = evidence.mixture { paragraph(mixture, indent: 4) }
    }
    if analysis.evidence.count > TextPage.filesListed {
      paragraph("and \(analysis.evidence.count - TextPage.filesListed) more files", indent: 2)
    }
    for assumption in analysis.assumptions {
      paragraph(
        "ASSUMED \(assumption.what) \(assumption.value): \(assumption.because)", hang: 2)
    }
  }

  private func headline(_ analysis: Analysis) -> String {
    let activities = analysis.incidents.flatMap(\.activities)
    guard !analysis.incidents.isEmpty else { return "NOTHING WAS RAISED." }
    let unexplained = activities.count { $0.diagnosis.verdict == nil }
    let incidents = counted(UInt64(analysis.incidents.count), "INCIDENT", "INCIDENTS")
    let acts = counted(UInt64(activities.count), "activity", "activities")
    return "\(incidents), \(acts): \(activities.count - unexplained) explained, "
      + "\(unexplained) unexplained."
  }

  fileprivate mutating func networkFindings(_ findings: [Finding]) {
    guard !findings.isEmpty else { return }
    section("ABOUT THE NETWORK AS A WHOLE")
    for finding in findings {
      item("-", finding.summary, indent: 2)
      for line in references(finding) { paragraph(line, indent: 4, hang: 2, emphasis: .faint) }
    }
  }

  fileprivate mutating func quiet(_ entries: [Quiet]) {
    let entries = entries.filter { $0.count > 0 }
    guard !entries.isEmpty else { return }
    section("LOOKED AT AND NOT RAISED")
    for entry in entries {
      let sources = counted(UInt64(max(0, entry.count)), "source", "sources")
      var text = "\(sources): \(entry.reason.meaning)"
      let shown = entry.examples.prefix(3)
      if !shown.isEmpty {
        text += " (\(shown.joined(separator: ", "))\(entry.count > shown.count ? " ..." : ""))"
      }
      item("-", text, indent: 2)
    }
  }

  fileprivate mutating func problems(_ evidence: [Analysis.Evidence]) {
    let troubled = evidence.filter { !$0.problems.isEmpty }
    guard !troubled.isEmpty else { return }
    section("WHAT WAS WRONG WITH THE EVIDENCE")
    for file in troubled {
      paragraph(file.path, indent: 2)
      for problem in file.problems {
        let places = problem.first.map(\.record)
        let total = Int(clamping: problem.count)
        var text = "\(problem.kind), \(counted(problem.count, "time", "times"))"
        if !places.isEmpty {
          let more = total > places.count ? ", ..." : ""
          text += " (record \(places.map(String.init).joined(separator: ", "))\(more))"
        }
        if !problem.meaning.isEmpty { text += ": \(problem.meaning)" }
        item("-", text, indent: 4)
      }
    }
  }

  mutating func section(_ title: String) {
    blank()
    rule()
    paragraph(title, emphasis: .strong)
  }
}

extension Quiet.Reason {
  /// Why it was not raised, in a few words.
  var meaning: String {
    switch self {
    case .belowThreshold: "too few targets, ports or packets to say anything"
    case .letThrough:
      "many targets, but let through or not said to be refused: whether they answered is not in a log"
    case .ordinary: "ordinary use: the targets answered, or the DNS had named them"
    case .replies: "replies to what others had asked"
    case .icmpErrors: "ICMP errors, which speak about the packet they quote"
    case .orphans: "leftovers of finished TCP connections"
    case .multicast: "multicast and broadcast housekeeping"
    case .addressResolution: "ARP"
    }
  }
}

/// One file in one line: what it is, how much, and when.
func describe(_ evidence: Analysis.Evidence) -> String {
  let kind = evidence.kind.replacingHyphens
  let format = evidence.formatWords.isEmpty ? "" : " (\(evidence.formatWords))"
  var text = "\(evidence.path): \(kind)\(format)"
  switch evidence.kind {
  case "truth": return text + ", listed and never read"
  case "collection", "empty": return text
  default: break
  }
  text += ", " + counted(evidence.records, "record", "records")
  if evidence.observations != evidence.records {
    text += ", " + counted(evidence.observations, "observation", "observations")
  }
  if evidence.first != nil { text += ", " + span(evidence.first, evidence.last) }
  if let leftOut = evidence.leftOut {
    text += ", \(counted(leftOut, "record", "records")) left out by --match"
  }
  if evidence.dropped > 0 {
    text += ", \(counted(evidence.dropped, "packet", "packets")) dropped while it was taken"
  }
  if evidence.copies.total > 0 { text += ", " + describe(evidence.copies) }
  if evidence.comments > 0 {
    text += ", \(counted(evidence.comments, "comment", "comments")) on packets"
  }
  return text
}

/// What is there twice, and why such things are.
private func describe(_ copies: CopyTally) -> String {
  let kinds = [
    (copies.same, "a mirror port or several interfaces give each packet again"),
    (copies.routed, "seen on both sides of a router"),
    (copies.offloaded, "cut up or put together by the network card"),
  ]
  let why = kinds.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: "; ")
  return
    "\(counted(copies.total, "packet is", "packets are")) there twice and counted once (\(why))"
}

extension String {
  /// Names of kinds as people write them: `firewall-log` is `firewall log`.
  fileprivate var replacingHyphens: String { String(map { $0 == "-" ? " " : $0 }) }
}

/// What was read, file by file, without judgement: the report of `identify`.
public func renderEvidence(_ evidence: [Analysis.Evidence], style: TextStyle) -> String {
  var page = TextPage(style: style)
  for file in evidence {
    page.paragraph(describe(file), hang: 2)
    page.paragraph(counted(file.bytes, "byte", "bytes"), indent: 2)
    if let digest = file.sha256 { page.paragraph("SHA-256 \(digest)", indent: 2) }
    if !file.vantage.isEmpty { page.paragraph(file.vantage, indent: 2) }
    if !file.links.isEmpty { page.paragraph(file.linkWords, indent: 2, hang: 2) }
    for words in file.facts.tunnelWords(of: file.records) { page.paragraph(words, indent: 2) }
    page.lines(of: file)
  }
  page.problems(evidence)
  return page.text
}

import Detection
import Diagnosis
import Observations

extension TextPage {
  /// What became of the activity at each note of the user's, and which causes that moves.
  mutating func notes(_ activity: Activity) {
    let findings = activity.evidence.findings.filter { $0.kind == .noteTested }
    guard !findings.isEmpty else { return }
    blank()
    paragraph("YOUR NOTES", indent: 2, emphasis: .strong)
    for finding in findings {
      item("-", finding.summary, indent: 4)
      for line in moved(by: finding, activity.diagnosis) {
        paragraph(line, indent: 8, hang: 2)
      }
    }
  }

  /// The causes that a note moves: an indicator of notes quotes the words it rests on.
  private func moved(by note: Finding, _ diagnosis: Diagnosis) -> [String] {
    guard case .text(let words)? = note.values["text"] else { return [] }
    return diagnosis.hypotheses.flatMap { hypothesis in
      (hypothesis.supporting + hypothesis.opposing).filter {
        $0.finding == .noteTested && $0.because.hasPrefix("\"\(words)\"")
      }.map { indicator in
        let reason = indicator.because.dropFirst(words.count + 2).drop { $0 == ":" || $0 == " " }
        return "\(weight(indicator.decibans)) for \(hypothesis.article): \(reason)"
      }
    }
  }
}

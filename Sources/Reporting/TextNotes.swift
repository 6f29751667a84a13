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
      for line in activity.diagnosis.moved(by: finding) {
        paragraph(line, indent: 8, hang: 2)
      }
    }
  }
}

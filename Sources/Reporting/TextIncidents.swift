import Analysis
import Diagnosis
import Knowledge
import Observations

extension Incident {
  /// Whether nothing is said of it but that nobody knows.
  fileprivate var isUnexplained: Bool {
    severity <= .low && activities.allSatisfy { $0.diagnosis.verdict == nil }
  }

  /// Itself in a line: who, what, and the nearest cause.
  fileprivate var brief: String {
    let words = activities.map { activity in
      let nearest = activity.diagnosis.hypotheses.first { $0.article != "unexplained" }
      let share = nearest.map {
        "; nearest \($0.article), \(Wording.text(.number($0.posterior), named: "share"))"
      }
      return activity.label + (share ?? "")
    }
    return "\(subject.value): \(words.joined(separator: " / ")); id \(id)"
  }
}

extension TextPage {
  /// All incidents; of those that nobody can explain, only so many in full: what a reader has to do about them
  /// is the same.
  mutating func incidents(_ analysis: Analysis, unexplainedInFull most: Int) {
    var (told, brief) = (0, [(number: Int, incident: Incident)]())
    for (index, incident) in analysis.incidents.enumerated() {
      if incident.isUnexplained {
        told += 1
        if told > most {
          brief.append((index + 1, incident))
          continue
        }
      }
      self.incident(
        incident, number: index + 1, of: analysis.incidents.count, in: analysis.evidence)
    }
    guard !brief.isEmpty else { return }
    blank()
    rule()
    paragraph(
      "\(counted(UInt64(brief.count), "MORE INCIDENT", "MORE INCIDENTS")) UNEXPLAINED, severity low "
        + "at most, a line each. --full tells them as those above.", hang: 2, emphasis: .strong)
    for (number, incident) in brief { item("\(number).", incident.brief, indent: 2) }
  }
}

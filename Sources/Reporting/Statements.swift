internal import Detection
internal import Diagnosis
internal import Observations

/// Statements that several forms of a report make alike.
extension Diagnosis {
  /// The hypothesis that is shown first: the verdict's, or without one the nearest article.
  var leading: Hypothesis? {
    hypotheses.first { $0.article == verdict } ?? hypotheses.first { $0.article != "unexplained" }
  }

  /// What no hypothesis could be asked about: each reason once, with the indicators it silences.
  var unseenReasons: [String] {
    var reasons: [String] = []
    var indicators: [String: [String]] = [:]
    for unseen in hypotheses.flatMap(\.unseen) {
      if indicators[unseen.because] == nil { reasons.append(unseen.because) }
      if indicators[unseen.because]?.contains(unseen.indicator) != true {
        indicators[unseen.because, default: []].append(unseen.indicator)
      }
    }
    return reasons.map { "\($0) (\((indicators[$0] ?? []).joined(separator: ", ")))" }
  }

  /// The causes that a note moves: an indicator of notes quotes the words it rests on.
  func moved(by note: Finding) -> [String] {
    guard case .text(let words)? = note.values["text"] else { return [] }
    return hypotheses.flatMap { hypothesis in
      (hypothesis.supporting + hypothesis.opposing).filter {
        $0.finding == .noteTested && $0.because.hasPrefix("\"\(words)\"")
      }.map { indicator in
        let reason = indicator.because.dropFirst(words.count + 2).drop { $0 == ":" || $0 == " " }
        return "\(weight(indicator.decibans)) for \(hypothesis.article): \(reason)"
      }
    }
  }

  /// Its probability and its lead, or that there is none.
  var verdictWords: String {
    guard let verdict else { return "unexplained: no article earns it" }
    return "\(verdict), probability \(percent(posterior)), \(oneDecimal(lead)) dB ahead of the next"
  }
}

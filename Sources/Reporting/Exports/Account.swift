import Analysis
import Detection
import Diagnosis
import Observations

extension ExportedActivity {
  /// Packets as far as counted: at least so many.
  var packetCount: Int { Int(clamping: activity.evidence.traffic.packets.low) }

  /// The verdict's probability in per cent: never 100, for nothing here is certain.
  var confidence: Int {
    let posterior = activity.diagnosis.posterior
    return posterior.isFinite ? min(max(Int(clamping: posterior * 100), 0), 99) : 0
  }

  /// The incident's id where only letters, digits and hyphens may stand. It is a digest, unless somebody
  /// wrote a report by hand.
  var incidentToken: String { token(incident.id) }

  /// The verdict, likewise.
  var verdictToken: String { token(activity.diagnosis.verdict ?? "unexplained") }

  private func token(_ text: String) -> String {
    String(
      decoding: text.utf8.prefix(64).map { byte in
        let isPlain =
          (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte == 0x2d
        return isPlain ? byte : 0x5f
      }, as: UTF8.self)
  }

  /// The whole reasoning in plain lines, inert: the answer, what speaks for and against each
  /// hypothesis with its weight, and the reservations. Addresses other than the subject's are veiled
  /// unless targets are kept.
  func account(_ options: ExportOptions) -> [String] {
    let diagnosis = activity.diagnosis
    var lines = [
      diagnosis.sentence,
      diagnosis.verdict.map {
        "Verdict: \($0), probability \(percent(diagnosis.posterior)), "
          + "\(oneDecimal(diagnosis.lead)) dB ahead of the next."
      } ?? "Verdict: none; no cause has earned one.",
    ]
    for hypothesis in diagnosis.hypotheses {
      lines.append("\(percent(hypothesis.posterior)) \(hypothesis.name)")
      for indicator in hypothesis.supporting + hypothesis.opposing {
        lines.append("  \(weight(indicator.decibans)) \(indicator.because)")
      }
      for unseen in hypothesis.unseen {
        lines.append("  not seen: \(unseen.indicator): \(unseen.because)")
      }
    }
    if !standing.obstacles.isEmpty {
      lines.append("Nobody is named for this:")
      lines += standing.obstacles.map { "  \($0.words)" }
    }
    if !standing.cautions.isEmpty {
      lines.append("To be borne in mind:")
      lines += standing.cautions.map { "  \($0)" }
    }
    return lines.map { inert(veiled($0, options)) }
  }

  /// A text without addresses other than the subject's, unless targets are kept.
  func veiled(_ text: String, _ options: ExportOptions) -> String {
    guard options.targets != .kept else { return text }
    var result = ""
    var run = ""
    func flush() {
      // A stop that ends a sentence is no part of an address.
      let stop = run.last == "." || run.last == ":" ? String(run.removeLast()) : ""
      let isOther =
        run.contains { $0 == "." || $0 == ":" } && run.count >= 3
        && Address(run).map { $0.description != activity.evidence.subject.value } ?? false
      result += (isOther ? "(address not told)" : run) + stop
      run = ""
    }
    for character in text {
      if character.isHexDigit || character == "." || character == ":" {
        run.append(character)
      } else {
        flush()
        result.append(character)
      }
    }
    flush()
    return result
  }
}

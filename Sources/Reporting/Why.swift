public import Analysis
import Detection
import Diagnosis
public import Knowledge
import Observations

extension Analysis {
  /// Works out what each diagnosis hangs on (`--why`).
  ///
  /// - Parameter knowledge: the articles that it was made with.
  public mutating func workOutWhy(using knowledge: KnowledgeBase) {
    for incident in incidents.indices {
      for number in incidents[incident].activities.indices {
        let evidence = incidents[incident].activities[number].evidence
        incidents[incident].activities[number].without = leaveOneOut(evidence, using: knowledge)
      }
    }
  }
}

extension TextPage {
  /// Pieces that change nothing in the verdict are told up to so many.
  private static let minorPiecesTold = 5
  /// What shifts the probability by less is not told.
  private static let leastShift = 0.005

  /// What the verdict hangs on; nothing where it was not asked.
  mutating func why(_ activity: Activity) {
    guard !activity.without.isEmpty else { return }
    let decisive = activity.without.filter(\.changesVerdict)
    let verdict = activity.diagnosis.verdict
    blank()
    paragraph(
      "WHY: \(verdict ?? "no verdict"), and what changes when one piece is taken away", indent: 2,
      hang: 2, emphasis: .strong)
    if decisive.isEmpty {
      paragraph(
        verdict == nil
          ? "no single piece keeps a verdict from being earned"
          : "the verdict hangs on no single piece: it stands without any one of them", indent: 4)
    }
    for piece in decisive {
      let then = piece.verdict.map { "the verdict is \($0)" } ?? "there is no verdict"
      item(
        "-", "without the \(piece.piece.name), \(then) (\(change(piece))): \(piece.because)",
        indent: 4)
    }
    let minor = activity.without.filter {
      !$0.changesVerdict && $0.loss.magnitude >= TextPage.leastShift
    }
    for piece in minor.prefix(TextPage.minorPiecesTold) {
      item("-", "without the \(piece.piece.name), \(change(piece))", indent: 4)
    }
    let rest = activity.without.count - decisive.count - min(minor.count, TextPage.minorPiecesTold)
    if rest > 0 { paragraph("\(rest) more change less", indent: 4) }
  }

  private func change(_ piece: WithoutPiece) -> String {
    let now = percent(piece.posterior + piece.loss)
    return piece.posterior == 0
      ? "\(piece.leader), now \(now), would be no candidate"
      : "\(piece.leader) would have \(percent(piece.posterior)) instead of \(now)"
  }
}

/// The same for programs; nothing where it was not asked.
func whyMembers(_ activity: Activity) -> [(key: String, value: JSONValue)] {
  guard !activity.without.isEmpty else { return [] }
  let pieces = activity.without.map { piece in
    var members: [(key: String, value: JSONValue)] = []
    switch piece.piece {
    case .finding(let kind): members.append(("finding", .string(kind.rawValue)))
    case .indicator(let article, let indicator):
      members += [("article", .string(article)), ("indicator", .string(indicator))]
    }
    return JSONValue.object(
      members + [
        ("because", .string(piece.because)), ("verdict", .text(piece.verdict)),
        ("changesVerdict", .bool(piece.changesVerdict)), ("leader", .string(piece.leader)),
        ("posterior", .number(piece.posterior)), ("loss", .number(piece.loss)),
      ])
  }
  return [("without", .array(pieces))]
}

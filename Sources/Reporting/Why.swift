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

/// What a verdict hangs on, in words.
struct WhyWords {
  /// What the rest is about.
  let heading: String
  /// That there is no single piece; nil where there are some.
  let noPiece: String?
  /// The pieces without which the verdict would be another one.
  let decisive: [String]
  /// Those that shift the probability only, the first of them.
  let minor: [String]
  /// How many more there are.
  let rest: Int

  /// Pieces that change nothing in the verdict are told up to so many.
  private static let mostMinor = 5
  /// What shifts the probability by less is not told.
  private static let leastShift = 0.005

  /// What is to be told of an activity; nil where it was not asked.
  init?(_ activity: Activity) {
    guard !activity.without.isEmpty else { return nil }
    let verdict = activity.diagnosis.verdict
    heading = "\(verdict ?? "no verdict"), and what changes when one piece is taken away"
    decisive = activity.without.filter(\.changesVerdict).map { piece in
      let then = piece.verdict.map { "the verdict is \($0)" } ?? "there is no verdict"
      return
        "without the \(piece.piece.name), \(then) (\(WhyWords.change(piece))): \(piece.because)"
    }
    noPiece =
      !decisive.isEmpty
      ? nil
      : verdict == nil
        ? "no single piece keeps a verdict from being earned"
        : "the verdict hangs on no single piece: it stands without any one of them"
    minor = activity.without.filter {
      !$0.changesVerdict && $0.loss.magnitude >= WhyWords.leastShift
    }.prefix(WhyWords.mostMinor).map {
      "without the \($0.piece.name), \(WhyWords.change($0))"
    }
    rest = activity.without.count - decisive.count - minor.count
  }

  private static func change(_ piece: WithoutPiece) -> String {
    let now = percent(piece.posterior + piece.loss)
    return piece.posterior == 0
      ? "\(piece.leader), now \(now), would be no candidate"
      : "\(piece.leader) would have \(percent(piece.posterior)) instead of \(now)"
  }
}

extension TextPage {
  /// What the verdict hangs on; nothing where it was not asked.
  mutating func why(_ activity: Activity) {
    guard let why = WhyWords(activity) else { return }
    blank()
    paragraph("WHY: \(why.heading)", indent: 2, hang: 2, emphasis: .strong)
    if let none = why.noPiece { paragraph(none, indent: 4) }
    for piece in why.decisive + why.minor { item("-", piece, indent: 4) }
    if why.rest > 0 { paragraph("\(why.rest) more change less", indent: 4) }
  }
}

extension HTMLReport {
  /// The same in the page.
  mutating func why(_ activity: Activity) {
    guard let why = WhyWords(activity) else { return }
    page.details("What the verdict hangs on", isOpen: isSmall) { page in
      page.element("p", "Why \(why.heading):")
      if let none = why.noPiece {
        page.element("p", none.prefix(1).uppercased() + none.dropFirst() + ".")
      }
      page.list(why.decisive)
      if !why.minor.isEmpty {
        page.element("p", "Less depends on", style: "name")
        page.list(why.minor)
      }
      if why.rest > 0 { page.element("p", "\(why.rest) more change less.", style: "small") }
    }
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

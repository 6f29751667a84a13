public import Detection
public import Knowledge
public import Observations

/// What an activity's diagnosis would be without one piece of what it rests on.
public struct WithoutPiece: Hashable, Sendable {
  /// What is taken away.
  public enum Piece: Hashable, Sendable {
    /// A finding, with everything that any article makes of it.
    case finding(FindingKind)
    /// One indicator of one article, as if the article had never named it.
    case indicator(article: String, indicator: String)
  }

  /// What is taken away.
  public var piece: Piece
  /// What it says, in a few words.
  public var because: String
  /// The verdict without it; nil: none would be earned.
  public var verdict: String?
  /// The hypothesis that leads with everything in place.
  public var leader: String
  /// Its probability without the piece; 0 where it would be no candidate.
  public var posterior: Double
  /// By how much that is less, or more where negative, than with everything in place.
  public var loss: Double
  /// Whether the verdict is another one, or none, or one where there was none.
  public var changesVerdict: Bool
}

/// How a diagnosis hangs on its pieces: each finding, and each indicator that spoke, is left out once.
///
/// A verdict that one piece alone carries is as good as that piece. What changes the verdict comes
/// first, then what shifts the leader's probability most.
///
/// - Parameters:
///   - evidence: the activity.
///   - knowledge: the articles.
/// - Returns: one entry for each piece.
public func leaveOneOut(
  _ evidence: ActivityEvidence, using knowledge: KnowledgeBase
) -> [WithoutPiece] {
  let full = diagnose(evidence, using: knowledge)
  guard let leader = full.hypotheses.first else { return [] }
  func entry(_ piece: WithoutPiece.Piece, _ because: String, _ less: Diagnosis) -> WithoutPiece {
    let posterior = less.hypotheses.first { $0.article == leader.article }?.posterior ?? 0
    return WithoutPiece(
      piece: piece, because: because, verdict: less.verdict, leader: leader.article,
      posterior: posterior, loss: leader.posterior - posterior,
      changesVerdict: less.verdict != full.verdict)
  }
  var entries: [WithoutPiece] = []
  var told: Set<FindingKind> = []
  for finding in evidence.findings where told.insert(finding.kind).inserted {
    var less = evidence
    less.findings.removeAll { $0.kind == finding.kind }
    entries.append(
      entry(.finding(finding.kind), finding.summary, diagnose(less, using: knowledge)))
  }
  for hypothesis in full.hypotheses where hypothesis.posterior >= Diagnosis.rivalFloor {
    for item in hypothesis.supporting + hypothesis.opposing {
      let less = knowledge.without(item.indicator, of: hypothesis.article)
      entries.append(
        entry(
          .indicator(article: hypothesis.article, indicator: item.indicator), item.because,
          diagnose(evidence, using: less)))
    }
  }
  return entries.sorted {
    ($0.changesVerdict ? 0 : 1, -$0.loss.magnitude, $0.piece.name)
      < ($1.changesVerdict ? 0 : 1, -$1.loss.magnitude, $1.piece.name)
  }
}

extension WithoutPiece.Piece {
  /// Its name: `finding solicited-probes`, `indicator targets-were-visitors of reverse-name-lookup`.
  public var name: String {
    switch self {
    case .finding(let kind): "finding \(kind.rawValue)"
    case .indicator(let article, let indicator): "indicator \(indicator) of \(article)"
    }
  }
}

extension KnowledgeBase {
  /// The articles, one of them without one of its indicators.
  fileprivate func without(_ indicator: String, of article: String) -> KnowledgeBase {
    KnowledgeBase(
      articles: articles.map { other in
        guard other.id == article else { return other }
        var less = other
        less.indicators.removeAll { $0.id == indicator }
        return less
      }, version: version)
  }
}

public import Detection
public import Observations

/// A comparison of one value of a finding.
public enum Comparison: Hashable, Sendable {
  /// `==`, `!=`, `<`, `<=`, `>` or `>=` with a number.
  case number(Relation, Double)
  /// Equal to one of these words.
  case oneOf([String])
  /// Ending with one of these, whatever the case of letters.
  case ending([String])
  /// A flag's state.
  case flag(Bool)

  /// How two numbers are compared.
  public enum Relation: String, CaseIterable, Sendable {
    case atLeast = ">=", atMost = "<=", equal = "==", unequal = "!=", above = ">", below = "<"
  }

  /// Whether a value satisfies it; nil where the value is of another type or not a number.
  public func holds(for value: FindingValue) -> Bool? {
    switch self {
    case .number(let relation, let bound):
      guard let number = value.numeric, !number.isNaN else { return nil }
      switch relation {
      case .atLeast: return number >= bound
      case .atMost: return number <= bound
      case .equal: return number == bound
      case .unequal: return number != bound
      case .above: return number > bound
      case .below: return number < bound
      }
    case .oneOf(let words):
      guard case .text(let text) = value else { return nil }
      return words.contains(text)
    case .ending(let ends):
      guard case .text(let text) = value else { return nil }
      let folded = text.lowercased()
      return ends.contains { folded.hasSuffix($0) }
    case .flag(let wanted):
      guard case .flag(let flag) = value else { return nil }
      return flag == wanted
    }
  }
}

/// A question to the findings. It has three answers: where a finding or value is missing, the
/// answer is nil ("not known"), and `all`, `any` and `not` carry that on (Kleene's logic).
public indirect enum Condition: Hashable, Sendable {
  /// A finding's values; every comparison must hold.
  case finding(FindingKind, [String: Comparison])
  /// Whether a finding was made; never unknown.
  case present(FindingKind)
  case all([Condition])
  case any([Condition])
  case not(Condition)

  /// The answer for an activity.
  public func holds(for evidence: ActivityEvidence) -> Bool? {
    switch self {
    case .present(let kind): return evidence.finding(kind) != nil
    case .not(let inner): return inner.holds(for: evidence).map { !$0 }
    case .all(let parts): return Condition.conjunction(parts.map { $0.holds(for: evidence) })
    case .any(let parts):
      return Condition.conjunction(parts.map { $0.holds(for: evidence).map { !$0 } }).map { !$0 }
    case .finding(let kind, let comparisons):
      let answers = evidence.findings.filter { $0.kind == kind }.map {
        Condition.holds(comparisons, for: $0)
      }
      // Of several findings of a kind one is enough.
      if answers.contains(true) { return true }
      return answers.isEmpty || answers.contains(nil) ? nil : false
    }
  }

  private static func holds(_ comparisons: [String: Comparison], for finding: Finding) -> Bool? {
    conjunction(
      comparisons.map { name, comparison in
        finding.value(name).flatMap { comparison.holds(for: $0) }
      })
  }

  /// The evidence with those findings first that satisfy this condition: what a sentence about it
  /// speaks of, where there are several findings of a kind.
  public func focused(_ evidence: ActivityEvidence) -> ActivityEvidence {
    var chosen: [Int] = []
    for (kind, comparisons) in specific {
      let all = evidence.findings.indices.filter { evidence.findings[$0].kind == kind }
      guard all.count > 1,
        let one = all.first(where: {
          Condition.holds(comparisons, for: evidence.findings[$0]) == true
        })
      else { continue }
      chosen.append(one)
    }
    guard !chosen.isEmpty else { return evidence }
    var result = evidence
    result.findings =
      chosen.map { evidence.findings[$0] }
      + evidence.findings.indices.filter { !chosen.contains($0) }.map { evidence.findings[$0] }
    return result
  }

  private var specific: [(FindingKind, [String: Comparison])] {
    switch self {
    case .finding(let kind, let comparisons): [(kind, comparisons)]
    case .present: []
    case .not(let inner): inner.specific
    case .all(let parts), .any(let parts): parts.flatMap(\.specific)
    }
  }

  private static func conjunction(_ answers: [Bool?]) -> Bool? {
    if answers.contains(false) { return false }
    return answers.contains(nil) ? nil : true
  }

  /// The kinds of findings it speaks of, in order of mention.
  public var kinds: [FindingKind] {
    switch self {
    case .finding(let kind, _), .present(let kind): [kind]
    case .not(let inner): inner.kinds
    case .all(let parts), .any(let parts): parts.flatMap(\.kinds)
    }
  }

  /// Every comparison in it with the finding and value it is about.
  public var comparisons: [(kind: FindingKind, value: String, comparison: Comparison)] {
    switch self {
    case .finding(let kind, let values):
      values.sorted { $0.key < $1.key }.map { (kind, $0.key, $0.value) }
    case .present: []
    case .not(let inner): inner.comparisons
    case .all(let parts), .any(let parts): parts.flatMap(\.comparisons)
    }
  }
}

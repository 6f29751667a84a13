public import Detection
public import Observations

/// A comparison of one value of a finding.
public enum Comparison: Hashable, Sendable {
  /// `==`, `!=`, `<`, `<=`, `>` or `>=` with a number.
  case number(Relation, Double)
  /// Equal to one of these words.
  case oneOf([String])
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
      guard let finding = evidence.finding(kind) else { return nil }
      return Condition.conjunction(
        comparisons.map { name, comparison in
          finding.value(name).flatMap { comparison.holds(for: $0) }
        })
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

public import Observations

/// Which of some patterns are most alike.
public enum LikenessSearch {
  /// A pattern of the one side and the pattern of the other that is most like it.
  public struct Match: Hashable, Sendable {
    /// Place in the first list.
    public var first: Int
    /// Place in the second list.
    public var second: Int
    /// How alike they are.
    public var likeness: Likeness
  }

  /// For each pattern of the first list the one of the second that is most like it, if any can be
  /// compared.
  ///
  /// - Returns: what is alike before what is not; then what tells most (`Likeness.support`) first; then
  ///   the higher total; then by place.
  public static func matches(_ first: [Pattern], _ second: [Pattern]) -> [Match] {
    first.indices.compactMap { i -> Match? in
      var best: Match?
      for j in second.indices {
        let match = Match(first: i, second: j, likeness: Likeness(first[i], second[j]))
        guard match.likeness.total != nil else { continue }
        if let held = best, !precedes(match, held) { continue }
        best = match
      }
      return best
    }.sorted(by: precedes)
  }

  private static func precedes(_ a: Match, _ b: Match) -> Bool {
    let (x, y) = (a.likeness, b.likeness)
    if x.isAlike != y.isAlike { return x.isAlike }
    // Among what is unlike, much that differs must not come before little that agrees.
    if !x.isAlike, x.total != y.total { return (x.total ?? 0) > (y.total ?? 0) }
    if x.support != y.support { return x.support > y.support }
    if x.total != y.total { return (x.total ?? 0) > (y.total ?? 0) }
    return (a.first, a.second) < (b.first, b.second)
  }
}

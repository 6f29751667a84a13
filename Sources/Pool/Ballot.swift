/// What the networks that met a source made of it, counted: each network has one voice for each verdict that
/// it gave, however often it gave it.
struct Ballot {
  /// Verdicts to publish, the best supported first.
  let published: [String]
  /// Those that enough networks gave of what packets alone cannot forge.
  let firm: [String]
  /// Whether sensors disagree.
  let isContested: Bool

  /// A verdict needs one network in so many of those that gave any.
  static let leastShare = 3

  /// - Parameters:
  ///   - words: what each network says.
  ///   - fewest: how many networks a verdict needs.
  ///   - innocent: the ids of articles that accuse nobody.
  init(_ words: [NetworkWord], fewest: Int, innocent: Set<String>) {
    var voices: [String: Int] = [:]
    var firmVoices: [String: Int] = [:]
    var voters = 0
    for word in words {
      let articles = word.claims.keys.filter { !$0.isEmpty }
      voters += articles.isEmpty ? 0 : 1
      for article in articles {
        voices[article, default: 0] += 1
        if word.isFirm(about: article) { firmVoices[article, default: 0] += 1 }
      }
    }
    // By classes of support, since an order by exact counts would move with a single network.
    func precedes(_ a: (article: String, voices: Int), _ b: (article: String, voices: Int)) -> Bool
    {
      let support = (
        Publication.coarse(UInt64(a.voices)), Publication.coarse(UInt64(b.voices))
      )
      if support.0 != support.1 { return support.0 > support.1 }
      let accuses = (!innocent.contains(a.article), !innocent.contains(b.article))
      if accuses.0 != accuses.1 { return accuses.1 }
      return a.article < b.article
    }
    let supported = voices.filter { $0.value >= fewest }.map { (article: $0, voices: $1) }
      .sorted(by: precedes)
    published = supported.filter { $0.voices * Ballot.leastShare >= voters }.map(\.article)
    firm = published.filter { (firmVoices[$0] ?? 0) >= fewest }
    let leading = supported.map(\.voices).max() ?? 0
    let others = voters - leading
    isContested = leading > 0 && others >= fewest && others * 2 >= leading
  }
}

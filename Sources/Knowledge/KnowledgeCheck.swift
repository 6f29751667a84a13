import Observations

/// The engine's bounds, stated where both the checker and the diagnosis can read them.
public enum Weighing {
  /// No single indicator weighs more, in decibans: 1 : 10. One fact may be misread.
  public static let itemCap = 10.0
  /// No group of correlated indicators weighs more, in decibans: 1 : 16. One kind of fact may be
  /// misread wholesale.
  public static let groupCap = 12.0
  /// A verdict's lead over the next hypothesis, in decibans.
  public static let leadNeeded = 10.0
  /// A verdict's posterior probability.
  public static let posteriorNeeded = 0.9
  /// How much steeper posteriors rise than the sums of weights say, and how many decibans every article gives
  /// "unexplained" before: with these, what is stated is kept on labelled evidence. Fitted on one half of it and
  /// judged on the other (`make calibrate`, docs/calibration.md).
  public static let steepness = 1.6
  /// See `steepness`.
  public static let handicap = 2.0
  /// The highest prior at which one group alone cannot reach the lead.
  public static let priorCap = leadNeeded - groupCap - 0.5
}

extension KnowledgeBase {
  /// Everything wrong with the articles, in order of file; empty for a sound knowledge base.
  public func check() -> [KnowledgeProblem] {
    var problems = articles.flatMap { ArticleCheck(article: $0).run() }
    for (a, b) in zip(articles, articles.dropFirst()) where a.id == b.id {
      problems.append(
        KnowledgeProblem(
          file: b.file, line: 0, what: "the id `\(b.id)` twice", why: "\(a.file) has it too",
          remedy: "Rename the newer one; published ids never change"))
    }
    return problems.sorted()
  }
}

private struct ArticleCheck {
  let article: Article

  func run() -> [KnowledgeProblem] {
    identity() + weights() + conditions() + places() + reach() + sources()
  }

  private func problem(_ what: String, _ why: String, _ remedy: String) -> KnowledgeProblem {
    KnowledgeProblem(file: article.file, line: 0, what: what, why: why, remedy: remedy)
  }

  private func malformed(_ id: String) -> Bool {
    let parts = id.split(separator: "-", omittingEmptySubsequences: false)
    return parts.contains {
      $0.isEmpty || $0.utf8.contains { !(97...122).contains($0) && !(48...57).contains($0) }
    }
  }

  private func identity() -> [KnowledgeProblem] {
    var found: [KnowledgeProblem] = []
    for id in [article.id] + article.indicators.flatMap({ [$0.id, $0.group] }) where malformed(id) {
      found.append(
        problem(
          "a malformed id `\(id)`", "ids stand in JSON and addresses",
          "Use lower-case words and digits joined by dashes"))
    }
    if article.id == "unexplained" {
      found.append(problem("the id `unexplained`", "it always competes already", "Choose another"))
    }
    if article.file != article.id + ".yaml" {
      found.append(
        problem("the id `\(article.id)`", "the file is named otherwise", "Let them agree"))
    }
    let worm = (article.id + article.title.lowercased()).contains("worm")
    if worm && !article.id.hasSuffix("-worm") {
      found.append(problem("a worm named `\(article.id)`", "worms end in -worm", "Rename it"))
    }
    let ids = article.indicators.map(\.id)
    if Set(ids).count != ids.count {
      found.append(
        problem("an indicator's id twice", "reports name indicators by it", "Rename one"))
    }
    if !["info", "low", "medium", "high"].contains(article.severity) {
      found.append(
        problem(
          "the severity `\(article.severity)`", "there is none", "Use info, low, medium, high"))
    } else if article.innocent != (article.severity == "info") {
      found.append(
        problem(
          "the severity `\(article.severity)`", "innocent causes are info, and only they",
          "Let `innocent` and `severity` agree"))
    }
    return found
  }

  private func weights() -> [KnowledgeProblem] {
    var found: [KnowledgeProblem] = []
    if article.answers == .sender {
      guard !article.indicators.isEmpty else { return [] }
      return [
        problem(
          "indicators of an article that answers `sender`", "such articles are stated, not weighed",
          "Put the conditions under `requires` and `excludes`")
      ]
    }
    for indicator in article.indicators {
      let weights =
        [indicator.supports.decibans] + (indicator.otherwise.map { [$0.decibans] } ?? [])
      if weights.contains(where: { abs($0) > Weighing.itemCap }) {
        found.append(
          problem(
            "the weight of `\(indicator.id)`", "single items stay within ±10 decibans",
            "Lower it, or split it into independent facts"))
      }
      if let other = indicator.otherwise, other.decibans * indicator.supports.decibans > 0 {
        found.append(
          problem(
            "`\(indicator.id)` speaks the same way twice",
            "what counts for a cause when seen cannot also count for it when not",
            "Give `otherwise` the opposite sign"))
      }
    }
    if article.prior > Weighing.priorCap {
      found.append(
        problem(
          "a prior of \(article.prior)", "one group of indicators alone could earn the verdict",
          "Keep it at or below \(Weighing.priorCap)"))
    }
    return found
  }

  private func conditions() -> [KnowledgeProblem] {
    article.conditions.flatMap(\.comparisons).compactMap { kind, name, comparison in
      guard let type = FindingCatalogue.type(of: name, in: kind) else {
        return problem(
          "`\(name)` of \(kind.rawValue)", "that finding carries no such value",
          "Use one of: \(FindingCatalogue.values(of: kind).keys.sorted().joined(separator: ", "))")
      }
      switch (type, comparison) {
      case (.number, .number), (.flag, .flag), (.text([]), .ending): return nil
      case (.text(let allowed), .oneOf(let words)):
        guard !allowed.isEmpty, let odd = words.first(where: { !allowed.contains($0) }) else {
          return nil
        }
        return problem(
          "`\(name)` compared with `\(odd)`", "it never has that value",
          "Use one of: \(allowed.joined(separator: ", "))")
      default:
        return problem(
          "`\(name)` of \(kind.rawValue)", "it is of another type than it is compared with",
          "Compare numbers with numbers, words with words, flags with true or false")
      }
    }
  }

  private func places() -> [KnowledgeProblem] {
    article.templates.flatMap(\.places).compactMap { place in
      if place == "subject" { return nil }
      if let (kind, name) = Template.target(of: place),
        FindingCatalogue.type(of: name, in: kind) != nil
      {
        return nil
      }
      return problem(
        "the place {\(place)}", "no finding carries such a value",
        "Write {subject} or {kind-of-finding.value}")
    }
  }

  private func reach() -> [KnowledgeProblem] {
    var groups: [String: Double] = [:]
    for indicator in article.indicators {
      let best = max(indicator.supports.decibans, indicator.otherwise?.decibans ?? 0, 0)
      groups[indicator.group, default: 0] += best
    }
    var sum = article.prior
    for group in groups.values { sum += min(group, Weighing.groupCap) }
    var found: [KnowledgeProblem] = []
    if article.answers != .sender, sum < Weighing.leadNeeded {
      found.append(
        problem(
          "a verdict out of reach", "all its indicators together make \(sum) decibans",
          "At least \(Weighing.leadNeeded) are needed: add indicators or groups"))
    }
    if article.requires.isEmpty || article.sentences.isEmpty {
      found.append(
        problem("no `requires` or no `sentence`", "both are needed for a verdict", "Add them"))
    }
    return found
  }

  private func sources() -> [KnowledgeProblem] {
    if article.sources.isEmpty {
      return [problem("no sources", "readers must be able to check", "Add `sources`")]
    }
    return []
  }
}

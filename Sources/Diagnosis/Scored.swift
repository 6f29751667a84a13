import Detection
import Knowledge
import Observations

/// A candidate with its weights on one activity's evidence.
struct Scored {
  let article: Article
  /// After caps.
  private(set) var spoken: [WeighedIndicator] = []
  private(set) var unseen: [UnseenIndicator] = []
  /// Prior and capped sums.
  private(set) var decibans: Double

  init(article: Article, evidence: ActivityEvidence) {
    self.article = article
    decibans = article.prior
    var groups: [String: [WeighedIndicator]] = [:]
    for indicator in article.indicators.sorted(by: { $0.id < $1.id }) {
      switch Scored.weigh(indicator, evidence) {
      case .spoke(let item): groups[indicator.group, default: []].append(item)
      case .silent: break
      case .unseen(let because):
        unseen.append(UnseenIndicator(indicator: indicator.id, because: because))
      }
    }
    for (_, items) in groups.sorted(by: { $0.key < $1.key }) {
      let capped = Scored.capped(items)
      spoken += capped
      decibans += capped.reduce(0) { $0 + $1.decibans }
    }
  }

  func hypothesis(posterior: Double) -> Hypothesis {
    let byWeight = spoken.sorted {
      (abs($1.decibans), $0.indicator) < (abs($0.decibans), $1.indicator)
    }
    return Hypothesis(
      article: article.id, title: article.title, posterior: posterior,
      supporting: byWeight.filter { $0.decibans > 0 },
      opposing: byWeight.filter { $0.decibans < 0 }, unseen: unseen)
  }

  func contribution(of kind: FindingKind) -> Double {
    spoken.filter { $0.finding == kind }.reduce(0) { $0 + $1.decibans }
  }

  private enum Outcome { case spoke(WeighedIndicator), silent, unseen(String) }

  private static func weigh(_ indicator: Indicator, _ evidence: ActivityEvidence) -> Outcome {
    for need in indicator.needs {
      switch evidence.capabilities[need] {
      case .available: continue
      case .missing(let because, _): return .unseen(because)
      case nil: return .unseen("nothing is known of whether this evidence could show it")
      }
    }
    let answer = indicator.supports.when.holds(for: evidence)
    if answer == true { return spoke(indicator, indicator.supports, evidence) }
    if let other = indicator.otherwise, other.when.holds(for: evidence) == true {
      return spoke(indicator, other, evidence)
    }
    if answer == false { return .silent }
    let absent = indicator.supports.when.kinds.first { evidence.finding($0) == nil }
    return .unseen(
      absent.map { "the question could not be put to this evidence (no \($0.rawValue) finding)" }
        ?? "the finding lacks a value it takes")
  }

  private static func spoke(
    _ indicator: Indicator, _ statement: Statement, _ evidence: ActivityEvidence
  ) -> Outcome {
    let weight = min(max(statement.decibans, -Weighing.itemCap), Weighing.itemCap)
    let kind =
      statement.when.kinds.first { evidence.finding($0) != nil } ?? indicator.finding
    return .spoke(
      WeighedIndicator(
        indicator: indicator.id, decibans: weight,
        because: statement.because.filled(from: statement.when.focused(evidence))
          ?? indicator.id, finding: kind))
  }

  /// A group's items, scaled down together where their sum passes the cap.
  static func capped(_ items: [WeighedIndicator]) -> [WeighedIndicator] {
    let sum = items.reduce(0) { $0 + $1.decibans }
    guard abs(sum) > Weighing.groupCap else { return items }
    let factor = Weighing.groupCap / abs(sum)
    return items.map {
      var item = $0
      item.decibans *= factor
      return item
    }
  }
}

/// 10ˣ, without Foundation: whole powers by multiplication, the rest by the series of e^(x·ln 10).
func powerOfTen(_ x: Double) -> Double {
  guard x.isFinite, x > -300 else { return 0 }
  guard x < 300 else { return 1e300 }
  let whole = x.rounded(.down)
  let rest = (x - whole) * 2.302_585_092_994_045_7
  var term = 1.0
  var sum = 1.0
  for n in 1...40 {
    term *= rest / Double(n)
    sum += term
  }
  for _ in 0..<Int(abs(whole)) { sum = whole < 0 ? sum / 10 : sum * 10 }
  return sum
}

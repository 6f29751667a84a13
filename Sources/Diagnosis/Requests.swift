import Detection
import Knowledge
import Observations

/// What to ask the user for: cheapest first, then what sets the hypotheses farthest apart. Of the
/// candidates only those `alive` (ids of hypotheses not yet as good as excluded) may ask.
func requests(
  of candidates: [Scored], alive ids: Set<String>, for evidence: ActivityEvidence,
  articles: [Article]
) -> [String] {
  var best: [String: (cost: Int, swing: Double)] = [:]
  func offer(_ ask: String, cost: Int, swing: Double) {
    let old = best[ask] ?? (cost, swing)
    best[ask] = (min(old.cost, cost), max(old.swing, swing))
  }
  var named: Set<Capability> = []
  for article in articles {
    for settler in article.settles {
      guard applies(settler, candidate: ids.contains(article.id), evidence) else { continue }
      guard let capability = settler.capability else {
        offer(settler.ask, cost: settler.cost, swing: 0)
        continue
      }
      named.insert(capability)
      guard let ask = request(for: capability, evidence) else { continue }
      offer(ask, cost: settler.cost, swing: swing(of: capability, candidates))
    }
  }
  for capability in Capability.allCases where !named.contains(capability) {
    let swing = swing(of: capability, candidates)
    guard swing > 0, let ask = request(for: capability, evidence) else { continue }
    offer(ask, cost: 3, swing: swing)
  }
  return best.sorted {
    ($0.value.cost, -$0.value.swing, $0.key) < ($1.value.cost, -$1.value.swing, $1.key)
  }.map(\.key)
}

private func applies(
  _ settler: Settler, candidate: Bool, _ evidence: ActivityEvidence
) -> Bool {
  if let moot = settler.moot, evidence.finding(moot) != nil { return false }
  if let when = settler.when { return when.holds(for: evidence) == true }
  return candidate
}

private func request(for capability: Capability, _ evidence: ActivityEvidence) -> String? {
  if case .missing(_, let ask) = evidence.capabilities[capability] { ask } else { nil }
}

/// How far apart, in decibans, the answer could set two hypotheses (`unexplained` is one of them,
/// at 0).
private func swing(of capability: Capability, _ candidates: [Scored]) -> Double {
  var yes = [0.0]
  var no = [0.0]
  for candidate in candidates {
    let asked = candidate.article.indicators.filter { $0.needs.contains(capability) }
    yes.append(asked.reduce(0) { $0 + $1.supports.decibans })
    no.append(asked.reduce(0) { $0 + ($1.otherwise?.decibans ?? 0) })
  }
  func span(_ weights: [Double]) -> Double { (weights.max() ?? 0) - (weights.min() ?? 0) }
  return max(span(yes), span(no))
}

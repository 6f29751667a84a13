import Foundation
import Simulation

/// What a set of outcomes is worth.
struct Measures {
  /// A tenth of the scale of posteriors.
  struct Bin {
    var count = 0
    var posteriors = 0.0
    var right = 0

    var stated: Double { count == 0 ? 0 : posteriors / Double(count) }
    var kept: Double { count == 0 ? 0 : Double(right) / Double(count) }
  }

  private(set) var bins = [Bin](repeating: Bin(), count: 10)
  /// Mean squared difference of the leader's posterior from whether it was right (G. W. Brier,
  /// Verification of forecasts expressed in terms of probability, 1950).
  private(set) var brier = 0.0
  private(set) var judged = 0
  /// Nothing was raised about the subject.
  private(set) var silent = 0
  /// By what is right, how often what was said; "-" stands for no verdict.
  private(set) var confusion: [String: [String: Int]] = [:]
  private(set) var hosts = 0
  private(set) var accused: [String] = []
  /// Verdicts that contradict the truth.
  private(set) var wrong: [String] = []

  init(_ outcomes: [Outcome], scale: Double = 1) {
    var squares = 0.0
    for outcome in outcomes {
      hosts += outcome.others
      accused += outcome.accused.map { "\(outcome.of.name): \($0)" }
      confusion[outcome.expected, default: [:]][outcome.verdict ?? "-", default: 0] += 1
      if let verdict = outcome.verdict, verdict != outcome.expected {
        wrong.append("\(outcome.of.name): \(verdict)")
      }
      guard let leader = outcome.leader(scale: scale) else {
        silent += 1
        continue
      }
      let isRight = leader.article == outcome.expected
      judged += 1
      squares += pow(leader.posterior - (isRight ? 1 : 0), 2)
      let bin = min(9, Int(leader.posterior * 10))
      bins[bin].count += 1
      bins[bin].posteriors += leader.posterior
      bins[bin].right += isRight ? 1 : 0
    }
    brier = judged == 0 ? 0 : squares / Double(judged)
  }

  /// The largest difference between what was stated and what was kept, in bins that hold enough.
  var worstBin: Double {
    bins.filter { $0.count >= 30 }.map { abs($0.stated - $0.kept) }.max() ?? 0
  }

  /// The scale of all weights under which the leaders' posteriors are nearest to the truth.
  static func fittedScale(_ outcomes: [Outcome]) -> Double {
    let scales = (6...30).map { Double($0) / 20 }
    return scales.min {
      Measures(outcomes, scale: $0).brier < Measures(outcomes, scale: $1).brier
    } ?? 1
  }
}

extension Case {
  var name: String {
    "\(scenario.id)\(variant.map { "/" + $0 } ?? "") \(degradation.name) \(seed)"
  }
}

import Foundation
import Knowledge
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
  /// Stories of which part of a host sends: how often the right one was named, and how often one that must not be.
  private(set) var senders = (told: 0, named: 0, mustNot: 0, misnamed: 0)
  private(set) var hosts = 0
  private(set) var accused: [String] = []
  /// Verdicts that contradict the truth.
  private(set) var wrong: [String] = []

  /// - Parameters:
  ///   - outcomes: what was made of the evidence.
  ///   - fit: how posteriors follow from weights.
  ///   - isStrict: a mere description of what the subject does counts as wrong.
  init(_ outcomes: [Outcome], _ fit: Fit = .applied, isStrict: Bool = false) {
    var squares = 0.0
    for outcome in outcomes {
      hosts += outcome.innocents
      accused += outcome.accused.map { "\(outcome.name): \($0)" }
      note(senders: outcome)
      let truth = outcome.truth
      if let verdict = outcome.verdict,
        verdict == truth.mustNot || truth.tellsCause && !truth.allows(verdict)
      {
        wrong.append("\(outcome.name): \(verdict)")
      }
      guard truth.tellsCause, truth.subject != nil else { continue }
      confusion[truth.expected, default: [:]][outcome.verdict ?? "-", default: 0] += 1
      guard let leader = outcome.leader(fit) else {
        silent += 1
        continue
      }
      let isRight =
        isStrict ? leader.article == truth.expected : truth.allows(leader.article)
      judged += 1
      squares += pow(leader.posterior - (isRight ? 1 : 0), 2)
      let bin = min(9, Int(leader.posterior * 10))
      bins[bin].count += 1
      bins[bin].posteriors += leader.posterior
      bins[bin].right += isRight ? 1 : 0
    }
    brier = judged == 0 ? 0 : squares / Double(judged)
  }

  private mutating func note(senders outcome: Outcome) {
    if let sender = outcome.truth.sender {
      senders.told += 1
      if outcome.senders.contains(sender) { senders.named += 1 }
    }
    if let other = outcome.truth.notSender {
      senders.mustNot += 1
      if outcome.senders.contains(other) { senders.misnamed += 1 }
    }
  }

  /// The largest difference between what was stated and what was kept, in bins that hold enough.
  var worstBin: Double {
    bins.filter { $0.count >= 30 }.map { abs($0.stated - $0.kept) }.max() ?? 0
  }

  /// What a fit is to make small: what is stated must be kept, and be near the truth.
  fileprivate var loss: Double { worstBin + brier }
}

/// How posteriors follow from sums of weights: see `Weighing.steepness`.
struct Fit: Sendable {
  var steepness: Double
  var handicap: Double

  static let applied = Fit(steepness: Weighing.steepness, handicap: Weighing.handicap)

  /// What fits best.
  static func best(of outcomes: [Outcome]) -> Fit {
    let all = (8...22).flatMap { s in
      (0...16).map { Fit(steepness: Double(s) / 10, handicap: Double($0) / 2) }
    }
    let losses = all.map { Measures(outcomes, $0).loss }
    return losses.indices.min { losses[$0] < losses[$1] }.map { all[$0] } ?? .applied
  }
}

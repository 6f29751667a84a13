internal import Observations

/// How a fitted model foretells targets.
enum TargetPredictor {
  /// The next multiples of a step after any of the last targets, in plain or bit-reversed order.
  case walk(step: Int64, reversed: Int?, lookback: Int)
  /// The next draws of a generator.
  case linear(LinearGenerator)
}

/// What a model fitted to the first half of the targets foretold of the second.
public struct TargetPrediction: Hashable, Sendable {
  /// Targets of the second half.
  public private(set) var tested = 0
  /// Those of them that were foretold.
  public private(set) var hits = 0
  /// The chance of each to be foretold blindly.
  public private(set) var chance = 0.0
  /// The probability of as many hits by chance; of shares that changed: of as great a change.
  public private(set) var pValue = 1.0
  /// Whether the second half bore the first out.
  public private(set) var isKept = false
  /// The targets foretold for what follows after the evidence.
  public private(set) var next: [UInt32] = []

  /// Steps ahead that count as foretold: packets get lost.
  static let reach: Int64 = 8
  /// A prediction stands that fails to chance below this …
  static let significance = 1e-6
  /// … in this share of the targets at least.
  static let leastShare = 0.3
  /// Shares that differ more than chance would in one of so many are not the same.
  static let changed = 1e-4

  /// nil where the model foretells nothing.
  init?(_ best: TargetCandidate, _ sequence: TargetSequence) {
    let half = sequence.count / 2
    tested = sequence.count - half
    switch best.model {
    case .sequential, .stride, .bitReversed, .generator:
      guard best.predictor != nil else { return nil }
      let early = sequence.prefix(half)
      let fitted =
        best.model == .generator
        ? GeneratorModels(sequence: early).candidates : WalkModels(sequence: early).candidates
      let same = fitted.filter { $0.model == best.model }.min { $0.criterion < $1.criterion }
      guard let predictor = same?.predictor else { return }
      follow(predictor, sequence, half)
    case .localPreference: shares(sequence, half)
    case .network, .list, .uniform, .ordered, .undetermined: return nil
    }
  }

  private mutating func follow(
    _ predictor: TargetPredictor, _ sequence: TargetSequence, _ half: Int
  ) {
    let targets = sequence.targets
    switch predictor {
    case .walk(let step, let reversed, let lookback):
      func value(_ i: Int) -> UInt32 {
        reversed.map { WalkModels.reversed(targets[i], bits: $0) } ?? targets[i]
      }
      for i in half..<targets.count {
        let isHit = (1...min(lookback, i)).contains { j in
          let ahead = Int64(Int32(bitPattern: value(i) &- value(i - j)))
          return ahead % step == 0 && (1...TargetPrediction.reach).contains(ahead / step)
        }
        hits += isHit ? 1 : 0
      }
      chance = min(1, Double(lookback) * Double(TargetPrediction.reach) / sequence.view.size)
      next = (1...Int64(3)).compactMap { k in
        let ahead = value(targets.count - 1) &+ UInt32(truncatingIfNeeded: step * k)
        guard let reversed else { return ahead }
        guard reversed < 32 else { return WalkModels.reversed(ahead, bits: 32) }
        // The bits that are not reversed stay as they are.
        let free = UInt32.max >> UInt32(32 - reversed)
        return targets[targets.count - 1] & ~free
          | WalkModels.reversed(ahead & free, bits: reversed)
      }
    case .linear(let generator):
      let far =
        sequence.view.isWhole
        ? Double(GeneratorModels.reach) : 8 * 4_294_967_296 / sequence.view.size
      for i in half..<targets.count {
        let draws = GeneratorModels.draws(generator, sequence, i)
        hits += draws.contains { Double($0) <= far } ? 1 : 0
      }
      chance = min(1, Double(GeneratorModels.lookback) * far / 4_294_967_296)
      var target = targets[targets.count - 1]
      next = (1...3).map { _ in
        target = generator.next(after: target)
        return target
      }
    }
    pValue = StartsAndStops.tail(hits, of: tested, share: chance)
    isKept =
      pValue < TargetPrediction.significance
      && Double(hits) >= TargetPrediction.leastShare * Double(tested)
  }

  /// Whether the second half has the shares of the own /16 and /8 that the first has, and more than blind
  /// draws would have.
  private mutating func shares(_ sequence: TargetSequence, _ half: Int) {
    guard let source = sequence.source else { return }
    isKept = true
    for bits in [UInt32(16), 24] {
      let near = sequence.targets.map { ($0 ^ source) >> bits == 0 }
      let early = near.prefix(half).count { $0 }
      let late = near.dropFirst(half).count { $0 }
      // How many of all fall into the second half, had nothing changed (Fisher's exact test).
      let more = Statistics.hypergeometricTail(
        population: Double(near.count), marked: Double(early + late), sample: Double(tested),
        drawn: Double(late))
      let fewer = Statistics.hypergeometricTail(
        population: Double(near.count), marked: Double(early + late), sample: Double(half),
        drawn: Double(early))
      if min(more, fewer) < TargetPrediction.changed { isKept = false }
      if bits == 24 {
        hits = late
        chance = sequence.view.isWhole ? 16_777_216 / sequence.view.size : 1
        pValue = StartsAndStops.tail(late, of: tested, share: chance)
      }
    }
  }
}

/// How targets may have been chosen.
public enum TargetModel: String, CaseIterable, Hashable, Sendable {
  /// One address after the other, up or down.
  case sequential
  /// By equal steps of more than one.
  case stride
  /// One after the other with the bits of the address in reverse order, as permutation scanners do.
  case bitReversed
  /// By a generator whose mark the targets bear.
  case generator
  /// At random, with weight on the sender's own neighbourhood.
  case localPreference
  /// At random within one network.
  case network
  /// By a list of real hosts.
  case list
  /// At random over the whole space.
  case uniform
  /// Ascending or descending with wide gaps: a walk seen in part, or a sorted list.
  case ordered
  /// The targets do not tell.
  case undetermined
}

/// A model fitted to a sequence of targets, by its Bayesian information criterion (Schwarz 1978).
struct TargetCandidate {
  var model: TargetModel
  var criterion: Double
  var generator = "none"
  /// The step of a walk; 0 of what is none.
  var stride: Int64 = 0
  var meanStep = 0.0
  /// Of the own /24, /16, /8 and of anywhere.
  var weights: [Double] = []
  var predictor: TargetPredictor?

  /// What it is a case of: a walk seen in part is a walk.
  var kind: TargetModel { model == .ordered ? .sequential : model }

  /// - Parameters:
  ///   - model: which.
  ///   - sequence: what it was fitted to.
  ///   - logLikelihood: natural, of all targets but the first.
  ///   - parameters: numbers fitted.
  ///   - code: what it costs to name what was picked out of a set, in nats.
  init(
    _ model: TargetModel, _ sequence: TargetSequence, logLikelihood: Double, parameters: Int,
    code: Double = 0
  ) {
    self.model = model
    criterion =
      -2 * logLikelihood + 2 * code
      + Double(parameters) * Statistics.ln(Double(max(2, sequence.count - 1)))
  }
}

/// How a source chose its targets, told by comparing models of choice.
///
/// Every model gives the probability of the targets in their order, conditional on what was in view; the
/// best one is named only where it leads every other kind by `leastLead`. What predicts is fitted to the
/// first half and must foretell the second, else the verdict is withdrawn.
public struct TargetInference: Hashable, Sendable {
  /// Targets below which nothing is said.
  public static let leastTargets = 30
  /// The lead in the criterion over the best model of another kind that a verdict needs.
  public static let leastLead = 6.0

  /// The verdict.
  public private(set) var model = TargetModel.undetermined
  /// The known program whose constants or weights fit, `linear` for an unknown generator, or `none`.
  public private(set) var generator = "none"
  /// The best model of another kind.
  public private(set) var runnerUp = TargetModel.undetermined
  /// By how much the best model's criterion leads that one's.
  public private(set) var lead = 0.0
  /// The step of a walk, negative downwards; 0 of what is none.
  public private(set) var stride = 0
  /// Weights of the own /24, /16, /8 and of anywhere; empty of what has none.
  public private(set) var weights: [Double] = []
  /// What the first half foretold of the second; nil of what foretells nothing.
  public private(set) var prediction: TargetPrediction?
  /// Why, in words.
  public private(set) var because = ""

  /// The verdict on distinct targets in order of first contact.
  public init(_ targets: [UInt32], source: UInt32?, view: TargetView) {
    let sequence = TargetSequence(
      targets: Array(targets.prefix(TargetSequence.most)), source: source, view: view)
    guard sequence.count >= TargetInference.leastTargets else {
      because = "fewer than \(TargetInference.leastTargets) targets"
      return
    }
    guard sequence.targets.allSatisfy({ $0 < TraceMeasures.firstDigest }) else {
      because = "long or veiled addresses show no order"
      return
    }
    let candidates = TargetInference.candidates(sequence)
    guard let best = candidates.min(by: { $0.criterion < $1.criterion }) else { return }
    let other = candidates.filter { $0.kind != best.kind }.min { $0.criterion < $1.criterion }
    lead = (other?.criterion ?? best.criterion) - best.criterion
    runnerUp = other?.model ?? .undetermined
    guard lead >= TargetInference.leastLead else {
      because = "\(best.model.rawValue) and \(runnerUp.rawValue) explain the targets about as well"
      return
    }
    judge(best, candidates, sequence)
  }

  private static func candidates(_ sequence: TargetSequence) -> [TargetCandidate] {
    let (places, walks) = (PlaceModels(sequence: sequence), WalkModels(sequence: sequence))
    var all = [places.uniform] + places.local + places.network + walks.candidates
    all += [places.list, places.conficker, walks.ordered].compactMap { $0 }
    return all + GeneratorModels(sequence: sequence).candidates
  }

  private mutating func judge(
    _ best: TargetCandidate, _ candidates: [TargetCandidate], _ sequence: TargetSequence
  ) {
    if let obstacle = obstacle(best, sequence) {
      because = obstacle
      return
    }
    model = best.model == .ordered ? .sequential : best.model
    stride = Int(best.stride)
    weights = best.weights
    generator = named(best, candidates)
    because = words(best)
    prediction = TargetPrediction(best, sequence)
    if let prediction, !prediction.isKept {
      because =
        "the first half of the targets looks \(model.rawValue), but foretells only "
        + "\(prediction.hits) of \(prediction.tested) in the second"
      (model, generator, stride, weights) = (.undetermined, "none", 0, [])
    }
  }

  /// Why the best model is no verdict all the same.
  private func obstacle(_ best: TargetCandidate, _ sequence: TargetSequence) -> String? {
    switch best.model {
    case .ordered where sequence.view.isWhole:
      "they keep an order, but with gaps of \(FindingBuilder.rate(best.meanStep)) addresses on "
        + "average: a walk seen in part, or a list that was sorted"
    case .uniform where !sequence.view.isWhole, .list where !sequence.view.isWhole,
      .network where !sequence.view.isWhole:
      "only the watched addresses can be seen, and any choice looks alike within them"
    case .network where PlaceModels(sequence: sequence).drifts:
      "they drift through one block in order, but not one by one: several walkers that overtake each "
        + "other, or a list"
    case .uniform where PlaceModels(sequence: sequence).isUneven:
      "neither an order nor a preference, but more uneven than blind draws"
    default: nil
    }
  }

  /// The known program, where its constants lead every other way of the same kind.
  private func named(_ best: TargetCandidate, _ candidates: [TargetCandidate]) -> String {
    guard best.generator != "none" else { return "none" }
    let others = candidates.filter {
      $0.model == best.model && $0.generator != best.generator
    }
    let clear = others.allSatisfy { $0.criterion - best.criterion >= TargetInference.leastLead }
    return clear ? best.generator : "none"
  }

  private func words(_ best: TargetCandidate) -> String {
    switch best.model {
    case .sequential: "targets follow one another by one" + (best.stride < 0 ? ", downwards" : "")
    case .ordered: "targets follow one another" + (best.stride < 0 ? ", downwards" : ", upwards")
    case .stride: "targets follow one another by \(best.stride)"
    case .bitReversed: "targets follow one another with the bits of the address in reverse order"
    case .generator:
      switch best.generator {
      case "slammer": "they are consecutive draws of Slammer's generator"
      case "conficker":
        "the second and fourth byte are below 128 throughout, as Conficker's generator has it"
      default: "they are consecutive draws of one linear congruential generator"
      }
    case .localPreference:
      "the source's own neighbourhood is preferred"
        + (generator == "none" ? "" : ", with the weights published of \(generator)")
    case .network: "any addresses of one network, in no order"
    case .list:
      "targets cluster in networks without being neighbours in order, as lists of real hosts do"
    case .uniform: "no order, no preference and no clusters beyond chance"
    case .undetermined: "the targets do not tell"
    }
  }
}

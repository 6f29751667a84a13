/// Models of where targets lie, whatever their order.
struct PlaceModels {
  let sequence: TargetSequence

  /// Weights of the own /24, /16 and /8, and of anywhere.
  struct Vector {
    var name: String
    var weights: [Double]
  }

  /// How known worms weigh their own neighbourhood. Code Red II: one in eight anywhere, half in the own
  /// /8, three in eight in the own /16 (eEye AL20010804). Nimda: half in the own /16, a quarter in the own
  /// /8 (CERT CA-2001-26). Sasser: half anywhere, a quarter each in the own /8 and /16 (vendors' texts of
  /// May 2004). Others may choose alike: a name is a likeness.
  static let vectors = [
    Vector(name: "codeRed2", weights: [0, 0.375, 0.5, 0.125]),
    Vector(name: "nimda", weights: [0, 0.5, 0.25, 0.25]),
    Vector(name: "sasser", weights: [0, 0.25, 0.25, 0.5]),
  ]

  /// Shares below which a preference is none worth speaking of: of the own /16, of the own /8.
  static let leastNear = 0.1
  static let leastNearby = 0.25

  /// Any address of the view as likely as any other.
  var uniform: TargetCandidate {
    let sum = (1..<max(1, sequence.count)).reduce(0.0) { $0 + sequence.blind($1) }
    return TargetCandidate(.uniform, sequence, logLikelihood: sum, parameters: 0)
  }

  /// Any address of one network or block that is narrower than the view: all that have the common bits, or
  /// all between the lowest and the highest.
  var network: [TargetCandidate] {
    guard let low = sequence.targets.min(), let high = sequence.targets.max() else { return [] }
    func candidate(_ size: Double, _ code: Double) -> TargetCandidate {
      let sum = (1..<max(1, sequence.count)).reduce(0.0) {
        $0 - Statistics.ln(max(1, size - Double($1)))
      }
      return TargetCandidate(
        .network, sequence, logLikelihood: sum, parameters: 0, code: code)
    }
    let (bits, block) = (sequence.commonBits, Double(high - low) + 1)
    var found: [TargetCandidate] = []
    // The first target is given, so only how long the prefix is had to be picked; or where the block
    // begins and ends.
    if sequence.view.isWhole, bits >= 9 {
      found.append(candidate(Double(UInt64(1) << UInt64(32 - bits)), Statistics.ln(23)))
    }
    if block <= sequence.view.size, block < 8_388_608 {
      found.append(candidate(block, 2 * Statistics.ln(block)))
    }
    return found
  }

  /// Own neighbourhood and the rest of the view, by weights that are fitted or known of a worm.
  var local: [TargetCandidate] {
    guard let source = sequence.source else { return [] }
    let densities = ownDensities(source)
    guard !densities.isEmpty else { return [] }
    let fitted = Mixture(densities, components: 4)
    guard
      fitted.weights[0] + fitted.weights[1] >= PlaceModels.leastNear
        || fitted.weights[2] >= PlaceModels.leastNearby
    else { return [] }
    var free = TargetCandidate(
      .localPreference, sequence, logLikelihood: fitted.logLikelihood, parameters: 3)
    free.weights = fitted.weights
    guard sequence.view.isWhole else { return [free] }
    return [free]
      + PlaceModels.vectors.map { vector in
        let known = Mixture(densities, components: 4, fixed: vector.weights)
        var candidate = TargetCandidate(
          .localPreference, sequence, logLikelihood: known.logLikelihood, parameters: 0,
          code: Statistics.ln(Double(PlaceModels.vectors.count)))
        candidate.weights = vector.weights
        candidate.generator = vector.name
        return candidate
      }
  }

  /// Densities of each target under a draw from the own /24, /16, /8 and from anywhere; empty where the
  /// view holds nothing beside the own /16, or nothing of it.
  private func ownDensities(_ source: UInt32) -> [Double] {
    var sizes: [Double] = [256, 65_536, 16_777_216]
    if !sequence.view.isWhole {
      let networks = Set(sequence.targets.map { $0 >> 8 })
      sizes = [8, 16, 24].map { bits in
        256 * Double(networks.count { $0 >> UInt32(bits - 8) == source >> UInt32(bits) })
      }
      guard sizes[1] > 0, sizes[1] < sequence.view.size else { return [] }
    }
    var densities: [Double] = []
    for i in 1..<max(1, sequence.count) {
      let difference = sequence.targets[i] ^ source
      for (level, bits) in [UInt32(8), 16, 24].enumerated() {
        densities.append(difference >> bits == 0 && sizes[level] > 0 ? 1 / sizes[level] : 0)
      }
      densities.append(Statistics.exponential(sequence.blind(i)))
    }
    return densities
  }

  /// Hosts somebody lists crowd in networks: a target in a /24, /16 or /8 met before is likelier than
  /// one anywhere.
  var list: TargetCandidate? {
    guard sequence.view.isWhole, let first = sequence.targets.first else { return nil }
    var met: [Set<UInt32>] = [[first >> 8], [first >> 16], [first >> 24]]
    var densities: [Double] = []
    for i in 1..<max(1, sequence.count) {
      for (level, bits) in [UInt32(8), 16, 24].enumerated() {
        let network = sequence.targets[i] >> bits
        let size = Double(met[level].count) * Double(UInt64(1) << UInt64(bits))
        densities.append(met[level].contains(network) ? 1 / size : 0)
        met[level].insert(network)
      }
      densities.append(Statistics.exponential(sequence.blind(i)))
    }
    let fitted = Mixture(densities, components: 4)
    return TargetCandidate(.list, sequence, logLikelihood: fitted.logLikelihood, parameters: 3)
  }

  /// Targets from which a quarter of the space can be told from all of it.
  private static let leastForMask = 60

  /// The quarter of the space that Conficker's generator reaches: the second and the fourth byte are
  /// below 128, because each half of an address is a 15-bit number (Irwin 2012; CAIDA 2008).
  var conficker: TargetCandidate? {
    let mask: UInt32 = 0x0080_0080
    guard sequence.view.isWhole, sequence.count >= PlaceModels.leastForMask else { return nil }
    let outside = sequence.targets.dropFirst().count { $0 & mask != 0 }
    let drawn = Double(sequence.count - 1)
    guard Double(outside) <= 0.02 * drawn else { return nil }
    let miss = max(1e-3, Double(outside) / drawn)
    let blind = sequence.blind(0)
    let inside = drawn - Double(outside)
    let sum =
      inside * (Statistics.ln(1 - miss) + blind + Statistics.ln(4))
      + Double(outside) * (Statistics.ln(miss) + blind)
    var candidate = TargetCandidate(
      .generator, sequence, logLikelihood: sum, parameters: 1, code: Statistics.ln(10))
    candidate.generator = "conficker"
    return candidate
  }

  /// Whether the targets drift upwards or downwards on the whole, though not one by one: their ranks
  /// correlate with their order (Spearman) as chance makes them in one of 15,000.
  var drifts: Bool {
    let count = sequence.count
    guard count > 1 else { return false }
    let ranked = sequence.targets.enumerated().sorted {
      ($0.element, $0.offset) < ($1.element, $1.offset)
    }
    var squares = 0.0
    for (rank, entry) in ranked.enumerated() {
      let difference = Double(rank - entry.offset)
      squares += difference * difference
    }
    let n = Double(count)
    let correlation = 1 - 6 * squares / (n * (n * n - 1))
    return abs(correlation) * (n - 1).squareRoot() > 4
  }

  /// Whether draws from anywhere would hardly ever be spread as unevenly over the first byte (χ² over
  /// 16 bins, 1 in 10,000).
  var isUneven: Bool {
    var bins = [Double](repeating: 0, count: 16)
    for target in sequence.targets { bins[min(15, Int(target >> 24) / 14)] += 1 }
    let expected = Double(sequence.count) / 16
    return bins.reduce(0.0) { $0 + ($1 - expected) * ($1 - expected) / expected } > 44.3
  }
}

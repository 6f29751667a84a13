/// A linear congruential generator of 32-bit numbers, as worms drew addresses by: x ← a·x + c.
public struct LinearGenerator: Hashable, Sendable {
  /// The multiplier.
  public var multiplier: UInt32
  /// The increment.
  public var increment: UInt32
  /// Whether the address is the number with its bytes in reverse order, as a little-endian host stores it.
  public var isSwapped: Bool

  /// A generator out of its constants.
  public init(multiplier: UInt32, increment: UInt32, isSwapped: Bool) {
    self.multiplier = multiplier
    self.increment = increment
    self.isSwapped = isSwapped
  }

  /// Microsoft's multiplier, which Slammer kept while it spoiled the increment.
  public static let slammerMultiplier: UInt32 = 214_013

  /// Slammer's, by the version of the library whose address got into the increment (Moore, Paxson, Savage,
  /// Shannon, Staniford, Weaver, "Inside the Slammer Worm", 2003): ffd9613c, and that pointer over it.
  public static let slammer = [0x77f8_313c, 0x77e8_9b18, 0x77ea_094c].map { pointer in
    LinearGenerator(
      multiplier: slammerMultiplier, increment: 0xffd9_613c ^ UInt32(pointer), isSwapped: true)
  }

  /// The address drawn after another.
  public func next(after target: UInt32) -> UInt32 {
    address((number(target) &* multiplier) &+ increment)
  }

  func number(_ target: UInt32) -> UInt32 { isSwapped ? target.byteSwapped : target }
  func address(_ number: UInt32) -> UInt32 { isSwapped ? number.byteSwapped : number }

  /// How many draws lead from one address to another; nil where none do.
  ///
  /// For multipliers that are one more than a multiple of four: the sums 1 + a + … + a^(k−1) then take
  /// every value once, and their lowest bits fix those of k, so k is found bit by bit.
  public func draws(from: UInt32, to: UInt32) -> UInt32? {
    guard multiplier & 3 == 1 else { return nil }
    let x = number(from)
    let difference = number(to) &- x
    let first = x &* (multiplier &- 1) &+ increment
    guard difference != 0, first != 0 else { return nil }
    let zeros = UInt32(first.trailingZeroBitCount)
    guard difference.trailingZeroBitCount >= first.trailingZeroBitCount else { return nil }
    let goal = (difference >> zeros) &* LinearGenerator.inverse(first >> zeros)
    var (sum, power, count): (UInt32, UInt32, UInt32) = (0, 1, 0)
    var (stepSum, stepPower): (UInt32, UInt32) = (1, multiplier)
    for bit in 0..<(32 - zeros) {
      if (sum ^ goal) >> bit & 1 == 1 {
        sum = sum &+ power &* stepSum
        power = power &* stepPower
        count |= 1 << bit
      }
      stepSum = stepSum &+ stepPower &* stepSum
      stepPower = stepPower &* stepPower
    }
    return count
  }

  /// The number that makes one when multiplied with an odd one (Newton).
  static func inverse(_ odd: UInt32) -> UInt32 {
    var result = odd
    for _ in 0..<5 { result = result &* (2 &- odd &* result) }
    return result
  }
}

/// Models of targets that a linear congruential generator drew.
struct GeneratorModels {
  let sequence: TargetSequence

  /// Earlier targets from which one may have been drawn: packets get lost and overtake each other.
  static let lookback = 3
  /// Draws looked ahead where all of them should be in view.
  static let reach: UInt32 = 16

  private static let knownCode = Statistics.ln(12)
  /// What a multiplier and an increment of 32 bits each cost.
  private static let unknownCode = 64 * Statistics.ln(2)

  var candidates: [TargetCandidate] {
    guard sequence.count > 3 else { return [] }
    var found = LinearGenerator.slammer.compactMap {
      candidate($0, name: "slammer", code: GeneratorModels.knownCode)
    }
    guard sequence.view.isWhole, found.isEmpty else { return found }
    for isSwapped in [true, false] {
      if let guess = solved(isSwapped) {
        let isSlammer = guess.multiplier == LinearGenerator.slammerMultiplier && isSwapped
        if let candidate = candidate(
          guess, name: isSlammer ? "slammer" : "linear", code: GeneratorModels.unknownCode)
        {
          found.append(candidate)
        }
      }
    }
    return found
  }

  /// The constants that most runs of three targets have in common; nil where fewer than three agree.
  private func solved(_ isSwapped: Bool) -> LinearGenerator? {
    let numbers = sequence.targets.map { isSwapped ? $0.byteSwapped : $0 }
    var votes: [LinearGenerator: Int] = [:]
    for i in 2..<numbers.count {
      let before = numbers[i - 1] &- numbers[i - 2]
      let after = numbers[i] &- numbers[i - 1]
      var multipliers = [LinearGenerator.slammerMultiplier]
      if before & 1 == 1 { multipliers.append(after &* LinearGenerator.inverse(before)) }
      // A multiplier of one is a stride.
      for multiplier in multipliers where multiplier != 1 && after == before &* multiplier {
        let increment = numbers[i] &- numbers[i - 1] &* multiplier
        votes[
          LinearGenerator(multiplier: multiplier, increment: increment, isSwapped: isSwapped),
          default: 0] += 1
      }
    }
    let best = votes.max {
      $0.value != $1.value
        ? $0.value < $1.value
        : ($0.key.multiplier, $0.key.increment) > ($1.key.multiplier, $1.key.increment)
    }
    return best.flatMap { $0.value >= 3 ? $0.key : nil }
  }

  private func candidate(
    _ generator: LinearGenerator, name: String, code: Double
  ) -> TargetCandidate? {
    // In a view of a part the draws between are those that fell elsewhere.
    let usual = sequence.view.isWhole ? 1 : 4_294_967_296 / sequence.view.size
    let distances = (1..<sequence.count).map { GeneratorModels.draws(generator, sequence, $0) }
    var best: TargetCandidate?
    for spread in [1.0, 4, 16] {
      let mean = usual * spread + 1
      var densities: [Double] = []
      for (number, draws) in distances.enumerated() {
        let each = 1 / Double(min(GeneratorModels.lookback, number + 1))
        densities.append(
          draws.reduce(0.0) { $0 + each / mean * Statistics.exponential(-Double($1 - 1) / mean) })
        densities.append(Statistics.exponential(sequence.blind(number + 1)))
      }
      let fit = Mixture(densities, components: 2)
      guard fit.weights[0] >= WalkModels.leastShare else { continue }
      var candidate = TargetCandidate(
        .generator, sequence, logLikelihood: fit.logLikelihood, parameters: 1,
        code: code + Statistics.ln(3))
      candidate.generator = name
      candidate.predictor = .linear(generator)
      if candidate.criterion < best?.criterion ?? .infinity { best = candidate }
    }
    return best
  }

  /// How many draws lead to target `i` from each of those before it, where any do.
  static func draws(
    _ generator: LinearGenerator, _ sequence: TargetSequence, _ i: Int
  ) -> [UInt32] {
    (1...min(lookback, i)).compactMap { j in
      let (from, to) = (sequence.targets[i - j], sequence.targets[i])
      if generator.multiplier & 3 == 1 { return generator.draws(from: from, to: to) }
      var target = from
      for draw in 1...reach {
        target = generator.next(after: target)
        if target == to { return draw }
      }
      return nil
    }
  }
}

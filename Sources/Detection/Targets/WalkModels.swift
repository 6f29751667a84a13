/// Models of targets that follow one another: up or down, by one or by a stride, in plain or in
/// bit-reversed order, by one walker or several, seen whole or in part.
struct WalkModels {
  let sequence: TargetSequence

  /// Earlier targets that one may follow: several walkers, or one whose packets overtook each other.
  static let lookback = 8
  /// The longest step on average, in strides, that still counts as following.
  static let longestMean = 4.0
  /// Steps beyond this many strides are jumps: a sorted list has many such, a walk of which packets were
  /// lost has few.
  static let reach: Int64 = 8
  /// The share of steps that must follow.
  static let leastShare = 0.5

  /// How far from even ups and downs must be: hosts of one block in any order lie close together, too, and
  /// go neither way.
  private static let leastLean = 0.35

  private static let rounds = 20

  /// The walks that explain most of the steps, each the best of its kind.
  var candidates: [TargetCandidate] {
    var found: [TargetCandidate] = []
    found += walks(.sequential, sequence.targets, stride: 1, reversed: nil, code: 0)
    let strides = strides(sequence.targets)
    for stride in strides {
      found += walks(
        .stride, sequence.targets, stride: stride, reversed: nil,
        code: Statistics.ln(16_777_216))
    }
    for bits in reversals {
      let values = sequence.targets.map { WalkModels.reversed($0, bits: bits) }
      found += walks(
        .bitReversed, values, stride: 1, reversed: bits, code: Statistics.ln(6))
    }
    return found
  }

  /// How many of the low bits may be reversed: those that differ, or whole bytes.
  private var reversals: [Int] {
    let free = 32 - sequence.commonBits
    guard free >= 4 else { return [] }
    return Array(Set([free, 8, 16, 24, 32].filter { $0 >= free })).sorted()
  }

  /// The value whose low bits in reverse order are the target's.
  static func reversed(_ target: UInt32, bits: Int) -> UInt32 {
    var value = target
    value = (value & 0x5555_5555) << 1 | value >> 1 & 0x5555_5555
    value = (value & 0x3333_3333) << 2 | value >> 2 & 0x3333_3333
    value = (value & 0x0f0f_0f0f) << 4 | value >> 4 & 0x0f0f_0f0f
    value = value.byteSwapped
    return bits >= 32 ? value : value >> UInt32(32 - bits)
  }

  /// The commonest steps beside small ones, and what they are multiples of; at most four.
  private func strides(_ values: [UInt32]) -> [Int64] {
    var counts: [Int64: Int] = [:]
    for i in 1..<max(1, values.count) {
      for j in 1...min(2, i) {
        let step = abs(Int64(Int32(bitPattern: values[i] &- values[i - j])))
        if step >= 2 { counts[step, default: 0] += 1 }
      }
    }
    let common = counts.filter { $0.value >= 3 }.sorted {
      $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
    }.prefix(3).map(\.key)
    guard let most = common.first else { return [] }
    let divisor = common.reduce(0, WalkModels.divisor)
    return Array(Set(common.prefix(2) + [divisor, most]).filter { $0 >= 2 }).sorted()
  }

  private static func divisor(_ a: Int64, _ b: Int64) -> Int64 {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }

  private func walks(
    _ model: TargetModel, _ values: [UInt32], stride: Int64, reversed: Int?, code: Double
  ) -> [TargetCandidate] {
    [1, WalkModels.lookback].compactMap { lookback in
      guard let fit = Fit(sequence, values, stride: stride, lookback: lookback),
        1 - fit.jumps >= WalkModels.leastShare, abs(fit.down - 0.5) >= WalkModels.leastLean
      else { return nil }
      var candidate = TargetCandidate(
        model, sequence, logLikelihood: fit.logLikelihood, parameters: 3,
        code: code + (lookback > 1 ? Statistics.ln(2) : 0))
      candidate.stride = fit.down > 0.5 ? -stride : stride
      candidate.predictor = .walk(
        step: fit.down > 0.5 ? -stride : stride, reversed: reversed, lookback: lookback)
      return candidate
    }
  }

  /// The share of jumps, of steps down, and how long steps are, fitted to a sequence.
  private struct Fit {
    var jumps = 0.3
    var down = 0.5
    var mean = 2.0
    var logLikelihood = 0.0

    private struct Step {
      var item: Int
      var length: Int64
    }

    init?(_ sequence: TargetSequence, _ values: [UInt32], stride: Int64, lookback: Int) {
      guard values.count > 2 else { return nil }
      var steps: [[Int64]] = []
      var followed = 0
      for i in 1..<values.count {
        let near = (1...min(lookback, i)).compactMap { j -> Int64? in
          let step = Int64(Int32(bitPattern: values[i] &- values[i - j]))
          guard step % stride == 0, abs(step / stride) <= WalkModels.reach else { return nil }
          return step / stride
        }
        if !near.isEmpty { followed += 1 }
        steps.append(near)
      }
      // Too few have anything to follow: no fit could make them half.
      guard Double(followed) >= WalkModels.leastShare * Double(values.count - 1) else { return nil }
      for _ in 0..<WalkModels.rounds {
        let before = logLikelihood
        improve(steps, sequence, lookback)
        if abs(logLikelihood - before) < Mixture.settled { break }
      }
    }

    private mutating func improve(_ steps: [[Int64]], _ sequence: TargetSequence, _ lookback: Int) {
      // Probabilities of steps by length, up to the reach.
      var lengths = [0.0]
      var share = 1 / mean
      for _ in 0..<WalkModels.reach {
        lengths.append(share)
        share *= 1 - 1 / mean
      }
      var (jumped, followed, fell, walked) = (0.0, 0.0, 0.0, 0.0)
      logLikelihood = 0
      for (number, near) in steps.enumerated() {
        let blind = jumps * Statistics.exponential(sequence.blind(number + 1))
        let each = (1 - jumps) / Double(min(lookback, number + 1))
        var sum = blind
        for step in near where step != 0 {
          sum += each * (step > 0 ? 1 - down : down) * lengths[Int(abs(step))]
        }
        logLikelihood += Statistics.ln(sum)
        jumped += blind / sum
        for step in near where step != 0 {
          let part = each * (step > 0 ? 1 - down : down) * lengths[Int(abs(step))] / sum
          followed += part
          fell += step < 0 ? part : 0
          walked += part * Double(abs(step))
        }
      }
      jumps = min(0.999, max(1e-3, jumped / Double(steps.count)))
      guard followed > 0 else { return }
      down = min(0.999, max(1e-3, fell / followed))
      mean = min(WalkModels.longestMean, max(1.001, walked / followed))
    }
  }

  /// Targets in ascending or descending order with gaps of any size: a walk seen in part, or a list that
  /// somebody sorted; nil where fewer than 19 in 20 keep the order.
  var ordered: TargetCandidate? {
    let steps = zip(sequence.targets, sequence.targets.dropFirst()).map { Int64($1) - Int64($0) }
    guard steps.count > 2 else { return nil }
    let ups = steps.count { $0 > 0 }
    let sign: Int64 = ups * 2 >= steps.count ? 1 : -1
    let kept = steps.filter { $0 * sign > 0 }
    let share = Double(kept.count) / Double(steps.count)
    guard share >= 0.95 else { return nil }
    let mean = kept.reduce(0.0) { $0 + Double(abs($1)) } / Double(kept.count)
    guard mean > WalkModels.longestMean else { return nil }
    var sum = Double(kept.count) * Statistics.ln(min(0.999, share))
    for step in kept {
      sum -= Statistics.ln(mean) - (Double(abs(step)) - 1) * Statistics.ln(1 - 1 / mean)
    }
    for i in steps.indices where steps[i] * sign <= 0 {
      sum += Statistics.ln(max(1e-3, 1 - share)) + sequence.blind(i + 1)
    }
    var candidate = TargetCandidate(.ordered, sequence, logLikelihood: sum, parameters: 2)
    candidate.stride = sign
    candidate.meanStep = mean
    return candidate
  }
}

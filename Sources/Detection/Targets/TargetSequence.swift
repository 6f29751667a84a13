/// Distinct targets in the order they were first contacted, and what could be seen of any choice.
struct TargetSequence {
  var targets: [UInt32]
  /// The chooser's own address; nil where it has none of 32 bits.
  var source: UInt32?
  var view: TargetView

  /// Targets that a model is fitted to: the first ones.
  static let most = 256

  var count: Int { targets.count }

  /// The logarithm of a blind draw's density for target `i`: of what is seen and was not drawn yet.
  func blind(_ i: Int) -> Double { -Statistics.ln(max(1, view.size - Double(i))) }

  /// The first targets of these.
  func prefix(_ count: Int) -> TargetSequence {
    TargetSequence(targets: Array(targets.prefix(count)), source: source, view: view)
  }

  /// The leading bits that all targets have in common.
  var commonBits: Int {
    guard let first = targets.first else { return 32 }
    return targets.reduce(UInt32(0)) { $0 | ($1 ^ first) }.leadingZeroBitCount
  }
}

/// Which addresses a chooser could have been seen choosing.
public struct TargetView: Hashable, Sendable {
  /// How many.
  public var size: Double
  /// Whether any address that a host can have was in view.
  public var isWhole: Bool

  /// All addresses of the classes A to C: what the sender's own network shows of it.
  public static let whole = TargetView(size: 224 * 16_777_216, isWhole: true)

  /// Only the networks of 256 addresses in which something was met: what a watched network shows of a
  /// stranger. No larger than what was watched, so that an order is never taken for clearer than it is.
  public static func watched(_ targets: [UInt32]) -> TargetView {
    TargetView(size: 256 * Double(max(1, Set(targets.map { $0 >> 8 }).count)), isWhole: false)
  }
}

/// Weights of known densities, fitted by expectation and maximisation.
struct Mixture {
  var weights: [Double]
  /// Of all items, natural.
  var logLikelihood = 0.0

  private static let rounds = 30
  /// A gain in the logarithm that no verdict turns on.
  static let settled = 0.01

  /// - Parameters:
  ///   - densities: of each item by each component, one item after the other.
  ///   - components: how many densities there are of each item.
  ///   - fixed: the weights where they are known; fitted where nil.
  init(_ densities: [Double], components: Int, fixed: [Double]? = nil) {
    weights = fixed ?? [Double](repeating: 1 / Double(components), count: components)
    let items = densities.count / components
    guard items > 0 else { return }
    for _ in 0..<(fixed == nil ? Mixture.rounds : 1) {
      var shares = [Double](repeating: 0, count: components)
      let before = logLikelihood
      logLikelihood = 0
      for item in 0..<items {
        var sum = 0.0
        for k in 0..<components { sum += weights[k] * densities[item * components + k] }
        guard sum > 0 else { continue }
        logLikelihood += Statistics.ln(sum)
        for k in 0..<components {
          shares[k] += weights[k] * densities[item * components + k] / sum
        }
      }
      if abs(logLikelihood - before) < Mixture.settled { return }
      if fixed == nil { weights = shares.map { $0 / Double(items) } }
    }
  }
}

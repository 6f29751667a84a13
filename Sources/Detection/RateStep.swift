/// Finds where the rate of an hourly series stepped up.
///
/// Counts of real logs scatter more than Poisson's, so the likelihood ratio of "two rates" against "one rate" is divided by
/// the dispersion within the two segments (quasi-likelihood), and the best of all change points pays for having been
/// chosen (Bonferroni over the bins). The onset is an interval: all change points that the data do not tell from the best
/// one (profile likelihood, 95 %).
public struct RateStep: Hashable, Sendable {
  /// Fewer bins than this say nothing about a step.
  public static let leastBins = 24
  /// Fewer events than this say nothing about a step.
  public static let leastEvents = 100
  /// A step is stated below this probability …
  public static let significance = 1e-6
  /// … and above this ratio of rates.
  public static let leastRatio = 2.0

  /// Events per bin before and after.
  public var before: Double
  /// Events per bin from the onset on.
  public var after: Double
  /// The bins in which it began: the first bin with the new rate lies in this range.
  public var onset: ClosedRange<Int>
  /// The probability of a step as clear as this in a series of one rate.
  public var pValue: Double
  /// Variance over mean within the segments, at least 1.
  public var dispersion: Double

  /// The step in a series, if there is one upwards. `counts` has a count for every bin, quiet ones included.
  public static func find(_ counts: [UInt32]) -> RateStep? {
    let bins = counts.count
    let total = counts.reduce(0.0) { $0 + Double($1) }
    guard bins >= leastBins, total >= Double(leastEvents) else { return nil }
    var likelihood = [Double](repeating: 0, count: bins)
    var sum = 0.0
    var best = 0
    for at in 1..<bins {
      sum += Double(counts[at - 1])
      likelihood[at] = gain(sum, at, total, bins)
      if likelihood[at] > likelihood[best] { best = at }
    }
    guard best > 0 else { return nil }
    let early = counts[..<best].reduce(0.0) { $0 + Double($1) }
    let before = early / Double(best)
    let after = (total - early) / Double(bins - best)
    let dispersion = dispersion(counts, best, before, after)
    let clear = 2 * likelihood[best] / dispersion
    let pValue = min(1, Double(bins - 1) * Statistics.chiSquareTail(clear))
    guard after > before, after >= leastRatio * max(before, 1e-9), pValue < significance else {
      return nil
    }
    // 3.84 is the 95 % point of χ² with one degree of freedom.
    let near = (1..<bins).filter { 2 * (likelihood[best] - likelihood[$0]) / dispersion <= 3.84 }
    return RateStep(
      before: before, after: after, onset: (near.first ?? best)...(near.last ?? best),
      pValue: pValue, dispersion: dispersion)
  }

  /// Log-likelihood gained by two Poisson rates over one.
  private static func gain(_ sum: Double, _ at: Int, _ total: Double, _ bins: Int) -> Double {
    func part(_ events: Double, _ length: Int) -> Double {
      events > 0 ? events * Statistics.ln(events / Double(length)) : 0
    }
    return part(sum, at) + part(total - sum, bins - at) - part(total, bins)
  }

  private static func dispersion(
    _ counts: [UInt32], _ at: Int, _ before: Double, _ after: Double
  ) -> Double {
    var pearson = 0.0
    for (bin, count) in counts.enumerated() {
      let mean = bin < at ? before : after
      guard mean > 0 else { continue }
      pearson += (Double(count) - mean) * (Double(count) - mean) / mean
    }
    return max(1, pearson / Double(max(1, counts.count - 2)))
  }
}

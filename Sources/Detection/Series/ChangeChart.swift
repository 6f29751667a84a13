/// A cumulative-sum chart of hourly counts that scatter more than Poisson's (negative binomial), set to
/// notice that the rate has doubled.
///
/// Each count adds its log-likelihood ratio of "twice the rate" against "the rate", but never lets the sum
/// fall below zero; passing the threshold is an alarm. The threshold is set so that a series whose rate
/// never changes raises one in 30 days at most, on average: computed from the chart as a Markov chain
/// (Brook and Evans 1972), not by a table.
public struct ChangeChart: Hashable, Sendable {
  /// The ratio of rates that it is set to notice.
  public static let ratio = 2.0
  /// Hours to a false alarm, on average, at the least.
  public static let hoursToFalseAlarm = 720.0

  /// Events an hour before.
  public let rate: Double
  /// Variance over mean; 1 is Poisson's.
  public let dispersion: Double
  /// The count above which an hour speaks for the doubled rate: with Poisson's counts
  /// (λ₁ − λ₀) / ln(λ₁ / λ₀).
  public let reference: Double
  /// The sum, in events beyond the reference, at which the alarm is raised.
  public let threshold: Double

  /// The chart for a rate above zero; nil where the rate cannot be charted.
  public init?(rate: Double, dispersion: Double) {
    guard rate > 0, rate < 1e9, dispersion.isFinite else { return nil }
    self.rate = rate
    self.dispersion = max(1, dispersion)
    reference = ChangeChart.reference(rate, self.dispersion)
    threshold = ChangeChart.threshold(rate, self.dispersion, reference)
  }

  /// Of a negative binomial of size r: r ln((λ₁ + r) / (λ₀ + r)) over ln(λ₁ (λ₀ + r) / (λ₀ (λ₁ + r))).
  private static func reference(_ rate: Double, _ dispersion: Double) -> Double {
    let twice = ratio * rate
    guard dispersion > 1.001 else { return (twice - rate) / Statistics.ln(ratio) }
    let size = rate / (dispersion - 1)
    return size * Statistics.ln((twice + size) / (rate + size))
      / Statistics.ln(ratio * (rate + size) / (twice + size))
  }

  /// An alarm: the sum had been zero until before `onset`, and passed the threshold at `alarm`.
  public struct Alarm: Hashable, Sendable {
    /// The first hour that raised the sum.
    public var onset: Int
    /// The hour in which the alarm was raised.
    public var alarm: Int
  }

  /// The alarms of a series; after each the sum begins again from zero once it has fallen there.
  public func alarms(_ counts: some Collection<UInt32>) -> [Alarm] {
    var found: [Alarm] = []
    var (sum, onset, isRaised) = (0.0, 0, false)
    for (hour, count) in counts.enumerated() {
      let before = sum
      // What lies above the threshold must not take as long to fall again as it took to rise.
      sum = min(2 * threshold, max(0, sum + Double(count) - reference))
      if sum == 0 { isRaised = false }
      if before == 0, sum > 0 { onset = hour }
      if sum >= threshold, !isRaised {
        found.append(Alarm(onset: onset, alarm: hour))
        isRaised = true
      }
    }
    return found
  }
}

extension ChangeChart {
  private static let states = 48
  /// Means above this are brought down to it, with as much scatter: the sums then have as many values
  /// as matter.
  private static let largestMean = 200.0

  /// The least threshold with the wanted hours to a false alarm, within a hundredth.
  private static func threshold(_ rate: Double, _ dispersion: Double, _ reference: Double) -> Double
  {
    let scale = max(1, rate / largestMean)
    // Poisson's scatter of the smaller mean is more than that of the larger, so that this errs on the
    // side of late alarms.
    let law = CountLaw(mean: rate / scale, dispersion: max(1, dispersion / scale))
    let mark = reference / scale
    var low = 0.0
    var high = max(1, mark)
    while hours(law, mark, high) < hoursToFalseAlarm, high < 1e6 {
      low = high
      high *= 2
    }
    for _ in 0..<12 where high - low > 0.01 * high {
      let middle = (low + high) / 2
      if hours(law, mark, middle) < hoursToFalseAlarm { low = middle } else { high = middle }
    }
    return high * scale
  }

  /// Hours to an alarm from a sum of zero: the sums below the threshold in equal steps are the states of
  /// a chain, and (1 − Q) h = 1.
  private static func hours(_ law: CountLaw, _ reference: Double, _ threshold: Double) -> Double {
    let n = states
    let step = threshold / (Double(n) - 0.5)
    var rows = [[Double]](repeating: [Double](repeating: 0, count: n + 1), count: n)
    for i in 0..<n {
      var below = 0.0
      for j in 0..<n {
        let edge = law.share(upTo: reference + (Double(j) + 0.5 - Double(i)) * step)
        rows[i][j] = (i == j ? 1 : 0) - (edge - below)
        below = edge
      }
      rows[i][n] = 1
    }
    for pivot in 0..<n {
      // The chain leaks, so the matrix is diagonally dominant and no rows need to change places.
      guard rows[pivot][pivot] > 1e-300 else { return .infinity }
      for i in pivot + 1..<max(n, pivot + 1) where rows[i][pivot] != 0 {
        let factor = rows[i][pivot] / rows[pivot][pivot]
        for j in pivot...n { rows[i][j] -= factor * rows[pivot][j] }
      }
    }
    var solution = [Double](repeating: 0, count: n)
    for i in (0..<n).reversed() {
      var sum = rows[i][n]
      for j in i + 1..<max(n, i + 1) { sum -= rows[i][j] * solution[j] }
      solution[i] = sum / rows[i][i]
    }
    return solution[0]
  }
}

/// The distribution function of counts, Poisson's or negative binomial.
struct CountLaw {
  private var sums: [Double] = []

  private static let most = 20_000

  init(mean: Double, dispersion: Double) {
    let isPoisson = dispersion <= 1.001
    let size = isPoisson ? 0 : mean / (dispersion - 1)
    let success = 1 / dispersion
    var term =
      isPoisson
      ? Statistics.exponential(-mean) : Statistics.exponential(size * Statistics.ln(success))
    var sum = 0.0
    for count in 0..<CountLaw.most {
      sum += term
      sums.append(min(1, sum))
      if sum > 1 - 1e-12, Double(count) > mean { break }
      term *=
        isPoisson
        ? mean / Double(count + 1)
        : (Double(count) + size) / Double(count + 1) * (1 - success)
    }
  }

  /// The probability of a count of at most `value`.
  func share(upTo value: Double) -> Double {
    guard value >= 0 else { return 0 }
    guard value < Double(sums.count) else { return 1 }
    return sums[Int(value)]
  }
}

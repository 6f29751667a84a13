internal import Glibc

/// Tail probabilities, each tested against brute force.
public enum Statistics {
  /// The probability of at least `drawn` marked ones when `sample` are drawn without replacement from `population` of which
  /// `marked` are marked (hypergeometric upper tail, exact up to rounding). 1 where the numbers make no sense.
  public static func hypergeometricTail(
    population: Double, marked: Double, sample: Double, drawn: Double
  ) -> Double {
    guard drawn > 0 else { return 1 }
    guard marked >= drawn, sample >= drawn, population >= max(marked, sample) else {
      return drawn > min(marked, sample) ? 0 : 1
    }
    let start = max(drawn, sample + marked - population)
    var logTerm =
      logChoose(marked, start) + logChoose(population - marked, sample - start)
      - logChoose(population, sample)
    var sum = 0.0
    var k = start
    let most = min(marked, sample)
    while k <= most {
      let term = exp(logTerm)
      sum += term
      if term < sum * 1e-12 || (term == 0 && k > sample * marked / population) { break }
      logTerm +=
        log(marked - k) + log(sample - k) - log(k + 1)
        - log(population - marked - sample + k + 1)
      k += 1
    }
    return min(1, sum)
  }

  /// ln of n over k.
  static func logChoose(_ n: Double, _ k: Double) -> Double {
    guard k >= 0, k <= n else { return -.infinity }
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
  }

  /// The probability that a χ² variable of one degree of freedom exceeds `value`.
  public static func chiSquareTail(_ value: Double) -> Double {
    value <= 0 ? 1 : erfc((value / 2).squareRoot())
  }

  /// Natural logarithm, here so that no other file of this room needs the C library.
  static func ln(_ value: Double) -> Double { log(value) }

  /// The median; the mean of the middle two for an even count; nil for none. Works on a copy.
  public static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    var values = values
    let middle = values.count / 2
    let upper = select(middle, of: &values)
    guard values.count % 2 == 0, let lower = values[..<middle].max() else { return upper }
    return (lower + upper) / 2
  }

  /// The value that sorting would put at `place`; what is less ends up before it (Hoare's selection).
  private static func select(_ place: Int, of values: inout [Double]) -> Double {
    var (low, high) = (0, values.count - 1)
    while low < high {
      let pivot = values[low + (high - low) / 2]
      var (i, j) = (low, high)
      while i <= j {
        while values[i] < pivot { i += 1 }
        while pivot < values[j] { j -= 1 }
        if i <= j {
          values.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if place <= j {
        high = j
      } else if place >= i {
        low = i
      } else {
        break
      }
    }
    return values[place]
  }
}

extension Statistics {
  /// e to the power of a value, here so that no other file of this room needs the C library.
  static func exponential(_ value: Double) -> Double { exp(value) }
}

extension Statistics {
  /// The interval of a share, 95 % (Wilson 1927); 0 to 1 where nothing was counted.
  public static func wilson(_ count: Int, of total: Int) -> (low: Double, high: Double) {
    guard total > 0 else { return (0, 1) }
    let (n, z2) = (Double(total), 1.96 * 1.96)
    let share = Double(count) / n
    let middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    let half = (share * (1 - share) * z2 / n + z2 * z2 / (4 * n * n)).squareRoot() / (1 + z2 / n)
    return (max(0, middle - half), min(1, middle + half))
  }
}

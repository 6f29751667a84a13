/// The 95 % interval of the mean of a Poisson count (Garwood's, by Wilson and Hilferty's cube).
public struct CountInterval: Hashable, Sendable {
  /// The bounds.
  public var low: Double, high: Double

  /// The interval of a count.
  public init(_ count: Int) {
    let n = Double(max(0, count))
    func cube(_ value: Double, _ sign: Double) -> Double {
      let root = 1 - 1 / (9 * value) + sign * 1.96 / (3 * value.squareRoot())
      return value * root * root * root
    }
    low = n > 0 ? max(0, cube(n, -1)) : 0
    high = cube(n + 1, 1)
  }
}

/// What a number of watched addresses shows of somebody who chooses blindly among all of them (Moore,
/// Shannon, Voelker and Savage 2004).
public struct Telescope: Hashable, Sendable {
  /// All addresses there are.
  public static let space = 4_294_967_296.0
  /// Events below which no rate is inferred.
  public static let leastEvents = 10

  /// The watched addresses' share of all.
  public let share: Double

  /// A telescope of so many addresses; nil for none, or more than there are.
  public init?(addresses: Double) {
    guard addresses >= 1, addresses <= Telescope.space else { return nil }
    share = addresses / Telescope.space
  }

  /// The chance to be met within some seconds by somebody who makes so many tries a second.
  public func chanceToSee(perSecond: Double, within seconds: Double) -> Double {
    guard perSecond > 0, seconds > 0 else { return 0 }
    if share >= 1 { return perSecond * seconds >= 1 ? 1 : 0 }
    return 1 - Statistics.exponential(perSecond * seconds * Statistics.ln(1 - share))
  }

  /// Seconds until that is met with a given probability; infinite for a rate of none.
  public func secondsToSee(_ probability: Double, perSecond: Double) -> Double {
    guard perSecond > 0, probability > 0, probability < 1 else { return .infinity }
    return -Statistics.ln(1 - probability) / (share * perSecond)
  }

  /// A rate with its 95 % interval.
  public struct Rate: Hashable, Sendable {
    /// Tries a second at all addresses together.
    public var perSecond: Double
    /// Its interval.
    public var low: Double, high: Double
  }

  /// The rate at which somebody tries all addresses, by the events met at the watched ones within some
  /// seconds; nil for fewer than `leastEvents`.
  public func rate(events: Int, seconds: Double) -> Rate? {
    guard events >= Telescope.leastEvents, seconds > 0 else { return nil }
    let interval = CountInterval(events)
    let scale = 1 / (seconds * share)
    return Rate(
      perSecond: Double(events) * scale, low: interval.low * scale, high: interval.high * scale)
  }

  /// The chance that blind tries, so many a second, meet the watched addresses as often as was seen, or
  /// more often.
  public func chanceOf(events: Int, perSecond: Double, seconds: Double) -> Double {
    Telescope.tail(events, mean: perSecond * seconds * share)
  }

  /// The probability of a Poisson count of at least `count`.
  static func tail(_ count: Int, mean: Double) -> Double {
    guard count > 0 else { return 1 }
    guard mean > 0 else { return 0 }
    // From the count on, or all before it: whichever falls off.
    var sum = 0.0
    if Double(count) > mean {
      var term = Statistics.exponential(
        Double(count) * Statistics.ln(mean) - mean - Statistics.logFactorial(count))
      var k = count
      while term > sum * 1e-15, k < count + 100_000 {
        sum += term
        k += 1
        term *= mean / Double(k)
      }
      return min(1, sum)
    }
    var term = Statistics.exponential(
      Double(count - 1) * Statistics.ln(mean) - mean - Statistics.logFactorial(count - 1))
    var k = count - 1
    while k >= 0, term > sum * 1e-15 {
      sum += term
      term *= Double(k) / mean
      k -= 1
    }
    return max(0, 1 - sum)
  }
}

extension Statistics {
  /// The natural logarithm of 1 · 2 · … · n.
  static func logFactorial(_ n: Int) -> Double {
    guard n > 1 else { return 0 }
    if n < 256 { return (2...n).reduce(0.0) { $0 + ln(Double($1)) } }
    let x = Double(n)
    // Stirling's series.
    return x * ln(x) - x + 0.5 * ln(2 * .pi * x) + 1 / (12 * x) - 1 / (360 * x * x * x)
  }
}

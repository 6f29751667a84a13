/// The logistic model of hosts that infect each other by blind tries: I(t) = N / (1 + e^(−K (t − T))).
public struct Epidemic: Hashable, Sendable {
  /// Hosts that can be infected.
  public let hosts: Double
  /// Tries that find a host a second, of one infected while nearly all are still to be found.
  public let growth: Double

  /// From the doubling time at the beginning, in seconds.
  public init?(hosts: Double, doubling: Double) {
    guard hosts > 1, doubling > 0 else { return nil }
    self.hosts = hosts
    growth = Statistics.ln(2) / doubling
  }

  /// From the tries a second of each infected host.
  public init?(hosts: Double, triesPerSecond: Double) {
    guard hosts > 1, triesPerSecond > 0 else { return nil }
    self.hosts = hosts
    growth = hosts * triesPerSecond / Telescope.space
  }

  /// Seconds in which the infected double at the beginning.
  public var doubling: Double { Statistics.ln(2) / growth }
  /// Tries a second that each infected host must make for such a growth.
  public var triesPerSecond: Double { growth * Telescope.space / hosts }
  /// New infections a second at the peak, when half are infected.
  public var peak: Double { hosts * growth / 4 }

  /// Seconds from the first infected host until a share of all is; infinite for all.
  public func seconds(to share: Double) -> Double {
    guard share > 0, share < 1 else { return .infinity }
    return (Statistics.ln(hosts - 1) + Statistics.ln(share / (1 - share))) / growth
  }
}

/// An epidemic that was measured, against what the model makes of its numbers.
public struct MeasuredEpidemic: Hashable, Sendable {
  /// The worm's name.
  public var name: String
  /// Hosts infected in the end.
  public var hosts: Double
  /// The doubling time at the beginning, in seconds.
  public var doubling: Double
  /// Seconds until nine in ten were infected, as published.
  public var publishedSeconds: Double
  /// Who measured.
  public var source: String
  /// Why the model errs, where it does.
  public var reason: String

  /// What is published.
  public static let all = [
    MeasuredEpidemic(
      name: "Slammer", hosts: 75_000, doubling: 8.5, publishedSeconds: 600,
      source: "Moore and others 2003", reason: "links were full after three minutes"),
    MeasuredEpidemic(
      name: "Code Red", hosts: 359_000, doubling: 37 * 60, publishedSeconds: 14 * 3_600,
      source: "Moore, Shannon and Brown 2002",
      reason: "hosts were switched off and mended meanwhile"),
  ]

  /// What the model makes of it; never nil for what is published.
  public var model: Epidemic? { Epidemic(hosts: hosts, doubling: doubling) }

  /// The model's time to nine tenths over the published one.
  public var fit: Double { (model?.seconds(to: 0.9) ?? .nan) / publishedSeconds }

  /// In words, with the misfit where there is one: more than half again, either way.
  public var words: String {
    let modelled = model?.seconds(to: 0.9) ?? .nan
    let head =
      "\(name) doubled in \(MeasuredEpidemic.time(doubling)); the logistic model then gives nine tenths of "
      + "\(Int(hosts)) hosts after \(MeasuredEpidemic.time(modelled))"
    let published = ", published are about \(MeasuredEpidemic.time(publishedSeconds)) (\(source))"
    return head + published
      + (fit > 1.5 || fit < 1 / 1.5 ? ": the model does not hold, \(reason)" : "")
  }

  /// A time in the unit that suits it.
  static func time(_ seconds: Double) -> String {
    switch seconds {
    case ..<120: "\(FindingBuilder.rate(seconds)) s"
    case ..<7_200: "\(FindingBuilder.rate(seconds / 60)) min"
    case ..<172_800: "\(FindingBuilder.rate(seconds / 3_600)) h"
    case ..<63_072_000: "\(FindingBuilder.rate(seconds / 86_400)) d"
    default: "\(FindingBuilder.rate(seconds / 31_557_600)) years"
    }
  }
}

/// How fast first sightings become more frequent: the exponent of the likeliest exponential growth over a
/// stretch of time.
public struct Growth: Hashable, Sendable {
  /// Sightings.
  public var count: Int
  /// The exponent a second, with its 95 % interval.
  public var exponent: Double
  /// Its bounds.
  public var low: Double, high: Double

  /// Sightings below which nothing is said.
  public static let leastSightings = 20

  /// Seconds in which they double; nil where they may as well not grow.
  public var doubling: Double? { low > 0 ? Statistics.ln(2) / exponent : nil }

  /// nil for fewer than `leastSightings`, or no stretch of time.
  ///
  /// - Parameters:
  ///   - times: seconds from the beginning of the stretch, each within it.
  ///   - length: of the stretch, in seconds.
  public init?(_ times: [Double], length: Double) {
    guard times.count >= Growth.leastSightings, length > 0 else { return nil }
    count = times.count
    let mean = times.reduce(0, +) / Double(times.count) / length
    // The mean place rises with the exponent; look for the one whose mean is the one seen.
    var (below, above) = (-500.0, 500.0)
    for _ in 0..<60 {
      let middle = (below + above) / 2
      if Growth.meanPlace(middle) < mean { below = middle } else { above = middle }
    }
    let scaled = (below + above) / 2
    let error = 1 / (Double(times.count) * Growth.spread(scaled)).squareRoot()
    exponent = scaled / length
    low = (scaled - 1.96 * error) / length
    high = (scaled + 1.96 * error) / length
  }

  /// The mean of a place in 0…1 whose density grows by e to the power of `k`.
  private static func meanPlace(_ k: Double) -> Double {
    if abs(k) < 1e-3 { return 0.5 + k / 12 }
    return 1 / (1 - Statistics.exponential(-k)) - 1 / k
  }

  /// The variance of that place.
  private static func spread(_ k: Double) -> Double {
    if abs(k) < 1e-2 { return 1.0 / 12 }
    let e = Statistics.exponential(-abs(k))
    return max(1e-9, 1 / (k * k) - e / ((1 - e) * (1 - e)))
  }
}

/// How many there are, by two samples of them (Chapman's form of capture and recapture).
public struct Recapture: Hashable, Sendable {
  /// The estimate, and its standard error.
  public var estimate: Double, error: Double
  /// The 95 % interval; never fewer than were seen.
  public var low: Double { max(seen, estimate - 1.96 * error) }
  /// The upper bound.
  public var high: Double { estimate + 1.96 * error }
  private let seen: Double

  /// In both samples, below which nothing is said.
  public static let leastCommon = 10

  /// nil for fewer than `leastCommon` in both, or numbers that make no sense.
  public init?(first: Int, second: Int, common: Int) {
    guard common >= Recapture.leastCommon, common <= min(first, second) else { return nil }
    let (a, b, m) = (Double(first), Double(second), Double(common))
    estimate = (a + 1) * (b + 1) / (m + 1) - 1
    let variance =
      (a + 1) * (b + 1) * (a - m) * (b - m) / ((m + 1) * (m + 1) * (m + 2))
    error = variance.squareRoot()
    seen = a + b - m
  }
}

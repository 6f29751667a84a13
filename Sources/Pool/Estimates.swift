internal import Glibc
public import Observations

/// A number concluded from many reports, with an interval and what it takes for granted.
public struct Estimate: Hashable, Sendable {
  /// The best single value.
  public var value: Double
  /// The lower end of the interval; how often it holds the truth is `Estimates.level`.
  public var low: Double
  /// The upper end.
  public var high: Double
  /// How many events it rests on.
  public var events: Int
  /// What must hold for it to be true, one sentence each, without a trailing stop.
  public var assumptions: [String]
}

/// An estimate, or why there is none.
public enum EstimateResult: Hashable, Sendable {
  /// The estimate.
  case estimate(Estimate)
  /// Why nothing is said.
  case refused(because: String)

  /// The estimate, if there is one.
  public var estimate: Estimate? {
    if case .estimate(let estimate) = self { estimate } else { nil }
  }
}

/// What may be concluded from many reports. Nothing is said of fewer than `fewestEvents` events.
public enum Estimates {
  /// The fewest events that anything is concluded from.
  public static let fewestEvents = 10
  /// How often intervals hold the truth.
  public static let level = 0.9
  /// The standard normal deviate of an interval of this level.
  static let deviate = 1.644854

  /// The refusal of too few events; nil for enough.
  static func refusal(_ events: Int, _ what: String) -> EstimateResult? {
    guard events < fewestEvents else { return nil }
    return .refused(because: "\(events) \(what), and \(fewestEvents) are needed")
  }

  /// The interval of a Poisson mean from one count (Byar's approximation of the exact one).
  static func poisson(_ count: Int) -> (low: Double, high: Double) {
    let n = Double(count)
    func end(_ n: Double, _ sign: Double) -> Double {
      guard n > 0 else { return 0 }
      let root = 1 - 1 / (9 * n) + sign * deviate / (3 * n.squareRoot())
      return n * root * root * root
    }
    return (max(0, end(n, -1)), end(n + 1, 1))
  }
}

extension Estimates {
  /// The interval of a share (Wilson 1927); 0 to 1 where nothing was counted.
  static func wilson(_ count: Int, of total: Int) -> (low: Double, high: Double) {
    guard total > 0 else { return (0, 1) }
    let (n, z2) = (Double(total), deviate * deviate)
    let share = Double(count) / n
    let middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    let half = (share * (1 - share) * z2 / n + z2 * z2 / (4 * n * n)).squareRoot() / (1 + z2 / n)
    return (max(0, middle - half), min(1, middle + half))
  }

  /// How many sources there are in all, by how many of those that one group of sensors met the other met
  /// too (Chapman 1951; interval of the unseen by Chao 1987).
  ///
  /// - Parameters:
  ///   - first: sources that the one group met.
  ///   - second: sources that the other group met.
  ///   - both: whether sensors of both groups could have met a source: a sensor without IPv6 meets none
  ///     of it, and its silence says nothing.
  /// - Returns: the number of sources that both could meet.
  public static func population(
    first: Set<Address>, second: Set<Address>, couldBeMetByBoth both: (Address) -> Bool
  ) -> EstimateResult {
    let (one, other) = (first.filter(both), second.filter(both))
    let shared = one.intersection(other).count
    if let refusal = refusal(shared, "sources met by both groups") { return refusal }
    let (n, m, k) = (Double(one.count), Double(other.count), Double(shared))
    let value = (n + 1) * (m + 1) / (k + 1) - 1
    let seen = n + m - k
    let variance =
      (n + 1) * (m + 1) * (n - k) * (m - k) / ((k + 1) * (k + 1) * (k + 2))
    let unseen = max(0, value - seen)
    var (low, high) = (value, value)
    if unseen > 0 {
      let spread = exp(deviate * log(1 + variance / (unseen * unseen)).squareRoot())
      (low, high) = (seen + unseen / spread, seen + unseen * spread)
    }
    return .estimate(
      Estimate(
        value: value, low: low, high: high, events: shared,
        assumptions: [
          "every source is as likely as any other to meet a sensor of either group; "
            + "where some visit many more addresses than others the number is too low",
          "which of the two groups meets a source has nothing to do with the other; "
            + "groups in neighbouring networks share their visitors, and the number is too low",
          "an address stands for one source during this time",
          "\(first.count - one.count + second.count - other.count) sightings of sources that "
            + "only one group could meet are left out",
        ]))
  }

  /// How many sources were active: those that reached a sensor, and nothing about others.
  public static func active(_ sources: DistinctCount) -> EstimateResult {
    let events = Int(clamping: sources.value)
    if let refusal = refusal(events, "sources") { return refusal }
    let value = Double(sources.value)
    // The sketch's standard error of 1.6 % times the deviate, rounded up.
    let error = sources.isExact ? 0 : 0.027
    return .estimate(
      Estimate(
        value: value, low: value * (1 - error), high: value * (1 + error), events: events,
        assumptions: [
          "only sources that reached a sensor are counted",
          "sources whose addresses anybody could forge are counted as if they were real",
        ]))
  }

  /// The share of activities of one verdict among all that could have had it.
  ///
  /// - Parameters:
  ///   - part: activities with the verdict.
  ///   - total: all activities whose sensors could have told: the denominator.
  ///   - denominator: what those are, in words.
  /// - Returns: the share of 0...1.
  public static func share(of part: Int, among total: Int, denominator: String) -> EstimateResult {
    guard part >= 0, part <= total else {
      return .refused(because: "a part of \(part) among \(total) is none")
    }
    if let refusal = refusal(total, denominator) { return refusal }
    let interval = wilson(part, of: total)
    return .estimate(
      Estimate(
        value: Double(part) / Double(total), low: interval.low, high: interval.high, events: total,
        assumptions: [
          "the denominator is \(total) \(denominator)",
          "activities are independent of each other; many by one hand make the interval too narrow",
          "the sensors' verdicts are right; how often each article is, is measured apart",
        ]))
  }

  /// How long one address waits for the next probe, in seconds.
  ///
  /// - Parameters:
  ///   - probes: probes counted.
  ///   - addresses: addresses that sensors watch and that could be probed.
  ///   - seconds: how long they were watched.
  /// - Returns: the mean time between two probes of one address.
  public static func probeInterval(
    probes: Int, addresses: Double, seconds: Double
  ) -> EstimateResult {
    guard addresses > 0, seconds > 0, addresses.isFinite, seconds.isFinite else {
      return .refused(because: "it is not known how many addresses were watched, or for how long")
    }
    if let refusal = refusal(probes, "probes") { return refusal }
    let exposure = addresses * seconds
    let interval = poisson(probes)
    return .estimate(
      Estimate(
        value: exposure / Double(probes), low: exposure / interval.high,
        high: exposure / interval.low, events: probes,
        assumptions: [
          "probes come independently of each other; bursts make the interval too narrow",
          "the watched addresses are probed as often as others; "
            + "whoever prefers its neighbours probes some networks more",
        ]))
  }
}

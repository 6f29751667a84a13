internal import Glibc
public import Observations

/// When a source was met first and last.
public struct SourceSpan: Hashable, Sendable {
  /// The first report's time.
  public var first: Timestamp
  /// The last report's time.
  public var last: Timestamp

  /// A span out of its parts.
  public init(first: Timestamp, last: Timestamp) {
    self.first = first
    self.last = last
  }
}

/// Events of one bucket of time, and how much could be seen in it.
public struct ExposedCount: Hashable, Sendable {
  /// How many: sources that were new, say.
  public var events: Int
  /// How much could have been seen: the number of independent networks that reported at all. Only
  /// ratios of it count.
  public var exposure: Double

  /// A count out of its parts.
  public init(events: Int, exposure: Double) {
    self.events = events
    self.exposure = exposure
  }
}

extension Estimates {
  /// How many sources appear each day.
  ///
  /// - Parameters:
  ///   - spans: sources with their times within the window.
  ///   - window: what was watched.
  ///   - quiet: after so many seconds of silence a source counts as gone; those first met within that
  ///     time of the window's beginning may have been there before and are not counted.
  /// - Returns: arrivals per day.
  public static func arrivals(
    _ spans: [SourceSpan], window: ClosedRange<Timestamp>, quiet: Double
  ) -> EstimateResult {
    let length = window.upperBound.seconds(since: window.lowerBound) - quiet
    guard length > 0, quiet >= 0 else {
      return .refused(because: "the window is no longer than the silence that tells who is gone")
    }
    let arrived = spans.count { $0.first.seconds(since: window.lowerBound) > quiet }
    if let refusal = refusal(arrived, "arrivals") { return refusal }
    let (days, interval) = (length / 86_400, poisson(arrived))
    return .estimate(
      Estimate(
        value: Double(arrived) / days, low: interval.low / days, high: interval.high / days,
        events: arrived,
        assumptions: [
          "sources that are there are met often, compared with \(Int(quiet)) seconds",
          "a source that changes its address counts as one that leaves and one that comes",
          "the number of sensors did not change",
        ]))
  }

  /// For how long a source stays, in days.
  ///
  /// - Parameters:
  ///   - spans: sources with their times within the window.
  ///   - window: what was watched.
  ///   - quiet: after so many seconds of silence a source counts as gone.
  /// - Returns: the mean stay; of those still there only the time so far counts.
  public static func stay(
    _ spans: [SourceSpan], window: ClosedRange<Timestamp>, quiet: Double
  ) -> EstimateResult {
    let end = window.upperBound.seconds(since: window.lowerBound) - quiet
    guard end > 0, quiet >= 0 else {
      return .refused(because: "the window is no longer than the silence that tells who is gone")
    }
    var (gone, exposure) = (0, 0.0)
    for span in spans {
      let first = max(0, span.first.seconds(since: window.lowerBound))
      let last = span.last.seconds(since: window.lowerBound)
      guard first < end else { continue }
      exposure += max(0, min(last, end) - first)
      if last < end { gone += 1 }
    }
    if let refusal = refusal(gone, "departures") { return refusal }
    let (days, interval) = (exposure / 86_400, poisson(gone))
    return .estimate(
      Estimate(
        value: days / Double(gone), low: days / interval.high, high: days / interval.low,
        events: gone,
        assumptions: [
          "a source that was there for long leaves no more readily than one that just came",
          "sources that are there are met often, compared with \(Int(quiet)) seconds; "
            + "otherwise the stay is too short",
          "a source that changes its address counts as gone",
        ]))
  }

  /// By which factor the number of events changes from bucket to bucket.
  ///
  /// Counts are fitted by an exponential (Poisson regression); the interval allows for counts that
  /// scatter more than chance would have them.
  ///
  /// - Parameter counts: the buckets in order of time, of equal length.
  /// - Returns: the factor; 1 is neither growth nor decline.
  public static func growth(_ counts: [ExposedCount]) -> EstimateResult {
    let usable = counts.enumerated().filter { $0.element.exposure > 0 && $0.element.events >= 0 }
    let events = usable.reduce(0) { $0 + $1.element.events }
    if let refusal = refusal(events, "events") { return refusal }
    guard usable.count >= fewestBuckets else {
      return .refused(
        because: "\(usable.count) buckets of time in which anything could be seen, "
          + "and \(fewestBuckets) are needed")
    }
    let middle = Double(counts.count - 1) / 2
    guard
      let fit = PoissonLine(
        usable.map {
          (Double($0.offset) - middle, Double($0.element.events), $0.element.exposure)
        })
    else { return .refused(because: "all events are in so few buckets that no line fits them") }
    let spread = student(usable.count - 2) * fit.slopeError
    return .estimate(
      Estimate(
        value: exp(fit.slope), low: exp(fit.slope - spread), high: exp(fit.slope + spread),
        events: events,
        assumptions: [
          "the rate changes by the same factor from bucket to bucket",
          "what could be seen is in proportion to the number of networks that reported",
        ]))
  }

  /// The fewest buckets that growth is concluded from.
  public static let fewestBuckets = 5

  /// Student's deviate of an interval of `level` (expansion of Cornish and Fisher).
  static func student(_ freedom: Int) -> Double {
    let (z, v) = (deviate, Double(max(1, freedom)))
    let (z3, z5) = (z * z * z, z * z * z * z * z)
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v)
  }
}

/// Counts whose logarithm of expectation is a line in time, beside the logarithm of the exposure.
struct PoissonLine {
  var slope: Double
  var slopeError: Double

  /// - Parameter points: time, count, exposure; nil where no finite line fits best.
  init?(_ points: [(time: Double, count: Double, exposure: Double)]) {
    // With events at one end only the best line is infinitely steep.
    guard points.count(where: { $0.count > 0 }) >= 2 else { return nil }
    let total = points.reduce(0) { $0 + $1.count }
    var level = log(total / points.reduce(0) { $0 + $1.exposure })
    var slope = 0.0
    var information = 0.0
    for _ in 0..<60 {
      var (s0, s1, s2, g0, g1) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for point in points {
        let mean = point.exposure * exp(level + slope * point.time)
        s0 += mean
        s1 += mean * point.time
        s2 += mean * point.time * point.time
        g0 += point.count - mean
        g1 += (point.count - mean) * point.time
      }
      let determinant = s0 * s2 - s1 * s1
      guard determinant > 0, determinant.isFinite else { return nil }
      // Steps are kept small, so that a poor start does not overshoot.
      let steps = ((s2 * g0 - s1 * g1) / determinant, (s0 * g1 - s1 * g0) / determinant)
      let shrink = min(1, 2 / max(abs(steps.0), abs(steps.1), 1e-300))
      level += steps.0 * shrink
      slope += steps.1 * shrink
      information = determinant / s0
      if abs(steps.0) + abs(steps.1) < 1e-10 { break }
    }
    guard slope.isFinite, abs(slope) < 20 else { return nil }
    let deviation = points.reduce(0.0) { sum, point in
      let mean = point.exposure * exp(level + slope * point.time)
      return sum + (point.count - mean) * (point.count - mean) / max(mean, 1e-9)
    }
    let dispersion = max(1, deviation / Double(max(1, points.count - 2)))
    self.slope = slope
    slopeError = (dispersion / information).squareRoot()
  }
}

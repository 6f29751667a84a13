internal import Glibc

/// The share of sources that networks agree on a verdict of.
public struct ArticleShare: Hashable, Sendable {
  /// The article.
  public var article: String
  /// The share of 0...1, among the sources with any verdict that enough networks share.
  public var share: EstimateResult

  /// A share out of its parts.
  public init(article: String, share: EstimateResult) {
    self.article = article
    self.share = share
  }
}

/// All that is concluded from the digests of some days about a service, a verdict or everything.
///
/// Everything rests on widely met sources alone (`DayDigest`), so that nobody moves it by probing one
/// network. Which of them were met on which days, and by how many networks, tells how often one is missed,
/// how long it stays and how many there are (capture and recapture of an open population). Only networks
/// count that could meet such sources, on the days when they reported anything.
public struct Outlook: Hashable, Sendable {
  /// The days it is about: from the first to the last on which enough networks reported.
  public var days: ClosedRange<Day>
  /// Sources that were there at the end of the last day.
  public var active: EstimateResult
  /// Sources that were there at any time of these days, met or not.
  public var population: EstimateResult
  /// Sources that come each day, on average.
  public var arrivals: EstimateResult
  /// For how many days a source stays, on average.
  public var stay: EstimateResult
  /// The factor by which arrivals change from day to day; 1 is neither growth nor decline.
  public var growth: EstimateResult
  /// For how many seconds an address waits for the next packet, on average over these days.
  public var probeInterval: EstimateResult
  /// The share of each verdict, the largest first.
  public var shares: [ArticleShare]

  /// Concludes what there is to conclude.
  ///
  /// - Parameters:
  ///   - digests: those of one key, in any order; days without one had no widely met source.
  ///   - exposures: those of the days that digests were made of, in any order.
  ///   - days: the window; days at its ends on which too few networks reported are left out.
  ///   - fewestNetworks: how many networks make a source widely met; where a digest was made with more,
  ///     as many as that.
  public init(
    of digests: [DayDigest], exposures: [DayExposure], in days: ClosedRange<Day>,
    fewestNetworks: UInt64 = Publication.fewestOfPublicPool
  ) {
    // What was left out of one digest must not count in another.
    let fewest = digests.map(\.fewestNetworks).reduce(max(1, fewestNetworks), max)
    var window = OutlookWindow(digests, exposures, days, fewest: fewest)
    if let watched = window.watchedSpan, watched != days {
      window = OutlookWindow(digests, exposures, watched, fewest: fewest)
    }
    self.days = window.days
    shares = window.shares
    let fit = window.refusal == nil ? PresenceFit(window.model, from: window.start) : nil
    guard let fit else {
      let refusal = EstimateResult.refused(
        because: window.refusal ?? "these days do not tell coming, staying and missing apart")
      (active, population, arrivals) = (refusal, refusal, refusal)
      (stay, growth, probeInterval) = (refusal, refusal, refusal)
      return
    }
    let conclusions = OutlookConclusions(window: window, fit: fit)
    active = conclusions.active
    population = conclusions.population
    arrivals = conclusions.arrivals
    stay = conclusions.stay
    growth = conclusions.growth
    probeInterval = conclusions.probeInterval
  }

  /// The same with values rounded to two significant digits and the ends of intervals outward to such, and
  /// growth to hundredths: what may be shown to everybody.
  public var published: Outlook {
    var outlook = self
    outlook.active = active.coarse
    outlook.population = population.coarse
    outlook.arrivals = arrivals.coarse
    outlook.stay = stay.coarse
    outlook.growth = growth.hundredths
    outlook.probeInterval = probeInterval.coarse
    outlook.shares = shares.map { ArticleShare(article: $0.article, share: $0.share.coarse) }
    return outlook
  }
}

extension EstimateResult {
  /// With two significant digits; the interval only grows by it.
  var coarse: EstimateResult {
    guard case .estimate(var estimate) = self else { return self }
    estimate.value = OutlookMath.twoDigits(estimate.value, .toNearestOrAwayFromZero)
    estimate.low = OutlookMath.twoDigits(estimate.low, .down)
    estimate.high = OutlookMath.twoDigits(estimate.high, .up)
    estimate.events = Int(OutlookMath.twoDigits(Double(estimate.events), .down))
    return .estimate(estimate)
  }
}

extension EstimateResult {
  /// In hundredths; the interval only grows by it. For factors near 1, which are no counts.
  var hundredths: EstimateResult {
    guard case .estimate(var estimate) = self else { return self }
    estimate.value = (estimate.value * 100).rounded() / 100
    estimate.low = (estimate.low * 100).rounded(.down) / 100
    estimate.high = (estimate.high * 100).rounded(.up) / 100
    estimate.events = Int(OutlookMath.twoDigits(Double(estimate.events), .down))
    return .estimate(estimate)
  }
}

enum OutlookMath {
  static func ln(_ value: Double) -> Double { log(value) }

  /// A number with two significant digits.
  static func twoDigits(_ value: Double, _ rule: FloatingPointRoundingRule) -> Double {
    guard value.isFinite, value > 0 else { return value }
    // Divided by a power of ten that is a whole number, results are the closest to what is written.
    let power = Int(floor(log10(value))) - 1
    let scale = pow(10, Double(abs(power)))
    let scaled = power >= 0 ? value / scale : value * scale
    // What differs from a whole number by rounding alone is one.
    let near = scaled.rounded()
    let whole = abs(scaled - near) < 1e-9 * scaled ? near : scaled.rounded(rule)
    return power >= 0 ? whole * scale : whole / scale
  }
}

extension OutlookWindow {
  var model: PresenceModel { PresenceModel(counts: counts) }

  /// Why nothing is said at all; nil where something is.
  var refusal: String? {
    if counts.sources < Double(Estimates.fewestEvents) {
      return
        "fewer than \(Estimates.fewestEvents) sources that \(fewest.networks) met "
        + "on one day"
    }
    if networks < fewest {
      return "fewer than \(fewest.networks) could meet such sources"
    }
    guard watchedDays >= Estimates.fewestBuckets else {
      return "\(watchedDays) days on which enough networks reported, and "
        + "\(Estimates.fewestBuckets) are needed"
    }
    return nil
  }

  var shares: [ArticleShare] {
    var sources: [String: Int] = [:]
    var told = 0
    for verdicts in claims {
      let best = verdicts.min { ($1.value, $0.key) < ($0.value, $1.key) }
      guard let best, best.value >= fewest else { continue }
      sources[best.key, default: 0] += 1
      told += 1
    }
    let silent = claims.count - told
    return sources.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { article, count in
      var result = Estimates.share(
        of: count, among: told,
        denominator:
          "sources with a verdict that \(fewest.networks) \(fewest == 1 ? "gave" : "share")")
      if case .estimate(var estimate) = result {
        estimate.assumptions.append(
          "\(silent) more sources have no such verdict, and might differ from those that have")
        result = .estimate(estimate)
      }
      return ArticleShare(article: article, share: result)
    }
  }
}

extension UInt64 {
  /// So many networks, in words.
  var networks: String { self == 1 ? "1 network" : "\(self) networks" }
}

public import Observations

/// What a pool lets out to everybody.
///
/// Who publishes how often each address was met, and when, tells anybody who probes from an address of
/// his own where the sensors are (Bethencourt, Franklin and Vernon 2005). So whatever is published was
/// met in several networks, comes late, and is coarse. Pseudonyms, sensors, networks, single reports and
/// hours are never published.
public enum Publication {
  /// A source, a service or a verdict is published once so many independent networks reported it.
  public static let fewestNetworks: UInt64 = 3
  /// Nothing is said of a source until so many hours after it was first reported.
  public static let hoursOfDelay: Int64 = 6
  /// The most services and verdicts told of a source.
  public static let mostListed = 5

  /// What may be said of a source to everybody; nil where nothing may.
  ///
  /// - Parameters:
  ///   - summary: what the store knows.
  ///   - now: the time.
  /// - Returns: the coarse part of it.
  public static func source(_ summary: SourceSummary, at now: Timestamp) -> PublicSource? {
    guard summary.networks.value >= fewestNetworks,
      now.wholeSeconds - summary.first.wholeSeconds >= hoursOfDelay * 3_600
    else { return nil }
    return PublicSource(
      source: summary.source, prevalence: Prevalence(networks: summary.networks.value),
      reportsAtLeast: coarse(summary.reports), firstDay: Day(summary.first),
      lastDay: Day(summary.last),
      services: Array(
        summary.topServices.filter { $0.networks.value >= fewestNetworks }.map(\.service)
          .prefix(mostListed)),
      verdicts: Array(
        summary.claims.filter { $0.networks.value >= fewestNetworks }.compactMap(\.article)
          .prefix(mostListed)),
      forgery: Forgery(
        reports: summary.reports, forgeable: summary.forgeable,
        firmNetworks: summary.firmNetworks.value))
  }

  /// What may be said of a trend: buckets that enough networks reported, and that are over for long
  /// enough, with coarse counts.
  public static func trend(
    _ points: [TrendPoint], bucket: TrendBucket, at now: Timestamp
  ) -> [PublicTrendPoint] {
    points.compactMap { point in
      let age = now.wholeSeconds - point.start.wholeSeconds - bucket.rawValue
      guard point.networks.value >= fewestNetworks, age >= hoursOfDelay * 3_600 else {
        return nil
      }
      return PublicTrendPoint(
        start: point.start, reportsAtLeast: coarse(point.reports),
        sourcesAtLeast: coarse(point.sources.value))
    }
  }

  /// The largest of 1, 2, 5, 10, 20, 50 … that is not above a number.
  public static func coarse(_ value: UInt64) -> UInt64 {
    var (best, scale) = (UInt64(0), UInt64(1))
    while scale <= value {
      for step in [1, 2, 5] as [UInt64]
      where scale.multipliedReportingOverflow(by: step).overflow == false
        && scale * step <= value
      {
        best = scale * step
      }
      let (next, overflow) = scale.multipliedReportingOverflow(by: 10)
      if overflow { break }
      scale = next
    }
    return best
  }
}

/// How far the knowledge of a source is spread. It says nothing about guilt: everybody meets the crawler
/// of a search engine, and whoever forges a source chooses how many meet it.
public enum Prevalence: String, CaseIterable, Hashable, Sendable, Comparable {
  /// Too few networks to say anything in public.
  case few
  /// Three networks or more.
  case several
  /// Ten or more.
  case many
  /// A hundred or more.
  case veryMany = "very-many"

  /// By the number of independent networks.
  public init(networks: UInt64) {
    self =
      switch networks {
      case ..<Publication.fewestNetworks: .few
      case ..<10: .several
      case ..<100: .many
      default: .veryMany
      }
  }

  /// `few` is the least.
  public static func < (a: Prevalence, b: Prevalence) -> Bool {
    (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
  }
}

/// How the reports about a source could have come about without it.
public enum Forgery: String, CaseIterable, Hashable, Sendable {
  /// Every packet could have been sent by anybody under this address: however many agree, nothing shows
  /// that the address has to do with it.
  case anybodyCouldHave = "anybody-could-have"
  /// One network alone states that answers reached the source: its word, and no other.
  case oneNetworksWord = "one-networks-word"
  /// Several networks state that answers reached the source: whoever forged that must control several
  /// networks with sensors, or the way to them.
  case severalWouldHaveTo = "several-would-have-to"

  init(reports: UInt64, forgeable: UInt64, firmNetworks: UInt64) {
    self =
      reports == forgeable || firmNetworks == 0
      ? .anybodyCouldHave
      : firmNetworks < Publication.fewestNetworks ? .oneNetworksWord : .severalWouldHaveTo
  }

  /// A sentence for people, without a trailing stop.
  public var sentence: String {
    switch self {
    case .anybodyCouldHave:
      "all of these packets could have been sent by anybody under this address; "
        + "agreement of many shows that they were sent, not by whom"
    case .oneNetworksWord:
      "only one or two networks state that answers reached this address; "
        + "the other packets could have been sent by anybody"
    case .severalWouldHaveTo:
      "several independent networks state that answers reached this address; "
        + "to forge that, somebody would have to control sensors in several of them"
    }
  }
}

/// What everybody may know of a source.
public struct PublicSource: Hashable, Sendable {
  /// The source.
  public var source: Address
  /// How many networks reported it, in words.
  public var prevalence: Prevalence
  /// Reports, rounded down to 1, 2 or 5 times a power of ten.
  public var reportsAtLeast: UInt64
  /// The first day.
  public var firstDay: Day
  /// The last day.
  public var lastDay: Day
  /// Services that enough networks reported, at most five.
  public var services: [Service]
  /// What sensors of enough networks made of it, at most five. They are opinions, not findings of the pool.
  public var verdicts: [String]
  /// How it could have been forged.
  public var forgery: Forgery
}

/// What everybody may know of a bucket of a trend.
public struct PublicTrendPoint: Hashable, Sendable {
  /// Its first instant.
  public var start: Timestamp
  /// Reports, rounded down.
  public var reportsAtLeast: UInt64
  /// Sources, rounded down.
  public var sourcesAtLeast: UInt64

  /// A point out of its parts.
  public init(start: Timestamp, reportsAtLeast: UInt64, sourcesAtLeast: UInt64) {
    self.start = start
    self.reportsAtLeast = reportsAtLeast
    self.sourcesAtLeast = sourcesAtLeast
  }
}

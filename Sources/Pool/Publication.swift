public import Observations

/// What a pool lets out to everybody, and the settings of that.
///
/// Who publishes how often each address was met, and when, tells anybody who probes from an address of
/// his own where the sensors are (Bethencourt, Franklin and Vernon 2005; Shinoda, Ikai and Itoh 2005). So
/// every part of a statement rests on several networks: taking any one network away leaves what is said,
/// or what is said is at a threshold that nobody outside can see. It comes late, by whole days, and is
/// coarse. Pseudonyms, sensors, networks, single reports and hours are never published.
///
/// Whom a statement could come from instead, and how many that takes, is in `docs/pool.md`.
public struct Publication: Sendable {
  /// The fewest networks of a pool that everybody may ask.
  public static let fewestOfPublicPool: UInt64 = 3
  /// With a key, a subject's threshold is up to so many networks above the fewest.
  public static let mostNetworksMore: UInt64 = 2
  /// With a key, a subject's delay is up to so many hours longer.
  public static let mostHoursMore: UInt64 = 18
  /// The most services told of a source.
  public static let mostServices = 16
  /// The most verdicts told of a source.
  public static let mostVerdicts = 5

  /// The fewest networks behind each part of a statement, at least 1. With 1 or 2 an address in a statement
  /// tells where a sensor is to whoever sent the packet: only for the pool of one organisation.
  public let fewestNetworks: UInt64
  /// Nothing is said of a day, or of a source, until so many hours after the day ended, or the source was
  /// first reported.
  public let hoursOfDelay: Int64
  /// What makes thresholds and delays differ from subject to subject, unknown to anybody outside; nil:
  /// they do not differ.
  public let key: PublicationKey?
  /// The ids of articles that accuse nobody: named before others with as much support.
  public let innocent: Set<String>

  /// The settings of a pool.
  ///
  /// - Parameters:
  ///   - fewestNetworks: the fewest networks behind each part of a statement; less than 1 counts as 1.
  ///   - hoursOfDelay: the delay; less than 0 counts as 0.
  ///   - key: the pool's secret. The same key must be kept: with another, other thresholds hold.
  ///   - innocent: the ids of articles that accuse nobody.
  public init(
    fewestNetworks: UInt64 = fewestOfPublicPool, hoursOfDelay: Int64 = 6,
    key: PublicationKey? = nil, innocent: Set<String> = []
  ) {
    self.fewestNetworks = max(1, fewestNetworks)
    self.hoursOfDelay = min(max(0, hoursOfDelay), 24 * 30)
    self.key = key
    self.innocent = innocent
  }

  /// How many networks each part of a statement about a subject needs.
  func threshold(of subject: TrendKey) -> UInt64 {
    let more = key.map { $0.number(.networks, of: subject) % (Publication.mostNetworksMore + 1) }
    return fewestNetworks + (more ?? 0)
  }

  /// Seconds of delay of a subject.
  private func delay(of subject: TrendKey) -> Int64 {
    let more = key.map { $0.number(.hours, of: subject) % (Publication.mostHoursMore + 1) }
    return (hoursOfDelay + Int64(more ?? 0)) * 3_600
  }

  /// The days that may be asked about: so many, up to the last one that ended long enough ago.
  ///
  /// What is published changes at most once a day, so that the time of a probe within the day is no mark.
  ///
  /// - Parameters:
  ///   - count: how many days, at least 1.
  ///   - now: the time.
  ///   - subject: what is asked about.
  /// - Returns: the days; give no others to `source` and `trend`.
  public func days(
    _ count: Int, at now: Timestamp, of subject: TrendKey
  ) -> ClosedRange<Day> {
    let over = Timestamp(seconds: now.wholeSeconds - delay(of: subject))
    let last = Day(over).advanced(by: -1)
    return last.advanced(by: 1 - min(max(1, count), 3_650))...last
  }

  /// From when on a day is told: the earliest day on which something of it may be, and the day from which on
  /// all of it is. With a key, subjects differ in that, and which is when is nobody's to know.
  ///
  /// - Parameter day: the day.
  /// - Returns: days behind it; one where all is told at once.
  public func telling(of day: Day) -> ClosedRange<Day> {
    let end = day.advanced(by: 1).start.wholeSeconds
    let most = hoursOfDelay + (key == nil ? 0 : Int64(Publication.mostHoursMore))
    func after(_ hours: Int64) -> Day { Day(Timestamp(seconds: end + hours * 3_600)) }
    return after(hoursOfDelay)...after(most)
  }

  /// The first day that is over and on which enough networks reported anything, whether it is told of or not.
  ///
  /// - Parameters:
  ///   - points: everything that was reported, by days.
  ///   - now: the time.
  /// - Returns: the day; nil for none.
  public func beginning(_ points: [TrendPoint], at now: Timestamp) -> Day? {
    let fewest = threshold(of: .total)
    return points.filter { $0.networks.value >= fewest && Day($0.start) < Day(now) }
      .map { Day($0.start) }.min()
  }

  /// What may be said of a source to everybody; nil where nothing may.
  ///
  /// - Parameters:
  ///   - summary: what the store knows of the days that `days` names.
  ///   - now: the time.
  /// - Returns: the coarse part of it.
  public func source(_ summary: SourceSummary, at now: Timestamp) -> PublicSource? {
    let subject = TrendKey.source(summary.source)
    let fewest = threshold(of: subject)
    guard summary.networks.value >= fewest,
      now.wholeSeconds - summary.first.wholeSeconds >= delay(of: subject)
    else { return nil }
    let days = summary.byDay.filter { $0.networks.value >= fewest }.map {
      PublicDay(day: $0.day, prevalence: Prevalence(networks: $0.networks.value))
    }
    let ballot = Ballot(summary.words, fewest: Int(clamping: fewest), innocent: innocent)
    return PublicSource(
      source: summary.source, prevalence: Prevalence(networks: summary.networks.value),
      reportsAtLeast: Publication.reports(summary, fewest: fewest), days: days,
      firstDay: days.first?.day, lastDay: days.last?.day,
      services: Publication.services(summary, fewest: Int(clamping: fewest)),
      verdicts: Array(ballot.published.prefix(Publication.mostVerdicts)),
      firmVerdicts: Array(ballot.firm.prefix(Publication.mostVerdicts)),
      isContested: ballot.isContested,
      forgery: Forgery(firmNetworks: summary.firmNetworks.value, fewest: fewest))
  }

  /// A number of reports that as many networks stand for: of so many networks, each sent at least as many
  /// as the one that sent fewest. No single network can raise it beyond what others reach.
  private static func reports(_ summary: SourceSummary, fewest: UInt64) -> UInt64 {
    let counts = summary.words.map(\.reports).sorted(by: >)
    guard !counts.isEmpty else { return coarse(fewest) }
    let all = max(summary.networks.value, UInt64(counts.count))
    let most = [fewest, 10, 100].filter { $0 >= fewest && $0 <= all }.map { networks in
      // Of more networks than are kept one by one, a sample stands for all.
      let rank = (networks * UInt64(counts.count)).dividedRoundingUp(by: all)
      let least = counts[min(counts.count, max(1, Int(clamping: rank))) - 1]
      let (product, overflow) = least.multipliedReportingOverflow(by: networks)
      return overflow ? UInt64.max : product
    }
    return coarse(most.max() ?? fewest)
  }

  /// Services that enough networks name: those of most networks first, by classes, else by number. An order
  /// by exact counts would move with a single network.
  private static func services(_ summary: SourceSummary, fewest: Int) -> [Service] {
    var networks: [Service: Int] = [:]
    for word in summary.words {
      for service in word.services.keys { networks[service, default: 0] += 1 }
    }
    let named = networks.filter { $0.value >= fewest }.map { service, count in
      (rank: Prevalence(networks: UInt64(count)), service: service)
    }
    return named.sorted { ($1.rank, $0.service) < ($0.rank, $1.service) }
      .prefix(mostServices).map(\.service)
  }

  /// What may be said of a trend: buckets that enough networks reported, and that are over for long
  /// enough, with coarse counts.
  ///
  /// A count of all reports or sources moves with what a single network reports. Of a service or an article
  /// give points that count only sources that enough networks met: else many forged sources at one block
  /// are a mark that shows.
  ///
  /// - Parameters:
  ///   - points: what the store counted.
  ///   - bucket: how long a bucket is.
  ///   - now: the time.
  ///   - subject: whose trend it is.
  /// - Returns: the buckets of which something may be said.
  public func trend(
    _ points: [TrendPoint], bucket: TrendBucket, at now: Timestamp, of subject: TrendKey
  ) -> [PublicTrendPoint] {
    let (fewest, delay) = (threshold(of: subject), delay(of: subject))
    return points.compactMap { point in
      let age = now.wholeSeconds - point.start.wholeSeconds - bucket.rawValue
      guard point.networks.value >= fewest, age >= delay else { return nil }
      return PublicTrendPoint(
        start: point.start, reportsAtLeast: Publication.coarse(point.reports),
        sourcesAtLeast: Publication.coarse(point.sources.value))
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

extension UInt64 {
  fileprivate func dividedRoundingUp(by other: UInt64) -> UInt64 {
    other == 0 ? 0 : self / other + (self % other == 0 ? 0 : 1)
  }
}

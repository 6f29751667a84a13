public import Observations

/// What one network's sensor says of a source, as far as digests are concerned.
public struct SourceSighting: Hashable, Sendable {
  /// The network it counts for.
  public var network: Prefix
  /// The services that the report names.
  public var services: [Service]
  /// Packets.
  public var packets: CountRange
  /// The sensor's verdict; nil for none.
  public var article: String?

  /// A sighting out of its parts.
  public init(network: Prefix, services: [Service], packets: CountRange, article: String?) {
    self.network = network
    self.services = services
    self.packets = packets
    self.article = article
  }

  /// What a report says.
  public init(_ report: Report, network: Prefix) {
    self.init(
      network: network, services: report.services, packets: report.packets,
      article: report.verdict?.article)
  }
}

/// Makes the digests of a day: of everything, of each service and of each verdict.
///
/// Sources come one after the other, each with all that was reported of it on that day, in any order; what
/// comes out does not depend on it. The room this takes grows with the number of services and with what
/// digests keep, not with the number of sources.
public struct DayDigestMaker: Sendable {
  /// The most digests that are kept of a day, that of everything not counted.
  public static let mostKeys = 4_096

  private let day: Day
  private let key: SampleKey
  private let fewestNetworks: UInt64
  private var parts: [TrendKey: Part] = [:]

  /// A maker for one day.
  ///
  /// - Parameters:
  ///   - day: the day.
  ///   - key: chooses the sources that are kept one by one.
  ///   - fewestNetworks: how many networks make a source widely met; 0 counts as 1.
  public init(
    day: Day, key: SampleKey, fewestNetworks: UInt64 = Publication.fewestOfPublicPool
  ) {
    self.day = day
    self.key = key
    self.fewestNetworks = max(1, fewestNetworks)
  }

  private var nothing: DayDigest { DayDigest(day: day, fewestNetworks: fewestNetworks) }

  /// A digest as it grows.
  private struct Part: Sendable {
    var digest: DayDigest
    var claims: [String: UInt64] = [:]
    var networks: [Prefix: DayDigest.Network] = [:]
  }

  /// One source's reports of one key, summed.
  private struct Sum {
    var reports: UInt64 = 0
    var packets = CountRange.zero
    var networks: Set<Prefix> = []
    var claims: [String: Set<Prefix>] = [:]

    mutating func add(_ sighting: SourceSighting) {
      reports += 1
      packets = packets + sighting.packets
      networks.insert(sighting.network)
      if let article = sighting.article { claims[article, default: []].insert(sighting.network) }
    }

    /// The verdicts that most networks stated.
    var strongest: [DayDigest.Claim] {
      claims.map { DayDigest.Claim(article: $0.key, count: UInt64($0.value.count)) }
        .sorted { ($1.count, $0.article) < ($0.count, $1.article) }
        .prefix(DayDigest.mostClaims).map(\.self)
    }
  }

  /// Adds a source with everything that was reported of it on the day; to be called once for each.
  public mutating func add(_ source: Address, _ sightings: [SourceSighting]) {
    var sums: [TrendKey: Sum] = [:]
    for sighting in sightings {
      sums[.total, default: Sum()].add(sighting)
      for service in Set(sighting.services) {
        sums[.service(service), default: Sum()].add(sighting)
      }
      if let article = sighting.article { sums[.article(article), default: Sum()].add(sighting) }
    }
    let number = key.hash(source)
    for (trend, sum) in sums { add(source, number, sum, to: trend) }
  }

  private mutating func add(
    _ source: Address, _ number: UInt64, _ sum: Sum, to trend: TrendKey
  ) {
    var part = parts.removeValue(forKey: trend) ?? Part(digest: nothing)
    defer { parts[trend] = part }
    part.digest.reports += sum.reports
    part.digest.sources += 1
    guard UInt64(sum.networks.count) >= fewestNetworks else { return }
    for network in sum.networks {
      var held =
        part.networks[network]
        ?? DayDigest.Network(network: network, metIPv4: false, metIPv6: false)
      if source.isIPv4 { held.metIPv4 = true } else { held.metIPv6 = true }
      part.networks[network] = held
    }
    let entry = DayDigest.Source(
      number: number, isIPv4: source.isIPv4, networks: UInt64(sum.networks.count),
      packets: sum.packets, claims: sum.strongest)
    part.digest.wideReports += sum.reports
    part.digest.wideSources += 1
    part.digest.widePackets = part.digest.widePackets + sum.packets
    if let verdict = entry.verdict(ofNetworks: fewestNetworks) {
      part.digest.toldSources += 1
      part.claims[verdict, default: 0] += 1
    }
    guard number < part.digest.cut else { return }
    part.digest.sample.append(entry)
    // Put in order now and then, not for each source.
    if part.digest.sample.count >= 2 * DayDigest.mostSources { part.digest.trim() }
  }

  /// The digests: that of everything, and of services and verdicts those with widely met sources; of too
  /// many, those with the most of them. Where a day has none of a key, nothing was widely met.
  public func digests() -> [TrendKey: DayDigest] {
    let kept = parts.filter { $0.key != .total && $0.value.digest.wideSources > 0 }
    let order = kept.map { ($0.value.digest.wideSources, DayDigestMaker.order($0.key), $0.key) }
      .sorted { ($1.0, $0.1) < ($0.0, $1.1) }
    var result: [TrendKey: DayDigest] = [.total: finished(parts[.total])]
    for (_, _, trend) in order.prefix(DayDigestMaker.mostKeys) {
      result[trend] = finished(parts[trend])
    }
    return result
  }

  private func finished(_ part: Part?) -> DayDigest {
    guard let part else { return nothing }
    var digest = part.digest
    digest.claims = DayDigest.bounded(part.claims)
    digest.networkCount = UInt64(part.networks.count)
    digest.networks = DayDigest.bounded(part.networks, key: key)
    digest.trim()
    return digest
  }

  private static func order(_ key: TrendKey) -> String {
    switch key {
    case .service(let service): "s\(service.transport.rawValue)/\(service.port)"
    case .article(let article): "v\(article ?? "")"
    default: ""
    }
  }
}

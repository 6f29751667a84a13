public import Observations

/// The key of the choice of sources that a digest keeps: who does not know it cannot make addresses that
/// are chosen, or that crowd others out.
public struct SampleKey: Hashable, Sendable {
  /// The first 64 bits.
  public var high: UInt64
  /// The last 64 bits.
  public var low: UInt64

  /// A key out of 128 bits that nobody else knows.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The number that stands for a source; the same on every day.
  public func hash(_ source: Address) -> UInt64 {
    let first = Mixing.mix(source.high ^ high)
    return Mixing.mix(Mixing.mix(first ^ source.low ^ low) &+ high)
  }

  func hash(_ network: Prefix) -> UInt64 {
    Mixing.mix(hash(network.base) ^ UInt64(network.length + 1) << 48)
  }
}

/// What one finished day says of a service, a verdict or everything, in a bounded form.
///
/// A source is *widely met* where at least `fewestNetworks` networks reported it on this day, in reports that the digest is of. Only what is counted of these may become public: whoever sends a
/// packet to one network moves none of it, and so cannot read off whether a sensor is there. The sources
/// that are kept one by one, too, are widely met ones, so that no flood of others crowds them out.
public struct DayDigest: Hashable, Sendable {
  /// The most sources that are kept one by one.
  public static let mostSources = 1_024
  /// The most networks that are named.
  public static let mostNetworks = 256
  /// The most articles that sources are counted by.
  public static let mostArticles = 64
  /// The most articles that are kept of one source.
  public static let mostClaims = 4

  /// Sources by a verdict that networks stated of them.
  public struct Claim: Hashable, Sendable {
    /// The article.
    public var article: String
    /// How many: widely met sources, or, of one source, networks.
    public var count: UInt64

    /// A claim out of its parts.
    public init(article: String, count: UInt64) {
      self.article = article
      self.count = count
    }
  }

  /// A network that reported widely met sources.
  public struct Network: Hashable, Sendable {
    /// The network.
    public var network: Prefix
    /// Whether it met sources of IPv4.
    public var metIPv4: Bool
    /// Whether it met sources of IPv6.
    public var metIPv6: Bool

    /// A network out of its parts.
    public init(network: Prefix, metIPv4: Bool, metIPv6: Bool) {
      self.network = network
      self.metIPv4 = metIPv4
      self.metIPv6 = metIPv6
    }
  }

  /// A widely met source, under the number that stands for it.
  public struct Source: Hashable, Sendable {
    /// `SampleKey.hash` of its address.
    public var number: UInt64
    /// Whether its address is one of IPv4.
    public var isIPv4: Bool
    /// Networks that reported it; at least the digest's `fewestNetworks`.
    public var networks: UInt64
    /// Packets of all reports together.
    public var packets: CountRange
    /// The verdicts that most networks stated, with the number of networks: by these, falling, then by id.
    public var claims: [Claim]

    /// A source out of its parts.
    public init(
      number: UInt64, isIPv4: Bool, networks: UInt64, packets: CountRange, claims: [Claim]
    ) {
      self.number = number
      self.isIPv4 = isIPv4
      self.networks = networks
      self.packets = packets
      self.claims = claims
    }

    /// The verdict that most networks share, where these are enough for it to be published.
    ///
    /// - Parameter fewest: so many networks, at least.
    /// - Returns: the article's id; nil for none.
    public func verdict(ofNetworks fewest: UInt64) -> String? {
      claims.first.flatMap { $0.count >= fewest ? $0.article : nil }
    }
  }

  /// The day.
  public var day: Day
  /// Networks that must meet a source for it to be widely met, as it was when this digest was made; at
  /// least 1. In a pool that publishes nothing of fewer networks this digest is not to be shown.
  public let fewestNetworks: UInt64
  /// Single reports. Never to be published.
  public var reports: UInt64 = 0
  /// Sources met at all. Never to be published.
  public var sources: UInt64 = 0
  /// Reports of widely met sources.
  public var wideReports: UInt64 = 0
  /// Widely met sources.
  public var wideSources: UInt64 = 0
  /// Packets of widely met sources.
  public var widePackets = CountRange.zero
  /// Widely met sources with a verdict that enough networks share.
  public var toldSources: UInt64 = 0
  /// Of these, those of each verdict, in order of id.
  public var claims: [Claim] = []
  /// How many networks reported widely met sources.
  public var networkCount: UInt64 = 0
  /// These networks, those with the smallest hashes, in order.
  public var networks: [Network] = []
  /// Every widely met source whose number is below this is in `sample`, and no other.
  public var cut = UInt64.max
  /// Widely met sources in order of their numbers: a choice by chance, since numbers are keyed hashes.
  public var sample: [Source] = []

  /// A day on which nothing was met.
  ///
  /// - Parameters:
  ///   - day: the day.
  ///   - fewestNetworks: how many networks make a source widely met; 0 counts as 1.
  public init(day: Day, fewestNetworks: UInt64 = Publication.fewestOfPublicPool) {
    self.day = day
    self.fewestNetworks = max(1, fewestNetworks)
  }

  /// Of all widely met sources the share that `sample` holds, on average, above 0 and at most 1.
  public var samplingShare: Double {
    cut == .max ? 1 : max(Double(cut) / 18_446_744_073_709_551_616.0, 1e-19)
  }

  /// Adds what another digest of the same day and the same fewest networks says, made of other sources: two that were made of the same
  /// source cannot be told from two sources.
  public mutating func merge(_ other: DayDigest, key: SampleKey) {
    reports = reports.adding(other.reports)
    sources = sources.adding(other.sources)
    wideReports = wideReports.adding(other.wideReports)
    wideSources = wideSources.adding(other.wideSources)
    widePackets = widePackets + other.widePackets
    toldSources = toldSources.adding(other.toldSources)
    var counts: [String: UInt64] = [:]
    for claim in claims + other.claims {
      counts[claim.article] = (counts[claim.article] ?? 0).adding(claim.count)
    }
    claims = DayDigest.bounded(counts)
    var met: [Prefix: Network] = [:]
    for network in networks + other.networks {
      let held = met[network.network] ?? network
      met[network.network] = Network(
        network: network.network, metIPv4: held.metIPv4 || network.metIPv4,
        metIPv6: held.metIPv6 || network.metIPv6)
    }
    // Where not all are named, no more than the larger number is certain.
    networkCount = max(UInt64(met.count), networkCount, other.networkCount)
    networks = DayDigest.bounded(met, key: key)
    cut = min(cut, other.cut)
    sample = (sample + other.sample).filter { $0.number < cut }
    trim()
  }

  /// Takes a source out that is among those kept one by one.
  ///
  /// - Returns: whether it was.
  public mutating func forget(_ number: UInt64) -> Bool {
    guard let place = sample.firstIndex(where: { $0.number == number }) else { return false }
    let source = sample.remove(at: place)
    wideSources -= min(1, wideSources)
    if let verdict = source.verdict(ofNetworks: fewestNetworks) {
      toldSources -= min(1, toldSources)
      for place in claims.indices where claims[place].article == verdict {
        claims[place].count -= min(1, claims[place].count)
      }
    }
    return true
  }

  /// Verdicts with their counts; of too many, those with the largest counts, then in order of id.
  static func bounded(_ counts: [String: UInt64]) -> [Claim] {
    let most = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(mostArticles)
    return most.map { Claim(article: $0.key, count: $0.value) }.sorted {
      $0.article < $1.article
    }
  }

  static func bounded(_ met: [Prefix: Network], key: SampleKey) -> [Network] {
    guard met.count > mostNetworks else { return met.values.sorted { $0.network < $1.network } }
    let chosen = met.values.map { (key.hash($0.network), $0) }.sorted {
      ($0.0, $0.1.network) < ($1.0, $1.1.network)
    }
    return chosen.prefix(mostNetworks).map(\.1).sorted { $0.network < $1.network }
  }

  /// Leaves out the largest numbers of too many sources, and lowers the cut accordingly.
  mutating func trim() {
    sample.sort { $0.number < $1.number }
    guard sample.count > DayDigest.mostSources else { return }
    cut = sample[DayDigest.mostSources].number
    sample.removeAll { $0.number >= cut }
  }
}

/// What was watched on a day: the networks that reported anything at all.
public struct DayExposure: Hashable, Sendable {
  /// The most networks that are listed.
  public static let mostNetworks = 4_096

  /// A network with how much of it was watched.
  public struct Network: Hashable, Sendable {
    /// The network.
    public var network: Prefix
    /// Addresses that its sensors watched; nil where that is not known of every one of them.
    public var watched: UInt64?

    /// A network out of its parts.
    public init(network: Prefix, watched: UInt64?) {
      self.network = network
      self.watched = watched
    }
  }

  /// The day.
  public var day: Day
  /// The networks, in order.
  public var networks: [Network]

  /// An exposure out of its parts; networks are put in order, and what is too many of them left out.
  public init(day: Day, networks: [Network]) {
    self.day = day
    self.networks = Array(
      networks.sorted { $0.network < $1.network }.prefix(DayExposure.mostNetworks))
  }
}

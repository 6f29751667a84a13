import Observations
public import Pool

extension Epidemic {
  /// What is true of an epidemic.
  public struct Truth: Hashable, Sendable {
    /// Hosts that are there at the end of the last day.
    public var active: Double
    /// Hosts that were there at any time.
    public var population: Double
    /// Hosts that are expected to come each day, on average.
    public var arrivalsPerDay: Double
    /// How long a host stays on average, in days.
    public var stayDays: Double
    /// The factor by which arrivals change from day to day.
    public var growthPerDay: Double
    /// How long an address waits for a packet on average, in seconds.
    public var probeIntervalSeconds: Double
    /// The share of each article among hosts that any is true of.
    public var shares: [String: Double]
  }

  /// What is true of it.
  public var truth: Truth {
    let end = Int64(settings.days) * Epidemic.microsecondsOfDay
    let expected = Epidemic.expectedArrivals(settings)
    let presence = hosts.reduce(0.0) { sum, host in
      sum + Double(min(host.until, end) - host.from) * Double(host.ratePerMille) / 1_000
    }
    let packets = Double(1 + max(1, settings.packetsOfProbe)) / 2
    let perAddress =
      presence / Double(Epidemic.microsecondsOfDay) * settings.probesPerAddress * packets
    let told = settings.articles.reduce(0) { $0 + $1.perMille }
    return Truth(
      active: Double(hosts.count { $0.until > end }), population: Double(hosts.count),
      arrivalsPerDay: expected.reduce(0, +) / Double(expected.count), stayDays: settings.stay,
      growthPerDay: settings.growth,
      probeIntervalSeconds: perAddress > 0
        ? Double(settings.days) * Double(Epidemic.secondsOfDay) / perAddress : .infinity,
      shares: Dictionary(
        uniqueKeysWithValues: settings.articles.map {
          ($0.id, Double($0.perMille) / Double(max(1, told)))
        }))
  }

  /// The days it lasts.
  public var days: ClosedRange<Day> {
    settings.firstDay...settings.firstDay.advanced(by: max(0, settings.days - 1))
  }

  /// What a pool concludes from, without a store.
  ///
  /// - Parameters:
  ///   - key: chooses the sources that are kept.
  ///   - fewestNetworks: how many networks make a source widely met.
  /// - Returns: the digests of the service and of what was watched, in order of day.
  public func digests(
    key: SampleKey, fewestNetworks: UInt64 = Publication.fewestOfPublicPool
  ) -> (digests: [DayDigest], exposures: [DayExposure]) {
    var digests: [DayDigest] = []
    for (day, date) in days.enumerated() {
      var maker = DayDigestMaker(day: date, key: key, fewestNetworks: fewestNetworks)
      for (source, met) in Dictionary(grouping: sightings[day], by: { $0.source }) {
        maker.add(source, met.map(sighting))
      }
      if let digest = maker.digests()[.service(settings.service)] { digests.append(digest) }
    }
    let exposures = days.enumerated().map { day, date in
      let running = settings.sensors.indices.filter { Epidemic.runs($0, on: day, settings) }
      return DayExposure(
        day: date,
        networks: running.map {
          DayExposure.Network(
            network: Epidemic.network(of: $0), watched: settings.sensors[$0].watched)
        })
    }
    return (digests, exposures)
  }

  private func sighting(_ met: EpidemicSighting) -> SourceSighting {
    SourceSighting(
      network: Epidemic.network(of: met.sensor), services: [settings.service],
      packets: CountRange(met.packets), article: met.article.map { settings.articles[$0].id })
  }
}

extension Epidemic.Truth {
  /// The bytes of `truth.json`.
  public var file: [UInt8] { truthFile(self) }
}

/// Outside of the type, where `Truth` is what is written.
private func truthFile(_ truth: Epidemic.Truth) -> [UInt8] {
  func number(_ value: Double) -> Truth {
    guard value.isFinite, abs(value) < 1e12 else { return .null }
    return .quotient(Int((value * 1_000_000).rounded()), 1_000_000, places: 6)
  }
  return Truth.object([
    ("active", number(truth.active)), ("population", number(truth.population)),
    ("arrivalsPerDay", number(truth.arrivalsPerDay)), ("stayDays", number(truth.stayDays)),
    ("growthPerDay", number(truth.growthPerDay)),
    ("probeIntervalSeconds", number(truth.probeIntervalSeconds)),
    (
      "shares", .object(truth.shares.sorted { $0.key < $1.key }.map { ($0.key, number($0.value)) })
    ),
  ]).file.bytes
}

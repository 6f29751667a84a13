public import Observations

/// What reports say of one source, put together: the sums that a store keeps for each source and day.
///
/// Tallies can be put together in any order with the same outcome. Lists are bounded: each network has a
/// list of its own (`NetworkWord`), and of more networks than fit, those with the smallest hashes stay, each
/// with all that it said, so that what stays does not depend on the order either.
public struct SourceTally: Hashable, Sendable {
  /// The most networks whose word is kept one by one.
  public static let mostWords = 64

  /// Reports and the networks they came from.
  fileprivate struct Claim: Hashable, Sendable {
    var reports: UInt64 = 0
    var networks = DistinctSet()

    mutating func add(_ network: Prefix) {
      reports += 1
      networks.insert(network)
    }

    mutating func merge(_ other: Claim) {
      reports = reports.adding(other.reports)
      networks.formUnion(other.networks)
    }
  }

  /// Single reports.
  public private(set) var reports: UInt64 = 0
  private var forgeable: UInt64 = 0
  private var packets = CountRange.zero
  private var targets = CountRange.zero
  /// The earliest time; the latest there is where nothing was added.
  public private(set) var first = Timestamp(nanoseconds: .max)
  /// The latest time; the earliest there is where nothing was added.
  public private(set) var last = Timestamp(nanoseconds: .min)
  private var sensors = DistinctSet()
  /// The networks that reported it.
  public private(set) var networks = DistinctSet()
  /// Those with a report that packets alone cannot forge.
  public private(set) var firmNetworks = DistinctSet()
  private var services = DistinctSet()
  /// By a hash of the network and the source.
  private var words: [UInt64: NetworkWord] = [:]
  /// Reports by hours since 1970.
  private var hours: [UInt32: Claim] = [:]

  /// Nothing yet.
  public init() {}

  /// Adds a report of a sensor in a network.
  public mutating func add(_ report: Report, sensor: SensorID, network: Prefix) {
    reports += 1
    if report.mayBeForged { forgeable += 1 } else { firmNetworks.insert(network) }
    packets = packets + report.packets
    targets = CountRange(
      low: max(targets.low, report.targets.low, UInt64(report.pseudonyms.count)),
      high: targets.high.adding(report.targets.high))
    first = min(first, report.first)
    last = max(last, report.last)
    sensors.insert(sensor)
    networks.insert(network)
    for service in report.services { services.insert(service) }
    // Which networks stand for many depends on the source, so that nobody can choose networks that do so
    // for every source.
    let place = Mixing.mix(network.hash ^ Mixing.hash(report.subject))
    words[place, default: NetworkWord()].add(report)
    hours[UInt32(clamping: report.first.wholeSeconds / 3_600), default: Claim()].add(network)
    trim()
  }

  /// Adds all that another tally holds.
  public mutating func merge(_ other: SourceTally) {
    reports = reports.adding(other.reports)
    forgeable = forgeable.adding(other.forgeable)
    packets = packets + other.packets
    targets = CountRange(
      low: max(targets.low, other.targets.low), high: targets.high.adding(other.targets.high))
    first = min(first, other.first)
    last = max(last, other.last)
    sensors.formUnion(other.sensors)
    networks.formUnion(other.networks)
    firmNetworks.formUnion(other.firmNetworks)
    services.formUnion(other.services)
    for (network, word) in other.words { words[network, default: NetworkWord()].merge(word) }
    for (hour, claim) in other.hours { hours[hour, default: Claim()].merge(claim) }
    trim()
  }

  private mutating func trim() {
    guard words.count > SourceTally.mostWords else { return }
    for network in words.keys.sorted()[SourceTally.mostWords...] { words[network] = nil }
  }

  /// What can be said of the source.
  public func summary(of source: Address) -> SourceSummary {
    // An estimate looks at four thousand registers: once for all that is told.
    let all = networks.count
    return SourceSummary(
      source: source, days: Set(hours.keys.map { $0 / 24 }).count, reports: reports,
      forgeable: forgeable, packets: packets, targets: targets, first: first, last: last,
      sensors: sensors.count, networks: all, firmNetworks: firmNetworks.count,
      services: services.count, topServices: topServices(of: all), claims: claims(of: all),
      hours: hours.sorted { $0.key < $1.key }.map {
        HourCount(start: Timestamp(seconds: Int64($0.key) * 3_600), reports: $0.value.reports)
      }, byDay: byDay, words: words.sorted { $0.key < $1.key }.map(\.value))
  }

  /// How many networks, of all, so many of those kept stand for.
  private func networks(standingFor kept: Int, of all: DistinctCount) -> DistinctCount {
    guard all.value > words.count, !words.isEmpty else {
      return DistinctCount(value: UInt64(kept), isExact: true)
    }
    let share = Double(kept) / Double(words.count)
    return DistinctCount(value: UInt64((share * Double(all.value)).rounded()), isExact: false)
  }

  private func topServices(of all: DistinctCount) -> [ServiceCount] {
    var counts: [Service: (reports: UInt64, networks: Int)] = [:]
    for word in words.values {
      for (service, reports) in word.services {
        let sum = counts[service] ?? (0, 0)
        counts[service] = (sum.reports.adding(reports), sum.networks + 1)
      }
    }
    return counts.map {
      ServiceCount(
        service: $0, reports: $1.reports, networks: networks(standingFor: $1.networks, of: all))
    }.sorted { ($1.reports, $0.service) < ($0.reports, $1.service) }
  }

  private func claims(of all: DistinctCount) -> [ClaimCount] {
    var counts: [String: (reports: UInt64, networks: Int)] = [:]
    for word in words.values {
      for (article, claim) in word.claims {
        let sum = counts[article] ?? (0, 0)
        counts[article] = (sum.reports.adding(claim.reports), sum.networks + 1)
      }
    }
    return counts.map { article, sum in
      ClaimCount(
        article: article.isEmpty ? nil : article, reports: sum.reports,
        networks: networks(standingFor: sum.networks, of: all))
    }.sorted {
      ($1.networks.value, $1.reports, $0.article ?? "")
        < ($0.networks.value, $0.reports, $1.article ?? "")
    }
  }

  private var byDay: [DayCount] {
    var days: [UInt32: Claim] = [:]
    for (hour, claim) in hours { days[hour / 24, default: Claim()].merge(claim) }
    return days.sorted { $0.key < $1.key }.map {
      DayCount(
        day: Day(rawValue: Int($0.key)), reports: $0.value.reports,
        networks: $0.value.networks.count)
    }
  }
}

extension SourceTally {
  /// Adds what this tally, of one source, says of each bucket of time.
  public func addTrend(
    of source: Address, bucket: TrendBucket, to points: inout [Timestamp: TrendTally]
  ) {
    for (hour, claim) in hours {
      let seconds = Int64(hour) * 3_600
      let start = Timestamp(seconds: seconds - seconds % bucket.rawValue)
      points[start, default: TrendTally()].add(
        reports: claim.reports, source: source, networks: claim.networks)
    }
  }
}

extension SourceTally {
  private static let version: UInt8 = 2

  /// As it is stored.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    writer.write(SourceTally.version)
    for number in [
      reports, forgeable, packets.low, packets.high, targets.low, targets.high,
    ] { writer.write(small: number) }
    writer.write(first.wholeSeconds)
    writer.write(small: UInt64(clamping: last.wholeSeconds &- first.wholeSeconds))
    for set in [sensors, networks, firmNetworks] { set.encode(into: &writer) }
    // Mostly the services are those that stand in the words.
    let apart = services != servicesOfWords
    writer.write(UInt8(apart ? 1 : 0))
    if apart { services.encode(into: &writer) }
    let articles = Set(words.values.flatMap(\.claims.keys)).sorted()
    writer.write(UInt16(articles.count))
    for article in articles { writer.write(short: article) }
    let places = Dictionary(uniqueKeysWithValues: articles.enumerated().map { ($1, $0) })
    writer.write(UInt16(words.count))
    for (network, word) in words.sorted(by: { $0.key < $1.key }) {
      writer.write(network)
      word.encode(into: &writer, articles: places)
    }
    writer.write(UInt16(clamping: hours.count))
    for (hour, claim) in hours.sorted(by: { $0.key < $1.key }).prefix(Int(UInt16.max)) {
      writer.write(hour)
      claim.encode(into: &writer)
    }
    return writer.bytes
  }

  private var servicesOfWords: DistinctSet {
    var set = DistinctSet()
    for word in words.values { for service in word.services.keys { set.insert(service) } }
    return set
  }

  /// Reads what `encoded` wrote.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are something else.
  public init(encoded bytes: [UInt8]) throws(BatchError) {
    self.init()
    try add(encoded: bytes, isOfOneDay: false)
  }

  /// Adds what `encoded` wrote of reports of one day.
  ///
  /// What is said of the source and of its days is the same as after reading and merging. Which networks
  /// reported it in which hour is left out: of a source that everybody meets that is nearly all of the work.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are something else, or of several days; then this tally is of no use.
  public mutating func merge(encodedDay bytes: [UInt8]) throws(BatchError) {
    try add(encoded: bytes, isOfOneDay: true)
  }

  private mutating func add(encoded bytes: [UInt8], isOfOneDay: Bool) throws(BatchError) {
    var reader = WireReader(bytes[...])
    let version = try reader.number(UInt8.self)
    guard version == SourceTally.version else { throw .unknownVersion(version) }
    reports = reports.adding(try reader.small())
    forgeable = forgeable.adding(try reader.small())
    packets = packets + CountRange(low: try reader.small(), high: try reader.small())
    targets = CountRange(
      low: max(targets.low, try reader.small()), high: targets.high.adding(try reader.small()))
    let seconds = try reader.number(Int64.self)
    first = min(first, Timestamp(seconds: seconds))
    last = max(last, Timestamp(seconds: seconds &+ Int64(clamping: try reader.small())))
    try sensors.formUnion(from: &reader)
    let networksOfThis = try DistinctSet(from: &reader)
    networks.formUnion(networksOfThis)
    try firmNetworks.formUnion(from: &reader)
    try addWords(from: &reader)
    let hour = try addHours(from: &reader, withNetworks: !isOfOneDay)
    if isOfOneDay, let hour { hours[hour, default: Claim()].networks.formUnion(networksOfThis) }
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
    trim()
  }

  private mutating func addWords(from reader: inout WireReader) throws(BatchError) {
    let isApart = try reader.number(UInt8.self) == 1
    if isApart { try services.formUnion(from: &reader) }
    var articles: [String] = []
    let most = SourceTally.mostWords * NetworkWord.mostClaims
    for _ in 0..<(try reader.count(most: most, each: 1)) {
      articles.append(try reader.short(most: PoolLimits.articleBytes))
    }
    for _
      in 0..<(try reader.count(
        most: SourceTally.mostWords, each: 8 + NetworkWord.fewestBytes))
    {
      let network: UInt64 = try reader.number()
      try words[network, default: NetworkWord()].add(
        from: &reader, articles: articles
      ) { service in
        if !isApart { services.insert(service) }
      }
    }
  }

  /// Adds hours, with their networks or with none.
  ///
  /// - Returns: the first of them, which without networks must all be of one day.
  private mutating func addHours(
    from reader: inout WireReader, withNetworks: Bool
  ) throws(BatchError) -> UInt32? {
    var first: UInt32?
    for _ in 0..<(try reader.count(most: Int(UInt16.max), each: 6)) {
      let start = reader.offset
      let hour: UInt32 = try reader.number()
      let reports = try reader.small()
      hours[hour, default: Claim()].reports = (hours[hour]?.reports ?? 0).adding(reports)
      if withNetworks {
        try hours[hour, default: Claim()].networks.formUnion(from: &reader)
      } else {
        guard (first ?? hour) / 24 == hour / 24 else { throw .notCanonical(offset: start) }
        try DistinctSet.skip(from: &reader)
      }
      first = first ?? hour
    }
    return first
  }
}

extension SourceTally.Claim {
  func encode(into writer: inout WireWriter) {
    writer.write(small: reports)
    networks.encode(into: &writer)
  }
}

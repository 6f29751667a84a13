public import Observations

/// What reports say of one source, put together: the sums that a store keeps for each source and day.
///
/// Tallies can be put together in any order with the same outcome. Lists are bounded: of more services
/// or verdicts than fit, those with the smallest hashes stay, each with its full count, so that what
/// stays does not depend on the order either.
public struct SourceTally: Hashable, Sendable {
  /// The most services that are counted one by one.
  public static let mostServices = 64
  /// The most verdicts that are counted one by one.
  public static let mostClaims = 16

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
  private var serviceCounts: [Service: Claim] = [:]
  /// By article; the empty text stands for no verdict.
  private var claims: [String: Claim] = [:]
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
    for service in report.services {
      services.insert(service)
      serviceCounts[service, default: Claim()].add(network)
    }
    claims[report.verdict?.article ?? "", default: Claim()].add(network)
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
    for (service, claim) in other.serviceCounts {
      serviceCounts[service, default: Claim()].merge(claim)
    }
    for (article, claim) in other.claims { claims[article, default: Claim()].merge(claim) }
    for (hour, claim) in other.hours { hours[hour, default: Claim()].merge(claim) }
    trim()
  }

  private mutating func trim() {
    SourceTally.trim(&serviceCounts, to: SourceTally.mostServices, by: \.hash)
    SourceTally.trim(&claims, to: SourceTally.mostClaims) { SourceTally.hash($0) }
  }

  private static func trim<Key, Value>(
    _ counts: inout [Key: Value], to most: Int, by hash: (Key) -> UInt64
  ) {
    guard counts.count > most else { return }
    for key in counts.keys.sorted(by: { hash($0) < hash($1) })[most...] { counts[key] = nil }
  }

  private static func hash(_ text: String) -> UInt64 {
    // Reports without a verdict are always told apart.
    text.isEmpty ? 0 : text.utf8.reduce(0x6172_7469) { Mixing.mix($0 ^ UInt64($1)) }
  }

  /// What can be said of the source.
  public func summary(of source: Address) -> SourceSummary {
    SourceSummary(
      source: source, days: Set(hours.keys.map { $0 / 24 }).count, reports: reports,
      forgeable: forgeable, packets: packets, targets: targets, first: first, last: last,
      sensors: sensors.count, networks: networks.count, firmNetworks: firmNetworks.count,
      services: services.count,
      topServices: serviceCounts.map {
        ServiceCount(service: $0, reports: $1.reports, networks: $1.networks.count)
      }.sorted {
        ($1.reports, $0.service) < ($0.reports, $1.service)
      },
      claims: claims.map { article, claim in
        ClaimCount(
          article: article.isEmpty ? nil : article, reports: claim.reports,
          networks: claim.networks.count)
      }.sorted {
        ($1.networks.value, $1.reports, $0.article ?? "")
          < ($0.networks.value, $0.reports, $1.article ?? "")
      },
      hours: hours.sorted { $0.key < $1.key }.map {
        HourCount(start: Timestamp(seconds: Int64($0.key) * 3_600), reports: $0.value.reports)
      })
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
  private static let version: UInt8 = 1

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
    // While services are counted exactly they are those that stand in the list.
    let many = !services.count.isExact
    writer.write(UInt8(many ? 1 : 0))
    if many { services.encode(into: &writer) }
    writer.write(UInt16(serviceCounts.count))
    for (service, claim) in serviceCounts.sorted(by: { $0.key < $1.key }) {
      writer.write(service.transport.rawValue)
      writer.write(service.port)
      claim.encode(into: &writer)
    }
    writer.write(UInt16(claims.count))
    for (article, claim) in claims.sorted(by: { $0.key < $1.key }) {
      writer.write(short: article)
      claim.encode(into: &writer)
    }
    writer.write(UInt16(clamping: hours.count))
    for (hour, claim) in hours.sorted(by: { $0.key < $1.key }).prefix(Int(UInt16.max)) {
      writer.write(hour)
      claim.encode(into: &writer)
    }
    return writer.bytes
  }

  /// Reads what `encoded` wrote.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are something else.
  public init(encoded bytes: [UInt8]) throws(BatchError) {
    var reader = WireReader(bytes[...])
    let version = try reader.number(UInt8.self)
    guard version == SourceTally.version else { throw .unknownVersion(version) }
    reports = try reader.small()
    forgeable = try reader.small()
    packets = CountRange(low: try reader.small(), high: try reader.small())
    targets = CountRange(low: try reader.small(), high: try reader.small())
    let seconds = try reader.number(Int64.self)
    first = Timestamp(seconds: seconds)
    last = Timestamp(seconds: seconds &+ Int64(clamping: try reader.small()))
    sensors = try DistinctSet(from: &reader)
    networks = try DistinctSet(from: &reader)
    firmNetworks = try DistinctSet(from: &reader)
    let many = try reader.number(UInt8.self) == 1
    if many { services = try DistinctSet(from: &reader) }
    for _ in 0..<(try reader.count(most: SourceTally.mostServices, each: 5)) {
      let transport = Transport(rawValue: try reader.number())
      let service = Service(transport: transport, port: try reader.number())
      serviceCounts[service] = try Claim(from: &reader)
      if !many { services.insert(service) }
    }
    for _ in 0..<(try reader.count(most: SourceTally.mostClaims, each: 3)) {
      claims[try reader.short(most: PoolLimits.articleBytes)] = try Claim(from: &reader)
    }
    for _ in 0..<(try reader.count(most: Int(UInt16.max), each: 6)) {
      hours[try reader.number()] = try Claim(from: &reader)
    }
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
  }
}

extension SourceTally.Claim {
  func encode(into writer: inout WireWriter) {
    writer.write(small: reports)
    networks.encode(into: &writer)
  }

  init(from reader: inout WireReader) throws(BatchError) {
    reports = try reader.small()
    networks = try DistinctSet(from: &reader)
  }
}

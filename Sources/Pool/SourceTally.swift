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

  private struct Claim: Hashable, Sendable {
    var reports: UInt64 = 0
    var networks = DistinctSet()
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
  private var serviceCounts: [Service: UInt64] = [:]
  /// By article; the empty text stands for no verdict.
  private var claims: [String: Claim] = [:]
  /// Reports by hours since 1970.
  private var hours: [UInt32: UInt64] = [:]

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
      serviceCounts[service, default: 0] += 1
    }
    let article = report.verdict?.article ?? ""
    claims[article, default: Claim()].reports += 1
    claims[article, default: Claim()].networks.insert(network)
    hours[UInt32(clamping: report.first.wholeSeconds / 3_600), default: 0] += 1
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
    serviceCounts.merge(other.serviceCounts, uniquingKeysWith: { $0.adding($1) })
    for (article, claim) in other.claims {
      var sum = claims[article] ?? Claim()
      sum.reports = sum.reports.adding(claim.reports)
      sum.networks.formUnion(claim.networks)
      claims[article] = sum
    }
    hours.merge(other.hours, uniquingKeysWith: { $0.adding($1) })
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
      topServices: serviceCounts.map { ServiceCount(service: $0, reports: $1) }.sorted {
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
        HourCount(start: Timestamp(seconds: Int64($0.key) * 3_600), reports: $0.value)
      })
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
    ] { writer.write(number) }
    writer.write(first.nanoseconds)
    writer.write(last.nanoseconds)
    for set in [sensors, networks, firmNetworks, services] { set.encode(into: &writer) }
    writer.write(UInt16(serviceCounts.count))
    for (service, count) in serviceCounts.sorted(by: { $0.key < $1.key }) {
      writer.write(service.transport.rawValue)
      writer.write(service.port)
      writer.write(count)
    }
    writer.write(UInt16(claims.count))
    for (article, claim) in claims.sorted(by: { $0.key < $1.key }) {
      writer.write(short: article)
      writer.write(claim.reports)
      claim.networks.encode(into: &writer)
    }
    writer.write(UInt16(clamping: hours.count))
    for (hour, count) in hours.sorted(by: { $0.key < $1.key }) {
      writer.write(hour)
      writer.write(count)
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
    reports = try reader.number()
    forgeable = try reader.number()
    packets = CountRange(low: try reader.number(), high: try reader.number())
    targets = CountRange(low: try reader.number(), high: try reader.number())
    first = Timestamp(nanoseconds: try reader.number())
    last = Timestamp(nanoseconds: try reader.number())
    sensors = try DistinctSet(from: &reader)
    networks = try DistinctSet(from: &reader)
    firmNetworks = try DistinctSet(from: &reader)
    services = try DistinctSet(from: &reader)
    for _ in 0..<(try reader.count(most: SourceTally.mostServices, each: 11)) {
      let transport = Transport(rawValue: try reader.number())
      serviceCounts[Service(transport: transport, port: try reader.number())] =
        try reader.number()
    }
    for _ in 0..<(try reader.count(most: SourceTally.mostClaims, each: 10)) {
      let article = try reader.short(most: PoolLimits.articleBytes)
      claims[article] = Claim(
        reports: try reader.number(), networks: try DistinctSet(from: &reader))
    }
    for _ in 0..<(try reader.count(most: Int(UInt16.max), each: 12)) {
      hours[try reader.number()] = try reader.number()
    }
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
  }
}

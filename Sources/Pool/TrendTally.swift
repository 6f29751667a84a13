public import Observations

/// What reports say of one bucket of time, put together in any order.
public struct TrendTally: Hashable, Sendable {
  /// Reports that begin in it.
  public private(set) var reports: UInt64 = 0
  /// Their sources.
  public private(set) var sources = DistinctSet()
  /// The networks they came from.
  public private(set) var networks = DistinctSet()

  /// Nothing yet.
  public init() {}

  /// Adds a report of a sensor in a network.
  public mutating func add(source: Address, network: Prefix) {
    reports += 1
    sources.insert(source)
    networks.insert(network)
  }

  mutating func add(reports more: UInt64, source: Address, networks others: DistinctSet) {
    reports = reports.adding(more)
    sources.insert(source)
    networks.formUnion(others)
  }

  /// Adds all that another tally holds.
  public mutating func merge(_ other: TrendTally) {
    reports = reports.adding(other.reports)
    sources.formUnion(other.sources)
    networks.formUnion(other.networks)
  }

  /// What it says of the bucket that begins at a time.
  public func point(at start: Timestamp) -> TrendPoint {
    TrendPoint(start: start, reports: reports, sources: sources.count, networks: networks.count)
  }

  /// As it is stored.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    writer.write(small: reports)
    sources.encode(into: &writer)
    networks.encode(into: &writer)
    return writer.bytes
  }

  /// Reads what `encoded` wrote.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are something else.
  public init(encoded bytes: [UInt8]) throws(BatchError) {
    var reader = WireReader(bytes[...])
    reports = try reader.small()
    sources = try DistinctSet(from: &reader)
    networks = try DistinctSet(from: &reader)
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
  }
}

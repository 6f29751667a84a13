public import Observations

/// How often something was met, and whether that is exact.
public struct DistinctCount: Hashable, Sendable {
  /// The number, or the best estimate of it.
  public var value: UInt64
  /// Whether it is exact.
  public var isExact: Bool

  /// A count out of its parts.
  public init(value: UInt64, isExact: Bool) {
    self.value = value
    self.isExact = isExact
  }
}

/// What is known about one source over some days.
public struct SourceSummary: Hashable, Sendable {
  /// The source.
  public var source: Address
  /// The days on which it was reported.
  public var days: Int
  /// Single reports.
  public var reports: UInt64
  /// Of these, how many may be forged: nothing shows that answers reached the source.
  public var forgeable: UInt64
  /// Packets of all reports together.
  public var packets: CountRange
  /// Targets: at least as many as one sensor met on one day, at most the sum of all reports.
  public var targets: CountRange
  /// The earliest time.
  public var first: Timestamp
  /// The latest time.
  public var last: Timestamp
  /// Distinct sensors.
  public var sensors: DistinctCount
  /// Distinct networks of those sensors.
  public var networks: DistinctCount
  /// Distinct networks with a report that cannot be forged by packets alone.
  public var firmNetworks: DistinctCount
  /// Distinct services.
  public var services: DistinctCount
  /// Services by reports, falling, then by transport and port.
  public var topServices: [ServiceCount]
  /// What sensors made of it: by networks, then reports, both falling, then by id; nil stands for no
  /// verdict.
  public var claims: [ClaimCount]
  /// Reports by hour, in order of time.
  public var hours: [HourCount]
  /// Reports and networks by day, in order of time.
  public var byDay: [DayCount]
  /// What each network says, of at most `SourceTally.mostWords`: of more, a sample by hash. In an order
  /// that says nothing.
  public var words: [NetworkWord]

  /// One out of its parts.
  public init(
    source: Address, days: Int, reports: UInt64, forgeable: UInt64, packets: CountRange,
    targets: CountRange, first: Timestamp, last: Timestamp, sensors: DistinctCount,
    networks: DistinctCount, firmNetworks: DistinctCount, services: DistinctCount,
    topServices: [ServiceCount], claims: [ClaimCount], hours: [HourCount],
    byDay: [DayCount] = [], words: [NetworkWord] = []
  ) {
    self.source = source
    self.days = days
    self.reports = reports
    self.forgeable = forgeable
    self.packets = packets
    self.targets = targets
    self.first = first
    self.last = last
    self.sensors = sensors
    self.networks = networks
    self.firmNetworks = firmNetworks
    self.services = services
    self.topServices = topServices
    self.claims = claims
    self.hours = hours
    self.byDay = byDay
    self.words = words
  }
}

/// A service: a transport and its port, for ICMP the message's type.
public struct Service: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The transport.
  public var transport: Transport
  /// The destination port, or the type.
  public var port: UInt16

  /// A service out of its parts.
  public init(transport: Transport, port: UInt16) {
    self.transport = transport
    self.port = port
  }

  /// `udp/137`.
  public var description: String { "\(transport)/\(port)" }

  /// By transport, then port.
  public static func < (a: Service, b: Service) -> Bool {
    (a.transport, a.port) < (b.transport, b.port)
  }
}

extension Report {
  /// The services that it names; one of port 0 where it names none.
  public var services: [Service] {
    if let message = shape.icmp {
      return [Service(transport: shape.transport, port: UInt16(message.type))]
    }
    guard !ports.isEmpty else { return [Service(transport: shape.transport, port: 0)] }
    return ports.map { Service(transport: shape.transport, port: $0) }
  }
}

/// A service with how often it was reported.
public struct ServiceCount: Hashable, Sendable {
  /// The service.
  public var service: Service
  /// Reports that name it.
  public var reports: UInt64
  /// The distinct networks of those.
  public var networks: DistinctCount

  /// One out of its parts.
  public init(service: Service, reports: UInt64, networks: DistinctCount) {
    self.service = service
    self.reports = reports
    self.networks = networks
  }
}

/// A verdict of sensors with how often it was given.
public struct ClaimCount: Hashable, Sendable {
  /// The article's id; nil for none.
  public var article: String?
  /// Reports.
  public var reports: UInt64
  /// Distinct networks.
  public var networks: DistinctCount

  /// One out of its parts.
  public init(article: String?, reports: UInt64, networks: DistinctCount) {
    self.article = article
    self.reports = reports
    self.networks = networks
  }
}

/// A day with how much was reported on it, and by how many networks.
public struct DayCount: Hashable, Sendable {
  /// The day.
  public var day: Day
  /// Reports that begin on it.
  public var reports: UInt64
  /// The distinct networks of those.
  public var networks: DistinctCount

  /// One out of its parts.
  public init(day: Day, reports: UInt64, networks: DistinctCount) {
    self.day = day
    self.reports = reports
    self.networks = networks
  }
}

/// An hour with how much was reported in it.
public struct HourCount: Hashable, Sendable {
  /// Its first instant.
  public var start: Timestamp
  /// Reports that begin in it.
  public var reports: UInt64

  /// One out of its parts.
  public init(start: Timestamp, reports: UInt64) {
    self.start = start
    self.reports = reports
  }
}

/// A place among the reports about a source.
public struct ReportCursor: Hashable, Comparable, Sendable {
  /// The report's first time.
  public var first: Timestamp
  /// The batch it is in.
  public var batch: BatchID
  /// Its place in the batch, from 0.
  public var index: Int

  /// A place out of its parts.
  public init(first: Timestamp, batch: BatchID, index: Int) {
    self.first = first
    self.batch = batch
    self.index = index
  }

  /// By time, sensor, sequence and place.
  public static func < (a: ReportCursor, b: ReportCursor) -> Bool {
    (a.first, a.batch, a.index) < (b.first, b.batch, b.index)
  }
}

/// A report as it is kept.
public struct StoredReport: Hashable, Sendable {
  /// Where it stands.
  public var cursor: ReportCursor
  /// The report.
  public var report: Report

  /// One out of its parts.
  public init(cursor: ReportCursor, report: Report) {
    self.cursor = cursor
    self.report = report
  }
}

/// What a trend is of.
public enum TrendKey: Hashable, Sendable {
  /// Everything.
  case total
  /// A transport.
  case transport(Transport)
  /// A service.
  case service(Service)
  /// A verdict of sensors; nil for none.
  case article(String?)
  /// One source.
  case source(Address)
  /// All sources of a block.
  case prefix(Prefix)
  /// A pattern, by its digest; told by days only.
  case pattern(UInt64)
}

/// How finely a trend is told.
public enum TrendBucket: Int64, Hashable, Sendable {
  /// By hours.
  case hour = 3_600
  /// By days.
  case day = 86_400
}

/// How much was reported in one bucket of a trend.
public struct TrendPoint: Hashable, Sendable {
  /// The bucket's first instant.
  public var start: Timestamp
  /// Reports that begin in it.
  public var reports: UInt64
  /// Their distinct sources.
  public var sources: DistinctCount
  /// The distinct networks that reported them.
  public var networks: DistinctCount

  /// One out of its parts.
  public init(start: Timestamp, reports: UInt64, sources: DistinctCount, networks: DistinctCount) {
    self.start = start
    self.reports = reports
    self.sources = sources
    self.networks = networks
  }
}

/// What is ranked.
public enum TopKind: String, Hashable, Sendable, CaseIterable {
  /// Sources.
  case sources
  /// Services.
  case services
  /// Verdicts of sensors.
  case articles
}

/// What a rank is held by.
public enum TopKey: Hashable, Comparable, Sendable {
  /// A source.
  case source(Address)
  /// A service.
  case service(Service)
  /// A verdict of sensors; nil for none.
  case article(String?)

  private var order: (Int, Address, Service, String) {
    let none = (Address.unspecified, Service(transport: Transport(rawValue: 0), port: 0))
    return switch self {
    case .source(let address): (0, address, none.1, "")
    case .service(let service): (1, none.0, service, "")
    case .article(let article): (2, none.0, none.1, article ?? "")
    }
  }

  /// Sources, then services, then articles; each in its own order.
  public static func < (a: TopKey, b: TopKey) -> Bool { a.order < b.order }
}

/// One rank.
public struct TopRow: Hashable, Sendable {
  /// What holds it.
  public var key: TopKey
  /// Reports.
  public var reports: UInt64
  /// Distinct networks that reported it; of sources and days, the most of one day.
  public var networks: UInt64

  /// One out of its parts.
  public init(key: TopKey, reports: UInt64, networks: UInt64) {
    self.key = key
    self.reports = reports
    self.networks = networks
  }
}

/// A source in a few numbers.
public struct HotSource: Hashable, Sendable {
  /// The source.
  public var source: Address
  /// The first time it was ever reported.
  public var first: Timestamp
  /// The last time.
  public var last: Timestamp
  /// All reports.
  public var reports: UInt64
  /// The most distinct networks that reported it on one day.
  public var networks: UInt64
  /// Of these, with reports that cannot be forged by packets alone.
  public var firmNetworks: UInt64

  /// One out of its parts.
  public init(
    source: Address, first: Timestamp, last: Timestamp, reports: UInt64, networks: UInt64,
    firmNetworks: UInt64
  ) {
    self.source = source
    self.first = first
    self.last = last
    self.reports = reports
    self.networks = networks
    self.firmNetworks = firmNetworks
  }
}

/// A pattern that reports bore.
public struct StoredPattern: Hashable, Sendable {
  /// Its digest: `Pattern.digest` as a number.
  public var digest: UInt64
  /// The pattern.
  public var pattern: Pattern
  /// Reports with this digest.
  public var reports: UInt64

  /// One out of its parts.
  public init(digest: UInt64, pattern: Pattern, reports: UInt64) {
    self.digest = digest
    self.pattern = pattern
    self.reports = reports
  }
}

/// A source of a pattern.
public struct PatternSource: Hashable, Sendable {
  /// The source.
  public var source: Address
  /// Its reports with the pattern.
  public var reports: UInt64

  /// One out of its parts.
  public init(source: Address, reports: UInt64) {
    self.source = source
    self.reports = reports
  }
}

/// What taking back a sensor's reports came to.
public struct Retraction: Hashable, Sendable {
  /// Batches that are gone.
  public var batches: Int
  /// Single reports that are gone.
  public var reports: Int
  /// Days whose sums were made anew.
  public var days: [Day]
  /// Batches whose single reports were forgotten before: their share in the sums of those days
  /// remains.
  public var beyondRecall: Int

  /// One out of its parts.
  public init(batches: Int, reports: Int, days: [Day], beyondRecall: Int) {
    self.batches = batches
    self.reports = reports
    self.days = days
    self.beyondRecall = beyondRecall
  }
}

import Observations
import Pool

/// The sums of some reports, made in memory, so that each stored sum is touched once per batch.
struct Rollup {
  /// What a sum of the table `trend` is of.
  struct TrendRow: Hashable, Comparable {
    var bucket: TrendBucket
    var start: Int64
    var kind: TrendKind
    var key: [UInt8]

    static func < (a: TrendRow, b: TrendRow) -> Bool {
      if a.bucket != b.bucket { return a.bucket.rawValue < b.bucket.rawValue }
      if a.start != b.start { return a.start < b.start }
      if a.kind != b.kind { return a.kind.rawValue < b.kind.rawValue }
      return a.key.lexicographicallyPrecedes(b.key)
    }

    /// What binds a sealed sum to its row.
    var seal: UInt64 {
      let place = UInt64(bitPattern: start) << 8 ^ UInt64(kind.rawValue)
      return key.reduce(Mixing.mix(place ^ UInt64(bucket.rawValue) << 48)) {
        Mixing.mix($0 ^ UInt64($1))
      }
    }
  }

  enum TrendKind: Int, Hashable {
    case total, transport, service, article, pattern
  }

  struct DaySource: Hashable, Comparable {
    var day: Int
    var source: Address
    /// What binds a sealed sum to its row.
    var seal: UInt64 { Sealed.key(Int64(day), source) }

    static func < (a: DaySource, b: DaySource) -> Bool {
      a.day != b.day ? a.day < b.day : a.source < b.source
    }
  }

  struct PatternRow: Hashable, Comparable {
    var day: Int
    /// The digest's bits.
    var digest: Int64
    var source: Address

    static func < (a: PatternRow, b: PatternRow) -> Bool {
      (a.day, a.digest, a.source) < (b.day, b.digest, b.source)
    }
  }

  /// A pattern that stands for all of its digest.
  struct PatternBody {
    var body: [UInt8]
    var pattern: Pattern
  }

  /// Which sums are made.
  struct Parts: OptionSet {
    var rawValue: UInt8
    static let sources = Parts(rawValue: 1)
    static let trends = Parts(rawValue: 2)
    static let patterns = Parts(rawValue: 4)
    static let all: Parts = [.sources, .trends, .patterns]
  }

  private let parts: Parts
  private(set) var sources: [DaySource: SourceTally] = [:]
  private(set) var hours: [TrendRow: TrendTally] = [:]
  /// Sums of patterns, which are kept by days only.
  private(set) var patternDays: [TrendRow: TrendTally] = [:]
  private(set) var patternRows: [PatternRow: Int] = [:]
  private(set) var patterns: [Int64: PatternBody] = [:]

  init(_ parts: Parts = .all) { self.parts = parts }

  /// All sums of some batches.
  init(of submissions: [Submission]) {
    self.init()
    for submission in submissions {
      for report in submission.batch.reports {
        add(report, sensor: submission.batch.id.sensor, network: submission.network)
      }
    }
  }

  mutating func add(_ report: Report, sensor: SensorID, network: Prefix) {
    let day = Day(report.first).rawValue
    if parts.contains(.sources) {
      sources[DaySource(day: day, source: report.subject), default: SourceTally()].add(
        report, sensor: sensor, network: network)
    }
    if parts.contains(.trends) { addTrends(report, network) }
    guard parts.contains(.patterns), let pattern = report.pattern else { return }
    let digest = Int64(bitPattern: pattern.digestNumber)
    patternRows[PatternRow(day: day, digest: digest, source: report.subject), default: 0] += 1
    let body = pattern.encoded
    let row = TrendRow(
      bucket: .day, start: Day(report.first).start.wholeSeconds, kind: .pattern,
      key: pattern.digestNumber.key)
    patternDays[row, default: TrendTally()].add(source: report.subject, network: network)
    // Of patterns with one digest the same stands for all, whichever came first.
    if let held = patterns[digest], !body.lexicographicallyPrecedes(held.body) { return }
    patterns[digest] = PatternBody(body: body, pattern: pattern)
  }

  private mutating func addTrends(_ report: Report, _ network: Prefix) {
    let seconds = report.first.wholeSeconds
    func add(_ kind: TrendKind, _ key: [UInt8]) {
      let row = TrendRow(bucket: .hour, start: seconds - seconds % 3_600, kind: kind, key: key)
      hours[row, default: TrendTally()].add(source: report.subject, network: network)
    }
    add(.total, [])
    add(.transport, [report.shape.transport.rawValue])
    for service in report.services { add(.service, service.key) }
    add(.article, Array((report.verdict?.article ?? "").utf8))
  }
}

extension UInt64 {
  /// Eight bytes in network order.
  var key: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> UInt64(56 - 8 * $0)) } }
}

extension Service {
  /// Three bytes in network order.
  var key: [UInt8] {
    [transport.rawValue, UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]
  }

  init?(key: some Collection<UInt8>) {
    let bytes = Array(key)
    guard bytes.count == 3 else { return nil }
    self.init(
      transport: Transport(rawValue: bytes[0]), port: UInt16(bytes[1]) << 8 | UInt16(bytes[2]))
  }
}

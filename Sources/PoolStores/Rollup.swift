import Foundation
import GRDB
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

  private struct DaySource: Hashable, Comparable {
    var day: Int
    var source: Address
    static func < (a: DaySource, b: DaySource) -> Bool {
      a.day != b.day ? a.day < b.day : a.source < b.source
    }
  }

  private struct PatternRow: Hashable, Comparable {
    var digest: UInt64
    var day: Int
    var source: Address
    static func < (a: PatternRow, b: PatternRow) -> Bool {
      (Int64(bitPattern: a.digest), a.day, a.source) < (
        Int64(bitPattern: b.digest), b.day, b.source
      )
    }
  }

  private var sources: [DaySource: SourceTally] = [:]
  private var hours: [TrendRow: TrendTally] = [:]
  /// Sums of patterns, which are kept by days only.
  private var patternDays: [TrendRow: TrendTally] = [:]
  private var patternRows: [PatternRow: Int] = [:]
  private var patterns: [UInt64: (body: [UInt8], pattern: Pattern)] = [:]

  mutating func add(_ report: Report, sensor: SensorID, network: Prefix) {
    let day = Day(report.first).rawValue
    let place = DaySource(day: day, source: report.subject)
    sources[place, default: SourceTally()].add(report, sensor: sensor, network: network)
    addTrends(report, network)
    guard let pattern = report.pattern else { return }
    let digest = pattern.digestNumber
    patternRows[PatternRow(digest: digest, day: day, source: report.subject), default: 0] += 1
    let row = TrendRow(
      bucket: .day, start: Day(report.first).start.wholeSeconds, kind: .pattern, key: digest.key)
    patternDays[row, default: TrendTally()].add(source: report.subject, network: network)
    let body = pattern.encoded
    // Of patterns with one digest the same stands for all, whichever came first.
    if let held = patterns[digest], !body.lexicographicallyPrecedes(held.body) { return }
    patterns[digest] = (body, pattern)
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

  func store(_ db: Database) throws {
    try storeSources(db)
    try storeTrends(db)
    try storePatterns(db)
  }

  private func storeSources(_ db: Database) throws {
    let select = try db.cachedStatement(sql: "SELECT tally FROM source_day WHERE day=? AND src=?")
    let replace = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO source_day VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    let hot = try db.cachedStatement(
      sql: """
        INSERT INTO source VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT(src) DO UPDATE SET
          first=min(first, excluded.first), last=max(last, excluded.last),
          reports=reports+excluded.reports, networks=max(networks, excluded.networks),
          firm=max(firm, excluded.firm)
        """)
    // Keys are sorted, not entries: tallies are large to move.
    for place in sources.keys.sorted() {
      guard let added = sources[place] else { continue }
      let source = place.source.blob
      let seal = Sealed.key(Int64(place.day), place.source)
      var tally = added
      select.setUncheckedArguments([place.day, source])
      if let held = try Data.fetchOne(select) {
        tally.merge(try SourceTally(encoded: Sealed.open(held, under: seal)))
      }
      let (networks, firm) = (tally.networks.count.value, tally.firmNetworks.count.value)
      replace.setUncheckedArguments([
        place.day, source, Int64(clamping: tally.reports), Int64(clamping: networks),
        Int64(clamping: firm), tally.first.wholeSeconds, tally.last.wholeSeconds,
        Sealed.seal(tally.encoded, under: seal),
      ])
      try replace.execute()
      hot.setUncheckedArguments([
        source, added.first.wholeSeconds, added.last.wholeSeconds, Int64(clamping: added.reports),
        Int64(clamping: networks), Int64(clamping: firm),
      ])
      try hot.execute()
    }
  }

  private func storeTrends(_ db: Database) throws {
    var all = hours
    all.merge(patternDays) { first, _ in first }
    for (row, tally) in hours {
      let day = row.start - row.start % TrendBucket.day.rawValue
      let place = TrendRow(bucket: .day, start: day, kind: row.kind, key: row.key)
      all[place, default: TrendTally()].merge(tally)
    }
    let select = try db.cachedStatement(
      sql: "SELECT tally FROM trend WHERE bucket=? AND start=? AND kind=? AND key=?")
    let replace = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO trend VALUES (?, ?, ?, ?, ?, ?)")
    for row in all.keys.sorted() {
      guard let added = all[row] else { continue }
      var tally = added
      let key = Data(row.key)
      select.setUncheckedArguments([row.bucket.rawValue, row.start, row.kind.rawValue, key])
      if let held = try Data.fetchOne(select) {
        tally.merge(try TrendTally(encoded: Sealed.open(held, under: row.seal)))
      }
      replace.setUncheckedArguments([
        row.bucket.rawValue, row.start, row.kind.rawValue, key, Int64(clamping: tally.reports),
        Sealed.seal(tally.encoded, under: row.seal),
      ])
      try replace.execute()
    }
  }

  private func storePatterns(_ db: Database) throws {
    let select = try db.cachedStatement(sql: "SELECT body FROM pattern WHERE digest=?")
    let replace = try db.cachedStatement(sql: "INSERT OR REPLACE INTO pattern VALUES (?, ?)")
    let band = try db.cachedStatement(sql: "INSERT OR IGNORE INTO pattern_band VALUES (?, ?, ?)")
    for (digest, entry) in patterns.sorted(by: { $0.key < $1.key }) {
      let number = Int64(bitPattern: digest)
      let held = try Data.fetchOne(select, arguments: [number])
      if let held, !entry.body.lexicographicallyPrecedes(held) { continue }
      try replace.execute(arguments: [number, Data(entry.body)])
      // The pieces follow from the digest, so that they are there already where the body is.
      guard held == nil else { continue }
      for piece in LikenessIndex.bands(of: entry.pattern) {
        band.setUncheckedArguments([Int(piece.index), Int64(bitPattern: piece.key), number])
        try band.execute()
      }
    }
    let row = try db.cachedStatement(
      sql: """
        INSERT INTO pattern_day VALUES (?, ?, ?, ?) ON CONFLICT(digest, day, src)
          DO UPDATE SET reports=reports+excluded.reports
        """)
    for (place, count) in patternRows.sorted(by: { $0.key < $1.key }) {
      row.setUncheckedArguments([
        Int64(bitPattern: place.digest), place.day, place.source.blob, count,
      ])
      try row.execute()
    }
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

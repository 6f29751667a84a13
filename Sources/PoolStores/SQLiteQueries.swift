import Foundation
import GRDB
public import Observations
public import Pool

extension SQLiteStore {
  /// What is known about a source over some days; nil where nothing is.
  public func summary(
    source: Address, in days: ClosedRange<Day>
  ) async throws(StoreError) -> SourceSummary? {
    try await read { db in
      try Self.tally(source, days, db).map { $0.summary(of: source) }
    }
  }

  /// Sources of a block in order of address.
  public func summaries(
    prefix: Prefix, in days: ClosedRange<Day>, fewestReports: UInt64, limit: Int, after: Address?
  ) async throws(StoreError) -> [SourceSummary] {
    try await read { db in
      let limit = min(max(0, limit), PoolLimits.pageSize)
      var result: [SourceSummary] = []
      var place = after
      // Sources of the block may have nothing in these days, so that a page can need several looks.
      while result.count < limit {
        let found = try Self.sources(
          of: prefix, days, fewestReports, after: place, limit: limit, db)
        guard let last = found.last else { break }
        for source in found where result.count < limit {
          if let tally = try Self.tally(source, days, db) {
            result.append(tally.summary(of: source))
          }
        }
        place = last
      }
      return result
    }
  }

  private static func sources(
    of prefix: Prefix, _ days: ClosedRange<Day>, _ reports: UInt64, after: Address?, limit: Int,
    _ db: Database
  ) throws -> [Address] {
    var sql = """
      SELECT src FROM source WHERE src >= ? AND src <= ? AND last >= ? AND first < ? AND reports >= ?
      """
    var arguments: StatementArguments = [
      prefix.base.blob, prefix.lastAddress.blob, days.lowerBound.start.wholeSeconds,
      days.upperBound.advanced(by: 1).start.wholeSeconds, Int64(clamping: reports),
    ]
    // A wide block of IPv6 surrounds the place of IPv4 and does not hold it.
    if !prefix.base.isIPv4 { sql += " AND substr(src, 1, 12) != x'00000000000000000000ffff'" }
    if let after {
      sql += " AND src > ?"
      arguments += [after.blob]
    }
    sql += " ORDER BY src LIMIT ?"
    arguments += [limit]
    return try Data.fetchAll(db, sql: sql, arguments: arguments).map { try Address(blob: $0) }
  }

  /// A source's sums over some days; nil where there is none. Only days on which it may have sums are looked
  /// at, and past ones together where they are laid together.
  static func tally(
    _ source: Address, _ days: ClosedRange<Day>, _ db: Database
  ) throws -> SourceTally? {
    let known = try db.cachedStatement(sql: "SELECT src, first, last, days FROM source WHERE src=?")
    guard let row = try Row.fetchOne(known, arguments: [source.blob]) else { return nil }
    let wanted = try PastSums.daysOfSums(row, in: days)
    var (sum, isKnown) = (SourceTally(), false)
    let past = wanted.count > 1 ? try PastSums(of: source, db) : nil
    for held in past?.sums ?? [] where days.contains(held.day) {
      try sum.merge(encodedDay: held.tally)
      isKnown = true
    }
    let select = try Prepared(db, "SELECT tally FROM source_day WHERE day=? AND src=?")
    // Each of these days' sums is on another page, which may have to come from the disk.
    for day in wanted where !(past?.days.contains(day) ?? false) {
      select.bind(1, day.rawValue)
      try select.bind(2, source)
      guard try select.step() else { continue }
      let sealed = select.bytes(0)
      select.reset()
      let seal = Sealed.key(Int64(day.rawValue), source)
      try sum.merge(encodedDay: Sealed.open(sealed, under: seal))
      isKnown = true
    }
    return isKnown ? sum : nil
  }

  /// A source's single reports.
  public func reports(
    source: Address, in days: ClosedRange<Day>, limit: Int, after: ReportCursor?
  ) async throws(StoreError) -> [StoredReport] {
    try await work { [self] db in
      let most = min(max(0, limit), PoolLimits.pageSize)
      let present = try Int.fetchAll(
        db, sql: "SELECT day FROM raw_day WHERE day >= ? AND day <= ? ORDER BY day",
        arguments: [
          max(days.lowerBound, after.map { Day($0.first) } ?? days.lowerBound).rawValue,
          days.upperBound.rawValue,
        ])
      var result: [StoredReport] = []
      for day in present where result.count < most {
        guard let file = try self.days.file(Day(rawValue: day), making: false) else { continue }
        result += try file.read { raw in
          try Self.reports(source, limit: most - result.count, after: after, raw)
        }
      }
      return result
    }
  }

  private static func reports(
    _ source: Address, limit: Int, after: ReportCursor?, _ db: Database
  ) throws -> [StoredReport] {
    var sql = """
      SELECT sensor, seq, idx, body FROM place CROSS JOIN report USING (id) WHERE place.src=?
      """
    var arguments: StatementArguments = [source.blob]
    if let after {
      sql += " AND place.time >= ? AND (place.time, sensor, seq, idx) > (?, ?, ?, ?)"
      let time = after.first.wholeSeconds
      arguments += [
        time, time, after.batch.sensor.rawValue, after.batch.sequence, after.index,
      ]
    }
    sql += " ORDER BY place.time, sensor, seq, idx LIMIT ?"
    arguments += [limit]
    return try Row.fetchAll(db, sql: sql, arguments: arguments).map { try StoredReport(row: $0) }
  }

  /// The sources seen since some time, in order of address.
  public func hotSet(
    since: Timestamp, limit: Int, after: Address?
  ) async throws(StoreError) -> [HotSource] {
    try await read { db in
      var sql = "SELECT src, first, last, reports, networks, firm FROM source WHERE last >= ?"
      var arguments: StatementArguments = [since.wholeSeconds]
      if let after {
        sql += " AND src > ?"
        arguments += [after.blob]
      }
      sql += " ORDER BY src LIMIT ?"
      arguments += [max(0, limit)]
      return try Row.fetchAll(db, sql: sql, arguments: arguments).map { row in
        HotSource(
          source: try Address(blob: try row.decode(atIndex: 0)),
          first: Timestamp(seconds: try row.decode(atIndex: 1)),
          last: Timestamp(seconds: try row.decode(atIndex: 2)),
          reports: UInt64(clamping: try row.decode(Int64.self, atIndex: 3)),
          networks: UInt64(clamping: try row.decode(Int64.self, atIndex: 4)),
          firmNetworks: UInt64(clamping: try row.decode(Int64.self, atIndex: 5)))
      }
    }
  }

  /// Patterns that share a piece of their signature.
  public func patterns(
    bands: [PatternBand], limit: Int
  ) async throws(StoreError) -> [StoredPattern] {
    try await read { db in
      // A piece that very many patterns have tells little: what is alike shares rarer ones, too.
      let select = try Prepared(
        db, "SELECT digest FROM pattern_band WHERE band=? AND key=? LIMIT 1000")
      var found: [Int64] = []
      for band in bands {
        select.bind(1, Int(band.index))
        select.bind(2, Int64(bitPattern: band.key))
        while try select.step() { found.append(select.number(0)) }
      }
      // Sorting and counting runs takes a fraction of what a table of a hundred thousand does.
      found.sort()
      var shared: [(key: Int64, value: Int)] = []
      for digest in found {
        if shared.last?.key == digest {
          shared[shared.count - 1].value += 1
        } else {
          shared.append((digest, 1))
        }
      }
      let ordered = shared.sorted {
        ($1.value, UInt64(bitPattern: $0.key)) < ($0.value, UInt64(bitPattern: $1.key))
      }
      return try ordered.prefix(min(max(0, limit), PoolLimits.pageSize)).compactMap {
        try Self.pattern($0.key, db)
      }
    }
  }

  /// A pattern by its digest; nil where there is none.
  public func pattern(_ digest: UInt64) async throws(StoreError) -> StoredPattern? {
    try await read { try Self.pattern(Int64(bitPattern: digest), $0) }
  }

  private static func pattern(_ digest: Int64, _ db: Database) throws -> StoredPattern? {
    let body = try Data.fetchOne(
      db, sql: "SELECT body FROM pattern WHERE digest=?", arguments: [digest])
    guard let body else { return nil }
    let pattern = try Pattern(encoded: [UInt8](body))
    guard pattern.digestNumber == UInt64(bitPattern: digest) else {
      throw StoreError.damaged(because: "a pattern is not what was written")
    }
    let reports = try Int64.fetchOne(
      db, sql: "SELECT SUM(reports) FROM pattern_sum WHERE digest=?", arguments: [digest])
    return StoredPattern(
      digest: UInt64(bitPattern: digest), pattern: pattern,
      reports: UInt64(clamping: reports ?? 0))
  }

  /// The sources of a pattern.
  public func sources(
    pattern digest: UInt64, in days: ClosedRange<Day>, limit: Int
  ) async throws(StoreError) -> [PatternSource] {
    try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT src, SUM(pattern_day.reports) AS n
            FROM pattern_sum JOIN pattern_day USING (day, digest)
            WHERE pattern_sum.digest=? AND day >= ? AND day <= ?
            GROUP BY src ORDER BY n DESC, src LIMIT ?
          """,
        arguments: [
          Int64(bitPattern: digest), days.lowerBound.rawValue, days.upperBound.rawValue,
          min(max(0, limit), PoolLimits.pageSize),
        ]
      ).map {
        PatternSource(source: try Address(blob: $0[0]), reports: UInt64(clamping: $0[1] as Int64))
      }
    }
  }
}

extension StoredReport {
  /// Out of sensor, sequence, place and body.
  init(row: Row) throws {
    guard let sensor = SensorID(rawValue: try row.decode(atIndex: 0)) else {
      throw StoreError.damaged(because: "a report of no sensor")
    }
    let body: Data = try row.decode(atIndex: 3)
    let report = try Report(encoded: [UInt8](body)[...])
    self.init(
      cursor: ReportCursor(
        first: report.first, batch: BatchID(sensor: sensor, sequence: try row.decode(atIndex: 1)),
        index: try row.decode(atIndex: 2)),
      report: report)
  }
}

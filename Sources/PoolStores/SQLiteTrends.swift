import Foundation
import GRDB
import Observations
public import Pool

extension SQLiteStore {
  /// How many reports there were over time.
  public func trend(
    _ key: TrendKey, in days: ClosedRange<Day>, bucket: TrendBucket
  ) async throws(StoreError) -> [TrendPoint] {
    try await read { db in
      switch key {
      case .total: try Self.points(.total, [], days, bucket, db)
      case .transport(let transport):
        try Self.points(.transport, [transport.rawValue], days, bucket, db)
      case .service(let service): try Self.points(.service, service.key, days, bucket, db)
      case .article(let article):
        try Self.points(.article, Array((article ?? "").utf8), days, bucket, db)
      case .source(let source):
        try Self.points(of: Prefix(of: source, length: 128), days, bucket, db)
      case .prefix(let prefix): try Self.points(of: prefix, days, bucket, db)
      case .pattern(let digest): try Self.points(.pattern, digest.key, days, .day, db)
      }
    }
  }

  /// The part of some days that anything was reported on; nil where that is none.
  private static func present(
    _ days: ClosedRange<Day>, _ db: Database
  ) throws -> ClosedRange<Day>? {
    // One by one: of both at once SQLite reads every row.
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT (SELECT MIN(start) FROM trend WHERE bucket=86400),
          (SELECT MAX(start) FROM trend WHERE bucket=86400)
        """)
    guard let row, let least: Int64 = try row.decode(atIndex: 0),
      let most: Int64 = try row.decode(atIndex: 1)
    else { return nil }
    let first = max(days.lowerBound, Day(Timestamp(seconds: least)))
    let last = min(days.upperBound, Day(Timestamp(seconds: most)))
    return first <= last ? first...last : nil
  }

  private static func points(
    _ kind: Rollup.TrendKind, _ key: [UInt8], _ days: ClosedRange<Day>, _ bucket: TrendBucket,
    _ db: Database
  ) throws -> [TrendPoint] {
    let select = try db.cachedStatement(
      sql: "SELECT tally FROM trend WHERE bucket=? AND start=? AND kind=? AND key=?")
    guard let days = try present(days, db) else { return [] }
    let starts = stride(
      from: days.lowerBound.start.wholeSeconds,
      to: days.upperBound.advanced(by: 1).start.wholeSeconds, by: Int(bucket.rawValue))
    return try starts.compactMap { start in
      let row = Rollup.TrendRow(bucket: bucket, start: start, kind: kind, key: key)
      let data = try Data.fetchOne(
        select, arguments: [bucket.rawValue, start, kind.rawValue, Data(key)])
      return try data.map {
        try TrendTally(encoded: Sealed.open($0, under: row.seal)).point(
          at: Timestamp(seconds: start))
      }
    }
  }

  private static func points(
    of prefix: Prefix, _ days: ClosedRange<Day>, _ bucket: TrendBucket, _ db: Database
  ) throws -> [TrendPoint] {
    var points: [Timestamp: TrendTally] = [:]
    guard let days = try present(days, db) else { return [] }
    let select = try db.cachedStatement(
      sql: "SELECT src, tally FROM source_day WHERE day=? AND src >= ? AND src <= ?")
    for day in days {
      let rows = try Row.fetchCursor(
        select, arguments: [day.rawValue, prefix.base.blob, prefix.lastAddress.blob])
      while let row = try rows.next() {
        let source = try Address(blob: try row.decode(atIndex: 0))
        guard prefix.contains(source) else { continue }
        let seal = Sealed.key(Int64(day.rawValue), source)
        try SourceTally(encoded: Sealed.open(try row.decode(atIndex: 1), under: seal)).addTrend(
          of: source, bucket: bucket, to: &points)
      }
    }
    return points.sorted { $0.key < $1.key }.map { $0.value.point(at: $0.key) }
  }

  /// What was reported most.
  public func top(
    _ kind: TopKind, in days: ClosedRange<Day>, limit: Int
  ) async throws(StoreError) -> [TopRow] {
    let limit = min(max(0, limit), PoolLimits.pageSize)
    return try await read { db in
      switch kind {
      case .sources: try SourceRanking.top(days, limit, db)
      case .services:
        try Self.top(.service, days, limit, db) { Service(key: $0).map { .service($0) } }
      case .articles:
        try Self.top(.article, days, limit, db) { key in
          .article(key.isEmpty ? nil : String(decoding: key, as: UTF8.self))
        }
      }
    }
  }

  private static func top(
    _ kind: Rollup.TrendKind, _ days: ClosedRange<Day>, _ limit: Int, _ db: Database,
    key: (Data) -> TopKey?
  ) throws -> [TopRow] {
    var sums: [Data: TrendTally] = [:]
    guard let days = try present(days, db) else { return [] }
    let select = try db.cachedStatement(
      sql: "SELECT key, tally FROM trend WHERE bucket=86400 AND start=? AND kind=?")
    for day in days {
      let start = day.start.wholeSeconds
      let rows = try Row.fetchCursor(select, arguments: [start, kind.rawValue])
      while let row = try rows.next() {
        let data: Data = try row.decode(atIndex: 0)
        let place = Rollup.TrendRow(bucket: .day, start: start, kind: kind, key: [UInt8](data))
        sums[data, default: TrendTally()].merge(
          try TrendTally(encoded: Sealed.open(try row.decode(atIndex: 1), under: place.seal)))
      }
    }
    let top = sums.compactMap { data, tally in
      key(data).map {
        TopRow(key: $0, reports: tally.reports, networks: tally.networks.count.value)
      }
    }
    let ordered = top.sorted { a, b in
      if a.networks != b.networks { return a.networks > b.networks }
      if a.reports != b.reports { return a.reports > b.reports }
      return a.key < b.key
    }
    return Array(ordered.prefix(limit))
  }
}

import Foundation
import GRDB
public import Observations
public import Pool

extension SQLiteStore {
  /// All canaries, withdrawn ones among them, in order of address.
  public func canaries() async throws(StoreError) -> [Canary] {
    try await read { try Self.canaries($0) }
  }

  static func canaries(_ db: Database) throws -> [Canary] {
    try Row.fetchAll(
      db, sql: "SELECT src, note, by, since, withdrawn FROM canary ORDER BY src"
    ).map { row in
      let withdrawn: Int64? = try row.decode(atIndex: 4)
      return Canary(
        address: try Address(blob: row.decode(atIndex: 0)), note: try row.decode(atIndex: 1),
        by: try row.decode(atIndex: 2), since: Timestamp(seconds: try row.decode(atIndex: 3)),
        withdrawn: withdrawn.map { Timestamp(seconds: $0) })
    }
  }

  /// Plants a canary, or one that was withdrawn once more.
  public func plant(_ canary: Canary) async throws(StoreError) -> Bool {
    try await write { db in
      let out = try Data.fetchAll(db, sql: "SELECT src FROM canary WHERE withdrawn IS NULL")
      guard out.count < Canary.most, !out.contains(canary.address.blob) else { return false }
      try db.execute(
        sql: "INSERT OR REPLACE INTO canary VALUES (?, ?, ?, ?, NULL)",
        arguments: [canary.address.blob, canary.note, canary.by, canary.since.wholeSeconds])
      return true
    }
  }

  /// Withdraws a canary; false where none of this address is out.
  public func withdraw(
    canary address: Address, at now: Timestamp
  ) async throws(StoreError) -> Bool {
    try await write { db in
      try db.execute(
        sql: "UPDATE canary SET withdrawn=? WHERE src=? AND withdrawn IS NULL",
        arguments: [now.wholeSeconds, address.blob])
      return db.changesCount > 0
    }
  }

  /// Notes hits. Of a batch and a canary the first one counts.
  public func note(_ hits: [CanaryHit]) async throws(StoreError) {
    try await write { db in
      for hit in hits {
        try db.execute(
          sql: "INSERT OR IGNORE INTO canary_hit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: [
            hit.canary.blob, hit.batch.sensor.rawValue, hit.batch.sequence,
            hit.noted.wholeSeconds, Int64(clamping: hit.firm), Int64(clamping: hit.forgeable),
            hit.first.wholeSeconds, hit.last.wholeSeconds,
          ])
      }
    }
  }

  /// Hits, the latest first, then in order of canary, sensor and sequence.
  public func canaryHits(
    of canary: Address?, by sensor: SensorID?, limit: Int
  ) async throws(StoreError) -> [CanaryHit] {
    try await read { db in
      var conditions = ["1"]
      var arguments: StatementArguments = []
      if let canary {
        conditions.append("src=?")
        arguments += [canary.blob]
      }
      if let sensor {
        conditions.append("sensor=?")
        arguments += [sensor.rawValue]
      }
      arguments += [min(max(0, limit), PoolLimits.pageSize)]
      return try Row.fetchAll(
        db,
        sql: "SELECT src, sensor, seq, at, firm, forgeable, first, last FROM canary_hit WHERE "
          + conditions.joined(separator: " AND ") + " ORDER BY at DESC, src, sensor, seq LIMIT ?",
        arguments: arguments
      ).map { row in
        CanaryHit(
          canary: try Address(blob: row.decode(atIndex: 0)),
          batch: BatchID(
            sensor: try Self.sensor(of: row.decode(atIndex: 1)),
            sequence: try row.decode(atIndex: 2)),
          noted: Timestamp(seconds: try row.decode(atIndex: 3)),
          firm: UInt64(clamping: try row.decode(Int64.self, atIndex: 4)),
          forgeable: UInt64(clamping: try row.decode(Int64.self, atIndex: 5)),
          first: Timestamp(seconds: try row.decode(atIndex: 6)),
          last: Timestamp(seconds: try row.decode(atIndex: 7)))
      }
    }
  }

  private static func sensor(of number: Int64) throws -> SensorID {
    guard let sensor = SensorID(rawValue: number) else {
      throw StoreError.damaged(because: "a hit of no sensor")
    }
    return sensor
  }

  /// What each sensor reported of canaries, in order of identity.
  public func canaryCounts() async throws(StoreError) -> [CanaryCount] {
    try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT sensor, COUNT(DISTINCT src), SUM(firm), SUM(forgeable) FROM canary_hit
            GROUP BY sensor ORDER BY sensor
          """
      ).map { row in
        CanaryCount(
          sensor: try Self.sensor(of: row.decode(atIndex: 0)), canaries: try row.decode(atIndex: 1),
          firm: UInt64(clamping: try row.decode(Int64.self, atIndex: 2)),
          forgeable: UInt64(clamping: try row.decode(Int64.self, atIndex: 3)))
      }
    }
  }

  /// Forgets hits that were noted before some time.
  public func forgetHits(before time: Timestamp) async throws(StoreError) {
    try await write { db in
      try db.execute(
        sql: "DELETE FROM canary_hit WHERE at < ?", arguments: [time.wholeSeconds])
    }
  }
}

import Foundation
import GRDB
public import Observations
public import Pool
import Synchronization

extension SQLiteStore: ReportStore {
  /// What this store can do.
  public func capabilities() async throws(StoreError) -> StoreCapabilities {
    StoreCapabilities(kind: "sqlite", reportsOfAppend: Self.reportsOfAppend, stalenessSeconds: 60)
  }

  /// Returns when all sums that wait are written: what was acknowledged can be seen.
  public func settle() async throws(StoreError) {
    guard late.withLock({ $0.writtenUpTo < $0.last }) else { return }
    try await upkeep.run { [self] in try writeAllLate() }
  }

  /// Makes a day's sums anew from its single reports, while batches come in: see `Recount`.
  public func recount(_ day: Day) async throws(StoreError) {
    try await upkeep.run { [self] in
      try withoutLate { try Recount(store: self, day: day).run() }
    }
  }

  /// Erases all that was reported about a source, in single reports and in sums of sources.
  public func erase(source: Address) async throws(StoreError) -> Int {
    try await upkeep.run { [self] in
      try withoutLate {
        try main.writeWithoutTransaction { db in
          let erased = try eraseReports(source, db)
          try db.execute(sql: "PRAGMA secure_delete = ON")
          try db.inTransaction {
            try eraseSums(source, db)
            return .commit
          }
          return erased
        }
      }
    }
  }

  private func eraseReports(_ source: Address, _ db: Database) throws -> Int {
    var erased = 0
    for day in try days.all() {
      guard let file = try days.file(day, making: false) else { continue }
      erased += try file.write { raw in
        let batches = try Row.fetchAll(
          raw,
          sql: """
            SELECT DISTINCT sensor, seq FROM place CROSS JOIN report USING (id)
              WHERE place.src=?
            """,
          arguments: [source.blob])
        for batch in batches {
          try db.execute(
            sql: "UPDATE batch SET reports=-1 WHERE sensor=? AND seq=? AND reports > 0",
            arguments: [
              try batch.decode(Int64.self, atIndex: 0), try batch.decode(Int64.self, atIndex: 1),
            ])
        }
        try raw.execute(sql: "PRAGMA secure_delete = ON")
        return try RawPlaces.removeReports(about: source, raw)
      }
    }
    return erased
  }

  private func eraseSums(_ source: Address, _ db: Database) throws {
    let known = try Row.fetchOne(
      db, sql: "SELECT first, last FROM source WHERE src=?", arguments: [source.blob])
    if let known {
      let days =
        Day(
          Timestamp(seconds: try known.decode(atIndex: 0)))...Day(
          Timestamp(seconds: try known.decode(atIndex: 1)))
      try eraseFromDigests(source, days, db)
    }
    for day in try Int.fetchAll(db, sql: "SELECT day FROM rank_floor") {
      try db.execute(
        sql: "DELETE FROM source_day WHERE day=? AND src=?", arguments: [day, source.blob])
      try Ranking.remove(day, source...source, db)
    }
    try db.execute(sql: "DELETE FROM source WHERE src=?", arguments: [source.blob])
    try db.execute(sql: "DELETE FROM past WHERE src=?", arguments: [source.blob])
    try db.execute(sql: "DELETE FROM canary_hit WHERE src=?", arguments: [source.blob])
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT day, digest, pattern_day.reports FROM pattern_sum JOIN pattern_day
          USING (day, digest) WHERE src=?
        """, arguments: [source.blob])
    for row in rows {
      let (day, digest, reports): (Int, Int64, Int) = (
        try row.decode(atIndex: 0), try row.decode(atIndex: 1), try row.decode(atIndex: 2)
      )
      try db.execute(
        sql: "DELETE FROM pattern_day WHERE day=? AND digest=? AND src=?",
        arguments: [day, digest, source.blob])
      try PatternSums.apply([digest: -reports], day, db)
    }
  }

  /// Forgets single reports of the days before `raw`, and all sums of those before `sums`.
  public func forget(rawBefore raw: Day, sumsBefore sums: Day) async throws(StoreError) {
    try await upkeep.run { [self] in
      try withoutLate { try forgetNow(raw, sums) }
    }
  }

  private func forgetNow(_ raw: Day, _ sums: Day) throws {
    let listed = try main.read { db in
      (
        try Int.fetchAll(
          db, sql: "SELECT day FROM raw_day WHERE day < ? ORDER BY day",
          arguments: [raw.rawValue]),
        try Int.fetchAll(
          db, sql: "SELECT day FROM rank_floor WHERE day < ? ORDER BY day",
          arguments: [sums.rawValue])
      )
    }
    for day in listed.0 {
      // The list first: a file that is not listed is removed when the store is opened next. Batches that
      // reach back to it are whole no more, also when the day is begun again by a late one.
      try main.writeWithoutTransaction { db in
        try db.inTransaction {
          try db.execute(
            sql: "UPDATE batch SET reports=-1 WHERE first_day <= ? AND reports > 0",
            arguments: [day])
          try db.execute(sql: "DELETE FROM raw_day WHERE day=?", arguments: [day])
          return .commit
        }
        try days.remove(Day(rawValue: day))
      }
    }
    for day in listed.1 { try forgetSums(of: day) }
    if !listed.1.isEmpty { try forgetPatterns() }
  }

  private func forgetSums(of day: Int) throws {
    try inTransaction { db in try Ranking.begin(day, db) }
    var next: Address? = Address(high: 0, low: 0)
    while let start = next {
      let end = try main.read { try SourceSums.edge(day, from: start, $0) }
      try inTransaction { db in
        try SourceSums.replace(day, start...end, by: Rollup(.sources), db)
      }
      next = end.next
    }
    var place: PatternSums.Key? = .first
    while let start = place {
      let end = try main.read { try PatternSums.edge(day, from: start, $0) }
      try inTransaction { db in
        try PatternSums.replace(day, from: start, to: end, by: [], db)
      }
      place = end
    }
    // With what late batches brought meanwhile.
    try inTransaction { db in
      try SourceSums.replace(
        day, Address(high: 0, low: 0)...Address.last, by: Rollup(.sources), db)
      try PatternSums.replace(day, from: .first, to: nil, by: [], db)
      try Trends.remove(of: day, db)
      try Ranking.forget(day, db)
      try Self.forgetDigests(before: Day(rawValue: day).advanced(by: 1), db)
    }
  }

  /// Patterns that no source has any more, some at a time.
  private func forgetPatterns() throws {
    var last = Int64.min
    while true {
      let lone = try main.read { [last] db in
        try Row.fetchAll(
          db,
          sql: """
            SELECT digest, body FROM pattern WHERE digest > ? AND NOT EXISTS
              (SELECT 1 FROM pattern_sum WHERE pattern_sum.digest=pattern.digest)
              ORDER BY digest LIMIT 500
            """, arguments: [last]
        ).map { row in
          (
            digest: try row.decode(Int64.self, atIndex: 0),
            body: try row.decode(Data.self, atIndex: 1)
          )
        }
      }
      guard let end = lone.last else { return }
      last = end.digest
      try inTransaction { db in
        for entry in lone { try Self.removeLone(entry.digest, [UInt8](entry.body), db) }
      }
    }
  }

  private static func removeLone(_ digest: Int64, _ body: [UInt8], _ db: Database) throws {
    // A batch may have brought it again meanwhile.
    let isHeld = try Bool.fetchOne(
      db, sql: "SELECT 1 FROM pattern_sum WHERE digest=?", arguments: [digest])
    if isHeld ?? false { return }
    try db.execute(sql: "DELETE FROM pattern WHERE digest=?", arguments: [digest])
    for band in LikenessIndex.bands(of: try Pattern(encoded: body)) {
      try db.execute(
        sql: "DELETE FROM pattern_band WHERE band=? AND key=? AND digest=?",
        arguments: [Int(band.index), Int64(bitPattern: band.key), digest])
    }
  }

  /// One transaction of long work.
  func inTransaction(_ body: (Database) throws -> Void) throws {
    try main.writeWithoutTransaction { db in
      try db.inTransaction {
        try body(db)
        return .commit
      }
    }
  }
}

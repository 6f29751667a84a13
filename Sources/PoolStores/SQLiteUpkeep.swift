import Foundation
import GRDB
public import Observations
public import Pool

extension SQLiteStore: ReportStore {
  /// What this store can do.
  public func capabilities() async throws(StoreError) -> StoreCapabilities {
    StoreCapabilities(kind: "sqlite", reportsOfAppend: 16_384, stalenessSeconds: 0)
  }

  /// Nothing to wait for: what was acknowledged can be seen.
  public func settle() async throws(StoreError) {}

  /// Makes a day's sums anew from its single reports.
  public func recount(_ day: Day) async throws(StoreError) {
    try await work { [self] db in try recount(day, db) }
  }

  func recount(_ day: Day, _ db: Database) throws {
    guard let file = try days.file(day, making: false) else {
      throw StoreError.rejected(because: "the single reports of \(day) are forgotten")
    }
    let networks = try db.cachedStatement(
      sql: "SELECT network, length FROM batch WHERE sensor=? AND seq=?")
    var rollup = Rollup()
    try file.read { raw in
      var held: (id: BatchID, network: Prefix)?
      let rows = try Row.fetchCursor(raw, sql: "SELECT sensor, seq, idx, body FROM report")
      while let row = try rows.next() {
        let stored = try StoredReport(row: row)
        let id = stored.cursor.batch
        if held?.id != id {
          let found = try Row.fetchOne(
            networks, arguments: [id.sensor.rawValue, id.sequence])
          guard let found, let network = Prefix(try Address(blob: found[0]), length: found[1])
          else { throw StoreError.damaged(because: "reports of a batch that is not listed") }
          held = (id, network)
        }
        if let held { rollup.add(stored.report, sensor: id.sensor, network: held.network) }
      }
    }
    try db.inTransaction {
      let touched = try Data.fetchAll(
        db, sql: "SELECT src FROM source_day WHERE day=?", arguments: [day.rawValue])
      try Self.removeSums(of: day, db)
      try rollup.store(db)
      try Self.renewSources(touched, db)
      return .commit
    }
  }

  static func removeSums(of day: Day, _ db: Database) throws {
    let start = day.start.wholeSeconds
    try db.execute(sql: "DELETE FROM source_day WHERE day=?", arguments: [day.rawValue])
    for bucket in [TrendBucket.hour, .day] {
      try db.execute(
        sql: "DELETE FROM trend WHERE bucket=? AND start >= ? AND start < ?",
        arguments: [bucket.rawValue, start, start + 86_400])
    }
    try db.execute(sql: "DELETE FROM pattern_day WHERE day=?", arguments: [day.rawValue])
    // Digests are no sums that are added to: they stay until they are made anew.
    try outdate(day, db)
  }

  /// Makes the short rows of sources anew from their days.
  static func renewSources(_ sources: [Data], _ db: Database) throws {
    let days = try Int.fetchAll(
      db, sql: "SELECT DISTINCT start / 86400 FROM trend WHERE bucket=86400 ORDER BY 1")
    let select = try db.cachedStatement(
      sql: "SELECT first, last, reports, networks, firm FROM source_day WHERE day=? AND src=?")
    for source in sources {
      var row: (first: Int64, last: Int64, reports: Int64, networks: Int64, firm: Int64)?
      for day in days {
        guard let found = try Row.fetchOne(select, arguments: [day, source]) else { continue }
        let held = row ?? (.max, .min, 0, 0, 0)
        row = (
          min(held.first, found[0]), max(held.last, found[1]), held.reports + (found[2] as Int64),
          max(held.networks, found[3]), max(held.firm, found[4])
        )
      }
      try db.execute(sql: "DELETE FROM source WHERE src=?", arguments: [source])
      guard let row else { continue }
      try db.execute(
        sql: "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [source, row.first, row.last, row.reports, row.networks, row.firm])
    }
  }

  /// Takes back all that a sensor ever reported.
  public func retract(sensor: SensorID) async throws(StoreError) -> Retraction {
    try await work { [self] db in
      let batches = try Row.fetchAll(
        db,
        sql: "SELECT seq, reports, first_day, last_day FROM batch WHERE sensor=? AND reports != 0",
        arguments: [sensor.rawValue])
      let present = Set(try Int.fetchAll(db, sql: "SELECT day FROM raw_day"))
      var outcome = Retraction(batches: batches.count, reports: 0, days: [], beyondRecall: 0)
      var days: Set<Int> = []
      for row in batches {
        let span = (row[2] as Int)...(row[3] as Int)
        days.formUnion(present.filter { span.contains($0) })
        if !present.contains(span.lowerBound) { outcome.beyondRecall += 1 }
      }
      for day in days.sorted() {
        guard let file = try self.days.file(Day(rawValue: day), making: false) else { continue }
        let gone = try file.write { raw in
          try raw.execute(
            sql: "DELETE FROM report WHERE sensor=?", arguments: [sensor.rawValue])
          let gone = raw.changesCount
          try raw.execute(
            sql: "UPDATE batch SET n=0 WHERE sensor=?", arguments: [sensor.rawValue])
          return gone
        }
        outcome.reports += gone
        if gone > 0 { outcome.days.append(Day(rawValue: day)) }
      }
      // A crash before the sums are made anew leaves them too high; taking back again repairs that,
      // as the batches go last.
      for day in days.sorted() { try recount(Day(rawValue: day), db) }
      try db.execute(
        sql: "UPDATE batch SET reports=0 WHERE sensor=?", arguments: [sensor.rawValue])
      return outcome
    }
  }

  /// Erases all that was reported about a source, in single reports and in sums of sources.
  public func erase(source: Address) async throws(StoreError) -> Int {
    try await work { [self] db in
      let blob = source.blob
      var erased = 0
      for day in try days.all() {
        guard let file = try days.file(day, making: false) else { continue }
        erased += try file.write { raw in
          let batches = try Row.fetchAll(
            raw, sql: "SELECT DISTINCT sensor, seq FROM report WHERE src=?", arguments: [blob])
          for batch in batches {
            try db.execute(
              sql: "UPDATE batch SET reports=-1 WHERE sensor=? AND seq=?",
              arguments: [batch[0] as Int64, batch[1] as Int64])
          }
          try raw.execute(sql: "PRAGMA secure_delete = ON")
          try raw.execute(sql: "DELETE FROM report WHERE src=?", arguments: [blob])
          return raw.changesCount
        }
      }
      let first = try Row.fetchOne(
        db, sql: "SELECT first, last FROM source WHERE src=?", arguments: [blob])
      try db.inTransaction {
        try db.execute(sql: "PRAGMA secure_delete = ON")
        if let first {
          let range = Day(Timestamp(seconds: first[0]))...Day(Timestamp(seconds: first[1]))
          for day in range {
            try db.execute(
              sql: "DELETE FROM source_day WHERE day=? AND src=?",
              arguments: [day.rawValue, blob])
          }
          try eraseFromDigests(source, range, db)
        }
        try db.execute(sql: "DELETE FROM source WHERE src=?", arguments: [blob])
        try db.execute(sql: "DELETE FROM pattern_day WHERE src=?", arguments: [blob])
        return .commit
      }
      return erased
    }
  }

  /// Forgets single reports of the days before `raw`, and all sums of those before `sums`.
  public func forget(rawBefore raw: Day, sumsBefore sums: Day) async throws(StoreError) {
    try await work { [self] db in
      let gone = try Int.fetchAll(
        db, sql: "SELECT day FROM raw_day WHERE day < ? ORDER BY day", arguments: [raw.rawValue])
      for day in gone {
        // The list first: a file that is not listed is removed when the store is opened next.
        try db.execute(sql: "DELETE FROM raw_day WHERE day=?", arguments: [day])
        try days.remove(Day(rawValue: day))
      }
      try db.inTransaction {
        let start = sums.start.wholeSeconds
        let touched = try Data.fetchAll(
          db, sql: "SELECT DISTINCT src FROM source_day WHERE day < ?",
          arguments: [sums.rawValue])
        try db.execute(sql: "DELETE FROM source_day WHERE day < ?", arguments: [sums.rawValue])
        for bucket in [TrendBucket.hour, .day] {
          try db.execute(
            sql: "DELETE FROM trend WHERE bucket=? AND start < ?",
            arguments: [bucket.rawValue, start])
        }
        try db.execute(sql: "DELETE FROM pattern_day WHERE day < ?", arguments: [sums.rawValue])
        try Self.removeLonePatterns(db)
        try Self.forgetDigests(before: sums, db)
        try Self.renewSources(touched, db)
        return .commit
      }
    }
  }

  /// Patterns that no source has any more.
  private static func removeLonePatterns(_ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM pattern WHERE digest NOT IN (SELECT digest FROM pattern_day)")
    try db.execute(
      sql: "DELETE FROM pattern_band WHERE digest NOT IN (SELECT digest FROM pattern)")
  }
}

import Foundation
import GRDB
import Observations
public import Pool

extension SQLiteStore {
  /// Stores batches: raw files first, then the main file; see `PoolStores.swift`.
  public func append(_ submissions: [Submission]) async throws(StoreError) -> [AppendResult] {
    try await work { [self] db in
      var results: [AppendResult] = []
      var fresh: [BatchID: Submission] = [:]
      let known = try db.cachedStatement(sql: "SELECT digest FROM batch WHERE sensor=? AND seq=?")
      for submission in submissions {
        let id = submission.batch.id
        let digest: [UInt8]?
        if let held = fresh[id] {
          digest = held.digest.bytes
        } else {
          digest = try Data.fetchOne(known, arguments: [id.sensor.rawValue, id.sequence]).map {
            [UInt8]($0)
          }
        }
        if let digest {
          results.append(digest == submission.digest.bytes ? .duplicate : .conflict)
          continue
        }
        guard let reason = submission.batch.bound else {
          fresh[id] = submission
          results.append(.stored(reports: submission.batch.reports.count))
          continue
        }
        throw StoreError.rejected(because: reason)
      }
      let ordered = fresh.values.sorted { $0.batch.id < $1.batch.id }
      guard !ordered.isEmpty else { return results }
      do { try store(ordered, db) } catch {
        // What is in raw files already must not be shown; should this fail too, opening does it.
        try? removeLeftovers(db)
        throw error
      }
      return results
    }
  }

  private func store(_ submissions: [Submission], _ db: Database) throws {
    var byDay: [Day: [RawReport]] = [:]
    for submission in submissions {
      for (index, report) in submission.batch.reports.enumerated() {
        byDay[Day(report.first), default: []].append(
          RawReport(id: submission.batch.id, index: index, report: report))
      }
    }
    for (day, reports) in byDay.sorted(by: { $0.key < $1.key }) {
      guard let file = try days.file(day, making: true) else { continue }
      try file.write { try RawReport.insert(reports, $0) }
    }
    var rollup = Rollup()
    for submission in submissions {
      for report in submission.batch.reports {
        rollup.add(report, sensor: submission.batch.id.sensor, network: submission.network)
      }
    }
    try db.inTransaction {
      let batch = try db.cachedStatement(
        sql: "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
      for submission in submissions { try batch.execute(arguments: submission.row) }
      for day in byDay.keys.sorted() {
        try db.execute(sql: "INSERT OR IGNORE INTO raw_day VALUES (?)", arguments: [day.rawValue])
      }
      try rollup.store(db)
      for day in byDay.keys.sorted() { try Self.outdate(day, db) }
      return .commit
    }
  }

  /// Removes raw rows whose batch was never acknowledged: only the last ones written can be such.
  func removeLeftovers(_ db: Database) throws {
    let listed = Set(try Int.fetchAll(db, sql: "SELECT day FROM raw_day"))
    for day in try days.all() {
      guard let file = try days.file(day, making: false) else { continue }
      try file.write { raw in
        while let row = try Row.fetchOne(
          raw, sql: "SELECT first, n, sensor, seq FROM batch ORDER BY first DESC LIMIT 1")
        {
          let (first, n): (Int64, Int64) = (row[0], row[1])
          let arguments: StatementArguments = [row[2] as Int64, row[3] as Int64]
          let sql = "SELECT 1 FROM batch WHERE sensor=? AND seq=?"
          if try Bool.fetchOne(db, sql: sql, arguments: arguments) ?? false { break }
          try raw.execute(
            sql: "DELETE FROM report WHERE id >= ? AND id < ?", arguments: [first, first + n])
          try raw.execute(sql: "DELETE FROM batch WHERE first = ?", arguments: [first])
        }
      }
      if !listed.contains(day.rawValue) {
        let left = try file.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM batch") ?? 0 }
        if left == 0 { try days.remove(day) }
      }
    }
  }

  /// Which of some batches are stored.
  public func seen(_ ids: [BatchID]) async throws(StoreError) -> Set<BatchID> {
    try await read { db in
      let known = try db.cachedStatement(sql: "SELECT 1 FROM batch WHERE sensor=? AND seq=?")
      return Set(
        try ids.filter {
          try Bool.fetchOne(known, arguments: [$0.sensor.rawValue, $0.sequence]) ?? false
        })
    }
  }
}

extension Batch {
  /// Why a store refuses it, whoever checked it before: what it could not read again.
  var bound: String? {
    if reports.isEmpty { return "a batch without reports" }
    if reports.count > PoolLimits.reportsOfBatch { return "a batch of too many reports" }
    if id.sequence < 1 { return "a batch without a number" }
    let problem = reports.lazy.compactMap(\.problem).first
    return problem.map { "a report that is \($0.rawValue)" }
  }
}

extension Submission {
  var row: StatementArguments {
    let times = batch.reports.map { Day($0.first).rawValue }
    return [
      batch.id.sensor.rawValue, batch.id.sequence, Data(digest.bytes), batch.reports.count,
      network.base.blob, network.length, received.wholeSeconds, times.min() ?? 0,
      times.max() ?? 0,
    ]
  }
}

/// A report with its place.
struct RawReport: Sendable {
  var id: BatchID
  var index: Int
  var report: Report

  /// Adds reports, those of one batch one after the other, to a day's file. What a failed attempt
  /// left of these batches is replaced.
  static func insert(_ reports: [RawReport], _ db: Database) throws {
    let insert = try db.cachedStatement(sql: "INSERT INTO report VALUES (?, ?, ?, ?, ?, ?, ?)")
    var next = (try Int64.fetchOne(db, sql: "SELECT MAX(id) FROM report") ?? 0) + 1
    var start = 0
    while start < reports.count {
      let id = reports[start].id
      var end = start
      while end < reports.count, reports[end].id == id { end += 1 }
      let arguments: StatementArguments = [id.sensor.rawValue, id.sequence]
      if let left = try Row.fetchOne(
        db, sql: "SELECT first, n FROM batch WHERE sensor=? AND seq=?", arguments: arguments)
      {
        let (first, n): (Int64, Int64) = (left[0], left[1])
        try db.execute(
          sql: "DELETE FROM report WHERE id >= ? AND id < ?", arguments: [first, first + n])
        try db.execute(sql: "DELETE FROM batch WHERE first = ?", arguments: [first])
      }
      try db.execute(
        sql: "INSERT INTO batch VALUES (?, ?, ?, ?)",
        arguments: [next, end - start, id.sensor.rawValue, id.sequence])
      for raw in reports[start..<end] {
        insert.setUncheckedArguments([
          next, raw.report.first.wholeSeconds, raw.report.subject.blob, id.sensor.rawValue,
          id.sequence, raw.index, Data(raw.report.encoded),
        ])
        try insert.execute()
        next += 1
      }
      start = end
    }
  }
}

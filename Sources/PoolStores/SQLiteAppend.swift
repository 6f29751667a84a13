import Foundation
import GRDB
import Observations
public import Pool
import Synchronization

/// Batches that wait for the writing connection. What waits together is stored in one transaction: the
/// more there is to do, the less each report costs.
final class AppendQueue: Sendable {
  struct Entry {
    var submissions: [Submission]
    var answer: CheckedContinuation<Result<[AppendResult], StoreError>, Never>
  }

  private let waiting = Mutex<Deque>(Deque())

  private struct Deque {
    var entries: [Entry] = []
    var first = 0
  }

  func add(_ entry: Entry) { waiting.withLock { $0.entries.append(entry) } }

  /// The entries that waited longest, of at most so many reports together, or a single one.
  func take(reports most: Int) -> [Entry] {
    waiting.withLock { waiting in
      var (taken, reports) = ([Entry](), 0)
      while waiting.first < waiting.entries.count {
        let entry = waiting.entries[waiting.first]
        reports += entry.submissions.reduce(0) { $0 + $1.batch.reports.count }
        if reports > most, !taken.isEmpty { break }
        taken.append(entry)
        waiting.first += 1
      }
      if waiting.first == waiting.entries.count { waiting = Deque() }
      return taken
    }
  }
}

extension SQLiteStore {
  /// The most reports of one transaction, unless a single call brings more.
  static let reportsOfAppend = 16_384

  /// Stores batches: raw files first, then the main file; see `PoolStores.swift`.
  public func append(_ submissions: [Submission]) async throws(StoreError) -> [AppendResult] {
    for submission in submissions {
      if let reason = submission.batch.bound { throw StoreError.rejected(because: reason) }
    }
    let result = await withCheckedContinuation { continuation in
      queue.add(AppendQueue.Entry(submissions: submissions, answer: continuation))
      // Once for each entry, so that none is left; an entry may have been taken by an earlier one.
      main.asyncWriteWithoutTransaction { [self] db in storeWaiting(db) }
    }
    return try result.get()
  }

  private func storeWaiting(_ db: Database) {
    let entries = queue.take(reports: Self.reportsOfAppend)
    guard !entries.isEmpty else { return }
    defer { awaitLate(after: .seconds(5)) }
    do {
      try keepUp(db)
      var results = try store(entries.flatMap(\.submissions), db)[...]
      for entry in entries {
        entry.answer.resume(returning: .success(Array(results.prefix(entry.submissions.count))))
        results = results.dropFirst(entry.submissions.count)
      }
    } catch {
      for entry in entries {
        entry.answer.resume(returning: .failure(StoreError(mapping: error)))
      }
    }
  }

  /// What becomes of each of some batches, in order, those that are new stored.
  private func store(_ submissions: [Submission], _ db: Database) throws -> [AppendResult] {
    var results: [AppendResult] = []
    var fresh: [BatchID: Submission] = [:]
    let known = try Prepared(db, "SELECT digest FROM batch WHERE sensor=? AND seq=?")
    for submission in submissions {
      let id = submission.batch.id
      var digest = fresh[id]?.digest.bytes
      if digest == nil {
        known.bind(1, id.sensor.rawValue)
        known.bind(2, id.sequence)
        if try known.step() { digest = known.bytes(0) }
        known.reset()
      }
      if let digest {
        results.append(digest == submission.digest.bytes ? .duplicate : .conflict)
      } else {
        fresh[id] = submission
        results.append(.stored(reports: submission.batch.reports.count))
      }
    }
    let ordered = fresh.values.sorted { $0.batch.id < $1.batch.id }
    guard !ordered.isEmpty else { return results }
    do { try storeNew(ordered, db) } catch {
      // What is in raw files already must not be shown; should this fail too, opening does it.
      try? removeLeftovers(db)
      throw error
    }
    return results
  }

  private func storeNew(_ submissions: [Submission], _ db: Database) throws {
    let encoded = submissions.map { EncodedReports($0.batch.reports) }
    var byDay: [Day: [RawReport]] = [:]
    for (place, submission) in submissions.enumerated() {
      for (index, report) in submission.batch.reports.enumerated() {
        byDay[Day(report.first), default: []].append(RawReport(batch: place, index: index))
      }
    }
    let reports = encoded.reduce(0) { $0 + $1.count }
    let place = late.withLock { late in
      late.takes(reports, options.lateSums) ? late.last + 1 : nil
    }
    var numbers = encoded.map { [Int64](repeating: 0, count: $0.count) }
    for (day, reports) in byDay.sorted(by: { $0.key < $1.key }) {
      guard let file = try days.file(day, making: true) else { continue }
      let first = try file.write { raw in
        let first = try RawReport.insert(reports, of: submissions, encoded, raw)
        if place == nil { try RawPlaces.insert(reports, from: first, of: submissions, raw) }
        return first
      }
      for (number, report) in zip(first..., reports) {
        numbers[report.batch][report.index] = number
      }
    }
    try db.inTransaction {
      let batch = try db.cachedStatement(
        sql: "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
      for submission in submissions { try batch.execute(arguments: submission.row) }
      for day in byDay.keys.sorted() {
        try db.execute(sql: "INSERT OR IGNORE INTO raw_day VALUES (?)", arguments: [day.rawValue])
      }
      for day in byDay.keys.sorted() { try Self.outdate(day, db) }
      if let place {
        for (index, submission) in submissions.enumerated() {
          try Self.list(submission.batch.id, place: place + Int64(index), db)
        }
      } else {
        try Rollup(of: submissions).store(db)
      }
      return .commit
    }
    guard place != nil else { return }
    late.withLock { late in
      for (index, submission) in submissions.enumerated() {
        late.add(submission, encoded[index], numbers[index])
      }
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
          let (first, n): (Int64, Int64) = (try row.decode(atIndex: 0), try row.decode(atIndex: 1))
          let arguments: StatementArguments = [
            try row.decode(Int64.self, atIndex: 2), try row.decode(Int64.self, atIndex: 3),
          ]
          let sql = "SELECT 1 FROM batch WHERE sensor=? AND seq=?"
          if try Bool.fetchOne(db, sql: sql, arguments: arguments) ?? false { break }
          try RawPlaces.removeReports(first, n, raw)
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

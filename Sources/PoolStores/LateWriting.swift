import Dispatch
import Foundation
import GRDB
import Observations
import Pool
import Synchronization

/// How many reports came so fast that their sums wait, and what becomes of them: `LateSums`. All of this
/// runs on the writing connection.
extension SQLiteStore {
  /// Writes a piece of what waits, where something is being written or is due.
  ///
  /// - Returns: whether there is more to be written.
  func writePiece(_ db: Database) throws -> Bool {
    if late.withLock({ $0.isDue(options.lateSums) }) { late.withLock { $0.turn() } }
    // Taken out, so that it is not copied while it is changed.
    let taken = late.withLock { $0.writing.take() }
    guard var writing = taken else { return false }
    do {
      if try writing.writePiece(options.lateSums.piece, days, db) {
        return late.withLock { late in
          late.end()
          return late.isDue(options.lateSums)
        }
      }
      late.withLock { $0.put(back: writing) }
      return true
    } catch {
      late.withLock { $0.put(back: writing) }
      throw error
    }
  }

  /// Writes pieces until what comes in cannot overtake what is written.
  func keepUp(_ db: Database) throws {
    while late.withLock({ $0.lags(options.lateSums) }) { _ = try writePiece(db) }
  }

  /// Sees to it that what waits is written when nobody brings more.
  func awaitLate(after delay: DispatchTimeInterval) {
    let isNew = late.withLock { late in
      let asks = !late.isAwaited && !late.isClosed && late.writtenUpTo < late.last
      if asks { late.isAwaited = true }
      return asks
    }
    guard isNew else { return }
    DispatchQueue.global().asyncAfter(deadline: .now() + delay) { [weak self] in
      guard let self, !late.withLock({ $0.isClosed }) else { return }
      main.asyncWriteWithoutTransaction { [self] db in
        late.withLock { $0.isAwaited = false }
        do {
          let isMore = try writePiece(db)
          awaitLate(after: isMore ? .milliseconds(0) : .seconds(5))
        } catch {
          // A full disk, say: whoever brings more is told, and it is tried again.
          awaitLate(after: .seconds(30))
        }
      }
    }
  }

  /// Returns when the sums of all that was stored before are written. Batches come in meanwhile.
  func writeAllLate() throws {
    // On the writing connection nothing is stored and not yet noted to wait.
    let target = main.writeWithoutTransaction { _ in
      late.withLock { late in
        late.wanted = late.last
        return late.last
      }
    }
    while late.withLock({ $0.writtenUpTo }) < target {
      _ = try main.writeWithoutTransaction { try writePiece($0) }
    }
  }

  /// Does some work while all sums are there and no more are late.
  func withoutLate<Value>(_ body: () throws -> Value) throws -> Value {
    late.withLock { $0.holds += 1 }
    defer { late.withLock { $0.holds -= 1 } }
    try writeAllLate()
    return try body()
  }

  /// Lists a batch whose sums wait.
  static func list(_ id: BatchID, place: Int64, _ db: Database) throws {
    let insert = try Prepared(db, "INSERT INTO late VALUES (?, ?, ?)")
    insert.bind(1, place)
    insert.bind(2, id.sensor.rawValue)
    insert.bind(3, id.sequence)
    try insert.run()
  }

  /// Writes the sums that an earlier process left to be written.
  func recoverLate(_ db: Database) throws {
    var begun: (last: Int64, stage: LateSums.Writing.Stage, done: Int)?
    if let row = try Row.fetchOne(db, sql: "SELECT last, stage, done FROM late_writing") {
      let done: Int = try row.decode(atIndex: 2)
      guard let stage = LateSums.Writing.Stage(rawValue: try row.decode(atIndex: 1)), done >= 0
      else { throw StoreError.damaged(because: "how far sums were written cannot be read") }
      begun = (try row.decode(atIndex: 0), stage, done)
    }
    while let range = try waiting(upTo: begun?.last, db) {
      var writing = LateSums.Writing(try gather(range, db))
      if let begun { (writing.stage, writing.done) = (begun.stage, begun.done) }
      begun = nil
      while try !writing.writePiece(options.lateSums.piece, days, db) {}
    }
    try db.execute(sql: "DELETE FROM late_writing")
  }

  /// The places of batches that wait: all up to one, or as many as are gathered otherwise; nil where none
  /// do.
  private func waiting(upTo end: Int64?, _ db: Database) throws -> ClosedRange<Int64>? {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT place, batch.reports FROM late JOIN batch USING (sensor, seq) ORDER BY place
        """)
    var (range, reports) = (nil as ClosedRange<Int64>?, 0)
    while let row = try rows.next() {
      let place: Int64 = try row.decode(atIndex: 0)
      reports += max(0, try row.decode(Int.self, atIndex: 1))
      if let end, place > end { break }
      if end == nil, range != nil, reports > options.lateSums.most { break }
      range = (range?.lowerBound ?? place)...place
    }
    return range
  }

  /// Reads the single reports of batches that wait.
  private func gather(
    _ places: ClosedRange<Int64>, _ db: Database
  ) throws -> LateSums.Generation {
    let present = Set(try Int.fetchAll(db, sql: "SELECT day FROM raw_day"))
    var generation = LateSums.Generation()
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT batch.*, place FROM late JOIN batch USING (sensor, seq)
          WHERE place >= ? AND place <= ? ORDER BY place
        """, arguments: [places.lowerBound, places.upperBound])
    guard rows.count == places.count,
      try rows.last?.decode(Int64.self, atIndex: 9) == places.upperBound
    else {
      throw StoreError.damaged(because: "batches whose sums wait are not listed")
    }
    for row in rows {
      let stored = try StoredBatch(row: row, present: present, days: days)
      if let problem = stored.problem { throw StoreError.damaged(because: problem) }
      let reports = stored.reports.map(\.report)
      let submission = Submission(
        batch: Batch(id: stored.id, reports: reports), digest: stored.digest,
        network: stored.network, received: stored.received)
      generation.add(
        submission, EncodedReports(reports), stored.numbers, place: try row.decode(atIndex: 9))
    }
    return generation
  }
}

extension LateSums.Writing {
  /// Writes the next piece, and how far it has come, in one transaction.
  ///
  /// - Returns: whether it was the last.
  mutating func writePiece(_ most: Int, _ days: DayFiles, _ db: Database) throws -> Bool {
    var after = (stage: stage, done: done)
    var isLast = false
    // Before it counts as done: to list reports twice does no harm.
    if stage == .sources { try place(piece(of: generation.sources, most), days) }
    try db.inTransaction {
      switch stage {
      case .sources:
        let piece = piece(of: generation.sources, most)
        try generation.rollup(piece, .sources).store(db)
        after.done = piece.endIndex
        if after.done == generation.sources.count { after = (.patterns, 0) }
      case .patterns:
        let piece = piece(of: generation.patterns, most)
        try generation.rollup(piece, .patterns).store(db, withLateBands: true)
        after.done = piece.endIndex
        if after.done == generation.patterns.count { after = (.bands, 0) }
      case .bands:
        var held = try bands.take() ?? BandRows.Late(db)
        after.done = try held.write(from: done, most: 16 * max(1, most), db)
        if after.done >= held.count { after = (.trends, 0) }
        bands = held
      case .trends:
        after.done = min(done + max(1, most / 4), trends.count)
        try Rollup.store(trends[min(done, trends.count)..<after.done], db)
        isLast = after.done == trends.count
      }
      if isLast {
        try db.execute(sql: "DELETE FROM late WHERE place <= ?", arguments: [generation.last])
        try db.execute(sql: "DELETE FROM late_writing")
      } else {
        try db.execute(
          sql: "INSERT OR REPLACE INTO late_writing VALUES (1, ?, ?, ?)",
          arguments: [generation.last, after.stage.rawValue, after.done])
      }
      return .commit
    }
    (stage, done) = after
    return isLast
  }

  /// Lists reports by source and time in their days' files.
  private func place(_ entries: ArraySlice<LateSums.Entry>, _ days: DayFiles) throws {
    var rest = entries
    while let first = rest.first {
      let ofDay = rest.prefix { $0.day == first.day }
      rest = rest[ofDay.endIndex...]
      let day = Day(rawValue: Int(first.day))
      let start = day.start.wholeSeconds
      try days.file(day, making: false)?.write { raw in
        let places = try RawPlaces(raw)
        for entry in ofDay {
          try places.put(entry.source, start + Int64(entry.time), entry.number)
        }
      }
    }
  }
}

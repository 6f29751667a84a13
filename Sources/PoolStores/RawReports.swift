import GRDB
import Observations
import Pool

/// A report by its place.
struct RawReport: Sendable {
  /// Which of the batches it is in.
  var batch: Int
  /// Its place there.
  var index: Int

  /// Adds reports, those of one batch one after the other, to a day's file. What a failed attempt
  /// left of these batches is replaced.
  ///
  /// - Returns: the number of the first; the others follow.
  static func insert(
    _ reports: [RawReport], of submissions: [Submission], _ encoded: [EncodedReports],
    _ db: Database
  ) throws -> Int64 {
    let insert = try Prepared(db, "INSERT INTO report VALUES (?, ?, ?, ?, ?, ?, ?)")
    let first = try free(db)
    var next = first
    var start = 0
    while start < reports.count {
      let batch = submissions[reports[start].batch].batch
      let id = batch.id
      var end = start
      while end < reports.count, reports[end].batch == reports[start].batch { end += 1 }
      let arguments: StatementArguments = [id.sensor.rawValue, id.sequence]
      if let left = try Row.fetchOne(
        db, sql: "SELECT first, n FROM batch WHERE sensor=? AND seq=?", arguments: arguments)
      {
        let (first, n): (Int64, Int64) = (try left.decode(atIndex: 0), try left.decode(atIndex: 1))
        try RawPlaces.removeReports(first, n, db)
        try db.execute(sql: "DELETE FROM batch WHERE first = ?", arguments: [first])
      }
      try db.execute(
        sql: "INSERT INTO batch VALUES (?, ?, ?, ?)",
        arguments: [next, end - start, id.sensor.rawValue, id.sequence])
      insert.bind(4, id.sensor.rawValue)
      insert.bind(5, id.sequence)
      for raw in reports[start..<end] {
        insert.bind(1, next)
        insert.bind(2, batch.reports[raw.index].first.wholeSeconds)
        try insert.bind(3, batch.reports[raw.index].subject)
        insert.bind(6, raw.index)
        try insert.bind(7, encoded[raw.batch].body(raw.index))
        try insert.run()
        next += 1
      }
      start = end
    }
    return first
  }

  /// The number behind every batch's, whether its reports are still there or not: numbers are never
  /// given again while a batch is listed under them.
  private static func free(_ db: Database) throws -> Int64 {
    let behind = try Int64.fetchOne(
      db, sql: "SELECT first + max(n, 1) FROM batch ORDER BY first DESC LIMIT 1")
    let last = try Int64.fetchOne(db, sql: "SELECT MAX(id) FROM report")
    return max(behind ?? 1, (last ?? 0) + 1)
  }
}

/// By which source and time a day's reports are found: the table `place`, which is filled in order of
/// address, late where sums are (`LateSums`).
struct RawPlaces {
  private let insert: Prepared

  init(_ db: Database) throws {
    // What a crash interrupted is written once more.
    insert = try Prepared(db, "INSERT OR IGNORE INTO place VALUES (?, ?, ?)")
  }

  func put(_ source: Address, _ seconds: Int64, _ number: Int64) throws {
    try insert.bind(1, source)
    insert.bind(2, seconds)
    insert.bind(3, number)
    try insert.run()
  }

  /// Lists reports that have just been added, under numbers one after the other.
  static func insert(
    _ reports: [RawReport], from first: Int64, of submissions: [Submission], _ db: Database
  ) throws {
    let places = try RawPlaces(db)
    let rows = zip(first..., reports).map { number, raw in
      (report: submissions[raw.batch].batch.reports[raw.index], number: number)
    }
    for row in rows.sorted(by: { $0.report.subject < $1.report.subject }) {
      try places.put(row.report.subject, row.report.first.wholeSeconds, row.number)
    }
  }

  /// Removes reports by their numbers, and from where they are listed.
  ///
  /// - Returns: how many there were.
  @discardableResult
  static func removeReports(_ first: Int64, _ count: Int64, _ db: Database) throws -> Int {
    let range: StatementArguments = [first, first &+ count]
    try db.execute(
      sql: """
        DELETE FROM place WHERE (src, time, id) IN
          (SELECT src, time, id FROM report WHERE id >= ? AND id < ?)
        """, arguments: range)
    try db.execute(sql: "DELETE FROM report WHERE id >= ? AND id < ?", arguments: range)
    return db.changesCount
  }

  /// Removes all reports about a source.
  ///
  /// - Returns: how many there were.
  static func removeReports(about source: Address, _ db: Database) throws -> Int {
    try db.execute(
      sql: "DELETE FROM report WHERE id IN (SELECT id FROM place WHERE src=?)",
      arguments: [source.blob])
    let gone = db.changesCount
    try db.execute(sql: "DELETE FROM place WHERE src=?", arguments: [source.blob])
    return gone
  }

  /// What of a day's list contradicts its reports; sums must not be late meanwhile.
  static func problems(_ db: Database) throws -> [String] {
    let astray = try Int.fetchOne(
      db,
      sql: """
        SELECT (SELECT COUNT(*) FROM place) - COUNT(*) + 2 * TOTAL(place.id IS NULL) FROM report
          LEFT JOIN place USING (src, time, id)
        """)
    return astray == 0 ? [] : ["the list of sources contradicts the single reports"]
  }
}

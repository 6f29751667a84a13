import Foundation
import GRDB
import Observations
import Pool

/// Sums of sources, a range at a time.
enum SourceSums {
  /// The last source of a piece that begins at an address; the last address where no more follow.
  static func edge(_ day: Int, from start: Address, _ db: Database) throws -> Address {
    try Data.fetchOne(
      db, sql: "SELECT src FROM source_day WHERE day=? AND src >= ? ORDER BY src LIMIT 1 OFFSET ?",
      arguments: [day, start.blob, Recount.sources]
    ).map { try Address(blob: $0) } ?? .last
  }

  /// The columns beside a sum.
  private struct Columns: Equatable {
    var reports: Int64
    var networks: Int64
    var firm: Int64
    var first: Int64
    var last: Int64

    init(_ tally: SourceTally) {
      reports = Int64(clamping: tally.reports)
      networks = Int64(clamping: tally.networks.count.value)
      firm = Int64(clamping: tally.firmNetworks.count.value)
      (first, last) = (tally.first.wholeSeconds, tally.last.wholeSeconds)
    }

    init(_ row: Prepared, from column: Int32) {
      reports = row.number(column)
      networks = row.number(column + 1)
      firm = row.number(column + 2)
      first = row.number(column + 3)
      last = row.number(column + 4)
    }

    mutating func add(_ other: Columns) {
      reports += other.reports
      networks = max(networks, other.networks)
      firm = max(firm, other.firm)
      first = min(first, other.first)
      last = max(last, other.last)
    }
  }

  /// Puts sums in the place of those of a range, and makes the short rows anew of what changed.
  static func replace(
    _ day: Int, _ range: ClosedRange<Address>, by rollup: Rollup, _ db: Database
  ) throws {
    var held: [Address: Columns] = [:]
    let select = try Prepared(
      db,
      """
      SELECT src, reports, networks, firm, first, last FROM source_day
        WHERE day=? AND src >= ? AND src <= ?
      """)
    select.bind(1, day)
    try select.bind(2, range.lowerBound)
    try select.bind(3, range.upperBound)
    while try select.step() { held[try select.address(0)] = Columns(select, from: 1) }
    try db.execute(
      sql: "DELETE FROM source_day WHERE day=? AND src >= ? AND src <= ?",
      arguments: [day, range.lowerBound.blob, range.upperBound.blob])
    try Ranking.remove(day, range, db)
    try PastSums.Eraser(db).erase(range, on: day)
    let rows = try SourceRows(db)
    var ranking = Ranking(db)
    for place in rollup.sources.keys.sorted() {
      guard let tally = rollup.sources[place] else { continue }
      let networks = tally.networks.count.value
      try rows.put(tally, networks, tally.firmNetworks.count.value, at: place, isHeld: false)
      try ranking.note(place, networks: networks, reports: tally.reports)
      let columns = Columns(tally)
      if held[place.source] == columns {
        held[place.source] = nil
      } else {
        held[place.source] = columns
      }
    }
    try ranking.finish()
    try renew(held.keys.sorted(), db)
  }

  /// Makes the short rows of sources anew from their days.
  private static func renew(_ sources: [Address], _ db: Database) throws {
    let days = try Int.fetchAll(db, sql: "SELECT day FROM rank_floor ORDER BY day")
    let select = try Prepared(
      db, "SELECT reports, networks, firm, first, last FROM source_day WHERE day=? AND src=?")
    let delete = try Prepared(db, "DELETE FROM source WHERE src=?")
    let insert = try Prepared(
      db,
      """
      INSERT OR REPLACE INTO source(src, reports, networks, firm, first, last, days)
        VALUES (?, ?, ?, ?, ?, ?, ?)
      """)
    for source in sources {
      var sum: Columns?
      var mask: Int64 = 0
      for day in days {
        select.bind(1, day)
        try select.bind(2, source)
        guard try select.step() else { continue }
        let columns = Columns(select, from: 0)
        select.reset()
        mask |= DayMask.of(day)
        sum?.add(columns)
        sum = sum ?? columns
      }
      guard let sum else {
        try delete.bind(1, source)
        try delete.run()
        continue
      }
      try insert.bind(1, source)
      insert.bind(2, sum.reports)
      insert.bind(3, sum.networks)
      insert.bind(4, sum.firm)
      insert.bind(5, sum.first)
      insert.bind(6, sum.last)
      insert.bind(7, mask)
      try insert.run()
    }
  }
}

/// Sums over time.
enum Trends {
  static func remove(of day: Int, _ db: Database) throws {
    let start = Day(rawValue: day).start.wholeSeconds
    for bucket in [TrendBucket.hour, .day] {
      try db.execute(
        sql: "DELETE FROM trend WHERE bucket=? AND start >= ? AND start < ?",
        arguments: [bucket.rawValue, start, start + 86_400])
    }
  }
}

extension PatternSums {
  /// A row's place within its day.
  struct Key: Comparable {
    var digest: Int64
    var source: Address

    static let first = Key(digest: .min, source: Address(high: 0, low: 0))

    static func < (a: Key, b: Key) -> Bool {
      a.digest != b.digest ? a.digest < b.digest : a.source < b.source
    }
  }

  /// The first row behind a piece that begins at a place; nil where all that is left is one piece.
  static func edge(_ day: Int, from start: Key, _ db: Database) throws -> Key? {
    try Row.fetchOne(
      db,
      sql: """
        SELECT digest, src FROM pattern_day WHERE day=? AND (digest, src) >= (?, ?)
          ORDER BY digest, src LIMIT 1 OFFSET ?
        """,
      arguments: [day, start.digest, start.source.blob, Recount.rows]
    ).map { Key(digest: $0[0], source: try Address(blob: $0[1])) }
  }

  /// Puts rows in the place of those of a range, whose end does not belong to it.
  static func replace(
    _ day: Int, from start: Key, to end: Key?,
    by rows: [(row: Rollup.PatternRow, reports: Int)], _ db: Database
  ) throws {
    var condition = "day=? AND (digest, src) >= (?, ?)"
    var arguments: StatementArguments = [day, start.digest, start.source.blob]
    if let end {
      condition += " AND (digest, src) < (?, ?)"
      arguments += [end.digest, end.source.blob]
    }
    var changes: [Int64: Int] = [:]
    for row in try Row.fetchAll(
      db, sql: "SELECT digest, SUM(reports) FROM pattern_day WHERE \(condition) GROUP BY digest",
      arguments: arguments)
    { changes[try row.decode(atIndex: 0)] = -(try row.decode(Int.self, atIndex: 1)) }
    try db.execute(sql: "DELETE FROM pattern_day WHERE \(condition)", arguments: arguments)
    let insert = try Prepared(db, "INSERT INTO pattern_day VALUES (?, ?, ?, ?)")
    for (row, reports) in rows {
      insert.bind(1, row.day)
      insert.bind(2, row.digest)
      try insert.bind(3, row.source)
      insert.bind(4, reports)
      try insert.run()
      changes[row.digest, default: 0] += reports
    }
    try apply(changes, day, db)
  }

  /// Changes the counts of some patterns on a day.
  static func apply(_ changes: [Int64: Int], _ day: Int, _ db: Database) throws {
    let sums = try PatternSums(db)
    let none = try Prepared(
      db, "DELETE FROM pattern_sum WHERE digest=? AND day=? AND reports=0")
    for (digest, change) in changes.sorted(by: { $0.key < $1.key }) where change != 0 {
      try sums.add(change, to: digest, day)
      none.bind(1, digest)
      none.bind(2, day)
      try none.run()
    }
  }
}

extension PatternSums.Key {
  init(_ row: Rollup.PatternRow) { self.init(digest: row.digest, source: row.source) }
}

import Foundation
import GRDB
import Observations
import Pool

/// Makes the sums of a day anew while batches come in.
///
/// Three kinds of sums, each in pieces of its own transaction:
///
/// - *sources*, a range of addresses at a time: their single reports are found by the index of the day's
///   file;
/// - *patterns*, a range of rows at a time, and *trends*, all at once: they are counted in one pass over
///   the day's file, without the writing connection; what came since is added by the transaction that
///   puts a piece in its place.
///
/// A batch that comes between two pieces is added to the sums as they are then, and is among the single
/// reports when a later piece is made: each counts once, whichever was first. Should the process end
/// before all is done, pieces are made anew and others are not; each is a sum of its own.
struct Recount {
  /// Sources of one piece.
  static let sources = 2_000
  /// Rows of patterns of one piece.
  static let rows = 4_000
  /// Reports that are read at a time, and the most that a transaction should have to catch up with.
  static let reports = 4_000

  let store: SQLiteStore
  let day: Day

  func run() throws {
    guard let file = try store.days.apart(day) else {
      throw StoreError.rejected(because: "the single reports of \(day) are forgotten")
    }
    try store.main.writeWithoutTransaction { db in
      try db.inTransaction {
        try Ranking.begin(day.rawValue, db)
        try SQLiteStore.outdate(day, db)
        return .commit
      }
    }
    try recountSources(file)
    var pass = DayPass(day: day)
    while true {
      // What has reached the day's file without being acknowledged must not be counted.
      let until = try store.main.writeWithoutTransaction { _ in try DayPass.last(file) }
      if until - pass.upTo <= Int64(Recount.reports) { break }
      try pass.catchUp(with: file, until: until) { id in
        try store.main.read { try DayPass.network(of: id, $0) }
      }
    }
    pass.turn()
    try recountPatterns(file, &pass)
    try recountTrends(file, &pass)
    try store.main.writeWithoutTransaction { try Ranking.end(day.rawValue, $0) }
  }

  /// All sources of the day, range after range.
  private func recountSources(_ file: DatabaseQueue) throws {
    var next: Address? = Address(high: 0, low: 0)
    var until = try store.main.writeWithoutTransaction { _ in try DayPass.last(file) }
    while let start = next {
      let end = try edge(from: start, file)
      var rollup = Rollup(.sources)
      try DayPass.read(file, of: start...end, above: 0, until: until, into: &rollup) { id in
        try store.main.read { try DayPass.network(of: id, $0) }
      }
      until = try store.main.writeWithoutTransaction { db in
        try DayPass.read(file, of: start...end, above: until, until: .max, into: &rollup) {
          try DayPass.network(of: $0, db)
        }
        try db.inTransaction {
          try SourceSums.replace(day.rawValue, start...end, by: rollup, db)
          return .commit
        }
        return try DayPass.last(file)
      }
      next = end.next
    }
  }

  /// The last source of a piece that begins at an address.
  private func edge(from start: Address, _ file: DatabaseQueue) throws -> Address {
    let summed = try store.main.read { db in
      try SourceSums.edge(day.rawValue, from: start, db)
    }
    // Reports of which the sums know nothing, and very many about few sources, are bounded too.
    let reported = try file.read { db in
      try Data.fetchOne(
        db, sql: "SELECT src FROM place WHERE src >= ? ORDER BY src LIMIT 1 OFFSET ?",
        arguments: [start.blob, Recount.reports])
    }
    return min(summed, try reported.map { try Address(blob: $0) } ?? .last)
  }

  /// The rows of patterns, range after range.
  private func recountPatterns(_ file: DatabaseQueue, _ pass: inout DayPass) throws {
    let keys = pass.base.patternRows.keys.sorted()
    var (place, next) = (0, PatternSums.Key.first as PatternSums.Key?)
    while let start = next {
      let piece = keys[place..<min(place + Recount.rows, keys.count)]
      place = piece.endIndex
      let end = place < keys.count ? PatternSums.Key(keys[place]) : nil
      try store.main.writeWithoutTransaction { db in
        try pass.catchUp(with: file, until: .max) { try DayPass.network(of: $0, db) }
        try db.inTransaction {
          try PatternSums.replace(
            day.rawValue, from: start, to: end, by: pass.rows(piece, from: start, to: end), db)
          try pass.base.storePatternBodies(of: Set(piece.map(\.digest)), db)
          return .commit
        }
      }
      next = end
    }
  }

  private func recountTrends(_ file: DatabaseQueue, _ pass: inout DayPass) throws {
    try store.main.writeWithoutTransaction { db in
      try pass.catchUp(with: file, until: .max) { try DayPass.network(of: $0, db) }
      try db.inTransaction {
        try Trends.remove(of: day.rawValue, db)
        let rows = try TrendRows(db)
        for (row, tally) in pass.trends { try rows.put(tally, at: row) }
        // Digests that were made meanwhile hold some of what was before.
        try SQLiteStore.outdate(day, db)
        return .commit
      }
    }
  }
}

/// A pass over the single reports of a day, as far as it has come.
struct DayPass {
  let day: Day
  /// What was counted before pieces were put in place …
  private(set) var base = Rollup([.trends, .patterns])
  /// … and what came since.
  private var late = Rollup([.trends, .patterns])
  private var isLate = false
  /// The last row that is counted.
  private(set) var upTo: Int64 = 0

  init(day: Day) { self.day = day }

  /// From here on what comes is kept apart.
  mutating func turn() { isLate = true }

  /// Counts the rows behind those that are counted.
  mutating func catchUp(
    with file: DatabaseQueue, until: Int64, network: (BatchID) throws -> Prefix
  ) throws {
    if isLate {
      upTo = try Self.read(file, above: upTo, until: until, into: &late, network: network)
    } else {
      upTo = try Self.read(file, above: upTo, until: until, into: &base, network: network)
    }
  }

  /// The counts of some rows, and of others of their range that came since, in order.
  func rows(
    _ keys: ArraySlice<Rollup.PatternRow>, from start: PatternSums.Key, to end: PatternSums.Key?
  ) -> [(row: Rollup.PatternRow, reports: Int)] {
    let fresh = late.patternRows.keys.filter {
      let key = PatternSums.Key($0)
      return base.patternRows[$0] == nil && key >= start && (end.map { key < $0 } ?? true)
    }
    return (keys + fresh).sorted().map {
      ($0, (base.patternRows[$0] ?? 0) + (late.patternRows[$0] ?? 0))
    }
  }

  /// The trends of all that was counted.
  var trends: [Rollup.TrendRow: TrendTally] {
    base.trendsOfAllBuckets.merging(late.trendsOfAllBuckets) { a, b in
      var sum = a
      sum.merge(b)
      return sum
    }
  }

  /// The last row of a day's file.
  static func last(_ file: DatabaseQueue) throws -> Int64 {
    try file.read { try Int64.fetchOne($0, sql: "SELECT MAX(id) FROM report") ?? 0 }
  }

  /// Adds a day's rows between two numbers, those of a range of sources, to some sums; returns the last
  /// number read.
  @discardableResult
  static func read(
    _ file: DatabaseQueue, of sources: ClosedRange<Address>? = nil, above: Int64, until: Int64,
    into rollup: inout Rollup, network: (BatchID) throws -> Prefix
  ) throws -> Int64 {
    var networks: [BatchID: Prefix] = [:]
    return try file.read { raw in
      // Few rows are late: they are found by number, not by source.
      let sql =
        switch (sources, above) {
        case (nil, _): "report WHERE id > ? AND id <= ?"
        case (_, 0):
          """
          place CROSS JOIN report USING (id)
            WHERE id > ? AND id <= ? AND place.src >= ? AND place.src <= ?
          """
        default: "report WHERE id > ? AND id <= ? AND src >= ? AND src <= ?"
        }
      let select = try Prepared(raw, "SELECT id, sensor, seq, body FROM " + sql)
      select.bind(1, above)
      select.bind(2, until)
      if let sources {
        try select.bind(3, sources.lowerBound)
        try select.bind(4, sources.upperBound)
      }
      var last = above
      while try select.step() {
        last = max(last, select.number(0))
        guard let sensor = SensorID(rawValue: select.number(1)) else {
          throw StoreError.damaged(because: "a report of no sensor")
        }
        let id = BatchID(sensor: sensor, sequence: select.number(2))
        let report = try Report(encoded: select.bytes(3)[...])
        let place = try networks[id] ?? network(id)
        networks[id] = place
        rollup.add(report, sensor: sensor, network: place)
      }
      return last
    }
  }

  /// The network that a batch counts for.
  static func network(of id: BatchID, _ db: Database) throws -> Prefix {
    let select = try Prepared(db, "SELECT network, length FROM batch WHERE sensor=? AND seq=?")
    select.bind(1, id.sensor.rawValue)
    select.bind(2, id.sequence)
    defer { select.reset() }
    guard try select.step(),
      let network = Prefix(try select.address(0), length: Int(select.number(1)))
    else { throw StoreError.damaged(because: "reports of a batch that is not listed") }
    return network
  }
}

extension Address {
  /// The greatest address there is.
  static let last = Address(high: .max, low: .max)

  /// The address behind this one; nil behind the last.
  var next: Address? {
    guard self != .last else { return nil }
    return Address(high: low == .max ? high + 1 : high, low: low &+ 1)
  }
}

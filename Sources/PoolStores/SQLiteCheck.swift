import Foundation
import GRDB
import Observations
public import Pool
import Synchronization

extension SQLiteStore {
  /// Looks at everything: the files' structure, every sum against its checksum and against the rows
  /// that say the same, every batch's digest against its single reports.
  ///
  /// - Returns: what is wrong, one sentence each; empty where nothing is.
  /// - Throws: `StoreError` where the files cannot be read at all.
  public func check() async throws(StoreError) -> [String] {
    try await upkeep.run { [self] in
      try withoutLate {
        try main.writeWithoutTransaction { _ in try problems(complete: true) }
      }
    }
  }

  /// Every day whose single reports are listed has its file.
  func verifyDays() throws {
    let listed = try main.read { try Int.fetchAll($0, sql: "SELECT day FROM raw_day") }
    for day in listed.map(Day.init(rawValue:)) where !days.exists(day) {
      throw StoreError.damaged(because: "the single reports of \(day) are missing")
    }
  }

  func problems(complete: Bool) throws -> [String] {
    var problems: [String] = []
    func look(_ name: String, _ body: () throws -> [String]) {
      do { problems += try body().map { "\(name): \($0)" } } catch {
        problems.append("\(name): \(StoreError(mapping: error))")
      }
    }
    ReadingThrough.read(main.path)
    look("main file") { try main.unsafeRead { try Self.structure($0, complete: complete) } }
    let all = try days.all()
    for day in complete ? all : Array(all.suffix(1)) {
      ReadingThrough.read(days.path(day))
      look("reports of \(day)") {
        try days.file(day, making: false)?.unsafeRead {
          try Self.structure($0, complete: complete)
        } ?? []
      }
    }
    guard complete, problems.isEmpty else { return problems }
    let isLate = try main.unsafeRead { try Bool.fetchOne($0, sql: "SELECT 1 FROM late") ?? false }
    // Somebody else is writing, or will.
    for day in isLate ? [] : all {
      look("reports of \(day)") {
        try days.file(day, making: false)?.unsafeRead { try RawPlaces.problems($0) } ?? []
      }
    }
    look("sums") { try main.unsafeRead { try Self.sums($0) } }
    look("incidents") { try main.unsafeRead { try Self.incidentProblems($0) } }
    look("digests") { try main.unsafeRead { try Self.digestProblems($0) } }
    look("sensors") {
      try main.unsafeRead { db in
        for row in try Row.fetchAll(db, sql: "SELECT * FROM sensor") { _ = try Self.record(row) }
        return []
      }
    }
    look("batches") { try main.unsafeRead { try batches($0) } }
    return problems
  }

  private static func structure(_ db: Database, complete: Bool) throws -> [String] {
    let check = complete ? "integrity_check" : "quick_check"
    return try String.fetchAll(db, sql: "PRAGMA \(check)(5)").filter { $0 != "ok" }
  }

  /// Each sum by its checksum, and the columns beside it by the sum.
  private static func sums(_ db: Database) throws -> [String] {
    var problems: [String] = []
    var sources: [Data: (first: Int64, last: Int64, reports: Int64, mask: Int64)] = [:]
    let rows = try Row.fetchCursor(db, sql: "SELECT * FROM source_day")
    while let row = try rows.next() {
      let (day, blob): (Int64, Data) = (try row.decode(atIndex: 0), try row.decode(atIndex: 1))
      let source = try Address(blob: blob)
      let tally = try SourceTally(
        encoded: Sealed.open(try row.decode(atIndex: 7), under: Sealed.key(day, source)))
      let columns: [Int64] = [
        Int64(clamping: tally.reports), Int64(clamping: tally.networks.count.value),
        Int64(clamping: tally.firmNetworks.count.value), tally.first.wholeSeconds,
        tally.last.wholeSeconds,
      ]
      if columns != [
        try row.decode(atIndex: 2), try row.decode(atIndex: 3), try row.decode(atIndex: 4),
        try row.decode(atIndex: 5), try row.decode(atIndex: 6),
      ] {
        problems.append("the row of a source contradicts its sum")
      }
      let held = sources[blob] ?? (.max, .min, 0, 0)
      sources[blob] = (
        min(held.first, tally.first.wholeSeconds), max(held.last, tally.last.wholeSeconds),
        held.reports + Int64(clamping: tally.reports),
        held.mask | DayMask.of(Int(truncatingIfNeeded: day))
      )
    }
    let short = try Row.fetchCursor(db, sql: "SELECT src, first, last, reports, days FROM source")
    while let row = try short.next() {
      let held = sources.removeValue(forKey: try row.decode(atIndex: 0))
      let told: [Int64] = [
        try row.decode(atIndex: 1), try row.decode(atIndex: 2), try row.decode(atIndex: 3),
      ]
      // Days that were forgotten may still be marked.
      let mask: Int64 = try row.decode(atIndex: 4)
      if held.map({ [$0.first, $0.last, $0.reports] }) != told
        || held.map({ $0.mask & ~mask != 0 }) ?? true
      {
        problems.append("the short row of a source contradicts its days")
      }
    }
    if !sources.isEmpty {
      problems.append("the short rows of \(sources.count) sources are missing")
    }
    return try problems + PastSums.problems(db) + trends(db) + kept(db)
  }

  /// What is kept beside sums to find them by.
  private static func kept(_ db: Database) throws -> [String] {
    var problems: [String] = []
    let contradictions = try Int.fetchOne(
      db,
      sql: """
        SELECT COUNT(*) FROM rank LEFT JOIN source_day USING (day, src)
          WHERE source_day.networks IS NOT rank.networks
            OR source_day.reports IS NOT rank.reports
        """)
    if contradictions != 0 { problems.append("a ranking contradicts the sums of sources") }
    for day in try Int.fetchAll(db, sql: "SELECT DISTINCT day FROM source_day") {
      guard let state = try Ranking.state(day, db) else {
        problems.append("the ranking of \(Day(rawValue: day)) is missing")
        continue
      }
      let above = try Int.fetchOne(
        db,
        sql: "SELECT COUNT(*) FROM source_day WHERE day=? AND (networks, reports) > (?, ?)",
        arguments: [day, state.floor.networks, state.floor.reports])
      let held = try Int.fetchOne(
        db, sql: "SELECT COUNT(*) FROM rank WHERE day=?", arguments: [day])
      if held != state.held || state.whole && above != held {
        problems.append("the ranking of \(Day(rawValue: day)) is not whole")
      }
    }
    // As many pairs of pattern and day as counts, and each pair's count the sum of its rows.
    let counts = try Int.fetchOne(
      db,
      sql: """
        SELECT (SELECT COUNT(*) FROM pattern_sum) - COUNT(*) + 2 * TOTAL(n IS NOT reports) FROM
          (SELECT day, digest, SUM(reports) AS n FROM pattern_day GROUP BY day, digest)
          LEFT JOIN pattern_sum USING (day, digest)
        """)
    if counts != 0 { problems.append("the count of a pattern contradicts its rows") }
    return problems
  }

  private static func trends(_ db: Database) throws -> [String] {
    var problems: [String] = []
    let rows = try Row.fetchCursor(db, sql: "SELECT * FROM trend")
    while let row = try rows.next() {
      guard let bucket = TrendBucket(rawValue: try row.decode(atIndex: 0)),
        let kind = Rollup.TrendKind(rawValue: try row.decode(atIndex: 2))
      else {
        problems.append("a trend of an unknown kind")
        continue
      }
      let key: Data = try row.decode(atIndex: 3)
      let place = Rollup.TrendRow(
        bucket: bucket, start: try row.decode(atIndex: 1), kind: kind, key: [UInt8](key))
      let tally = try TrendTally(
        encoded: Sealed.open(try row.decode(atIndex: 5), under: place.seal))
      let told: Int64 = try row.decode(atIndex: 4)
      if Int64(clamping: tally.reports) != told {
        problems.append("the row of a trend contradicts its sum")
      }
    }
    let patterns = try Row.fetchCursor(db, sql: "SELECT digest, body FROM pattern")
    while let row = try patterns.next() {
      let body: Data = try row.decode(atIndex: 1)
      let digest: Int64 = try row.decode(atIndex: 0)
      if try Pattern(encoded: [UInt8](body)).digestNumber != UInt64(bitPattern: digest) {
        problems.append("a pattern contradicts its digest")
      }
    }
    return problems
  }

  /// Each batch's digest against its reports, of batches that are still whole.
  private func batches(_ db: Database) throws -> [String] {
    var problems: [String] = []
    let present = Set(try Int.fetchAll(db, sql: "SELECT day FROM raw_day"))
    let rows = try Row.fetchCursor(db, sql: "SELECT * FROM batch ORDER BY sensor, seq")
    while let row = try rows.next() {
      let stored = try StoredBatch(row: row, present: present, days: days)
      if let problem = stored.problem { problems.append(problem) }
    }
    return problems
  }

  /// Copies the whole store while it is in use. The copy holds every batch that was acknowledged before
  /// the copying began.
  ///
  /// - Parameter target: a folder that does not exist yet, or is empty.
  /// - Throws: `StoreError` where it cannot be written.
  public func backUp(to target: String) async throws(StoreError) {
    do {
      try await main.writeWithoutTransaction { [self] db in
        let manager = FileManager.default
        try manager.createDirectory(
          atPath: target, withIntermediateDirectories: true,
          attributes: [.posixPermissions: 0o700])
        guard try manager.contentsOfDirectory(atPath: target).isEmpty else {
          throw StoreError.rejected(because: "the folder for the copy is not empty")
        }
        for day in try days.all() {
          let name = (days.path(day) as NSString).lastPathComponent
          try days.file(day, making: false)?.writeWithoutTransaction {
            try Self.copy($0, to: "\(target)/\(name)")
          }
        }
        try Self.copy(db, to: "\(target)/main.sqlite")
      }
    } catch { throw StoreError(mapping: error) }
  }

  private static func copy(_ db: Database, to path: String) throws {
    try db.execute(sql: "VACUUM INTO ?", arguments: [path])
  }

  /// Gives the room of what was deleted back to the file system.
  public func compact() async throws(StoreError) {
    try await work { [self] db in
      try db.execute(sql: "VACUUM")
      _ = try db.checkpoint(.truncate)
      for day in try days.all() {
        try days.file(day, making: false)?.writeWithoutTransaction { raw in
          try raw.execute(sql: "VACUUM")
          _ = try raw.checkpoint(.truncate)
        }
      }
    }
  }

  /// Ends all work and closes the files; nothing can be asked afterwards.
  public func close() async throws(StoreError) {
    // What cannot be written now is written when the store is opened next.
    try? await settle()
    late.withLock { $0.isClosed = true }
    try await work { [self] db in
      _ = try? db.checkpoint(.truncate)
      try days.closeAll()
    }
    do { try main.close() } catch { throw StoreError(mapping: error) }
    lock?.release()
  }
}

/// A batch as it is kept: its row, and what is left of its reports.
struct StoredBatch {
  var id: BatchID
  var digest: BatchDigest
  var network: Prefix
  var received: Timestamp
  /// Reports it was stored with; 0 where they were taken back, -1 where some were erased.
  var count: Int
  /// Those that are still there, by place.
  var reports: [(index: Int, report: Report)] = []
  /// Under which numbers they stand in their days' files.
  var numbers: [Int64] = []
  /// Whether no day of it is forgotten.
  var isWhole: Bool

  init(row: Row, present: Set<Int>, days: DayFiles) throws {
    let digest: Data = try row.decode(atIndex: 2)
    guard let sensor = SensorID(rawValue: try row.decode(atIndex: 0)),
      let kept = BatchDigest(bytes: [UInt8](digest)),
      let network = Prefix(
        try Address(blob: try row.decode(atIndex: 4)), length: try row.decode(atIndex: 5))
    else { throw StoreError.damaged(because: "the row of a batch cannot be read") }
    id = BatchID(sensor: sensor, sequence: try row.decode(atIndex: 1))
    self.digest = kept
    self.network = network
    received = Timestamp(seconds: try row.decode(atIndex: 6))
    count = try row.decode(atIndex: 3)
    let (first, last): (Int, Int) = (try row.decode(atIndex: 7), try row.decode(atIndex: 8))
    guard first <= last else {
      throw StoreError.damaged(because: "the row of a batch cannot be read")
    }
    // Days are forgotten from the earliest on.
    isWhole = present.min().map { $0 <= first } ?? false
    var found: [(index: Int, number: Int64, report: Report)] = []
    for day in present.filter({ (first...last).contains($0) }).sorted() {
      guard let file = try days.file(Day(rawValue: day), making: false) else { continue }
      found += try file.unsafeRead { db in try Self.reports(of: self.id, db) }
    }
    found.sort { $0.index < $1.index }
    reports = found.map { ($0.index, $0.report) }
    numbers = found.map(\.number)
  }

  private static func reports(
    of id: BatchID, _ db: Database
  ) throws -> [(index: Int, number: Int64, report: Report)] {
    let row = try Row.fetchOne(
      db, sql: "SELECT first, n FROM batch WHERE sensor=? AND seq=?",
      arguments: [id.sensor.rawValue, id.sequence])
    guard let row else { return [] }
    let (first, n): (Int64, Int64) = (try row.decode(atIndex: 0), try row.decode(atIndex: 1))
    return try Row.fetchAll(
      db, sql: "SELECT sensor, seq, idx, body, src, time, id FROM report WHERE id >= ? AND id < ?",
      arguments: [first, first &+ n]
    ).map { row in
      let stored = try StoredReport(row: row)
      guard stored.cursor.batch == id else {
        throw StoreError.damaged(because: "a report stands in another batch's place")
      }
      guard try row.decode(atIndex: 4) == stored.report.subject.blob,
        try row.decode(atIndex: 5) == stored.report.first.wholeSeconds
      else {
        throw StoreError.damaged(because: "a report is listed under another source or time")
      }
      return (stored.cursor.index, try row.decode(atIndex: 6), stored.report)
    }
  }

  /// What is wrong with it; nil where nothing is, or where its reports are forgotten or erased.
  var problem: String? {
    guard isWhole, count > 0 else { return nil }
    guard reports.map(\.index).elementsEqual(0..<count) else {
      return "the reports of batch \(id) are not in their places"
    }
    let batch = Batch(id: id, reports: reports.map(\.report))
    let found = BatchDigest(of: batch.encoded)
    return found == digest ? nil : "batch \(id) is not what was signed"
  }
}

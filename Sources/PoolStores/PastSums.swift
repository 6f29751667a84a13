import Foundation
import GRDB
import Observations
public import Pool

/// Sums of a source's past days, laid together in one row.
///
/// Sums lie by days, as they come in, so that looking a source up reads a page for each of its days; where
/// they are not in memory, a disk that finds some hundred pages a second takes long for thirty. But past days
/// hardly change. Once a day their sums are copied to a row of the source's own (table `past`), which states
/// the days that it speaks for. Whatever changes a sum of one of these deletes the row in the same
/// transaction: it may be missing, and is never wrong.
struct PastSums {
  /// So many days are laid together: some more than anybody usually asks about.
  static let mostDays = 40
  /// Sources looked at in one transaction, at most …
  private static let sources = 2_048
  /// … and about the most bytes written in one.
  private static let bytes = 1 << 20

  /// The days that it speaks for: of those without a sum here there is none.
  let days: ClosedRange<Day>
  /// Tallies as they are encoded, in order of day.
  private(set) var sums: [(day: Day, tally: [UInt8])]

  /// What is laid together of a source; nil where nothing is.
  init?(of source: Address, _ db: Database) throws {
    let select = try db.cachedStatement(sql: "SELECT first, last, body FROM past WHERE src=?")
    guard let row = try Row.fetchOne(select, arguments: [source.blob]) else { return nil }
    let (first, last): (Int, Int) = (try row.decode(atIndex: 0), try row.decode(atIndex: 1))
    guard first <= last, last - first < PastSums.mostDays else {
      throw StoreError.damaged(because: "past sums of no days")
    }
    days = Day(rawValue: first)...Day(rawValue: last)
    let body = try Sealed.open(
      try row.decode(Data.self, atIndex: 2), under: PastSums.seal(source, first, last))
    sums = []
    var rest = body[...]
    while let offset = rest.popFirst() {
      guard rest.count >= 4 else { throw StoreError.damaged(because: "past sums cut short") }
      let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard count <= rest.count else { throw StoreError.damaged(because: "past sums cut short") }
      sums.append((days.lowerBound.advanced(by: Int(offset)), Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
    }
  }

  private init(days: ClosedRange<Day>) {
    self.days = days
    sums = []
  }

  private func body(of source: Address) -> [UInt8] {
    var body: [UInt8] = []
    for (day, tally) in sums {
      body.append(UInt8(clamping: day.rawValue - days.lowerBound.rawValue))
      for place in 0..<4 {
        body.append(UInt8(truncatingIfNeeded: tally.count >> (24 - 8 * place)))
      }
      body += tally
    }
    return Sealed.sealed(
      body, under: PastSums.seal(source, days.lowerBound.rawValue, days.upperBound.rawValue))
  }

  private static func seal(_ source: Address, _ first: Int, _ last: Int) -> UInt64 {
    Mixing.mix(Sealed.key(Int64(first), source) ^ UInt64(truncatingIfNeeded: last))
  }

  // MARK: what is wrong any more

  /// Deletes rows of sources whose sums of a day change.
  struct Eraser {
    /// The last day that any row speaks for; nil where there is none.
    private let until: Int64?
    private let delete: Prepared

    init(_ db: Database) throws {
      until = try PastSums.until(db)?.day
      delete = try Prepared(
        db, "DELETE FROM past WHERE src >= ? AND src <= ? AND first <= ? AND last >= ?")
    }

    func erase(_ sources: ClosedRange<Address>, on day: Int) throws {
      // Mostly it is today's sums that change, and no row speaks for today.
      guard let until, day <= until else { return }
      try delete.bind(1, sources.lowerBound)
      try delete.bind(2, sources.upperBound)
      delete.bind(3, day)
      delete.bind(4, day)
      try delete.run()
    }
  }

  private static func until(_ db: Database) throws -> (day: Int64, isWhole: Bool)? {
    let select = try db.cachedStatement(sql: "SELECT day, whole FROM past_until")
    return try Row.fetchOne(select).map { row in
      (try row.decode(atIndex: 0), try row.decode(Int64.self, atIndex: 1) == 1)
    }
  }

  // MARK: laying together

  /// Notes up to which day rows will speak; false where all are written.
  fileprivate static func begin(_ day: Day, _ db: Database) throws -> Bool {
    if let held = try until(db),
      held.day > day.rawValue || (held.day == day.rawValue && held.isWhole)
    {
      return false
    }
    // Before the first row is written: whatever changes from now on has to look.
    try db.execute(
      sql: "INSERT OR REPLACE INTO past_until VALUES (1, ?, 0)", arguments: [day.rawValue])
    return true
  }

  fileprivate static func end(_ day: Day, _ db: Database) throws {
    try db.execute(sql: "UPDATE past_until SET whole=1 WHERE day=?", arguments: [day.rawValue])
  }

  /// Writes the rows of the next sources.
  ///
  /// - Returns: the last source that was looked at; nil where none are left.
  fileprivate static func lay(
    after place: Address?, upTo day: Day, fewest: Int, _ db: Database
  ) throws -> Address? {
    let span = day.advanced(by: 1 - mostDays)...day
    let start = place?.next ?? (place == nil ? Address(high: 0, low: 0) : nil)
    guard let start else { return nil }
    let found = try Row.fetchAll(
      db,
      sql: """
        SELECT source.src, source.first, source.last, days, past.last FROM source
          LEFT JOIN past USING (src) WHERE source.src >= ? ORDER BY source.src LIMIT ?
        """, arguments: [start.blob, sources])
    let insert = try Prepared(db, "INSERT OR REPLACE INTO past VALUES (?, ?, ?, ?)")
    var (last, written) = (Address.last, 0)
    for row in found {
      let source = try Address(blob: try row.decode(atIndex: 0))
      last = source
      if try row.decode(Int?.self, atIndex: 4) == day.rawValue { continue }
      let wanted = try daysOfSums(row, in: span)
      if wanted.count < fewest { continue }
      var past = PastSums(days: span)
      past.sums = try sums(of: source, wanted, db)
      let body = past.body(of: source)
      try insert.bind(1, source)
      insert.bind(2, span.lowerBound.rawValue)
      insert.bind(3, span.upperBound.rawValue)
      try insert.bind(4, body)
      try insert.run()
      written += body.count
      if written > bytes { break }
    }
    if found.count < sources, written <= bytes { last = .last }
    // What is left of sources that have too few days by now.
    try db.execute(
      sql: "DELETE FROM past WHERE src >= ? AND src <= ? AND last < ?",
      arguments: [start.blob, last.blob, day.rawValue])
    return last == .last ? nil : last
  }

  /// The days of a row of `source` on which it may have sums.
  static func daysOfSums(_ row: Row, in span: ClosedRange<Day>) throws -> [Day] {
    // A report belongs to the day it begins on, and its last packet may be of the next.
    let first = max(span.lowerBound, Day(Timestamp(seconds: try row.decode(atIndex: 1))))
    let last = min(span.upperBound, Day(Timestamp(seconds: try row.decode(atIndex: 2))))
    let mask: Int64 = try row.decode(atIndex: 3)
    guard first <= last else { return [] }
    return (first...last).filter { mask & DayMask.of($0.rawValue) != 0 }
  }

  /// The sums of some days: those laid together before, and the others from where they lie.
  private static func sums(
    of source: Address, _ days: [Day], _ db: Database
  ) throws -> [(day: Day, tally: [UInt8])] {
    let held = try PastSums(of: source, db)
    let select = try Prepared(db, "SELECT tally FROM source_day WHERE day=? AND src=?")
    var sums: [(day: Day, tally: [UInt8])] = []
    var before = (held?.sums ?? [])[...]
    for day in days {
      if let held, held.days.contains(day) {
        while let next = before.first, next.day < day { before = before.dropFirst() }
        if let next = before.first, next.day == day { sums.append(next) }
        continue
      }
      select.bind(1, day.rawValue)
      try select.bind(2, source)
      guard try select.step() else { continue }
      let sealed = select.bytes(0)
      select.reset()
      let key = Sealed.key(Int64(day.rawValue), source)
      sums.append((day, try Sealed.open(sealed, under: key)))
    }
    return sums
  }

  // MARK: the check

  /// Each row against the sums that it was copied from.
  static func problems(_ db: Database) throws -> [String] {
    var problems: [String] = []
    let select = try Prepared(db, "SELECT tally FROM source_day WHERE day=? AND src=?")
    let until = try until(db)?.day ?? .min
    let rows = try Row.fetchCursor(db, sql: "SELECT src, last FROM past")
    while let row = try rows.next() {
      let source = try Address(blob: try row.decode(atIndex: 0))
      guard let past = try PastSums(of: source, db) else { continue }
      var sums = past.sums[...]
      for day in past.days {
        select.bind(1, day.rawValue)
        try select.bind(2, source)
        let isHeld = try select.step()
        let sealed = isHeld ? select.bytes(0) : []
        select.reset()
        let told = sums.first?.day == day ? sums.removeFirst().tally : nil
        let key = Sealed.key(Int64(day.rawValue), source)
        if try told != (isHeld ? Sealed.open(sealed, under: key) : nil) {
          problems.append("what is laid together of a source contradicts its days")
          break
        }
      }
      if !sums.isEmpty { problems.append("what is laid together of a source is not in order") }
      if try row.decode(Int64.self, atIndex: 1) > until {
        problems.append("what is laid together speaks for days that it may not")
      }
    }
    return problems
  }
}

extension SQLiteStore {
  /// Lays the sums of each source's days up to one together: see `PastSums`. Batches come in meanwhile.
  public func arrange(upTo day: Day) async throws(StoreError) {
    let fewest = max(1, options.fewestPastDays)
    guard try await write({ try PastSums.begin(day, $0) }) else { return }
    var place: Address?
    repeat {
      place = try await write { [place] db in
        try PastSums.lay(after: place, upTo: day, fewest: fewest, db)
      }
    } while place != nil
    try await write { try PastSums.end(day, $0) }
  }
}

import GRDB
import Observations
import Pool

extension Rollup {
  /// Adds all that was summed up to what is stored; by what new patterns are found may be noted to be
  /// written later.
  func store(_ db: Database, withLateBands: Bool = false) throws {
    try storeSources(db)
    try storeTrends(db)
    try storePatternBodies(withLateBands: withLateBands, db)
    try storePatternRows(db)
  }

  private func storeSources(_ db: Database) throws {
    let select = try Prepared(db, "SELECT tally FROM source_day WHERE day=? AND src=?")
    let rows = try SourceRows(db)
    let hot = try Prepared(
      db,
      """
      INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(src) DO UPDATE SET
        first=min(first, excluded.first), last=max(last, excluded.last),
        reports=reports+excluded.reports, networks=max(networks, excluded.networks),
        firm=max(firm, excluded.firm), days=days|excluded.days
      """)
    var ranking = Ranking(db)
    let past = try PastSums.Eraser(db)
    // Keys are sorted, not entries: tallies are large to move.
    for place in sources.keys.sorted() {
      guard let added = sources[place] else { continue }
      var tally = added
      select.bind(1, place.day)
      try select.bind(2, place.source)
      let isHeld = try select.step()
      if isHeld {
        let held = try Sealed.open(select.bytes(0), under: place.seal)
        select.reset()
        tally.merge(try SourceTally(encoded: held))
      }
      let (networks, firm) = (tally.networks.count.value, tally.firmNetworks.count.value)
      try rows.put(tally, networks, firm, at: place, isHeld: isHeld)
      try hot.bind(1, place.source)
      hot.bind(2, added.first.wholeSeconds)
      hot.bind(3, added.last.wholeSeconds)
      hot.bind(4, clamping: added.reports)
      hot.bind(5, clamping: networks)
      hot.bind(6, clamping: firm)
      hot.bind(7, DayMask.of(place.day))
      try hot.run()
      try ranking.note(place, networks: networks, reports: tally.reports)
      try past.erase(place.source...place.source, on: place.day)
    }
    try ranking.finish()
  }

  private func storeTrends(_ db: Database) throws {
    let all = trendsOfAllBuckets
    try Rollup.store(all.sorted { $0.key < $1.key }.map { ($0, $1) }[...], db)
  }

  /// Adds sums over time to what is stored.
  static func store(
    _ trends: ArraySlice<(row: TrendRow, tally: TrendTally)>, _ db: Database
  ) throws {
    let select = try Prepared(
      db, "SELECT tally FROM trend WHERE bucket=? AND start=? AND kind=? AND key=?")
    let replace = try TrendRows(db)
    for (row, added) in trends {
      var tally = added
      select.bind(1, row.bucket.rawValue)
      select.bind(2, row.start)
      select.bind(3, row.kind.rawValue)
      try select.bind(4, row.key)
      if try select.step() {
        let held = try Sealed.open(select.bytes(0), under: row.seal)
        select.reset()
        tally.merge(try TrendTally(encoded: held))
      }
      try replace.put(tally, at: row)
    }
  }

  /// The sums of hours, and those of days made of them.
  var trendsOfAllBuckets: [TrendRow: TrendTally] {
    var all = hours
    all.merge(patternDays) { first, _ in first }
    for (row, tally) in hours {
      let day = row.start - row.start % TrendBucket.day.rawValue
      let place = TrendRow(bucket: .day, start: day, kind: row.kind, key: row.key)
      all[place, default: TrendTally()].merge(tally)
    }
    return all
  }

  /// Keeps the bodies of patterns, all or those of some digests.
  func storePatternBodies(
    of digests: Set<Int64>? = nil, withLateBands: Bool = false, _ db: Database
  ) throws {
    let select = try Prepared(db, "SELECT body FROM pattern WHERE digest=?")
    let replace = try Prepared(db, "INSERT OR REPLACE INTO pattern VALUES (?, ?)")
    let rows = try BandRows(db)
    var pieces: [(PatternBand, Int64)] = []
    for digest in digests?.sorted() ?? patterns.keys.sorted() {
      guard let entry = patterns[digest] else { continue }
      select.bind(1, digest)
      let isHeld = try select.step()
      let held = isHeld ? select.bytes(0) : []
      select.reset()
      if isHeld, !entry.body.lexicographicallyPrecedes(held) { continue }
      replace.bind(1, digest)
      try replace.bind(2, entry.body)
      try replace.run()
      // The pieces follow from the digest, so that they are there already where the body is.
      if isHeld { continue }
      if withLateBands {
        try BandRows.Late.note(digest, db)
        continue
      }
      for piece in LikenessIndex.bands(of: entry.pattern) { pieces.append((piece, digest)) }
    }
    // In the order that they are kept in, so that each page is touched once.
    pieces.sort {
      ($0.0.index, Int64(bitPattern: $0.0.key), $0.1) < (
        $1.0.index, Int64(bitPattern: $1.0.key), $1.1
      )
    }
    for (piece, digest) in pieces { try rows.put(piece, digest) }
  }

  private func storePatternRows(_ db: Database) throws {
    let row = try Prepared(
      db,
      """
      INSERT INTO pattern_day VALUES (?, ?, ?, ?) ON CONFLICT(day, digest, src)
        DO UPDATE SET reports=reports+excluded.reports
      """)
    let sum = try PatternSums(db)
    var held: (day: Int, digest: Int64, count: Int)?
    for place in patternRows.keys.sorted() {
      let count = patternRows[place] ?? 0
      row.bind(1, place.day)
      row.bind(2, place.digest)
      try row.bind(3, place.source)
      row.bind(4, count)
      try row.run()
      if let same = held, same.day == place.day, same.digest == place.digest {
        held?.count += count
      } else {
        if let held { try sum.add(held.count, to: held.digest, held.day) }
        held = (place.day, place.digest, count)
      }
    }
    if let held { try sum.add(held.count, to: held.digest, held.day) }
  }
}

/// On which days a source has sums: a bit for each, the same for days that are a multiple of 64 apart. A bit too
/// many costs a look; a bit too few would hide a day.
enum DayMask {
  static func of(_ day: Int) -> Int64 { 1 << Int64(day & 63) }
}

/// Writes rows of `source_day`.
struct SourceRows {
  private let insert: Prepared
  private let update: Prepared

  init(_ db: Database) throws {
    insert = try Prepared(
      db,
      """
      INSERT INTO source_day(reports, networks, firm, first, last, tally, day, src)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """)
    update = try Prepared(
      db,
      """
      UPDATE source_day SET reports=?, networks=?, firm=?, first=?, last=?, tally=?
        WHERE day=? AND src=?
      """)
  }

  /// Writes a row in the place of one that is held, or a new one, with how many networks and how many firm
  /// ones the tally counts.
  func put(
    _ tally: SourceTally, _ networks: UInt64, _ firm: UInt64, at place: Rollup.DaySource,
    isHeld: Bool
  ) throws {
    let row = isHeld ? update : insert
    row.bind(1, clamping: tally.reports)
    row.bind(2, clamping: networks)
    row.bind(3, clamping: firm)
    row.bind(4, tally.first.wholeSeconds)
    row.bind(5, tally.last.wholeSeconds)
    try row.bind(6, Sealed.sealed(tally.encoded, under: place.seal))
    row.bind(7, place.day)
    try row.bind(8, place.source)
    try row.run()
  }
}

/// Writes rows of `trend`.
struct TrendRows {
  private let replace: Prepared

  init(_ db: Database) throws {
    replace = try Prepared(db, "INSERT OR REPLACE INTO trend VALUES (?, ?, ?, ?, ?, ?)")
  }

  func put(_ tally: TrendTally, at row: Rollup.TrendRow) throws {
    replace.bind(1, row.bucket.rawValue)
    replace.bind(2, row.start)
    replace.bind(3, row.kind.rawValue)
    try replace.bind(4, row.key)
    replace.bind(5, clamping: tally.reports)
    try replace.bind(6, Sealed.sealed(tally.encoded, under: row.seal))
    try replace.run()
  }
}

/// Counts a pattern's reports of a day.
struct PatternSums {
  private let sum: Prepared

  init(_ db: Database) throws {
    sum = try Prepared(
      db,
      """
      INSERT INTO pattern_sum VALUES (?, ?, ?) ON CONFLICT(digest, day)
        DO UPDATE SET reports=reports+excluded.reports
      """)
  }

  /// Adds to a pattern's count; what is negative is taken off.
  func add(_ count: Int, to digest: Int64, _ day: Int) throws {
    sum.bind(1, digest)
    sum.bind(2, day)
    sum.bind(3, count)
    try sum.run()
  }
}

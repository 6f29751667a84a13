import GRDB
import Observations
import Pool

/// The sources that most networks reported on a day, kept while they are stored, so that a ranking need
/// not look at all of them.
///
/// Of each day every source that ranks strictly above the day's *floor* is in the table `rank`. The floor
/// is what was left out best when the table had become too long; it only rises. As sums of a day only
/// grow while reports come in, what was below it and was not reported again is below it still. Whoever
/// makes sums smaller begins the day's ranking anew (`begin`), and until that is done (`whole`) it
/// is not asked.
struct Ranking {
  /// Rows of a day above which some are left out …
  static let most = 4_096
  /// … and how many stay then.
  static let kept = 2_048

  /// What sources of a day are ranked by.
  struct Score: Comparable {
    var networks: Int64
    var reports: Int64
    static func < (a: Score, b: Score) -> Bool {
      (a.networks, a.reports) < (b.networks, b.reports)
    }
  }

  struct State {
    var floor = Score(networks: 0, reports: 0)
    var held = 0
    var whole = true
  }

  private let db: Database
  private var states: [Int: State] = [:]

  init(_ db: Database) { self.db = db }

  /// How a day's ranking stands; nil where it was never begun.
  static func state(_ day: Int, _ db: Database) throws -> State? {
    let select = try Prepared(
      db, "SELECT networks, reports, held, whole FROM rank_floor WHERE day=?")
    select.bind(1, day)
    guard try select.step() else { return nil }
    defer { select.reset() }
    return State(
      floor: Score(networks: select.number(0), reports: select.number(1)),
      held: Int(select.number(2)), whole: select.number(3) == 1)
  }

  /// Notes what a source of a day has come to.
  mutating func note(_ place: Rollup.DaySource, networks: UInt64, reports: UInt64) throws {
    let score = Score(networks: Int64(clamping: networks), reports: Int64(clamping: reports))
    var state = try states[place.day] ?? Self.state(place.day, db) ?? State()
    if score > state.floor {
      let update = try Prepared(db, "UPDATE rank SET networks=?, reports=? WHERE day=? AND src=?")
      update.bind(1, score.networks)
      update.bind(2, score.reports)
      update.bind(3, place.day)
      try update.bind(4, place.source)
      try update.run()
      if db.changesCount == 0 {
        let insert = try Prepared(db, "INSERT INTO rank VALUES (?, ?, ?, ?)")
        insert.bind(1, place.day)
        try insert.bind(2, place.source)
        insert.bind(3, score.networks)
        insert.bind(4, score.reports)
        try insert.run()
        state.held += 1
      }
    }
    states[place.day] = state
  }

  /// Leaves out what is too much, and keeps what each day's floor is.
  mutating func finish() throws {
    let keep = try Prepared(db, "INSERT OR REPLACE INTO rank_floor VALUES (?, ?, ?, ?, ?)")
    for (day, held) in states.sorted(by: { $0.key < $1.key }) {
      var state = held
      if state.held > Ranking.most { try prune(day, &state) }
      keep.bind(1, day)
      keep.bind(2, state.floor.networks)
      keep.bind(3, state.floor.reports)
      keep.bind(4, state.held)
      keep.bind(5, state.whole ? 1 : 0)
      try keep.run()
    }
  }

  private func prune(_ day: Int, _ state: inout State) throws {
    let scores = try Self.rows(of: day, db).map(\.score).sorted(by: >)
    guard scores.count > Ranking.kept else { return }
    state.floor = scores[Ranking.kept]
    let delete = try Prepared(
      db, "DELETE FROM rank WHERE day=? AND (networks, reports) <= (?, ?)")
    delete.bind(1, day)
    delete.bind(2, state.floor.networks)
    delete.bind(3, state.floor.reports)
    try delete.run()
    state.held = scores.count { $0 > state.floor }
  }

  /// Those that rank above a floor, and the floor; nil for a day that has no ranking. What is not whole, since
  /// a recount goes on or was interrupted, comes out of the day's sums.
  static func list(
    _ day: Int, _ db: Database
  ) throws -> (floor: Score, rows: [(source: Address, score: Score)])? {
    guard let state = try state(day, db) else { return nil }
    if state.whole { return (state.floor, try rows(of: day, db)) }
    let select = try Prepared(
      db,
      """
      SELECT src, networks, reports FROM source_day WHERE day=?
        ORDER BY networks DESC, reports DESC LIMIT ?
      """)
    select.bind(1, day)
    select.bind(2, kept + 1)
    let best = try scored(select)
    guard best.count > kept, let floor = best.last?.score else {
      return (Score(networks: 0, reports: 0), best)
    }
    return (floor, best.filter { $0.score > floor })
  }

  /// All rows of a day, in order of source.
  static func rows(of day: Int, _ db: Database) throws -> [(source: Address, score: Score)] {
    let select = try Prepared(db, "SELECT src, networks, reports FROM rank WHERE day=?")
    select.bind(1, day)
    return try scored(select)
  }

  private static func scored(
    _ select: Prepared
  ) throws -> [(source: Address, score: Score)] {
    var rows: [(Address, Score)] = []
    while try select.step() {
      rows.append(
        (
          try select.address(0),
          Score(networks: select.number(1), reports: select.number(2))
        ))
    }
    return rows
  }

  /// Begins a day's ranking anew; it is whole again when `end` was called after all sources of the day
  /// were noted.
  static func begin(_ day: Int, _ db: Database) throws {
    try db.execute(sql: "DELETE FROM rank WHERE day=?", arguments: [day])
    try db.execute(
      sql: "INSERT OR REPLACE INTO rank_floor VALUES (?, 0, 0, 0, 0)", arguments: [day])
  }

  /// States that all sources of a day have been noted since `begin`.
  static func end(_ day: Int, _ db: Database) throws {
    try db.execute(sql: "UPDATE rank_floor SET whole=1 WHERE day=?", arguments: [day])
  }

  /// Removes a day of which nothing is left; its list has been emptied.
  static func forget(_ day: Int, _ db: Database) throws {
    try db.execute(sql: "DELETE FROM rank_floor WHERE day=?", arguments: [day])
  }

  /// Takes sources of a range out, whose sums are to be made anew or are gone.
  static func remove(_ day: Int, _ range: ClosedRange<Address>, _ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM rank WHERE day=? AND src >= ? AND src <= ?",
      arguments: [day, range.lowerBound.blob, range.upperBound.blob])
    let gone = db.changesCount
    guard gone > 0 else { return }
    try db.execute(
      sql: "UPDATE rank_floor SET held=held-? WHERE day=?", arguments: [gone, day])
  }
}

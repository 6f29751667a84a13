import Foundation
import GRDB
import Observations
public import Pool

/// What stands in the table `digested` of a day whose digests hold all that is stored of it. Whatever else
/// stands there is 0 or less, and falls with every erasure.
private let wholeState: Int64 = 1

/// A digest's place.
private struct DigestPlace {
  var day: Int
  /// A `Rollup.TrendKind`, or `exposureKind`.
  var kind: Int
  var key: [UInt8]

  static let exposureKind = 9

  init(day: Day, kind: Int, key: [UInt8]) {
    self.day = day.rawValue
    self.kind = kind
    self.key = key
  }

  /// The place of a key's digest; nil for keys of which none are kept.
  init?(_ key: TrendKey, on day: Day) {
    switch key {
    case .total: self.init(day: day, kind: Rollup.TrendKind.total.rawValue, key: [])
    case .service(let service):
      self.init(day: day, kind: Rollup.TrendKind.service.rawValue, key: service.key)
    case .article(let article?):
      self.init(day: day, kind: Rollup.TrendKind.article.rawValue, key: Array(article.utf8))
    default: return nil
    }
  }

  var seal: UInt64 {
    key.reduce(Mixing.mix(UInt64(truncatingIfNeeded: day) << 8 ^ UInt64(kind) ^ 0x6469_6765 << 32))
    {
      Mixing.mix($0 ^ UInt64($1))
    }
  }
}

extension SQLiteStore {
  /// Makes the digests of a finished day from its single reports and keeps them.
  public func digest(_ day: Day, fewestNetworks: UInt64) async throws(StoreError) {
    let key = try await sampleKey()
    try await settle()
    let origins = try await read { try BatchOrigins(day, $0) }
    let (digests, exposure) = try await readDay(day, origins, key, fewestNetworks)
    try await write { db in
      try db.execute(sql: "DELETE FROM digest WHERE day=?", arguments: [day.rawValue])
      for (trend, digest) in digests {
        guard let place = DigestPlace(trend, on: day) else { continue }
        try Self.insert(digest, at: place, db)
      }
      try Self.insert(
        exposure.encoded, wide: 0,
        at: DigestPlace(day: day, kind: DigestPlace.exposureKind, key: []), db)
      // What was stored or taken away since the reports were read is not in it.
      let isWhole = try !origins.isLate && BatchOrigins.mark(day, db) == origins.mark
      try db.execute(
        sql: "INSERT OR REPLACE INTO digested VALUES (?, ?, ?)",
        arguments: [day.rawValue, isWhole ? wholeState : 0, Int64(clamping: fewestNetworks)])
    }
  }

  private static func insert(
    _ digest: DayDigest, at place: DigestPlace, _ db: Database
  ) throws {
    try insert(digest.encoded, wide: digest.wideReports, at: place, db)
  }

  private static func insert(
    _ body: [UInt8], wide: UInt64, at place: DigestPlace, _ db: Database
  ) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?, ?)",
      arguments: [
        place.day, place.kind, Data(place.key), Int64(clamping: wide),
        Sealed.seal(body, under: place.seal),
      ])
  }

  /// Notes that digests of a day do not hold all of it any more.
  static func outdate(_ day: Day, _ db: Database) throws {
    try db.cachedStatement(sql: "UPDATE digested SET state=0 WHERE day=? AND state > 0").execute(
      arguments: [day.rawValue])
  }

  /// Reads a day's single reports, source by source, by a connection of its own: none waits for it.
  private func readDay(
    _ day: Day, _ origins: BatchOrigins, _ key: SampleKey, _ fewest: UInt64
  ) async throws(StoreError) -> (digests: [TrendKey: DayDigest], exposure: DayExposure) {
    do {
      guard days.exists(day) else {
        throw StoreError.rejected(because: "there are no single reports of \(day)")
      }
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(5)
      let file = try DatabaseQueue(path: days.path(day), configuration: configuration)
      defer { try? file.close() }
      return try await file.read { try origins.digests(of: day, $0, key, fewest) }
    } catch { throw StoreError(mapping: error) }
  }

  /// What chooses the sources that digests keep.
  private func sampleKey() async throws(StoreError) -> SampleKey {
    if let key = options.sampleKey { return key }
    let bytes = try await secret("digests", bytes: 16)
    func half(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
    return SampleKey(high: half(bytes[..<8]), low: half(bytes[8...]))
  }

  /// A secret of this store's own: made by chance when it is first asked for, the same ever after.
  ///
  /// - Parameters:
  ///   - name: what it is for.
  ///   - bytes: its length.
  /// - Returns: the secret.
  /// - Throws: `StoreError`, `.rejected` where it has another length.
  public func secret(_ name: String, bytes: Int) async throws(StoreError) -> [UInt8] {
    let kept = try await read { try Self.secret(name, $0) }
    var found = kept
    if found == nil {
      found = try await write { db in
        if let kept = try Self.secret(name, db) { return kept }
        var chance = SystemRandomNumberGenerator()
        let made = (0..<max(0, bytes)).map { _ in UInt8.random(in: .min ... .max, using: &chance) }
        try db.execute(
          sql: "INSERT INTO secret VALUES (?, ?)",
          arguments: [name, Sealed.seal(made, under: Self.seal(name))])
        return made
      }
    }
    guard let found, found.count == bytes else {
      throw .rejected(because: "the secret for \(name) has another length")
    }
    return found
  }

  private static func secret(_ name: String, _ db: Database) throws -> [UInt8]? {
    let data = try Data.fetchOne(
      db, sql: "SELECT value FROM secret WHERE name=?", arguments: [name])
    return try data.map { try Sealed.open($0, under: seal(name)) }
  }

  private static func seal(_ name: String) -> UInt64 {
    name.utf8.reduce(0x7365_6372) { Mixing.mix($0 ^ UInt64($1)) }
  }

  // MARK: questions

  /// The digests of everything, a service or a verdict, in order of day.
  public func digests(
    _ key: TrendKey, in days: ClosedRange<Day>
  ) async throws(StoreError) -> [DayDigest] {
    try await read { db in
      try Self.daysWithDigests(days, db).compactMap { day in
        guard let place = DigestPlace(key, on: day) else { return nil }
        return try Self.body(at: place, db).map { try DayDigest(encoded: $0) }
      }
    }
  }

  /// What was watched on the days that digests were made of, in order of day.
  public func exposures(in days: ClosedRange<Day>) async throws(StoreError) -> [DayExposure] {
    try await read { db in
      try Self.daysWithDigests(days, db).compactMap { day in
        let place = DigestPlace(day: day, kind: DigestPlace.exposureKind, key: [])
        return try Self.body(at: place, db).map { try DayExposure(encoded: $0) }
      }
    }
  }

  /// The days whose digests hold all that is stored of them and were made with as many networks, in order.
  public func digestedDays(
    in days: ClosedRange<Day>, fewestNetworks: UInt64
  ) async throws(StoreError) -> [Day] {
    try await read { db in
      try Int.fetchAll(
        db,
        sql: "SELECT day FROM digested WHERE day >= ? AND day <= ? AND state=? AND fewest=? "
          + "ORDER BY day",
        arguments: [
          days.lowerBound.rawValue, days.upperBound.rawValue, wholeState,
          Int64(clamping: fewestNetworks),
        ]
      ).map(Day.init(rawValue:))
    }
  }

  private static func daysWithDigests(
    _ days: ClosedRange<Day>, _ db: Database
  ) throws -> [Day] {
    try Int.fetchAll(
      db, sql: "SELECT day FROM digested WHERE day >= ? AND day <= ? ORDER BY day",
      arguments: [days.lowerBound.rawValue, days.upperBound.rawValue]
    ).map(Day.init(rawValue:))
  }

  private static func body(at place: DigestPlace, _ db: Database) throws -> [UInt8]? {
    let select = try db.cachedStatement(
      sql: "SELECT body FROM digest WHERE day=? AND kind=? AND key=?")
    return try Data.fetchOne(select, arguments: [place.day, place.kind, Data(place.key)]).map {
      try Sealed.open($0, under: place.seal)
    }
  }

  // MARK: upkeep

  /// Removes the digests of the days before one.
  static func forgetDigests(before day: Day, _ db: Database) throws {
    for table in ["digest", "digested"] {
      try db.execute(sql: "DELETE FROM \(table) WHERE day < ?", arguments: [day.rawValue])
    }
  }

  /// Takes a source out of the digests of some days, and keeps those that are being made from counting as
  /// whole.
  func eraseFromDigests(_ source: Address, _ days: ClosedRange<Day>, _ db: Database) throws {
    for day in days {
      try db.execute(
        sql: """
          INSERT INTO digested VALUES (?, 0, 0)
            ON CONFLICT(day) DO UPDATE SET state = min(0, state - 1)
          """, arguments: [day.rawValue])
    }
    let known = try Self.secret("digests", db).flatMap { bytes -> SampleKey? in
      guard bytes.count == 16 else { return nil }
      let words = [bytes[..<8], bytes[8...]].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
      return SampleKey(high: words[0], low: words[1])
    }
    guard let key = options.sampleKey ?? known else { return }
    let number = key.hash(source)
    for day in try Self.daysWithDigests(days, db) {
      let rows = try Row.fetchAll(
        db, sql: "SELECT kind, key, body FROM digest WHERE day=? AND kind!=?",
        arguments: [day.rawValue, DigestPlace.exposureKind])
      for row in rows {
        let blob: Data = try row.decode(atIndex: 1)
        let place = DigestPlace(day: day, kind: try row.decode(atIndex: 0), key: [UInt8](blob))
        var digest = try DayDigest(
          encoded: Sealed.open(try row.decode(atIndex: 2), under: place.seal))
        if digest.forget(number) { try Self.insert(digest, at: place, db) }
      }
    }
  }

  /// Each digest by its checksum and against the day that it stands under.
  static func digestProblems(_ db: Database) throws -> [String] {
    var problems: [String] = []
    let rows = try Row.fetchCursor(db, sql: "SELECT day, kind, key, body, wide FROM digest")
    while let row = try rows.next() {
      let (day, blob): (Int, Data) = (try row.decode(atIndex: 0), try row.decode(atIndex: 2))
      let place = DigestPlace(
        day: Day(rawValue: day), kind: try row.decode(atIndex: 1), key: [UInt8](blob))
      let body = try Sealed.open(try row.decode(atIndex: 3), under: place.seal)
      let (told, wide): (Day, UInt64)
      if place.kind == DigestPlace.exposureKind {
        (told, wide) = (try DayExposure(encoded: body).day, 0)
      } else {
        let digest = try DayDigest(encoded: body)
        (told, wide) = (digest.day, digest.wideReports)
      }
      if told.rawValue != day { problems.append("a digest stands under another day") }
      if try row.decode(Int64.self, atIndex: 4) != Int64(clamping: wide) {
        problems.append("a digest's number of reports is not what was written")
      }
    }
    for name in try String.fetchAll(db, sql: "SELECT name FROM secret") {
      _ = try secret(name, db)
    }
    return problems
  }
}

/// Where the batches of a day came from.
private struct BatchOrigins: Sendable {
  /// The number of batches with reports of the day, what is told of the number of these, and the day's
  /// state while it is not whole: one of them changes with whatever is stored, taken back or erased.
  var mark: [Int64]
  /// Whether reports of the day may not be listed by source yet.
  var isLate: Bool
  private var networks: [BatchID: Prefix] = [:]
  /// Addresses that sensors watch, where it is stated.
  private var watched: [SensorID: UInt64] = [:]
  /// Addresses of which nothing that is reported of the day may be published.
  private let keptBack: Set<Address>

  static func mark(_ day: Day, _ db: Database) throws -> [Int64] {
    let row = try Row.fetchOne(
      db,
      sql: "SELECT COUNT(*), SUM(reports) FROM batch WHERE first_day <= ? AND last_day >= ?",
      arguments: [day.rawValue, day.rawValue])
    let (batches, reports): (Int64?, Int64?) = (row?[0], row?[1])
    let state = try Int64.fetchOne(
      db, sql: "SELECT min(state, 0) FROM digested WHERE day=?", arguments: [day.rawValue])
    return [batches ?? 0, reports ?? 0, state ?? 1]
  }

  init(_ day: Day, _ db: Database) throws {
    mark = try BatchOrigins.mark(day, db)
    keptBack = Set(
      try SQLiteStore.canaries(db).filter { $0.keepsBack(day) }.map(\.address))
    isLate =
      try Bool.fetchOne(
        db,
        sql: """
          SELECT 1 FROM late JOIN batch USING (sensor, seq) WHERE first_day <= ? AND last_day >= ?
          """, arguments: [day.rawValue, day.rawValue]) ?? false
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT sensor, seq, network, length FROM batch
          WHERE first_day <= ? AND last_day >= ? AND reports != 0
        """, arguments: [day.rawValue, day.rawValue])
    while let row = try rows.next() {
      guard let sensor = SensorID(rawValue: try row.decode(atIndex: 0)),
        let network = Prefix(
          try Address(blob: try row.decode(atIndex: 2)), length: try row.decode(atIndex: 3))
      else { throw StoreError.damaged(because: "the row of a batch cannot be read") }
      networks[BatchID(sensor: sensor, sequence: try row.decode(atIndex: 1))] = network
    }
    let sensors = try Row.fetchCursor(
      db, sql: "SELECT id, watched FROM sensor WHERE watched IS NOT NULL")
    while let row = try sensors.next() {
      guard let sensor = SensorID(rawValue: try row.decode(atIndex: 0)) else { continue }
      watched[sensor] = UInt64(clamping: try row.decode(Int64.self, atIndex: 1))
    }
  }

  /// Goes through a day's file in order of source.
  func digests(
    of day: Day, _ raw: Database, _ key: SampleKey, _ fewest: UInt64
  ) throws -> (digests: [TrendKey: DayDigest], exposure: DayExposure) {
    var maker = DayDigestMaker(day: day, key: key, fewestNetworks: fewest)
    var sensorsOfNetwork: [Prefix: Set<SensorID>] = [:]
    var source: Address?
    var sightings: [SourceSighting] = []
    let rows = try Row.fetchCursor(
      raw,
      sql: """
        SELECT sensor, seq, idx, body FROM place CROSS JOIN report USING (id) ORDER BY place.src
        """)
    while let row = try rows.next() {
      let stored = try StoredReport(row: row)
      let id = stored.cursor.batch
      // Rows without a listed batch are what a crash left, or what was taken back.
      guard let network = networks[id] else { continue }
      sensorsOfNetwork[network, default: []].insert(id.sensor)
      guard !keptBack.contains(stored.report.subject) else { continue }
      if let source, source != stored.report.subject {
        maker.add(source, sightings)
        sightings = []
      }
      source = stored.report.subject
      sightings.append(SourceSighting(stored.report, network: network))
    }
    if let source { maker.add(source, sightings) }
    let exposure = sensorsOfNetwork.map { network, sensors in
      let stated = sensors.compactMap { watched[$0] }
      return DayExposure.Network(
        network: network,
        watched: stated.count == sensors.count
          ? stated.reduce(0) { $0.addingReportingOverflow($1).partialValue } : nil)
    }
    return (maker.digests(), DayExposure(day: day, networks: exposure))
  }
}

import Foundation
import GRDB
public import Observations
public import Pool

extension SQLiteStore: IncidentStore {
  /// Notes reports about sources on their incidents, each of which is made if there is none.
  public func report(
    _ notes: [IncidentNote], at now: Timestamp
  ) async throws(StoreError) -> [RecordResult] {
    for note in notes {
      guard case .reported = note.event else {
        throw .rejected(because: "only reports make an incident")
      }
    }
    return try await write { db in
      try notes.map { note in
        if let held = try Self.incident("src=?", [note.subject.blob], db) {
          return try Self.record(note.event, on: held, at: now, db)
        }
        let next = (try Int64.fetchOne(db, sql: "SELECT MAX(id) FROM incident") ?? 0) + 1
        let new = Incident(id: IncidentID(rawValue: next), subject: note.subject, opened: now)
        return try Self.record(note.event, on: new, at: now, db)
      }
    }
  }

  /// Lets something happen to an incident and writes it into the journal.
  public func record(
    _ event: IncidentEvent, on id: IncidentID, at now: Timestamp, ifRevision revision: Int?
  ) async throws(StoreError) -> RecordResult {
    try await write { db in
      guard let held = try Self.incident("id=?", [id.rawValue], db) else { return .unknown }
      if let revision, revision != held.revision { return .refused(.changedMeanwhile) }
      return try Self.record(event, on: held, at: now, db)
    }
  }

  private static func record(
    _ event: IncidentEvent, on held: Incident, at now: Timestamp, _ db: Database
  ) throws -> RecordResult {
    let next: Incident
    do { next = try held.after(event, at: now) } catch { return .refused(error) }
    try put(next, db)
    try put(event, next.revision, of: next.id, at: now, db)
    return .recorded(next)
  }

  private static func put(_ incident: Incident, _ db: Database) throws {
    let id = incident.id.rawValue
    try db.execute(
      sql: "INSERT OR REPLACE INTO incident VALUES (?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        id, incident.subject.blob, incident.opened.nanoseconds, incident.state.rawValue,
        incident.lastReported.wholeSeconds,
        Sealed.seal(incident.snapshot, under: UInt64(bitPattern: id)), incident.cause != nil,
      ])
  }

  private static func put(
    _ event: IncidentEvent, _ revision: Int, of id: IncidentID, at: Timestamp, _ db: Database
  ) throws {
    try db.execute(
      sql: "INSERT INTO journal VALUES (?, ?, ?, ?)",
      arguments: [
        id.rawValue, revision, at.nanoseconds,
        Sealed.seal(event.encoded, under: journalKey(id, revision)),
      ])
  }

  /// An incident of another store, with its journal.
  static func insert(
    _ incident: Incident, _ journal: [(event: IncidentEvent, at: Timestamp)], _ db: Database
  ) throws {
    try put(incident, db)
    for (index, line) in journal.enumerated() {
      try put(line.event, index + 1, of: incident.id, at: line.at, db)
    }
  }

  private static func journalKey(_ id: IncidentID, _ revision: Int) -> UInt64 {
    Mixing.mix(UInt64(bitPattern: id.rawValue) << 24 ^ UInt64(truncatingIfNeeded: revision))
  }

  private static func incident(
    _ condition: String, _ arguments: StatementArguments, _ db: Database
  ) throws -> Incident? {
    try Row.fetchOne(
      db, sql: "SELECT id, src, snapshot FROM incident WHERE " + condition, arguments: arguments
    ).map { try incident($0) }
  }

  private static func incident(_ row: Row) throws -> Incident {
    let id: Int64 = try row.decode(atIndex: 0)
    return try Incident(
      id: IncidentID(rawValue: id), subject: Address(blob: try row.decode(atIndex: 1)),
      snapshot: Sealed.open(try row.decode(atIndex: 2), under: UInt64(bitPattern: id)))
  }

  /// An incident; nil where there is none.
  public func incident(_ id: IncidentID) async throws(StoreError) -> Incident? {
    try await read { try Self.incident("id=?", [id.rawValue], $0) }
  }

  /// The incident of a source; nil where there is none.
  public func incident(subject: Address) async throws(StoreError) -> Incident? {
    try await read { try Self.incident("src=?", [subject.blob], $0) }
  }

  /// Incidents in order of number, falling.
  public func incidents(
    _ filter: IncidentFilter, limit: Int, before: IncidentID?
  ) async throws(StoreError) -> [Incident] {
    try await read { db in
      var conditions = ["1"]
      var arguments: StatementArguments = []
      if !filter.states.isEmpty {
        let states = filter.states.map(\.rawValue).sorted()
        conditions.append("state IN (\(states.map { _ in "?" }.joined(separator: ", ")))")
        arguments += StatementArguments(states)
      }
      if let prefix = filter.prefix {
        conditions.append("src >= ? AND src <= ?")
        arguments += [prefix.base.blob, prefix.lastAddress.blob]
        if !prefix.base.isIPv4 {
          conditions.append("substr(src, 1, 12) != x'00000000000000000000ffff'")
        }
      }
      if let since = filter.reportedSince {
        conditions.append("last >= ?")
        arguments += [since.wholeSeconds]
      }
      if let before {
        conditions.append("id < ?")
        arguments += [before.rawValue]
      }
      arguments += [min(max(0, limit), PoolLimits.pageSize)]
      return try Row.fetchAll(
        db,
        sql: "SELECT id, src, snapshot FROM incident WHERE "
          + conditions.joined(separator: " AND ") + " ORDER BY id DESC LIMIT ?",
        arguments: arguments
      ).map { try Self.incident($0) }
    }
  }

  /// An incident's journal in order.
  public func journal(_ id: IncidentID) async throws(StoreError) -> [JournalEntry] {
    try await read { db in
      try Self.journal(id, db)
    }
  }

  static func journal(_ id: IncidentID, _ db: Database) throws -> [JournalEntry] {
    try Row.fetchAll(
      db, sql: "SELECT revision, at, event FROM journal WHERE incident=? ORDER BY revision",
      arguments: [id.rawValue]
    ).map { row in
      let revision: Int = try row.decode(atIndex: 0)
      return JournalEntry(
        incident: id, revision: revision, at: Timestamp(nanoseconds: try row.decode(atIndex: 1)),
        event: try IncidentEvent(
          encoded: Sealed.open(try row.decode(atIndex: 2), under: journalKey(id, revision))))
    }
  }

  /// Every incident must be what its journal tells.
  static func incidentProblems(_ db: Database) throws -> [String] {
    var problems: [String] = []
    let rows = try Row.fetchCursor(db, sql: "SELECT id, src, snapshot FROM incident")
    while let row = try rows.next() {
      let held = try incident(row)
      let lines = try journal(held.id, db).map { (event: $0.event, at: $0.at) }
      let told = try? Incident(
        id: held.id, subject: held.subject, opened: held.opened, journal: lines)
      if told != held { problems.append("incident \(held.id) contradicts its journal") }
    }
    return problems
  }

  /// Incidents that something is due for by time, in order of number.
  public func due(
    at now: Timestamp, limit: Int, after: IncidentID?
  ) async throws(StoreError) -> [Incident] {
    try await read { db in
      let limit = min(max(0, limit), PoolLimits.pageSize)
      // Only what has been quiet for long, or was escalated, can be due.
      let quiet = now.wholeSeconds - IncidentRules.quietDays * 86_400
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT id, src, snapshot FROM incident WHERE id > ?
            AND (state = 'escalated' OR state IN ('open', 'acknowledged') AND last <= ?)
            ORDER BY id
          """, arguments: [after?.rawValue ?? 0, quiet])
      var result: [Incident] = []
      while result.count < limit, let row = try rows.next() {
        let incident = try Self.incident(row)
        if incident.due(at: now) != nil { result.append(incident) }
      }
      return result
    }
  }

  /// Every confirmed cause, with what had been stated.
  public func confirmedCauses() async throws(StoreError) -> [Incident.Cause] {
    try await read { db in
      var causes: [Incident.Cause] = []
      let rows = try Row.fetchCursor(
        db, sql: "SELECT id, src, snapshot FROM incident WHERE confirmed ORDER BY id")
      while let row = try rows.next() {
        if let cause = try Self.incident(row).cause { causes.append(cause) }
      }
      return causes
    }
  }
}

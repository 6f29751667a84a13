import Foundation
import GRDB
public import Observations
public import Pool

extension SQLiteStore {
  /// Keeps a token's digest until it is used or expires.
  public func issue(_ pending: PendingEnrolment) async throws(StoreError) {
    try await write { db in
      try db.execute(
        sql: "INSERT INTO token VALUES (?, ?, ?, ?, ?)",
        arguments: [
          Data(pending.digest.bytes), pending.name, pending.declaredNetwork?.description,
          pending.expires.wholeSeconds, pending.watched.map { Int64(clamping: $0) },
        ])
    }
  }

  /// Uses a token up and makes its bearer a sensor.
  public func enrol(
    _ token: EnrolmentToken, publicKey: [UInt8], at now: Timestamp
  ) async throws(StoreError) -> EnrolmentResult {
    guard publicKey.count == 32 else { return .refused }
    return try await write { db in
      let digest = Data(token.digest.bytes)
      try db.execute(
        sql: "DELETE FROM token WHERE expires < ?", arguments: [now.wholeSeconds])
      let row = try Row.fetchOne(
        db, sql: "SELECT name, network, watched FROM token WHERE digest=?", arguments: [digest])
      // A key that is known keeps its record, a suspension among it: no token washes it clean.
      guard let row, try Self.sensor(SensorID(publicKey: publicKey), db) == nil else {
        return .refused
      }
      let network: String? = try row.decode(atIndex: 1)
      let watched: Int64? = try row.decode(atIndex: 2)
      let record = SensorRecord(
        publicKey: publicKey, name: try row.decode(atIndex: 0),
        declaredNetwork: network.flatMap { Prefix($0) },
        watched: watched.map { UInt64(clamping: $0) },
        enrolled: Timestamp(seconds: now.wholeSeconds))
      try db.execute(sql: "DELETE FROM token WHERE digest=?", arguments: [digest])
      try Self.insert(record, db)
      return .enrolled(record)
    }
  }

  static func insert(_ record: SensorRecord, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO sensor VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        record.id.rawValue, Data(record.publicKey), record.name,
        record.declaredNetwork?.description, record.enrolled.wholeSeconds,
        record.suspension?.since.wholeSeconds, record.suspension?.because,
        record.watched.map { Int64(clamping: $0) },
      ])
  }

  private static func sensor(_ id: SensorID, _ db: Database) throws -> SensorRecord? {
    try Row.fetchOne(
      db, sql: "SELECT * FROM sensor WHERE id=?", arguments: [id.rawValue]
    ).map { try record($0) }
  }

  static func record(_ row: Row) throws -> SensorRecord {
    let (id, key, network): (Int64, Data, String?) = (
      try row.decode(atIndex: 0), try row.decode(atIndex: 1), try row.decode(atIndex: 3)
    )
    let since: Int64? = try row.decode(atIndex: 5)
    let because: String? = try row.decode(atIndex: 6)
    let watched: Int64? = try row.decode(atIndex: 7)
    let record = SensorRecord(
      publicKey: [UInt8](key), name: try row.decode(atIndex: 2),
      declaredNetwork: network.flatMap { Prefix($0) },
      watched: watched.map { UInt64(clamping: $0) },
      enrolled: Timestamp(seconds: try row.decode(atIndex: 4)),
      suspension: since.map {
        SensorRecord.Suspension(since: Timestamp(seconds: $0), because: because ?? "")
      })
    guard record.id.rawValue == id else {
      throw StoreError.damaged(because: "a sensor's key is not what was written")
    }
    return record
  }

  /// A sensor; nil where there is none.
  public func sensor(_ id: SensorID) async throws(StoreError) -> SensorRecord? {
    try await read { try Self.sensor(id, $0) }
  }

  /// All sensors, in order of identity.
  public func sensors() async throws(StoreError) -> [SensorRecord] {
    try await read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM sensor ORDER BY id").map { try Self.record($0) }
    }
  }

  /// Ends or restores the trust in a sensor.
  public func setSuspension(
    _ suspension: SensorRecord.Suspension?, of id: SensorID
  ) async throws(StoreError) -> Bool {
    try await write { db in
      try db.execute(
        sql: "UPDATE sensor SET suspended=?, because=? WHERE id=?",
        arguments: [suspension?.since.wholeSeconds, suspension?.because, id.rawValue])
      return db.changesCount > 0
    }
  }
}

import Foundation
import GRDB
import Observations
public import Pool

extension SQLiteStore: StaffStore {
  /// All operators, in order of name.
  public func operators() async throws(StoreError) -> [OperatorRecord] {
    try await read { db in
      try Row.fetchAll(db, sql: "SELECT name, password, since FROM operator ORDER BY name").map {
        OperatorRecord(name: $0[0], password: $0[1], since: Timestamp(seconds: $0[2]))
      }
    }
  }

  /// Adds an operator, or gives one of this name another password.
  public func put(_ record: OperatorRecord) async throws(StoreError) {
    try await write { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO operator VALUES (?, ?, ?)",
        arguments: [record.name, record.password, record.since.wholeSeconds])
    }
  }

  /// Takes an operator's right away; false where there is none of this name.
  public func removeOperator(named name: String) async throws(StoreError) -> Bool {
    try await write { db in
      try db.execute(sql: "DELETE FROM operator WHERE name=?", arguments: [name])
      return db.changesCount > 0
    }
  }

  /// All keys, in order of name, then digest.
  public func accessKeys() async throws(StoreError) -> [AccessKey] {
    try await read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT digest, name, scopes, made, expires FROM access_key ORDER BY name, digest"
      ).map { try AccessKey(row: $0) }
    }
  }

  /// A key by its digest, whether it is still good or not; nil where there is none.
  public func accessKey(_ digest: BatchDigest) async throws(StoreError) -> AccessKey? {
    try await read { db in
      try Row.fetchOne(
        db, sql: "SELECT digest, name, scopes, made, expires FROM access_key WHERE digest=?",
        arguments: [Data(digest.bytes)]
      ).map { try AccessKey(row: $0) }
    }
  }

  /// Keeps a key.
  public func put(_ key: AccessKey) async throws(StoreError) {
    try await write { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO access_key VALUES (?, ?, ?, ?, ?)",
        arguments: [
          Data(key.digest.bytes), key.name,
          key.scopes.sorted().map(\.rawValue).joined(separator: " "), key.made.wholeSeconds,
          key.expires.wholeSeconds,
        ])
    }
  }

  /// Takes a key's right away; false where there is none.
  public func removeAccessKey(_ digest: BatchDigest) async throws(StoreError) -> Bool {
    try await write { db in
      try db.execute(
        sql: "DELETE FROM access_key WHERE digest=?", arguments: [Data(digest.bytes)])
      return db.changesCount > 0
    }
  }

  /// Keeps a request; nil where too many wait already.
  public func file(_ request: CorrectionRequest) async throws(StoreError) -> CorrectionRequest? {
    try await write { db in
      let waiting = try Int.fetchOne(
        db, sql: "SELECT COUNT(*) FROM request WHERE settled IS NULL")
      guard waiting ?? 0 < CorrectionRequest.mostOpen else { return nil }
      try db.execute(
        sql: "INSERT INTO request(at, kind, src, text, contact) VALUES (?, ?, ?, ?, ?)",
        arguments: [
          request.at.wholeSeconds, request.kind.rawValue, request.subject.blob, request.text,
          request.contact,
        ])
      var kept = request
      kept.id = db.lastInsertedRowID
      return kept
    }
  }

  /// Requests in order of number, falling; those that wait only, if so wanted.
  public func requests(
    waitingOnly: Bool, limit: Int
  ) async throws(StoreError) -> [CorrectionRequest] {
    try await read { db in
      let condition = waitingOnly ? "WHERE settled IS NULL" : ""
      return try Row.fetchAll(
        db,
        sql: """
          SELECT id, at, kind, src, text, contact, settled, by, answer FROM request \(condition)
            ORDER BY id DESC LIMIT ?
          """, arguments: [min(max(0, limit), PoolLimits.pageSize)]
      ).map { try CorrectionRequest(row: $0) }
    }
  }

  /// Notes what was done about a request; false where there is none that waits by this number.
  public func settle(
    _ id: Int64, _ settlement: CorrectionRequest.Settlement
  ) async throws(StoreError) -> Bool {
    try await write { db in
      try db.execute(
        sql: "UPDATE request SET settled=?, by=?, answer=? WHERE id=? AND settled IS NULL",
        arguments: [settlement.at.wholeSeconds, settlement.by, settlement.answer, id])
      return db.changesCount > 0
    }
  }
}

extension AccessKey {
  fileprivate init(row: Row) throws {
    let (digest, scopes): (Data, String) = (try row.decode(atIndex: 0), try row.decode(atIndex: 2))
    guard let digest = BatchDigest(bytes: [UInt8](digest)) else {
      throw StoreError.damaged(because: "a key's digest is none")
    }
    self.init(
      digest: digest, name: try row.decode(atIndex: 1),
      scopes: Set(scopes.split(separator: " ").compactMap { AccessScope(rawValue: String($0)) }),
      made: Timestamp(seconds: try row.decode(atIndex: 3)),
      expires: Timestamp(seconds: try row.decode(atIndex: 4)))
  }
}

extension CorrectionRequest {
  fileprivate init(row: Row) throws {
    guard let kind = Kind(rawValue: try row.decode(atIndex: 2)) else {
      throw StoreError.damaged(because: "a request of no kind")
    }
    self.init(
      at: Timestamp(seconds: try row.decode(atIndex: 1)), kind: kind,
      subject: try Address(blob: try row.decode(atIndex: 3)),
      text: try row.decode(atIndex: 4), contact: try row.decode(atIndex: 5))
    id = try row.decode(atIndex: 0)
    if let settled: Int64 = try row.decode(atIndex: 6) {
      settlement = Settlement(
        by: try row.decode(atIndex: 7) ?? "", at: Timestamp(seconds: settled),
        answer: try row.decode(atIndex: 8) ?? "")
    }
  }
}

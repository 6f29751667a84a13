import Foundation
import GRDB
import Observations
import Pool

/// The layout of the files. Integers are signed; numbers without sign keep their bits. Tables are strict, so that
/// the check of a file's structure finds a column whose kind changed: a text that is no blob is not found by it.
enum Schema {
  /// What was added with each version, from the first on: older files are brought up to date, newer ones
  /// refused.
  private static let steps = [tables]

  private static let tables = """
    CREATE TABLE batch(sensor INTEGER, seq INTEGER, digest BLOB NOT NULL, reports INTEGER NOT NULL,
      network BLOB NOT NULL, length INTEGER NOT NULL, received INTEGER NOT NULL,
      first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, PRIMARY KEY(sensor, seq)) STRICT, WITHOUT ROWID;
    CREATE TABLE source(src BLOB PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL,
      reports INTEGER NOT NULL, networks INTEGER NOT NULL, firm INTEGER NOT NULL,
      days INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE source_day(day INTEGER, src BLOB, reports INTEGER NOT NULL,
      networks INTEGER NOT NULL, firm INTEGER NOT NULL, first INTEGER NOT NULL,
      last INTEGER NOT NULL, tally BLOB NOT NULL, PRIMARY KEY(day, src)) STRICT, WITHOUT ROWID;
    CREATE TABLE past(src BLOB PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL,
      body BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE past_until(id INTEGER PRIMARY KEY, day INTEGER NOT NULL, whole INTEGER NOT NULL) STRICT;
    CREATE TABLE trend(bucket INTEGER, start INTEGER, kind INTEGER, key BLOB,
      reports INTEGER NOT NULL, tally BLOB NOT NULL,
      PRIMARY KEY(bucket, start, kind, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE pattern(digest INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    CREATE TABLE pattern_band(band INTEGER, key INTEGER, digest INTEGER,
      PRIMARY KEY(band, key, digest)) STRICT, WITHOUT ROWID;
    CREATE TABLE pattern_day(day INTEGER, digest INTEGER, src BLOB, reports INTEGER NOT NULL,
      PRIMARY KEY(day, digest, src)) STRICT, WITHOUT ROWID;
    CREATE TABLE pattern_sum(digest INTEGER, day INTEGER, reports INTEGER NOT NULL,
      PRIMARY KEY(digest, day)) STRICT, WITHOUT ROWID;
    CREATE TABLE rank(day INTEGER, src BLOB, networks INTEGER NOT NULL, reports INTEGER NOT NULL,
      PRIMARY KEY(day, src)) STRICT, WITHOUT ROWID;
    CREATE TABLE rank_floor(day INTEGER PRIMARY KEY, networks INTEGER NOT NULL,
      reports INTEGER NOT NULL, held INTEGER NOT NULL, whole INTEGER NOT NULL) STRICT;
    CREATE TABLE raw_day(day INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE late(place INTEGER PRIMARY KEY, sensor INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT;
    CREATE TABLE late_writing(id INTEGER PRIMARY KEY, last INTEGER NOT NULL,
      stage INTEGER NOT NULL, done INTEGER NOT NULL) STRICT;
    CREATE TABLE late_band(digest INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE incident(id INTEGER PRIMARY KEY, src BLOB NOT NULL UNIQUE,
      opened INTEGER NOT NULL, state TEXT NOT NULL, last INTEGER NOT NULL,
      snapshot BLOB NOT NULL, confirmed INTEGER NOT NULL) STRICT;
    CREATE INDEX incident_state ON incident(state, id);
    CREATE INDEX incident_due ON incident(state, last);
    CREATE INDEX incident_confirmed ON incident(id) WHERE confirmed;
    CREATE TABLE journal(incident INTEGER, revision INTEGER, at INTEGER NOT NULL,
      event BLOB NOT NULL, PRIMARY KEY(incident, revision)) STRICT, WITHOUT ROWID;
    CREATE TABLE sensor(id INTEGER PRIMARY KEY, key BLOB NOT NULL, name TEXT NOT NULL,
      network TEXT, enrolled INTEGER NOT NULL, suspended INTEGER, because TEXT,
      watched INTEGER) STRICT;
    CREATE TABLE token(digest BLOB PRIMARY KEY, name TEXT NOT NULL, network TEXT,
      expires INTEGER NOT NULL, watched INTEGER) STRICT, WITHOUT ROWID;
    CREATE TABLE operator(name TEXT PRIMARY KEY, password TEXT NOT NULL, since INTEGER NOT NULL)
      STRICT, WITHOUT ROWID;
    CREATE TABLE access_key(digest BLOB PRIMARY KEY, name TEXT NOT NULL, scopes TEXT NOT NULL,
      made INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE request(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
      kind TEXT NOT NULL, src BLOB NOT NULL, text TEXT NOT NULL, contact TEXT NOT NULL,
      settled INTEGER, by TEXT, answer TEXT) STRICT;
    CREATE TABLE canary(src BLOB PRIMARY KEY, note TEXT NOT NULL, by TEXT NOT NULL,
      since INTEGER NOT NULL, withdrawn INTEGER) STRICT, WITHOUT ROWID;
    CREATE TABLE canary_hit(src BLOB, sensor INTEGER, seq INTEGER, at INTEGER NOT NULL,
      firm INTEGER NOT NULL, forgeable INTEGER NOT NULL, first INTEGER NOT NULL,
      last INTEGER NOT NULL, PRIMARY KEY(src, sensor, seq)) STRICT, WITHOUT ROWID;
    CREATE TABLE digest(day INTEGER, kind INTEGER, key BLOB, wide INTEGER NOT NULL, body BLOB NOT NULL,
      PRIMARY KEY(day, kind, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE digested(day INTEGER PRIMARY KEY, state INTEGER NOT NULL,
      fewest INTEGER NOT NULL) STRICT;
    CREATE TABLE secret(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE layout(digest BLOB NOT NULL) STRICT;
    """

  private static let daySteps = [
    """
    CREATE TABLE batch(first INTEGER PRIMARY KEY, n INTEGER NOT NULL, sensor INTEGER NOT NULL,
      seq INTEGER NOT NULL, UNIQUE(sensor, seq)) STRICT;
    CREATE TABLE report(id INTEGER PRIMARY KEY, time INTEGER NOT NULL, src BLOB NOT NULL,
      sensor INTEGER NOT NULL, seq INTEGER NOT NULL, idx INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
    CREATE TABLE place(src BLOB, time INTEGER, id INTEGER, PRIMARY KEY(src, time, id)) STRICT, WITHOUT ROWID;
    """
  ]

  static func migrate(_ db: Database) throws {
    // What an older program wrote must be whole before it is built upon.
    if try version(db) > 0, try version(db) < steps.count { try verifyDigest(db) }
    try lay(steps, in: db) {
      try db.execute(sql: "DELETE FROM layout")
      try db.execute(sql: "INSERT INTO layout VALUES (?)", arguments: [try digest(db)])
    }
  }

  static func migrateDay(_ db: Database) throws { try lay(daySteps, in: db) }

  private static func version(_ db: Database) throws -> Int {
    try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
  }

  /// Makes the tables that a file has not got yet, and refuses one of a newer program.
  private static func lay(
    _ steps: [String], in db: Database, then: () throws -> Void = {}
  ) throws {
    let found = try version(db)
    if found > steps.count {
      throw StoreError.rejected(because: "this store was made by a newer version of the program")
    }
    guard found >= 0, found < steps.count else { return }
    try db.inTransaction {
      for step in steps[found...] { try db.execute(sql: step) }
      try db.execute(sql: "PRAGMA user_version = \(steps.count)")
      try then()
      return .commit
    }
  }

  /// The statements that made the tables, as the file holds them, in one digest.
  private static func digest(_ db: Database) throws -> Data {
    let statements = try String.fetchAll(
      db, sql: "SELECT name || ' ' || sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    return Data(BatchDigest(of: Array(statements.joined(separator: "\n").utf8)).bytes)
  }

  static func verify(_ db: Database) throws {
    let found = try version(db)
    if found > steps.count {
      throw StoreError.rejected(because: "this store was made by a newer version of the program")
    }
    if found > 0, found < steps.count {
      throw StoreError.rejected(
        because: "this store was made by an older version of the program: open it for writing once")
    }
    try verifyDigest(db)
  }

  private static func verifyDigest(_ db: Database) throws {
    let kept = try Data.fetchAll(db, sql: "SELECT digest FROM layout")
    guard kept == [try digest(db)] else {
      throw StoreError.damaged(because: "the main file's layout is not what was written")
    }
  }
}

extension Address {
  /// 16 bytes in network order, so that blobs sort as addresses do.
  var blob: Data {
    var bytes = [UInt8](repeating: 0, count: 16)
    for i in 0..<8 {
      bytes[i] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * i))
      bytes[i + 8] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * i))
    }
    return Data(bytes)
  }

  init(blob: Data) throws {
    guard blob.count == 16 else {
      throw StoreError.damaged(because: "an address of \(blob.count) bytes")
    }
    let half = { (part: Data) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    self.init(high: half(blob.prefix(8)), low: half(blob.suffix(8)))
  }
}

extension Prefix {
  /// The block's last address.
  var lastAddress: Address {
    let bits = base.isIPv4 ? length + 96 : length
    let high: UInt64 = bits >= 64 ? 0 : UInt64.max >> UInt64(bits)
    let low: UInt64 = bits >= 128 ? 0 : bits <= 64 ? .max : UInt64.max >> UInt64(bits - 64)
    return Address(high: base.high | high, low: base.low | low)
  }
}

/// A stored value with a checksum over it and over the key it stands under, so that a changed bit is
/// found and no value answers for another.
enum Sealed {
  private static let bytes = 8

  static func seal(_ value: [UInt8], under key: UInt64) -> Data {
    Data(sealed(value, under: key))
  }

  static func sealed(_ value: [UInt8], under key: UInt64) -> [UInt8] {
    let sum = checksum(value.span, value.count, key)
    var sealed = value
    for place in 0..<bytes {
      sealed.append(UInt8(truncatingIfNeeded: sum >> UInt64(56 - 8 * place)))
    }
    return sealed
  }

  static func open(_ data: Data, under key: UInt64) throws -> [UInt8] {
    try open([UInt8](data), under: key)
  }

  static func open(_ sealed: consuming [UInt8], under key: UInt64) throws -> [UInt8] {
    let count = sealed.count - bytes
    guard count >= 0 else { throw StoreError.damaged(because: "a sum cut short") }
    let sum = sealed[count...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard checksum(sealed.span, count, key) == sum else {
      throw StoreError.damaged(because: "a sum is not what was written")
    }
    sealed.removeLast(bytes)
    return sealed
  }

  static func key(_ day: Int64, _ source: Address) -> UInt64 {
    Mixing.mix(Mixing.hash(source) ^ Mixing.mix(UInt64(bitPattern: day)))
  }

  /// Over the first bytes, eight at a time.
  private static func checksum(_ value: Span<UInt8>, _ count: Int, _ key: UInt64) -> UInt64 {
    var sum = Mixing.mix(key ^ UInt64(count))
    let words = count & ~7
    let raw = unsafe value.bytes
    for place in stride(from: 0, to: words, by: 8) {
      let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
      sum = Mixing.mix(sum ^ UInt64(bigEndian: word))
    }
    var word: UInt64 = 0
    for place in words..<count { word = word << 8 | UInt64(value[place]) }
    return Mixing.mix(sum ^ word ^ UInt64(count - words) << 56)
  }
}

import GRDB
import GRDBSQLite
import Observations
import Pool

/// A prepared statement that is run for one row after another.
///
/// Values are bound straight to it: the arrays of values that GRDB takes cost more than what the
/// database does with them. It is good for as long as its connection, within one call of the store.
@safe struct Prepared {
  /// Kept, since the handle is good only as long as it.
  private let statement: Statement
  private let handle: OpaquePointer
  private let connection: OpaquePointer?

  /// A statement of the connection's cache.
  init(_ db: Database, _ sql: String) throws {
    statement = try db.cachedStatement(sql: sql)
    unsafe handle = statement.sqliteStatement
    unsafe connection = db.sqliteConnection
    unsafe sqlite3_reset(handle)
  }

  /// Binds a number, places counted from 1.
  func bind(_ place: Int32, _ value: Int64) { unsafe sqlite3_bind_int64(handle, place, value) }
  /// Binds a number.
  func bind(_ place: Int32, _ value: Int) { bind(place, Int64(value)) }
  /// Binds a number, at most the largest that a column holds.
  func bind(_ place: Int32, clamping value: UInt64) { bind(place, Int64(clamping: value)) }

  /// Binds bytes, which are copied.
  func bind(_ place: Int32, _ bytes: some Collection<UInt8>) throws {
    let code = bytes.withContiguousStorageIfAvailable {
      unsafe Prepared.bind(handle, place, UnsafeRawBufferPointer($0))
    }
    if let code { return try check(code) }
    try bind(place, Array(bytes))
  }

  /// Binds an address: 16 bytes in network order, as `Address.blob`.
  func bind(_ place: Int32, _ address: Address) throws {
    let halves = (address.high.bigEndian, address.low.bigEndian)
    try check(
      unsafe withUnsafeBytes(of: halves) { unsafe Prepared.bind(handle, place, $0) })
  }

  private static func bind(
    _ handle: OpaquePointer, _ place: Int32, _ bytes: UnsafeRawBufferPointer
  ) -> Int32 {
    // Bytes of none would be NULL.
    guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else {
      return unsafe sqlite3_bind_zeroblob(handle, place, 0)
    }
    let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    return unsafe sqlite3_bind_blob(handle, place, start, Int32(bytes.count), copied)
  }

  /// Runs it to its end; rows that it gives are passed over.
  func run() throws {
    while try step() {}
    unsafe sqlite3_reset(handle)
  }

  /// The next row; false, and ready for other values, where there is none.
  func step() throws -> Bool {
    let code = unsafe sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE {
      unsafe sqlite3_reset(handle)
      return false
    }
    let error = failure(code)
    unsafe sqlite3_reset(handle)
    throw error
  }

  /// Ends the reading of rows early.
  func reset() { unsafe sqlite3_reset(handle) }

  /// A column of the row, counted from 0.
  func number(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

  /// A column of the row as bytes.
  func bytes(_ column: Int32) -> [UInt8] {
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    guard count > 0, let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
    return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }

  /// A column of the row as an address.
  func address(_ column: Int32) throws -> Address {
    let count = unsafe sqlite3_column_bytes(handle, column)
    guard count == 16, let start = unsafe sqlite3_column_blob(handle, column) else {
      throw StoreError.damaged(because: "an address of \(count) bytes")
    }
    return unsafe Address(
      high: UInt64(bigEndian: start.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }

  private func check(_ code: Int32) throws {
    if code != SQLITE_OK { throw failure(code) }
  }

  private func failure(_ code: Int32) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: code),
      message: unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) })
  }
}

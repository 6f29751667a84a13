internal import Foundation
internal import GRDB
internal import Observations
// Where a pool's data is kept. `SQLiteStore` is the default: one folder, no server.
//
//   main.sqlite          batches, sums, patterns, incidents, sensors
//   raw-YYYYMMDD.sqlite  the single reports of one day of UTC; forgotten by deleting the file
//   lock                 held by the one process that writes
//
// A batch is written to the raw files first and to the main file last, each in one transaction that
// reaches the disk before the next begins. The row in the main file makes the batch count; raw rows
// without it are what a crash left behind, and are removed when the store is opened.
public import Pool
internal import Synchronization

/// How a store is opened.
public struct SQLiteOptions: Hashable, Sendable {
  /// How much is checked before anything is answered.
  public enum Check: Hashable, Sendable {
    /// Layout, list of days and the structure of the main file and the latest day.
    case quick
    /// Everything that `SQLiteStore.check` looks at.
    case complete
  }

  /// Whether nothing is written: several processes may read while one writes.
  public var readOnly = false
  /// What is checked.
  public var check = Check.quick
  /// The most bytes that each file may grow to; nil for no bound.
  public var mostBytesOfFile: Int?
  /// What chooses the sources that digests keep; nil for a secret of the store's own, made by chance when
  /// it is first needed.
  public var sampleKey: SampleKey?
  /// Connections that read the main file at the same time.
  public var readers = 4
  /// Sources with sums of fewer past days are looked up day by day: see `SQLiteStore.arrange`.
  public var fewestPastDays = 4
  /// When sums are written late.
  public var lateSums = LateSums()

  /// While very many reports come in, their sums wait, so that many can be added at once: what was
  /// acknowledged is safe, and is seen up to a minute later.
  public struct LateSums: Hashable, Sendable {
    /// Sums wait while more reports than this came in the last ten to twenty seconds; nil for never.
    public var above: Int? = 50_000
    /// So many reports at most are gathered before their sums are written.
    public var most = 300_000
    /// So many seconds at most they are gathered.
    public var seconds = 20
    /// So many reports' sums are written in one transaction, about.
    public var piece = 4_096

    /// Late under load only.
    public init() {}
  }

  /// Reading and writing, with a quick check.
  public init() {}
}

/// A pool's data in a folder of SQLite files.
public final class SQLiteStore: Sendable {
  /// The folder.
  public let folder: String
  let options: SQLiteOptions
  let main: DatabasePool
  let days: DayFiles
  let queue = AppendQueue()
  let upkeep = UpkeepLine()
  let late = Mutex(LateSums())
  /// Held while this store is open for writing.
  let lock: FolderLock?

  /// Opens a store, or makes one where the folder is missing or empty.
  ///
  /// - Parameters:
  ///   - folder: where its files are.
  ///   - options: how it is opened.
  /// - Throws: `StoreError` where the folder cannot be used or what it holds is damaged.
  public init(folder: String, options: SQLiteOptions = SQLiteOptions()) throws(StoreError) {
    self.folder = folder
    self.options = options
    do {
      if !options.readOnly {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true,
          attributes: [.posixPermissions: 0o700])
      }
      lock = options.readOnly ? nil : try FolderLock(folder: folder)
      days = DayFiles(folder: folder, options: options)
      let path = folder + "/main.sqlite"
      try JournalCheck.verify(
        [path] + days.paths(), lock: options.readOnly ? folder + "/lock" : nil)
      main = try SQLiteFile.openPool(path: path, options: options)
      try prepare()
    } catch { throw StoreError(mapping: error) }
  }

  /// What must hold before anything is asked: the layout, its digest, no leftovers of a crash.
  private func prepare() throws {
    if options.readOnly {
      try main.read { try Schema.verify($0) }
    } else {
      try main.writeWithoutTransaction { db in
        try Schema.migrate(db)
        try Schema.verify(db)
      }
    }
    try verifyDays()
    if !options.readOnly {
      try main.writeWithoutTransaction { db in
        try removeLeftovers(db)
        try recoverLate(db)
      }
    }
    let problems = try problems(complete: options.check == .complete)
    if let first = problems.first {
      throw StoreError.damaged(
        because: problems.count == 1 ? first : "\(first), and \(problems.count - 1) more")
    }
    if !options.readOnly { try endRetractions() }
  }

  /// Reads from the main file as it is at one moment.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    do { return try await main.read(body) } catch { throw StoreError(mapping: error) }
  }

  /// Writes to the main file in one transaction.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    do { return try await main.write(body) } catch { throw StoreError(mapping: error) }
  }

  /// Works on the main file's one writing connection, with transactions of one's own.
  func work<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    do { return try await main.writeWithoutTransaction(body) } catch {
      throw StoreError(mapping: error)
    }
  }
}

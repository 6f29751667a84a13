import Foundation
import GRDB
import Glibc
import Observations
import Pool
import Synchronization

/// How every file is opened.
enum SQLiteFile {
  static func configuration(_ options: SQLiteOptions) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = options.readOnly
    configuration.maximumReaderCount = max(1, options.readers)
    configuration.busyMode = .timeout(5)
    configuration.journalMode = .wal
    configuration.prepareDatabase { db in
      // An answer to a sensor is a promise: what was committed has reached the disk.
      try db.execute(sql: "PRAGMA synchronous = FULL")
      try db.execute(sql: "PRAGMA cell_size_check = ON")
      if let most = options.mostBytesOfFile {
        try db.execute(sql: "PRAGMA max_page_count = \(max(16, most / 4_096))")
      }
    }
    return configuration
  }

  static func openPool(path: String, options: SQLiteOptions) throws -> DatabasePool {
    let pool = try DatabasePool(path: path, configuration: configuration(options))
    if !options.readOnly {
      try pool.writeWithoutTransaction { db in
        // Setting up the journal lowers this.
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try hold(db, cacheMebibytes: 128, journalMebibytes: 64)
      }
    }
    return pool
  }

  /// Sums and the index of the present day are touched again and again. What the cache cannot hold of one
  /// transaction is written twice, and each page that the journal gathers is worked in once however
  /// often it changed.
  static func hold(_ db: Database, cacheMebibytes: Int, journalMebibytes: Int) throws {
    try db.execute(sql: "PRAGMA cache_size = -\(cacheMebibytes << 10)")
    try db.execute(sql: "PRAGMA wal_autocheckpoint = \(journalMebibytes << 8)")
  }
}

extension StoreError {
  /// What an error of the database, or of this store, means to whoever asked.
  init(mapping error: any Error) {
    if let error = error as? StoreError {
      self = error
      return
    }
    if let error = error as? BatchError {
      self = .damaged(because: "a stored value cannot be read (\(error))")
      return
    }
    if error is RowDecodingError {
      self = .damaged(because: "a column holds what was never written to it")
      return
    }
    guard let error = error as? DatabaseError else {
      self = .unavailable(because: "the folder cannot be used (\(error))", retryAfterSeconds: 60)
      return
    }
    let message = error.message ?? error.resultCode.description
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(because: message)
    case .SQLITE_FULL: self = .unavailable(because: "no room is left", retryAfterSeconds: 300)
    case .SQLITE_READONLY:
      self = .unavailable(because: "the store cannot be written to", retryAfterSeconds: 300)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self = .unavailable(because: "the store is busy", retryAfterSeconds: 5)
    case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_NOMEM:
      self = .unavailable(because: message, retryAfterSeconds: 60)
    default: self = .rejected(because: message)
    }
  }
}

/// The right to write to a folder, held by one process at a time and given up when it ends, however it
/// ends.
final class FolderLock: Sendable {
  private let descriptor: Mutex<Int32>

  init(folder: String) throws {
    let opened = unsafe open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    descriptor = Mutex(opened)
    guard opened >= 0 else {
      throw StoreError.unavailable(
        because: "the folder cannot be written to", retryAfterSeconds: 60)
    }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      throw StoreError.unavailable(
        because: "another process writes to this store", retryAfterSeconds: 5)
    }
  }

  /// Gives the right up.
  func release() {
    descriptor.withLock { held in
      // Said aloud: a process that is just being started may hold the descriptor for a moment longer.
      if held >= 0 {
        flock(held, LOCK_UN)
        close(held)
      }
      held = -1
    }
  }

  deinit { release() }
}

/// The files of single reports, opened when they are needed, few at a time.
final class DayFiles: Sendable {
  /// Days that are kept open: today's, yesterday's, and what is looked at.
  private static let mostOpen = 8

  private let folder: String
  private let options: SQLiteOptions
  /// Open files, the one used last at the end.
  private let open = Mutex<[(day: Day, file: DatabaseQueue)]>([])

  init(folder: String, options: SQLiteOptions) {
    self.folder = folder
    self.options = options
  }

  func path(_ day: Day) -> String {
    let digits = day.description.filter { $0 != "-" }
    return "\(folder)/raw-\(digits).sqlite"
  }

  func exists(_ day: Day) -> Bool { FileManager.default.fileExists(atPath: path(day)) }

  /// The days that have a file, in order of time.
  func all() throws -> [Day] {
    try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { name in
      guard name.hasPrefix("raw-"), name.hasSuffix(".sqlite") else { return nil }
      let digits = name.dropFirst(4).dropLast(7)
      guard digits.count == 8, let number = Int(digits),
        let time = Timestamp(
          "\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))"),
        number > 0
      else { return nil }
      return Day(time)
    }.sorted()
  }

  /// A day's file; nil where there is none and none is to be made.
  func file(_ day: Day, making: Bool) throws -> DatabaseQueue? {
    try open.withLock { open in
      if let place = open.firstIndex(where: { $0.day == day }) {
        let entry = open.remove(at: place)
        open.append(entry)
        return entry.file
      }
      guard making || exists(day) else { return nil }
      let file = try DatabaseQueue(
        path: path(day), configuration: SQLiteFile.configuration(options))
      if !options.readOnly {
        try file.writeWithoutTransaction { db in
          try db.execute(sql: "PRAGMA synchronous = FULL")
          try SQLiteFile.hold(db, cacheMebibytes: 24, journalMebibytes: 32)
          try Schema.migrateDay(db)
        }
      }
      // Only the days that reports come in of need their pages at hand.
      for entry in open.dropLast() {
        try entry.file.writeWithoutTransaction { try $0.execute(sql: "PRAGMA shrink_memory") }
      }
      open.append((day, file))
      if open.count > DayFiles.mostOpen { open.removeFirst() }
      return file
    }
  }

  /// A day's file through a connection of its own, which only reads; nil where there is none.
  func apart(_ day: Day) throws -> DatabaseQueue? {
    guard try file(day, making: false) != nil else { return nil }
    var reading = options
    reading.readOnly = true
    return try DatabaseQueue(
      path: path(day), configuration: SQLiteFile.configuration(reading))
  }

  /// Deletes a day's file.
  func remove(_ day: Day) throws {
    try open.withLock { open in
      open.removeAll { $0.day == day }
      for suffix in ["", "-wal", "-shm"]
      where FileManager.default.fileExists(
        atPath: path(day) + suffix)
      {
        try FileManager.default.removeItem(atPath: path(day) + suffix)
      }
    }
  }

  /// Closes what is open.
  func closeAll() throws {
    try open.withLock { open in
      for entry in open { try entry.file.close() }
      open = []
    }
  }
}

import Foundation
import Pool
import Testing

@testable import PoolClient

@Suite struct SpoolTests {
  private let key = SensorKey()

  @Test func whatIsPutInComesOutSigned() throws {
    let folder = try Folder()
    let spool = try Spool(folder: folder.path + "/spool")
    let reports = Made.reports(3)
    let outcome = try spool.add(reports, key: key)
    #expect(outcome.added.map(\.sequence) == [1] && outcome.givenUp.isEmpty)
    let again = try Spool(folder: folder.path + "/spool")
    let batch = try #require(try again.waiting().first)
    let bytes = try #require(try again.bytes(of: batch))
    let signed = try SignedBatch(bytes: bytes)
    #expect(try signed.verified(by: key.publicKey).reports == reports)
    try again.remove(batch)
    #expect(try again.waiting().isEmpty)
    #expect(try again.bytes(of: batch) == nil)
  }

  @Test func numbersAreNeverUsedTwice() throws {
    let folder = try Folder()
    var seen: [Int64] = []
    for _ in 0..<3 {
      let spool = try Spool(folder: folder.path)
      let outcome = try spool.add(Made.reports(1), key: key)
      seen += outcome.added.map(\.sequence)
      for batch in outcome.added { try spool.remove(batch) }
    }
    #expect(seen == [1, 2, 3])
  }

  @Test func manyReportsAreCutIntoBatches() throws {
    let folder = try Folder()
    let spool = try Spool(folder: folder.path)
    let outcome = try spool.add(Made.reports(2_100), key: key)
    #expect(outcome.added.count == 3)
    let counts = try outcome.added.map { batch in
      let bytes = try #require(try spool.bytes(of: batch))
      return try SignedBatch(bytes: bytes).verified(by: key.publicKey).reports.count
    }
    #expect(counts == [1_024, 1_024, 52])
  }

  @Test func whereItIsFullTheOldestMakeRoomAndAreNamed() throws {
    let folder = try Folder()
    let size = try Spool(folder: folder.path + "/a").add(Made.reports(1), key: key).added[0].bytes
    let spool = try Spool(folder: folder.path + "/b", mostBytes: 2 * size)
    for _ in 0..<2 { #expect(try spool.add(Made.reports(1), key: key).givenUp.isEmpty) }
    let outcome = try spool.add(Made.reports(1), key: key)
    #expect(outcome.givenUp.map(\.sequence) == [1])
    #expect(try spool.waiting().map(\.sequence) == [2, 3])
    #expect(throws: SensorError.self) { try spool.add(Made.reports(40), key: key) }
    #expect(try spool.waiting().map(\.sequence) == [2, 3], "nothing goes for what cannot fit")
  }

  @Test func leftoversOfACrashAreNoBatches() throws {
    let folder = try Folder()
    let spool = try Spool(folder: folder.path)
    _ = try spool.add(Made.reports(1), key: key)
    try Data([1, 2, 3]).write(to: URL(filePath: folder.path + "/0000000000000000009.batch.new"))
    try Data([1, 2, 3]).write(to: URL(filePath: folder.path + "/notes.txt"))
    #expect(try spool.waiting().map(\.sequence) == [1])
  }

  @Test func aDamagedCountStopsInsteadOfBeginningAnew() throws {
    let folder = try Folder()
    let spool = try Spool(folder: folder.path)
    try Data("many\n".utf8).write(to: URL(filePath: folder.path + "/sequence"))
    #expect(throws: SensorError.self) { try spool.add(Made.reports(1), key: key) }
  }
}

@Suite struct SensorFolderTests {
  @Test func theKeyIsKeptForItsOwnerOnly() throws {
    let folder = try Folder()
    let sensor = SensorFolder(path: folder.path + "/sensor/")
    #expect(throws: SensorError.noKey(folder: folder.path + "/sensor")) { try sensor.key() }
    let made = try sensor.makeKey()
    #expect(try sensor.key().publicKey == made.publicKey)
    #expect(throws: SensorError.keyExists(folder: folder.path + "/sensor")) {
      try sensor.makeKey()
    }
    let path = folder.path + "/sensor/key"
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(throws: SensorError.keyIsOpen(path: path)) { try sensor.key() }
  }

  @Test(arguments: ["", "culprit sensor key 1\n", "culprit sensor key 1\n00ff\n", "\u{0}\n\u{0}\n"])
  func whatIsNoKeyIsRefused(text: String) throws {
    let folder = try Folder()
    let path = folder.path + "/key"
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    #expect(throws: SensorError.badKey(path: path)) { try SensorFolder(path: folder.path).key() }
  }

  @Test func thePoolIsRemembered() throws {
    let folder = try Folder()
    let sensor = SensorFolder(path: folder.path)
    #expect(try sensor.pool() == nil)
    try sensor.setPool("https://pool.example")
    #expect(try sensor.pool() == "https://pool.example")
  }

  @Test(arguments: ["ftp://a", "pool.example", "http://", "http://user:word@a", "http://a/?b", ""])
  func whatIsNoPoolIsRefused(text: String) {
    #expect(throws: SensorError.badAddress(text)) { try PoolAddress(text) }
  }
}

import Foundation
import Glibc
import Observations
import Pool
import PoolStores
import Testing

/// A store whose journals were damaged says so, unless the damage is in the last transaction.
@Suite struct JournalTests {
  private static let made = MadeBatches(sources: 8, batches: 8, reports: 8)

  /// A store that was killed after so many batches, each acknowledged by itself.
  private func killed(batches: Int = made.batches) async throws -> Folder {
    let (folder, copy) = (try Folder(), try Folder())
    let store = try SQLiteStore(folder: folder.path)
    for submission in Self.made.submissions().prefix(batches) {
      _ = try await store.append([submission])
    }
    try duplicate(folder, to: copy)
    try await store.close()
    return copy
  }

  private func duplicate(_ folder: Folder, to other: Folder) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where name.contains(".sqlite") && !name.hasSuffix("-shm") {
      try FileManager.default.copyItem(
        atPath: "\(folder.path)/\(name)", toPath: "\(other.path)/\(name)")
    }
  }

  /// A copy in which some bytes of a file are others.
  private func copy(
    of folder: Folder, _ name: String, _ change: (inout [UInt8]) -> Void
  ) throws -> Folder {
    let other = try Folder()
    try duplicate(folder, to: other)
    var file = try Journal(folder, name).bytes
    change(&file)
    try Data(file).write(to: URL(fileURLWithPath: "\(other.path)/\(name)"))
    return other
  }

  /// How many of the batches are there; nil where the store says that it is damaged.
  private func opened(_ folder: Folder, readOnly: Bool = false) async throws -> Int? {
    var options = SQLiteOptions()
    options.readOnly = readOnly
    do {
      let store = try SQLiteStore(folder: folder.path, options: options)
      let seen = try await store.seen(Self.made.submissions().map(\.batch.id)).count
      if !readOnly { try await store.close() }
      return seen
    } catch {
      let told = "\(error)"
      guard told.contains("damaged") else { throw error }
      #expect(told.contains("-wal is damaged") && told.contains("copy the folder"), "\(told)")
      return nil
    }
  }

  private static let names = ["main.sqlite-wal", "raw-20260527.sqlite-wal"]

  @Test(arguments: names) func everyBitOfWhatFramesBeginWithCounts(_ name: String) async throws {
    let folder = try await killed(batches: 3)
    let journal = try Journal(folder, name)
    #expect(journal.ends.count > 3)
    let end = try #require(journal.ends.dropLast().last)
    // The header, the last frame of the last transaction but one, and one in the midst of others.
    let last = journal.place(of: end)
    let second = journal.place(of: 2)
    for place in Array(0..<32) + Array(last..<last + 24) + Array(second..<second + 24) {
      for bit in 0..<8 {
        let other = try copy(of: folder, name) { $0[place] ^= 1 << bit }
        #expect(try await opened(other) == nil, "bit \(bit) of byte \(place)")
      }
    }
  }

  @Test(arguments: names) func damageInEarlierTransactionsIsFound(_ name: String) async throws {
    let folder = try await killed()
    let journal = try Journal(folder, name)
    let safe = try #require(journal.lastTransaction)
    var chance = Chance(11)
    var kept = 0
    for _ in 0..<150 {
      let place = chance.below(journal.bytes.count)
      // A bit, or up to a sector that was written with something else.
      let count = chance.one(of: [1, 1, 40, 512])
      let change = UInt8(1 << chance.below(8))
      let other = try copy(of: folder, name) { file in
        for byte in place..<min(place + count, file.count) { file[byte] ^= change }
      }
      let seen = try await opened(other)
      // More than a bit may hide where the last transaction but one ends; then both look like one.
      let bound = count == 1 ? safe : safe - journal.frame
      if place + count <= bound {
        #expect(seen == nil, "\(count) bytes from \(place)")
      } else if let seen {
        let lost = place >= safe ? 1 : 2
        #expect(seen >= Self.made.batches - lost, "\(count) bytes from \(place)")
        kept += place >= safe ? 1 : 0
      }
    }
    #expect(kept > 0)
  }

  @Test func whatACrashLeavesIsNoDamage() async throws {
    let folder = try await killed()
    let name = Self.names[0]
    let journal = try Journal(folder, name)
    let safe = try #require(journal.lastTransaction)
    let size = journal.bytes.count
    var chance = Chance(12)
    for round in 0..<30 {
      let other = try copy(of: folder, name) { file in
        // Some sectors of the last transaction did not reach the disk, or the file's end did not.
        if round % 3 == 0 {
          file.removeSubrange((safe + chance.below(size - safe))...)
          return
        }
        for sector in (safe + 511) / 512..<size / 512 where chance.below(3) == 0 {
          for byte in sector * 512..<sector * 512 + 512 { file[byte] = 0 }
        }
      }
      let seen = try #require(try await opened(other))
      #expect(seen >= Self.made.batches - 1)
      // What was left behind is no damage either when the next batches overwrite a part of it.
      let store = try SQLiteStore(folder: other.path)
      let fresh = try Folder()
      _ = try await store.append(Self.made.submissions().suffix(1))
      try duplicate(other, to: fresh)
      try await store.close()
      #expect(try await opened(fresh) == Self.made.batches)
    }
  }

  /// Frames of transactions that were taken back are left behind those of later ones.
  @Test func whatWasTakenBackIsNoDamage() async throws {
    let folder = try await killed(batches: 4)
    let name = Self.names[0]
    let journal = try Journal(folder, name)
    let safe = try #require(journal.lastTransaction)
    for isEnded in [false, true] {
      let other = try copy(of: folder, name) { file in
        // The last transaction was torn, and what began in its place before was longer.
        let stale = journal.chained(Array(file[safe...]), isEnded: isEnded)
        for byte in safe..<safe + 24 { file[byte] = 7 }
        file += stale
      }
      #expect(try await opened(other) == 3)
    }
  }

  @Test func aGivenUpRestOpensAgain() async throws {
    let folder = try await killed()
    let name = Self.names[0]
    let journal = try Journal(folder, name)
    let middle = journal.ends[journal.ends.count / 2]
    let place = journal.place(of: middle + 1)
    let damaged = try copy(of: folder, name) { $0[place + 100] ^= 1 }
    var told = ""
    do { _ = try SQLiteStore(folder: damaged.path) } catch { told = "\(error)" }
    #expect(told.contains("frame \(middle + 1), byte \(place)"))
    #expect(told.contains("truncate -s \(place) \(name)"))
    let rest = try copy(of: damaged, name) { $0.removeSubrange(place...) }
    let seen = try #require(try await opened(rest))
    #expect(seen > 0 && seen < Self.made.batches)
    let store = try SQLiteStore(folder: rest.path)
    #expect(try await store.check().isEmpty)
  }

  @Test func readersSayItTooUnlessOneWrites() async throws {
    let folder = try await killed()
    #expect(try await opened(folder, readOnly: true) == Self.made.batches)
    let damaged = try copy(of: folder, Self.names[0]) { $0[60] ^= 1 }
    #expect(try await opened(damaged, readOnly: true) == nil)
    // A process that writes looked at its journals; what a reader sees of them is on the move.
    let lock = unsafe Glibc.open("\(damaged.path)/lock", O_RDWR | O_CREAT, 0o600)
    #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    await #expect(throws: StoreError.self) {
      do { _ = try await opened(damaged, readOnly: true) } catch {
        #expect(!"\(error)".contains("-wal is damaged"))
        throw error
      }
    }
    close(lock)
  }
}

/// A journal as it lies in a folder, taken apart.
struct Journal {
  var bytes: [UInt8]
  let frame = 24 + 4_096
  /// The numbers of the frames that end a transaction, from 1 on.
  var ends: [Int] = []

  init(_ folder: Folder, _ name: String) throws {
    bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)")))
    for number in 1...max(1, (bytes.count - 32) / frame) {
      let start = place(of: number) + 4
      if start + 4 <= bytes.count, bytes[start..<start + 4].contains(where: { $0 != 0 }) {
        ends.append(number)
      }
    }
  }

  /// Frames with sums that carry on from one to the next, of which at most the last ends a transaction.
  func chained(_ frames: [UInt8], isEnded: Bool) -> [UInt8] {
    var (frames, first, second) = (frames, UInt32(1), UInt32(2))
    for start in stride(from: 0, to: frames.count, by: frame) {
      let isLast = start + frame == frames.count
      for byte in start + 4..<start + 8 { frames[byte] = isEnded && isLast ? 1 : 0 }
      for place in Array(stride(from: start, to: start + 8, by: 8))
        + Array(stride(from: start + 24, to: start + frame, by: 8))
      {
        let words = frames[place..<place + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        first &+= UInt32(truncatingIfNeeded: words) &+ second
        second &+= UInt32(truncatingIfNeeded: words >> 32) &+ first
      }
      for (byte, shift) in stride(from: UInt64(56), through: 0, by: -8).enumerated() {
        let sum = UInt64(first) << 32 | UInt64(second)
        frames[start + 16 + byte] = UInt8(truncatingIfNeeded: sum >> shift)
      }
    }
    return frames
  }

  /// Where the last transaction begins; nil where there are not two.
  var lastTransaction: Int? { ends.dropLast().last.map { place(of: $0 + 1) } }

  func place(of number: Int) -> Int { 32 + (number - 1) * frame }
}

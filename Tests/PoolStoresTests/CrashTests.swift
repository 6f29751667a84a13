import Foundation
import Glibc
import Observations
import Pool
import PoolStores
import Testing

/// A process that is killed while it stores loses nothing that it acknowledged, and counts nothing twice.
@Suite struct CrashTests {
  private static let made = MadeBatches(sources: 60, batches: 12 * kills(), reports: 12)

  private static func kills() -> Int {
    ProcessInfo.processInfo.environment["CULPRIT_KILLS"].flatMap { Int($0) } ?? 20
  }

  /// With sums that are written at once, and late.
  @Test(arguments: [false, true])
  func whatWasAcknowledgedIsThereExactlyOnce(isLate: Bool) async throws {
    let folder = try Folder()
    let submissions = CrashTests.made.submissions()
    for kill in 0..<CrashTests.kills() {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = folder.path as String, kill = kill as Int, isLate = isLate as Bool] in
        try await CrashTests.storeUntilKilled(path, seed: kill, isLate: isLate)
      }
      let acknowledged = try CrashTests.acknowledged(folder.path, submissions)
      let store = try SQLiteStore(folder: folder.path + "/store")
      #expect(try await store.seen(Array(acknowledged)) == acknowledged, "after kill \(kill)")
      #expect(try await store.check().isEmpty, "after kill \(kill)")
      try await store.close()
    }
    let acknowledged = try CrashTests.acknowledged(folder.path, submissions)
    let store = try SQLiteStore(folder: folder.path + "/store")
    let seen = try await store.seen(submissions.map(\.batch.id))
    let results = try await store.append(submissions)
    for (submission, result) in zip(submissions, results) {
      let held = seen.contains(submission.batch.id)
      #expect(result == (held ? .duplicate : .stored(reports: CrashTests.made.reports)))
    }
    #expect(try await store.check().isEmpty)
    try await Conformance(makeStore: { store }, made: CrashTests.made).checkCounts(
      store, against: Truth(submissions))
    print(
      "MEASURED crashes\(isLate ? " with late sums" : ""): \(CrashTests.kills()) kills, \(acknowledged.count) of "
        + "\(submissions.count) batches acknowledged, \(seen.count) stored")
  }

  /// Stores batches in an order of chance, noting each that is acknowledged, until a moment of chance.
  private static func storeUntilKilled(
    _ folder: String, seed: Int, isLate: Bool
  ) async throws {
    var chance = Chance(UInt64(seed) &* 977)
    var options = SQLiteOptions()
    if isLate {
      options.lateSums.above = 0
      options.lateSums.most = 30
      options.lateSums.piece = 4
    }
    let store = try SQLiteStore(folder: folder + "/store", options: options)
    let notes = unsafe open(folder + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let submissions = made.submissions()
    // The moment is one of chance within an append or two, however fast the machine is.
    let before = chance.below(4)
    let part = 2 * chance.share()
    var (count, longest) = (0, ContinuousClock.Instant.Duration.milliseconds(5))
    while true {
      if count == before {
        let microseconds = UInt32(part * (longest / .microseconds(1)))
        Thread.detachNewThread {
          usleep(microseconds)
          kill(getpid(), SIGKILL)
        }
      }
      count += 1
      let some = (0...chance.below(3)).map { _ in chance.below(submissions.count) }
      let start = ContinuousClock.now
      let results = try await store.append(some.map { submissions[$0] })
      longest = max(longest, ContinuousClock.now - start)
      for (number, result) in zip(some, results) where result != .conflict {
        // One short write, so that no note is ever half written.
        var note = UInt16(number)
        unsafe write(notes, &note, 2)
      }
    }
  }

  private static func acknowledged(
    _ folder: String, _ submissions: [Submission]
  ) throws -> Set<BatchID> {
    let path = folder + "/acknowledged"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    return Set(
      stride(from: 0, to: bytes.count - 1, by: 2).map {
        submissions[Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8].batch.id
      })
  }
}

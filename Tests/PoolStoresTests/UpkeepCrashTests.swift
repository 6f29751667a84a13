import Foundation
import Glibc
import Observations
import Pool
import PoolStores
import Testing

/// A process that is killed while it recounts, takes back, arranges or forgets leaves a store that is whole, and
/// what it had begun can be ended.
@Suite struct UpkeepCrashTests {
  private static let made = MadeBatches(sources: 200, batches: 48, reports: 40, days: 3)
  private static var liar: SensorID { MadeBatches.sensor(0) }
  private static var second: Day { made.span.lowerBound.advanced(by: 1) }

  private static func kills() -> Int {
    max(6, (ProcessInfo.processInfo.environment["CULPRIT_KILLS"].flatMap { Int($0) } ?? 20) / 2)
  }

  @Test func whatIsKilledDuringUpkeepIsEndedLater() async throws {
    let folder = try Folder()
    let submissions = UpkeepCrashTests.made.submissions()
    let store = try SQLiteStore(folder: folder.path)
    for submission in submissions.prefix(24) { _ = try await store.append([submission]) }
    try await store.close()
    for kill in 0..<UpkeepCrashTests.kills() {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = folder.path as String, kill = kill as Int] in
        try await UpkeepCrashTests.workUntilKilled(path, seed: kill)
      }
      var options = SQLiteOptions()
      options.check = .complete
      let store = try SQLiteStore(folder: folder.path, options: options)
      #expect(try await store.check().isEmpty, "after kill \(kill)")
      try await store.close()
    }
    let again = try SQLiteStore(folder: folder.path)
    let others = submissions.filter { $0.batch.id.sensor != UpkeepCrashTests.liar }
    _ = try await again.append(others)
    _ = try await again.retract(sensor: UpkeepCrashTests.liar)
    try await again.forget(
      rawBefore: UpkeepCrashTests.second, sumsBefore: UpkeepCrashTests.second)
    for day in [UpkeepCrashTests.second, UpkeepCrashTests.made.span.upperBound] {
      try await again.recount(day)
    }
    #expect(try await again.check().isEmpty)
    var truth = Truth(others)
    truth.entries.removeAll { $0.day < UpkeepCrashTests.second }
    try await Conformance(makeStore: { again }, made: UpkeepCrashTests.made).checkCounts(
      again, against: truth)
  }

  /// Stores batches of honest sensors and does one long work after the other, until a moment of chance.
  private static func workUntilKilled(_ folder: String, seed: Int) async throws {
    var chance = Chance(UInt64(seed) &* 619)
    // Between one millisecond and a quarter of a second, as often short as long.
    let microseconds = UInt32(1_000 * exp2(8 * chance.share()))
    var options = SQLiteOptions()
    options.fewestPastDays = 1
    // Every second time sums are late.
    if seed % 2 == 1 {
      options.lateSums.above = 0
      options.lateSums.most = 100
      options.lateSums.piece = 10
    }
    let store = try SQLiteStore(folder: folder, options: options)
    let honest = made.submissions().filter { $0.batch.id.sensor != liar }
    Thread.detachNewThread {
      usleep(microseconds)
      kill(getpid(), SIGKILL)
    }
    let batches = chance.shuffled(honest)
    async let stored: Void = { for batch in batches { _ = try await store.append([batch]) } }()
    var work = seed
    while true {
      switch work % 4 {
      case 0: try await store.recount(chance.one(of: [second, made.span.upperBound]))
      case 1: _ = try await store.retract(sensor: liar)
      case 2: try await store.arrange(upTo: chance.one(of: Array(made.span)))
      default: try await store.forget(rawBefore: second, sumsBefore: second)
      }
      work += 1
      if work - seed == 1_000 { try await stored }
    }
  }
}

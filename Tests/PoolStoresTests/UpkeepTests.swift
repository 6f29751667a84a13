import Observations
import Pool
import PoolStores
import Synchronization
import Testing

/// Long work on a store, while batches come in and answers are asked for.
@Suite struct UpkeepTests {
  private let made = MadeBatches(sources: 60, batches: 40, reports: 60)

  @Test func recountingWhileBatchesComeCountsEachOnce() async throws {
    let folder = try Folder()
    let store = try SQLiteStore(folder: folder.path)
    let submissions = made.submissions()
    _ = try await store.append(Array(submissions.prefix(20)))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for day in made.span { group.addTask { try await store.recount(day) } }
      for submission in submissions.dropFirst(20) {
        group.addTask { _ = try await store.append([submission]) }
      }
      try await group.waitForAll()
    }
    #expect(try await store.check().isEmpty)
    try await Conformance(makeStore: { store }, made: made).check(
      store, against: Truth(submissions))
  }

  @Test func retractingWhileBatchesComeLeavesTheOthers() async throws {
    let folder = try Folder()
    let store = try SQLiteStore(folder: folder.path)
    let submissions = made.submissions()
    let liar = submissions[0].batch.id.sensor
    let first = Array(submissions.prefix(20))
    _ = try await store.append(first)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try await store.retract(sensor: liar) }
      for submission in submissions.dropFirst(20) where submission.batch.id.sensor != liar {
        group.addTask { _ = try await store.append([submission]) }
      }
      try await group.waitForAll()
    }
    let others = submissions.filter { $0.batch.id.sensor != liar }
    #expect(try await store.check().isEmpty)
    try await Conformance(makeStore: { store }, made: made).check(store, against: Truth(others))
  }

  /// Single reports that are gone leave numbers free, which must not be given to others.
  @Test func whatComesAfterATakingBackIsKeptApart() async throws {
    let folder = try Folder()
    let store = try SQLiteStore(folder: folder.path)
    let submissions = made.submissions()
    _ = try await store.append(Array(submissions.prefix(8)))
    // The last that was written is the first to be gone.
    let liar = submissions[7].batch.id.sensor
    _ = try await store.retract(sensor: liar)
    let rest = submissions.dropFirst(8).filter { $0.batch.id.sensor != liar }
    for submission in rest { _ = try await store.append([submission]) }
    _ = try await store.erase(source: MadeBatches.source(0))
    var later = submissions[0]
    later.batch.id.sequence = 1_000
    later = Submission(batch: later.batch, network: later.network, received: later.received)
    _ = try await store.append([later])
    #expect(try await store.check().isEmpty)
    try await store.close()
    var options = SQLiteOptions()
    options.check = .complete
    _ = try SQLiteStore(folder: folder.path, options: options)
  }

  /// An answer is of one moment: of a batch all is seen or nothing.
  @Test func wholeBatchesAreSeen() async throws {
    let folder = try Folder()
    let store = try SQLiteStore(folder: folder.path)
    // Each batch has one report about each of ten sources, and none else.
    let sources = (0..<10 as Range<Int>).map { MadeBatches.source($0) }
    var chance = Chance(9)
    var submissions: [Submission] = []
    for number in 0..<120 {
      var submission = MadeBatches(reports: 10, days: 1).submission(number, &chance)
      for place in submission.batch.reports.indices {
        submission.batch.reports[place].subject = sources[place]
      }
      submissions.append(
        Submission(
          batch: submission.batch, network: submission.network, received: submission.received))
    }
    let ended = Flag()
    let days = MadeBatches.start...MadeBatches.start
    try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask { [submissions] in
        defer { ended.set() }
        for submission in submissions { _ = try await store.append([submission]) }
        return 0
      }
      group.addTask {
        var looks = 0
        while !ended.isSet {
          let hot = try await store.hotSet(since: days.lowerBound.start, limit: 99, after: nil)
          #expect(Set(hot.map(\.reports)).count <= 1)
          #expect(hot.isEmpty || hot.count == sources.count)
          let total = try await store.trend(.total, in: days, bucket: .day).first?.reports ?? 0
          #expect(total % UInt64(sources.count) == 0)
          let rows = try await store.top(.sources, in: days, limit: 99)
          #expect(Set(rows.map(\.reports)).count <= 1)
          looks += 1
        }
        return looks
      }
      let looks = try await group.reduce(0, +)
      #expect(looks > 0)
    }
  }

  /// More sources than the kept ranking holds: what is answered is what adding all up gives.
  @Test func rankingsAreThoseOfAllSources() async throws {
    let folder = try Folder()
    let store = try SQLiteStore(folder: folder.path)
    var many = MadeBatches(
      sensors: 40, networks: 30, sources: 9_000, batches: 80, reports: 400)
    many.days = 2
    let submissions = many.submissions()
    for start in stride(from: 0, to: submissions.count, by: 5) {
      _ = try await store.append(Array(submissions[start..<start + 5]))
    }
    #expect(try await store.check().isEmpty)
    let truth = Truth(submissions)
    for days in [many.span, many.span.lowerBound...many.span.lowerBound] {
      let groups = Dictionary(grouping: truth.entries.filter { days.contains($0.day) }) {
        $0.report.subject
      }
      let expected = groups.map { source, entries in
        TopRow(
          key: .source(source), reports: UInt64(entries.count),
          networks: UInt64(
            Dictionary(grouping: entries, by: \.day).values.map { Set($0.map(\.network)).count }
              .max() ?? 0))
      }.sorted {
        ($1.networks, $1.reports, $0.key) < ($0.networks, $0.reports, $1.key)
      }
      for limit in [10, 700, 1_000] {
        let found = try await store.top(.sources, in: days, limit: limit)
        #expect(found == Array(expected.prefix(limit)), "\(limit) of \(days)")
      }
    }
    try await rankingsHoldDuringARecount(of: many, in: store)
    #expect(try await store.check().isEmpty)
  }

  /// The list of a day that is being recounted is not whole, and what is answered stays the same.
  private func rankingsHoldDuringARecount(of many: MadeBatches, in store: SQLiteStore) async throws
  {
    let day = many.span.lowerBound
    let before = try await store.top(.sources, in: many.span, limit: 700)
    let ended = Flag()
    try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask {
        defer { ended.set() }
        try await store.recount(day)
        return 0
      }
      group.addTask {
        var looks = 0
        while !ended.isSet {
          let rows = try await store.top(.sources, in: many.span, limit: 700)
          #expect(rows == before)
          looks += 1
        }
        return looks
      }
      let looks = try await group.reduce(0, +)
      #expect(looks > 0)
    }
  }
}

/// What one task tells the others.
private final class Flag: Sendable {
  private let value = Mutex(false)

  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}

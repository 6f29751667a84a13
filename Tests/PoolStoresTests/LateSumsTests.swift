import Foundation
import Observations
import Pool
import PoolStores
import Testing

/// Sums that are written late are the same sums, whatever happens before they are written.
@Suite struct LateSumsTests {
  /// Every batch is late, and few reports are gathered or written at a time.
  private static func options(gathered: Int = 40, piece: Int = 5) -> SQLiteOptions {
    var options = SQLiteOptions()
    options.lateSums.above = 0
    options.lateSums.most = gathered
    options.lateSums.seconds = 1_000_000
    options.lateSums.piece = piece
    return options
  }

  @Test(arguments: Conformance.checks.indices)
  func holds(_ number: Int) async throws {
    let folders = Folders()
    try await Conformance.checks[number].body(
      Conformance { try SQLiteStore(folder: folders.next(), options: LateSumsTests.options()) })
  }

  @Test(arguments: DigestConformance.checks.indices)
  func digestsHold(_ number: Int) async throws {
    let folders = Folders()
    try await DigestConformance.checks[number].body(
      DigestConformance {
        try SQLiteStore(folder: folders.next(), options: LateSumsTests.options())
      })
  }

  /// What was acknowledged is stored at once and seen after `settle`; a copy made meanwhile knows it, too.
  @Test func sumsComeAfterwards() async throws {
    let folders = Folders()
    let made = MadeBatches()
    let submissions = made.submissions()
    let store = try SQLiteStore(
      folder: folders.next(), options: LateSumsTests.options(gathered: 1_000_000))
    _ = try await store.append(submissions)
    let truth = Truth(submissions)
    let source = try #require(truth.sources.first)
    #expect(try await store.summary(source: source, in: made.span) == nil)
    #expect(try await store.seen(submissions.map(\.batch.id)).count == submissions.count)
    #expect(try await store.append(submissions) == submissions.map { _ in .duplicate })
    #expect(try await store.check().isEmpty)

    let copy = try folders.next() + "/copy"
    try await store.backUp(to: copy)
    let other = try SQLiteStore(folder: copy)
    try await Conformance(makeStore: { other }, made: made).check(other, against: truth)
    #expect(try await other.check().isEmpty)

    try await store.settle()
    try await Conformance(makeStore: { store }, made: made).check(store, against: truth)
    #expect(try await store.check().isEmpty)
  }

  /// However much is gathered and however long a piece is, what is written is the same.
  @Test(arguments: [(1, 1), (17, 3), (100, 7), (1_000_000, 4_096)])
  func piecesDoNotCount(gathered: Int, piece: Int) async throws {
    let folders = Folders()
    let made = MadeBatches(sources: 12, batches: 30, reports: 11, days: 3, seed: 5)
    let submissions = made.submissions()
    let store = try SQLiteStore(
      folder: folders.next(), options: LateSumsTests.options(gathered: gathered, piece: piece))
    // Some of them at once, some one by one.
    _ = try await store.append(Array(submissions.prefix(9)))
    for submission in submissions.dropFirst(9) { _ = try await store.append([submission]) }
    try await store.settle()
    try await Conformance(makeStore: { store }, made: made).check(
      store, against: Truth(submissions))
    #expect(try await store.check().isEmpty)
    try await store.close()
  }

  /// A source that very many reports are about stays in one piece.
  @Test func oneSourceOfAllIsOnePiece() async throws {
    let folders = Folders()
    let made = MadeBatches(sources: 1, batches: 20, reports: 50, days: 1)
    let submissions = made.submissions()
    let store = try SQLiteStore(
      folder: folders.next(), options: LateSumsTests.options(gathered: 900, piece: 10))
    for submission in submissions { _ = try await store.append([submission]) }
    try await store.settle()
    let source = try #require(Truth(submissions).sources.first)
    #expect(try await store.summary(source: source, in: made.span)?.reports == 1_000)
    #expect(try await store.check().isEmpty)
  }

  /// Work that needs all sums has them, though batches come in meanwhile.
  @Test func upkeepSeesAll() async throws {
    let folders = Folders()
    let made = MadeBatches(sources: 30, batches: 60, reports: 20)
    let submissions = made.submissions()
    let store = try SQLiteStore(
      folder: folders.next(), options: LateSumsTests.options(gathered: 300, piece: 20))
    _ = try await store.append(Array(submissions.prefix(20)))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for submission in submissions.dropFirst(20) { _ = try await store.append([submission]) }
      }
      for day in [made.span.lowerBound, made.span.upperBound] {
        group.addTask { try await store.recount(day) }
      }
      try await group.waitForAll()
    }
    try await store.settle()
    try await Conformance(makeStore: { store }, made: made).check(
      store, against: Truth(submissions))
    #expect(try await store.check().isEmpty)
  }
}

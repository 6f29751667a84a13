import Foundation
import Observations
import Pool
import Synchronization
import Testing

@testable import PoolNotices

/// A destination that keeps what it is given, or refuses it.
final class MadeDestination: NoticeDestination {
  let name: String
  let kinds: Set<Notice.Kind>
  let secondsBetween: Int64 = 300
  let got = Mutex<[[Notice]]>([])
  let refuses = Mutex(false)

  init(_ name: String = "made", kinds: Set<Notice.Kind> = Set(Notice.Kind.allCases)) {
    self.name = name
    self.kinds = kinds
  }

  func deliver(_ notices: [Notice]) async throws(DeliveryError) {
    if refuses.withLock({ $0 }) { throw DeliveryError("it refuses") }
    got.withLock { $0.append(notices) }
  }

  var all: [Notice] { got.withLock { $0.flatMap(\.self) } }
}

/// A clock that stands still until it is put on.
final class MadeClock: Sendable {
  private let seconds = Mutex<Int64>(1_790_000_000)

  var now: @Sendable () -> Timestamp {
    { Timestamp(seconds: self.seconds.withLock { $0 }) }
  }

  func advance(_ more: Int64) { seconds.withLock { $0 += more } }
}

/// A folder of its own for one test.
final class MadeFolder {
  let path = NSTemporaryDirectory() + "culprit-notices-\(UUID().uuidString)"

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var parcels: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0 != "told" }
      .sorted()
  }
}

@Suite struct QueueTests {
  private let folder = MadeFolder()
  private let clock = MadeClock()

  private func notice(_ number: Int64, _ kind: Notice.Kind = .opened, turn: Int = 0) -> Notice {
    Notice(
      kind, at: clock.now(), number: number,
      subject: Address(ipv4: 0xc633_6400 | UInt32(truncatingIfNeeded: number)), turn: turn,
      article: number % 2 == 0 ? "reverse-name-lookup" : nil)
  }

  private func queue(_ destinations: any NoticeDestination...) throws -> NoticeQueue {
    try NoticeQueue(folder: folder.path, destinations: destinations, clock: clock.now)
  }

  @Test func whatIsTakenIsDeliveredOnce() async throws {
    let destination = MadeDestination()
    let queue = try queue(destination)
    await queue.take([notice(1), notice(2), notice(1)])
    await queue.take([notice(2)])
    #expect(folder.parcels.count == 1)
    await queue.deliver()
    await queue.deliver()
    #expect(destination.all == [notice(1), notice(2)])
    #expect(folder.parcels.isEmpty)
    #expect(
      await queue.tally()
        == [NoticeTally(destination: "made", waiting: 0, delivered: 2, lost: 0)])
    // The same happens again to the same incident: that is news.
    await queue.take([notice(1, turn: 1)])
    clock.advance(300)
    await queue.deliver()
    #expect(destination.all.count == 3)
  }

  @Test func whatHappensTogetherIsToldTogether() async throws {
    let destination = MadeDestination()
    let queue = try queue(destination)
    await queue.take([notice(1)])
    await queue.deliver()
    await queue.take([notice(2)])
    await queue.take([notice(3)])
    await queue.deliver()
    #expect(destination.got.withLock { $0.count } == 1, "the next one is not due yet")
    clock.advance(destination.secondsBetween)
    await queue.deliver()
    #expect(destination.got.withLock { $0.map(\.count) } == [1, 2])
  }

  @Test func aRestartLosesNothingAndTellsNothingTwice() async throws {
    let destination = MadeDestination()
    destination.refuses.withLock { $0 = true }
    let first = try queue(destination)
    let (many, last) = ((1...250).map { notice($0) }, notice(251))
    await first.take(many)
    await first.deliver()
    #expect(await first.tally().first?.because == "it refuses")
    // What was begun and not renamed, and what is none of ours, is passed over.
    for name in ["made-0000000000000000009.new", "made-0000000000000000008", "other"] {
      _ = FileManager.default.createFile(atPath: folder.path + "/" + name, contents: Data("{".utf8))
    }
    destination.refuses.withLock { $0 = false }
    let second = try queue(destination)
    await second.take([many[0], last])
    for _ in 0..<4 {
      await second.deliver()
      clock.advance(300)
    }
    #expect(destination.all == many + [last])
    #expect(destination.got.withLock { $0.allSatisfy { $0.count <= 100 } })
  }

  @Test func waitsGrowAndADayIsTheEnd() async throws {
    let destination = MadeDestination()
    destination.refuses.withLock { $0 = true }
    let queue = try queue(destination)
    await queue.take([notice(1)])
    let began = clock.now()
    var tries: [Int64] = []
    while await queue.tally()[0].waiting > 0 {
      await queue.deliver()
      tries.append(clock.now().wholeSeconds - began.wholeSeconds)
      try #require(tries.count <= 86_400 / 30 + 1)
      clock.advance(30)
    }
    #expect(await queue.tally()[0].lost == 1)
    #expect(tries.last == 86_400)
    #expect(folder.parcels.isEmpty)
  }

  @Test func triesAreFewWhereNothingHelps() async throws {
    final class Counting: NoticeDestination {
      let name = "counting", kinds = Set(Notice.Kind.allCases), secondsBetween: Int64 = 1
      let times = Mutex<[Int64]>([])
      let clock: MadeClock
      init(_ clock: MadeClock) { self.clock = clock }
      func deliver(_ notices: [Notice]) async throws(DeliveryError) {
        times.withLock { $0.append(clock.now().wholeSeconds) }
        throw DeliveryError("never")
      }
    }
    let destination = Counting(clock)
    let queue = try queue(destination)
    await queue.take([notice(1)])
    for _ in 0..<86_400 / 60 {
      await queue.deliver()
      clock.advance(60)
    }
    let times = destination.times.withLock { $0 }
    let pauses = zip(times, times.dropFirst()).map { $1 - $0 }
    #expect(Array(pauses.prefix(7)) == [60, 120, 240, 480, 960, 1_920, 3_600])
    #expect(pauses.dropFirst(7).allSatisfy { $0 == 3_600 })
  }

  @Test func eachIsToldWhatItAskedFor() async throws {
    let all = MadeDestination("all")
    let some = MadeDestination("some", kinds: [.correction])
    all.refuses.withLock { $0 = true }
    let queue = try queue(all, some)
    await queue.take([notice(1), notice(2, .correction)])
    await queue.deliver()
    #expect(some.all == [notice(2, .correction)], "one that refuses does not keep the other")
    #expect(await queue.tally().map(\.waiting) == [2, 0])
  }

  @Test func whatHasNoRoomIsLostAndCounted() async throws {
    let queue = try queue(MadeDestination())
    await queue.take((1...Int64(NoticeQueue.mostWaiting) + 7).map { notice($0) })
    let tally = await queue.tally()[0]
    #expect(tally.waiting == NoticeQueue.mostWaiting && tally.lost == 7)
    #expect(folder.parcels.count == NoticeQueue.mostWaiting / NoticeFolder.mostOfParcel)
  }
}

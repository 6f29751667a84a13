import Pool
import Synchronization
import Testing

@testable import PoolClient

/// A pool that answers what it was told to, the last of it for ever.
final class ScriptedPool: PoolTransport {
  private let script: Mutex<[PoolReply?]>
  private let bodies = Mutex<[[UInt8]]>([])

  init(_ script: [PoolReply?]) { self.script = Mutex(script) }

  var received: [[UInt8]] { bodies.withLock { $0 } }

  func send(path: String, body: [UInt8]?, type: String) async throws(SensorError) -> PoolReply {
    bodies.withLock { $0.append(body ?? []) }
    let reply = script.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? nil }
    guard let reply else { throw .unreachable("nowhere", because: "a test") }
    return reply
  }
}

@Suite struct CourierTests {
  private final class Pauses: Sendable {
    let seconds = Mutex<[Int]>([])
  }

  private func deliver(
    batches: Int, _ script: [PoolReply?]
  ) async throws -> (Delivery, waiting: [Int64], pauses: [Int]) {
    let folder = try Folder()
    let spool = try Spool(folder: folder.path)
    for _ in 0..<batches { _ = try spool.add(Made.reports(1), key: SensorKey()) }
    let pauses = Pauses()
    let courier = Courier(transport: ScriptedPool(script)) { seconds in
      pauses.seconds.withLock { $0.append(seconds) }
    }
    let delivery = try await courier.deliver(spool)
    return (delivery, try spool.waiting().map(\.sequence), pauses.seconds.withLock { $0 })
  }

  private let stored = PoolReply(status: 200, body: Array(#"{"result": "stored"}"#.utf8))

  @Test func whatIsTakenLeavesTheSpool() async throws {
    let known = PoolReply(status: 200, body: Array(#"{"result": "duplicate"}"#.utf8))
    let (delivery, waiting, pauses) = try await deliver(batches: 2, [stored, known])
    #expect(delivery.delivered == 1 && delivery.known == 1)
    #expect(waiting.isEmpty && pauses.isEmpty)
  }

  @Test func itWaitsAsLongAsItIsAskedTo() async throws {
    let busy = PoolReply(status: 503, retryAfter: 7)
    let (delivery, waiting, pauses) = try await deliver(
      batches: 1, [busy, PoolReply(status: 503), PoolReply(status: 503, retryAfter: 9_999), stored])
    #expect(delivery.delivered == 1 && waiting.isEmpty)
    #expect(pauses == [7, 2, 60])
  }

  @Test func whatNeverWillBeTakenIsNamedAndGoes() async throws {
    let problem = PoolReply(status: 409, body: Array(#"{"detail": "another batch"}"#.utf8))
    let (delivery, waiting, _) = try await deliver(batches: 2, [problem, stored])
    #expect(delivery.refused == [Delivery.Refusal(sequence: 1, because: "another batch")])
    #expect(delivery.delivered == 1 && waiting.isEmpty)
  }

  @Test(arguments: [401, 403, 404, 503]) func whatCannotBeTakenNowStays(status: Int) async throws {
    let (delivery, waiting, _) = try await deliver(batches: 2, [PoolReply(status: status)])
    #expect(delivery.delivered == 0 && delivery.waiting == 2 && waiting == [1, 2])
    #expect(delivery.because != nil)
  }

  @Test func whereNobodyAnswersAllStays() async throws {
    let (delivery, waiting, pauses) = try await deliver(batches: 2, [nil])
    #expect(delivery.waiting == 2 && waiting == [1, 2] && pauses == [1, 2, 4])
  }

  @Test func answersAreReadOrRefused() {
    let good = LookupAnswer(json: Array(#"{"published": true, "says": ["a"], "rules": "b"}"#.utf8))
    #expect(good?.says == ["a", "b"] && good?.published == true)
    #expect(LookupAnswer(json: Array("<html>".utf8)) == nil)
  }
}

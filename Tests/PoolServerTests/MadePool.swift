import Detection
import Foundation
import Knowledge
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// A pool with a store of its own, which is gone when the test is.
final class MadePool {
  static let now = Timestamp(seconds: 1_790_000_000)

  let path: String
  let store: SQLiteStore
  let desk: Desk

  init(
    now: Timestamp = MadePool.now, path: String = MadePool.freePath,
    stored: SQLiteOptions = SQLiteOptions(), change: (inout PoolServerOptions) -> Void = { _ in }
  ) throws {
    self.path = path
    store = try SQLiteStore(folder: path, options: stored)
    var options = PoolServerOptions(clock: { now })
    options.lookupsPerMinute = 0
    change(&options)
    desk = Desk(store: store, knowledge: try KnowledgeBase.load(), options: options)
  }

  /// A folder that is not there yet, in memory where the system has such a place.
  static var freePath: String {
    let memory = "/dev/shm/"
    let parent =
      FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
    return parent + "culprit-server-\(UUID().uuidString)"
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Enrols a sensor of a network.
  func enrol(_ key: SensorKey, network: String? = nil) async throws {
    let token = EnrolmentToken()
    try await store.issue(
      PendingEnrolment(
        digest: token.digest, name: "made", declaredNetwork: network.flatMap { Prefix($0) },
        expires: MadePool.now.later(60)))
    guard case .enrolled = try await store.enrol(token, publicKey: key.publicKey, at: MadePool.now)
    else { throw StoreError.rejected(because: "not enrolled") }
  }

  func get(_ target: String) async -> ServerAnswer {
    await desk.answer(method: "GET", target: target, call: Call()).0
  }

  func post(_ body: [UInt8], to target: String = "/api/v1/batches") async -> ServerAnswer {
    var call = Call()
    call.body = body
    call.from = Address(ipv4: 0x7f00_0001)
    return await desk.answer(method: "POST", target: target, call: call).0
  }

  /// A report, so many hours before now.
  static func report(
    _ subject: String = "198.51.100.7", hoursAgo: Int64 = 30, article: String? = nil,
    forged: Bool = true
  ) throws -> Report {
    let time = now.later(-hoursAgo * 3_600)
    return Report(
      subject: try #require(Address(subject)),
      shape: ReportShape(transport: .udp, direction: .inbound, manner: .service), ports: [137],
      first: time, last: time, packets: CountRange(3), targets: CountRange(1),
      verdict: article.map { SensorVerdict(article: $0, posterior: 0.97) }, knowledge: "made",
      mayBeForged: forged)
  }
}

extension Timestamp {
  func later(_ seconds: Int64) -> Timestamp { Timestamp(seconds: wholeSeconds + seconds) }
}

extension ServerAnswer {
  var text: String { String(decoding: body, as: UTF8.self) }
  var object: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
  }
}

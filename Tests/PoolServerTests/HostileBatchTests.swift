import Crypto
import Foundation
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// Batches that mean harm, and stores that cannot take any, over HTTP.
@Suite(.serialized) struct HostileBatchTests {
  private let key = SensorKey()

  /// What is answered to a batch: the status, and the header that says when to come again.
  private static func post(
    _ bytes: [UInt8], to port: Int
  ) async throws -> (status: String, comesAgain: Bool, text: String) {
    let head =
      "POST /api/v1/batches HTTP/1.1\r\nHost: a\r\nContent-Length: \(bytes.count)\r\n"
      + "Connection: close\r\n\r\n"
    let answer = try await RawClient.ask(port, Array(head.utf8) + bytes, finish: true)
    return (HostileTests.status(answer), answer.lowercased().contains("retry-after: "), answer)
  }

  private static func get(_ path: String, from port: Int) async throws -> String {
    try await RawClient.ask(
      port, "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", finish: true)
  }

  /// A body of bytes, signed rightly whatever they are.
  static func signed(_ body: [UInt8], by key: SensorKey) throws -> [UInt8] {
    let signing = try Curve25519.Signing.PrivateKey(rawRepresentation: key.secret)
    return try body + Array(signing.signature(for: Array("culprit pool batch 1\n".utf8) + body))
  }

  private func batch(_ sequence: Int64, _ reports: [Report]? = nil) throws -> [UInt8] {
    try key.sign(sequence: sequence, reports: reports ?? [try MadePool.report()]).bytes
  }

  @Test func whatIsNotSignedOrNotTrueIsRefused() async throws {
    let (key, stranger) = (key, SensorKey())
    let good = try batch(1)
    let body = Array(good.dropLast(64))
    // Another's name over one's own signature, one's own name over another's, and a signature made
    // for other bytes.
    let others = try stranger.sign(sequence: 1, reports: [try MadePool.report()]).bytes
    let named = try HostileBatchTests.signed(body, by: stranger)
    let moved = Array(try batch(2).dropLast(64)) + good.suffix(64)
    let swapped = Array(good.suffix(64)) + body
    let clocks = try [
      MadePool.report(hoursAgo: -1), MadePool.report(hoursAgo: -24 * 365 * 200),
      MadePool.report(hoursAgo: 31 * 24), MadePool.report(hoursAgo: 24 * 365 * 50),
    ]
    let subjects = try ["10.0.0.7", "192.168.1.1", "fd00::1"].map { try MadePool.report($0) }
    let mixed = try [MadePool.report(), MadePool.report("10.0.0.7")]
    var cases: [(String, [UInt8], [String])] = [
      ("a stranger's", others, ["401"]), ("by a stranger in its name", named, ["401"]),
      ("another batch's signature", moved, ["401"]), ("turned around", swapped, ["400", "401"]),
      ("trailing bytes, signed", try HostileBatchTests.signed(body + [0], by: key), ["400"]),
      ("cut, signed", try HostileBatchTests.signed(body.dropLast(), by: key), ["400"]),
      ("a claim of very many reports, signed", try claim(65_535, in: body), ["400"]),
      ("a claim of none, signed", try claim(0, in: body), ["400"]),
      ("one bad among good", try batch(1, mixed), ["400"]),
    ]
    for report in clocks + subjects {
      // Not as a sensor would make it, which refuses some of them itself.
      let made = Batch(id: BatchID(sensor: key.sensor, sequence: 1), reports: [report]).encoded
      cases.append(("\(report)", try HostileBatchTests.signed(made, by: key), ["400"]))
    }
    let given = cases
    try await serving { port, pool in
      try await pool.enrol(key)
      for (name, bytes, statuses) in given {
        let answer = try await HostileBatchTests.post(bytes, to: port)
        #expect(statuses.contains(answer.status), "\(name): \(answer.text)")
      }
      let ids = [1, 2].map { BatchID(sensor: key.sensor, sequence: $0) }
      #expect(try await pool.store.seen(ids).isEmpty)
      #expect(try await pool.store.check().isEmpty)
      // The same number is free for what is good.
      #expect(try await HostileBatchTests.post(good, to: port).status == "200")
    }
  }

  /// A batch whose count of reports is something else.
  private func claim(_ count: UInt16, in body: [UInt8]) throws -> [UInt8] {
    var changed = body
    changed.replaceSubrange(21..<23, with: [UInt8(count >> 8), UInt8(count & 0xff)])
    return try HostileBatchTests.signed(changed, by: key)
  }

  /// Sent again, in any order, from many connections at once: each counts once.
  @Test func replaysCountOnce() async throws {
    let key = key
    let batches = try (1...6).map { try batch(Int64($0)) }
    let impostor = try batch(3, [try MadePool.report("198.51.100.8")])
    try await serving { port, pool in
      try await pool.enrol(key)
      try await withThrowingTaskGroup(of: String.self) { group in
        for round in 0..<4 {
          for index in batches.indices {
            let bytes = batches[(index * 5 + round) % batches.count]
            group.addTask { try await HostileBatchTests.post(bytes, to: port).status }
          }
        }
        for try await status in group { #expect(status == "200") }
      }
      #expect(try await HostileBatchTests.post(impostor, to: port).status == "409")
      let (met, unmet) = (
        try #require(Address("198.51.100.7")), try #require(Address("198.51.100.8"))
      )
      let span = pool.desk.span
      #expect(try await pool.store.summary(source: met, in: span)?.reports == 6)
      #expect(try await pool.store.summary(source: unmet, in: span) == nil)
      #expect(try await pool.store.check().isEmpty)
    }
  }

  /// Batches of other sources each, so that a store grows.
  private func growing(_ count: Int) throws -> [[UInt8]] {
    try (0..<count).map { number in
      let reports = try (0..<200).map { place in
        try MadePool.report("20.0.\(number).\(place)", article: "horizontal-scan")
      }
      return try batch(Int64(number + 1), reports)
    }
  }

  @Test func aFullDiskLosesNothing() async throws {
    let key = key
    let batches = try growing(16)
    let path = MadePool.freePath
    var small = SQLiteOptions()
    small.mostBytesOfFile = 500_000
    let pool = try MadePool(path: path, stored: small)
    let taken = Taken()
    try await serving(pool) { port, pool in
      try await pool.enrol(key)
      for (index, bytes) in batches.enumerated() {
        let answer = try await HostileBatchTests.post(bytes, to: port)
        if answer.status == "200" {
          await taken.add(index)
        } else {
          #expect(answer.status == "503" && answer.comesAgain, "\(answer.text)")
          #expect(!answer.text.contains(path))
        }
      }
      // Questions are answered all the same.
      let look = try await HostileBatchTests.get("/api/v1/addresses/20.0.0.1", from: port)
      #expect(HostileTests.status(look) == "200")
      #expect(try await pool.store.check().isEmpty)
    }
    let acknowledged = await taken.indices
    #expect((2..<batches.count).contains(acknowledged.count), "\(acknowledged.count)")
    try await pool.store.close()
    // With room again, by the same client: what was acknowledged is there, and the rest is taken.
    try await serving(try MadePool(path: path)) { port, pool in
      let ids = batches.indices.map { BatchID(sensor: key.sensor, sequence: Int64($0 + 1)) }
      #expect(try await pool.store.seen(ids) == Set(acknowledged.map { ids[$0] }))
      for (index, bytes) in batches.enumerated() {
        let answer = try await HostileBatchTests.post(bytes, to: port)
        let word = acknowledged.contains(index) ? "duplicate" : "stored"
        #expect(answer.status == "200" && answer.text.contains("\"\(word)\""), "\(index)")
      }
      for number in batches.indices {
        let source = try #require(Address("20.0.\(number).199"))
        #expect(
          try await pool.store.summary(source: source, in: pool.desk.span)?.reports == 1)
      }
      #expect(try await pool.store.check().isEmpty)
    }
  }

  private actor Taken {
    private(set) var indices: Set<Int> = []
    func add(_ index: Int) { indices.insert(index) }
  }

  @Test func whatCannotBeWrittenToCanBeAsked() async throws {
    let key = key
    let path = MadePool.freePath
    let (first, second) = (try batch(1), try batch(2))
    let writer = try MadePool(path: path)
    try await writer.enrol(key)
    #expect(await writer.post(first).status == 200)
    try await writer.store.close()
    var reading = SQLiteOptions()
    reading.readOnly = true
    try await serving(try MadePool(path: path, stored: reading)) { port, pool in
      let answer = try await HostileBatchTests.post(second, to: port)
      #expect(answer.status == "503" && answer.comesAgain, "\(answer.text)")
      for target in ["/healthz", "/api/v1/addresses/198.51.100.7", "/", "/feeds/addresses.csv"] {
        let look = try await HostileBatchTests.get(target, from: port)
        #expect(HostileTests.status(look) == "200", "\(target): \(look.prefix(100))")
      }
      let token = EnrolmentToken().text
      let wish = "{\"token\":\"\(token)\",\"publicKey\":\"\(String(repeating: "ab", count: 32))\"}"
      let enrolled = await pool.post(Array(wish.utf8), to: "/api/v1/sensors")
      #expect([401, 503].contains(enrolled.status))
      let form = "kind=erasure&address=198.51.100.7&text=please"
      let asked = await pool.post(Array(form.utf8), to: "/corrections")
      #expect(asked.status == 503 && asked.headers.contains { $0.name == "Retry-After" })
      let ids = [1, 2].map { BatchID(sensor: key.sensor, sequence: $0) }
      #expect(try await pool.store.seen(ids) == [ids[0]])
    }
    withExtendedLifetime(writer) {}
  }
}

import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

@Suite struct SubmitTests {
  private let key = SensorKey()

  private func batch(_ sequence: Int64 = 1, _ reports: [Report]? = nil) throws -> [UInt8] {
    try key.sign(sequence: sequence, reports: reports ?? [try MadePool.report()]).bytes
  }

  @Test func aBatchIsStoredOnce() async throws {
    let pool = try MadePool()
    try await pool.enrol(key)
    let bytes = try batch()
    let first = await pool.post(bytes)
    #expect(first.status == 200 && first.object["result"] as? String == "stored")
    let again = await pool.post(bytes)
    #expect(again.status == 200 && again.object["result"] as? String == "duplicate")
    let other = await pool.post(try batch(1, [try MadePool.report("198.51.100.8")]))
    #expect(other.status == 409 && other.type == "application/problem+json")
    #expect(await pool.post(try batch(7)).status == 200, "gaps are allowed")
    #expect(await pool.post(try batch(3)).status == 200, "and any order is")
  }

  @Test func whatIsNotSignedByASensorIsRefused() async throws {
    let pool = try MadePool()
    let bytes = try batch()
    #expect(await pool.post(bytes).status == 401, "nobody is enrolled")
    try await pool.enrol(key)
    for place in [30, bytes.count - 1] {
      var changed = bytes
      changed[place] ^= 1
      #expect([400, 401].contains(await pool.post(changed).status))
    }
    // The signature covers every byte: whichever is changed, nothing is stored.
    for count in [0, 1, 63, 64, 80, bytes.count - 1] {
      #expect([400, 401].contains(await pool.post(Array(bytes.prefix(count))).status))
    }
    #expect([400, 401].contains(await pool.post(bytes + [0]).status))
    let large = [UInt8](repeating: 0x63, count: PoolLimits.bytesOfBatch + 65)
    #expect(await pool.post(large).status == 413)
    let id = BatchID(sensor: key.sensor, sequence: 1)
    #expect(try await pool.store.seen([id]).isEmpty)
  }

  @Test func clocksAndPrivateAddressesAreRefused() async throws {
    let pool = try MadePool()
    try await pool.enrol(key)
    for report in [
      try MadePool.report(hoursAgo: -1), try MadePool.report(hoursAgo: 31 * 24),
      try MadePool.report("10.0.0.7"),
    ] { #expect(await pool.post(try batch(1, [report])).status == 400) }
  }

  @Test func theSuspendedAreRefused() async throws {
    let pool = try MadePool()
    try await pool.enrol(key)
    let suspension = SensorRecord.Suspension(since: MadePool.now, because: "a test")
    #expect(try await pool.store.setSuspension(suspension, of: key.sensor))
    #expect(await pool.post(try batch()).status == 403)
  }

  @Test func aTokenEnrolsOneSensorOnce() async throws {
    let pool = try MadePool()
    let token = EnrolmentToken()
    try await pool.store.issue(
      PendingEnrolment(
        digest: token.digest, name: "office", declaredNetwork: nil,
        expires: MadePool.now.later(60)))
    func enrol(_ key: SensorKey, _ token: String) async -> ServerAnswer {
      let digits = key.publicKey.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      let body = "{\"token\": \"\(token)\", \"publicKey\": \"\(digits)\"}"
      return await pool.post(Array(body.utf8), to: "/api/v1/sensors")
    }
    #expect(await enrol(key, EnrolmentToken().text).status == 401)
    #expect(await enrol(key, "no token").status == 400)
    let good = await enrol(key, token.text)
    #expect(good.status == 201 && good.object["sensor"] as? String == key.sensor.description)
    #expect(await enrol(SensorKey(), token.text).status == 401)
    #expect(await pool.post(Array("[]".utf8), to: "/api/v1/sensors").status == 400)
    let large = [UInt8](repeating: 0x20, count: 5_000)
    #expect(await pool.post(large, to: "/api/v1/sensors").status == 413)
    #expect(await pool.post(try batch()).status == 200)
  }

  @Test func aStoreThatCannotServeIsSaidSo() {
    let answer = Desk.unavailable(.unavailable(because: "/secret/path", retryAfterSeconds: 17))
    #expect(answer.status == 503)
    #expect(answer.headers.contains { $0.name == "Retry-After" && $0.value == "17" })
    #expect(!answer.text.contains("/secret/path"))
  }
}

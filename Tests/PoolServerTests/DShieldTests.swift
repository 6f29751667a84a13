import Detection
import Foundation
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

@Suite struct DShieldTests {
  private let token = EnrolmentToken()

  /// A pool that knows a key for lines, and one for look-ups.
  private func pool(_ scopes: Set<AccessScope> = [.submit]) async throws -> MadePool {
    let pool = try MadePool()
    try await DoorSensor.enrol(
      token, name: "fail2ban", network: nil, in: pool.store, at: MadePool.now)
    try await pool.store.put(
      AccessKey(
        digest: token.digest, name: "fail2ban", scopes: scopes, made: MadePool.now,
        expires: MadePool.now.later(86_400)))
    return pool
  }

  private func hand(_ text: String, to pool: MadePool, key: String? = nil) async -> ServerAnswer {
    var call = Call()
    call.body = Array(text.utf8)
    call.key = key ?? token.text
    call.from = Address(ipv4: 0xcb00_7105)
    return await pool.desk.answer(method: "POST", target: "/api/v1/dshield", call: call).0
  }

  /// A line of a quarter of an hour before now, with some cells changed.
  private func line(_ change: [Int: String] = [:]) -> String {
    var cells = [
      "2026-09-21 16:00:00 +02:00", "0", "3", "203.0.113.9", "40000", "198.18.7.7", "22", "TCP",
      "S",
    ]
    for (index, text) in change { cells[index] = text }
    return cells.joined(separator: "\t") + "\n"
  }

  private func reports(_ pool: MadePool, _ source: String = "203.0.113.9") async throws -> [Report]
  {
    let day = Day(MadePool.now)
    return try await pool.store.reports(
      source: try #require(Address(source)), in: day.advanced(by: -31)...day, limit: 1_000,
      after: nil
    ).map(\.report)
  }

  @Test func linesBecomeReportsOnce() async throws {
    let pool = try await pool()
    let body = line() + line([2: "4", 5: "198.18.7.8"]) + "# remark\r\n\r\n" + line([6: "23"])
    let first = await hand(body, to: pool)
    #expect(first.status == 200 && first.object["result"] as? String == "stored")
    #expect(first.object["lines"] as? Int == 3 && first.object["reports"] as? Int == 2)
    #expect(await hand(body, to: pool).object["result"] as? String == "duplicate")
    let stored = try await reports(pool)
    #expect(stored.map(\.ports) == [[22], [23]])
    let report = try #require(stored.first)
    #expect(report.first.description == "2026-09-21T14:00:00Z")
    #expect(report.packets == CountRange(7) && report.targets == CountRange(2))
    #expect(report.pseudonyms.count == 2 && report.mayBeForged && report.verdict == nil)
    #expect(report.shape.transport == .tcp && report.shape.manner == .service)
    let key = try #require(DoorSensor.key(of: token))
    #expect(report.pseudonyms.contains(key.pseudonym(of: try #require(Address("198.18.7.7")))))
  }

  /// Nowhere in the store's files stands a target's address, as text or as bytes.
  @Test func targetsAreKeptNowhere() async throws {
    let pool = try await pool()
    #expect(await hand(line(), to: pool).status == 200)
    try await pool.store.settle()
    let target: [[UInt8]] = [Array("198.18.7.7".utf8), [0, 0, 0xff, 0xff, 198, 18, 7, 7]]
    let files = try #require(FileManager.default.enumerator(atPath: pool.path))
    var looked = 0
    while let name = files.nextObject() as? String {
      guard let data = FileManager.default.contents(atPath: pool.path + "/" + name) else {
        continue
      }
      looked += data.count
      for bytes in target { #expect(data.firstRange(of: Data(bytes)) == nil, "\(name)") }
    }
    #expect(looked > 4_096)
  }

  @Test func manyPortsAreOneReport() async throws {
    let pool = try await pool()
    let body = (1...40).map { line([6: "\($0)"]) }.joined()
    #expect(await hand(body, to: pool).object["reports"] as? Int == 1)
    let report = try #require(try await reports(pool).first)
    #expect(report.shape.manner == .manyPorts && report.morePorts)
    #expect(report.ports == Array(1...16) && report.packets == CountRange(120))
  }

  @Test func whatIsNotKnownIsNotMadeUp() async throws {
    let pool = try await pool()
    let body =
      line([1: "", 4: "???", 5: "10.0.0.1", 6: "???", 7: "6", 8: ""])
      + line([3: "203.0.113.10", 4: "8", 6: "0", 7: "ICMP", 8: ""])
    #expect(await hand(body, to: pool).object["bad"] as? Int == 0)
    let hidden = try #require(try await reports(pool).first)
    #expect(hidden.ports.isEmpty && hidden.pseudonyms.isEmpty)
    #expect(hidden.targets == CountRange(low: 1, high: 3))
    let echo = try #require(try await reports(pool, "203.0.113.10").first)
    #expect(echo.shape.icmp == ReportShape.ICMPMessage(type: 8, code: 0))
  }

  @Test(arguments: [
    (0, "2026-09-21 16:00:00"), (0, "2026-02-30 16:00:00 +00:00"), (0, "2026-9-21 16:00:00 +00:00"),
    (0, "2026-09-21T16:00:00 +00:00"), (0, "2026-09-21 24:00:00 +00:00"), (0, ""),
    (0, "2026-09-21 18:00:00 +02:00"), (0, "2026-08-01 00:00:00 +00:00"),
    (0, "2026-09-21 16:00:00 +02:60"), (1, String(repeating: "1", count: 65)), (2, "0"), (2, "-1"),
    (2, "4294967296"), (2, "1e3"), (3, "10.0.0.7"), (3, "127.0.0.1"), (3, "224.0.0.1"),
    (3, "203.0.113"), (3, "0.0.0.0"), (4, "65536"), (4, "x"), (5, ""), (5, "host"), (6, "-1"),
    (7, "SCP"), (7, "255"), (7, ""), (8, String(repeating: "S", count: 33)), (3, "203.0.113.9\0"),
    (3, "<b>"),
  ])
  func badLinesAreCountedAndNamed(_ cell: Int, _ text: String) async throws {
    let pool = try await pool()
    let answer = await hand(line([3: "203.0.113.99"]) + line([cell: text]), to: pool)
    #expect(answer.status == 200 && answer.object["bad"] as? Int == 1, "\(answer.text)")
    let problem = try #require((answer.object["problems"] as? [[String: Any]])?.first)
    #expect(problem["line"] as? Int == 2)
    #expect(!answer.text.contains("<b>"))
    #expect(try await reports(pool).isEmpty)
    #expect(await hand(line([cell: text]), to: pool).status == 400, "not one is good")
  }

  @Test func onlyAKeyForItOpensTheDoor() async throws {
    let pool = try await pool([.read, .details, .incidents])
    #expect(await hand(line(), to: pool).status == 403)
    #expect(await hand(line(), to: pool, key: EnrolmentToken().text).status == 401)
    #expect(await hand(line(), to: pool, key: "x").status == 401)
    var call = Call()
    call.body = Array(line().utf8)
    #expect(
      await pool.desk.answer(method: "POST", target: "/api/v1/dshield", call: call).0.status == 401)
  }

  @Test func aSuspendedSensorIsRefused() async throws {
    let pool = try await pool()
    let sensor = try #require(DoorSensor.key(of: token)).sensor
    let suspension = SensorRecord.Suspension(since: MadePool.now, because: "a test")
    #expect(try await pool.store.setSuspension(suspension, of: sensor))
    #expect(await hand(line(), to: pool).status == 403)
  }

  @Test func moreThanIsTakenAtOnceIsRefused() async throws {
    let pool = try await pool()
    let many = String(repeating: line(), count: DShieldReports.mostLines)
    #expect(await hand(many + line(), to: pool).status == 413)
    #expect(await hand(many, to: pool).object["reports"] as? Int == 1)
    let long = String(repeating: "x", count: Desk.mostBytesOfLines + 1)
    #expect(await hand(long, to: pool).status == 413)
    // As many reports as lines fit into one batch.
    let each = (0..<DShieldReports.mostLines).map {
      line([3: "203.0.\($0 / 250).\($0 % 250 + 1)"])
    }.joined()
    #expect(await hand(each, to: pool).object["reports"] as? Int == DShieldReports.mostLines)
  }

  @Test func anyBytesAreAnswered() async throws {
    let pool = try await pool()
    var state: UInt64 = 11
    for _ in 0..<200 {
      var bytes = Array(line().utf8)
      for _ in 0..<4 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 25)
      }
      var call = Call()
      call.body = bytes
      call.key = token.text
      let answer = await pool.desk.answer(method: "POST", target: "/api/v1/dshield", call: call).0
      #expect([200, 400].contains(answer.status))
    }
  }
}

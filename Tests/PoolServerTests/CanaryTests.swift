import Knowledge
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// Canaries: who reports one is noted, and nobody else learns of it.
@Suite struct CanaryTests {
  private static let canary = "198.51.100.77"

  /// A pool with three sensors in three networks.
  private struct Watched {
    let pool: MadePool
    let keys: [SensorKey]
    let program = EnrolmentToken()

    init() async throws {
      pool = try MadePool()
      keys = try await IncidentTests.sensors(3, in: pool)
      try await pool.store.put(
        AccessKey(
          digest: program.digest, name: "staff", scopes: [.canaries], made: MadePool.now,
          expires: MadePool.now.later(3_600)))
    }

    /// Asks in the name of the staff, or of somebody with another key.
    func ask(
      _ method: String, _ path: String, _ body: String = "", key: EnrolmentToken? = nil
    ) async -> ServerAnswer {
      var call = Call()
      call.key = (key ?? program).text
      call.body = Array(body.utf8)
      return await pool.desk.answer(method: method, target: path, call: call).0
    }

    func plant(_ address: String, note: String = "list of May") async -> ServerAnswer {
      await ask(
        "POST", "/api/v1/canaries",
        "{\"address\":\"\(address)\",\"note\":\"\(note)\",\"by\":\"Ann\"}")
    }

    /// All sensors report an address; so many of them say that they completed a connection.
    func report(_ address: String, firm: Int = 0, sequence: Int64 = 1) async throws {
      for (number, key) in keys.enumerated() {
        let report = try MadePool.report(
          address, article: "horizontal-scan", forged: number >= firm)
        let answer = await pool.post(
          try key.sign(sequence: sequence, reports: [report, report]).bytes)
        #expect(answer.status == 200 && answer.object["reports"] as? Int == 2)
      }
    }
  }

  /// What is asked of an address, and of everything that it could show in.
  private static func paths(_ address: String) -> [String] {
    [
      "/api/v1/addresses/\(address)", "/address/\(address)", "/api/v1/prefixes/198.51.100.0/24",
      "/prefix/198.51.100.0/24", "/feeds/addresses.txt", "/feeds/addresses.csv",
      "/feeds/addresses.json", "/feeds/addresses.stix.json", "/feeds/incidents.atom",
      "/api/v1/incidents", "/incidents", "/", "/api/v1/ports/udp/137",
      "/api/v1/articles/horizontal-scan", "/incident/1", "/api/v1/incidents/1",
    ]
  }

  @Test func whatIsReportedOfACanaryShowsNowhere() async throws {
    // One pool in which all report a canary, and one in which nobody reports anything of the kind.
    let (watched, quiet) = (try await Watched(), try await Watched())
    #expect(await watched.plant(CanaryTests.canary).status == 201)
    try await watched.report(CanaryTests.canary, firm: 3)
    for one in [watched, quiet] { try await one.pool.desk.upkeep.run(at: MadePool.now) }
    for path in CanaryTests.paths(CanaryTests.canary) {
      let (with, without) = (await watched.pool.get(path), await quiet.pool.get(path))
      #expect(with.status == without.status, "\(path)")
      // That three networks reported something is said where nothing is published yet.
      if !with.text.contains("Reports are in since") {
        #expect(with.body == without.body, "\(path)")
      }
    }
    #expect(try await watched.pool.store.incidents(IncidentFilter(), limit: 9, before: nil).isEmpty)
    let reports = try await watched.pool.store.reports(
      source: try #require(Address(CanaryTests.canary)), in: watched.pool.desk.span, limit: 9,
      after: nil)
    #expect(reports.count == 6, "the reports themselves stay")
  }

  /// The same of an address that is no canary shows everywhere, and of the canary beside it nothing.
  @Test func whatIsReportedOfOthersShows() async throws {
    let watched = try await Watched()
    #expect(await watched.plant(CanaryTests.canary).status == 201)
    try await watched.report(CanaryTests.canary, firm: 3)
    try await watched.report("198.51.100.78", firm: 3, sequence: 2)
    try await watched.pool.desk.upkeep.run(at: MadePool.now)
    for path in CanaryTests.paths("198.51.100.78") where !path.contains("ports") {
      let answer = await watched.pool.get(path)
      #expect(answer.status == 200 && !answer.text.contains(CanaryTests.canary), "\(path)")
      if !path.contains("article") { #expect(answer.text.contains("198.51.100.78"), "\(path)") }
    }
    let port = await watched.pool.get("/api/v1/ports/udp/137").object
    let days = try #require(port["days"] as? [[String: Any]])
    #expect(days.map { $0["sourcesAtLeast"] as? Int } == [1])
  }

  @Test func whoReportsOneIsNotedWithWhatItCanMean() async throws {
    let watched = try await Watched()
    #expect(await watched.plant(CanaryTests.canary).status == 201)
    try await watched.report(CanaryTests.canary, firm: 1)
    try await watched.report("198.51.100.78", firm: 3, sequence: 2)
    let path = "/api/v1/canaries/\(CanaryTests.canary)"
    for _ in 0..<2 {
      try await watched.pool.desk.upkeep.run(at: MadePool.now)
      let answer = await watched.ask("GET", path)
      #expect(answer.isPrivate && answer.object["note"] as? String == "list of May")
      let hits = try #require(answer.object["hits"] as? [[String: Any]])
      #expect(
        Set(hits.compactMap { $0["sensor"] as? String })
          == Set(watched.keys.map { $0.sensor.description }))
      for hit in hits {
        let isFirm = hit["sensor"] as? String == watched.keys[0].sensor.description
        #expect(hit["firm"] as? Int == (isFirm ? 2 : 0))
        #expect(hit["forgeable"] as? Int == (isFirm ? 0 : 2))
        #expect(hit["reading"] as? String == (isFirm ? "firm" : "forgeable"))
      }
      #expect(
        answer.object["says"] as? [String] == CanaryReading.allCases.map(\.sentence))
    }
    #expect(try await watched.pool.store.sensors().allSatisfy { $0.suspension == nil })
  }

  /// A program that ended before it noted a hit finds it in the reports.
  @Test func whatWasMissedIsFound() async throws {
    let watched = try await Watched()
    #expect(await watched.plant(CanaryTests.canary).status == 201)
    try await watched.report(CanaryTests.canary, firm: 1)
    #expect(try await watched.pool.store.canaryCounts().isEmpty)
    let options = PoolServerOptions(clock: { MadePool.now })
    let later = PoolUpkeep(store: watched.pool.store, options: options)
    try await later.run(at: MadePool.now.later(60), isStart: true)
    let counts = try await watched.pool.store.canaryCounts()
    #expect(counts.map { $0.firm + $0.forgeable } == [2, 2, 2])
    try await watched.pool.desk.upkeep.run(at: MadePool.now.later(120))
    #expect(try await watched.pool.store.canaryCounts() == counts)
    let noted = try await watched.pool.store.canaryHits(of: nil, by: nil, limit: 9).map(\.noted)
    #expect(Set(noted) == [MadePool.now.later(60)])
  }

  @Test func onlySilentAddressesBecomeCanaries() async throws {
    let watched = try await Watched()
    try await watched.report("198.51.100.78")
    for (address, note, status) in [
      ("198.51.100.78", "x", 409), ("10.1.2.3", "x", 400), ("224.0.0.1", "x", 400),
      ("nowhere", "x", 400), (CanaryTests.canary, "", 400),
      (CanaryTests.canary, String(repeating: "x", count: 501), 400),
      (CanaryTests.canary, "x", 201), (CanaryTests.canary, "x", 409),
    ] {
      #expect(await watched.plant(address, note: note).status == status, "\(address) \(note)")
    }
    #expect(await watched.ask("POST", "/api/v1/canaries", "{}").status == 400)
    let withdrawal = "/api/v1/canaries/\(CanaryTests.canary)/withdrawal"
    #expect(await watched.ask("POST", withdrawal).status == 200)
    #expect(await watched.ask("POST", withdrawal).status == 404)
    #expect(await watched.ask("GET", "/api/v1/canaries/198.51.100.1").status == 404)
    let list = await watched.ask("GET", "/api/v1/canaries")
    #expect((list.object["canaries"] as? [[String: Any]])?.count == 1)
    let other = EnrolmentToken()
    try await watched.pool.store.put(
      AccessKey(
        digest: other.digest, name: "reader", scopes: [.read, .details, .incidents],
        made: MadePool.now, expires: MadePool.now.later(3_600)))
    for (method, path) in [
      ("GET", "/api/v1/canaries"), ("POST", "/api/v1/canaries"),
      ("GET", "/api/v1/canaries/198.51.100.1"), ("POST", withdrawal),
    ] {
      #expect(await watched.ask(method, path, key: other).status == 403)
    }
  }

  /// What is reported of days behind the withdrawal is published as of any address.
  @Test(arguments: [(2, true), (1, false)])
  func afterItIsWithdrawnItIsAnAddress(_ daysAgo: Int64, _ isPublished: Bool) async throws {
    let watched = try await Watched()
    #expect(await watched.plant(CanaryTests.canary).status == 201)
    let address = try #require(Address(CanaryTests.canary))
    let then = MadePool.now.later(-daysAgo * 86_400)
    #expect(try await watched.pool.store.withdraw(canary: address, at: then))
    watched.pool.desk.upkeep.canaries.renew()
    try await watched.report(CanaryTests.canary)
    try await watched.pool.desk.upkeep.run(at: MadePool.now)
    let answer = await watched.pool.get("/api/v1/addresses/\(CanaryTests.canary)")
    #expect(answer.object["published"] as? Bool == isPublished)
    #expect(try await watched.pool.store.canaryCounts().isEmpty)
  }
}

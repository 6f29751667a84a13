import Detection
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// Incidents, from reports to pages.
@Suite struct IncidentTests {
  /// Lets sensors of some networks report an address, so many times each.
  static func report(
    to pool: MadePool, _ subject: String = "198.51.100.7", networks: Range<Int>, times: Int = 1,
    sequence: Int64 = 1, article: String? = "horizontal-scan", keys: [SensorKey],
    hoursAgo: Int64 = 30
  ) async throws {
    for number in networks {
      let reports = try (0..<times).map { _ in
        try MadePool.report(subject, hoursAgo: hoursAgo, article: article)
      }
      let answer = await pool.post(
        try keys[number].sign(sequence: sequence, reports: reports).bytes)
      #expect(answer.status == 200)
    }
  }

  /// Sensors, each of a network of its own, enrolled in a pool.
  static func sensors(_ count: Int, in pool: MadePool) async throws -> [SensorKey] {
    var keys: [SensorKey] = []
    for number in 0..<count {
      let key = SensorKey()
      try await pool.enrol(key, network: "203.0.\(number).0/24")
      keys.append(key)
    }
    return keys
  }

  @Test func enoughNetworksMakeAnIncident() async throws {
    let pool = try MadePool()
    let keys = try await IncidentTests.sensors(4, in: pool)
    try await IncidentTests.report(to: pool, networks: 0..<2, times: 5, keys: keys)
    try await pool.desk.upkeep.run(at: MadePool.now)
    let subject = try #require(Address("198.51.100.7"))
    #expect(try await pool.store.incident(subject: subject) == nil)
    try await IncidentTests.report(to: pool, networks: 2..<3, keys: keys)
    try await pool.desk.upkeep.run(at: MadePool.now)
    var incident = try #require(try await pool.store.incident(subject: subject))
    #expect(incident.reports == 11 && incident.networks == 3 && incident.revision == 1)
    #expect(incident.article == "horizontal-scan" && incident.state == .open)
    // Without news nothing is written.
    try await pool.desk.upkeep.run(at: MadePool.now)
    try await IncidentTests.report(to: pool, networks: 3..<4, keys: keys, hoursAgo: 29)
    try await pool.desk.upkeep.run(at: MadePool.now)
    incident = try #require(try await pool.store.incident(subject: subject))
    #expect(incident.reports == 12 && incident.networks == 4 && incident.revision == 2)
  }

  @Test func whatAProgramThatEndedMissedIsMadeUpFor() async throws {
    let pool = try MadePool()
    let keys = try await IncidentTests.sensors(3, in: pool)
    try await IncidentTests.report(to: pool, networks: 0..<3, keys: keys)
    // Another clerk, as after a start: it saw none of these batches.
    let clerk = IncidentClerk(store: pool.store)
    try await clerk.run(at: MadePool.now, days: Desk.days)
    let subject = try #require(Address("198.51.100.7"))
    #expect(try await pool.store.incident(subject: subject) == nil)
    for _ in 0..<3 {
      try await clerk.noteAll(since: pool.desk.span.lowerBound)
      try await clerk.run(at: MadePool.now, days: Desk.days)
    }
    let incident = try #require(try await pool.store.incident(subject: subject))
    #expect(incident.reports == 3 && incident.revision == 1)
    try await clerk.run(at: MadePool.now.later(8 * 86_400), days: Desk.days)
    let quiet = try #require(try await pool.store.incident(subject: subject))
    #expect(quiet.state == .closed && quiet.revision == 2)
  }

  @Test func whatFewHaveMetIsNoIncidentForThePublic() async throws {
    let pool = try MadePool { $0.networksOfIncident = 1 }
    let keys = try await IncidentTests.sensors(4, in: pool)
    try await IncidentTests.report(to: pool, networks: 0..<1, keys: keys)
    try await IncidentTests.report(
      to: pool, "198.51.100.9", networks: 1..<4, sequence: 2, keys: keys)
    try await pool.desk.upkeep.run(at: MadePool.now)
    #expect(try await pool.store.incident(IncidentID(rawValue: 2)) != nil)
    for path in ["/incident/1", "/api/v1/incidents/1"] {
      let hidden = await pool.get(path)
      let missing = await pool.get(path.replacing("1", with: "9", maxReplacements: 1))
      #expect(hidden.status == 404, Comment(rawValue: path))
      if path.hasPrefix("/incident") { #expect(hidden.body == missing.body) }
    }
    let list = await pool.get("/api/v1/incidents")
    #expect((list.object["incidents"] as? [[String: Any]])?.count == 1)
    #expect(!list.text.contains("198.51.100.7\"") && list.text.contains("198.51.100.9\""))
    let page = await pool.get("/incident/2")
    #expect(page.status == 200 && page.text.contains("198.51.100.9"))
    #expect(!page.text.contains("Journal") && !page.text.contains("203.0."))
    #expect(await pool.get("/incidents").text.contains("198.51.100.9"))
    #expect(!(await pool.get("/").text.contains("198.51.100.7")))
  }

  @Test func pagesOfIncidentsGoOn() async throws {
    let pool = try MadePool()
    let keys = try await IncidentTests.sensors(3, in: pool)
    for number in 0..<12 {
      try await IncidentTests.report(
        to: pool, "198.51.100.\(number + 1)", networks: 0..<3, sequence: Int64(number + 1),
        keys: keys)
    }
    try await pool.desk.upkeep.run(at: MadePool.now)
    var (seen, path) = ([Int](), "/api/v1/incidents?limit=5")
    while true {
      let answer = await pool.get(path).object
      let page = try #require(answer["incidents"] as? [[String: Any]])
      seen += page.compactMap { $0["incident"] as? Int }
      guard let next = answer["next"] as? Int, seen.count < 50 else { break }
      path = "/api/v1/incidents?limit=5&before=\(next)"
    }
    #expect(seen == Array((1...12).reversed()))
    for bad in ["limit=0", "limit=101", "limit=x", "before=0", "before=-1", "state=gone"] {
      #expect(await pool.get("/api/v1/incidents?\(bad)").status == 400, Comment(rawValue: bad))
    }
    #expect(
      (await pool.get("/api/v1/incidents?state=closed").object["incidents"] as? [Any])?.isEmpty
        == true)
  }

  @Test func confirmedCausesTellHowOftenAVerdictIsRight() async throws {
    let pool = try MadePool()
    let keys = try await IncidentTests.sensors(3, in: pool)
    for number in 0..<4 {
      try await IncidentTests.report(
        to: pool, "198.51.100.\(number + 1)", networks: 0..<3, sequence: Int64(number + 1),
        keys: keys)
    }
    try await pool.desk.upkeep.run(at: MadePool.now)
    for (number, article) in [(1, "horizontal-scan"), (2, "horizontal-scan"), (3, "traceroute")] {
      _ = try await pool.store.record(
        .confirmed(by: "Ann", article: article, because: "asked them"),
        on: IncidentID(rawValue: Int64(number)), at: MadePool.now, ifRevision: nil)
    }
    let page = await pool.get("/incident/4").text
    #expect(page.contains("Of 3 incidents with this verdict"))
    #expect(page.contains("it was right in 2 "))
    #expect(await pool.get("/article/horizontal-scan").text.contains("it was right in 2 "))
    #expect(await pool.get("/incident/3").text.contains("Traceroute"))
  }
}

import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

@Suite struct AnswerTests {
  /// A pool in which sensors of so many networks reported an address.
  private func pool(
    networks: Int, article: String? = "reverse-name-lookup", hoursAgo: Int64 = 30
  ) async throws -> MadePool {
    let pool = try MadePool()
    for number in 0..<networks {
      let key = SensorKey()
      try await pool.enrol(key, network: "203.0.\(number).0/24")
      let report = try MadePool.report(hoursAgo: hoursAgo, article: article)
      let answer = await pool.post(try key.sign(sequence: 1, reports: [report]).bytes)
      #expect(answer.status == 200)
    }
    try await pool.desk.upkeep.run(at: MadePool.now)
    return pool
  }

  @Test func whatFewHaveMetIsAnsweredLikeWhatIsUnknown() async throws {
    let few = try await pool(networks: 2)
    let met = await few.get("/api/v1/addresses/198.51.100.7")
    let unknown = await few.get("/api/v1/addresses/198.51.100.9")
    #expect(met.status == 200 && met.object["published"] as? Bool == false)
    #expect(
      met.text.replacing("198.51.100.7", with: "")
        == unknown.text.replacing("198.51.100.9", with: ""))
    let late = try await pool(networks: 3, hoursAgo: 2)
    #expect(await late.get("/api/v1/addresses/198.51.100.7").body == met.body)
    let pages = (
      await few.get("/address/198.51.100.7").text, await few.get("/address/198.51.100.9").text
    )
    #expect(
      pages.0.replacing("198.51.100.7", with: "") == pages.1.replacing("198.51.100.9", with: ""))
  }

  @Test func severalNetworksAreEnough() async throws {
    let pool = try await pool(networks: 3)
    let answer = await pool.get("/api/v1/addresses/198.51.100.7")
    #expect(answer.object["published"] as? Bool == true)
    #expect(answer.object["prevalence"] as? String == "several")
    #expect(answer.object["verdicts"] as? [String] == ["reverse-name-lookup"])
    #expect(answer.object["forgery"] as? String == "anybody-could-have")
    #expect(!answer.text.contains("203.0.") && !answer.text.contains("sensors\""))
    let block = await pool.get("/api/v1/prefixes/198.51.100.0/24")
    #expect((block.object["addresses"] as? [Any])?.count == 1)
    let port = await pool.get("/api/v1/ports/udp/137")
    #expect((port.object["days"] as? [Any])?.count == 1)
    let article = await pool.get("/api/v1/articles/reverse-name-lookup")
    #expect((article.object["days"] as? [Any])?.count == 1)
  }

  @Test(arguments: [
    "/api/v1/addresses/no", "/api/v1/addresses/%00",
    "/api/v1/prefixes/198.51.100.0/8", "/api/v1/prefixes/0.0.0.0/0",
    "/api/v1/prefixes/198.51.100.0/+24", "/api/v1/ports/udp/65536", "/api/v1/ports/udp/-1",
    "/api/v1/ports/icmp/8", "/address/..%2f..%2fetc", "/address/%3Cscript%3E", "/%", "/%zz",
    "/address//", "/./healthz", "/../healthz", "/address/%ff", "nothing", "",
  ]) func whatIsMalformedIsRefused(target: String) async throws {
    let pool = try MadePool()
    let answer = await pool.get(target)
    #expect(answer.status == 400, "\(target)")
    #expect(await pool.get("/api/v1/prefixes/::/16").status == 404, "nobody may ask for so much")
    #expect(!answer.text.lowercased().contains("<script"))
  }

  @Test func unknownPathsAndMethodsAreRefused() async throws {
    let pool = try MadePool()
    #expect(await pool.get("/nothing").status == 404)
    #expect(await pool.get("/api/v1/articles/nothing").status == 404)
    #expect(await pool.get("/article/nothing").status == 404)
    let answer = await pool.get("/api/v1/batches")
    #expect(answer.status == 405 && answer.headers.contains { $0 == ("Allow", "POST") })
    #expect(await pool.post([], to: "/healthz").status == 405)
    #expect(await pool.get("/" + String(repeating: "a", count: 3_000)).status == 400)
  }

  @Test func searchesLeadToPages() async throws {
    let pool = try MadePool()
    for (what, path) in [
      ("198.51.100.7", "/address/198.51.100.7"), ("2001:DB8::7", "/address/2001:db8::7"),
      ("198.51.100.9%2F24", "/prefix/198.51.100.0/24"), ("udp%2F137", "/port/udp/137"),
      ("+137+", "/port/137"), ("%2312", "/incident/12"),
      ("Reverse-Name-Lookup", "/article/reverse-name-lookup"),
    ] {
      let answer = await pool.get("/lookup?what=\(what)")
      #expect(
        answer.status == 303 && answer.headers.contains { $0 == ("Location", path) }, "\(what)")
    }
    let hostile = await pool.get("/lookup?what=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    #expect(hostile.status == 404 && !hostile.text.contains("<script"))
    #expect(hostile.text.contains("&quot;&gt;&lt;script&gt;"))
    #expect(await pool.get("/lookup").status == 404)
    let split = await pool.get("/lookup?what=a%0d%0aSet-Cookie:x")
    #expect(split.status == 404 && !split.headers.contains { $0.value.contains("\n") })
  }

  @Test func theDescriptionTellsOfEveryRoute() async throws {
    let pool = try MadePool()
    let document = await pool.get("/openapi.json").object
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    #expect(document["openapi"] as? String == "3.1.0")
    let described = paths.flatMap { path, operations in
      operations.keys.map { "\($0.uppercased()) \(path)" }
    }
    #expect(described.sorted() == Routes.all.map { "\($0.method.rawValue) \($0.path)" }.sorted())
    for route in Routes.all {
      var target = route.path
      for parameter in route.parameters {
        target = target.replacing("{\(parameter.name)}", with: parameter.example)
      }
      let answer = await pool.desk.answer(
        method: route.method.rawValue, target: target, call: Call()
      ).0
      #expect(route.answers.contains { $0.status == answer.status }, "\(target): \(answer.status)")
      if answer.status == 200 {
        #expect(answer.type.hasPrefix(route.gives), "\(target): \(answer.type)")
      }
    }
  }

  @Test func countersTellOfNobody() async throws {
    let pool = try await pool(networks: 1)
    _ = await pool.post([1, 2, 3])
    let text = await pool.get("/metrics").text
    #expect(text.contains("culprit_pool_batches_total{outcome=\"stored\"} 1\n"))
    #expect(text.contains("culprit_pool_batches_total{outcome=\"malformed\"} 1\n"))
    #expect(text.contains("culprit_pool_reports_total 1\n") && !text.contains("198.51"))
  }
}

import Detection
import Foundation
import FoundationXML
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// Looking for what is alike, and what is given to programs.
@Suite struct PatternTests {
  private func pattern(_ port: UInt16 = 137, gap: Double = 30) -> Pattern {
    var pattern = Pattern(transport: .udp)
    pattern.sourcePort = .fixed(port)
    pattern.destinationPort = 137
    pattern.length = 78
    pattern.targetOrder = .unordered
    pattern.gapBetween = gap
    pattern.burstSize = 3
    return pattern
  }

  private func pool(
    networks: Int, article: String? = "horizontal-scan", forged: Bool = true
  ) async throws -> MadePool {
    let pool = try MadePool()
    let keys = try await IncidentTests.sensors(networks, in: pool)
    for key in keys {
      var report = try MadePool.report(article: article, forged: forged)
      report.pattern = pattern()
      let answer = await pool.post(try key.sign(sequence: 1, reports: [report]).bytes)
      #expect(answer.status == 200)
    }
    return pool
  }

  @Test func whatIsAlikeIsFoundAndExplained() async throws {
    let pool = try await pool(networks: 3)
    let asked = pattern(gap: 34).encoded
    let answer = await pool.post(asked, to: "/api/v1/patterns/search")
    let matches = try #require(answer.object["matches"] as? [[String: Any]])
    #expect(matches.count == 1 && matches[0]["alike"] as? Bool == true)
    #expect(
      (matches[0]["addresses"] as? [[String: Any]])?.first?["address"] as? String == "198.51.100.7")
    #expect((matches[0]["features"] as? [[String: Any]])?.isEmpty == false)
    let digest = pattern().digest
    let page = await pool.get("/pattern/\(digest)")
    #expect(page.status == 200 && page.text.contains("198.51.100.7"))
    #expect(await pool.get("/api/v1/patterns/\(digest)").object["published"] as? Bool == true)
    let found = await pool.get("/lookup?what=\(digest)")
    #expect(found.headers.contains { $0.name == "Location" && $0.value == "/pattern/\(digest)" })
  }

  /// What is reported of a canary publishes no pattern; what is published of another source does.
  @Test func aCanarysPatternIsPublishedByOthersAlone() async throws {
    let pool = try MadePool()
    let keys = try await IncidentTests.sensors(3, in: pool)
    let canary = try #require(Address("198.51.100.77"))
    #expect(
      try await pool.store.plant(
        Canary(address: canary, note: "x", by: "Ann", since: MadePool.now)))
    for (number, address) in ["198.51.100.77", "198.51.100.7"].enumerated() {
      for key in keys {
        var report = try MadePool.report(address)
        report.pattern = pattern()
        let batch = try key.sign(sequence: Int64(number + 1), reports: [report])
        #expect(await pool.post(batch.bytes).status == 200)
      }
      let answer = await pool.get("/api/v1/patterns/\(pattern().digest)")
      #expect(answer.object["published"] as? Bool == (number == 1))
      #expect(!answer.text.contains("198.51.100.77"))
    }
  }

  @Test func whatFewHaveMetIsLikeWhatNobodyHas() async throws {
    let pool = try await pool(networks: 2)
    let digest = pattern().digest
    let (met, unknown) = (
      await pool.get("/pattern/\(digest)"), await pool.get("/pattern/0123456789abcdef")
    )
    #expect(
      met.text.replacing(digest, with: "") == unknown.text.replacing("0123456789abcdef", with: ""))
    let answer = await pool.post(pattern().encoded, to: "/api/v1/patterns/search")
    #expect((answer.object["matches"] as? [Any])?.isEmpty == true)
    for bytes in [[], [0], [UInt8](repeating: 255, count: 64), [UInt8](repeating: 0, count: 300)] {
      #expect(await pool.post(bytes, to: "/api/v1/patterns/search").status == 400)
    }
    #expect(await pool.get("/pattern/xyz").status == 400)
  }

  @Test func listsForProgramsAccuseNobodyWhoCouldBeForged() async throws {
    let forged = try await pool(networks: 3)
    #expect(!(await forged.get("/feeds/addresses.txt").text.contains("198.51.100.7")))
    #expect(await forged.get("/feeds/addresses.csv").text.contains("198.51.100.7,several"))
    let innocent = try await pool(networks: 3, article: "reverse-name-lookup", forged: false)
    #expect(!(await innocent.get("/feeds/addresses.txt").text.contains("198.51.100.7")))
    let firm = try await pool(networks: 3, forged: false)
    let list = await firm.get("/feeds/addresses.txt").text
    #expect(list.contains("198.51.100.7 # ") && list.contains("last met"))
    let bundle = await firm.get("/feeds/addresses.stix.json")
    let objects = try #require(bundle.object["objects"] as? [[String: Any]])
    #expect(
      objects.compactMap { $0["type"] as? String }
        == ["identity", "ipv4-addr", "observed-data", "note"])
    #expect(Set(objects.compactMap { $0["id"] as? String }).count == 4)
    try await firm.desk.upkeep.run(at: MadePool.now)
    let atom = await firm.get("/feeds/incidents.atom")
    let parser = XMLParser(data: Data(atom.body))
    #expect(parser.parse() && atom.text.contains("incident-1<"))
    for path in ["/feeds/addresses.csv", "/feeds/addresses.json", "/feeds"] {
      #expect(await firm.get(path).status == 200)
    }
  }

  @Test(arguments: [
    ("plain", "plain"), ("=1+1", "'=1+1"), ("@x", "'@x"), ("a,b", "\"a,b\""),
    ("-2", "'-2"), ("a\"b,", "\"a\"\"b,\""),
  ])
  func cellsAreText(_ text: String, _ cell: String) { #expect(csvCell(text) == cell) }
}

import Analysis
import Detection
import Diagnosis
import Observations
import Reporting
import Testing

/// What changed from one report to the next, also by way of its JSON.
@Suite struct SinceLastTests {
  private static func changes(_ earlier: Analysis, _ later: Analysis) throws -> [String] {
    let told = try #require(readReport(Array(renderJSON(earlier).utf8)))
    return SinceLast(from: told, to: later).entries.map { "\($0.change.rawValue) \($0.subject)" }
  }

  @Test func aReportHasNotChangedAgainstItself() throws {
    for (name, analysis) in Fixtures.all where name != "hostile" {
      let changes = try SinceLastTests.changes(analysis, analysis)
      #expect(changes.allSatisfy { $0.hasPrefix("same") }, "\(name): \(changes)")
      #expect(changes.count == analysis.incidents.flatMap(\.activities).count)
    }
  }

  @Test func whatComesAndGoesIsTold() throws {
    let accused = try ExportTests.accused()
    #expect(try SinceLastTests.changes(Fixtures.empty, accused) == ["new 198.51.100.77"])
    #expect(try SinceLastTests.changes(accused, Fixtures.empty) == ["gone 198.51.100.77"])
    let gone = SinceLast(from: accused, to: Fixtures.empty)
    // Nothing was seen: that is no all-clear.
    #expect(gone.entries[0].because.contains("says nothing of whether it goes on"))
  }

  @Test func growthIsMoreThanChance() throws {
    func sized(_ packets: Double) throws -> Analysis {
      var analysis = try ExportTests.accused()
      analysis.incidents[0].activities[0].evidence.traffic.packets = Bound(
        low: packets, high: packets)
      return analysis
    }
    #expect(try SinceLastTests.changes(sized(1_000), sized(3_000))[0].hasPrefix("grown"))
    #expect(try SinceLastTests.changes(sized(3_000), sized(1_000))[0].hasPrefix("shrunk"))
    #expect(try SinceLastTests.changes(sized(1_000), sized(1_400))[0].hasPrefix("same"))
    #expect(try SinceLastTests.changes(sized(2), sized(4))[0].hasPrefix("same"))
  }

  @Test func anotherVerdictIsToldWithItsReason() throws {
    let before = try ExportTests.accused(verdict: nil, severity: .low)
    var after = try ExportTests.accused()
    after.knowledge = "9 articles, ffff"
    after.incidents[0].activities[0].diagnosis.hypotheses[1].supporting = [
      WeighedIndicator(
        indicator: "many", decibans: 10, because: "64 targets that nothing led to", finding: .sweep)
    ]
    let changes = SinceLast(from: before, to: after)
    #expect(changes.entries.map(\.change) == [.reclassified])
    let because = changes.entries[0].because
    #expect(because.contains("unexplained before, horizontal-scan now"))
    #expect(because.contains("the evidence is the same, so that it is by newer knowledge"))
    #expect(because.contains("+10.0 dB for horizontal-scan is new: 64 targets"))
    #expect(!changes.reservations.isEmpty)
    let text = changes.text(path: "\u{1b}[31mold.json", style: TextStyle())
    #expect(text.contains("RECLASSIFIED") && !text.contains("\u{1b}"))
    #expect(renderJSON(after, sinceLast: changes).contains("\"reclassified\""))
  }
}

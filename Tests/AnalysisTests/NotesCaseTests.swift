import Analysis
import Detection
import Diagnosis
import Observations
import Testing

/// The user's notes in the first founding case: what each does to the rival causes.
@Suite struct NotesCaseTests {
  private func lookups(_ variant: String?, without: Set<String> = []) throws -> Activity {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1, variant: variant, without: without)
    return try #require(
      try bench.analysis().activities.first {
        $0.evidence.shape == .service(transport: .udp, port: 137)
      })
  }

  /// What the notes weigh for an article, in decibans, and why.
  private func weight(_ activity: Activity, _ article: String) throws -> (Double, [String]) {
    let hypothesis = try #require(
      activity.diagnosis.hypotheses.first { $0.article == article })
    let items = (hypothesis.supporting + hypothesis.opposing).filter {
      $0.finding == .noteTested
    }
    return (items.reduce(0) { $0 + $1.decibans }, items.map(\.because))
  }

  @Test func pulledCablesFlipTheGateway() throws {
    let unchanged = try lookups(nil)
    let (against, why) = try weight(unchanged, "nat-gateway")
    #expect(against == -10)
    #expect(why.contains { $0.contains("LAN cables pulled") && $0.contains("unchanged") })
    #expect(unchanged.diagnosis.verdict == "reverse-name-lookup")

    let stopped = try lookups("lan-host")
    let (supporting, reason) = try weight(stopped, "nat-gateway")
    #expect(supporting == 10)
    #expect(reason.contains { $0.contains("LAN cables pulled") && $0.contains("behind it") })
    #expect(try weight(stopped, "reverse-name-lookup").0 < 0)
    #expect(stopped.diagnosis.open.contains { $0.contains("LAN cables pulled") })

    let none = try lookups(nil, without: ["notes.yaml"])
    #expect(try weight(none, "nat-gateway").0 == 0)
    let hypothesis = try #require(
      none.diagnosis.hypotheses.first { $0.article == "nat-gateway" })
    #expect(hypothesis.unseen.contains { $0.indicator == "lan-disconnected" })
  }

  @Test func everyNoteIsQuotedTestedOrSaidNotToBe() throws {
    let activity = try lookups(nil)
    let notes = activity.evidence.findings.filter { $0.kind == .noteTested }
    #expect(notes.count == 4)
    func told(_ words: String) -> String {
      notes.map(\.summary).first { $0.contains("\"\(words)\"") } ?? ""
    }
    #expect(told("LAN cables pulled").contains("unchanged (ratio"))
    #expect(told("server rebooted").contains("unchanged (ratio"))
    #expect(told("browsed from the server").contains("could not be tested"))
    let driver = told("modem driver installed on the server")
    #expect(driver.contains("could not be tested") && driver.contains("may be chance"))
  }
}

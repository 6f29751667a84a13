import Analysis
import Diagnosis
import HostEvidence
import Knowledge
import Observations
import Reporting
import Testing

/// The expected verdict on the 2,500 endpoints of founding case 1: near certain, the file's hash open.
@Suite struct SocketPoolVerdictTests {
  private func host(_ variant: String? = nil) throws -> (analysis: Analysis, state: Activity) {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1, variant: variant)
    let analysis = try bench.analysis()
    // Two tools show one pool: it is told once.
    #expect(analysis.hostFindings.count == 1)
    return (analysis, try #require(analysis.hostFindings.first?.state))
  }

  @Test func thePoolIsNearCertainAndTheHashStaysOpen() throws {
    let (analysis, state) = try host()
    #expect(state.diagnosis.verdict == "dns-socket-pool" && state.severity == .info)
    #expect(state.diagnosis.posterior > 0.95)
    #expect(state.diagnosis.open.contains { $0.hasPrefix("No hash of dns.exe was compared") })
    #expect(state.diagnosis.settledBy.contains { $0.contains("SocketPoolSize") })
    #expect(state.diagnosis.next.contains { $0.run.contains("SocketPoolSize") })
    let pool = try #require(analysis.hostFindings.first)
    #expect(pool.finding.values["ports"] == .integer(2_500))
    #expect(pool.finding.values["isEven"] == .flag(true))
    // It accounts for nothing that leaves by port 137, and that has a diagnosis of its own.
    #expect(pool.remarks.contains { $0.hasPrefix("Not what sends NetBIOS name lookups") })
    #expect(analysis.activities.map(\.diagnosis.verdict) == ["reverse-name-lookup"])
    #expect(analysis.activities.first?.owners.map(\.status) == ["kernel", "kernel"])
    let file = try #require(analysis.files.first)
    guard case .consistent = file.verdict else {
      Issue.record("\(file.verdict)")
      return
    }
    #expect(renderText(analysis, style: TextStyle()).contains("consistent, no hash compared"))
  }

  @Test func anotherHashIsSaidAtTheHeadAndTakesTheVerdictAway() throws {
    let (analysis, state) = try host("altered-file")
    #expect(state.diagnosis.verdict == nil)
    #expect(state.diagnosis.sentence.hasPrefix("Unexplained: 2500 sockets of dns.exe"))
    let text = renderText(analysis, style: TextStyle())
    #expect(text.split(separator: "\n").prefix(3).contains { $0.contains("1 FILE DIFFERS") })
    #expect(text.contains("dns.exe: DIFFERS"))
  }
}

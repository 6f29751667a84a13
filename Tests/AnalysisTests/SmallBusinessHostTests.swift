import Analysis
import Diagnosis
import HostEvidence
import Knowledge
import Observations
import Reporting
import Testing

/// The small business server's own tables and files beside the wire: the expected verdict on its 2,500
/// endpoints is near certain, with the file's hash open, and no explanation of the lookups.
@Suite struct SmallBusinessHostTests {
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
    // Neither table names who asked, and both say so.
    let lookups = try #require(analysis.activities.first)
    #expect(lookups.owners.count == 2)
    for owner in lookups.owners {
      #expect(owner.status == "kernel" && owner.process == "System")
      #expect(owner.because.contains("cannot name the caller, and this does not clear it"))
    }
    #expect(lookups.senders.contains { $0.article == "netbt-kernel-sender" })
    #expect(pool.finding.summary.contains("15.3 %"))
    #expect(analysis.files.count == 1)
    let file = try #require(analysis.files.first)
    guard case .consistent(let agreements) = file.verdict else {
      Issue.record("\(file.verdict)")
      return
    }
    #expect(agreements.count == 3)
    #expect(file.remarks.contains { $0.contains("no hash compared") })
    #expect(renderText(analysis, style: TextStyle()).contains("consistent, no hash compared"))
  }

  @Test func anotherHashIsSaidAtTheHeadAndTakesTheVerdictAway() throws {
    let (analysis, state) = try host("altered-file")
    #expect(state.diagnosis.verdict == nil)
    #expect(state.diagnosis.sentence.hasPrefix("Unexplained: 2500 sockets of dns.exe"))
    let text = renderText(analysis, style: TextStyle())
    #expect(text.split(separator: "\n").prefix(3).contains { $0.contains("1 FILE DIFFERS") })
    #expect(text.contains("dns.exe: DIFFERS"))
    guard case .differs(let differences)? = analysis.files.first?.verdict else {
      Issue.record("\(analysis.files)")
      return
    }
    #expect(differences.map(\.what) == ["MD5", "SHA-1"] && differences.allSatisfy(\.isOfBytes))
    #expect(analysis.activities.first?.diagnosis.verdict == "reverse-name-lookup")
  }
}

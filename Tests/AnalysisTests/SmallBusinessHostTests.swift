import Analysis
import Detection
import Diagnosis
import HostEvidence
import Observations
import Testing

/// The small business server's own tables and files beside the wire.
@Suite struct SmallBusinessHostTests {
  private func analysis(_ variant: String? = nil) throws -> Analysis {
    let bench = try Workbench()
    try bench.make(
      "sbs2003", seed: 1, variant: variant, without: ["router.syslog", "notes.yaml"])
    return try bench.analysis()
  }

  @Test func tablesAndFilesAddWhatTheyCanAndNoMore() throws {
    let analysis = try analysis()
    let lookups = try #require(analysis.activities.first)
    #expect(lookups.diagnosis.verdict == "reverse-name-lookup")
    // Neither table names who asked, and both say so.
    #expect(lookups.owners.count == 2)
    for owner in lookups.owners {
      #expect(owner.status == "kernel" && owner.process == "System")
      #expect(owner.because.contains("cannot name the caller, and this does not clear it"))
    }
    #expect(lookups.senders.contains { $0.article == "netbt-kernel-sender" })
    // The pool is the other oddity, and no explanation of the first.
    let pools = analysis.hostFindings.map(\.finding).filter { $0.kind == .socketPool }
    #expect(pools.count >= 1)
    #expect(
      pools.allSatisfy { pool in
        guard case .integer(let ports)? = pool.values["ports"] else { return false }
        return ports == 2_500 && pool.summary.contains("15.3 %")
      })
    #expect(analysis.files.count == 1)
    guard case .consistent(let agreements)? = analysis.files.first?.verdict else {
      Issue.record("\(analysis.files)")
      return
    }
    #expect(agreements.count == 3)
    #expect(analysis.files[0].remarks.contains { $0.contains("no hash compared") })
  }

  @Test func anAlteredFileIsSaidAndTheLookupsStayWhatTheyAre() throws {
    let analysis = try analysis("altered-file")
    guard case .differs(let differences)? = analysis.files.first?.verdict else {
      Issue.record("\(analysis.files)")
      return
    }
    #expect(differences.map(\.what) == ["MD5", "SHA-1"] && differences.allSatisfy(\.isOfBytes))
    #expect(analysis.activities.first?.diagnosis.verdict == "reverse-name-lookup")
  }
}

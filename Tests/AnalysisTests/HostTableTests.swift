import Analysis
import Diagnosis
import Knowledge
import Observations
import Testing

/// Socket tables beside wire evidence: what they add, and what they cannot.
@Suite struct HostTableTests {
  /// What the scenarios bring of their own.
  private static let made: Set<String> = [
    "router.syslog", "netstat.txt", "tcpview.txt", "fport.txt",
  ]

  @Test func aTableBesideTheCaptureNamesTheKernelAndClearsNobody() throws {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1, without: HostTableTests.made)
    let bare = try #require(try bench.analysis().activities.first)
    try bench.write(
      "pasted.txt",
      Array(
        """
        > C:\\>netstat -anob -p udp
        >   Proto  Local Address          Foreign Address        State           PID
        >   UDP    0.0.0.0:53             *:*                                    1544
        >   [dns.exe]
        >   UDP    203.0.113.20:137       *:*                                    4
        >   [System]
        """.utf8))
    let analysis = try bench.analysis()
    let piece = try #require(analysis.evidence.first { $0.kind == "socket-table" })
    #expect(piece.records == 2 && piece.vantage.contains("2 sockets"))
    let activity = try #require(analysis.activities.first)
    #expect(activity.owners.map(\.status) == ["kernel"])
    #expect(activity.owners[0].because.contains("does not clear it"))
    // It moves no cause against another: only what could be asked is more.
    func weights(_ activity: Activity) -> [String] {
      activity.diagnosis.hypotheses.map { "\($0.article) \($0.posterior) \($0.supporting)" }
    }
    #expect(weights(activity) == weights(bare))
    let kernel = try #require(activity.senders.first { $0.article == "netbt-kernel-sender" })
    #expect(kernel.sentence.hasPrefix("kernel (NetBT)"))
    #expect(kernel.sentence.contains("cannot name the caller, and this does not clear it"))
    #expect(kernel.next.allSatisfy { $0.system == .windows } && !kernel.next.isEmpty)
    #expect(bare.senders.contains { $0.article == "mail-gateway-lookups" })
  }

  @Test func aPoolIsStatedByItselfAndOwnsNoneOfTheLookups() throws {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1, without: HostTableTests.made)
    var text = "  Proto  Local Address          Foreign Address        State           PID\n"
    for number in 0..<2_500 {
      text += "  UDP    0.0.0.0:\(49_152 + number * 6553 / 1_000)  *:*  1544\n  [dns.exe]\n"
    }
    text += "  UDP    203.0.113.20:137       *:*                                    4\n  [System]\n"
    try bench.write("netstat.txt", Array(text.utf8))
    let analysis = try bench.analysis()
    let pool = try #require(analysis.hostFindings.map(\.finding).first { $0.kind == .socketPool })
    #expect(pool.values["ports"] == .integer(2_500) && pool.values["isEven"] == .flag(true))
    #expect(pool.summary.contains("MS08-037") && pool.summary.contains("15.3 %"))
    let host = try #require(analysis.hostFindings.first)
    #expect(host.state.diagnosis.verdict == "dns-socket-pool")
    #expect(host.remarks.contains { $0.hasPrefix("Not what sends NetBIOS name lookups") })
    #expect(host.state.diagnosis.open.contains { $0.contains("was not compared with anything") })
    let lookups = try #require(analysis.activities.first)
    #expect(lookups.owners.map(\.status) == ["kernel"])
    #expect(lookups.owners[0].process == "System")
  }

  @Test func noProcessOwnsWhatHasNoPorts() throws {
    let bench = try Workbench()
    try bench.make("cadlock770", seed: 1, without: HostTableTests.made)
    try bench.write(
      "fport.txt",
      Array(
        """
        FPort v2.0 - TCP/IP Process to Port Mapper

        Pid   Process            Port  Proto Path
        1036  svchost        ->  135   TCP   C:\\WINNT\\system32\\svchost.exe
        8     System         ->  137   UDP

        """.utf8))
    let activity = try #require(
      try bench.analysis().activities.first {
        $0.diagnosis.verdict == "icmp-error-sent-as-udp"
      })
    #expect(activity.owners.map(\.status) == ["notVisible"])
    #expect(activity.owners[0].because.contains("no process could own it: these are not UDP ports"))
  }
}

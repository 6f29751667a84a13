import Analysis
import Detection
import Diagnosis
import Knowledge
import Observations
import Testing

/// Socket tables beside wire evidence: what they add, and what they cannot.
@Suite struct HostTableTests {
  /// What the scenarios bring of their own.
  private static let made: Set<String> = [
    "router.syslog", "files.txt", "vendor.txt", "netstat.txt", "tcpview.txt", "fport.txt",
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

  @Test func aTableThatMayBeAnybodysMovesNoCause() throws {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1, without: HostTableTests.made)
    let head = "  Proto  Local Address          Foreign Address        State           PID\n"
    let row = "       *:*                                    1999\n  [scrsvr.exe]\n"
    try bench.write("netstat.txt", Array((head + "  UDP    0.0.0.0:137" + row).utf8))
    let anybodys = try #require(try bench.analysis().activities.first)
    #expect(anybodys.owners.map(\.status) == ["owned"])
    #expect(anybodys.owners[0].because.contains("whether it is this one is not shown"))
    let status = { (activity: Activity) in
      activity.evidence.finding(.packetOwner)?.values["status"]
    }
    #expect(status(anybodys) == .text("ambiguous"))
    // With the host's own address in it the same table counts: against an innocent lookup.
    try bench.write("netstat.txt", Array((head + "  UDP    203.0.113.20:137" + row).utf8))
    let own = try #require(try bench.analysis().activities.first)
    #expect(status(own) == .text("owned"))
    let lookup = { (activity: Activity) in
      activity.diagnosis.hypotheses.first { $0.article == "reverse-name-lookup" }
    }
    #expect(try #require(lookup(own)).posterior < (try #require(lookup(anybodys))).posterior)
    #expect(try #require(lookup(own)).opposing.contains { $0.because.contains("scrsvr.exe") })
    #expect(try #require(lookup(anybodys)).opposing.isEmpty)
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
    #expect(host.state?.diagnosis.verdict == "dns-socket-pool")
    #expect(host.remarks.contains { $0.hasPrefix("Not what sends NetBIOS name lookups") })
    #expect(
      host.state?.diagnosis.open.contains { $0.contains("was not compared with anything") } == true)
    let lookups = try #require(analysis.activities.first)
    #expect(lookups.owners.map(\.status) == ["kernel"])
    #expect(lookups.owners[0].process == "System")
  }

  @Test func aPoolIsWeighedByItsOwnTurnoverOnly() throws {
    let bench = try Workbench()
    let head = "  Proto  Local Address          Foreign Address        State           PID\n"
    func table(_ otherFrom: Int) -> [UInt8] {
      let rows =
        (0..<2_500).map {
          "  UDP    0.0.0.0:\(49_152 + $0 * 6_553 / 1_000)  *:*  1544\n  [dns.exe]\n"
        }
        + (0..<3_000).map { "  UDP    0.0.0.0:\(otherFrom + $0)  *:*  1600\n  [other.exe]\n" }
      return Array((head + rows.joined()).utf8)
    }
    try bench.write("1.txt", table(2_000))
    try bench.write("2.txt", table(3_500))
    let states = try bench.analysis().hostFindings.compactMap(\.state)
    func turnover(_ process: String) -> [FindingValue?] {
      states.filter { $0.label.contains(process) }.map {
        $0.evidence.finding(.snapshotComparison)?.values["poolProcess"]
      }
    }
    // The larger pool changed between the looks; that says nothing of the other.
    #expect(turnover("dns.exe") == [nil])
    #expect(turnover("other.exe").contains(.text("other.exe (process 1600)")))
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

  @Test func twoLooksAreComparedInTheOrderOfTheirTimes() throws {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1, without: HostTableTests.made)
    let began = try #require(try bench.analysis().activities.map(\.evidence.first).min())
    let table = { (time: Timestamp, rows: String) in
      Array(
        """
        \(time)
          Proto  Local Address          Foreign Address        State           PID
          UDP    203.0.113.20:137       *:*                                    4
        \(rows)
        """.utf8)
    }
    let hour: Int64 = 3_600_000_000_000
    let (before, after) = (
      Timestamp(nanoseconds: began.nanoseconds - hour),
      Timestamp(nanoseconds: began.nanoseconds + hour)
    )
    try bench.write("b-first.txt", table(before, "  UDP    0.0.0.0:500   *:*   700"))
    try bench.write("a-later.txt", table(after, "  UDP    0.0.0.0:1029  *:*   800"))
    let found = try #require(
      try bench.analysis().hostFindings.map(\.finding).first { $0.kind == .snapshotComparison })
    #expect(found.values["orderedBy"] == .text("time"))
    #expect(found.values["trafficBegan"] == .flag(true))
    #expect(found.values["processesNew"] == .integer(1))
    #expect(
      found.summary.contains("process 800") && found.summary.contains("need not be its cause"))
    // Which of them is the later where one has no time cannot be told; without any the paths decide.
    let timeless = { (bytes: [UInt8]) in Array(bytes.drop { $0 != 10 }.dropFirst()) }
    try bench.write("b-first.txt", timeless(table(before, "")))
    #expect(
      !(try bench.analysis().hostFindings.contains { $0.finding.kind == .snapshotComparison }))
    try bench.write("a-later.txt", timeless(table(after, "")))
    let unsure = try #require(
      try bench.analysis().hostFindings.map(\.finding).first { $0.kind == .snapshotComparison })
    #expect(unsure.values["orderedBy"] == .text("path"))
    #expect(unsure.values["trafficBegan"] == .flag(false))
  }
}

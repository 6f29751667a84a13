import HostEvidence
import Observations
import Testing

/// To whom a flow belongs by a table of sockets, and what a table's silence is worth.
@Suite struct OwnershipTests {
  private func flow(
    _ port: UInt16, from address: String = "203.0.113.20", transport: Transport = .udp,
    isMisread: Bool = false, isOurs: Bool = true
  ) -> HostFlow {
    HostFlow(
      address: Address(address) ?? .unspecified, transport: transport, localPorts: [port],
      seen: Timestamp(seconds: 1_000)...Timestamp(seconds: 9_000), isMisread: isMisread,
      isOurs: isOurs)
  }

  /// A table as the program of that name prints it.
  private static let windows = """
    Active Connections

      Proto  Local Address          Foreign Address        State           PID
      UDP    0.0.0.0:53             *:*                                    1544
      [dns.exe]
      UDP    203.0.113.20:137       *:*                                    4
      [System]
      UDP    0.0.0.0:4500           *:*                                    700
      Can not obtain ownership information
      UDP    203.0.113.20:5000      *:*                                    700
      [one.exe]
      UDP    203.0.113.20:5000      *:*                                    701
      [other.exe]
      TCP    203.0.113.20:1100      192.0.2.9:445          ESTABLISHED     900
      [worker.exe]
    """

  private func table(_ text: String, captured: Int64? = nil) -> SocketTable {
    var table = SocketTables.read(Array(text.utf8))
    table.captured = captured.map { Timestamp(seconds: $0) }
    return table
  }

  private func owner(_ flow: HostFlow, captured: Int64? = nil) -> Ownership? {
    table(OwnershipTests.windows, captured: captured).owner(of: flow, path: "netstat.txt")
  }

  @Test func theSystemsNameServiceClearsNobody() throws {
    let found = try #require(owner(flow(137)))
    #expect(found.status == .kernel && found.grade == .inferred)
    #expect(found.because.contains("NetBT") && found.because.contains("cannot name the caller"))
    #expect(found.because.contains("does not clear it"))
    #expect(found.line == 6)
  }

  @Test func oneProcessOwnsWithinWhatASnapshotShows() throws {
    let found = try #require(owner(flow(53)))
    #expect(found.status == .owned && found.grade == .inferred)
    #expect(found.process?.processName == "dns.exe" && found.process?.processIdentifier == 1544)
    #expect(found.because.contains("only if it held it then"))
    let connection = try #require(owner(flow(1100, transport: .tcp)))
    #expect(connection.process?.processName == "worker.exe")
  }

  @Test func severalOrRefusedOwnersAreSaidToBe() throws {
    let several = try #require(owner(flow(5000)))
    #expect(several.status == .ambiguous && several.process == nil)
    #expect(several.because.contains("one.exe") && several.because.contains("other.exe"))
    #expect(owner(flow(4500))?.status != .owned || owner(flow(4500))?.process?.processName == nil)
  }

  @Test func silenceCountsOnlyWhereTheTableCouldHaveSpoken() throws {
    #expect(owner(flow(1029))?.status == .notVisible)
    #expect(owner(flow(1029), captured: 99_000)?.status == .notVisible)
    let during = try #require(owner(flow(1029), captured: 5_000))
    #expect(during.status == .unowned && during.because.contains("raw or packet sender"))
    // The UDP port of the same number says nothing of TCP.
    #expect(owner(flow(137, transport: .tcp), captured: 5_000)?.status == .unowned)
    let deaf = table("  TCP    203.0.113.20:1100      192.0.2.9:445          ESTABLISHED     900\n")
    #expect(deaf.owner(of: flow(137), path: "t")?.status ?? .notVisible == .notVisible)
  }

  @Test func anotherHostsTableIsNotAsked() {
    #expect(owner(flow(137, from: "198.51.100.7")) == nil)
  }

  @Test func whatHasNoPortsHasNoOwner() throws {
    let fport = table(
      """
      FPort v2.0 - TCP/IP Process to Port Mapper

      Pid   Process            Port  Proto Path
      8     System         ->  137   UDP
      """)
    let found = try #require(
      fport.owner(of: flow(770, from: "0.0.0.0", isMisread: true, isOurs: false), path: "fport.txt")
    )
    #expect(found.status == .notVisible)
    #expect(found.because.contains("no process could own it: these are not UDP ports"))
    // A table without addresses is asked about one's own hosts only.
    #expect(fport.owner(of: flow(137, isOurs: false), path: "fport.txt") == nil)
    let own = try #require(fport.owner(of: flow(137), path: "fport.txt"))
    #expect(own.status == .kernel && own.because.contains("whether it is this one is not shown"))
  }
}

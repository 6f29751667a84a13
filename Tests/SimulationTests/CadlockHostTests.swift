import HostEvidence
import Observations
import Simulation
import Testing

/// What a station's own tools show of its sockets while the bursts go on.
@Suite struct CadlockHostTests {
  @Test(arguments: [UInt64(1), 5], [nil, "altered", "valid-udp"] as [String?])
  func nobodyHoldsThePort(seed: UInt64, variant: String?) throws {
    let files = try scenario("cadlock770").make(seed: seed, variant: variant)
    let fport = SocketTables.read(try file("fport.txt", in: files).bytes)
    let netstat = SocketTables.read(try file("netstat.txt", in: files).bytes)
    #expect(fport.instrument == .fport && netstat.instrument.name == "netstat (Windows -a)")
    #expect(netstat.captured == Timestamp(try truth("netstatTaken", in: files)))
    #expect(netstat.entries.count == (try truthNumber("sockets", in: files)))
    for table in [fport, netstat] {
      #expect(table.unrecognisedLines == 0)
      #expect(
        table.entries.count { $0.local?.port == 770 }
          == (try truthNumber("holdersOfSourcePort", in: files)))
      #expect(table.entries.contains { $0.local?.port == 137 })
      let flow = HostFlow(
        address: .unspecified, transport: .udp, localPorts: [770],
        seen: Timestamp(seconds: 0)...Timestamp(seconds: 2_000_000_000), isMisread: true,
        isOurs: false)
      let owner = try #require(table.owner(of: flow, path: "table"))
      #expect(owner.status == .notVisible && owner.process == nil)
      #expect(owner.because.contains("these are not UDP ports"))
    }
  }
}

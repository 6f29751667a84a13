import HostEvidence
import Observations
import Simulation
import Testing

/// What the made server's own tools show, read as if they were real.
@Suite struct SBS2003HostTests {
  private func table(_ name: String, _ files: [SimulatedFile]) throws -> SocketTable {
    SocketTables.read(try file(name, in: files).bytes)
  }

  private func number(_ key: String, _ files: [SimulatedFile]) throws -> Int {
    try truthNumber(key, in: files, section: "hostTables")
  }

  /// The lookups, as the router's log shows them.
  private func lookups(_ files: [SimulatedFile]) throws -> HostFlow {
    let first = try #require(Timestamp(try truth("first", in: files)))
    let last = try #require(Timestamp(try truth("last", in: files)))
    return HostFlow(
      address: try #require(Address(try truth("server", in: files))), transport: .udp,
      localPorts: [137], seen: first...last, isMisread: false, isOurs: true)
  }

  @Test(arguments: [UInt64(1), 9])
  func theTablesAreAsTheTruthSays(seed: UInt64) throws {
    let files = try scenario("sbs2003").make(seed: seed)
    let netstat = try table("netstat.txt", files)
    #expect(netstat.instrument.name == "netstat (Windows -abo)")
    #expect(netstat.unrecognisedLines == 0)
    #expect(netstat.entries.count == (try number("unconnectedUDP", files)))
    #expect(netstat.entries.allSatisfy { $0.transport == .udp })
    #expect(netstat.hasRefusedOwners)
    #expect(netstat.captured == Timestamp(try truth("netstatTaken", in: files)))
    let view = try table("tcpview.txt", files)
    #expect(view.instrument == .tcpView && view.unrecognisedLines == 0)
    let datagrams = view.entries.filter { $0.transport == .udp }
    #expect(datagrams.count == netstat.entries.count)
    let open = view.entries.count - datagrams.count
    #expect(open == (try number("connectedOrListening", files)))
    #expect((100...110).contains(open) && view.entries.count > 2_700)
  }

  @Test(arguments: [UInt64(1), 9])
  func thePoolIsTheNameServers(seed: UInt64) throws {
    let files = try scenario("sbs2003").make(seed: seed)
    for name in ["netstat.txt", "tcpview.txt"] {
      let pool = try #require(try table(name, files).pools.first)
      #expect(pool.holder.processName == (try truth("process", in: files)))
      #expect(
        pool.holder.processIdentifier.map(Int.init)
          == (try number("processIdentifier", files)))
      #expect(pool.ports.count == (try number("ports", files)))
      #expect(pool.ports.first.map(Int.init) == (try number("lowest", files)))
      #expect(pool.isEven && pool.known != nil)
      let share = try #require(Double(try truth("portTakenShare", in: files)))
      #expect(abs(pool.share - share) < 0.001)
    }
  }

  @Test func nothingHoldsThePortOfTheLookups() throws {
    let files = try scenario("sbs2003").make(seed: 1)
    let flow = try lookups(files)
    for name in ["netstat.txt", "tcpview.txt"] {
      let table = try table(name, files)
      let holders = table.entries.count { entry in
        entry.local?.port == 137
          && entry.local?.address.map { $0.isUnspecified || $0 == flow.address } ?? true
      }
      #expect(holders == (try truthNumber("holdersOfLookupPortOutside", in: files)))
      let owner = try #require(table.owner(of: flow, path: name))
      // The system holds it on the cards of the local network only: who else may send is said.
      #expect(owner.status == .kernel && owner.because.hasPrefix("kernel (NetBT)"))
      #expect(owner.because.contains("cannot name the caller, and this does not clear it"))
      #expect(owner.because.contains("192.168.16.2") && owner.because.contains("raw or packet"))
    }
    var inside = flow
    inside.address = try #require(Address("192.168.16.2"))
    let owner = try table("netstat.txt", files).owner(of: inside, path: "netstat.txt")
    #expect(owner?.status == .kernel)
  }

  private func judgement(_ names: [String], _ files: [SimulatedFile]) throws -> FileJudgement {
    let claims = try names.flatMap { name in
      let manifest = try #require(
        FileManifest.read(try file(name, in: files).bytes, source: name), "\(name)")
      #expect(manifest.badLineCount == 0, "\(name)")
      return manifest.claims
    }
    let found = FileJudge.judge(claims: claims)
    #expect(found.count == 1)
    return try #require(found.first)
  }

  @Test(arguments: [UInt64(1), 9])
  func theProgramAgreesButNoHashWasCompared(seed: UInt64) throws {
    let files = try scenario("sbs2003").make(seed: seed)
    let found = try judgement(["files.txt", "vendor.txt"], files)
    #expect(try truth("verdict", in: files, section: "measuredFile") == "consistent")
    let ahead = try truthNumber("minutesAheadOfUTC", in: files)
    #expect(
      found.verdict
        == .consistent(in: [
          .size(UInt64(try truthNumber("size", in: files))),
          .time(minutesAhead: ahead, isInferred: true),
          .version(try truth("version", in: files, section: "measuredFile")),
        ]))
    #expect(found.remarks.contains { $0.contains("no hash compared") })
    #expect(found.claims.flatMap(\.hashes).count == 2)
    // What was measured alone is compared with nothing.
    guard case .unknown = try judgement(["files.txt"], files).verdict else {
      Issue.record("a verdict without a reference")
      return
    }
  }

  @Test func otherHashesOfTheMakerTellAnAlteredFile() throws {
    let files = try scenario("sbs2003").make(seed: 1, variant: "altered-file")
    let found = try judgement(["files.txt", "vendor.txt", "hashes.txt"], files)
    #expect(try truth("verdict", in: files, section: "measuredFile") == "differs")
    guard case .differs(let differences) = found.verdict else {
      Issue.record("not seen to differ: \(found.verdict)")
      return
    }
    #expect(differences.map(\.what) == ["MD5", "SHA-1"])
    #expect(differences.last?.found == (try truth("sha1", in: files)))
    let plain = try scenario("sbs2003").make(seed: 1)
    #expect(try file("files.txt", in: plain) == file("files.txt", in: files))
  }
}

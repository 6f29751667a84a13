import HostEvidence
import Observations
import Simulation
import Testing

/// Stories in which the host's own tables say more than the wire.
@Suite struct HostCauseTests {
  /// They earn an article about senders, not the verdict of a cause.
  static let stories: Set<String> = [
    "raw-sender", "packet-sender", "mail-gateway-lookups", "netbt-kernel",
  ]

  private func table(_ name: String, _ story: CauseStory) throws -> SocketTable {
    let table = SocketTables.read(try file(name, in: story.files).bytes)
    #expect(table.unrecognisedLines == 0 && table.problems.counts.isEmpty)
    #expect(table.captured == Timestamp(try truth("tablesTaken", in: story.files)))
    return table
  }

  private func port(_ story: CauseStory) throws -> UInt16 {
    UInt16(try truthNumber("port", in: story.files, section: "sender"))
  }

  /// Whom the table names at the port that the packets bear.
  private func owner(_ table: SocketTable, _ story: CauseStory) throws -> Ownership {
    let flow = HostFlow(
      address: try #require(Address(story.subject)), transport: .udp,
      localPorts: [try port(story)],
      seen: try #require(
        Timestamp(try truth("from", in: story.files)))...(try #require(
          Timestamp(try truth("to", in: story.files)))),
      isMisread: false, isOurs: true)
    return try #require(table.owner(of: flow, path: "table"))
  }

  private func holders(_ table: SocketTable, of port: UInt16) -> [String?] {
    table.entries.filter { $0.transport == .udp && $0.local?.port == port }.map(\.processName)
  }

  @Test(arguments: ["raw-sender", "packet-sender"], [false, true])
  func theSocketBelowBearsAnyPort(id: String, nearMiss: Bool) throws {
    let story = try CauseStory(id, nearMiss: nearMiss)
    let sent = story.datagrams(to: 137).filter(\.isNodeStatusQuery)
    #expect(sent.count == story.number("queries") && sent.count > 200)
    #expect(Set(sent.map(\.sourcePort)) == [try port(story)])
    let (few, all) = (try table("ss.txt", story), try table("ss-all.txt", story))
    #expect(!few.entries.contains { $0.transport.isRaw || $0.transport.isPacket })
    let below = all.entries.filter { $0.transport.isRaw || $0.transport.isPacket }
    #expect(below.count == 1 && below[0].transport.isRaw == (id == "raw-sender"))
    #expect(below[0].processName == (try truth("ableToBearAnyPort", in: story.files)))
    let sender = try truth("process", in: story.files, section: "sender")
    // Near miss: who could write any port is another than who holds this one.
    #expect((below[0].processName == sender) == !nearMiss)
    for table in [few, all] {
      #expect(holders(table, of: try port(story)) == (nearMiss ? [sender] : []))
      let owner = try owner(table, story)
      #expect((owner.status == .owned) == nearMiss)
      #expect(owner.process?.processName == (nearMiss ? sender : nil))
    }
    #expect(try truth("hostCause", in: story.files) == (nearMiss ? "null" : id))
  }

  @Test(arguments: [false, true])
  func theGatewaysProcessAsksByItself(nearMiss: Bool) throws {
    let story = try CauseStory("mail-gateway-lookups", nearMiss: nearMiss)
    let table = try table("netstat.txt", story)
    let sender = try truth("process", in: story.files, section: "sender")
    let questions = UInt16(try #require(story.number("questionPort")))
    for port in [try port(story), questions] { #expect(holders(table, of: port) == [sender]) }
    #expect(try owner(table, story).process?.processName == sender)
    let lookups = story.sent.filter(\.isNodeStatusQuery)
    #expect(lookups.allSatisfy { $0.sourcePort != 137 })
    #expect(lookups.count == story.number("lookups").map { 3 * $0 })
    let targets = Set(lookups.map { text($0.destination) })
    let visitors = Set(
      lines(of: try file("visitors.log", in: story.files)).compactMap { line in
        line.split(separator: "[").last.map { String($0.dropLast()) }
      })
    #expect(targets.intersection(visitors).count == story.number("targetsThatVisited"))
    #expect(targets.count == story.number("targets") && targets.count > 100)
    let asked = Set(story.sent.filter(\.isReverseQuestion).map(\.sourcePort))
    #expect(asked.contains(questions))
  }

  @Test(arguments: [false, true])
  func theKernelOrAProgramHoldsTheNameService(nearMiss: Bool) throws {
    let story = try CauseStory("netbt-kernel", nearMiss: nearMiss)
    let lookups = story.sent.filter(\.isNodeStatusQuery)
    #expect(lookups.allSatisfy { $0.sourcePort == 137 } && lookups.count > 200)
    #expect(lookups.count == story.number("lookups").map { 3 * $0 })
    let owner = try owner(try table("netstat.txt", story), story)
    #expect(owner.status == (nearMiss ? .owned : .kernel))
    #expect(owner.process?.processName == (try truth("holderOfPort", in: story.files)))
  }
}

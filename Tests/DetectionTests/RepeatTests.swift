import Detection
import Observations
import Testing

@Suite struct RepeatTests {
  private func packet(_ k: Int, life: Int, number: UInt16, target: UInt32 = 7) -> TracedPacket {
    var packet = TracedPacket(time: Int64(k) * 20_000_000)
    packet.target = target
    packet.identification = number
    packet.timeToLive = UInt8(clamping: life)
    packet.length = 78
    packet.flags = 5
    return packet
  }

  @Test(arguments: [1, 2, 3, 5])
  func aLadderIsALoopOfRouters(step: Int) throws {
    let copies = (0..<12).map { packet($0, life: 60 - $0 * step, number: 900) }
    let loop = try #require(PacketLoop(copies))
    #expect(loop.kind == .routers && loop.step == step && loop.copies == 12)
    #expect(loop.highest == 60 && loop.lowest == 60 - 11 * step)
    // One in three was not captured.
    let part = copies.enumerated().filter { $0.offset % 3 != 1 }.map(\.element)
    #expect(PacketLoop(part)?.kind == .routers)
    #expect(PacketLoop(part)?.step == step)
  }

  @Test func whatIsNoLoop() {
    // A sender's counter; a traceroute; a sender that always gives the same number; retries seconds apart;
    // the two copies of a mirror port.
    #expect(PacketLoop((0..<40).map { packet($0, life: 64, number: UInt16($0 + 1)) }) == nil)
    #expect(PacketLoop((0..<20).map { packet($0, life: $0 + 1, number: UInt16($0 + 1)) }) == nil)
    #expect(PacketLoop((0..<40).map { packet($0, life: 64, number: 54_321) }) == nil)
    #expect(PacketLoop((0..<9).map { packet($0 * 200, life: 64, number: 5) }) == nil)
    #expect(
      PacketLoop((0..<40).map { packet($0, life: 64 - $0 % 2, number: UInt16($0 / 2 + 1)) }) == nil)
    #expect(PacketLoop((0..<40).map { packet($0, life: 64 - $0, number: 0) }) == nil)
    #expect(PacketLoop([]) == nil)
    // Different targets, as of a scanner with one number.
    #expect(
      PacketLoop((0..<40).map { packet($0, life: 64 - $0, number: 9, target: UInt32($0)) }) == nil)
  }

  @Test func theSameAgainAmongOthersIsALoopOfTheLink() throws {
    let others = (0..<4).map { packet($0, life: 64, number: UInt16($0 + 1)) }
    let copies = (4..<24).map { packet($0, life: 64, number: 77) }
    let loop = try #require(PacketLoop(others + copies))
    #expect(loop.kind == .link && loop.copies == 20 && loop.packets == 1)
  }

  private func network(_ traffic: Traffic1, _ kind: FindingKind, capture: Bool = true) -> [Finding]
  {
    let result = traffic.run(isCapture: capture)
    return Correlation(streams: [result], visits: [], home: []).networkFindings.filter {
      $0.kind == kind
    }
  }

  /// Sixty name servers answer what one host never asked, at many ports of it.
  private func answers(hostSends: Bool, receivers: Int = 1) -> Traffic1 {
    var traffic = Traffic1()
    if hostSends { traffic.packet("198.51.100.7", 5_000, "192.0.2.1", 9_999) }
    for k in 0..<60 {
      for again in 0..<3 {
        traffic.packet(
          "203.0.113.\(k)", 53, "198.51.100.\(7 + k % receivers)", UInt16(20_000 + k * 7 + again),
          hint: .dnsResponse)
        traffic.wait(0.01)
      }
    }
    return traffic
  }

  @Test func answersOfManyToOneAreAReflection() throws {
    let found = try #require(network(answers(hostSends: true), .reflection).first)
    #expect(found.values["sources"] == .integer(60))
    #expect(found.values["receivers"] == .integer(1))
    #expect(found.values["port"] == .integer(53))
    #expect(found.values["requestsVisible"] == .flag(true))
    #expect((found.values["ports"]?.numeric ?? 0) >= 100)
    #expect(found.values["amplification"]?.numeric ?? 0 >= 28)
    // Where the receiver's own packets are not seen it may have asked.
    let blind = try #require(network(answers(hostSends: false), .reflection).first)
    #expect(blind.values["requestsVisible"] == .flag(false))
    #expect(blind.summary.contains("may have asked"))
    // Spread over as many receivers it is none, nor is anything said by a log.
    #expect(network(answers(hostSends: true, receivers: 60), .reflection).isEmpty)
    #expect(network(answers(hostSends: true), .reflection, capture: false).isEmpty)
  }

  @Test func answersThatWereAskedForAreNone() {
    var traffic = Traffic1()
    for k in 0..<60 {
      traffic.packet("198.51.100.7", 5_353, "203.0.113.\(k)", 53, hint: .dnsQuery)
      traffic.wait(0.01)
      traffic.packet("203.0.113.\(k)", 53, "198.51.100.7", 5_353, hint: .dnsResponse)
      traffic.wait(0.01)
    }
    #expect(network(traffic, .reflection).isEmpty)
  }
}

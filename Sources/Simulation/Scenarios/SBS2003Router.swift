import Observations

/// The router's log: nothing but refusals, outbound and inbound.
struct SBS2003Router {
  private(set) var log = NetfilterLogWriter(host: "gw", outside: "eth0", inside: "eth1")
  private(set) var nameLinesBefore = 0
  private(set) var nameLinesAfter = 0
  private(set) var otherOutbound = 0
  private(set) var inbound = 0

  private static let inboundGap = 320 * Clock.second
  /// The services that strangers try, with how often of 100 and the length of their packets.
  private static let probes: [(Transport, UInt16, weight: Int, length: Int)] = [
    (.tcp, 135, 24, 48), (.tcp, 139, 12, 48), (.tcp, 445, 26, 48), (.tcp, 1433, 12, 40),
    (.tcp, 22, 12, 60), (.udp, 5060, 6, 420), (.udp, 1434, 8, 404),
  ]

  init(_ story: SBS2003, sent: SBS2003Packets) {
    var random = story.recipe.random(9)
    for sent in sent.tries {
      let time = sent.time + random.microseconds(200...900)
      if sent.time < story.onset { nameLinesBefore += 1 } else { nameLinesAfter += 1 }
      log.refusedOutbound(
        time,
        RefusedPacket(
          source: SBS2003.server, destination: sent.target,
          length: NBNSBuilder.nodeStatusIPLength, ttl: 127, identification: sent.identification,
          transport: .udp, sourcePort: NBNSBuilder.port, destinationPort: NBNSBuilder.port))
    }
    for other in sent.others {
      otherOutbound += 1
      log.refusedOutbound(
        other.time,
        RefusedPacket(
          source: SBS2003.server, destination: other.target, length: other.length, ttl: 127,
          identification: other.identification, transport: other.transport,
          sourcePort: other.sourcePort, destinationPort: other.port))
    }
    addInbound(story, &random)
  }

  private mutating func addInbound(_ story: SBS2003, _ random: inout RandomSource) {
    var strangers = PublicAddresses(random: story.recipe.random(10), home: SBS2003.server)
    var time = SBS2003.start + random.exponential(mean: SBS2003Router.inboundGap)
    while time < SBS2003.end {
      let probe = SBS2003Router.drawProbe(&random)
      let source = strangers.next()
      var packet = RefusedPacket(
        source: source, destination: SBS2003.server, length: probe.length,
        ttl: story.network.ttl(from: source), identification: random.word(),
        transport: probe.0, sourcePort: random.port(), destinationPort: probe.1)
      // One stranger in eight tries again, as a connection attempt does.
      let count = probe.0 == .tcp && random.chance(125) ? 2 : 1
      for index in 0..<count where time + Int64(index) * 3 * Clock.second < SBS2003.end {
        log.refusedInbound(time + Int64(index) * 3 * Clock.second, packet)
        packet.identification &+= 1
        inbound += 1
      }
      time += random.exponential(mean: SBS2003Router.inboundGap)
    }
  }

  private static func drawProbe(
    _ random: inout RandomSource
  ) -> (Transport, UInt16, weight: Int, length: Int) {
    var left = random.within(0...99)
    for probe in probes {
      left -= probe.weight
      if left < 0 { return probe }
    }
    return probes[0]
  }
}

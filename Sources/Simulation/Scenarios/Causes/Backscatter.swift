import Observations

extension Scenario {
  /// A flooded server answers the made-up sources, some of which are ours.
  ///
  /// Near miss: a server that answers those who asked it.
  static let backscatter = Scenario.cause(
    "backscatter", "a flooded server's answers reach addresses that never asked it anything",
    article: "backscatter", outside: true
  ) { cause in
    cause.addServers()
    return cause.isNearMiss ? cause.addAnsweringServer() : cause.addBackscatter()
  }
}

extension Cause {
  fileprivate mutating func addBackscatter() -> Told {
    let victim = Endpoint(strangers.next(), 80)
    let router = victim.address & 0xffff_ff00 | 1
    let base = office.network.base
    var counts = (accepted: 0, refused: 0, errors: 0)
    var targets: Set<UInt32> = []
    repeated(from: 60, to: 540, gap: 500_000) { time, capture, random in
      let ours = Endpoint(base | UInt32(random.within(0...255)), random.port())
      let asked = UInt32(truncatingIfNeeded: random.next())
      targets.insert(ours.address)
      switch random.below(10) {
      case 0..<7:
        counts.accepted += 1
        let own = UInt32(truncatingIfNeeded: random.next())
        for wait in [0, 3] as [Int64] {
          capture.tcp(
            time + wait * Clock.second, from: victim, to: ours, flags: [.syn, .ack], sequence: own,
            acknowledgement: asked)
        }
      case 7, 8:
        counts.refused += 1
        capture.tcp(
          time, from: victim, to: ours, flags: [.rst, .ack], sequence: 0, acknowledgement: asked)
      default:
        counts.errors += 1
        let syn = PacketBuilder.tcp(
          from: ours, to: victim, sequence: asked, acknowledgement: 0, flags: .syn)
        let packet = PacketBuilder.ipv4(
          from: ours.address, to: victim.address, transport: .tcp,
          options: IPv4Options(ttl: 50, identification: random.word()), payload: syn)
        let isUnreachable = random.chance(700)
        capture.icmpError(
          time, from: isUnreachable ? victim.address : router, type: isUnreachable ? 3 : 11,
          code: isUnreachable ? 1 : 0, about: packet)
      }
    }
    var told = told(victim.address)
    told.counts = [
      ("port", .integer(80)), ("targets", .integer(targets.count)),
      ("accepted", .integer(counts.accepted)), ("refused", .integer(counts.refused)),
      ("errors", .integer(counts.errors)),
    ]
    return told
  }

  fileprivate mutating func addAnsweringServer() -> Told {
    let server = Endpoint(strangers.next(), 80)
    let clients = (2..<200).map { office.network.base | $0 }
    var conversations = 0
    repeated(from: 60, to: 540, gap: 2 * Clock.second) { time, capture, random in
      conversations += 1
      capture.converse(
        time, from: Endpoint(random.pick(clients), random.port()), to: server, roundTrip: 60_000,
        payloads: [random.filler(220), random.filler(400)], &random)
    }
    var told = told(server.address)
    told.counts = [("conversations", .integer(conversations))]
    return told
  }
}

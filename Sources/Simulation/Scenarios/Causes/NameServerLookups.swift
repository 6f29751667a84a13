import Observations

extension Scenario {
  /// A DNS server that asks hosts for their NetBIOS names, because its clients asked it for names
  /// of their addresses (a WINS-R record).
  ///
  /// Near miss: the same lookups from port 137, where the system's own resolver sends from.
  static let dnsWinsReverse = Scenario.cause(
    "dns-wins-reverse", "a DNS server asks those hosts for names whose names it was just asked for",
    article: "dns-wins-reverse"
  ) { cause in
    cause.addOffice()
    return cause.addReverseZone()
  }

  /// A client behind a gateway sends name lookups to strangers, which outside come from the gateway.
  ///
  /// Near miss: the gateway sends them itself, about those who visit the service it runs.
  static let isaSecureNAT = Scenario.cause(
    "isa-securenat", "name lookups of a client inside leave under the gateway's outside address",
    article: "isa-securenat-client"
  ) { cause in
    cause.addOffice()
    return cause.addTranslatedLookups()
  }
}

extension Cause {
  fileprivate mutating func addReverseZone() -> Told {
    let server = office.resolver
    let port = isNearMiss ? NBNSBuilder.port : DNSBuilder.port
    let (clients, group) = (stations, office.workgroup)
    var counts = (lookups: 0, answered: 0)
    var targets: Set<UInt32> = []
    repeated(from: 30, to: 570, gap: 3 * Clock.second) { time, capture, random in
      // Stations of the branches, whose networks lie in the server's reverse zone.
      let target =
        0xc0a8_0000 | UInt32(random.within(50...57)) << 8 | UInt32(random.within(10...60))
      let asker = Endpoint(random.pick(clients), random.port())
      let (question, transaction) = (random.word(), random.word())
      capture.udp(
        time, from: asker, to: Endpoint(server, DNSBuilder.port),
        payload: DNSBuilder.reverseQuery(id: question, address: target))
      counts.lookups += 1
      targets.insert(target)
      let isThere = random.chance(400)
      var moment = time + random.microseconds(800...3_000)
      for index in 0..<(isThere ? 1 : 2) {
        moment += index == 0 ? 0 : Clock.second
        capture.udp(
          moment, from: Endpoint(server, port), to: Endpoint(target, NBNSBuilder.port),
          payload: NBNSBuilder.nodeStatusQuery(id: transaction))
      }
      let name = "PC\(target & 0xffff)"
      moment += isThere ? random.microseconds(4_000...30_000) : Clock.second
      if isThere {
        counts.answered += 1
        capture.udp(
          moment, from: Endpoint(target, NBNSBuilder.port), to: Endpoint(server, port),
          payload: NBNSBuilder.nodeStatusResponse(
            id: transaction, name: name, workgroup: group, unit: MAC(station: target).bytes))
      }
      capture.udp(
        moment + 400, from: Endpoint(server, DNSBuilder.port), to: asker,
        payload: DNSBuilder.reverseAnswer(
          id: question, address: target, name: isThere ? "\(name.lowercased()).corp.example" : nil,
          code: isThere ? .noError : .noSuchName))
    }
    var told = told(server)
    told.counts = [
      ("sourcePort", .integer(Int(port))), ("lookups", .integer(counts.lookups)),
      ("targets", .integer(targets.count)), ("answered", .integer(counts.answered)),
    ]
    return told
  }

  fileprivate mutating func addTranslatedLookups() -> Told {
    let client = stations[12]
    let base = Cause.telescope
    let gateway = base | 2
    var wan = Capture(network: Network(base: base, length: 24, gateway: base | 1, own: nil))
    let isFromGateway = isNearMiss
    var strangers = strangers
    var (lookups, transaction) = (0, random.word())
    // On the way out the gateway takes a port of its own for the client's.
    let translated = isFromGateway ? NBNSBuilder.port : random.port()
    repeated(from: 60, to: 540, gap: 4 * Clock.second) { time, capture, random in
      let lookup = NameLookup(time: time, target: strangers.next())
      if isFromGateway {
        wan.converse(
          time - random.microseconds(300_000...900_000),
          from: Endpoint(lookup.target, random.port()), to: Endpoint(gateway, 25),
          roundTrip: 40_000, payloads: [random.filler(40), random.filler(90)], &random)
      }
      transaction &+= 2
      lookups += 1
      let query = NBNSBuilder.nodeStatusQuery(id: transaction)
      let target = Endpoint(lookup.target, NBNSBuilder.port)
      for time in lookup.tryTimes(&random) {
        if !isFromGateway {
          capture.udp(time, from: Endpoint(client, NBNSBuilder.port), to: target, payload: query)
        }
        wan.udp(
          time + random.microseconds(100...700), from: Endpoint(gateway, translated), to: target,
          ttl: isFromGateway ? 128 : 127, payload: query)
      }
    }
    repeated(from: 10, to: 560, gap: 12 * Clock.second) { time, _, random in
      wan.converse(
        time, from: Endpoint(gateway, random.port()), to: Endpoint(strangers.next(), 80),
        roundTrip: 40_000, payloads: [random.filler(200), random.filler(500)], &random)
    }
    var told = told(gateway, nearMiss: "reverse-name-lookup")
    told.counts = [
      ("client", isFromGateway ? .null : .text(dotted(client))),
      ("lookups", .integer(lookups)), ("outsideFile", .text("wan.pcap")),
      ("outsideAddress", .text(dotted(gateway))), ("outsidePackets", .integer(wan.frames.count)),
    ]
    outside = wan
    return told
  }
}

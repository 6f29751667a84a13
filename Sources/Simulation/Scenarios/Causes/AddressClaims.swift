import Observations

extension Scenario {
  /// Two network cards that both say an address is theirs.
  ///
  /// Near miss: a host comes up, and later another card takes its place.
  static let duplicateAddress = Scenario.cause(
    "duplicate-address", "two cards claim one address in turn, and its owner defends it",
    article: "duplicate-address"
  ) { cause in
    cause.addOffice()
    return cause.isNearMiss ? cause.addReplacedCard() : cause.addConflict()
  }

  /// One card answers for the gateway and for every host.
  ///
  /// Near miss: a router that answers for hosts behind it (proxy ARP, RFC 1027).
  static let arpPoisoning = Scenario.cause(
    "arp-poisoning",
    "one card tells all hosts that it is the gateway, and the gateway that it is they",
    article: "arp-poisoning"
  ) { cause in
    cause.addOffice()
    return cause.isNearMiss ? cause.addProxyARP() : cause.addPoisoning()
  }
}

extension Cause {
  private var contested: UInt32 { office.network.base | 77 }
  private var newcomer: MAC { MAC(station: office.network.base | 240) }

  fileprivate mutating func addConflict() -> Told {
    let (address, other) = (contested, newcomer)
    let owner = office.network.mac(address)
    addSpeech(of: address, hardware: owner, from: 0, to: 600)
    var defences = 0
    repeated(from: 120, to: 560, gap: 18 * Clock.second) { time, capture, random in
      capture.arp(time, operation: 1, sender: address, target: address, hardware: other)
      // RFC 5227, 2.4: it says once that the address is its own.
      capture.arp(
        time + random.microseconds(200...4_000), operation: 1, sender: address, target: address,
        hardware: owner)
      defences += 1
      capture.ip(
        time + random.microseconds(Clock.second...4 * Clock.second), from: address,
        to: random.chance(500) ? 0xc0a8_280a : 0xc0a8_2801, transport: .icmp, hardware: other,
        payload: PacketBuilder.icmp(type: 8, code: 0, rest: 0x0300_0001, payload: random.filler(32))
      )
    }
    var told = told(address)
    told.counts = [
      ("defences", .integer(defences)),
      ("hardware", .list([owner, other].map { .text($0.text) })),
    ]
    return told
  }

  fileprivate mutating func addReplacedCard() -> Told {
    let address = contested
    let cards = [office.network.mac(address), newcomer]
    for (card, span) in zip(cards, [(30, 250), (400, 600)] as [(Int64, Int64)]) {
      for index in 0..<3 as Range<Int64> {
        capture.arp(
          at(span.0 + index), operation: 1, sender: address, target: address, hardware: card)
      }
      addSpeech(of: address, hardware: card, from: span.0 + 4, to: span.1)
    }
    var told = told(address)
    told.counts = [("hardware", .list(cards.map { .text($0.text) }))]
    return told
  }

  /// A host asks where its server is, and pings it.
  private mutating func addSpeech(
    of address: UInt32, hardware: MAC, from first: Int64, to last: Int64
  ) {
    let server = office.fileServer
    repeated(from: first, to: last, gap: 8 * Clock.second) { time, capture, random in
      capture.arp(time, operation: 1, sender: address, target: server, hardware: hardware)
      capture.ip(
        time + 600, from: address, to: server, transport: .icmp, hardware: hardware,
        payload: PacketBuilder.icmp(type: 8, code: 0, rest: 0x0200_0001, payload: random.filler(32))
      )
    }
  }

  fileprivate mutating func addPoisoning() -> Told {
    let attacker = office.network.mac(stations[6])
    let gateway = office.network.gateway
    var lies = 0
    for round in stride(from: Int64(180), to: 570, by: 10) {
      var time = at(round)
      for station in stations where station != stations[6] {
        time += random.microseconds(200...3_000)
        capture.arp(time, operation: 2, sender: gateway, target: station, hardware: attacker)
        capture.arp(
          time + 100, operation: 2, sender: station, target: gateway, hardware: attacker)
        lies += 2
      }
    }
    var told = told(hardware: attacker)
    told.counts = [("lies", .integer(lies)), ("addresses", .integer(stations.count))]
    return told
  }

  fileprivate mutating func addProxyARP() -> Told {
    let gateway = office.network.gateway
    let router = office.network.mac(gateway)
    let behind = (200..<215).map { office.network.base | $0 }
    let askers = stations
    var answers = 0
    repeated(from: 30, to: 590, gap: 4 * Clock.second) { time, capture, random in
      let (asker, target) = (random.pick(askers), random.pick(behind))
      capture.arp(time, operation: 1, sender: asker, target: target)
      capture.arp(
        time + random.microseconds(300...900), operation: 2, sender: target, target: asker,
        hardware: router)
      answers += 1
    }
    var told = told(hardware: router)
    told.counts = [("answers", .integer(answers)), ("addresses", .integer(behind.count))]
    return told
  }
}

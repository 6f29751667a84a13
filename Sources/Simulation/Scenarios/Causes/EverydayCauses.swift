import Observations

extension Scenario {
  /// A node of BitTorrent's distributed table.
  ///
  /// Near miss: another peer-to-peer network, whose packets say nothing.
  static let distributedTable = Scenario.cause(
    "bittorrent-dht", "UDP between one port and hundreds of nodes' ports, bencoded",
    article: "bittorrent-dht"
  ) { cause in
    cause.addOffice()
    return cause.addNodes()
  }

  /// The list of servers in a game is opened.
  ///
  /// Near miss: somebody seeks such servers through a block of addresses.
  static let gameServers = Scenario.cause(
    "game-servers", "a host asks hundreds of game servers for name and map, most of which answer",
    article: "game-server-browser"
  ) { cause in
    cause.addOffice()
    return cause.addServerBrowser()
  }

  /// A monitor checks hosts once a minute that a new rule hides from it.
  ///
  /// Near miss: the same hosts tried once.
  static let monitoring = Scenario.cause(
    "monitoring", "a host tries TCP 443 of the same eighty hosts each minute, and none answers",
    article: "monitoring-checks", length: 40 * Clock.minute
  ) { cause in
    cause.addOffice(pace: 4)
    return cause.addChecks()
  }

  /// A stranger seeks telephone systems.
  ///
  /// Near miss: a telephone system that asks its own telephones whether they are there.
  static let telephones = Scenario.cause(
    "sip-scan", "a stranger sends SIP requests through a network of servers",
    article: "sip-scanner", outside: true
  ) { cause in
    cause.addServers()
    return cause.isNearMiss ? cause.addExchange() : cause.addTelephoneSearch()
  }

  /// An address that was a time server once.
  ///
  /// Near miss: a flood of the same service under forged addresses.
  static let formerTimeServer = Scenario.cause(
    "former-time-server", "hundreds of hosts ask one address for the time, seldom and in vain",
    article: "ntp-pool-clients", outside: true, length: 20 * Clock.minute
  ) { cause in
    cause.addServers()
    return cause.addTimeQuestions()
  }

  /// A search engine of devices passes by, and the name of its scanner is looked up.
  ///
  /// Near miss: a scanner whose name says nothing.
  static let declaredScanner = Scenario.cause(
    "declared-scanner", "a stranger whose name says that it scans tries TCP 8443 of a network",
    article: "declared-scanner", outside: true
  ) { cause in
    cause.addServers()
    return cause.addDeclaredScan()
  }
}

extension Cause {
  fileprivate mutating func addNodes() -> Told {
    let (client, isNearMiss) = (Endpoint(office.network.base + 61, 51_413), isNearMiss)
    var strangers = strangers
    var counts = (nodes: 0, answered: 0, opened: 0)
    func words(_ text: String, _ length: Int, _ random: inout RandomSource) -> [UInt8] {
      isNearMiss ? random.filler(length) : Array(text.utf8) + random.filler(length)
    }
    repeated(from: 60, to: 540, gap: 600 * Clock.millisecond) { time, capture, random in
      let node = Endpoint(strangers.next(), random.port())
      counts.nodes += 1
      let question = words("d1:ad2:id20:", random.within(70...90), &random)
      let answer = words("d1:rd2:id20:", random.within(70...290), &random)
      if random.chance(150) {
        counts.opened += 1
        capture.udp(time, from: node, to: client, payload: question)
        capture.udp(time + 2_000, from: client, to: node, payload: answer)
        return
      }
      capture.udp(time, from: client, to: node, payload: question)
      guard random.chance(350) else { return }
      counts.answered += 1
      capture.udp(
        time + random.microseconds(30_000...300_000), from: node, to: client, payload: answer)
    }
    var told = told(client.address, nearMiss: "p2p-client")
    told.counts = [
      ("nodes", .integer(counts.nodes)), ("answered", .integer(counts.answered)),
      ("openedByNodes", .integer(counts.opened)),
    ]
    return told
  }

  fileprivate mutating func addServerBrowser() -> Told {
    let (player, isNearMiss) = (Endpoint(stations[3], random.port()), isNearMiss)
    var strangers = strangers
    let block = strangers.next() & 0xffff_f000
    let question: [UInt8] =
      [255, 255, 255, 255, 0x54] + Array("Source Engine Query".utf8) + [0]
    var counts = (servers: 0, answered: 0)
    repeated(from: 100, to: 160, gap: 120 * Clock.millisecond) { time, capture, random in
      counts.servers += 1
      let address = isNearMiss ? block + UInt32(counts.servers) : strangers.next()
      let server = Endpoint(address, 27_015)
      capture.udp(time, from: player, to: server, payload: question)
      guard random.chance(isNearMiss ? 20 : 680) else { return }
      counts.answered += 1
      capture.udp(
        time + random.microseconds(15_000...180_000), from: server, to: player,
        payload: [255, 255, 255, 255, 0x49] + random.filler(random.within(60...120)))
    }
    var told = told(player.address, nearMiss: "horizontal-scan")
    told.counts = [
      ("servers", .integer(counts.servers)), ("answered", .integer(counts.answered)),
    ]
    return told
  }

  fileprivate mutating func addChecks() -> Told {
    let monitor = office.network.base + 62
    var hosts: [UInt32] = []
    while hosts.count < 80 {
      let network = UInt32(random.pick([1, 2, 9, 40, 41, 77]))
      let host = 0x0a14_0000 + network * 256 + UInt32(random.within(10...240))
      if !hosts.contains(host) { hosts.append(host) }
    }
    let rounds: Int64 = isNearMiss ? 1 : 36
    for round in 0..<rounds {
      for (number, host) in hosts.enumerated() {
        let time = at(60 + 60 * round) + Int64(number) * 20_000 + random.microseconds(0...5_000)
        capture.tcp(
          time, from: Endpoint(monitor, random.port()), to: Endpoint(host, 443), flags: .syn,
          sequence: UInt32(truncatingIfNeeded: random.next()))
      }
    }
    var told = told(monitor, nearMiss: "horizontal-scan")
    told.counts = [("hosts", .integer(hosts.count)), ("rounds", .integer(Int(rounds)))]
    return told
  }

  private static func options(_ host: UInt32) -> [UInt8] {
    Array(
      """
      OPTIONS sip:100@\(dotted(host)) SIP/2.0\r
      Via: SIP/2.0/UDP \(dotted(host)):5060\r
      CSeq: 1 OPTIONS\r
      Content-Length: 0\r
      \r

      """.utf8)
  }

  fileprivate mutating func addTelephoneSearch() -> Told {
    let caller = Endpoint(strangers.next(), 5_071)
    let targets = (1...254).map { office.network.base + UInt32($0) }
    var time = at(120)
    for target in targets {
      time += random.microseconds(300_000...1_200_000)
      capture.udp(
        time, from: caller, to: Endpoint(target, 5_060), payload: Cause.options(target))
    }
    var told = told(caller.address)
    told.counts = [("targets", .integer(targets.count))]
    return told
  }

  fileprivate mutating func addExchange() -> Told {
    let exchange = Endpoint(stations[1], 5_060)
    let phones = (20..<90 as Range<UInt32>).map { 0x0a1e_0000 + $0 }
    for round in 0..<4 as Range<Int64> {
      for (number, phone) in phones.enumerated() {
        let time =
          at(60 + 120 * round) + Int64(number) * 300_000 + random.microseconds(0...9_000)
        capture.udp(
          time, from: exchange, to: Endpoint(phone, 5_060), payload: Cause.options(phone))
        guard number % 2 == 0 else { continue }
        capture.udp(
          time + 4_000, from: Endpoint(phone, 5_060), to: exchange,
          payload: Array("SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n\r\n".utf8))
      }
    }
    var told = told(exchange.address, nearMiss: nil)
    told.counts = [("targets", .integer(phones.count))]
    return told
  }

  fileprivate mutating func addTimeQuestions() -> Told {
    let server = Endpoint(office.network.base + 90, 123)
    var (strangers, isNearMiss) = (strangers, isNearMiss)
    var sources = 0
    let first: Int64 = isNearMiss ? 300 : 30
    let last: Int64 = isNearMiss ? 310 : 1_170
    let gap: Int64 = isNearMiss ? 5_000 : 900_000
    let question = [0x23] + [UInt8](repeating: 0, count: 39)
    repeated(from: first, to: last, gap: gap) { time, capture, random in
      sources += 1
      let source =
        isNearMiss ? UInt32(truncatingIfNeeded: random.next() >> 32) : strangers.next()
      capture.udp(
        time, from: Endpoint(source, random.chance(500) ? 123 : random.port()), to: server,
        ttl: isNearMiss ? 52 : nil, payload: question + random.filler(8))
    }
    var told = told(server.address, nearMiss: "spoofed-flood")
    told.subject = ("port", "udp/123")
    told.counts = [("sources", .integer(sources))]
    return told
  }

  fileprivate mutating func addDeclaredScan() -> Told {
    let scanner = strangers.next()
    let name = isNearMiss ? "host-7.hosting.example" : "scan-07.shodan.io"
    var time = at(120)
    for number in 1...254 as ClosedRange<UInt32> {
      time += random.microseconds(300_000...1_200_000)
      capture.tcp(
        time, from: Endpoint(scanner, random.port()),
        to: Endpoint(office.network.base + number, 8_443), flags: .syn,
        sequence: UInt32(truncatingIfNeeded: random.next()))
    }
    // A server asks for the name of the address, and for the address of the name.
    let asker = Endpoint(stations[0], random.port())
    let resolver = Endpoint(office.resolver, DNSBuilder.port)
    let (first, second) = (random.word(), random.word())
    capture.udp(
      at(200), from: asker, to: resolver,
      payload: DNSBuilder.reverseQuery(id: first, address: scanner))
    capture.udp(
      at(200) + 30_000, from: resolver, to: asker,
      payload: DNSBuilder.reverseAnswer(id: first, address: scanner, name: name, code: .noError))
    capture.udp(
      at(201), from: asker, to: resolver,
      payload: DNSBuilder.addressQuery(id: second, name: name))
    capture.udp(
      at(201) + 30_000, from: resolver, to: asker,
      payload: DNSBuilder.addressAnswer(id: second, name: name, addresses: [scanner]))
    var told = told(scanner, nearMiss: "horizontal-scan")
    told.counts = [("targets", .integer(254))]
    return told
  }
}

import Observations

extension Scenario {
  /// An office hour in which nothing is wrong.
  static let ordinary = Scenario(
    id: "ordinary",
    summary: "an office hour in which nothing is wrong; no incident is the right answer"
  ) { recipe in Ordinary(recipe).files() }
}

/// What detectors take for scans and must not: browsing to hundreds of addresses, a resolver that
/// asks many servers, a monitor that pings everybody, multicast, late packets of closed connections.
struct Ordinary {
  static let start = Clock.midnight(year: 2024, month: 5, day: 14) + 9 * Clock.hour
  static let length = Clock.hour
  static let monitor: UInt32 = 0xc0a8_1407
  static let mailServer: UInt32 = 0xc0a8_1406
  static let timeServer: UInt32 = 0xc0a8_1401
  static let monitored = 40
  private static let monitorPeriod = 10 * Clock.minute

  let recipe: Recipe
  let office: Office
  private(set) var capture: Capture
  private(set) var browsed: Set<UInt32> = []
  private(set) var asked: Set<UInt32> = []
  private var random: RandomSource

  static var end: Int64 { start + length }

  init(_ recipe: Recipe) {
    self.recipe = recipe
    random = recipe.random(1)
    let network = Network(base: 0xc0a8_1400, length: 24, gateway: 0xc0a8_1401, own: nil)
    office = Office(
      network: network, stations: (0..<Ordinary.monitored - 3).map { 0xc0a8_1415 + UInt32($0) },
      fileServer: 0xc0a8_140a, resolver: 0xc0a8_1409)
    capture = Capture(network: network)
    addOffice()
    addBrowsing()
    addRecursion()
    addMail()
    addMonitor()
    addServices()
    capture.number(seed: recipe.seed)
  }

  private mutating func addOffice() {
    let (start, end) = (Ordinary.start, Ordinary.end)
    office.addARP(from: start, to: end, gap: 6 * Clock.second, in: &capture, &random)
    office.addNameQueries(from: start, to: end, gap: 40 * Clock.second, in: &capture, &random)
    office.addFileSessions(from: start, to: end, gap: 15 * Clock.second, in: &capture, &random)
    office.forEach(from: start, to: end, gap: 30 * Clock.second, &random) { time, random in
      office.announce(time, station: random.pick(office.stations), in: &capture, &random)
    }
  }

  /// Every name that is resolved is visited, at one of its addresses.
  private mutating func addBrowsing() {
    var sites = PublicAddresses(random: recipe.random(2), home: office.network.gateway)
    var seen = browsed
    office.addNames(
      from: Ordinary.start, to: Ordinary.end - Clock.minute, gap: 6 * Clock.second, sites: &sites,
      in: &capture, &random
    ) { time, station, addresses, capture, random in
      guard let address = addresses.first else { return }
      seen.insert(address)
      var talk = TCPConversation(
        from: Endpoint(station, random.port()), to: Endpoint(address, 443),
        at: time + random.microseconds(500...4_000),
        roundTrip: random.microseconds(8_000...140_000),
        &random)
      talk.open(in: &capture)
      for (fromClient, length) in [(true, 517), (false, 1_800), (true, 260), (false, 2_600)] {
        talk.exchange(
          TCPConversation.Message(
            fromClient: fromClient, payload: random.filler(length),
            after: random.microseconds(500...60_000)), in: &capture)
      }
      talk.close(in: &capture)
      if random.chance(60) {
        talk.stray(after: random.microseconds(2 * Clock.second...20 * Clock.second), in: &capture)
      }
    }
    browsed = seen
  }

  /// The resolver asks the servers of the world, each of which answers.
  private mutating func addRecursion() {
    var servers = PublicAddresses(random: recipe.random(3), home: office.network.gateway)
    var seen = asked
    let resolver = office.resolver
    office.forEach(
      from: Ordinary.start, to: Ordinary.end, gap: 8 * Clock.second, &random
    ) { time, random in
      let (server, id, port) = (servers.next(), random.word(), random.port())
      let name = MadeNames.site(random.within(0...599))
      seen.insert(server)
      capture.udp(
        time, from: Endpoint(resolver, port), to: Endpoint(server, DNSBuilder.port),
        payload: DNSBuilder.addressQuery(id: id, name: name))
      capture.udp(
        time + random.microseconds(4_000...180_000), from: Endpoint(server, DNSBuilder.port),
        to: Endpoint(resolver, port),
        payload: DNSBuilder.addressAnswer(id: id, name: name, addresses: [servers.next()]))
    }
    asked = seen
  }

  private mutating func addMail() {
    office.forEach(
      from: Ordinary.start, to: Ordinary.end - Clock.minute, gap: 90 * Clock.second, &random
    ) { time, random in
      var talk = TCPConversation(
        from: Endpoint(random.pick(office.stations), random.port()),
        to: Endpoint(Ordinary.mailServer, 993), at: time, roundTrip: 400, &random)
      talk.open(in: &capture)
      for index in 0..<6 {
        talk.exchange(
          TCPConversation.Message(
            fromClient: index % 2 == 0, payload: random.filler(random.within(60...900)),
            after: random.microseconds(1_000...50_000)), in: &capture)
      }
      talk.close(in: &capture)
    }
  }

  /// Every ten minutes the monitor pings forty hosts, and all answer.
  private mutating func addMonitor() {
    let hosts =
      office.stations + [office.fileServer, office.resolver, Ordinary.mailServer]
    var sequence: UInt16 = 1
    for round in 0..<(Ordinary.length / Ordinary.monitorPeriod) {
      var time = Ordinary.start + round * Ordinary.monitorPeriod + Clock.minute
      for host in hosts {
        capture.ping(
          time, from: Ordinary.monitor, to: host, id: 4_711, sequence: sequence,
          answer: random.microseconds(120...900))
        time += random.microseconds(20_000...40_000)
      }
      sequence += 1
    }
  }

  private mutating func addServices() {
    office.forEach(
      from: Ordinary.start, to: Ordinary.end, gap: 12 * Clock.second, &random
    ) { time, random in
      let station = Endpoint(random.pick(office.stations), 123)
      let server = Endpoint(Ordinary.timeServer, 123)
      capture.udp(time, from: station, to: server, payload: [0x23] + random.filler(47))
      capture.udp(time + 900, from: server, to: station, payload: [0x24] + random.filler(47))
    }
    office.forEach(
      from: Ordinary.start, to: Ordinary.end, gap: 20 * Clock.second, &random
    ) { time, random in
      let station = random.pick(office.stations)
      capture.udp(
        time, from: Endpoint(station, 5_353), to: Endpoint(0xe000_00fb, 5_353), ttl: 255,
        payload: DNSBuilder.addressQuery(id: 0, name: "printer\(random.within(1...9)).local"))
      capture.udp(
        time + 40_000, from: Endpoint(station, random.port()), to: Endpoint(0xefff_fffa, 1_900),
        ttl: 4, payload: Ordinary.search)
    }
    office.forEach(
      from: Ordinary.start, to: Ordinary.end, gap: 4 * Clock.minute, &random
    ) { time, random in
      Ordinary.addLease(
        time, station: random.pick(office.stations), random.next(), in: &capture)
    }
  }

  /// A station renews its address and gets it (RFC 2131, 4.4.5).
  private static func addLease(
    _ time: Int64, station: UInt32, _ id: UInt64, in capture: inout Capture
  ) {
    let (client, server) = (Endpoint(station, 68), Endpoint(Ordinary.timeServer, 67))
    for (operation, kind) in [(UInt8(1), UInt8(3)), (2, 5)] {
      var message = ByteBuffer(capacity: 300)
      message.append([operation, 1, 6, 0])
      message.u32(UInt32(truncatingIfNeeded: id))
      message.u32(0)
      message.u32(station)
      message.u32(operation == 2 ? station : 0)
      message.u32(0)
      message.u32(0)
      message.append(MAC(station: station).bytes)
      message.append([UInt8](repeating: 0, count: 202))
      message.append([0x63, 0x82, 0x53, 0x63, 53, 1, kind, 255])
      let asks = operation == 1
      capture.udp(
        asks ? time : time + 1_500, from: asks ? client : server, to: asks ? server : client,
        payload: message.bytes)
    }
  }

  private static let search = Array(
    ("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n"
      + "MX: 2\r\nST: upnp:rootdevice\r\n\r\n").utf8)

  func files() -> [SimulatedFile] {
    [
      capture.file(named: "office.pcap", snapLength: recipe.snapLength),
      Truth.object(
        recipe.truth + [
          ("file", .text("office.pcap")), ("incidents", .integer(0)),
          ("from", .time(Ordinary.start)), ("to", .time(Ordinary.end)),
          ("packets", .integer(capture.frames.count)),
          ("home", .text("\(dotted(office.network.base))/\(office.network.length)")),
          ("monitor", .text(dotted(Ordinary.monitor))),
          ("monitored", .integer(Ordinary.monitored)),
          ("resolver", .text(dotted(office.resolver))),
          ("addressesBrowsed", .integer(browsed.count)),
          ("serversAsked", .integer(asked.count)),
        ]
      ).file,
    ]
  }
}

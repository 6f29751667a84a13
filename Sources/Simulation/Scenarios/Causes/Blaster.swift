import Observations

extension Scenario {
  /// A worm that walks one subnet after another for TCP 135, opens a shell on TCP 4444 where it was
  /// let in, and is fetched from there by TFTP.
  ///
  /// Near miss: an administrator's tool that asks forty servers it looked up by name.
  static let blaster = Scenario.cause(
    "blaster", "a host walks subnets for TCP 135, then TCP 4444 and TFTP with those that answered",
    article: "blaster-worm"
  ) { cause in
    cause.addOffice()
    return cause.isNearMiss ? cause.addAdministrator() : cause.addBlaster()
  }
}

extension Cause {
  private static let mapperPort: UInt16 = 135
  private static let shellPort: UInt16 = 4_444

  fileprivate mutating func addBlaster() -> Told {
    let sick = stations[3]
    let victims = [5, 9, 13, 17].map { stations[$0] }
    var port: UInt16 = 1_100
    var time = at(150)
    let first = office.network.base - 0x200 + 1
    // The shell that will run on the victims is a matter of content; here it is filler.
    for target in first...(office.network.base + 254) where target != sick {
      time += random.microseconds(60_000...120_000)
      port += 1
      let from = Endpoint(sick, port)
      let to = Endpoint(target, Cause.mapperPort)
      guard victims.contains(target) else {
        capture.knock(
          time, from: from, to: to, isPresent: isPresent(target),
          sequence: UInt32(truncatingIfNeeded: random.next()))
        continue
      }
      capture.locate(time - 600, asker: sick, target: target)
      capture.converse(
        time, from: from, to: to, roundTrip: 400,
        payloads: [random.filler(72), random.filler(60), random.filler(1_704)], &random)
      addTakeover(time + 400_000, of: target, by: sick)
    }
    var told = told(sick)
    told.counts = [
      ("probes", .integer(Int(office.network.base + 254 - first))),
      ("taken", .list(victims.map { .text(dotted($0)) })),
    ]
    return told
  }

  /// The shell is used, and the victim fetches the program block by block (RFC 1350).
  private mutating func addTakeover(_ time: Int64, of victim: UInt32, by sick: UInt32) {
    capture.converse(
      time, from: Endpoint(sick, random.port()), to: Endpoint(victim, Cause.shellPort),
      roundTrip: 400,
      payloads: [random.filler(38), random.filler(60), random.filler(18)], &random)
    let client = Endpoint(victim, random.port())
    let server = Endpoint(sick, random.port())
    var moment = time + 50_000
    capture.udp(
      moment, from: client, to: Endpoint(sick, 69),
      payload: [0, 1] + Array("msblast.exe".utf8) + [0] + Array("octet".utf8) + [0])
    for block in 1...13 as ClosedRange<UInt8> {
      moment += random.microseconds(1_000...4_000)
      capture.udp(
        moment, from: server, to: client,
        payload: [0, 3, 0, block] + random.filler(block == 13 ? 32 : 512))
      capture.udp(moment + 300, from: client, to: server, payload: [0, 4, 0, block])
    }
  }

  fileprivate mutating func addAdministrator() -> Told {
    let desk = stations[3]
    var time = at(150)
    var servers: Set<UInt32> = []
    while servers.count < 40 {
      let server = 0x0a14_0000 | UInt32(random.within(0...7)) << 8 | UInt32(random.within(10...99))
      guard servers.insert(server).inserted else { continue }
      let id = random.word()
      let name = "srv\(servers.count).corp.example"
      let asker = Endpoint(desk, random.port())
      let resolver = Endpoint(office.resolver, DNSBuilder.port)
      capture.udp(
        time, from: asker, to: resolver, payload: DNSBuilder.addressQuery(id: id, name: name))
      capture.udp(
        time + 2_000, from: resolver, to: asker,
        payload: DNSBuilder.addressAnswer(id: id, name: name, addresses: [server]))
      capture.converse(
        time + 4_000, from: Endpoint(desk, random.port()), to: Endpoint(server, Cause.mapperPort),
        roundTrip: random.microseconds(1_000...9_000),
        payloads: [
          random.filler(72), random.filler(60), random.filler(156), random.filler(152),
        ], &random)
      time += random.microseconds(300_000...4 * Clock.second)
    }
    var told = told(desk)
    told.counts = [("servers", .integer(servers.count))]
    return told
  }
}

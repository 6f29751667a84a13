import Observations

extension Scenario {
  /// A mail gateway's own process asks for the names of those who visit it, first of DNS, then of
  /// themselves.
  ///
  /// Near miss: the same process asks strangers who have never been there.
  static let mailGatewayLookups = Scenario.cause(
    "mail-gateway-lookups", "a mail gateway's process looks its visitors' names up by itself",
    article: "mail-gateway-lookups", outside: true
  ) { cause in
    cause.addServers()
    return cause.addGateway()
  }

  /// Name lookups from port 137, which the kernel's NetBT holds.
  ///
  /// Near miss: a program has bound the port itself.
  static let netbtKernel = Scenario.cause(
    "netbt-kernel", "a Windows station's name lookups leave from the port that its kernel holds",
    article: "netbt-kernel"
  ) { cause in
    cause.addOffice(pace: 2)
    return cause.addKernelLookups()
  }
}

extension Cause {
  /// The ports of the gateway's two sockets: for questions to its resolver, and for those to hosts.
  private static let questionPort: UInt16 = 1_046
  private static let lookupPort: UInt16 = 1_047

  fileprivate mutating func addGateway() -> Told {
    let server = stations[3]
    let stream = VisitorStream(meanGap: 2 * Clock.second, returning: 60, failing: 550)
    var (visiting, others) = (recipe.random(4), strangers)
    let visits = stream.visits(from: at(5), to: at(580), strangers: &others, &visiting)
    var log = PostfixLogWriter(host: "mx", clockAhead: 0)
    var targets: Set<UInt32> = []
    var (lookups, transaction) = (0, random.word())
    for visit in visits {
      log.connect(
        visit.time, from: visit.address, name: visit.result.name,
        process: random.within(2_000...31_000))
      guard let query = visit.query else { continue }
      let address = isNearMiss ? others.next() : visit.address
      askResolver(query, about: address, server)
      guard query.result.failed else { continue }
      let lookup = NameLookup(
        time: query.answered + random.microseconds(5_000...90_000), target: address)
      (lookups, transaction) = (lookups + 1, transaction &+ 1)
      targets.insert(address)
      for time in lookup.tryTimes(&random) {
        capture.udp(
          time, from: Endpoint(server, Cause.lookupPort),
          to: Endpoint(address, NBNSBuilder.port),
          payload: NBNSBuilder.nodeStatusQuery(id: transaction))
      }
    }
    let gateway = HostProgram(name: "smtpgate.exe", identifier: 4 * random.within(200...900))
    let taken = at(random.microseconds(200...400))
    // A reverse lookup, though the system did not make it: the table shows who did.
    var told = Told(server, article: isNearMiss ? nil : "reverse-name-lookup")
    told.files = [
      log.lines.file(named: "visitors.log"),
      netstat(
        taken,
        windowsServices(server) + [
          HostSocket(
            transport: .tcp, local: Endpoint(0, 25), state: "LISTENING", owner: gateway),
          HostSocket(transport: .udp, local: Endpoint(0, Cause.questionPort), owner: gateway),
          HostSocket(transport: .udp, local: Endpoint(0, Cause.lookupPort), owner: gateway),
        ]),
    ]
    told.counts =
      [
        ("visits", .integer(visits.count)), ("lookups", .integer(lookups)),
        ("targets", .integer(targets.count)),
        ("targetsThatVisited", .integer(isNearMiss ? 0 : targets.count)),
        ("sender", sent(by: gateway, port: Cause.lookupPort, socket: "udp")),
        ("questionPort", .integer(Int(Cause.questionPort))), ("tablesTaken", .time(taken)),
        ("holderOfPort", .text(gateway.name)),
      ] + hostCause("mail-gateway-lookups")
    return told
  }

  private mutating func askResolver(_ query: ReverseQuery, about address: UInt32, _ asker: UInt32) {
    let (own, resolver) = (
      Endpoint(asker, Cause.questionPort), Endpoint(office.resolver, DNSBuilder.port)
    )
    let id = random.word()
    capture.udp(
      query.asked, from: own, to: resolver,
      payload: DNSBuilder.reverseQuery(id: id, address: address))
    capture.udp(
      query.answered, from: resolver, to: own,
      payload: DNSBuilder.reverseAnswer(
        id: id, address: address, name: query.result.failed ? nil : MadeNames.host(of: address),
        code: query.result.code))
  }

  fileprivate mutating func addKernelLookups() -> Told {
    let station = stations[11]
    var browsing = recipe.random(4)
    let visits = browse([station], gap: 2_500 * Clock.millisecond, &browsing)
    var seen: Set<UInt32> = []
    var lookups = 0
    for visit in visits where seen.insert(visit.site).inserted {
      let result = ReverseName(of: visit.site, failing: 600, &random)
      let asked = visit.time + random.microseconds(20_000...200_000)
      let answered = asked + result.delay(&random)
      let (id, own) = (random.word(), Endpoint(station, random.port()))
      let resolver = Endpoint(office.resolver, DNSBuilder.port)
      capture.udp(
        asked, from: own, to: resolver,
        payload: DNSBuilder.reverseQuery(id: id, address: visit.site))
      capture.udp(
        answered, from: resolver, to: own,
        payload: DNSBuilder.reverseAnswer(
          id: id, address: visit.site, name: result.name, code: result.code))
      guard result.failed else { continue }
      lookups += 1
      let lookup = NameLookup(
        time: answered + random.microseconds(5_000...80_000), target: visit.site)
      let transaction = random.word()
      for time in lookup.tryTimes(&random) {
        capture.udp(
          time, from: Endpoint(station, NBNSBuilder.port),
          to: Endpoint(visit.site, NBNSBuilder.port),
          payload: NBNSBuilder.nodeStatusQuery(id: transaction))
      }
    }
    let program = HostProgram(name: "namesrv.exe", identifier: 4 * random.within(200...900))
    let holder = isNearMiss ? program : Cause.system
    let taken = at(random.microseconds(200...400))
    var told = Told(station, article: isNearMiss ? nil : "reverse-name-lookup")
    told.mustNot = isNearMiss ? "reverse-name-lookup" : nil
    told.files = [
      netstat(
        taken,
        windowsServices(station)
          + [137, 138].map { port in
            HostSocket(transport: .udp, local: Endpoint(station, port), owner: holder)
          })
    ]
    told.counts =
      [
        ("lookups", .integer(lookups)), ("tablesTaken", .time(taken)),
        (
          "sender",
          sent(by: holder, port: NBNSBuilder.port, socket: isNearMiss ? "udp" : "kernel")
        ),
        ("holderOfPort", .text(holder.name)),
      ] + hostCause("netbt-kernel-sender")
    return told
  }

  private static let system = HostProgram(name: "System", identifier: 4)

  private mutating func windowsServices(_ host: UInt32) -> [HostSocket] {
    let security = HostProgram(name: "lsass.exe", identifier: 4 * random.within(100...180))
    let services = HostProgram(name: "svchost.exe", identifier: 4 * random.within(181...199))
    return [
      HostSocket(
        transport: .tcp, local: Endpoint(0, 135), state: "LISTENING", owner: services),
      HostSocket(
        transport: .tcp, local: Endpoint(0, 445), state: "LISTENING", owner: Cause.system),
      HostSocket(transport: .udp, local: Endpoint(0, 445), owner: Cause.system),
      HostSocket(transport: .udp, local: Endpoint(0, 500), owner: security),
      HostSocket(transport: .udp, local: Endpoint(host, 123), owner: services),
    ]
  }

  private func netstat(_ taken: Int64, _ sockets: [HostSocket]) -> SimulatedFile {
    let text =
      "\(Clock.text(taken))\nC:\\>netstat -abno\n"
      + WindowsTables.netstat(sockets, all: true, owners: .programs)
    return SimulatedFile(name: "netstat.txt", bytes: Array(text.utf8))
  }
}

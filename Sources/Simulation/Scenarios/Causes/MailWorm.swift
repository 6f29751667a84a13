import Observations

extension Scenario {
  /// A mail worm with its own SMTP, which copies itself to the shares of its network and listens.
  ///
  /// Near miss: a mail server.
  static let bugbear = Scenario.cause(
    "bugbear", "a host mails to many servers, walks its own network's shares, answers on TCP 36794",
    article: "bugbear-worm"
  ) { cause in
    cause.addOffice()
    return cause.addMail()
  }
}

extension Cause {
  private static let backdoor: UInt16 = 36_794

  fileprivate mutating func addMail() -> Told {
    let sender = stations[5]
    let servers = addDelivery(from: sender, count: 45)
    var told = told(sender)
    told.counts = [("mailServers", .integer(servers))]
    if isNearMiss {
      var strangers = strangers
      repeated(from: 20, to: 560, gap: 8 * Clock.second) { time, capture, random in
        capture.converse(
          time, from: Endpoint(strangers.next(), random.port()), to: Endpoint(sender, 25),
          roundTrip: 50_000,
          payloads: [random.filler(30), random.filler(60), random.filler(900)], &random)
      }
      return told
    }
    let reached = addShareWalk(from: sender)
    for second in [200, 330, 480] as [Int64] {
      capture.converse(
        at(second), from: Endpoint(strangers.next(), random.port()),
        to: Endpoint(sender, Cause.backdoor), roundTrip: 80_000,
        payloads: [random.filler(8), random.filler(120)], &random)
    }
    told.counts += [
      ("shares", .integer(reached)), ("backdoor", .integer(Int(Cause.backdoor))),
      ("backdoorSessions", .integer(3)),
    ]
    return told
  }

  /// A domain's mail server is asked for, then its address, then a mail is left there.
  private mutating func addDelivery(from sender: UInt32, count: Int) -> Int {
    let resolver = Endpoint(office.resolver, DNSBuilder.port)
    var time = at(40)
    for number in 0..<count {
      let domain = String(MadeNames.site(number).dropFirst(4))
      let server = strangers.next()
      let asker = Endpoint(sender, random.port())
      let ids = (random.word(), random.word())
      capture.udp(
        time, from: asker, to: resolver, payload: DNSBuilder.mailQuery(id: ids.0, domain: domain))
      capture.udp(
        time + 30_000, from: resolver, to: asker,
        payload: DNSBuilder.mailAnswer(id: ids.0, domain: domain, server: "mx.\(domain)"))
      capture.udp(
        time + 31_000, from: asker, to: resolver,
        payload: DNSBuilder.addressQuery(id: ids.1, name: "mx.\(domain)"))
      capture.udp(
        time + 60_000, from: resolver, to: asker,
        payload: DNSBuilder.addressAnswer(id: ids.1, name: "mx.\(domain)", addresses: [server]))
      capture.converse(
        time + 70_000, from: Endpoint(sender, random.port()), to: Endpoint(server, 25),
        roundTrip: random.microseconds(20_000...150_000),
        payloads: [random.filler(20), random.filler(60), random.filler(2_400), random.filler(30)],
        &random)
      time += random.exponential(mean: 11 * Clock.second)
    }
    return count
  }

  /// The shares of the stations that are there, and only these.
  private mutating func addShareWalk(from sender: UInt32) -> Int {
    var time = at(120)
    var reached = 0
    for (number, station) in (stations + quiet).enumerated() where station != sender {
      time += random.microseconds(Clock.second...8 * Clock.second)
      let (from, to) = (Endpoint(sender, random.port()), Endpoint(station, 139))
      if number % 3 == 0 {
        reached += 1
        capture.locate(time - 600, asker: sender, target: station)
        capture.converse(
          time, from: from, to: to, roundTrip: 400,
          payloads: [random.filler(72), random.filler(4), SMBBuilder.treeConnect(to: to, "C$")],
          &random)
      } else {
        capture.knock(
          time, from: from, to: to, isPresent: true,
          sequence: UInt32(truncatingIfNeeded: random.next()))
      }
    }
    return reached
  }
}

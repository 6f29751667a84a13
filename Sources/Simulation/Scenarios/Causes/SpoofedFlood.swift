import Observations

extension Scenario {
  /// A flood of SYNs whose sources are drawn at random.
  ///
  /// Near miss: as many clients, each of which exists.
  static let spoofedFlood = Scenario.cause(
    "spoofed-flood", "SYNs from random sources, one hop count, no source twice, nothing completed",
    article: "spoofed-flood", outside: true
  ) { cause in
    cause.addServers()
    return cause.isNearMiss ? cause.addClients() : cause.addFlood()
  }
}

extension Cause {
  private static let callers = 3_000

  fileprivate mutating func addFlood() -> Told {
    let server = Endpoint(stations[10], 80)
    let hops = UInt8(random.within(40...56))
    let router = office.network.mac(office.network.gateway)
    var sources: Set<UInt32> = []
    var unroutable = 0
    var time = at(240)
    while sources.count < Cause.callers {
      let source = UInt32(truncatingIfNeeded: random.next() >> 32)
      // What its own router would not carry: groups, everybody, and the own network.
      guard source >> 28 != 0xe, source != .max, !office.network.isLocal(source),
        sources.insert(source).inserted
      else { continue }
      unroutable += PublicAddresses.isPublicUnicast(source) ? 0 : 1
      time += random.exponential(mean: 10_000)
      let client = Endpoint(source, random.port())
      let sequence = UInt32(truncatingIfNeeded: random.next())
      capture.tcp(
        time, from: client, to: server, flags: .syn, sequence: sequence, window: 512, options: [],
        identification: random.word(), ttl: hops, hardware: router)
      capture.tcp(
        time + 200, from: server, to: client, flags: [.syn, .ack],
        sequence: UInt32(truncatingIfNeeded: random.next()), acknowledgement: sequence &+ 1)
    }
    var told = told(server.address)
    // The sources are nobody's: what is under suspicion is whatever goes to the port.
    told.subject = ("port", "tcp/80")
    told.counts = [
      ("victim", .text(dotted(server.address))), ("port", .integer(80)),
      ("sources", .integer(sources.count)),
      ("unroutableSources", .integer(unroutable)), ("timeToLive", .integer(Int(hops))),
    ]
    return told
  }

  fileprivate mutating func addClients() -> Told {
    let server = Endpoint(stations[10], 80)
    var sources: Set<UInt32> = []
    var time = at(60)
    while sources.count < Cause.callers {
      let source = strangers.next()
      guard sources.insert(source).inserted else { continue }
      time += random.exponential(mean: 150_000)
      var talk = TCPConversation(
        from: Endpoint(source, random.port()), to: server, at: time,
        roundTrip: random.microseconds(10_000...200_000), &random)
      talk.open(in: &capture)
      talk.exchange(
        TCPConversation.Message(
          fromClient: true, payload: random.filler(40), after: random.microseconds(100...5_000)),
        in: &capture)
      talk.abort(in: &capture)
    }
    var told = told(server.address)
    told.subject = ("port", "tcp/80")
    told.counts = [
      ("victim", .text(dotted(server.address))), ("port", .integer(80)),
      ("sources", .integer(sources.count)),
    ]
    return told
  }
}

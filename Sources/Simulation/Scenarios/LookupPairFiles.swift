import Observations

extension LookupPair {
  func files() -> [SimulatedFile] {
    var capture = Capture(network: network)
    var common = recipe.random(8)
    let reverse = addReverseQueries(in: &capture, &common)
    addForwardQueries(in: &capture, &common)
    addLookups(in: &capture)
    capture.number(seed: recipe.seed, styles: [LookupPair.server: .byteSwapped])
    let log = visitorsLog()
    return [
      capture.file(named: "wan.pcap", snapLength: recipe.snapLength),
      log.lines.file(named: "visitors.log"),
      truth(capture, reverse: reverse, log).file,
    ]
  }

  private func addReverseQueries(
    in capture: inout Capture, _ random: inout RandomSource
  ) -> (asked: Int, failed: Int) {
    var counts = (asked: 0, failed: 0)
    for visit in visits {
      guard let query = visit.query, query.asked >= LookupPair.start else { continue }
      counts.asked += 1
      counts.failed += query.result.failed ? 1 : 0
      let id = random.word()
      exchange(
        query.asked, answered: query.answered, port: random.port(),
        question: DNSBuilder.reverseQuery(id: id, address: query.address),
        answer: DNSBuilder.reverseAnswer(
          id: id, address: query.address, name: query.result.name, code: query.result.code),
        in: &capture)
    }
    return counts
  }

  /// Ordinary names, a third of which are then visited.
  private func addForwardQueries(in capture: inout Capture, _ random: inout RandomSource) {
    var sites = PublicAddresses(random: recipe.random(9), home: LookupPair.server)
    var time = LookupPair.start + random.exponential(mean: 24 * Clock.second)
    while time < LookupPair.end - Clock.minute {
      let name = MadeNames.site(random.within(0...99))
      let address = sites.next()
      let answered = time + random.microseconds(8_000...160_000)
      ask(name, address, time, answered: answered, in: &capture, &random)
      if random.chance(333) {
        converse(
          answered + 5_000, with: Endpoint(address, 80), payloads: [210, 900, 180, 1_200],
          in: &capture, &random)
      }
      time += random.exponential(mean: 24 * Clock.second)
    }
  }

  /// The lookups, and after an answer either the worm's attempt at the share, or a conversation of
  /// the same size with a site whose name was asked for.
  ///
  /// Both stories ask for the twin's name, so that the packets stay matched.
  private func addLookups(in capture: inout Capture) {
    var random = recipe.random(10)
    var transaction = random.word()
    for (lookup, fate) in zip(lookups, fates) {
      transaction &+= UInt16(2 + 2 * random.below(2))
      let server = Endpoint(LookupPair.server, NBNSBuilder.port)
      let target = Endpoint(lookup.target, NBNSBuilder.port)
      let query = NBNSBuilder.nodeStatusQuery(id: transaction)
      let times = lookup.tryTimes(&random)
      for time in fate.answer == nil ? times[...] : times[..<1] {
        capture.udp(time, from: server, to: target, payload: query)
      }
      guard let delay = fate.answer else { continue }
      let answered = lookup.time + delay
      capture.udp(
        answered, from: target, to: server,
        payload: NBNSBuilder.nodeStatusResponse(
          id: transaction, name: "HOST\(lookup.target & 0xfff)", workgroup: "WORKGROUP",
          unit: MAC(station: lookup.target).bytes))
      let name = MadeNames.site(Int(fate.twin & 0xff))
      let resolved = fate.twinTime + random.microseconds(8_000...160_000)
      ask(name, fate.twin, fate.twinTime, answered: resolved, in: &capture, &random)
      converse(
        worm ? answered + random.microseconds(2_000...60_000) : resolved + 5_000,
        with: worm ? Endpoint(lookup.target, LookupPair.sharePort) : Endpoint(fate.twin, 80),
        payloads: [72, 4, 168, 95], in: &capture, &random)
    }
  }

  private func ask(
    _ name: String, _ address: UInt32, _ time: Int64, answered: Int64, in capture: inout Capture,
    _ random: inout RandomSource
  ) {
    let id = random.word()
    exchange(
      time, answered: answered, port: random.port(),
      question: DNSBuilder.addressQuery(id: id, name: name),
      answer: DNSBuilder.addressAnswer(id: id, name: name, addresses: [address]), in: &capture)
  }

  private func exchange(
    _ time: Int64, answered: Int64, port: UInt16, question: [UInt8], answer: [UInt8],
    in capture: inout Capture
  ) {
    let server = Endpoint(LookupPair.server, port)
    let resolver = Endpoint(LookupPair.resolver, DNSBuilder.port)
    capture.udp(time, from: server, to: resolver, payload: question)
    capture.udp(answered, from: resolver, to: server, payload: answer)
  }

  /// A connection of the server's with messages of these lengths, by turns.
  private func converse(
    _ time: Int64, with other: Endpoint, payloads: [Int], in capture: inout Capture,
    _ random: inout RandomSource
  ) {
    var talk = TCPConversation(
      from: Endpoint(LookupPair.server, random.port()), to: other, at: time,
      roundTrip: random.microseconds(20_000...180_000), &random)
    talk.open(in: &capture)
    for (index, length) in payloads.enumerated() {
      talk.exchange(
        TCPConversation.Message(
          fromClient: index % 2 == 0, payload: content(index, length, port: other.port, &random),
          after: random.microseconds(1_000...30_000)), in: &capture)
    }
    talk.close(in: &capture)
  }

  /// A NetBIOS session request and its acceptance (RFC 1002, 4.3) begin what goes to the share port.
  private func content(
    _ index: Int, _ length: Int, port: UInt16, _ random: inout RandomSource
  ) -> [UInt8] {
    let filler = random.filler(length)
    guard port == LookupPair.sharePort else { return filler }
    switch index {
    case 0:
      return [0x81, 0, 0, 68] + NBNSBuilder.encoded("*SMBSERVER", suffix: 0x20, filler: 32)
        + NBNSBuilder.encoded("SERVER", suffix: 0, filler: 32)
    case 1: return [0x82, 0, 0, 0]
    default: return [0, 0, 0, UInt8(length - 4), 0xff, 0x53, 0x4d, 0x42] + filler.dropFirst(8)
    }
  }

  private func visitorsLog() -> ApacheLogWriter {
    var random = recipe.random(11)
    var writer = ApacheLogWriter()
    let agents = [
      "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.0)",
      "Mozilla/4.0 (compatible; MSIE 5.5; Windows 98)",
      "Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.1) Gecko/20020826",
    ]
    for visit in visits {
      let agent = random.pick(agents)
      var time = visit.time
      for page in 0..<random.within(1...3) where time < LookupPair.end {
        let path = page == 0 ? "/" : random.pick(["/news.html", "/logo.gif", "/about.html"])
        let referer = page == 0 ? "-" : "http://www.example.com/"
        let missing = random.chance(30)
        writer.request(
          time, from: visit.address, path: path, status: missing ? 404 : 200,
          bytes: missing ? 291 : random.within(400...24_000), referer: referer, agent: agent)
        time += random.microseconds(200_000...4_000_000)
      }
    }
    return writer
  }

  private func truth(
    _ capture: Capture, reverse: (asked: Int, failed: Int), _ log: ApacheLogWriter
  ) -> Truth {
    let visitors = Set(visits.map(\.address))
    let targets = Set(lookups.map(\.target))
    let matched = targets.intersection(visitors).count
    let answered = fates.filter { $0.answer != nil }.count
    let lags = lookups.compactMap { lookup in lookup.visited.map { lookup.time - $0 } }
    let shared24 = targets.filter { ($0 ^ LookupPair.server) >> 8 == 0 }.count
    return .object(
      recipe.truth + [
        ("server", .text(dotted(LookupPair.server))),
        ("home", .text("\(dotted(network.base))/\(network.length)")),
        ("resolver", .text(dotted(LookupPair.resolver))),
        ("origin", .text(worm ? "localPreference" : "visitors")),
        ("from", .time(LookupPair.start)), ("to", .time(LookupPair.end)),
        ("clockOffsetSeconds", .integer(0)),
        ("packets", .integer(capture.frames.count)),
        ("bytes", .integer(capture.frames.reduce(0) { $0 + $1.bytes.count })),
        ("lookups", .integer(lookups.count)), ("targets", .integer(targets.count)),
        ("answeredLookups", .integer(answered)),
        ("shareAttempts", .integer(worm ? answered : 0)),
        ("targetsThatVisited", .integer(matched)),
        ("targetsThatVisitedShare", .quotient(matched, targets.count, places: 4)),
        ("targetsInOwn24", .integer(shared24)),
        ("medianLagAfterVisitSeconds", .seconds(median(lags))),
        ("reverseQueries", .integer(reverse.asked)),
        ("failedReverseQueries", .integer(reverse.failed)),
        ("visits", .integer(visits.count)), ("visitors", .integer(visitors.count)),
        ("visitorsLogLines", .integer(log.lines.count)),
      ])
  }
}

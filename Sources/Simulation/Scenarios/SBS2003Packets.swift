import Observations

/// What the server sends in the two weeks, with the identification each packet bears, and the two
/// hours of it that were captured.
struct SBS2003Packets {
  /// One try of a lookup, as it leaves the server.
  struct Try {
    var time: Int64
    var target: UInt32
    var transaction: UInt16
    /// As the header bears it: the little-endian counter read in network order.
    var identification: UInt16
  }

  /// A refused packet of the server's that is no name lookup.
  struct Other {
    var time: Int64
    var target: UInt32
    var transport: Transport
    var sourcePort: UInt16
    var port: UInt16
    var length: Int
    var identification: UInt16
  }

  private enum Kind {
    case lookup(target: UInt32, transaction: UInt16)
    case reverse(ReverseQuery, port: UInt16, id: UInt16)
    case forward(name: String, addresses: [UInt32], delay: Int64, port: UInt16, id: UInt16)
    case other(Other)
  }

  private(set) var capture: Capture
  private(set) var tries: [Try] = []
  private(set) var others: [Other] = []
  private(set) var namePackets = 0
  private(set) var reverseQueries = 0
  private(set) var failedReverseQueries = 0

  private static let forwardGap = 24 * Clock.second
  private static let othersGap = 33 * Clock.minute
  private static let otherServices: [(Transport, UInt16, Int)] = [
    (.tcp, 113, 48), (.tcp, 1863, 48), (.udp, 1027, 60), (.tcp, 8080, 48), (.icmp, 0, 60),
  ]

  init(_ story: SBS2003) {
    capture = Capture(network: story.network)
    var random = story.recipe.random(6)
    var sent: [(time: Int64, kind: Kind)] = []
    SBS2003Packets.addLookups(story, to: &sent, &random)
    SBS2003Packets.addNames(story, to: &sent, &random)
    SBS2003Packets.addOthers(story, to: &sent, &random)
    let order = sent.indices.sorted { (sent[$0].time, $0) < (sent[$1].time, $1) }
    // One counter for everything the server sends; what goes elsewhere makes gaps.
    var counter = random.word()
    var last = SBS2003.start
    for index in order {
      let (time, kind) = sent[index]
      let idle = UInt64(min(4_000, (time - last) / Clock.second))
      counter &+= UInt16(1 + random.below(2 + idle))
      last = time
      send(time, kind, identification: counter.byteSwapped, story)
    }
    capture.sort()
  }

  private mutating func send(
    _ time: Int64, _ kind: Kind, identification: UInt16, _ story: SBS2003
  ) {
    let seen = (story.captureStart..<story.captureEnd).contains(time)
    let dns = seen && story.recipe.variant != "no-dns"
    switch kind {
    case .lookup(let target, let transaction):
      tries.append(
        Try(time: time, target: target, transaction: transaction, identification: identification))
      guard seen else { return }
      namePackets += 1
      capture.udp(
        time, from: Endpoint(SBS2003.server, NBNSBuilder.port),
        to: Endpoint(target, NBNSBuilder.port), identification: identification,
        payload: NBNSBuilder.nodeStatusQuery(id: transaction))
    case .reverse(let query, let port, let id):
      guard dns else { return }
      reverseQueries += 1
      failedReverseQueries += query.result.failed ? 1 : 0
      ask(
        time, port: port, identification: identification, answered: query.answered,
        question: DNSBuilder.reverseQuery(id: id, address: query.address),
        answer: DNSBuilder.reverseAnswer(
          id: id, address: query.address, name: query.result.name, code: query.result.code))
    case .forward(let name, let addresses, let delay, let port, let id):
      guard dns else { return }
      ask(
        time, port: port, identification: identification, answered: time + delay,
        question: DNSBuilder.addressQuery(id: id, name: name),
        answer: DNSBuilder.addressAnswer(id: id, name: name, addresses: addresses))
    case .other(var other):
      other.identification = identification
      others.append(other)
    }
  }

  private mutating func ask(
    _ time: Int64, port: UInt16, identification: UInt16, answered: Int64, question: [UInt8],
    answer: [UInt8]
  ) {
    let server = Endpoint(SBS2003.server, port)
    let resolver = Endpoint(SBS2003.resolver, DNSBuilder.port)
    capture.udp(time, from: server, to: resolver, identification: identification, payload: question)
    // The resolver numbers as Linux does with "don't fragment" on: zero.
    capture.udp(answered, from: resolver, to: server, identification: 0, payload: answer)
  }

  private static func addLookups(
    _ story: SBS2003, to sent: inout [(time: Int64, kind: Kind)], _ random: inout RandomSource
  ) {
    var transaction = random.word()
    for lookup in story.lookups {
      transaction &+= UInt16(2 + 2 * random.below(2))
      for time in lookup.tryTimes(&random) where time < SBS2003.end {
        sent.append((time, .lookup(target: lookup.target, transaction: transaction)))
      }
    }
  }

  /// Only what the capture shows: reverse queries for visitors, and ordinary names.
  private static func addNames(
    _ story: SBS2003, to sent: inout [(time: Int64, kind: Kind)], _ random: inout RandomSource
  ) {
    for visit in story.visits {
      guard let query = visit.query, (story.captureStart..<story.captureEnd).contains(query.asked)
      else { continue }
      sent.append((query.asked, .reverse(query, port: random.port(), id: random.word())))
    }
    var sites = PublicAddresses(random: story.recipe.random(7), home: SBS2003.server)
    var time = story.captureStart + random.exponential(mean: forwardGap)
    while time < story.captureEnd {
      let addresses = (0..<random.within(1...3)).map { _ in sites.next() }
      let kind = Kind.forward(
        name: MadeNames.site(random.within(0...99)), addresses: addresses,
        delay: random.microseconds(8_000...160_000), port: random.port(), id: random.word())
      sent.append((time, kind))
      time += random.exponential(mean: forwardGap)
    }
  }

  private static func addOthers(
    _ story: SBS2003, to sent: inout [(time: Int64, kind: Kind)], _ random: inout RandomSource
  ) {
    var targets = PublicAddresses(random: story.recipe.random(8), home: SBS2003.server)
    var time = SBS2003.start + random.exponential(mean: othersGap)
    while time < SBS2003.end {
      let (transport, port, length) = random.pick(otherServices)
      let other = Other(
        time: time, target: targets.next(), transport: transport, sourcePort: random.port(),
        port: port, length: length, identification: 0)
      sent.append((time, .other(other)))
      time += random.exponential(mean: othersGap)
    }
  }
}

import Observations

extension Scenario {
  /// Three sick hosts behind one address, each with its own packet counter.
  ///
  /// Near miss: one host that does all of it.
  static let natGateway = Scenario.cause(
    "nat-gateway", "three hosts behind one address sweep UDP 137: three counters, two hop counts",
    article: "nat-gateway", outside: true
  ) { cause in
    cause.addServers()
    return cause.addSweepsBehindOneAddress()
  }
}

extension Cause {
  /// A host that sends through the gateway, with what its packets keep of it.
  private struct Hidden {
    var port: UInt16
    var hops: UInt8
    var counter: UInt16
    /// Whether the counter is little-endian, as old Windows has it.
    var isSwapped: Bool

    mutating func next(_ random: inout RandomSource) -> UInt16 {
      counter &+= UInt16(1 + random.below(3))
      return isSwapped ? counter.byteSwapped : counter
    }
  }

  fileprivate mutating func addSweepsBehindOneAddress() -> Told {
    let gateway = office.network.base | 5
    let kinds: [(hops: UInt8, isSwapped: Bool)] = [(127, true), (127, true), (63, false)]
    var hosts = kinds.map { kind in
      Hidden(
        port: random.port(), hops: kind.hops, counter: random.word(), isSwapped: kind.isSwapped)
    }
    let blocks = kinds.map { _ in strangers.next() & 0xffff_ff00 }
    var transaction = random.word()
    var sweeps: [(time: Int64, target: UInt32, host: Int)] = []
    for (index, block) in blocks.enumerated() {
      var time = at(60) + random.microseconds(0...Clock.minute)
      for host in 1...254 as ClosedRange<UInt32> {
        time += random.exponential(mean: 1_600 * Clock.millisecond)
        // The near miss sends all three sweeps from the first host.
        sweeps.append((time, block | host, isNearMiss ? 0 : index))
      }
    }
    // The hosts look names up, too, at a resolver outside.
    let resolver = Endpoint(strangers.next(), DNSBuilder.port)
    var time = at(20)
    while time < end - Clock.minute {
      sweeps.append((time, resolver.address, isNearMiss ? 0 : random.within(0...2)))
      time += random.exponential(mean: 8 * Clock.second)
    }
    // A counter counts in the order of sending.
    for sweep in sweeps.sorted(by: { ($0.time, $0.target) < ($1.time, $1.target) }) {
      transaction &+= 1
      let identification = hosts[sweep.host].next(&random)
      let isName = sweep.target == resolver.address
      let from = Endpoint(gateway, isName ? random.port() : hosts[sweep.host].port)
      let name = MadeNames.site(random.within(0...99))
      let address = strangers.next()
      capture.udp(
        sweep.time, from: from,
        to: isName ? resolver : Endpoint(sweep.target, NBNSBuilder.port),
        identification: identification, ttl: hosts[sweep.host].hops,
        payload: isName
          ? DNSBuilder.addressQuery(id: transaction, name: name)
          : NBNSBuilder.nodeStatusQuery(id: transaction))
      guard isName else { continue }
      capture.udp(
        sweep.time + 30_000, from: resolver, to: from,
        payload: DNSBuilder.addressAnswer(id: transaction, name: name, addresses: [address]))
    }
    addCallers(at: gateway)
    var told = told(gateway)
    told.counts = [
      ("hosts", .integer(isNearMiss ? 1 : hosts.count)), ("probes", .integer(3 * 254)),
      ("timesToLive", .list((isNearMiss ? [127] : [63, 127]).map { .integer($0) })),
    ]
    return told
  }

  /// Strangers knock, as they do at every public address; nobody opens.
  private mutating func addCallers(at address: UInt32) {
    var strangers = strangers
    repeated(from: 0, to: 600, gap: 10 * Clock.second) { time, capture, random in
      let caller = Endpoint(strangers.next(), random.port())
      capture.tcp(
        time, from: caller, to: Endpoint(address, random.pick([22, 25, 80, 1_433])), flags: .syn,
        sequence: UInt32(truncatingIfNeeded: random.next()))
    }
  }
}

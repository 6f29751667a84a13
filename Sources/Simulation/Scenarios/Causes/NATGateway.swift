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
    // A counter counts in the order of sending.
    for sweep in sweeps.sorted(by: { ($0.time, $0.target) < ($1.time, $1.target) }) {
      transaction &+= 1
      let identification = hosts[sweep.host].next(&random)
      capture.udp(
        sweep.time, from: Endpoint(gateway, hosts[sweep.host].port),
        to: Endpoint(sweep.target, NBNSBuilder.port), identification: identification,
        ttl: hosts[sweep.host].hops, payload: NBNSBuilder.nodeStatusQuery(id: transaction))
    }
    var told = told(gateway)
    told.counts = [
      ("hosts", .integer(isNearMiss ? 1 : hosts.count)), ("probes", .integer(sweeps.count)),
      ("timesToLive", .list((isNearMiss ? [127] : [63, 127]).map { .integer($0) })),
    ]
    return told
  }
}

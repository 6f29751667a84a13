import Observations

extension Scenario {
  /// A camera in a botnet: stateless SYNs to random addresses, the destination as sequence number.
  ///
  /// Near miss: a scan for the same service by a tool that draws one sequence number a run and keeps
  /// one window.
  static let mirai = Scenario.cause(
    "mirai", "a camera sends SYNs to random addresses, TCP 23 and 2323, sequence = destination",
    article: "mirai-worm"
  ) { cause in
    cause.addOffice()
    return cause.addTelnetSweep()
  }
}

extension Cause {
  fileprivate mutating func addTelnetSweep() -> Told {
    let isTool = isNearMiss
    let source = Endpoint(office.network.base + 60, random.port())
    let sequence = UInt32(truncatingIfNeeded: random.next())
    let toolTimeToLive = UInt8(random.within(38...58))
    var targets = (telnet: 0, other: 0)
    var strangers = strangers
    let block = strangers.next() & 0xffff_f800
    var walk = (0..<2_048).map { block | UInt32($0) }
    for index in walk.indices { walk.swapAt(index, Int(random.below(UInt64(walk.count)))) }
    var position = 0
    repeated(from: 120, to: 480, gap: isTool ? 200_000 : 160_000) { time, capture, random in
      let port: UInt16 = !isTool && random.chance(91) ? 2_323 : 23
      let target = isTool ? walk[position % walk.count] : strangers.next()
      position += 1
      if port == 23 { targets.telnet += 1 } else { targets.other += 1 }
      capture.tcp(
        time, from: source, to: Endpoint(target, port), flags: .syn,
        sequence: isTool ? sequence : target, window: isTool ? 1_024 : random.word(),
        options: isTool ? [2, 4, 0x05, 0xb4] : [], identification: random.word(),
        ttl: isTool ? toolTimeToLive : 64)
      guard random.chance(30) else { return }
      capture.tcp(
        time + random.microseconds(20_000...250_000), from: Endpoint(target, port), to: source,
        flags: [.rst, .ack], sequence: 0, acknowledgement: (isTool ? sequence : target) &+ 1)
    }
    var told = told(source.address, nearMiss: "horizontal-scan")
    told.counts = [("port23", .integer(targets.telnet)), ("port2323", .integer(targets.other))]
    return told
  }
}

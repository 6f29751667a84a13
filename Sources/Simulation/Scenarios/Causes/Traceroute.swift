import Observations

extension Scenario {
  /// Routes are traced: datagrams with rising times to live, and routers' answers.
  ///
  /// Near miss: a scan of one host's ports from the same number up.
  static let traceroute = Scenario.cause(
    "traceroute", "UDP from port 33434 up with rising time to live, answered along the way",
    article: "traceroute"
  ) { cause in
    cause.addOffice()
    return cause.isNearMiss ? cause.addPortScan() : cause.addTraces()
  }
}

extension Cause {
  private static let firstPort: UInt16 = 33_434

  fileprivate mutating func addTraces() -> Told {
    let desk = stations[2]
    var counts = (targets: 0, probes: 0, errors: 0)
    var time = at(90)
    for _ in 0..<5 {
      let source = Endpoint(desk, UInt16(random.within(40_000...60_000)))
      let target = strangers.next()
      let length = random.within(9...16)
      let route =
        [office.network.gateway] + (1..<length - 1).map { _ in strangers.next() } + [target]
      counts.targets += 1
      for (hop, router) in route.enumerated() {
        for _ in 0..<3 {
          let port = Cause.firstPort + UInt16(counts.probes % 300)
          let identification = random.word()
          let datagram = PacketBuilder.udp(
            from: source, to: Endpoint(target, port), payload: [UInt8](repeating: 64, count: 32))
          capture.ip(
            time, from: desk, to: target, transport: .udp, identification: identification,
            ttl: UInt8(hop + 1), payload: datagram)
          counts.probes += 1
          guard random.chance(900) else {
            time += 5 * Clock.second
            continue
          }
          time += random.microseconds(500...4_000) + Int64(hop) * 6_000
          let isLast = router == target
          counts.errors += isLast ? 0 : 1
          capture.icmpError(
            time, from: router, type: isLast ? 3 : 11, code: isLast ? 3 : 0,
            about: PacketBuilder.ipv4(
              from: desk, to: target, transport: .udp,
              options: IPv4Options(ttl: 1, identification: identification), payload: datagram))
          time += 300
        }
      }
      time += random.microseconds(5 * Clock.second...15 * Clock.second)
    }
    var told = told(desk)
    told.counts = [
      ("targets", .integer(counts.targets)), ("probes", .integer(counts.probes)),
      ("timeExceeded", .integer(counts.errors)),
    ]
    return told
  }

  fileprivate mutating func addPortScan() -> Told {
    let desk = Endpoint(stations[2], UInt16(random.within(40_000...60_000)))
    let target = strangers.next()
    var time = at(90)
    let ports = Cause.firstPort..<Cause.firstPort + 400
    for port in ports {
      let identification = random.word()
      let datagram = PacketBuilder.udp(from: desk, to: Endpoint(target, port), payload: [])
      capture.ip(
        time, from: desk.address, to: target, transport: .udp, identification: identification,
        payload: datagram)
      // Errors are sent sparingly (RFC 1812, 4.3.2.8).
      if random.chance(300) {
        capture.icmpError(
          time + 40_000, from: target, type: 3, code: 3,
          about: PacketBuilder.ipv4(
            from: desk.address, to: target, transport: .udp,
            options: IPv4Options(ttl: 117, identification: identification), payload: datagram))
      }
      time += random.microseconds(100_000...500_000)
    }
    var told = told(desk.address, nearMiss: "vertical-scan")
    told.counts = [("ports", .integer(ports.count))]
    return told
  }
}

import Observations

extension Scenario {
  /// One port in touch with hundreds of peers, each at a port of its own.
  ///
  /// Near miss: a scan from one port to one port.
  static let peerToPeer = Scenario.cause(
    "p2p-client", "UDP between one port and hundreds of peers' ports, most of them silent",
    article: "p2p-client"
  ) { cause in
    cause.addOffice()
    return cause.isNearMiss ? cause.addFixedPortScan() : cause.addPeers()
  }
}

extension Cause {
  fileprivate mutating func addPeers() -> Told {
    let client = Endpoint(office.network.base + 61, UInt16(random.within(20_000...60_000)))
    var strangers = strangers
    var counts = (peers: 0, answered: 0, opened: 0)
    repeated(from: 60, to: 540, gap: 700 * Clock.millisecond) { time, capture, random in
      let peer = Endpoint(strangers.next(), random.port())
      counts.peers += 1
      if random.chance(130) {
        // It learnt of the client from others.
        counts.opened += 1
        capture.udp(
          time, from: peer, to: client, payload: random.filler(random.within(60...110)))
        capture.udp(
          time + 2_000, from: client, to: peer, payload: random.filler(random.within(120...300)))
        return
      }
      capture.udp(time, from: client, to: peer, payload: random.filler(random.within(60...110)))
      guard random.chance(280) else { return }
      counts.answered += 1
      var moment = time
      for _ in 0..<random.within(1...4) {
        moment += random.microseconds(30_000...300_000)
        capture.udp(
          moment, from: peer, to: client, payload: random.filler(random.within(120...300)))
        moment += random.microseconds(1_000...60_000)
        capture.udp(
          moment, from: client, to: peer, payload: random.filler(random.within(60...110)))
      }
    }
    var told = told(client.address)
    told.counts = [
      ("port", .integer(Int(client.port))), ("peers", .integer(counts.peers)),
      ("answered", .integer(counts.answered)), ("openedByPeers", .integer(counts.opened)),
    ]
    return told
  }

  fileprivate mutating func addFixedPortScan() -> Told {
    let scanner = Endpoint(office.network.base + 61, UInt16(random.within(20_000...60_000)))
    let block = strangers.next() & 0xffff_f800
    let payload = random.filler(40)
    var position: UInt32 = 0
    var answered = 0
    repeated(from: 60, to: 540, gap: 700 * Clock.millisecond) { time, capture, random in
      position += 1
      let target = Endpoint(block + position, 161)
      capture.udp(time, from: scanner, to: target, payload: payload)
      guard random.chance(30) else { return }
      answered += 1
      capture.udp(time + 60_000, from: target, to: scanner, payload: random.filler(90))
    }
    var told = told(scanner.address, nearMiss: "horizontal-scan")
    told.counts = [("targets", .integer(Int(position))), ("answered", .integer(answered))]
    return told
  }
}

/// What goes on in an office network at any time: the ordinary part of two scenarios.
struct Office {
  let network: Network
  /// The stations that people sit at.
  let stations: [UInt32]
  let fileServer: UInt32
  let resolver: UInt32
  let workgroup = "OFFICE"

  /// A station's NetBIOS name.
  func name(_ address: UInt32) -> String { "PC\(padded(Int(address & 0xff), width: 3))" }

  /// Asks for stations' link-layer addresses; each is answered.
  func addARP(
    from start: Int64, to end: Int64, gap: Int64, in capture: inout Capture,
    _ random: inout RandomSource
  ) {
    forEach(from: start, to: end, gap: gap, &random) { time, random in
      let asker = random.pick(stations)
      let target = random.pick([fileServer, network.gateway])
      capture.arp(time, operation: 1, sender: asker, target: target)
      capture.arp(
        time + random.microseconds(120...900), operation: 2, sender: target, target: asker)
    }
  }

  /// Broadcasts questions for NetBIOS names; the file server answers for its own.
  func addNameQueries(
    from start: Int64, to end: Int64, gap: Int64, in capture: inout Capture,
    _ random: inout RandomSource
  ) {
    forEach(from: start, to: end, gap: gap, &random) { time, random in
      let asker = Endpoint(random.pick(stations), NBNSBuilder.port)
      let id = random.word()
      capture.udp(
        time, from: asker, to: Endpoint(network.broadcast, NBNSBuilder.port),
        payload: NBNSBuilder.nameQuery(id: id, name: "FILES", suffix: 0x20))
      capture.udp(
        time + random.microseconds(200...1_500), from: Endpoint(fileServer, NBNSBuilder.port),
        to: asker,
        payload: NBNSBuilder.nameAnswer(id: id, name: "FILES", suffix: 0x20, address: fileServer))
    }
  }

  /// A station announces itself to its workgroup.
  func announce(
    _ time: Int64, station: UInt32, in capture: inout Capture, _ random: inout RandomSource
  ) {
    capture.udp(
      time, from: Endpoint(station, BrowserDatagram.port),
      to: Endpoint(network.broadcast, BrowserDatagram.port),
      payload: BrowserDatagram.announcement(
        id: random.word(), source: station, name: name(station), workgroup: workgroup))
  }

  /// Files are read and written at the file server, but when it leaves its clients unanswered.
  func addFileSessions(
    from start: Int64, to end: Int64, gap: Int64, in capture: inout Capture,
    _ random: inout RandomSource, isDeaf: (Int64) -> Bool = { _ in false }
  ) {
    forEach(from: start, to: end, gap: gap, &random) { time, random in
      var session = TCPConversation(
        from: Endpoint(random.pick(stations), random.port()), to: Endpoint(fileServer, 445),
        at: time, roundTrip: random.microseconds(150...700), &random)
      guard session.open(in: &capture, isDeaf: isDeaf) else { return }
      for _ in 0..<random.within(2...6) {
        session.exchange(
          smb(fromClient: true, length: random.within(60...180), &random), in: &capture)
        session.exchange(
          smb(fromClient: false, length: random.within(80...1_300), &random), in: &capture)
      }
      session.close(in: &capture)
    }
  }

  /// Names are looked up at the resolver; gives what was resolved to `use`.
  func addNames(
    from start: Int64, to end: Int64, gap: Int64, sites: inout PublicAddresses,
    in capture: inout Capture, _ random: inout RandomSource,
    use: (Int64, UInt32, [UInt32], inout Capture, inout RandomSource) -> Void
  ) {
    var number = 0
    forEach(from: start, to: end, gap: gap, &random) { time, random in
      let asker = Endpoint(random.pick(stations), random.port())
      let server = Endpoint(resolver, DNSBuilder.port)
      let id = random.word()
      let addresses = (0..<random.within(1...3)).map { _ in sites.next() }
      let answered = time + random.microseconds(500...60_000)
      let name = MadeNames.site(number)
      number += 1
      capture.udp(
        time, from: asker, to: server, payload: DNSBuilder.addressQuery(id: id, name: name))
      capture.udp(
        answered, from: server, to: asker,
        payload: DNSBuilder.addressAnswer(id: id, name: name, addresses: addresses))
      use(answered, asker.address, addresses, &capture, &random)
    }
  }

  /// A Poisson process of something.
  func forEach(
    from start: Int64, to end: Int64, gap: Int64, _ random: inout RandomSource,
    _ body: (Int64, inout RandomSource) -> Void
  ) {
    var time = start + random.exponential(mean: gap)
    while time < end {
      body(time, &random)
      time += random.exponential(mean: gap)
    }
  }

  private func smb(
    fromClient: Bool, length: Int, _ random: inout RandomSource
  ) -> TCPConversation.Message {
    var buffer = ByteBuffer(capacity: length + 8)
    buffer.u32(UInt32(length))
    buffer.append([0xff, 0x53, 0x4d, 0x42])
    buffer.append(random.filler(length - 4))
    return TCPConversation.Message(
      fromClient: fromClient, payload: buffer.bytes, after: random.microseconds(300...40_000))
  }
}

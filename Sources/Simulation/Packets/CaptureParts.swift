import Observations

extension Capture {
  /// Adds a TCP segment by itself.
  mutating func tcp(
    _ time: Int64, from source: Endpoint, to destination: Endpoint, flags: TCPFlags,
    sequence: UInt32, acknowledgement: UInt32 = 0, window: UInt16 = 65_535,
    options: [UInt8]? = nil, identification: UInt16? = nil, ttl: UInt8? = nil,
    hardware: MAC? = nil
  ) {
    ip(
      time, from: source.address, to: destination.address, transport: .tcp,
      identification: identification, ttl: ttl, hardware: hardware,
      payload: PacketBuilder.tcp(
        from: source, to: destination, sequence: sequence, acknowledgement: acknowledgement,
        flags: flags, window: window, options: options))
  }

  /// Adds an ICMP error about a packet, of which it quotes the header and eight bytes (RFC 792).
  mutating func icmpError(
    _ time: Int64, from reporter: UInt32, type: UInt8, code: UInt8, about packet: [UInt8],
    ttl: UInt8? = nil
  ) {
    let sender = packet[12..<16].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    ip(
      time, from: reporter, to: sender, transport: .icmp, ttl: ttl,
      payload: PacketBuilder.icmp(
        type: type, code: code, rest: 0,
        payload: Array(packet.prefix(PacketBuilder.ipv4HeaderLength + 8))))
  }

  /// Adds what a station sends first to reach an address with a SYN, and what comes back.
  ///
  /// On the own wire an absent address is only asked for by ARP, three times. Who is there and does
  /// not offer the service refuses; strangers stay silent.
  ///
  /// - Returns: when a SYN was sent; nil where it came to none.
  @discardableResult
  mutating func knock(
    _ time: Int64, from source: Endpoint, to destination: Endpoint, isPresent: Bool,
    sequence: UInt32
  ) -> Int64? {
    var sent = time
    if network.isLocal(destination.address) {
      arp(time, operation: 1, sender: source.address, target: destination.address)
      guard isPresent else {
        for index in 1...2 as ClosedRange<Int64> {
          arp(
            time + index * Clock.second, operation: 1, sender: source.address,
            target: destination.address)
        }
        return nil
      }
      arp(time + 300, operation: 2, sender: destination.address, target: source.address)
      sent = time + 400
    }
    tcp(sent, from: source, to: destination, flags: .syn, sequence: sequence)
    if isPresent {
      tcp(
        sent + 350, from: destination, to: source, flags: [.rst, .ack], sequence: 0,
        acknowledgement: sequence &+ 1)
    }
    return sent
  }

  /// Adds the question where a station of the own wire is, and its answer.
  mutating func locate(_ time: Int64, asker: UInt32, target: UInt32) {
    arp(time, operation: 1, sender: asker, target: target)
    arp(time + 300, operation: 2, sender: target, target: asker)
  }

  /// Adds a whole connection with messages of these lengths in turn, the client's first.
  mutating func converse(
    _ time: Int64, from client: Endpoint, to server: Endpoint, roundTrip: Int64,
    payloads: [[UInt8]], pause: ClosedRange<Int64> = 300...20_000, _ random: inout RandomSource
  ) {
    var talk = TCPConversation(
      from: client, to: server, at: time, roundTrip: roundTrip, &random)
    talk.open(in: &self)
    for (index, payload) in payloads.enumerated() {
      talk.exchange(
        TCPConversation.Message(
          fromClient: index % 2 == 0, payload: payload, after: random.microseconds(pause)),
        in: &self)
    }
    talk.close(in: &self)
  }
}

import Observations

/// A TCP connection from handshake to close, with the same round trip throughout.
struct TCPConversation {
  /// One message: how it goes, and its bytes.
  struct Message {
    var fromClient: Bool
    var payload: [UInt8]
    /// Microseconds before it is sent.
    var after: Int64
  }

  let client: Endpoint
  let server: Endpoint
  let roundTrip: Int64
  private var time: Int64
  private var clientSequence: UInt32
  private var serverSequence: UInt32
  private static let largestSegment = 1_400

  /// When the last packet so far was sent.
  var last: Int64 { time }

  init(
    from client: Endpoint, to server: Endpoint, at time: Int64, roundTrip: Int64,
    _ random: inout RandomSource
  ) {
    self.client = client
    self.server = server
    self.roundTrip = roundTrip
    self.time = time
    clientSequence = UInt32(truncatingIfNeeded: random.next())
    serverSequence = UInt32(truncatingIfNeeded: random.next())
  }

  /// The three packets of the handshake.
  mutating func open(in capture: inout Capture) {
    send(fromClient: true, .syn, [], in: &capture)
    clientSequence &+= 1
    time += roundTrip
    send(fromClient: false, [.syn, .ack], [], in: &capture)
    serverSequence &+= 1
    time += 200
    send(fromClient: true, .ack, [], in: &capture)
  }

  /// The three packets of the handshake, where the server answers one of the SYNs.
  ///
  /// A SYN that nobody answers is sent again after 3 s and after 6 s more, as Windows does
  /// (`TcpInitialRtt` 3 s doubled, `TcpMaxConnectRetransmissions` 2); then the client gives up.
  ///
  /// - Parameters:
  ///   - capture: where the packets go.
  ///   - isDeaf: whether the server leaves what is sent at a time unanswered.
  /// - Returns: whether the connection stands.
  mutating func open(in capture: inout Capture, isDeaf: (Int64) -> Bool) -> Bool {
    for wait in [3, 6] as [Int64] {
      guard isDeaf(time) else { break }
      send(fromClient: true, .syn, [], in: &capture)
      time += wait * Clock.second
    }
    if isDeaf(time) {
      send(fromClient: true, .syn, [], in: &capture)
      return false
    }
    open(in: &capture)
    return true
  }

  /// A message in as many segments as it needs, and its acknowledgement.
  mutating func exchange(_ message: Message, in capture: inout Capture) {
    time += message.after
    var rest = message.payload[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(TCPConversation.largestSegment))
      rest = rest.dropFirst(part.count)
      send(fromClient: message.fromClient, [.psh, .ack], part, in: &capture)
      let count = UInt32(part.count)
      if message.fromClient { clientSequence &+= count } else { serverSequence &+= count }
      time += 150
    }
    time += roundTrip / 2
    send(fromClient: !message.fromClient, .ack, [], in: &capture)
  }

  /// Both ends finish.
  mutating func close(in capture: inout Capture) {
    time += 1_000
    send(fromClient: true, [.fin, .ack], [], in: &capture)
    clientSequence &+= 1
    time += roundTrip
    send(fromClient: false, [.fin, .ack], [], in: &capture)
    serverSequence &+= 1
    time += 200
    send(fromClient: true, .ack, [], in: &capture)
  }

  /// The client breaks off.
  mutating func abort(in capture: inout Capture) {
    time += 1_000
    send(fromClient: true, [.rst, .ack], [], in: &capture)
  }

  /// A packet of the server's that comes long after the close, and the client's refusal of it.
  mutating func stray(after: Int64, in capture: inout Capture) {
    time += after
    send(fromClient: false, [.fin, .ack], [], in: &capture)
    time += 200
    send(fromClient: true, .rst, [], in: &capture)
  }

  private func send(
    fromClient: Bool, _ flags: TCPFlags, _ payload: [UInt8], in capture: inout Capture
  ) {
    let from = fromClient ? client : server
    let to = fromClient ? server : client
    let acknowledgement = fromClient ? serverSequence : clientSequence
    capture.ip(
      time, from: from.address, to: to.address, transport: .tcp,
      payload: PacketBuilder.tcp(
        from: from, to: to, sequence: fromClient ? clientSequence : serverSequence,
        acknowledgement: flags.contains(.ack) ? acknowledgement : 0, flags: flags,
        payload: payload))
  }
}

extension RandomSource {
  /// Bytes that stand for content nobody reads.
  mutating func filler(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      var word = next()
      for _ in 0..<8 {
        bytes.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
      }
    }
    return Array(bytes.prefix(count))
  }
}

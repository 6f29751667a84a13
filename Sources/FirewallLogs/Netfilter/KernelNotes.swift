internal import Observations

/// What Linux itself writes about packets that it refused, among netfilter's lines.
///
/// Of a *martian* (an address that cannot come in by that interface) the usual wording names the
/// destination first: `martian source D from S, on dev X`; a newer one labels both, `src=S` and
/// `dst=D`. Neither names a protocol. Of a UDP packet whose length contradicts its header:
/// `UDP: short packet: From S:p claimed/real to D:p`.
enum KernelNote {
  /// Another line.
  case none
  /// A line of these, but its addresses are no addresses.
  case wrong(Anomaly)
  /// The packet; without its time.
  case packet(Observation)

  init(_ bytes: RawSpan, _ range: Range<Int>) {
    var line = TextCursor(bytes, range)
    _ = line.take("IPv4: ")
    if line.take("martian source") || line.take("martian destination") {
      self = KernelNote.martian(bytes, &line)
    } else if line.take("UDP: short packet: ") {
      _ = line.take("From ")
      self = KernelNote.shortPacket(bytes, &line)
    } else {
      self = .none
    }
  }

  private static func martian(_ bytes: RawSpan, _ line: inout TextCursor) -> KernelNote {
    var source: Endpoint?
    var destination: Endpoint?
    var isFrom = false
    line.skipBlanks()
    while line.at < line.end {
      let word = line.value()
      if bytes.fills("from", word) {
        isFrom = true
      } else if bytes.has("src=", at: word.lowerBound) {
        source = Endpoint(bytes, word.lowerBound + 4..<word.upperBound, takesPort: false)
      } else if bytes.has("dst=", at: word.lowerBound) {
        destination = Endpoint(bytes, word.lowerBound + 4..<word.upperBound, takesPort: false)
      } else if isFrom, source == nil {
        source = Endpoint(bytes, word, takesPort: false)
      } else if !isFrom, destination == nil, source == nil, word.count > 1 {
        destination = Endpoint(bytes, word, takesPort: false)
      }
    }
    guard let source, let destination else { return .wrong(.addressMissing) }
    return pair(source, destination)
  }

  private static func shortPacket(_ bytes: RawSpan, _ line: inout TextCursor) -> KernelNote {
    let source = Endpoint(bytes, line.token())
    _ = line.token()  // the length claimed, and the real one
    guard line.take("to ") else { return .wrong(.lineCut) }
    guard case .packet(var packet) = pair(source, Endpoint(bytes, line.token())) else {
      return .wrong(.addressMalformed)
    }
    packet.transport = .udp
    packet.marks.insert(.malformed)
    if packet.marks.contains(.ports), NetfilterLine.readsAsError(packet.sourcePort) {
      packet.hint = .icmpErrorAsUDPUntestable
    }
    return .packet(packet)
  }

  /// A packet that the kernel refused.
  private static func pair(_ source: Endpoint, _ destination: Endpoint) -> KernelNote {
    switch EndpointPair(source, destination) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let from, let to):
      guard !from.0.isVeiled, !to.0.isVeiled else { return .wrong(.addressVeiled) }
      var packet = Observation()
      packet.source = from.0
      packet.destination = to.0
      packet.action = .blocked
      packet.path = .inbound
      if let sourcePort = from.1, let destinationPort = to.1 {
        packet.setPorts(sourcePort, destinationPort)
      }
      packet.derive()
      return .packet(packet)
    }
  }
}

extension TextCursor {
  /// Skips blanks, commas and colons.
  @_lifetime(self: copy self)
  mutating func skipBlanks() {
    while take(0x20) || take(0x2c) || take(0x3a) {}
  }

  /// Takes what stands before the next blank or comma, and what separates it from the next.
  @_lifetime(self: copy self)
  mutating func value() -> Range<Int> {
    let from = at
    while at < end, next != 0x20, next != 0x2c { at += 1 }
    let word = from..<at
    skipBlanks()
    return word
  }
}

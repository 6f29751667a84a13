internal import Observations

/// Sessions that a log said were opened, so that the line that says how one ended does not count it
/// twice. Of fixed size: a session that another has pushed out is counted again at its end.
struct SessionMemory {
  private static let slots = 8_192
  /// Allocated when the first session is opened: most logs have none.
  private var keys: [UInt64] = []

  /// Takes note of a session's opening.
  mutating func open(_ packet: Observation) {
    if keys.isEmpty { keys = [UInt64](repeating: 0, count: SessionMemory.slots) }
    let key = SessionMemory.key(packet)
    keys[SessionMemory.slot(key)] = key
  }

  /// Whether the session was opened in this log; it is forgotten.
  mutating func close(_ packet: Observation) -> Bool {
    if keys.isEmpty { return false }
    let key = SessionMemory.key(packet)
    let slot = SessionMemory.slot(key)
    guard keys[slot] == key else { return false }
    keys[slot] = 0
    return true
  }

  /// What a line about a session's end tells: the session with its answer, of one opened before the
  /// answer alone.
  ///
  /// - Parameters:
  ///   - packet: the session as its opener began it.
  ///   - replies: what came back; nil where the line does not say, or says that nothing did.
  ///   - problem: what was wrong with the line.
  ///   - log: counts that something came back.
  /// - Returns: the reading.
  mutating func end(
    _ packet: Observation, replies: SessionReplies?, _ problem: Anomaly?, _ log: inout LogState
  ) -> LineReading {
    let isKnown = close(packet)
    guard let replies else { return isKnown ? .other : .packet(packet, problem) }
    let answer = replies.answer(to: packet)
    guard isKnown else { return log.exchange(packet, answer: answer, problem) }
    log.tally.exchanges &+= 1
    return .packet(answer, problem)
  }

  private static func key(_ packet: Observation) -> UInt64 {
    var hash = packet.source.high ^ packet.source.low &* 0x9e37_79b9_7f4a_7c15
    hash = (hash ^ packet.destination.high &* 31) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ hash >> 33 ^ packet.destination.low) &* 0xc4ce_b9fe_1a85_ec53
    let ports = UInt64(packet.sourcePort) << 24 | UInt64(packet.destinationPort) << 8
    hash = (hash ^ hash >> 29 ^ ports ^ UInt64(packet.transport.rawValue)) &* 0x9e37_79b9_7f4a_7c15
    return (hash ^ hash >> 32) | 1
  }

  private static func slot(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: key >> 40) & (slots - 1)
  }
}

/// What the record of a whole session says came back.
struct SessionReplies {
  /// Packets; nil where only bytes were counted: one at least.
  var packets: Int?

  /// Replies out of counters of packets and bytes; nil where neither says that anything came.
  init?(packets: Int?, bytes: Int?) {
    if let packets {
      guard packets > 0 else { return nil }
      self.packets = packets
    } else {
      guard let bytes, bytes > 0 else { return nil }
      self.packets = nil
    }
  }

  /// The answer to a session's opening.
  func answer(to packet: Observation) -> Observation {
    var answer = Observation()
    answer.time = packet.time
    answer.source = packet.destination
    answer.destination = packet.source
    answer.transport = packet.transport
    answer.action = packet.action
    switch packet.path {
    case .inbound: answer.path = .outbound
    case .outbound: answer.path = .inbound
    default: answer.path = packet.path
    }
    if packet.transport.hasPorts, packet.marks.contains(.ports) {
      answer.setPorts(packet.destinationPort, packet.sourcePort)
    } else if packet.transport.hasPorts {
      answer.sourcePort = packet.destinationPort
    }
    if packet.marks.contains(.timeUncertain) { answer.marks.insert(.timeUncertain) }
    if let packets {
      answer.setPackets(UInt32(clamping: packets))
    } else {
      answer.marks.insert(.lowerBound)
    }
    return answer
  }
}

extension Observation {
  /// Takes both addresses; what was wrong where there is no packet without them.
  mutating func takeEnds(
    _ bytes: RawSpan, _ source: Range<Int>?, _ destination: Range<Int>?
  ) -> Anomaly? {
    guard let source, let destination, !source.isEmpty, !destination.isEmpty else {
      return .addressMissing
    }
    let ends = EndpointPair(
      Endpoint(bytes, source, takesPort: false), Endpoint(bytes, destination, takesPort: false))
    switch ends {
    case .wrong(let anomaly): return anomaly
    case .known(let from, let to):
      self.source = from.0
      self.destination = to.0
      return nil
    }
  }

  /// Takes the ports of a transport that has any; what was wrong with them.
  mutating func takePorts(
    _ bytes: RawSpan, _ source: Range<Int>?, _ destination: Range<Int>?
  ) -> Anomaly? {
    guard transport.hasPorts else { return nil }
    let first = source.flatMap { bytes.port($0) }
    let second = destination.flatMap { bytes.port($0) }
    if let first, let second {
      setPorts(first, second)
      return nil
    }
    if let second { destinationPort = second }
    let isSpoiled =
      first == nil && source?.isEmpty == false || second == nil && destination?.isEmpty == false
    return isSpoiled ? .numberMalformed : nil
  }

  /// Takes type and code of ICMP, where both are known.
  mutating func takeControl(_ bytes: RawSpan, _ type: Range<Int>?, _ code: Range<Int>?) {
    guard transport == .icmp || transport == .icmpv6, let type, let code,
      let first = bytes.decimal(type), let second = bytes.decimal(code), first < 256, second < 256
    else { return }
    setPorts(UInt16(first), UInt16(second))
  }

  /// Takes note of what a packet's addresses were turned into, and carries the inside ones from here
  /// on.
  ///
  /// - Parameters:
  ///   - bytes: the window.
  ///   - outside: what the source became.
  ///   - inside: what the destination stood for.
  ///   - port: the port there.
  ///   - log: where translations are kept.
  mutating func takeTranslation(
    _ bytes: RawSpan, source outside: Range<Int>?, destination inside: Range<Int>?,
    port: Range<Int>?, _ log: inout LogState
  ) {
    if let outside = bytes.translated(outside) {
      log.translations.note(inside: source, outside: outside, time: time)
    }
    guard let inside = bytes.translated(inside), inside != destination else { return }
    log.translations.note(inside: inside, outside: destination, time: time)
    destination = inside
    if transport.hasPorts, marks.contains(.ports), let port = port.flatMap({ bytes.port($0) }),
      port > 0
    {
      destinationPort = port
    }
  }

  /// Goes so many seconds back: to where a session began, of which the line tells the end.
  mutating func goBack(seconds: Int?) {
    guard let seconds, seconds > 0, seconds < 1 << 31 else { return }
    let (start, overflow) = time.subtractingReportingOverflow(Int64(seconds) * 1_000_000_000)
    if !overflow { time = start }
  }
}

extension RawSpan {
  /// The address that fills `range`; nil for none, an unspecified one, or one that is veiled.
  func translated(_ range: Range<Int>?) -> Address? {
    guard let range, let address = wholeAddress(range), !address.isUnspecified else { return nil }
    return address
  }
}

extension TCPFlags {
  /// Flags by their names of three letters, in any case, with anything between: `SYN,ACK`,
  /// `FIN-ACK`, `PSH ACK`.
  init(flagWords bytes: RawSpan, _ range: Range<Int>) {
    self.init(rawValue: 0)
    var cursor = TextCursor(bytes, range)
    while cursor.at < cursor.end {
      guard let word = cursor.word() else {
        cursor.at += 1
        continue
      }
      guard word.count == 3 || word.count == 4 else { continue }
      switch bytes.word4(word.lowerBound) & 0x00df_dfdf {
      case 0x4e_5953: insert(.syn)
      case 0x4b_4341: insert(.ack)
      case 0x54_5352: insert(.rst)
      case 0x4e_4946: insert(.fin)
      case 0x48_5350: insert(.psh)
      case 0x53_5550: insert(.psh)  // PUSH
      case 0x47_5255: insert(.urg)
      case 0x45_4345: insert(.ece)
      case 0x52_5743: insert(.cwr)
      default: break
      }
    }
  }
}

internal import Observations

/// Suricata's `eve.json` (Suricata user guide, "EVE JSON Output"), one event a line, also behind a
/// syslog header: `{"timestamp":"…","flow_id":1,"event_type":"flow","src_ip":"…",…,"flow":{…}}`.
///
/// `flow` tells of a whole connection, from its own start on: so many packets from the one who
/// opened it, so many back. `netflow` tells the same of each way by itself, and is passed over in a
/// log that has `flow`. `alert` and `drop` tell of one packet each: however many rules it tripped
/// it is one, and a flow's count does not hold it a second time. What a sensor watched is
/// `audited`; what it or a rule dropped is `blocked`. `http`, `dns`, `tls` and all other types
/// describe what a flow carried and are no packets: a log that has nothing but them says who
/// talked, but not how much, and is not read as one of packets.
struct SuricataEVE: LineFormat {
  static var name: String { "suricata-eve" }
  /// Any step: a flow is written when it has ended, and counts from when it began.
  static var orderTolerance: Int64 { .max }
  private var stamps = ISOStamps()
  private var stated = StatedPackets()
  private var hasFlows = false
  /// The flow of the last `netflow` record: a second one of the same is the way back.
  private var lastWay: UInt64 = 0

  init() {}

  @inline(__always)
  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let object = log.object(bytes, range) else { return .foreign }
    var event = SuricataEvent()
    let isWhole = event.take(bytes, object)
    guard event.isOwn, let kind = event.kind else { return .foreign }
    if kind == .other { return .other }
    guard !event.source.isEmpty, !event.destination.isEmpty else {
      return .wrong(isWhole ? .addressMissing : .lineCut)
    }
    let isClosed = isWhole && bytes.endsObject(object)
    var packet = Observation()
    var problem: Anomaly? = isClosed ? nil : .lineCut
    if let wrong = takeEnds(bytes, event, &packet, &problem) { return .wrong(wrong) }
    let isFlow = kind == .flow || kind == .netflow
    let stamp = isFlow && !event.start.isEmpty ? event.start : event.stamp
    guard let time = stamps.read(bytes, stamp, &log.clock) else { return .wrong(.stampMalformed) }
    packet.time = time
    packet.action = event.isBlocked ? .blocked : .audited
    switch kind {
    case .flow: return readFlow(bytes, event, packet, problem, &log)
    case .netflow: return readWay(bytes, event, packet, problem)
    default: return readPacket(bytes, event, packet, problem)
    }
  }

  /// Addresses, transport, and ports or type and code.
  @inline(__always)
  private func takeEnds(
    _ bytes: RawSpan, _ event: SuricataEvent, _ packet: inout Observation,
    _ problem: inout Anomaly?
  ) -> Anomaly? {
    let ends = EndpointPair(
      bytes.plainAddress(event.source), bytes.plainAddress(event.destination))
    switch ends {
    case .wrong(let anomaly): return anomaly
    case .known(let source, let destination):
      packet.source = source.0
      packet.destination = destination.0
    }
    guard !event.proto.isEmpty else { return nil }
    guard let transport = Transport(anyName: bytes, event.proto) else {
      problem = .numberMalformed
      return nil
    }
    packet.transport = transport
    let isControl = transport == .icmp || transport == .icmpv6
    let (first, second) = isControl ? event.control : event.ports
    guard isControl || transport.hasPorts, !first.isEmpty, !second.isEmpty else { return nil }
    if let first = bytes.port(first), let second = bytes.port(second) {
      packet.setPorts(first, second)
    } else {
      problem = .numberMalformed
    }
    return nil
  }

  /// A connection: what was sent, and what came back.
  @inline(__always)
  private mutating func readFlow(
    _ bytes: RawSpan, _ event: SuricataEvent, _ packet: Observation, _ problem: Anomaly?,
    _ log: inout LogState
  ) -> LineReading {
    hasFlows = true
    guard let sent = bytes.count(event.sent), let returned = bytes.count(event.returned) else {
      return .packet(packet, problem ?? .numberMalformed)
    }
    var packet = packet
    var answer = packet.turned
    let known = stated.forget(event.flowID, packet)
    if packet.transport == .tcp {
      packet.tcpFlags = FlowFlags.sent(event.sentFlags, packets: sent)
      answer.tcpFlags = FlowFlags.returned(event.returnedFlags, packets: returned)
    } else if !answer.transport.hasPorts, answer.marks.contains(.ports) {
      answer.setAnswer(bytes, event.answer)
    }
    let further = sent &- min(sent, known.sent)
    let back = returned &- min(returned, known.returned)
    packet.setPackets(UInt32(clamping: further))
    answer.setPackets(UInt32(clamping: back))
    switch (further > 0, back > 0) {
    case (true, true): return log.exchange(packet, answer: answer, problem)
    case (true, false): return .packet(packet, problem)
    case (false, true): return .packet(answer, problem)
    case (false, false): return .other
    }
  }

  /// One way of a connection.
  private mutating func readWay(
    _ bytes: RawSpan, _ event: SuricataEvent, _ packet: Observation, _ problem: Anomaly?
  ) -> LineReading {
    if hasFlows { return .other }
    let isReturn = event.flowID != 0 && event.flowID == lastWay
    lastWay = event.flowID
    guard let count = bytes.count(event.sent) else {
      return .packet(packet, problem ?? .numberMalformed)
    }
    if count == 0 { return .other }
    var packet = packet
    if packet.transport == .tcp {
      packet.tcpFlags =
        isReturn
        ? FlowFlags.returned(event.sentFlags, packets: count)
        : FlowFlags.sent(event.sentFlags, packets: count)
    }
    if let most = bytes.decimal(event.timeToLive), most <= 255,
      most == bytes.decimal(event.leastTimeToLive)
    {
      packet.timeToLive = UInt8(most)
    }
    packet.setPackets(UInt32(clamping: count))
    return .packet(packet, problem)
  }

  /// One packet, which may have been stated already.
  private mutating func readPacket(
    _ bytes: RawSpan, _ event: SuricataEvent, _ packet: Observation, _ problem: Anomaly?
  ) -> LineReading {
    var packet = packet
    var problem = problem
    if event.kind == .drop { packet.action = .blocked }
    if !stated.note(event.flowID, packet) { return .other }
    if packet.transport == .tcp { packet.tcpFlags = event.packetFlags(bytes) }
    if !event.length.isEmpty {
      if let length = bytes.decimal(event.length), length <= 0xffff {
        // Of IPv6 it is the length behind the header (RFC 8200, 3).
        packet.length = UInt32(length) + (packet.source.isIPv4 ? 0 : 40)
      } else {
        problem = .numberMalformed
      }
    }
    if event.kind == .drop, let left = bytes.decimal(event.timeToLive), left <= 255 {
      packet.timeToLive = UInt8(left)
    }
    if let number = bytes.port(event.identification) {
      packet.identification = number
      packet.marks.insert(.identification)
    }
    return .packet(packet, problem)
  }
}

extension Observation {
  /// The way back: ends and ports exchanged; a type and code stay where they are.
  var turned: Observation {
    var answer = self
    answer.source = destination
    answer.destination = source
    if transport.hasPorts, marks.contains(.ports) {
      answer.sourcePort = destinationPort
      answer.destinationPort = sourcePort
    }
    return answer
  }

  /// Type and code of an ICMP answer; unknown where the record does not give them.
  fileprivate mutating func setAnswer(
    _ bytes: RawSpan, _ control: (Range<Int>, Range<Int>)
  ) {
    sourcePort = 0
    destinationPort = 0
    marks.remove(.ports)
    if let type = bytes.port(control.0), let code = bytes.port(control.1) { setPorts(type, code) }
  }
}

extension SuricataEvent {
  /// The flags of one packet: those of a dropped one, where given. Of any other it is known where
  /// both ends have spoken before, or the packet goes back: in a connection under way every packet acknowledges (RFC 9293,
  /// 3.1). A `tcp` object holds the flags of a whole flow, and is not asked.
  fileprivate func packetFlags(_ bytes: RawSpan) -> TCPFlags {
    if kind == .drop, !objects.contains(.tcp), let sentFlags { return sentFlags }
    if isReturn { return .ack }
    guard let there = bytes.count(sent), let back = bytes.count(returned), there > 0, back > 0
    else { return TCPFlags(rawValue: 0) }
    return .ack
  }
}

extension RawSpan {
  /// Whether the last thing in `range` is a closing brace, but for what stands between objects.
  func endsObject(_ range: Range<Int>) -> Bool {
    var at = range.upperBound &- 1
    while at > range.lowerBound, byte(at) <= 0x20 || byte(at) == 0x2c || byte(at) == 0x5d {
      at &-= 1
    }
    return byte(at) == 0x7d
  }
}

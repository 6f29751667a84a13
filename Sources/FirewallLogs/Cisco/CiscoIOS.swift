internal import Observations

/// Access list messages of Cisco's routers and switches:
/// `%SEC-6-IPACCESSLOGP: list 101 denied tcp A(p) -> B(q), 1 packet` of IOS and IOS-XE, with its
/// kin for protocols without ports (`…DP`, `…NP`, `…RP`, `…SP`) and for lists that know only the
/// sender (`…LOGS`), the same of IPv6 (`%IPV6_ACL-6-ACCESSLOGP`) and of IOS-XR
/// (`%ACL-IPV4_ACL-6-IPACCESSLOGP : access-list X (10) deny tcp …`); NX-OS
/// (`%ACLLOG-5-ACLLOG_FLOW_INTERVAL: Src IP: A, …, Hit-count: 5`); and packets dropped by the
/// zone-based firewall (`%FW-6-DROP_PKT`, `%FW-6-LOG_SUMMARY`).
///
/// A router logs the first packet of a flow at once and then, every five minutes, how many came
/// since: each line stands for the packets it states. Which way a packet went is not said; that a
/// limit of rate kept lines back (`…LOGRL`) is. Sessions of the older firewall (CBAC) are passed
/// over. Source: "Cisco IOS System Message Guide", "Cisco Nexus System Messages Reference".
struct CiscoIOS: LineFormat {
  static var name: String { "cisco-ios" }
  private var front = CiscoFront()

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let head = CiscoMnemonic(bytes, range),
      front.read(bytes, range, head.percent, &log)
    else { return .foreign }
    var packet = Observation()
    packet.time = front.stamp.time
    var line = TextCursor(bytes, head.text..<max(head.text, range.upperBound))
    let outcome: CiscoASA.Outcome
    switch head.kind {
    case .other: return .other
    case .lost: return .lost
    case .accessList: outcome = CiscoIOS.takeAccessList(bytes, &line, &packet)
    case .flow: outcome = CiscoFlow.take(bytes, &line, &packet)
    case .drop: outcome = CiscoIOS.takeDrop(bytes, &line, &packet)
    case .summary: outcome = CiscoIOS.takeSummary(bytes, &line, &packet)
    }
    switch outcome {
    case .other: return .other
    case .lost: return .lost
    case .wrong(let anomaly): return .wrong(anomaly)
    case .packet(var problem):
      if front.stamp.quality != .good { problem = packet.take(front.stamp) ?? problem }
      if front.repeats > 1 {
        packet.setPackets(UInt32(clamping: UInt64(packet.packets) * UInt64(front.repeats)))
      }
      return .packet(packet, problem)
    }
  }

  /// `list 101 denied tcp A(p) (Gi0/1 0011.2233.4455) -> B(q), 1 packet [tag]`.
  private static func takeAccessList(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> CiscoASA.Outcome {
    guard line.take("list ") || line.take("access-list ") else { return .other }
    line.skipToken()
    if line.next == 0x28 { line.skipToken() }  // the entry's number
    switch bytes.word4(line.at) {
    case 0x696e_6564, 0x796e_6564: packet.action = .blocked  // denied, deny
    case 0x6d72_6570: packet.action = .allowed  // permitted, permit
    default: return .wrong(.lineCut)
    }
    line.skipToken()
    takeTransport(bytes, &line, &packet)
    let source = routerEnd(bytes, &line)
    if let problem = source.problem { return .wrong(problem) }
    packet.source = source.address
    var problem = source.portProblem
    if line.join(bytes, 0x203e_2d20, 4) {
      let destination = routerEnd(bytes, &line)
      if let wrong = destination.problem { return .wrong(wrong) }
      packet.destination = destination.address
      problem = problem ?? destination.portProblem
      takePorts(bytes, &line, source, destination, &packet)
    } else if packet.transport.rawValue != 0 {
      return .wrong(.addressMissing)
    }
    return takeCount(bytes, &line, &packet, problem)
  }

  /// The protocol, by name or number; lists that know only the sender name none.
  private static func takeTransport(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) {
    let mark = line.at
    let word = line.token()
    if let number = bytes.decimal(word), number < 255 {
      packet.transport = Transport(rawValue: UInt8(number))
    } else if let named = Transport(cisco: bytes, mark, bytes.word4(mark)) {
      packet.transport = named
    } else if bytes.wholeAddress(word) != nil
      || word.contains(where: { bytes.byte($0) == 0x2e || bytes.byte($0) == 0x3a })
    {
      line.at = mark
    }
  }

  /// `A(p)` or `A`.
  private static func routerEnd(_ bytes: RawSpan, _ line: inout TextCursor) -> CiscoEnd {
    var end = line.ciscoEnd(bytes, .plain)
    guard line.next == 0x28, let close = line.find(0x29) else { return end }
    let text = line.at + 1..<close
    if let port = bytes.port(text) {
      end.port = port
      end.hasPort = true
    } else if let port = ServiceNames.cisco.port(bytes, text) {
      end.port = port
      end.hasPort = true
    } else {
      end.portProblem = .numberMalformed
    }
    line.at = close + 1
    return end
  }

  /// Ports, or ` (8/0)` of ICMP.
  private static func takePorts(
    _ bytes: RawSpan, _ line: inout TextCursor, _ source: CiscoEnd, _ destination: CiscoEnd,
    _ packet: inout Observation
  ) {
    if packet.transport.hasPorts {
      if source.hasPort, destination.hasPort {
        packet.setPorts(source.port, destination.port)
      } else if destination.hasPort {
        packet.destinationPort = destination.port
      }
      return
    }
    guard packet.transport == .icmp || packet.transport == .icmpv6, line.take(" (") else { return }
    if !packet.source.isIPv4, !packet.source.isVeiled { packet.transport = .icmpv6 }
    if let type = line.digits(1...3), line.take(0x2f), let code = line.digits(1...3), type < 256,
      code < 256, line.take(0x29)
    {
      packet.setPorts(UInt16(type), UInt16(code))
    }
  }

  /// `, 5 packets`, or ` 5 packets`.
  private static func takeCount(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation, _ problem: Anomaly?
  ) -> CiscoASA.Outcome {
    // Type and tag may stand before.
    while let blank = line.find(0x20) {
      line.at = blank + 1
      let count = bytes.number(line.at)
      guard !count.isSpoiled, count.value > 0 else { continue }
      line.at = min(line.at + count.count, line.end)
      if line.take(" packet") {
        packet.setPackets(count.value)
        return .packet(problem)
      }
    }
    return .packet(problem ?? .lineCut)
  }

  /// `Dropping tcp session A:p B:q on zone-pair z class c due to … with ip ident n`.
  private static func takeDrop(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> CiscoASA.Outcome {
    guard line.take("Dropping ") else { return .other }
    packet.action = .blocked
    takeTransport(bytes, &line, &packet)
    line.skipToken()  // session, pkt
    return takeColonEnds(bytes, &line, &packet)
  }

  /// `5 packets were dropped from A:p => B:q (target:class)-(z:c)`.
  private static func takeSummary(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> CiscoASA.Outcome {
    guard let count = line.digits(1...9), line.take(" packet"), line.take("s") || true,
      line.take(" were dropped from ") || line.take(" was dropped from ")
    else { return .other }
    packet.action = .blocked
    packet.setPackets(UInt32(count))
    return takeColonEnds(bytes, &line, &packet)
  }

  private static func takeColonEnds(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> CiscoASA.Outcome {
    let source = Endpoint(bytes, line.token())
    _ = line.take("=> ") || line.take("-> ")
    switch EndpointPair(source, Endpoint(bytes, line.token())) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let from, let to):
      packet.source = from.0
      packet.destination = to.0
      if packet.transport.hasPorts, let first = from.1,
        let second = to.1, first != 0 || second != 0
      {
        packet.setPorts(first, second)
      }
      return .packet(nil)
    }
  }
}

/// What a message of IOS, IOS-XR or NX-OS is: `%SEC-6-IPACCESSLOGP: `.
struct CiscoMnemonic {
  enum Kind {
    case accessList
    case flow
    case drop
    case summary
    case lost
    case other
  }
  var percent: Int
  var kind: Kind
  var text: Int

  /// Nil where the line has no message of the facilities that are known.
  init?(_ bytes: RawSpan, _ range: Range<Int>) {
    var from = range.lowerBound
    while let percent = bytes.first(0x25, in: from..<range.upperBound) {
      var line = TextCursor(bytes, percent + 1..<range.upperBound)
      if let isList = CiscoMnemonic.takeFacility(bytes, &line), line.digits(1...1) != nil,
        line.take(0x2d)
      {
        let word = line.at
        while line.next == 0x5f || (line.next | 0x20) &- 97 < 26 || line.next &- 48 < 10 {
          line.at += 1
        }
        let mnemonic = word..<line.at
        _ = line.take(0x20)  // IOS-XR sets the colon off
        guard line.take(0x3a), !mnemonic.isEmpty else { return nil }
        while line.take(0x20) {}
        self.percent = percent
        kind = CiscoMnemonic.kind(bytes, mnemonic, isList)
        text = line.at
        return
      }
      from = percent + 1
    }
    return nil
  }

  /// Takes `SEC-`; whether access lists are logged under it, nil where it is not known.
  private static func takeFacility(_ bytes: RawSpan, _ line: inout TextCursor) -> Bool? {
    switch bytes.word4(line.at) {
    case 0x2d43_4553: return line.take("SEC-")
    case 0x3656_5049:
      return line.take("IPV6_ACL-") || line.take("IPV6-") ? true : nil
    case 0x2d4c_4341:
      return line.take("ACL-IPV4_ACL-") || line.take("ACL-IPV6_ACL-") ? true : nil
    case 0x4c4c_4341: return line.take("ACLLOG-") ? true : nil
    case 0x362d_5746: return line.take("FW-") ? true : nil
    case 0x2d53_5953 where line.take("SYS-"): return false
    case 0x4b4e_494c where line.take("LINK-"): return false
    case 0x454e_494c where line.take("LINEPROTO-"): return false
    default: return nil
    }
  }

  private static func kind(_ bytes: RawSpan, _ name: Range<Int>, _ isList: Bool) -> Kind {
    guard isList else { return .other }
    let at = name.lowerBound
    if bytes.fills("DROP_PKT", name) { return .drop }
    if bytes.fills("LOG_SUMMARY", name) { return .summary }
    if bytes.has("ACLLOG_", at: at) {
      if bytes.fills("ACLLOG_MAXFLOW_REACHED", name) { return .lost }
      return bytes.has("FLOW", at: at + 7) || bytes.has("NEW_FLOW", at: at + 7)
        || bytes.has("PKTLOG", at: at + 7) ? .flow : .other
    }
    let front =
      bytes.has("IPACCESSLOG", at: at)
      ? 11
      : bytes.has("V6ACCESSLOG", at: at) || bytes.has("IPV6ACCESSLOG", at: at)
        ? 11
        : bytes.has("ACCESSLOG", at: at) ? 9 : 0
    guard front > 0 else { return .other }
    return bytes.has("RL", at: name.upperBound - 2) ? .lost : .accessList
  }
}

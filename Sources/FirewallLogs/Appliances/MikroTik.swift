internal import Observations

/// Lines of MikroTik's RouterOS: `firewall,info PREFIX CHAIN: in:ether1 out:(unknown 0),
/// connection-state:new src-mac …, proto TCP (SYN), a.b.c.d:port->a.b.c.d:port, NAT
/// (a:p->b:q)->c:r, len 52`, with or without the topics, behind a syslog stamp or RouterOS' own.
///
/// The chains `input`, `output` and `forward` say which way a packet went; the rule's prefix may say
/// in words what was done. Connections that are translated carry what their addresses were turned
/// into. The length is the datagram's for IPv4; for IPv6 it leaves the header out and is not taken.
///
/// Source: MikroTik, RouterOS documentation, "Log" and "Filter".
struct MikroTik: LineFormat {
  static var name: String { "mikrotik" }
  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    var own: Int64?
    var front = text.rest
    if text.stamp.quality == .missing || text.stamp.quality == .good && text.host.isEmpty {
      guard let stamp = MikroTik.ownStamp(bytes, range, &log) else { return .foreign }
      own = stamp.time
      front = stamp.end..<range.upperBound
    }
    var line = TextCursor(bytes, front)
    let hasTopics = line.takeTopics()
    guard let chain = MikroTik.chain(bytes, line.at..<front.upperBound) else {
      return hasTopics ? .other : .foreign
    }
    var packet = Observation()
    packet.action = NetfilterPrefix(bytes, line.at..<chain.lowerBound).action
    packet.path = MikroTik.path(bytes, chain)
    line.at = chain.upperBound + 1
    if let problem = MikroTik.takeFields(&line, bytes, &packet) { return .wrong(problem) }
    var problem: Anomaly?
    if let own { packet.time = own } else { problem = packet.take(text.stamp) }
    problem = MikroTik.takeRest(&line, bytes, &packet, &log) ?? problem
    return .packet(packet, problem)
  }

  /// `2009-03-03 06:00:00 ` or `mar/03/2009 06:00:00 `.
  private static func ownStamp(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> (time: Int64, end: Int)? {
    var line = TextCursor(bytes, range)
    var date: (year: Int, month: Int, day: Int)?
    if let month = line.smallMonthName() {
      guard line.take(0x2f), let day = line.digits(2...2), line.take(0x2f),
        let year = line.digits(4...4)
      else { return nil }
      date = (year, month, day)
    } else {
      date = line.date()
    }
    guard let date, line.take(0x20), let second = line.timeOfDay(), line.take(0x20),
      let time = log.clock.instant(
        date.year, date.month, date.day, secondOfDay: second)
    else { return nil }
    return (time, line.at)
  }

  /// The chain's name: the last word before `: in:`.
  private static func chain(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int>? {
    var at = range.lowerBound
    // A prefix is short.
    let end = min(range.upperBound, range.lowerBound + 200)
    while let colon = bytes.first(0x3a, in: at..<end) {
      at = colon + 1
      guard bytes.word4(colon + 1) == 0x3a6e_6920 else { continue }  // " in:"
      var from = colon
      while from > range.lowerBound, bytes.byte(from - 1) > 0x20 { from -= 1 }
      return from < colon ? from..<colon : nil
    }
    return nil
  }

  private static func path(_ bytes: RawSpan, _ chain: Range<Int>) -> Path {
    if bytes.fills("input", chain) { return .inbound }
    if bytes.fills("output", chain) { return .outbound }
    return bytes.fills("forward", chain) ? .forwarded : .unknown
  }

  /// `in:ether1 out:(unknown 0), connection-state:new src-mac …, proto UDP, S:p->D:p`.
  private static func takeFields(
    _ line: inout TextCursor, _ bytes: RawSpan, _ packet: inout Observation
  ) -> Anomaly? {
    while !line.take("proto ") {
      guard line.at < line.end else { return .lineCut }
      line.skipToken()
    }
    let proto = line.at..<min(line.find(0x2c) ?? line.end, line.find(0x20) ?? line.end)
    guard let transport = Transport(bytes, proto) else {
      return proto.upperBound == line.end ? .lineCut : .numberMalformed
    }
    packet.transport = transport
    line.at = proto.upperBound
    _ = line.take(0x20)
    if line.take(0x28) { takeKind(&line, bytes, &packet) }
    guard line.take(", ") else { return .lineCut }
    let pair = line.at..<(line.find(0x2c) ?? line.end)
    line.at = pair.upperBound
    guard let arrow = MikroTik.arrow(bytes, pair) else { return .addressMissing }
    let ends = EndpointPair(
      MikroTik.end(bytes, pair.lowerBound..<arrow),
      MikroTik.end(bytes, arrow + 2..<pair.upperBound))
    guard case .known(let source, let destination) = ends else { return .addressMalformed }
    packet.source = source.0
    packet.destination = destination.0
    // RouterOS has one name for both; IPv6 carries only its own (RFC 4443).
    if transport == .icmp, !source.0.isIPv4, !source.0.isVeiled { packet.transport = .icmpv6 }
    if transport.hasPorts, let first = source.1, let second = destination.1 {
      packet.setPorts(first, second)
    }
    return nil
  }

  /// `SYN,ACK)` of TCP, `type 8, code 0)` of ICMP.
  private static func takeKind(
    _ line: inout TextCursor, _ bytes: RawSpan, _ packet: inout Observation
  ) {
    let close = line.find(0x29) ?? line.end
    if packet.transport == .tcp {
      packet.tcpFlags = TCPFlags(flagWords: bytes, line.at..<close)
    } else if line.take("type "), let type = line.digits(1...3), line.take(", code "),
      let code = line.digits(1...3), type < 256, code < 256
    {
      packet.setPorts(UInt16(type), UInt16(code))
    }
    line.at = min(close + 1, line.end)
  }

  /// Where `->` stands.
  private static func arrow(_ bytes: RawSpan, _ range: Range<Int>) -> Int? {
    var at = range.lowerBound
    while let dash = bytes.first(0x2d, in: at..<range.upperBound) {
      if dash + 1 < range.upperBound, bytes.byte(dash + 1) == 0x3e { return dash }
      at = dash + 1
    }
    return nil
  }

  /// `a.b.c.d:port` or `[2001:db8::1]:port`; IPv6 without a port stands bare.
  private static func end(_ bytes: RawSpan, _ range: Range<Int>) -> Endpoint {
    guard bytes.byte(range.lowerBound) == 0x5b, let close = bytes.first(0x5d, in: range) else {
      let isV4 = bytes.first(0x2e, in: range) != nil
      return Endpoint(bytes, range, takesPort: isV4)
    }
    guard let address = bytes.wholeAddress(range.lowerBound + 1..<close) else {
      return .unreadable
    }
    let port = bytes.byte(close + 1) == 0x3a ? bytes.port(close + 2..<range.upperBound) : nil
    return .known(address, port: port)
  }

  /// `, NAT (a:p->b:p)->c:p, len 52`.
  private static func takeRest(
    _ line: inout TextCursor, _ bytes: RawSpan, _ packet: inout Observation,
    _ log: inout LogState
  ) -> Anomaly? {
    while line.take(", ") {
      if line.take("NAT ") {
        let cell = line.at..<(line.find(0x2c) ?? line.end)
        line.at = cell.upperBound
        takeTranslation(bytes, cell, &packet, &log)
      } else if line.take("len ") {
        guard let length = line.digits(1...5), length <= 0xffff else { return .numberMalformed }
        if packet.source.isIPv4 || packet.source.isVeiled { packet.length = UInt32(length) }
        return nil
      } else {
        line.at = line.find(0x2c) ?? line.end
      }
    }
    return .lineCut
  }

  /// `(inside->outside)->peer` of a source that was turned into another, `peer->(outside->inside)` of
  /// a destination.
  private static func takeTranslation(
    _ bytes: RawSpan, _ cell: Range<Int>, _ packet: inout Observation, _ log: inout LogState
  ) {
    guard let open = bytes.first(0x28, in: cell), let close = bytes.first(0x29, in: cell),
      open < close, let arrow = arrow(bytes, open + 1..<close),
      case .known(let before, _) = end(bytes, open + 1..<arrow),
      case .known(let after, let port) = end(bytes, arrow + 2..<close)
    else { return }
    if open == cell.lowerBound {
      log.translations.note(inside: before, outside: after, time: packet.time)
      return
    }
    log.translations.note(inside: after, outside: before, time: packet.time)
    guard packet.destination == before else { return }
    packet.destination = after
    if packet.transport.hasPorts, packet.marks.contains(.ports), let port {
      packet.destinationPort = port
    }
  }
}

extension TextCursor {
  /// Takes RouterOS' topics, `firewall,info ` or `system,error,critical `.
  @_lifetime(self: copy self)
  mutating func takeTopics() -> Bool {
    let mark = at
    let isTopic =
      take("firewall,") || take("system,") || take("dhcp,") || take("wireless,")
      || take("interface,") || take("ipsec,") || take("l2tp,") || take("pptp,") || take("ppp,")
      || take("pppoe,") || take("route,") || take("script,") || take("dns,")
    while isTopic, let word = word() {
      if word.count > 8 { break }
      if take(0x20) { return true }
      if !take(0x2c) { break }
    }
    at = mark
    return false
  }

  /// Takes a month's three letters as RouterOS writes them before version 7.10: `mar`.
  @_lifetime(self: copy self)
  mutating func smallMonthName() -> Int? {
    let mark = at
    for (index, name) in smallMonths.enumerated() where take(name) {
      at = mark + 3
      return index + 1
    }
    return nil
  }
}

private let smallMonths: [StaticString] = [
  "jan/", "feb/", "mar/", "apr/", "may/", "jun/", "jul/", "aug/", "sep/", "oct/", "nov/", "dec/",
]

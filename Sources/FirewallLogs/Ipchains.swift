internal import Observations

/// Lines of Linux 2.2's ipchains, behind the stamps that `StampClock` names:
/// `Packet log: CHAIN TARGET IF PROTO=n S:p D:p L= S= I= F= T= [SYN] (#rule)`.
///
/// The chains `input`, `output` and `forward` say which way a packet went, a chain of the user's
/// own does not. ICMP has type and code where others have ports; protocols and fragments that have
/// neither show 65535. `SYN` stands for a TCP packet that opens a connection; of all others the
/// flags are not known. A target of `-` logged the packet and decided nothing.
struct Ipchains: LineFormat {
  static var name: String { "ipchains" }
  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    var line = TextCursor(bytes, text.message)
    guard line.take("Packet log: ") else { return .foreign }
    var packet = Observation()
    if let problem = Ipchains.takeRule(&line, bytes, &packet) { return .wrong(problem) }
    if let problem = Ipchains.takeEnds(&line, bytes, &packet) { return .wrong(problem) }
    let fieldProblem = Ipchains.takeFields(&line, bytes, &packet)
    let problem = packet.take(text.stamp) ?? fieldProblem
    return .packet(packet, problem)
  }

  /// `input DENY eth0 PROTO=17 `.
  private static func takeRule(
    _ line: inout TextCursor, _ bytes: RawSpan, _ packet: inout Observation
  ) -> Anomaly? {
    let chain = line.token()
    if bytes.fills("input", chain) { packet.path = .inbound }
    if bytes.fills("output", chain) { packet.path = .outbound }
    if bytes.fills("forward", chain) { packet.path = .forwarded }
    let target = line.token()
    if bytes.fills("DENY", target) || bytes.fills("REJECT", target) { packet.action = .blocked }
    if bytes.fills("ACCEPT", target) || bytes.fills("MASQ", target) { packet.action = .allowed }
    if bytes.fills("-", target) { packet.action = .audited }
    if bytes.fills("REDIRECT", target) {
      packet.action = .allowed
      _ = line.token()  // the port it was led to
    }
    _ = line.token()  // interface
    guard line.take("PROTO="), let transport = Transport(bytes, line.token()) else {
      return .numberMalformed
    }
    packet.transport = transport
    return nil
  }

  private static func takeEnds(
    _ line: inout TextCursor, _ bytes: RawSpan, _ packet: inout Observation
  ) -> Anomaly? {
    let ends = EndpointPair(Endpoint(bytes, line.token()), Endpoint(bytes, line.token()))
    guard case .known(let source, let destination) = ends else {
      if case .wrong(let anomaly) = ends { return anomaly }
      return .addressMissing
    }
    packet.source = source.0
    packet.destination = destination.0
    if let from = source.1, let to = destination.1,
      packet.transport.hasPorts || packet.transport == .icmp
    {
      packet.setPorts(from, to)
    }
    return nil
  }

  /// `L=328 S=0x01 I=35569 F=0x4000 T=64 SYN (#3)`.
  private static func takeFields(
    _ line: inout TextCursor, _ bytes: RawSpan, _ packet: inout Observation
  ) -> Anomaly? {
    var isSpoiled = false
    var fieldCount = 0
    while line.at < line.end {
      let word = line.token()
      guard word.count > 2, bytes.byte(word.lowerBound + 1) == 0x3d else {
        if bytes.fills("SYN", word), packet.transport == .tcp { packet.tcpFlags = .syn }
        continue
      }
      let value = word.lowerBound + 2..<word.upperBound
      let number = bytes.decimal(value)
      fieldCount += 1
      switch (bytes.byte(word.lowerBound), number) {
      case (UInt8(ascii: "L"), let length?) where length <= 0xffff:
        packet.length = UInt32(length)
      case (UInt8(ascii: "I"), let identification?) where identification <= 0xffff:
        packet.identification = UInt16(identification)
        packet.marks.insert(.identification)
      case (UInt8(ascii: "T"), let left?) where left <= 0xff: packet.timeToLive = UInt8(left)
      case (UInt8(ascii: "F"), nil): takeFragment(bytes, value, &packet)
      case (UInt8(ascii: "L"), _), (UInt8(ascii: "I"), _), (UInt8(ascii: "T"), _):
        isSpoiled = true
      default: break
      }
    }
    if isSpoiled { return .numberMalformed }
    return fieldCount < 5 ? .lineCut : nil
  }

  /// Flags and offset of the IPv4 header in hexadecimal (RFC 791, 3.1).
  private static func takeFragment(
    _ bytes: RawSpan, _ range: Range<Int>, _ packet: inout Observation
  ) {
    guard (3...6).contains(range.count), bytes.has("0x", at: range.lowerBound) else { return }
    var value: UInt32 = 0
    for at in range.lowerBound + 2..<range.upperBound {
      guard let digit = Digits.hexadecimal(bytes.byte(at)) else { return }
      value = value << 4 | digit
    }
    if value & 0x1fff != 0 {
      packet.marks.insert(.laterFragment)
      packet.marks.remove(.ports)
      packet.sourcePort = 0
      packet.destinationPort = 0
    } else if value & 0x2000 != 0 {
      packet.marks.insert(.firstFragment)
    }
  }
}

extension TextCursor {
  /// Takes what stands before the next blank or the end, and the blanks behind it.
  @_lifetime(self: copy self)
  mutating func token() -> Range<Int> {
    let from = at
    while at < end, next != 0x20 { at += 1 }
    let word = from..<at
    while at < end, next == 0x20 { at += 1 }
    return word
  }
}

extension RawSpan {
  /// Whether `text` fills `range`.
  func fills(_ text: StaticString, _ range: Range<Int>) -> Bool {
    range.count == text.utf8CodeUnitCount && has(text, at: range.lowerBound)
  }
}

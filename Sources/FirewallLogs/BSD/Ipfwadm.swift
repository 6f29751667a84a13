internal import Observations

/// Packets that Linux 2.0's packet filter logs (set up with ipfwadm):
/// `IP fw-in|fw-out|fw-fwd deny|rej|acc IF TCP|UDP|ICMP/type|PROTO=n S[:p] D[:q] L= S= I= F= T=`.
///
/// Rules for `in` and `out` see what is passed on, too, so that only `fwd` says which way a packet
/// went. Of ICMP the code is not logged; of TCP no flags are. `F=` is the header's word in the byte
/// order of the machine, which the line does not name: fragments are not told from it.
struct Ipfwadm: LineFormat {
  static var name: String { "ipfwadm" }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    var line = TextCursor(bytes, text.message)
    guard line.take("IP ") else { return .foreign }
    var packet = Observation()
    if line.take("fw-fwd ") {
      packet.path = .forwarded
    } else {
      guard line.take("fw-in ") || line.take("fw-out ") else { return .foreign }
    }
    let action = line.token()
    if bytes.fills("rej", action) || bytes.fills("deny", action) {
      packet.action = .blocked
    } else if bytes.has("acc", at: action.lowerBound), action.count <= 16 {
      packet.action = .allowed
    } else {
      return .wrong(.lineCut)
    }
    // The interface may be missing.
    var word = line.token()
    if !Ipfwadm.takeTransport(bytes, word, &packet) {
      word = line.token()
      guard Ipfwadm.takeTransport(bytes, word, &packet) else {
        return .wrong(word.isEmpty ? .lineCut : .numberMalformed)
      }
    }
    if let problem = packet.takeEnds(
      Endpoint(bytes, line.token()), Endpoint(bytes, line.token()))
    {
      return .wrong(problem)
    }
    // What has no ports to show shows all ones.
    if packet.sourcePort == 0xffff, packet.destinationPort == 0xffff {
      packet.sourcePort = 0
      packet.destinationPort = 0
      packet.marks.remove(.ports)
    }
    let cut = Ipfwadm.takeFields(bytes, &line, &packet)
    let problem = packet.take(text.stamp)
    return .packet(packet, problem ?? cut)
  }

  private static func takeTransport(
    _ bytes: RawSpan, _ word: Range<Int>, _ packet: inout Observation
  ) -> Bool {
    if bytes.has("ICMP/", at: word.lowerBound), word.count > 5 {
      guard let type = bytes.port(word.lowerBound + 5..<word.upperBound), type <= 255 else {
        return false
      }
      packet.transport = .icmp
      packet.takeICMP(type, code: nil)
      return true
    }
    let isNumber = bytes.has("PROTO=", at: word.lowerBound) && word.count > 6
    let name = isNumber ? word.lowerBound + 6..<word.upperBound : word
    guard isNumber || bytes.fills("TCP", word) || bytes.fills("UDP", word),
      let transport = Transport(bytes, name)
    else { return false }
    packet.transport = transport
    return true
  }

  /// `L=44 S=0x00 I=54054 F=0x0040 T=254`.
  private static func takeFields(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Anomaly? {
    var count = 0
    var isSpoiled = false
    while line.at < line.end {
      let word = line.token()
      guard word.count > 2, bytes.byte(word.lowerBound + 1) == 0x3d else { continue }
      count += 1
      let number = bytes.decimal(word.lowerBound + 2..<word.upperBound)
      switch (bytes.byte(word.lowerBound), number) {
      case (UInt8(ascii: "L"), let length?) where length <= 0xffff:
        packet.length = UInt32(length)
      case (UInt8(ascii: "I"), let identification?) where identification <= 0xffff:
        packet.takeIdentification(identification)
      case (UInt8(ascii: "T"), let left?) where left <= 0xff: packet.timeToLive = UInt8(left)
      case (UInt8(ascii: "L"), _), (UInt8(ascii: "I"), _), (UInt8(ascii: "T"), _):
        isSpoiled = true
      default: break
      }
    }
    if isSpoiled { return .numberMalformed }
    return count < 5 ? .lineCut : nil
  }
}

import Observations

/// The ordinary packet, read without views: Ethernet to one station, IPv4 without options or
/// fragments, TCP or UDP whose lengths agree, on ports whose content says nothing. Everything else
/// is declined, and so decided in one place only.
enum FastPath {
  @inline(__always)
  static func decode(
    _ frame: RawSpan, _ wire: Int, _ time: Int64, _ offset: UInt64,
    _ record: UInt64, _ batch: ObservationBatch
  ) -> Bool {
    // 42 bytes: Ethernet, IPv4 and the eight bytes of UDP.
    let captured = frame.byteCount
    guard captured >= 42 else { return false }
    let typeAndVersion = frame.u32(12)
    guard typeAndVersion >> 8 == 0x08_0045, frame.u8(0) & 1 == 0 else { return false }
    let total = Int(frame.u16(16))
    let idAndFragment = frame.u32(18)
    let lifeAndChecksum = frame.u32(22)
    let source = frame.u32(26)
    let destination = frame.u32(30)
    let sum =
      UInt64(frame.u32(14)) &+ UInt64(idAndFragment) &+ UInt64(lifeAndChecksum)
      &+ UInt64(source) &+ UInt64(destination)
    guard idAndFragment & 0x3fff == 0, total <= wire &- 14, destination < 0xe000_0000,
      InternetChecksum.fold(sum) == 0xffff
    else { return false }
    let ports = frame.u32(34)
    let transport = UInt8(truncatingIfNeeded: lifeAndChecksum >> 16)
    var flags: UInt8 = 0
    var hint = ApplicationHint.none
    var detail: UInt32 = 0
    if transport == 6 {
      guard captured >= 54 else { return false }
      let header = Int(frame.u8(46) >> 4) &* 4
      guard header >= 20, total &- 20 >= header, captured &- 34 >= header else { return false }
      flags = frame.u8(47)
      if segment(frame, 34 &+ header, total, source, destination, &hint, &detail, batch) {
        return false
      }
    } else {
      guard transport == 17, total >= 28, Int(frame.u16(38)) == total &- 20 else { return false }
      if ports & 0xffff == 137 {
        hint = nameQuery(frame, ports, total)
        guard hint != .none else { return false }
        detail = UInt32(frame.u16(42))
      } else if DNSFastPath.isCandidate(ports) {
        guard
          let message = DNSFastPath.decode(
            frame, end: total &+ 14, client: destination, batch)
        else { return false }
        (hint, detail) = (message.hint, message.detail)
      } else {
        guard
          isPlain(UInt16(truncatingIfNeeded: ports >> 16), UInt16(truncatingIfNeeded: ports)),
          // Nor an IPv6 header, which Teredo has on any port.
          captured < 46 || total < 68 || frame.u16(42) >> 4 != 0x600,
          captured < 46 || total < 32
            || !ContentSigns.mayBeDatagram(
              frame.u32(42), captured >= 50 && total >= 36 ? frame.u32(46) : 0, ports)
        else { return false }
      }
    }
    var observation = Observation()
    observation.time = time
    observation.source = Address(ipv4: source)
    observation.destination = Address(ipv4: destination)
    observation.sourcePort = UInt16(truncatingIfNeeded: ports >> 16)
    observation.destinationPort = UInt16(truncatingIfNeeded: ports)
    observation.length = UInt32(truncatingIfNeeded: total)
    observation.transport = Transport(rawValue: transport)
    observation.tcpFlags = TCPFlags(rawValue: flags)
    observation.hint = hint
    observation.detail = detail
    observation.marks =
      captured &- 14 < total ? [.ports, .identification, .cut] : [.ports, .identification]
    observation.identification = UInt16(truncatingIfNeeded: idAndFragment >> 16)
    observation.timeToLive = UInt8(truncatingIfNeeded: lifeAndChecksum >> 24)
    batch.append(
      observation, details(frame, transport, total), offset: offset, record: record)
    return true
  }

  /// Looks at what a segment begins with, where its first bytes are promising; true where the views must
  /// do so.
  @inline(__always)
  private static func segment(
    _ frame: RawSpan, _ behind: Int, _ total: Int, _ source: UInt32, _ destination: UInt32,
    _ hint: inout ApplicationHint, _ detail: inout UInt32, _ batch: ObservationBatch
  ) -> Bool {
    let end = min(frame.byteCount, total &+ 14)
    guard end &- behind >= 4 else { return false }
    let key = frame.u32(behind)
    guard ContentSigns.mayBeStream(key), key != 0 else { return false }
    guard ContentSigns.isStream(key, end &- behind >= 8 ? frame.u32(behind &+ 4) : 0) else {
      return false
    }
    guard batch.hasRoomForNames else { return true }
    var observation = Observation()
    observation.source = Address(ipv4: source)
    observation.destination = Address(ipv4: destination)
    var teller = ContentTeller(observation, batch)
    let content = ContentFormats.stream(
      frame.extracting(behind..<end),
      Extent(claimed: total &+ 14 &- behind, limitedBy: .ipv4TotalLength),
      Ports(source: frame.u16(34), destination: frame.u16(36)), &teller)
    if let content { (hint, detail) = (content.hint, content.detail) }
    return false
  }

  /// The packet's details; the frame holds the whole transport header.
  @inline(__always)
  private static func details(_ frame: RawSpan, _ transport: UInt8, _ total: Int) -> PacketDetails {
    var details = PacketDetails()
    details.receiver = frame.u64(0) >> 16
    details.sender = frame.u64(6) >> 16
    var behind = 42
    if transport == 6 {
      behind = 34 &+ Int(frame.u8(46) >> 4) &* 4
      details.sequence = frame.u32(38)
      details.window = frame.u16(48)
    }
    let length = total &+ 14 &- behind
    details.payloadLength = UInt16(truncatingIfNeeded: length)
    if length >= 4, frame.byteCount &- behind >= 4 { details.payloadKey = frame.u32(behind) }
    return details
  }

  /// The NetBIOS query that a lookup of one name consists of: 50 bytes, one question, nothing else
  /// (`NBNSView` knows the rest). `.none` where it is anything else. The destination port is 137.
  @inline(__always)
  private static func nameQuery(_ frame: RawSpan, _ ports: UInt32, _ total: Int) -> ApplicationHint
  {
    guard ports >> 16 == 137 || ports >> 16 > 0x0c02, total == 78,
      frame.byteCount >= 92, frame.u8(44) & 0xf8 == 0, frame.u32(46) == 0x0001_0000,
      frame.u8(54) == 32, frame.u8(87) == 0, frame.u16(90) & 0x7fff == 1
    else { return .none }
    // Letters A to P, eight at a time: a byte outside leaves something in its upper half.
    var strange: UInt64 = 0
    for at in stride(from: 55, to: 87, by: 8) {
      let eight = UInt64(frame.u32(at)) << 32 | UInt64(frame.u32(at &+ 4))
      strange |= (eight &- 0x4141_4141_4141_4141) & 0xf0f0_f0f0_f0f0_f0f0
    }
    guard strange == 0 else { return .none }
    switch frame.u16(88) {
    case 0x21: return .nodeStatusQuery
    // Names that are told of by themselves are for the views.
    case 0x20: return SpecialName.mayBeNetBIOS(frame.u32(55)) ? .none : .nameQuery
    default: return .none
    }
  }

  /// Whether nothing is to be looked for behind a UDP header: no service whose content is read, no source
  /// port that reads as an ICMP error.
  @inline(__always)
  private static func isPlain(_ source: UInt16, _ destination: UInt16) -> Bool {
    !isService(source) && !isService(destination)
      && !(source >= 0x0300 && source <= 0x0c02
        && ICMPView.isError(
          type: UInt8(truncatingIfNeeded: source >> 8), code: UInt8(truncatingIfNeeded: source)))
  }

  /// Ports of `PacketDecoder.content` (DNS, DHCP, NetBIOS, multicast DNS, LLMNR) and of
  /// `TunnelFormat.overUDP` (L2TP, GTP-U, Teredo, VXLAN, GENEVE).
  @inline(__always)
  private static func isService(_ port: UInt16) -> Bool {
    if port <= 138 { return port >= 137 || port == 53 || port == 67 || port == 68 }
    // A bit for each remainder by 64 that one of the ports below has: most ports end here.
    return higherPorts >> UInt64(port & 63) & 1 != 0 && isHigherService(port)
  }

  @inline(__always)
  private static var higherPorts: UInt64 {
    1 << 1 | 1 << 24 | 1 << 37 | 1 << 40 | 1 << 41 | 1 << 43 | 1 << 53
  }

  private static func isHigherService(_ port: UInt16) -> Bool {
    switch port {
    case 1_701, 2_152, 3_544, 4_789, 5_353, 5_355, 6_081, 8_472: true
    default: false
    }
  }
}

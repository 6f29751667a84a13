import Observations

/// Headers that stand between a link's own header and the network layer, each told by an EtherType.
extension PacketDecoder {
  /// More headers than this in one another are not a frame of anybody's.
  static let mostLinkHeaders = 16

  /// Goes on through tags, labels and sessions to what they carry.
  mutating func follow(
    _ start: NetworkStart, _ frame: RawSpan
  ) throws(LengthError) -> NetworkStart {
    var now = start
    for _ in 0..<PacketDecoder.mostLinkHeaders {
      switch now.type {
      case 0x0800, 0x86dd, 0x0806: return now
      case 0x8100, 0x88a8, 0x9100, 0x9200, 0x9300:  // 802.1Q, 802.1ad and what came before it
        now = try tag(frame, now, length: 4)
      case 0x8926:  // VN-tag (802.1BR's forerunner)
        now = try tag(frame, now, length: 6)
      case 0x8909: now = try metadata(frame, now)
      case 0x88e7:  // 802.1ah: a service tag, then the customer's whole frame
        try LengthError.check(
          .ethernet, needed: 4, bytes: frame.from(now.header), extent: now.extent)
        now = try ethernet(frame, now.header + 4, now.extent.behind(4))
      case 0x6558: now = try ethernet(frame, now.header, now.extent)
      case 0x8864: now = try session(frame, now.header, now.extent)
      case 0x880b: now = try pointToPoint(frame, now.header, now.extent)
      case 0x8847, 0x8848: now = try labels(frame, now)
      case 0x88e5:
        note(.frameEncrypted)
        return NetworkStart(0, now.header, now.extent)
      default: return now
      }
    }
    return NetworkStart(0xffff, now.header, now.extent)
  }

  /// A header of known length whose last two bytes are the next EtherType, or a length.
  private mutating func tag(
    _ frame: RawSpan, _ now: NetworkStart, length: Int
  ) throws(LengthError) -> NetworkStart {
    let bytes = frame.from(now.header)
    try LengthError.check(.ethernet, needed: length, bytes: bytes, extent: now.extent)
    return try typeOrLength(
      bytes.u16(length - 2), frame, now.header + length, now.extent.behind(length))
  }

  /// Cisco's metadata: version, length in units of four bytes, options, EtherType.
  private mutating func metadata(
    _ frame: RawSpan, _ now: NetworkStart
  ) throws(LengthError) -> NetworkStart {
    let bytes = frame.from(now.header)
    try LengthError.check(.ethernet, needed: 2, bytes: bytes, extent: now.extent)
    guard bytes.u8(0) == 1 else { return NetworkStart(0, now.header, now.extent) }
    return try tag(frame, now, length: 4 + 4 * Int(bytes.u8(1)))
  }

  /// What follows an Ethernet header: under 0x0600 the number is a length, and 802.2 follows.
  mutating func typeOrLength(
    _ type: UInt16, _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    guard type < 0x0600 else { return NetworkStart(type, at, extent) }
    var rest = extent
    rest.bound(Int(type))
    return try logicalLink(frame, at, rest)
  }
}

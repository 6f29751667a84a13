import Observations

extension LinkFormat {
  /// LLC over ATM (RFC 1483); 11 is what BSDs call it.
  static let rfc1483 = LinkFormat(numbers: [11, 100]) {
    decoder, frame, extent throws(LengthError) in
    try decoder.logicalLink(frame, 0, extent)
  }
  /// FDDI: frame control, two addresses, 802.2. Their bits' order differs from system to system, so they
  /// are not read.
  static let fddi = LinkFormat(numbers: [10]) { decoder, frame, extent throws(LengthError) in
    try LengthError.check(.llc, needed: 13, bytes: frame, extent: extent)
    guard frame.u8(0) & 0x70 == 0x50 else { return NetworkStart(0, 13, extent.behind(13)) }
    return try decoder.logicalLink(frame, 13, extent.behind(13))
  }
  /// IEEE 802.5: access and frame control, two addresses, a route where the sender's first bit says so.
  static let tokenRing = LinkFormat(numbers: [6]) { decoder, frame, extent throws(LengthError) in
    try LengthError.check(.llc, needed: 14, bytes: frame, extent: extent)
    var header = 14
    if frame.u8(8) & 0x80 != 0 {
      try LengthError.check(.llc, needed: 16, offset: 14, bytes: frame, extent: extent)
      header += Int(frame.u8(14) & 0x1f)
      try LengthError.check(.llc, needed: header, offset: 14, bytes: frame, extent: extent)
    }
    guard frame.u8(1) & 0xc0 == 0x40 else {
      return NetworkStart(0, header, extent.behind(header))
    }
    return try decoder.logicalLink(frame, header, extent.behind(header))
  }
  /// Apple's IP over IEEE 1394: two addresses of eight bytes, EtherType.
  static let ieee1394 = LinkFormat(numbers: [138]) { _, frame, extent throws(LengthError) in
    try LengthError.check(.llc, needed: 18, bytes: frame, extent: extent)
    return NetworkStart(frame.u16(16), 18, extent.behind(18))
  }
}

extension PacketDecoder {
  /// An IEEE 802.2 header that begins at a place.
  mutating func logicalLink(
    _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    let view = try LLCView(frame.from(at), within: extent)
    return NetworkStart(view.etherType, at + view.headerLength, extent.behind(view.headerLength))
  }
}

/// An IEEE 802.2 header, with SNAP (RFC 1042) where it is there. If the initialiser returned, no
/// accessor can fail.
public struct LLCView: ~Escapable {
  /// Both service access points and the first control byte.
  public static let minimumLength = 3
  let bytes: RawSpan
  /// Where what it carries begins, in bytes; meaningful where `etherType` is not 0.
  public let headerLength: Int
  /// The EtherType of what it carries; 0 where it carries none: spanning tree, IPX, NetBEUI …
  public let etherType: UInt16

  /// Checks the header.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.llc, needed: 3, bytes: bytes, extent: extent)
    self.bytes = bytes
    switch (bytes.u16(0), bytes.u8(2)) {
    case (0xaaaa, 3):
      try LengthError.check(.llc, needed: 8, offset: 3, bytes: bytes, extent: extent)
      headerLength = 8
      // Xerox's own numbers, or those that bridges carried for what was Ethernet (802.1H).
      let organisation = bytes.u32(2) & 0xff_ffff
      etherType = organisation == 0 || organisation == 0xf8 ? bytes.u16(6) : 0
    case (0x0606, 3): (headerLength, etherType) = (3, 0x0800)
    default: (headerLength, etherType) = (3, 0)
    }
  }
}

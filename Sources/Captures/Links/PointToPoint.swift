import Observations

extension LinkFormat {
  /// PPP, with or without the address and control bytes of HDLC.
  static let pointToPoint = LinkFormat(numbers: [9]) {
    decoder, frame, extent throws(LengthError) in
    try decoder.pointToPoint(frame, 0, extent)
  }
  /// PPP in frames like HDLC's, or Cisco's own: the first byte says which.
  static let pointToPointSerial = LinkFormat(numbers: [50]) {
    decoder, frame, extent throws(LengthError) in
    try LengthError.check(.ppp, needed: 1, bytes: frame, extent: extent)
    if frame.u8(0) == 0x0f || frame.u8(0) == 0x8f { return try decoder.hdlc(frame, extent) }
    return try decoder.pointToPoint(frame, 0, extent)
  }
  /// The Ethernet header left out.
  static let pppOverEthernet = LinkFormat(numbers: [51]) { _, _, extent throws(LengthError) in
    NetworkStart(0x8864, 0, extent)
  }
  /// pppd's: the direction in the first byte.
  static let pointToPointDaemon = LinkFormat(numbers: [166]) {
    decoder, frame, extent throws(LengthError) in
    try LengthError.check(.ppp, needed: 1, bytes: frame, extent: extent)
    return try decoder.pointToPoint(frame, 1, extent.behind(1))
  }
  static let pointToPointDirected = LinkFormat(numbers: [204], start: pointToPointDaemon.start)
  /// SLIP, as BSD hands it on: direction, the compressed header, then IP.
  static let serialLine = LinkFormat(numbers: [8]) { _, frame, extent throws(LengthError) in
    try LengthError.check(.raw, needed: 17, bytes: frame, extent: extent)
    let version = frame.u8(16) >> 4
    return NetworkStart(
      version == 4 ? 0x0800 : version == 6 ? 0x86dd : 0xffff, 16, extent.behind(16))
  }
}

extension PacketDecoder {
  /// A PPPoE session header that begins at a place.
  mutating func session(
    _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    let view = try PPPoEView(frame.from(at), within: extent)
    guard view.isSession else { return NetworkStart(0, at, extent) }
    var rest = extent.behind(6)
    rest.bound(view.length)
    return try pointToPoint(frame, at + 6, rest)
  }

  /// A PPP frame that begins at a place.
  mutating func pointToPoint(
    _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    let view = try PPPView(frame.from(at), within: extent)
    return NetworkStart(view.etherType, at + view.headerLength, extent.behind(view.headerLength))
  }
}

/// A PPPoE session header (RFC 2516). If the initialiser returned, no accessor can fail.
public struct PPPoEView: ~Escapable {
  /// Version, code, session, length.
  public static let minimumLength = 6
  let bytes: RawSpan

  /// Checks the header.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.pppoe, needed: 6, bytes: bytes, extent: extent)
    self.bytes = bytes
  }

  /// Whether it is version 1, type 1, and carries a PPP frame.
  public var isSession: Bool { bytes.u16(0) == 0x1100 }
  /// Bytes of the PPP frame, as it claims.
  public var length: Int { Int(bytes.u16(4)) }
}

/// The protocol field of a PPP frame (RFC 1661), with the address and control bytes of RFC 1662 where
/// they are there. If the initialiser returned, no accessor can fail.
public struct PPPView: ~Escapable {
  /// A protocol compressed to one byte.
  public static let minimumLength = 1
  let bytes: RawSpan
  /// Where what it carries begins, in bytes.
  public let headerLength: Int
  /// The PPP protocol: 0x0021 is IPv4, 0x0057 IPv6.
  public let protocolNumber: UInt16

  /// Checks the header.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.ppp, needed: 1, bytes: bytes, extent: extent)
    var at = 0
    if bytes.u8(0) == 0xff {
      try LengthError.check(.ppp, needed: 3, offset: 1, bytes: bytes, extent: extent)
      at = 2
    }
    // An odd byte ends the number.
    if bytes.u8(at) & 1 != 0 {
      (headerLength, protocolNumber) = (at + 1, UInt16(bytes.u8(at)))
    } else {
      try LengthError.check(.ppp, needed: at + 2, offset: at, bytes: bytes, extent: extent)
      (headerLength, protocolNumber) = (at + 2, bytes.u16(at))
    }
    self.bytes = bytes
  }

  /// The EtherType that stands for the protocol; 0 for what is not IP or labels before it.
  public var etherType: UInt16 {
    switch protocolNumber {
    case 0x0021: 0x0800
    case 0x0057: 0x86dd
    case 0x0281, 0x0283: 0x8847
    default: 0
    }
  }
}

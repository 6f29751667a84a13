/// The header of Linux "cooked" captures of the second kind, link type 276. If the initialiser returned,
/// no accessor can fail.
public struct LinuxSLL2View: ~Escapable {
  /// Protocol, interface, device type, packet type, address.
  public static let minimumLength = 20
  let bytes: RawSpan

  /// Checks the header.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.linuxSLL2, needed: 20, bytes: bytes, extent: extent)
    self.bytes = bytes
  }

  /// 0 to us, 1 broadcast, 2 multicast, 3 to someone else, 4 sent by us.
  public var packetType: UInt8 { bytes.u8(10) }
  /// The EtherType; values under 0x0600 are Linux's own.
  public var etherType: UInt16 { bytes.u16(0) }
}

/// The four bytes before packets of a BSD loopback: link types 0, in the order of the capturing
/// machine, and 108, in network order. If the initialiser returned, no accessor can fail.
public struct LoopbackView: ~Escapable {
  /// The address family.
  public static let minimumLength = 4
  let bytes: RawSpan

  /// Checks the header.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.loopback, needed: 4, bytes: bytes, extent: extent)
    self.bytes = bytes
  }

  /// The address family in either byte order: 2 is IPv4 everywhere; IPv6 is 10, 24, 28 or 30 by the
  /// system.
  public var family: UInt32 {
    let family = bytes.u32(0)
    return family > 0xffff ? family.byteSwapped : family
  }
  /// The EtherType that stands for the family; 0xffff, which is nobody's, for one that is not IP.
  public var etherType: UInt16 {
    switch family {
    case 2: 0x0800
    case 10, 24, 28, 30: 0x86dd
    default: 0xffff
    }
  }
}

/// An IEEE 802.2 header, with SNAP (RFC 1042) where it is there. If the initialiser returned, no accessor
/// can fail.
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

/// The protocol field of a PPP frame (RFC 1661), with the address and control bytes of RFC 1662 where they are
/// there. If the initialiser returned, no accessor can fail.
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

  /// The EtherType that stands for the protocol; 0 for what is not IP.
  public var etherType: UInt16 {
    switch protocolNumber {
    case 0x0021: 0x0800
    case 0x0057: 0x86dd
    default: 0
    }
  }
}

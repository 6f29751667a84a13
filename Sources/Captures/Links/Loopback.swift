import Observations

extension LinkFormat {
  static let loopback = LinkFormat(numbers: [0]) { _, frame, extent throws(LengthError) in
    NetworkStart(try LoopbackView(frame, within: extent).etherType, 4, extent.behind(4))
  }
  static let loopbackOpenBSD = LinkFormat(numbers: [108], start: loopback.start)
  /// OpenBSD's enc(4), what IPsec took apart: address family, index, flags.
  static let encapsulating = LinkFormat(numbers: [109]) {
    _, frame, extent throws(LengthError) in
    try LengthError.check(.loopback, needed: 12, bytes: frame, extent: extent)
    return NetworkStart(
      try LoopbackView(frame, within: extent).etherType, 12, extent.behind(12))
  }
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

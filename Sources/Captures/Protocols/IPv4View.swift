public import Observations

/// An IPv4 header (RFC 791). If the initialiser returned, no accessor can fail.
public struct IPv4View: ~Escapable {
  /// The header without options.
  public static let minimumLength = 20
  let bytes: RawSpan
  let extent: Extent
  /// Length of the header with its options: 20 to 60 bytes.
  public let headerLength: Int

  /// Checks the header and its options. The version is the caller's to check.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.ipv4, needed: 20, bytes: bytes, extent: extent)
    let length = Int(bytes.u8(0) & 15) * 4
    guard length >= 20 else {
      throw LengthError(
        layer: .ipv4, offset: 0, needed: 20, available: length, limitedBy: .ipv4HeaderLength)
    }
    try LengthError.check(.ipv4, needed: length, offset: 20, bytes: bytes, extent: extent)
    self.bytes = bytes
    self.extent = extent
    headerLength = length
  }

  /// Source address.
  public var source: Address { Address(ipv4: bytes.u32(12)) }
  /// Destination address.
  public var destination: Address { Address(ipv4: bytes.u32(16)) }
  /// The identification field.
  public var identification: UInt16 { bytes.u16(4) }
  /// Time to live.
  public var timeToLive: UInt8 { bytes.u8(8) }
  /// Protocol number.
  public var transport: Transport { Transport(rawValue: bytes.u8(9)) }
  /// The length of header and payload that the header claims.
  public var totalLength: Int { Int(bytes.u16(2)) }
  /// Offset of this fragment in 8-byte units; 0 where it is the first or the only one.
  public var fragmentOffset: UInt16 { bytes.u16(6) & 0x1fff }
  /// Whether fragments follow.
  public var moreFragments: Bool { bytes.u16(6) & 0x2000 != 0 }
  /// Whether the header checksum verifies.
  public var isChecksumRight: Bool {
    InternetChecksum.sum(bytes.extracting(0..<headerLength)) == 0xffff
  }
  /// The options' bytes; empty in almost every packet.
  public var options: RawSpan {
    @_lifetime(copy self) get { bytes.extracting(20..<headerLength) }
  }
  /// How far the payload goes on the wire. A total length below the header (cards that segment leave 0)
  /// or beyond the frame is not believed: the frame's end counts instead.
  public var payloadExtent: Extent {
    if totalLength < headerLength || totalLength > extent.claimed {
      return Extent(claimed: extent.claimed - headerLength, limitedBy: extent.limitedBy)
    }
    return Extent(claimed: totalLength - headerLength, limitedBy: .ipv4TotalLength)
  }
  /// As much of the payload as was captured.
  public var payload: RawSpan {
    @_lifetime(copy self) get {
      let end = min(bytes.byteCount, headerLength + payloadExtent.claimed)
      return bytes.extracting(headerLength..<end)
    }
  }
}

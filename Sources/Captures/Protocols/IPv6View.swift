public import Observations

/// An IPv6 header (RFC 8200). If the initialiser returned, no accessor can fail.
public struct IPv6View: ~Escapable {
  /// The fixed header.
  public static let minimumLength = 40
  /// More extension headers than this are not walked.
  public static let mostExtensions = 16
  let bytes: RawSpan
  let extent: Extent

  /// Checks the fixed header. The version is the caller's to check.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.ipv6, needed: 40, bytes: bytes, extent: extent)
    self.bytes = bytes
    self.extent = extent
  }

  /// Source address.
  public var source: Address { Address(high: bytes.u64(8), low: bytes.u64(16)) }
  /// Destination address.
  public var destination: Address { Address(high: bytes.u64(24), low: bytes.u64(32)) }
  /// Hop limit.
  public var hopLimit: UInt8 { bytes.u8(7) }
  /// Bytes behind the fixed header, as it claims.
  public var payloadLength: Int { Int(bytes.u16(4)) }
  /// The header that follows the fixed one.
  public var nextHeader: UInt8 { bytes.u8(6) }
  /// How far the payload goes on the wire; to the frame's end for a jumbogram (RFC 2675) or a length that
  /// the frame cannot hold.
  public var payloadExtent: Extent {
    let jumbo = payloadLength == 0 && nextHeader == 0
    if jumbo || 40 + payloadLength > extent.claimed {
      return Extent(claimed: extent.claimed - 40, limitedBy: extent.limitedBy)
    }
    return Extent(claimed: payloadLength, limitedBy: .ipv6PayloadLength)
  }
  /// As much of the payload as was captured, extension headers included.
  public var payload: RawSpan {
    @_lifetime(copy self) get {
      bytes.extracting(40..<min(bytes.byteCount, 40 + payloadExtent.claimed))
    }
  }

  /// What lies behind the extension headers.
  public struct Chain: Hashable, Sendable {
    /// The transport, or the first header that is not walked.
    public var transport: Transport
    /// Where it begins in `payload`.
    public var offset = 0
    /// Offset of this fragment in 8-byte units, 0 without a fragment header.
    public var fragmentOffset: UInt16 = 0
    /// Whether fragments follow.
    public var moreFragments = false
    /// The identification of the fragment header, and where that ends in `payload`; 0 without one.
    public var fragmentIdentification: UInt32 = 0, fragmentEnd = 0
    /// Whether the walk ended for the number of headers.
    public var isTooLong = false
  }

  /// Walks hop-by-hop, routing, fragment, destination, mobility and authentication headers.
  public func chain() throws(LengthError) -> Chain {
    let payload = self.payload
    let extent = payloadExtent
    var chain = Chain(transport: Transport(rawValue: nextHeader))
    for walked in 0...IPv6View.mostExtensions {
      switch chain.transport.rawValue {
      case 0, 43, 44, 51, 60, 135: break
      default: return chain
      }
      if walked == IPv6View.mostExtensions {
        chain.isTooLong = true
        return chain
      }
      // Only the first fragment carries the headers behind the fragment header.
      if chain.fragmentOffset != 0 { return chain }
      let at = chain.offset
      try LengthError.check(
        .ipv6Extension, needed: at + 8, offset: at, bytes: payload, extent: extent)
      let type = chain.transport.rawValue
      let length =
        type == 44
        ? 8
        : type == 51
          ? (Int(payload.u8(at + 1)) + 2) * 4
          : (Int(payload.u8(at + 1)) + 1) * 8
      if type == 44 {
        chain.fragmentOffset = payload.u16(at + 2) >> 3
        chain.moreFragments = payload.u16(at + 2) & 1 != 0
        chain.fragmentIdentification = payload.u32(at + 4)
        chain.fragmentEnd = at + 8
      }
      try LengthError.check(
        .ipv6Extension, needed: at + length, offset: at, bytes: payload, extent: extent)
      chain.transport = Transport(rawValue: payload.u8(at))
      chain.offset = at + length
    }
    return chain
  }
}

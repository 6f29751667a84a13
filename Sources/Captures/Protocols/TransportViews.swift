public import Observations

/// A TCP header (RFC 9293, 3.1). If the initialiser returned, no accessor can fail.
public struct TCPView: ~Escapable {
  /// The header without options.
  public static let minimumLength = 20
  let bytes: RawSpan

  /// Checks the header and its options.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.tcp, needed: 20, bytes: bytes, extent: extent)
    let length = Int(bytes.u8(12) >> 4) * 4
    guard length >= 20, length <= extent.claimed else {
      throw LengthError(
        layer: .tcp, offset: 12, needed: max(20, length),
        available: length < 20 ? length : extent.claimed, limitedBy: .tcpDataOffset)
    }
    try LengthError.check(.tcp, needed: length, offset: 20, bytes: bytes, extent: extent)
    self.bytes = bytes
  }

  /// Source port.
  public var sourcePort: UInt16 { bytes.u16(0) }
  /// Destination port.
  public var destinationPort: UInt16 { bytes.u16(2) }
  /// The flag byte.
  public var flags: TCPFlags { TCPFlags(rawValue: bytes.u8(13)) }
}

/// A UDP header (RFC 768). If the initialiser returned, no accessor can fail.
public struct UDPView: ~Escapable {
  /// The whole header.
  public static let minimumLength = 8
  let bytes: RawSpan
  let extent: Extent

  /// Checks that the header is there. What its length field says is `length`, and may be anything.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.udp, needed: 8, bytes: bytes, extent: extent)
    self.bytes = bytes
    self.extent = extent
  }

  /// Source port.
  public var sourcePort: UInt16 { bytes.u16(0) }
  /// Destination port.
  public var destinationPort: UInt16 { bytes.u16(2) }
  /// Header and data, as the header claims.
  public var length: Int { Int(bytes.u16(4)) }
  /// The checksum field; 0 means none was computed.
  public var checksum: UInt16 { bytes.u16(6) }
  /// As much of the data as was captured, no further than either length allows.
  public var payload: RawSpan {
    @_lifetime(copy self) get {
      bytes.extracting(8..<min(bytes.byteCount, max(8, min(length, extent.claimed))))
    }
  }
  /// How far the data goes on the wire.
  public var payloadExtent: Extent {
    let claimed = max(8, min(length, extent.claimed)) - 8
    return Extent(
      claimed: claimed, limitedBy: length < extent.claimed ? .udpLength : extent.limitedBy)
  }
  /// Whether the checksum verifies between two IPv4 addresses; nil where none was computed or not all of
  /// the datagram is there. The length must equal the IP payload's.
  public func isChecksumRight(source: Address, destination: Address) -> Bool? {
    guard checksum != 0, length >= 8, bytes.byteCount >= length else { return nil }
    let start =
      UInt64(source.ipv4) + UInt64(destination.ipv4) + 17 + UInt64(length)
    return InternetChecksum.sum(bytes.extracting(0..<length), start: start) == 0xffff
  }
}

/// An ICMP (RFC 792) or ICMPv6 (RFC 4443) header. If the initialiser returned, no accessor can fail.
public struct ICMPView: ~Escapable {
  /// Type, code, checksum and four bytes that depend on the type.
  public static let minimumLength = 8
  let bytes: RawSpan
  let extent: Extent

  /// Checks that the header is there.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.icmp, needed: 8, bytes: bytes, extent: extent)
    self.bytes = bytes
    self.extent = extent
  }

  /// The type.
  public var type: UInt8 { bytes.u8(0) }
  /// The code.
  public var code: UInt8 { bytes.u8(1) }
  /// What was quoted, as far as it was captured.
  public var quoted: RawSpan {
    @_lifetime(copy self) get { bytes.extracting(8..<bytes.byteCount) }
  }
  /// Bytes quoted on the wire.
  public var quotedExtent: Extent {
    Extent(claimed: extent.claimed - 8, limitedBy: extent.limitedBy)
  }
  /// Whether a type and code of ICMP stand for an error that quotes a packet, redirects included.
  public static func isError(type: UInt8, code: UInt8) -> Bool {
    switch type {
    case 3: code <= 15
    case 4: code == 0
    case 5: code <= 3
    case 11: code <= 1
    case 12: code <= 2
    default: false
    }
  }
}

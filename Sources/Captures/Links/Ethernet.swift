import Observations

extension LinkFormat {
  static let ethernet = LinkFormat(numbers: [1]) { decoder, frame, extent throws(LengthError) in
    try decoder.ethernet(frame, 0, extent)
  }
}

extension PacketDecoder {
  /// An Ethernet frame that begins at a place.
  mutating func ethernet(
    _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    let view = try EthernetView(frame.from(at), within: extent)
    if view.isBroadcast { observation.marks.insert(.broadcast) }
    (details.sender, details.receiver) = (view.sender, view.receiver)
    return try typeOrLength(
      view.etherType, frame, at + view.headerLength, extent.behind(view.headerLength))
  }
}

/// An Ethernet II header with any 802.1Q tags. If the initialiser returned, no accessor can fail.
public struct EthernetView: ~Escapable {
  /// Destination, source, type.
  public static let minimumLength = 14
  /// More tags than this are not a frame of anybody's.
  public static let mostTags = 8

  let bytes: RawSpan
  /// Where the network layer begins, in bytes.
  public let headerLength: Int
  /// The type behind all tags (IEEE 802); below 0x0600 it is an 802.3 length.
  public let etherType: UInt16

  /// Checks the header and its tags.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.ethernet, needed: 14, bytes: bytes, extent: extent)
    var length = 14
    var type = bytes.u16(12)
    while type == 0x8100 || type == 0x88a8 || type == 0x9100,
      length < 14 + 4 * EthernetView.mostTags
    {
      try LengthError.check(
        .ethernet, needed: length + 4, offset: length, bytes: bytes, extent: extent)
      type = bytes.u16(length + 2)
      length += 4
    }
    self.bytes = bytes
    headerLength = length
    etherType = type
  }

  /// Whether the destination is ff:ff:ff:ff:ff:ff.
  public var isBroadcast: Bool { bytes.u32(0) == 0xffff_ffff && bytes.u16(4) == 0xffff }
  /// Whether the frame went to one station only.
  public var isUnicast: Bool { bytes.u8(0) & 1 == 0 }
  /// The destination's hardware address in the low 48 bits.
  public var receiver: UInt64 { bytes.u64(0) >> 16 }
  /// The source's hardware address in the low 48 bits.
  public var sender: UInt64 { bytes.u64(6) >> 16 }
}

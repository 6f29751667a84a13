import Observations

extension LinkFormat {
  static let wireless = LinkFormat(numbers: [105]) { decoder, frame, extent throws(LengthError) in
    try decoder.wireless(frame, 0, extent)
  }
}

extension PacketDecoder {
  /// A frame of IEEE 802.11: of data frames what they carry, of others nothing.
  mutating func wireless(
    _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    let bytes = frame.from(at)
    try LengthError.check(.wireless, needed: 2, bytes: bytes, extent: extent)
    let nothing = NetworkStart(0, at, extent)
    // Version 0, data; of the subtypes those that carry any.
    let (kind, flags) = (bytes.u8(0), bytes.u8(1))
    guard kind & 0x0f == 0x08, kind & 0x40 == 0 else { return nothing }
    let isFourAddress = flags & 3 == 3
    let isQoS = kind & 0x80 != 0
    var header = isFourAddress ? 30 : 24
    if isQoS { header += flags & 0x80 != 0 ? 6 : 2 }
    try LengthError.check(.wireless, needed: header, offset: 2, bytes: bytes, extent: extent)
    // To and from the distribution system: which address is whose.
    let receiver = flags & 1 == 0 ? 4 : 16
    let sender = flags & 2 == 0 ? 10 : isFourAddress ? 24 : 16
    details.receiver = UInt64(bytes.u32(receiver)) << 16 | UInt64(bytes.u16(receiver + 4))
    details.sender = UInt64(bytes.u32(sender)) << 16 | UInt64(bytes.u16(sender + 4))
    if details.receiver == 0xffff_ffff_ffff { observation.marks.insert(.broadcast) }
    if flags & 0x40 != 0 {
      note(.frameEncrypted)
      return nothing
    }
    // A later fragment of a frame has no header of the network layer.
    guard bytes.u8(22) & 0x0f == 0 else { return nothing }
    let isAggregate = isQoS && bytes.u8(isFourAddress ? 30 : 24) & 0x80 != 0
    if wirelessPadding { header = (header + 3) & ~3 }
    let rest = extent.behind(header)
    guard isAggregate else { return try logicalLink(frame, at + header, rest) }
    return try aggregate(frame, at + header, rest)
  }

  /// Several packets in one frame: receiver, sender and length before each. The first is read.
  private mutating func aggregate(
    _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    let bytes = frame.from(at)
    try LengthError.check(.wireless, needed: 14, bytes: bytes, extent: extent)
    details.receiver = bytes.u64(0) >> 16
    details.sender = bytes.u64(6) >> 16
    let length = Int(bytes.u16(12))
    var rest = extent.behind(14)
    // Four bytes of padding and check sequence may follow the last one.
    if rest.claimed - length >= 14 + 8 { note(.aggregateNotDecoded) }
    rest.bound(length)
    return try logicalLink(frame, at + 14, rest)
  }
}

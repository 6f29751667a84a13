import Observations

/// What drivers put before a frame of IEEE 802.11: how it was received.
extension LinkFormat {
  static let wirelessRadiotap = LinkFormat(numbers: [127]) {
    decoder, frame, extent throws(LengthError) in
    try decoder.radiotap(frame, 0, extent)
  }
  /// AVS: a magic number, then the header's length.
  static let wirelessAVS = LinkFormat(numbers: [163]) {
    decoder, frame, extent throws(LengthError) in
    try decoder.capturePrefix(frame, extent)
  }
  /// Prism: a message code, then the header's length. Some drivers write AVS's under this number.
  static let wirelessPrism = LinkFormat(numbers: [119], start: wirelessAVS.start)
  /// PPI: the header's length, then the link of what follows.
  static let wirelessPPI = LinkFormat(numbers: [192]) {
    decoder, frame, extent throws(LengthError) in
    try LengthError.check(.wireless, needed: 8, bytes: frame, extent: extent)
    let length = Int(frame.littleU16(2))
    guard frame.u8(0) == 0, length >= 8 else { return NetworkStart(0xffff, 0, extent) }
    try LengthError.check(.wireless, needed: length, offset: 8, bytes: frame, extent: extent)
    return try decoder.nested(frame, length, extent, number: frame.littleU32(4))
  }
}

extension PacketDecoder {
  /// The radiotap header: fields by the bits of one or several words; only the flags matter here.
  mutating func radiotap(
    _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    let bytes = frame.from(at)
    try LengthError.check(.wireless, needed: 8, bytes: bytes, extent: extent)
    let length = Int(bytes.littleU16(2))
    guard bytes.u8(0) == 0, length >= 8 else { return NetworkStart(0xffff, at, extent) }
    try LengthError.check(.wireless, needed: length, offset: 8, bytes: bytes, extent: extent)
    let present = bytes.littleU32(4)
    var flags: UInt8 = 0
    if present & 2 != 0 {
      var place = 8
      var word = present
      while word >> 31 != 0, place + 4 <= length {
        word = bytes.littleU32(place)
        place += 4
      }
      // A time of eight bytes comes before, where eight divides its place.
      if present & 1 != 0 { place = (place + 7) & ~7 + 8 }
      if place < length { flags = bytes.u8(place) }
    }
    guard flags & 0x40 == 0 else {
      note(.frameDamaged)
      return NetworkStart(0, at + length, extent.behind(length))
    }
    wirelessPadding = flags & 0x20 != 0
    var rest = extent.behind(length)
    if flags & 0x10 != 0, rest.claimed >= 4 { rest.bound(rest.claimed - 4) }
    return try wireless(frame, at + length, rest)
  }

  fileprivate mutating func capturePrefix(
    _ frame: RawSpan, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    try LengthError.check(.wireless, needed: 8, bytes: frame, extent: extent)
    let length: Int
    if frame.u32(0) & 0xffff_f000 == 0x8021_1000 {
      length = Int(min(frame.u32(4), 0xffff))
    } else if frame.u32(0) == 0x44 || frame.u32(0) == 0x41 {
      length = Int(min(frame.u32(4), 0xffff))
    } else if frame.littleU32(0) == 0x44 || frame.littleU32(0) == 0x41 {
      length = Int(min(frame.littleU32(4), 0xffff))
    } else {
      // Some drivers give such a link frames without any such header.
      return try wireless(frame, 0, extent)
    }
    guard length >= 8 else { return NetworkStart(0xffff, 0, extent) }
    try LengthError.check(.wireless, needed: length, offset: 8, bytes: frame, extent: extent)
    return try wireless(frame, length, extent.behind(length))
  }

  /// A frame of another link inside this one's, which must not nest any further.
  mutating func nested(
    _ frame: RawSpan, _ at: Int, _ extent: Extent, number: UInt32
  ) throws(LengthError) -> NetworkStart {
    let inner = Link(number: number, isBigEndian: link.isBigEndian)
    guard !isNested, let format = inner.format else {
      if !isNested {
        note(.linkNotDecoded)
        tally?.count(undecoded: inner)
      }
      return NetworkStart(0, at, extent.behind(at))
    }
    isNested = true
    var start = try format.start(&self, frame.from(at), extent.behind(at))
    start.header += at
    return start
  }
}

import Observations

extension LinkFormat {
  static let ciscoHDLC = LinkFormat(numbers: [104]) { decoder, frame, extent throws(LengthError) in
    try decoder.hdlc(frame, extent)
  }
  static let frameRelay = LinkFormat(numbers: [107]) {
    decoder, frame, extent throws(LengthError) in
    try decoder.frameRelay(frame, extent)
  }
}

extension PacketDecoder {
  /// Cisco's HDLC: to one (0x0f) or to all (0x8f), a byte of nothing, EtherType.
  mutating func hdlc(_ frame: RawSpan, _ extent: Extent) throws(LengthError) -> NetworkStart {
    try LengthError.check(.hdlc, needed: 4, bytes: frame, extent: extent)
    guard frame.u8(0) & 0x7f == 0x0f else { return NetworkStart(0xffff, 4, extent.behind(4)) }
    let type = frame.u16(2)
    // Cisco's keep-alives, discovery and OSI's routing are no packets of anybody's.
    let isOwn = type == 0x8035 || type == 0x2000 || type == 0xfefe
    return NetworkStart(isOwn ? 0 : type, 4, extent.behind(4))
  }

  /// Frame Relay: an address of two to four bytes, then RFC 2427 or, without a control byte, Cisco's
  /// EtherType.
  fileprivate mutating func frameRelay(
    _ frame: RawSpan, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    try LengthError.check(.frameRelay, needed: 4, bytes: frame, extent: extent)
    var at = 2
    // The lowest bit ends the address.
    guard frame.u8(0) & 1 == 0 else { return NetworkStart(0xffff, 4, extent.behind(4)) }
    while at < 4, frame.u8(at - 1) & 1 == 0 { at += 1 }
    try LengthError.check(.frameRelay, needed: at + 2, offset: at, bytes: frame, extent: extent)
    guard frame.u8(at) == 3 else {
      return NetworkStart(frame.u16(at), at + 2, extent.behind(at + 2))
    }
    at += 1
    if frame.u8(at) == 0 { at += 1 }
    try LengthError.check(.frameRelay, needed: at + 1, offset: at, bytes: frame, extent: extent)
    switch frame.u8(at) {
    case 0xcc: return NetworkStart(0x0800, at + 1, extent.behind(at + 1))
    case 0x8e: return NetworkStart(0x86dd, at + 1, extent.behind(at + 1))
    case 0xcf: return try pointToPoint(frame, at + 1, extent.behind(at + 1))
    case 0x80:
      let rest = extent.behind(at + 1)
      let snap = frame.from(at + 1)
      try LengthError.check(.frameRelay, needed: 5, bytes: snap, extent: rest)
      switch (snap.u32(0) >> 8, snap.u16(3)) {
      case (0, let type): return NetworkStart(type, at + 6, extent.behind(at + 6))
      // Bridged Ethernet, with or without its check sequence.
      case (0x80c2, 1), (0x80c2, 7): return try ethernet(frame, at + 6, extent.behind(at + 6))
      default: return NetworkStart(0, at + 6, extent.behind(at + 6))
      }
    default: return NetworkStart(0, at + 1, extent.behind(at + 1))
    }
  }
}

import Observations

extension TunnelFormat {
  static let gre = TunnelFormat(carrier: .transport(47)) { payload, extent, _ in
    guard payload.byteCount >= 8, extent.claimed >= 8 else { return nil }
    return payload.u16(0) & 7 == 1
      ? TunnelFormat.pptp(payload, extent) : TunnelFormat.generic(payload, extent)
  }

  /// RFC 2784 with RFC 2890: a checksum, a key, a sequence number where their bits say so. The routes of
  /// RFC 1701 are not followed, and what must be nothing is.
  private static func generic(_ payload: RawSpan, _ extent: Extent) -> TunnelStart? {
    let flags = payload.u16(0)
    guard flags & 0x4fff == 0 else { return nil }
    let hasSequence = flags & 0x1000 != 0
    let at = 4 + 4 * (flags & 0xb000).nonzeroBitCount
    guard payload.byteCount >= at + 12, extent.claimed >= at + 12 else { return nil }
    switch payload.u16(2) {
    case 0x0800, 0x86dd, 0x6558, 0x880b, 0x8847, 0x8848:
      return TunnelStart(.gre, payload.u16(2), at, extent)
    case 0x883e:
      // The first version of WCCP has no header of its own.
      return TunnelStart(.wccp, 0x0800, payload.u8(at) >> 4 == 4 ? at : at + 4, extent)
    case 0x88be where !hasSequence: return TunnelStart(.erspan, 0x6558, at, extent)
    case 0x88be where payload.u8(at) >> 4 == 1:
      return mirrored(payload, extent, at, header: 8, type: 0x6558)
    case 0x22eb where payload.u8(at) >> 4 == 2:
      // What kind of frame it is, and whether a second header follows.
      let kind = payload.u16(at + 10) >> 10 & 0x1f
      guard kind == 0 || kind == 2, payload.byteCount > at + 20 else { return nil }
      let ip: UInt16 = payload.u8(at + 12) >> 4 == 6 ? 0x86dd : 0x0800
      return mirrored(
        payload, extent, at, header: payload.u16(at + 10) & 1 == 0 ? 12 : 20,
        type: kind == 0 ? 0x6558 : ip)
    default: return nil
    }
  }

  /// A mirrored frame. Where the switch says that it cut the frame, there was more of it on the wire.
  private static func mirrored(
    _ payload: RawSpan, _ extent: Extent, _ at: Int, header: Int, type: UInt16
  ) -> TunnelStart? {
    var extent = extent
    if payload.u16(at + 2) & 0x0400 != 0 {
      extent = Extent(claimed: max(extent.claimed, 0x1_0000 + 64), limitedBy: .capture)
    }
    return TunnelStart(.erspan, type, at + header, extent)
  }

  /// RFC 2637: a key that is a length and a call, PPP where there is a sequence number.
  private static func pptp(_ payload: RawSpan, _ extent: Extent) -> TunnelStart? {
    let flags = payload.u16(0)
    guard flags & 0xff7f == 0x3001, payload.u16(2) == 0x880b else { return nil }
    let header = flags & 0x80 == 0 ? 12 : 16
    let length = Int(payload.u16(4))
    guard length > 0, header + length <= extent.claimed else { return nil }
    return TunnelStart(
      .pptp, 0x880b, header, Extent(claimed: header + length, limitedBy: .linkLength))
  }
}

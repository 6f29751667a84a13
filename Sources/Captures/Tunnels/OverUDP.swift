import Observations

extension TunnelFormat {
  /// VXLAN, to its port or the one that Linux had before: the bit that says there is a network, and all
  /// that must be nothing, or a policy group (flag 0x80) in its place.
  static let vxlan = TunnelFormat(carrier: .udp) { payload, extent, outer in
    guard outer.destinationPort == 4_789 || outer.destinationPort == 8_472,
      payload.byteCount >= 8 + 14, payload.u8(7) == 0
    else { return nil }
    let hasGroup = payload.u8(0) == 0x88 && payload.u8(1) & ~0x48 == 0
    guard hasGroup || payload.u32(0) == 0x0800_0000 else { return nil }
    return TunnelStart(.vxlan, 0x6558, 8, extent)
  }

  /// GENEVE: version 0, data, options that fill their length.
  static let geneve = TunnelFormat(carrier: .udp) { payload, extent, outer in
    guard outer.destinationPort == 6_081, payload.byteCount >= 8 + 14,
      payload.u8(0) & 0xc0 == 0, payload.u8(1) & 0xbf == 0, payload.u8(7) == 0
    else { return nil }
    let end = 8 + 4 * Int(payload.u8(0))
    guard payload.byteCount >= end, extent.claimed >= end else { return nil }
    var at = 8
    while at < end { at += 4 + 4 * Int(payload.u8(at + 3) & 0x1f) }
    guard at == end else { return nil }
    switch payload.u16(2) {
    case 0x6558, 0x0800, 0x86dd: return TunnelStart(.geneve, payload.u16(2), end, extent)
    default: return nil
    }
  }

  /// GTP-U's packets of users (version 1): the length, fields that three bits announce, further headers
  /// of four bytes and their multiples.
  static let gtp = TunnelFormat(carrier: .udp) { payload, extent, outer in
    guard outer.destinationPort == 2_152, payload.byteCount >= 8 + 20,
      payload.u8(0) & 0xf8 == 0x30, payload.u8(1) == 0xff,
      Int(payload.u16(2)) == extent.claimed - 8
    else { return nil }
    var at = 8
    if payload.u8(0) & 7 != 0 {
      at = 12
      var next = payload.u8(0) & 4 == 0 ? 0 : payload.u8(11)
      while next != 0 {
        guard payload.byteCount > at, payload.u8(at) > 0 else { return nil }
        at += 4 * Int(payload.u8(at))
        guard payload.byteCount >= at else { return nil }
        next = payload.u8(at - 1)
      }
    }
    guard payload.byteCount > at, extent.claimed > at else { return nil }
    return TunnelStart(.gtp, payload.u8(at) >> 4 == 6 ? 0x86dd : 0x0800, at, extent)
  }
}

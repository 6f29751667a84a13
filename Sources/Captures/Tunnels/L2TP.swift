import Observations

extension TunnelFormat {
  /// The second version's data messages: PPP behind a header of as many fields as its bits say.
  static let l2tp = TunnelFormat(carrier: .udp) { payload, extent, outer in
    guard outer.destinationPort == 1_701 || outer.sourcePort == 1_701,
      payload.byteCount >= 8, extent.claimed >= 8
    else { return nil }
    let flags = payload.u16(0)
    // Version 2, no control message, nothing in what is reserved.
    guard flags & 0xb4ff == 0x0002 else { return nil }
    var rest = extent
    var at = 2
    if flags & 0x4000 != 0 {
      let length = Int(payload.u16(2))
      guard length > 8, length <= extent.claimed else { return nil }
      rest.bound(length)
      at = 4
    }
    at += 4
    if flags & 0x0800 != 0 { at += 4 }
    if flags & 0x0200 != 0 {
      guard payload.byteCount >= at + 2 else { return nil }
      at += 2 + Int(payload.u16(at))
    }
    guard payload.byteCount > at, rest.claimed > at else { return nil }
    return TunnelStart(.l2tp, 0x880b, at, rest)
  }

  /// The third version behind IP: a session, then what both ends know of: a cookie of none, four or eight
  /// bytes, a sublayer of four. Only where an Ethernet frame surely begins behind one of them.
  static let l2tp3 = TunnelFormat(carrier: .transport(115)) { payload, extent, _ in
    guard payload.byteCount >= 8, payload.u32(0) != 0,
      let at = IPCheck.pseudowire(payload, extent, behind: [4, 8, 12, 16])
    else { return nil }
    return TunnelStart(.l2tp, 0x6558, at, extent)
  }
}

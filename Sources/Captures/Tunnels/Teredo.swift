import Observations

extension TunnelFormat {
  /// Teredo: any port, for hosts agree on theirs; by the IPv6 header, whose length must be the datagram's
  /// and one of whose addresses must be Teredo's. Only with a server (port 3544) there are indications
  /// before it, and addresses of the link alone.
  static let teredo = TunnelFormat(carrier: .udp) { payload, extent, outer in
    guard outer.source.isIPv4, payload.byteCount >= 40 else { return nil }
    let isServer = outer.sourcePort == 3_544 || outer.destinationPort == 3_544
    let at = isServer ? TunnelFormat.indications(payload) : 0
    guard payload.byteCount >= at + 40,
      payload.u16(at) >> 4 == 0x600 || (isServer && payload.u8(at) >> 4 == 6)
    else { return nil }
    let length = 40 + Int(payload.u16(at + 4))
    guard length == extent.claimed - at else { return nil }
    let (from, to) = (payload.u32(at + 8), payload.u32(at + 24))
    let isOwn = TunnelFormat.isTeredo(from) || TunnelFormat.isTeredo(to)
    // Solicitations and bubbles: ICMPv6, or nothing.
    let next = payload.u8(at + 6)
    let isLocal = isServer && from >> 22 == 0xfe80 >> 6 && (next == 58 || next == 59)
    guard isOwn || isLocal else { return nil }
    return TunnelStart(.teredo, 0x86dd, at, extent)
  }

  /// 2001::/32, and what Windows XP used before there was a standard.
  private static func isTeredo(_ prefix: UInt32) -> Bool {
    prefix == 0x2001_0000 || prefix == 0x3ffe_831f
  }

  /// Bytes of authentication (RFC 4380, 5.1.1) and of the origin that the server saw.
  private static func indications(_ payload: RawSpan) -> Int {
    var at = 0
    if payload.u16(0) == 1 { at = 13 + Int(payload.u8(2)) + Int(payload.u8(3)) }
    if payload.byteCount >= at + 8, payload.u16(at) == 0 { at += 8 }
    return at
  }
}

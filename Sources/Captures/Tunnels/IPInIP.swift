import Observations

extension TunnelFormat {
  /// IPv4 behind either IP.
  static let ipv4 = TunnelFormat(carrier: .transport(4)) { _, extent, _ in
    TunnelStart(.ipInIP, 0x0800, 0, extent)
  }
  /// IPv6 behind either IP.
  static let ipv6 = TunnelFormat(carrier: .transport(41)) { _, extent, outer in
    TunnelStart(outer.source.isIPv4 ? .sixInFour : .sixInSix, 0x86dd, 0, extent)
  }
  /// Labels behind IP.
  static let mpls = TunnelFormat(carrier: .transport(137)) { _, extent, _ in
    TunnelStart(.mplsInIP, 0x8847, 0, extent)
  }
  /// Ethernet behind IP: version 3, and twelve bits of nothing.
  static let etherIP = TunnelFormat(carrier: .transport(97)) { payload, extent, _ in
    guard payload.byteCount >= 2, extent.claimed >= 2, payload.u16(0) == 0x3000 else { return nil }
    return TunnelStart(.etherIP, 0x6558, 2, extent)
  }
}

/// What bounds the bytes of a layer.
public enum Limit: Hashable, Sendable {
  /// The capture holds no more, though the sender sent more.
  case capture
  /// The frame on the wire ended here.
  case frame
  /// The length field of an 802.3 or PPPoE header.
  case linkLength
  /// IPv4 total length (RFC 791, 3.1).
  case ipv4TotalLength
  /// IPv4 header length, or what it claims.
  case ipv4HeaderLength
  /// IPv6 payload length (RFC 8200, 3).
  case ipv6PayloadLength
  /// The length byte of an IPv6 extension header.
  case ipv6ExtensionLength
  /// UDP length (RFC 768).
  case udpLength
  /// TCP data offset (RFC 9293, 3.1).
  case tcpDataOffset
  /// The address lengths of ARP (RFC 826).
  case arpAddressLengths
}

/// A header of a packet.
public enum Layer: Hashable, Sendable {
  /// Link headers.
  case ethernet, linuxSLL, linuxSLL2, loopback, llc, pppoe, ppp, raw, hdlc, frameRelay, mpls
  /// Link headers of radio, and of packet filters that log.
  case wireless, filterLog
  /// Network headers.
  case arp, ipv4, ipv6, ipv6Extension
  /// Transport headers.
  case icmp, tcp, udp
  /// Name services.
  case dns, nbns
  /// Other services that hosts keep up a network by.
  case netbiosDatagram, dhcp
}

/// How many bytes a layer has by the word of those around it, and whose word that is. The capture may
/// hold fewer.
public struct Extent: Hashable, Sendable {
  /// Bytes on the wire, from the layer's first byte.
  public var claimed: Int
  /// What says so.
  public var limitedBy: Limit

  /// An extent out of its parts.
  public init(claimed: Int, limitedBy: Limit) {
    self.claimed = claimed
    self.limitedBy = limitedBy
  }
}

/// A header does not fit. That the capture was cut and that the sender lied are different facts:
/// `limitedBy` tells them apart.
public struct LengthError: Error, Hashable, Sendable {
  /// The header that does not fit.
  public var layer: Layer
  /// Where in the layer the missing part begins, in bytes.
  public var offset: Int
  /// Bytes needed from the layer's first byte.
  public var needed: Int
  /// Bytes there are from the layer's first byte.
  public var available: Int
  /// What made it so.
  public var limitedBy: Limit

  /// An error out of its parts.
  public init(layer: Layer, offset: Int, needed: Int, available: Int, limitedBy: Limit) {
    self.layer = layer
    self.offset = offset
    self.needed = needed
    self.available = available
    self.limitedBy = limitedBy
  }

  /// Throws unless `needed` bytes are there; the sender's lie is found before the capture's cut.
  @inline(__always)
  static func check(
    _ layer: Layer, needed: Int, offset: Int = 0, bytes: RawSpan, extent: Extent
  ) throws(LengthError) {
    if extent.claimed < needed {
      throw LengthError(
        layer: layer, offset: offset, needed: needed, available: extent.claimed,
        limitedBy: extent.limitedBy)
    }
    if bytes.byteCount < needed {
      throw LengthError(
        layer: layer, offset: offset, needed: needed, available: bytes.byteCount,
        limitedBy: .capture)
    }
  }
}

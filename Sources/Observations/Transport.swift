/// An IP protocol number (IANA registry "Protocol Numbers"), or `arp` for what is not IP.
@frozen
public struct Transport: RawRepresentable, Hashable, Comparable, BitwiseCopyable, Sendable {
  /// The IP protocol number; 255 stands for ARP.
  public var rawValue: UInt8
  /// A transport from its IP protocol number.
  @inlinable @inline(__always)
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// ICMP (RFC 792).
  @inlinable public static var icmp: Transport { Transport(rawValue: 1) }
  /// IGMP (RFC 9776).
  @inlinable public static var igmp: Transport { Transport(rawValue: 2) }
  /// TCP (RFC 9293).
  @inlinable public static var tcp: Transport { Transport(rawValue: 6) }
  /// UDP (RFC 768).
  @inlinable public static var udp: Transport { Transport(rawValue: 17) }
  /// ICMPv6 (RFC 4443).
  @inlinable public static var icmpv6: Transport { Transport(rawValue: 58) }
  /// ARP has no IP protocol number; 255 is reserved by IANA and so never met in a header that
  /// counts.
  @inlinable public static var arp: Transport { Transport(rawValue: 255) }

  /// Whether port numbers mean anything: TCP, UDP, UDP-Lite, SCTP, DCCP.
  @inlinable
  public var hasPorts: Bool {
    switch rawValue {
    case 6, 17, 33, 132, 136: true
    default: false
    }
  }

  /// In order of protocol number.
  @inlinable
  public static func < (a: Transport, b: Transport) -> Bool { a.rawValue < b.rawValue }
}

extension Transport: CustomStringConvertible {
  /// The usual short name in lower case, or `ip-N`.
  public var description: String {
    switch rawValue {
    case 1: "icmp"
    case 2: "igmp"
    case 4: "ipip"
    case 6: "tcp"
    case 17: "udp"
    case 33: "dccp"
    case 41: "ipv6"
    case 47: "gre"
    case 50: "esp"
    case 51: "ah"
    case 58: "icmpv6"
    case 132: "sctp"
    case 136: "udplite"
    case 255: "arp"
    default: "ip-\(rawValue)"
    }
  }
}

/// The flag byte of a TCP header (RFC 9293, 3.1).
@frozen
public struct TCPFlags: OptionSet, Hashable, BitwiseCopyable, Sendable {
  /// The flags as the header holds them.
  public var rawValue: UInt8
  /// Flags from the header's byte.
  @inlinable @inline(__always)
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// No more data from the sender.
  @inlinable public static var fin: TCPFlags { TCPFlags(rawValue: 0x01) }
  /// Synchronise sequence numbers: the start of a connection.
  @inlinable public static var syn: TCPFlags { TCPFlags(rawValue: 0x02) }
  /// Reset the connection.
  @inlinable public static var rst: TCPFlags { TCPFlags(rawValue: 0x04) }
  /// Push: hand the data on at once.
  @inlinable public static var psh: TCPFlags { TCPFlags(rawValue: 0x08) }
  /// The acknowledgement field counts.
  @inlinable public static var ack: TCPFlags { TCPFlags(rawValue: 0x10) }
  /// The urgent pointer counts.
  @inlinable public static var urg: TCPFlags { TCPFlags(rawValue: 0x20) }
  /// Congestion was experienced (RFC 3168).
  @inlinable public static var ece: TCPFlags { TCPFlags(rawValue: 0x40) }
  /// Congestion window reduced (RFC 3168).
  @inlinable public static var cwr: TCPFlags { TCPFlags(rawValue: 0x80) }
}

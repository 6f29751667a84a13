/// What a capture tells beside its packets: what they came in, and what of it was not decoded.
public struct CaptureFacts: Sendable, Equatable {
  /// Packets of a link that is not decoded.
  public struct UndecodedLink: Sendable, Equatable {
    /// The number in the tcpdump group's list; nil where the container's own number is not in it.
    public var number: UInt16?
    /// Its name there, in short; nil where it has none.
    public var name: String?
    /// Packets of it.
    public var packets: UInt64

    /// A count out of its parts.
    public init(number: UInt16?, name: String?, packets: UInt64) {
      (self.number, self.name, self.packets) = (number, name, packets)
    }
  }

  /// Packets that came in a tunnel between two ends; the ends as they compare, whichever sent.
  public struct TunnelPassage: Sendable, Equatable {
    /// The kind of tunnel.
    public var kind: Tunnel
    /// The lesser of the two ends.
    public var from: Address
    /// The greater of the two ends.
    public var to: Address
    /// Packets that came through it, both ways.
    public var packets: UInt64

    /// A passage out of its parts.
    public init(kind: Tunnel, from: Address, to: Address, packets: UInt64) {
      (self.kind, self.from, self.to, self.packets) = (kind, from, to, packets)
    }
  }

  /// Packets of which a packet filter said whose socket sent them.
  public struct Ownership: Sendable, Equatable {
    /// Whom they came from.
    public var source: Address
    /// Their transport.
    public var transport: Transport
    /// Where they went, as a port; 0 where the transport has none.
    public var port: UInt16
    /// The user's number.
    public var user: UInt32
    /// The process's number; 0 where the filter does not say.
    public var process: UInt32
    /// Packets of it.
    public var packets: UInt64

    /// A claim out of its parts.
    public init(
      source: Address, transport: Transport, port: UInt16, user: UInt32, process: UInt32,
      packets: UInt64
    ) {
      (self.source, self.transport, self.port) = (source, transport, port)
      (self.user, self.process, self.packets) = (user, process, packets)
    }
  }

  /// Links that are not decoded, by their numbers.
  public var undecodedLinks: [UndecodedLink] = []
  /// Tunnels and their ends, those with most packets first.
  public var tunnels: [TunnelPassage] = []
  /// Packets in tunnels whose ends are beyond the bound.
  public var tunnelledBeyondBound: UInt64 = 0
  /// Who a packet filter says sent what, those with most packets first.
  public var owners: [Ownership] = []
  /// Some of it was taken by a packet filter's logging (pflog, NFLOG): such a capture holds what a rule
  /// chose, and seldom both directions.
  public var isFilterLog = false

  /// Packets that are fragments, and told of by another fragment of the same datagram: they have no
  /// observation of their own.
  public var fragments: UInt64 = 0

  /// Nothing to tell.
  public init() {}

  /// Packets that came in tunnels, each once for each tunnel around it.
  public var tunnelled: UInt64 {
    tunnels.reduce(tunnelledBeyondBound) { $0 + $1.packets }
  }
}

/// How a packet came inside another.
public enum Tunnel: UInt8, CaseIterable, Hashable, Sendable {
  /// IPv4 behind IPv4 or IPv6 (RFC 2003, RFC 2473).
  case ipInIP
  /// IPv6 behind IPv4: configured tunnels, 6to4, 6rd, ISATAP (RFC 4213).
  case sixInFour
  /// IPv6 behind IPv6 (RFC 2473).
  case sixInSix
  /// RFC 2784, with a key or sequence numbers (RFC 2890).
  case gre
  /// PPP in GRE's second version (RFC 2637).
  case pptp
  /// What a router hands a web cache (WCCP).
  case wccp
  /// Frames that a switch copied: the inner one is what was seen on its ports.
  case erspan
  /// IPv6 in UDP through address translation (RFC 4380).
  case teredo
  /// Ethernet in UDP (RFC 7348).
  case vxlan
  /// Ethernet or IP in UDP (RFC 8926).
  case geneve
  /// PPP in UDP (RFC 2661), or frames behind IP (RFC 3931).
  case l2tp
  /// A mobile phone network's: IP in UDP (3GPP TS 29.281).
  case gtp
  /// Ethernet behind IP (RFC 3378).
  case etherIP
  /// Labels behind IP (RFC 4023).
  case mplsInIP

  /// The name that people know it by.
  public var name: String {
    switch self {
    case .ipInIP: "IP-in-IP"
    case .sixInFour: "6in4"
    case .sixInSix: "IPv6-in-IPv6"
    case .gre: "GRE"
    case .pptp: "PPTP"
    case .wccp: "WCCP"
    case .erspan: "ERSPAN"
    case .teredo: "Teredo"
    case .vxlan: "VXLAN"
    case .geneve: "GENEVE"
    case .l2tp: "L2TP"
    case .gtp: "GTP-U"
    case .etherIP: "EtherIP"
    case .mplsInIP: "MPLS-in-IP"
    }
  }
}

/// What a capture tells beside its packets: what they came in, and what of it was not decoded.
public struct CaptureFacts: Hashable, Sendable {
  /// Packets of a link that is not decoded.
  public struct UndecodedLink: Hashable, Sendable {
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
  public struct TunnelPassage: Hashable, Sendable {
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
  public struct Ownership: Hashable, Sendable {
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

  /// Names of the links that its containers tell of, in the order they were met; the first few.
  public var links: [String] = []
  /// The most bytes kept of a packet that was longer; 0 where all packets are whole.
  public var longestCut: UInt64 = 0
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
  /// Packets of a packet filter's logging that it let through or only logged.
  public var filterPassed: UInt64 = 0
  /// Packets of a packet filter's logging that it refused.
  public var filterRefused: UInt64 = 0

  /// Packets that are fragments, and told of by another fragment of the same datagram: they have no
  /// observation of their own.
  public var fragments: UInt64 = 0

  /// Nothing to tell.
  public init() {}

  /// Whether all that a packet filter logged was refused.
  public var isRefusalsOnly: Bool { isFilterLog && filterPassed == 0 && filterRefused > 0 }

  /// What an anomaly means, with the links that are not decoded by name.
  public func meaning(of anomaly: Anomaly) -> String {
    guard anomaly == .linkNotDecoded, !undecodedLinks.isEmpty else { return anomaly.meaning }
    let links = undecodedLinks.prefix(8).map { link in
      guard let number = link.number else { return "one that has no number" }
      return "\(number)" + (link.name.map { " (\($0))" } ?? "")
    }
    return anomaly.meaning + ": " + links.joined(separator: ", ")
      + (undecodedLinks.count > links.count ? " ..." : "")
  }

  /// What packets came in, a sentence for each kind of tunnel; empty where none did.
  ///
  /// - Parameter records: packets of the capture.
  /// - Returns: sentences without a stop.
  public func tunnelWords(of records: UInt64) -> [String] {
    Tunnel.allCases.compactMap { kind in
      let passages = tunnels.filter { $0.kind == kind }
      guard let first = passages.first else { return nil }
      let packets = passages.reduce(UInt64(0)) { $0 + $1.packets }
      let article =
        kind == .ipInIP || kind == .sixInSix || kind == .erspan || kind == .l2tp
          || kind == .etherIP || kind == .mplsInIP ? "an" : "a"
      let ends =
        passages.count == 1
        ? "\(article) \(kind.name) tunnel between \(first.from) and \(first.to)"
        : "\(passages.count) \(kind.name) tunnels, the first between \(first.from) and \(first.to)"
      return "\(packets) of \(records) packets came in \(ends): addresses are the inner packets'"
    }
  }

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

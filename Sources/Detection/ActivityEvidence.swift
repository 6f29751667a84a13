public import Observations

/// A name that hosts ask for by themselves, as they come up or as a program begins.
public enum WellKnownName: String, CaseIterable, Hashable, Sendable {
  /// Where the settings of a proxy are.
  case wpad
  /// A router for IPv6 within IPv4.
  case isatap
}

/// What makes packets of one subject one activity.
public enum ActivityShape: Hashable, Comparable, Sendable {
  /// One service tried at other addresses: transport and destination port (ICMP: the type).
  case service(transport: Transport, port: UInt16)
  /// Many ports tried at few addresses.
  case manyPorts(transport: Transport)
  /// UDP headers that outwardly read as ICMP errors, by their common source port.
  case misreadHeader(sourcePort: UInt16)
  /// Replies nobody had asked for, from one port (ICMP: the type).
  case unaskedReplies(transport: Transport, port: UInt16)
  /// Broadcasts to one service (ARP: requests), as of a storm.
  case broadcasts(transport: Transport, port: UInt16)
  /// Packets of many sources at one service: the subject is the port.
  case flood(transport: Transport, port: UInt16)
  /// One port in touch with many peers at many ports.
  case peers(transport: Transport, sourcePort: UInt16)
  /// Claims by ARP: a conflict over an address, or one hardware that speaks for many.
  case addressClaims
  /// Packets to where only one thing is sent: the multicast groups by which hosts look for each other,
  /// the address where clouds tell of themselves.
  case specialPurpose(transport: Transport, port: UInt16)
  /// Lookups of a name that hosts ask for by themselves.
  case nameAsked(WellKnownName)

  /// The transport.
  public var transport: Transport {
    switch self {
    case .service(let transport, _), .manyPorts(let transport), .unaskedReplies(let transport, _),
      .broadcasts(let transport, _), .flood(let transport, _), .peers(let transport, _),
      .specialPurpose(let transport, _):
      transport
    case .misreadHeader, .nameAsked: .udp
    case .addressClaims: .arp
    }
  }

  private var order: (Int, UInt8, UInt16) {
    switch self {
    case .service(let transport, let port): (0, transport.rawValue, port)
    case .manyPorts(let transport): (1, transport.rawValue, 0)
    case .misreadHeader(let port): (2, 17, port)
    case .unaskedReplies(let transport, let port): (3, transport.rawValue, port)
    case .broadcasts(let transport, let port): (4, transport.rawValue, port)
    case .flood(let transport, let port): (5, transport.rawValue, port)
    case .peers(let transport, let port): (6, transport.rawValue, port)
    case .addressClaims: (7, Transport.arp.rawValue, 0)
    case .specialPurpose(let transport, let port): (8, transport.rawValue, port)
    case .nameAsked(let name): (9, Transport.udp.rawValue, name == .wpad ? 1 : 2)
    }
  }

  /// In order of declaration, each by transport and port.
  public static func < (a: ActivityShape, b: ActivityShape) -> Bool { a.order < b.order }
}

/// Which way an activity crosses the home network's border.
public enum Direction: String, Sendable, Hashable {
  /// From the home network to elsewhere.
  case outbound
  /// From elsewhere to the home network.
  case inbound
  /// Within the home network.
  case `internal`
  /// The home network is not known, or both ends lie outside it.
  case unknown
}

/// An activity's traffic in numbers.
public struct Traffic: Hashable, Sendable {
  /// The transport of all its packets.
  public var transport: Transport
  /// The source ports seen, at most eight, ascending; empty where more were seen or none are known.
  public var sourcePorts: [UInt16]
  /// How many distinct source ports, as far as counted (exact up to 8; 9 means more).
  public var sourcePortCount: Int
  /// The destination ports as closed ranges, ascending.
  public var destinationPorts: [ClosedRange<UInt16>]
  /// Which way it crosses the border.
  public var direction: Direction
  /// Packets (or log lines); a bound where the evidence drops or coalesces.
  public var packets: Bound
  /// Bytes of IP datagrams as their headers claim; nil where not recorded.
  public var bytes: Bound?
  /// Distinct destinations.
  public var destinations: Bound
  /// Up to ten destinations in the order they were first contacted.
  public var examples: [Address]

  /// Traffic out of its parts.
  public init(
    transport: Transport, sourcePorts: [UInt16], sourcePortCount: Int,
    destinationPorts: [ClosedRange<UInt16>], direction: Direction, packets: Bound, bytes: Bound?,
    destinations: Bound, examples: [Address]
  ) {
    self.transport = transport
    self.sourcePorts = sourcePorts
    self.sourcePortCount = sourcePortCount
    self.destinationPorts = destinationPorts
    self.direction = direction
    self.packets = packets
    self.bytes = bytes
    self.destinations = destinations
    self.examples = examples
  }
}

/// Whether the evidence could have shown something, and if not, why and what would.
public enum CapabilityStatus: Hashable, Sendable {
  /// The evidence could have shown it.
  case available
  /// `because`: why it could not be seen. `ask`: the evidence that would show it, as a request to
  /// the user.
  case missing(because: String, ask: String)
}

/// Everything known about one activity of one subject before it is weighed. What `Diagnosis`
/// weighs.
public struct ActivityEvidence: Hashable, Sendable {
  /// Whose activity it is.
  public var subject: Subject
  /// What makes it one activity.
  public var shape: ActivityShape
  /// Time of its first packet.
  public var first: Timestamp
  /// Time of its last packet.
  public var last: Timestamp
  /// Its traffic in numbers.
  public var traffic: Traffic
  /// Findings in order of kind; at most one of each kind but `noteTested`.
  public var findings: [Finding]
  /// A status for every capability.
  public var capabilities: [Capability: CapabilityStatus]
  /// The evidence it was seen in, by path; the first is the one whose counts are given.
  public var paths: [String]
  /// Statements about how several files were brought together ("router.syslog covers the same hours
  /// and corroborates").
  public var remarks: [String]
  /// Names of the subject and of the examples of its targets, where packets told of any; at most one
  /// for each, the subject's first.
  public var names: [HostName] = []
  /// Its shape with addresses left out; nil where no packet of it was kept.
  public var pattern: Pattern?
  /// How it went over time and over its targets, for drawings; nil where nothing of that was kept.
  public var course: Course?

  /// An activity's evidence out of its parts.
  public init(
    subject: Subject, shape: ActivityShape, first: Timestamp, last: Timestamp, traffic: Traffic,
    findings: [Finding], capabilities: [Capability: CapabilityStatus], paths: [String],
    remarks: [String] = [], pattern: Pattern? = nil
  ) {
    self.subject = subject
    self.shape = shape
    self.first = first
    self.last = last
    self.traffic = traffic
    self.findings = findings
    self.capabilities = capabilities
    self.paths = paths
    self.remarks = remarks
    self.pattern = pattern
  }

  /// The first finding of a kind, if made.
  public func finding(_ kind: FindingKind) -> Finding? { findings.first { $0.kind == kind } }
}

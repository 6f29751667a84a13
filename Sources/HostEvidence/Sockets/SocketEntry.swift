public import Observations

/// What a socket speaks, as the table says.
public enum SocketTransport: Hashable, Sendable {
  /// The ordinary kinds.
  case tcp, udp, icmp
  /// A raw IP socket, with its protocol number where the table has it.
  case raw(UInt8?)
  /// A packet socket (below IP), with its EtherType where the table has it; 3 is "all".
  case packet(UInt16?)
  /// Another IP protocol by its number.
  case other(UInt8)
  /// The instrument does not say (an audit record of `connect`).
  case unknown
}

/// The address family of a socket.
public enum SocketFamily: String, Hashable, Sendable {
  /// IPv4, IPv6, the link layer, or not stated.
  case ipv4, ipv6, link, unknown
}

/// One end of a socket as a table prints it; what the table does not give as a number is nil.
public struct SocketEndpoint: Hashable, Sendable {
  /// The address, `0.0.0.0` or `::` for "any"; nil where a name or a cut text stands.
  public var address: Address?
  /// The port; nil for "any", for a service's name and where the text is cut.
  public var port: UInt16?
  /// The host name, or the text of an address that cannot be trusted because it is cut.
  public var name: String?
  /// The service's name where the table gives that instead of the port.
  public var service: String?
  /// The zone of a scoped address (`fe80::1%eth0`).
  public var zone: String?
  /// Whether the tool cut the text for want of width, so that a part may be missing.
  public var isCut = false

  /// An end from its parts.
  public init(
    address: Address? = nil, port: UInt16? = nil, name: String? = nil, service: String? = nil,
    zone: String? = nil
  ) {
    self.address = address
    self.port = port
    self.name = name
    self.service = service
    self.zone = zone
  }

  /// Whether this names nobody: any address and no port.
  public var isWildcard: Bool {
    !isCut && (address?.isUnspecified ?? (name == nil)) && (port ?? 0) == 0 && service == nil
  }
}

/// A process that holds a socket, as far as the table names it.
public struct SocketHolder: Hashable, Sendable {
  /// The process id.
  public var processIdentifier: UInt32?
  /// The process's name, which many tools cut (Linux keeps 15 characters).
  public var processName: String?

  /// A holder from its parts.
  public init(processIdentifier: UInt32? = nil, processName: String? = nil) {
    self.processIdentifier = processIdentifier
    self.processName = processName
  }
}

/// One row of a socket table, or one event of a sensor that records sockets.
public struct SocketEntry: Hashable, Sendable {
  /// What the socket speaks.
  public var transport: SocketTransport
  /// Its address family.
  public var family: SocketFamily
  /// This host's end; nil where the table has none.
  public var local: SocketEndpoint?
  /// The other end; nil for a listening or unconnected socket.
  public var remote: SocketEndpoint?
  /// The state, where there is one.
  public var state: SocketState?
  /// The id of the process that owns it, where stated.
  public var processIdentifier: UInt32?
  /// The name of that process, where stated.
  public var processName: String?
  /// The path of its program, where stated.
  public var programPath: String?
  /// Its user by name or number, where stated.
  public var user: String?
  /// The inode, by which Linux tables are joined.
  public var inode: UInt64?
  /// Further processes that hold the same socket.
  public var sharedWith: [SocketHolder] = []
  /// The modules or service components that stand under a row of `netstat -b`.
  public var components: [String] = []
  /// The interface the socket is bound to.
  public var interface: String?
  /// When it was created, where stated with a zone or in UTC.
  public var created: Timestamp?
  /// The creation time as text, where its zone is not stated.
  public var createdText: String?
  /// When it was seen first and last, where the instrument looked more than once and says so.
  public var seen: ClosedRange<Timestamp>?
  /// For an event: whether this host opened the connection.
  public var isOutbound: Bool?
  /// For an event: whether the packet was refused.
  public var isBlocked = false
  /// Whether the tool said that it could not find out the owner.
  public var isOwnershipRefused = false
  /// The line of the text, from 1; the number of the record in JSON and XML.
  public var line: Int

  /// Whether the table names an owner. Process 0 of Windows is none: it stands beside sockets whose
  /// owner is gone.
  public var hasOwner: Bool {
    processName != nil && processIdentifier != 0 || (processIdentifier ?? 0) != 0
  }

  /// An entry that so far states only what the socket speaks.
  public init(transport: SocketTransport, family: SocketFamily = .unknown, line: Int) {
    self.transport = transport
    self.family = family
    self.line = line
  }
}

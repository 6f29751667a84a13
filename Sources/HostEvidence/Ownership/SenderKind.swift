/// Who can put a packet on the wire, as far as tools that list sockets tell one from another.
public enum SenderKind: String, CaseIterable, Hashable, Sendable, Comparable {
  /// A process by a socket that is there before and after.
  case socket
  /// A process by a socket, or a process itself, of some milliseconds.
  case brief
  /// A process by a socket that others hold, too: inherited, or passed on.
  case shared
  /// A process by a raw socket, which writes the header and its ports itself.
  case raw
  /// A process by a packet socket, which writes the frame itself.
  case packet
  /// A part of the kernel by a socket of its own: a tunnel, a mount, NetBIOS over TCP/IP.
  case kernelSocket
  /// The kernel without a socket: replies to pings, resets, ARP.
  case kernelReply
  /// A process in another network namespace, as in a container, or in a virtual machine.
  case otherSpace
  /// Another host, whose packets this one passes on and gives its own address.
  case forwarded
  /// A program that hands whole packets to a driver: a tunnel device, a capture driver.
  case injected

  /// The name a report uses.
  public var name: String {
    switch self {
    case .socket: "an ordinary socket"
    case .brief: "a socket opened for each packet"
    case .shared: "a process that shares another's socket"
    case .raw: "a raw sender"
    case .packet: "a packet sender"
    case .kernelSocket: "a part of the kernel with a socket of its own"
    case .kernelReply: "a reply of the kernel"
    case .otherSpace: "a container or virtual machine"
    case .forwarded: "another host behind this one"
    case .injected: "a program behind a tunnel or capture driver"
    }
  }

  /// The head of its column.
  public var heading: String {
    switch self {
    case .socket: "socket"
    case .brief: "brief"
    case .shared: "shared"
    case .raw: "raw"
    case .packet: "packet"
    case .kernelSocket: "kernel socket"
    case .kernelReply: "kernel reply"
    case .otherSpace: "container"
    case .forwarded: "forwarded"
    case .injected: "tunnel"
    }
  }

  /// Whether its packets may bear a port that it does not hold, and that another may hold.
  public var bearsAnyPort: Bool {
    switch self {
    case .raw, .packet, .otherSpace, .forwarded, .injected: true
    case .socket, .brief, .shared, .kernelSocket, .kernelReply: false
    }
  }

  /// In the order of the columns.
  public static func < (a: SenderKind, b: SenderKind) -> Bool {
    (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
  }
}

/// What an instrument could show of a sender, and why.
public struct InstrumentCell: Hashable, Sendable {
  /// What it could show.
  public enum Showing: String, Hashable, Sendable, CaseIterable {
    /// A row with its port and every process that holds it.
    case owner
    /// A row with its port and at most one process, of several perhaps.
    case oneHolder = "one holder"
    /// A row with its port; its process only where that is the caller's own.
    case ownUser = "caller's own"
    /// A row only where the process is the caller's own; nothing of others.
    case onlyOwnUser = "caller's only"
    /// A row and its process, without the port that its packets bear.
    case withoutPort = "no port"
    /// A row without a process.
    case socket
    /// A row only if it is alive at the moment of the look.
    case byChance = "by chance"
    /// Nothing.
    case nothing
  }

  /// What it could show.
  public var showing: Showing
  /// Why, in a clause.
  public var because: String

  /// A cell from its parts.
  init(_ showing: Showing, _ because: String) {
    self.showing = showing
    self.because = because
  }

  /// Whether the instrument's silence about a port says that no such sender held it.
  public var silenceCounts: Bool {
    switch showing {
    case .owner, .oneHolder, .ownUser, .socket: true
    case .onlyOwnUser, .withoutPort, .byChance, .nothing: false
    }
  }
}

/// What an instrument, called in one way with some rights, could show of each kind of sender.
public struct InstrumentRow: Hashable, Sendable {
  /// With which rights it was called.
  public enum Rights: String, Hashable, Sendable {
    /// As administrator, as an ordinary user, or it makes no difference.
    case administrator, user, any
  }

  /// What the text of a table must show for this row to apply.
  struct Traits: OptionSet, Hashable, Sendable {
    let rawValue: UInt8
    init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Owners are named.
    static let owners = Traits(rawValue: 1)
    /// It was called with all rights.
    static let everyone = Traits(rawValue: 2)
    /// Raw sockets were asked for.
    static let raw = Traits(rawValue: 4)
    /// Packet sockets were asked for.
    static let packet = Traits(rawValue: 8)
    /// The owners come from a list of descriptors, or from the tool's full listing.
    static let descriptors = Traits(rawValue: 16)
  }

  /// The instrument; of a Windows netstat the options do not matter here.
  public var instrument: SocketInstrument
  /// The command, as one types it, or what it is called.
  public var call: String
  /// With which rights.
  public var rights: Rights
  /// What must show in the table.
  var traits: Traits
  /// In the order of the kinds of senders.
  public internal(set) var cells: [InstrumentCell]

  /// What it could show of a sender.
  public subscript(sender: SenderKind) -> InstrumentCell {
    let at = SenderKind.allCases.firstIndex(of: sender) ?? 0
    return at < cells.count ? cells[at] : InstrumentCell(.nothing, "not known")
  }

  /// The call with the rights: `ss -tuanp, as root`.
  public var label: String {
    switch rights {
    case .any: call
    case .administrator: call + (isWindows ? ", as administrator" : ", as root")
    case .user: call + ", as an ordinary user"
    }
  }

  private var isWindows: Bool {
    switch instrument {
    case .windowsNetstat, .tcpView, .tcpvcon, .fport, .currPorts, .getNetTCPConnection,
      .getNetUDPEndpoint, .sysmon, .windowsFilteringEvents, .tasklist:
      true
    default: false
    }
  }
}

public import Observations

/// What left a host, as far as a socket table can be asked about it.
public struct HostFlow: Hashable, Sendable {
  /// The host's own end.
  public var address: Address
  /// TCP, UDP or another protocol.
  public var transport: Transport
  /// The ports it left from, ascending; empty where they were too many to be kept.
  public var localPorts: [UInt16]
  /// When it was seen first and last.
  public var seen: ClosedRange<Timestamp>
  /// Whether the header only looks like that of UDP: its bytes are, or may be, those of an ICMP error.
  public var isMisread: Bool
  /// Whether it is known to leave a host of the user's own network.
  public var isOurs: Bool

  /// A flow from its parts.
  public init(
    address: Address, transport: Transport, localPorts: [UInt16], seen: ClosedRange<Timestamp>,
    isMisread: Bool, isOurs: Bool
  ) {
    self.address = address
    self.transport = transport
    self.localPorts = localPorts
    self.seen = seen
    self.isMisread = isMisread
    self.isOurs = isOurs
  }

  /// How the flow is named in a report: `UDP from port 137`.
  public var label: String {
    let name = "\(transport)".uppercased()
    if transport == .icmp || transport == .icmpv6 { return name }
    switch localPorts.count {
    case 0: return "\(name) from various ports"
    case 1: return "\(name) from port \(localPorts[0])"
    default: return "\(name) from \(localPorts.count) ports"
    }
  }
}

/// To whom a flow belongs, how that is known, and what the instrument could not say.
public struct Ownership: Hashable, Sendable {
  /// What is known of the owner.
  public enum Status: String, Hashable, Sendable {
    /// The table names one process that holds the port.
    case owned
    /// The system itself holds it, and may send for any process that asks.
    case kernel
    /// The table could have shown an owner and shows none.
    case unowned
    /// The table could not have shown the owner.
    case notVisible
    /// Several processes hold it, or the table does not say who.
    case ambiguous
  }

  /// How a statement is known.
  public enum Grade: String, Hashable, Sendable {
    /// From a table that somebody took at another moment: port and protocol agree.
    case inferred
    /// Nothing is known.
    case none
  }

  /// The flow it speaks of.
  public var flow: String
  /// What is known.
  public var status: Status
  /// How.
  public var grade: Grade
  /// The process, where there is one.
  public var process: SocketHolder?
  /// Path of its program, where the table states it.
  public var programPath: String?
  /// The tool that made the table.
  public var instrument: String
  /// The piece of evidence, as the user named it.
  public var path: String
  /// The line of the table; nil where none speaks of it.
  public var line: Int?
  /// The reason, and what it does not show.
  public var because: String
}

public import Observations

/// A column a table had, whether or not a row filled it.
public enum SocketColumn: String, Hashable, Sendable, CaseIterable {
  /// The columns that decide what a table can say.
  case transport, localAddress, localPort, remoteAddress, remotePort, state
  /// Columns about owners.
  case processIdentifier, processName, programPath, user, inode, components
  /// Other columns.
  case interface, created, packetCounts
}

/// A process as a table or a list of processes names it.
public struct HostProcess: Hashable, Sendable {
  /// Its name.
  public var name: String?
  /// The path of its program, or the command line where only that is given.
  public var path: String?
  /// Its user.
  public var user: String?
  /// The services it hosts, from `tasklist /svc`.
  public var services: [String] = []

  /// A process from its parts.
  public init(name: String? = nil, path: String? = nil, user: String? = nil) {
    self.name = name
    self.path = path
    self.user = user
  }
}

/// What can be wrong with the text of a table.
public enum SocketProblem: String, Hashable, Sendable, CaseIterable {
  /// A line longer than the bound; it was not read.
  case lineTooLong
  /// A row that begins like one and cannot be read.
  case rowUnreadable
  /// A row whose end is missing.
  case rowCut
  /// An address or port the tool cut for want of width.
  case fieldCut
  /// Rows beyond the bound; they were only counted.
  case tooManyRows
  /// The tool said that it could not read owners.
  case ownersRefused
  /// Text that is not valid in its encoding.
  case encoding
}

/// Problems counted by kind, each with the lines where it was met first.
public struct SocketProblems: Hashable, Sendable {
  /// How often each was met.
  public private(set) var counts: [SocketProblem: Int] = [:]
  /// The first lines of each.
  public private(set) var places: [SocketProblem: [Int]] = [:]

  /// None.
  public init() {}

  mutating func note(_ problem: SocketProblem, line: Int) {
    counts[problem, default: 0] += 1
    if places[problem, default: []].count < 5 { places[problem, default: []].append(line) }
  }
}

/// What a text says of a host's sockets.
public struct SocketTable: Hashable, Sendable {
  /// The instrument that gave the first sockets, or the process list where there are no sockets.
  public var instrument: SocketInstrument
  /// All instruments of the text, in order of first appearance.
  public var instruments: [SocketInstrument] = []
  /// The system the text comes from.
  public var system: SocketSystem = .unknown
  /// The columns of all its tables.
  public var columns: Set<SocketColumn> = []
  /// How the sockets were looked at, where the instrument writes that down.
  public var heading: CollectionHeading?
  /// The sockets in order of the text.
  public var entries: [SocketEntry] = []
  /// The processes by id.
  public var processes: [UInt32: HostProcess] = [:]
  /// When it was taken, where the text says so with a zone.
  public var captured: Timestamp?
  /// The command lines that stand in the text after a prompt.
  public var commands: [String] = []
  /// Whether the text shows that the tool ran with all rights; nil where it does not show.
  public var isPrivileged: Bool?
  /// Whether the tool replaced addresses by names.
  public var resolvesNames = false
  /// Sockets that are outside of all networks (unix domain, netlink, kernel control).
  public var localSockets = 0
  /// What was wrong.
  public var problems = SocketProblems()
  /// Lines no reader knew.
  public var unrecognisedLines = 0
  /// The first of them by number.
  public var firstUnrecognised: [Int] = []

  /// An empty table of an instrument.
  public init(instrument: SocketInstrument) { self.instrument = instrument }

  /// Whether the tool itself was refused an owner somewhere.
  public var hasRefusedOwners: Bool {
    problems.counts[.ownersRefused] != nil || entries.contains { $0.isOwnershipRefused }
  }
}

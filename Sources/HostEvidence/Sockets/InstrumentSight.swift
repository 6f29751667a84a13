/// What an instrument with the columns and rights of one table could have shown. A silence counts
/// only where the instrument could have spoken.
public struct InstrumentSight: Hashable, Sendable {
  /// Whose sockets are named.
  public enum Owners: Hashable, Sendable {
    /// Every process's, those of the user who ran it, nobody's, or not known from the text.
    case all, ownUserOnly, none, undetermined
  }

  /// When it looked.
  public enum Moment: Hashable, Sendable {
    /// Once; a socket alive for milliseconds is missed.
    case snapshot
    /// At each event.
    case events
  }

  /// Whose sockets are named.
  public var owners: Owners
  /// When it looked.
  public var moment: Moment
  /// Whether TCP, UDP and their ports stand in it.
  public var showsTCP = true
  /// Whether UDP sockets stand in it.
  public var showsUDP = true
  /// Whether local ports stand in it.
  public var showsLocalPorts = true
  /// Whether addresses stand in it.
  public var showsAddresses = true
  /// Whether the peer of an unconnected UDP socket stands in it.
  public var showsUDPPeers = false
  /// Whether raw IP sockets stand in it.
  public var showsRaw = false
  /// Whether packet sockets stand in it.
  public var showsPacket = false
  /// Whether traffic of the kernel and its drivers is told from that of process 4.
  public var showsKernelSenders = false
  /// Whether the component within a shared process is named.
  public var showsComponents = false
  /// Whether sockets without an owner any more (TIME_WAIT) stand in it.
  public var showsClosing = true
  /// Whether listening and unconnected sockets stand in it.
  public var showsListening = true
  /// Whether a socket whose process it may not look into is missing, not only its owner.
  public var omitsUnowned = false
  /// Whether refused attempts stand in it.
  public var showsBlocked = false

  /// The sight of a table's main instrument.
  public init(_ table: SocketTable) {
    self.init(table.instrument, table: table)
  }

  /// The sight of one of a table's instruments.
  ///
  /// - Parameters:
  ///   - instrument: the instrument.
  ///   - table: the table with its columns and rights.
  public init(_ instrument: SocketInstrument, table: SocketTable) {
    let columns = table.columns
    let namesOwners = columns.contains(.processIdentifier) || columns.contains(.processName)
    owners =
      !namesOwners
      ? .none : table.isPrivileged.map { $0 ? .all : .ownUserOnly } ?? .undetermined
    moment = .snapshot
    showsLocalPorts = columns.contains(.localPort)
    showsAddresses = columns.contains(.localAddress)
    showsComponents = columns.contains(.components)
    let entries = table.entries
    switch instrument {
    case .windowsNetstat(let options): setWindowsNetstat(options, table)
    case .tcpView, .tcpvcon, .currPorts: owners = namesOwners ? .all : .none
    case .fport:
      owners = .all
      showsClosing = false
    case .getNetTCPConnection:
      owners = .all
      showsUDP = false
    case .getNetUDPEndpoint:
      owners = .all
      showsTCP = false
      showsClosing = false
    case .ss:
      setSocketStatistics(table)
    case .linuxNetstat:
      showsRaw = entries.contains { $0.transport.isRaw } || table.asked(for: "w")
      showsListening = table.asked(for: "a") || table.asked(for: "l") || entries.hasListening
    case .lsof:
      omitsUnowned = true
      // Without rights lsof says nothing and leaves out what it may not open.
      showsRaw = entries.contains { $0.transport.isRaw }
      showsPacket = entries.contains { $0.transport.isPacket }
      showsClosing = false
    case .procNet:
      showsRaw = entries.contains { $0.transport.isRaw }
      showsPacket = entries.contains { $0.transport.isPacket }
      showsUDP = entries.contains { $0.transport == .udp }
      showsTCP = entries.contains { $0.transport == .tcp }
    case .bsdNetstat, .solarisNetstat:
      showsRaw = entries.contains { $0.transport.isRaw }
      showsListening = entries.hasListening
    case .sockstat:
      owners = .all
      showsRaw = true
      showsClosing = false
    case .osquerySockets: showsUDPPeers = false
    case .osqueryEvents: setEvents(udpPeers: true)
    case .sysmon:
      setEvents(udpPeers: true)
      owners = .all
      showsListening = false
    case .windowsFilteringEvents:
      setEvents(udpPeers: true)
      owners = .all
      showsBlocked = true
      showsListening = false
    case .auditd:
      setEvents(udpPeers: true)
      owners = .all
      showsLocalPorts = false
    case .collected: setCollected(table)
    case .tasklist, .ps, .collectedProcesses: setProcessList()
    }
  }

  private mutating func setWindowsNetstat(_ options: WindowsNetstatOptions, _ table: SocketTable) {
    // Process ids are given to everybody; names by `-b` only to administrators.
    owners = options.contains(.processIdentifiers) || options.contains(.programs) ? .all : .none
    showsListening = options.contains(.all)
    showsUDP = options.contains(.all)
  }

  private mutating func setSocketStatistics(_ table: SocketTable) {
    let entries = table.entries
    let isAll = table.asked(for: "a") || table.asked(for: "l")
    showsRaw = entries.contains { $0.transport.isRaw } || table.asked(for: "w")
    showsPacket = entries.contains { $0.transport.isPacket } || table.asked(for: "0")
    showsListening = isAll || entries.hasListening
    showsTCP = entries.contains { $0.transport == .tcp } || table.asked(for: "t")
    showsUDP = entries.contains { $0.transport == .udp } || table.asked(for: "u")
    if !isAll, !entries.hasTimeWait { showsClosing = false }
  }

  /// The heading says which tables were asked for; what is not among them is not known.
  private mutating func setCollected(_ table: SocketTable) {
    let lists = table.heading?.lists ?? []
    showsTCP = lists.contains("tcp")
    showsUDP = lists.contains("udp")
    showsRaw = lists.contains("raw")
    showsPacket = lists.contains("packet")
  }

  private mutating func setEvents(udpPeers: Bool) {
    moment = .events
    showsUDPPeers = udpPeers
    showsClosing = false
  }

  private mutating func setProcessList() {
    owners = .none
    showsTCP = false
    showsUDP = false
    showsLocalPorts = false
    showsAddresses = false
    showsClosing = false
    showsListening = false
  }
}

extension SocketTransport {
  /// Whether this is a raw IP socket.
  public var isRaw: Bool { if case .raw = self { true } else { false } }
  /// Whether this is a packet socket.
  public var isPacket: Bool { if case .packet = self { true } else { false } }
}

extension SocketTable {
  /// Whether a command in the text had a letter among its options.
  fileprivate func asked(for letter: Character) -> Bool {
    commands.contains { command in
      command.split(separator: " ").contains { word in
        word.hasPrefix("-") && !word.hasPrefix("--") && word.contains(letter)
      }
    }
  }
}

extension [SocketEntry] {
  fileprivate var hasListening: Bool {
    contains { $0.state == .listening || $0.state == .unconnected }
  }
  fileprivate var hasTimeWait: Bool { contains { $0.state == .timeWait } }
}

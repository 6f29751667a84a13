/// Which instrument could show which sender. What is said here of the tools of Linux is tried on real
/// senders by the tests; the rest is from the makers' descriptions.
public enum InstrumentMatrix {
  /// All rows, by instrument; within one from the least to the most that can be shown.
  public static let rows: [InstrumentRow] = windows + linux + unix + sensors

  /// The row for a table: the one with most of what the table shows to have been asked for.
  ///
  /// - Parameter table: the table.
  /// - Returns: the row; nil for a list of processes, which shows no sockets.
  public static func row(for table: SocketTable) -> InstrumentRow? {
    let traits = table.traits
    return rows.filter {
      $0.instrument.isSameTool(as: table.instrument) && $0.traits.isSubset(of: traits)
    }
    .max { $0.traits.count < $1.traits.count }
  }

  // The cells, each once. Their order in a row is that of `SenderKind`: socket, brief, shared, raw,
  // packet, kernel's socket, kernel's reply, container, forwarded, tunnel.

  private static let held = InstrumentCell(.owner, "a row with its port and its process")
  private static let bare = InstrumentCell(
    .socket, "a row with its port; no column for its process")
  private static let own = InstrumentCell(
    .ownUser, "a row with its port; its process only where that is the caller's own")
  private static let only = InstrumentCell(
    .onlyOwnUser, "a row only where the process is the caller's own; the rest is left out unsaid")
  private static let chance = InstrumentCell(
    .byChance, "a row only if it lives at the moment of the look")
  private static let holders = InstrumentCell(.owner, "every process that holds it is named")
  private static let oneHolder = InstrumentCell(
    .oneHolder, "one process is named of all that hold it")
  private static let ownHolder = InstrumentCell(
    .oneHolder,
    "one process is named of all that hold it, and none where it is not the caller's own")
  private static let creator = InstrumentCell(
    .oneHolder, "the process that opened it is named, not the one it was passed to")
  private static let below = InstrumentCell(.nothing, "it holds no port, and no row speaks of it")
  private static let withoutW = InstrumentCell(.nothing, "raw sockets are listed with -w only")
  private static let without0 = InstrumentCell(.nothing, "packet sockets are listed with -0 only")
  private static let noPacket = InstrumentCell(.nothing, "packet sockets are not listed")
  private static let rawRow = InstrumentCell(
    .withoutPort, "a row with its process and protocol; not the ports it writes")
  private static let rawBare = InstrumentCell(
    .withoutPort, "a row with its protocol, its process not for all; not the ports it writes")
  private static let packetRow = InstrumentCell(
    .withoutPort, "a row with its process; not what it writes")
  private static let packetBare = InstrumentCell(
    .withoutPort, "a row, its process not for all; not what it writes")
  private static let system = InstrumentCell(.owner, "a row with the process System")
  private static let kernelRow = InstrumentCell(
    .socket, "a row with its port, without a process, for it has none")
  private static let kernelGone = InstrumentCell(
    .nothing, "no process holds it, and this goes through processes")
  private static let noSocket = InstrumentCell(.nothing, "no socket has to do with it")
  private static let ownNet = InstrumentCell(
    .nothing, "its sockets are in another table than the host's")
  private static let holderElsewhere = InstrumentCell(
    .withoutPort, "a row with its process and protocol, without address and port")
  private static let passing = InstrumentCell(.nothing, "the socket is another host's")
  private static let device = InstrumentCell(
    .nothing, "it holds a device, no socket; whole listings name the device")
  private static let driver = InstrumentCell(.nothing, "it works below sockets")
  private static let event = InstrumentCell(
    .owner, "recorded as it happens, where the sensor was on and its rules did not leave it out")
  private static let notRaw = InstrumentCell(.nothing, "TCP and UDP are recorded, nothing else")
  private static let notThis = InstrumentCell(.nothing, "such sockets are not listed")

  private static let behind = [ownNet, passing]

  private static func row(
    _ instrument: SocketInstrument, _ call: String, _ rights: InstrumentRow.Rights,
    _ traits: InstrumentRow.Traits, _ cells: [InstrumentCell]
  ) -> InstrumentRow {
    InstrumentRow(
      instrument: instrument, call: call, rights: rights, traits: traits, cells: cells)
  }

  private static let windows: [InstrumentRow] = {
    let tail = [noSocket] + behind + [driver]
    let named = [held, chance, creator, below, below, system] + tail
    return [
      row(
        .windowsNetstat([]), "netstat -an", .any, [],
        [bare, chance, bare, below, below, bare] + tail),
      row(.windowsNetstat([]), "netstat -ano", .any, .owners, named),
      row(.tcpView, "TCPView", .any, [], named),
      row(.tcpvcon, "tcpvcon -a", .any, [], named),
      row(.currPorts, "CurrPorts", .any, [], named),
      row(.fport, "fport", .administrator, [], named),
      row(.getNetTCPConnection, "Get-NetTCPConnection", .any, [], named),
      row(.getNetUDPEndpoint, "Get-NetUDPEndpoint", .any, [], named),
    ]
  }()

  private static let linux: [InstrumentRow] = {
    let tail = [kernelRow, noSocket] + behind + [device]
    let lsofTail = [kernelGone, noSocket, ownNet, passing, device]
    let wholeTail = [kernelGone, noSocket, holderElsewhere, passing, device]
    let ownTail = [kernelGone, noSocket, only, passing, device]
    let full: InstrumentRow.Traits = [.owners, .everyone]
    return [
      row(.ss, "ss -tuan", .any, [], [bare, chance, bare, withoutW, without0] + tail),
      row(.ss, "ss -tuwan", .any, .raw, [bare, chance, bare, rawBare, without0] + tail),
      row(
        .ss, "ss -tuwan0", .any, [.raw, .packet],
        [bare, chance, bare, rawBare, packetBare] + tail),
      row(.ss, "ss -tuanp", .user, .owners, [own, chance, own, withoutW, without0] + tail),
      row(
        .ss, "ss -tuwanp", .user, [.owners, .raw], [own, chance, own, rawBare, without0] + tail),
      row(
        .ss, "ss -tuwanp0", .user, [.owners, .raw, .packet],
        [own, chance, own, rawBare, packetBare] + tail),
      row(
        .ss, "ss -tuanp", .administrator, full, [held, chance, holders, withoutW, without0] + tail),
      row(
        .ss, "ss -tuwanp", .administrator, full.union(.raw),
        [held, chance, holders, rawRow, without0] + tail),
      row(
        .ss, "ss -tuwanp0", .administrator, full.union([.raw, .packet]),
        [held, chance, holders, rawRow, packetRow] + tail),
      row(
        .linuxNetstat, "netstat -tuan", .any, [], [bare, chance, bare, withoutW, noPacket] + tail),
      row(
        .linuxNetstat, "netstat -tuwan", .any, .raw,
        [bare, chance, bare, rawBare, noPacket] + tail),
      row(
        .linuxNetstat, "netstat -tuanp", .user, .owners,
        [own, chance, ownHolder, withoutW, noPacket] + tail),
      row(
        .linuxNetstat, "netstat -tuwanp", .user, [.owners, .raw],
        [own, chance, ownHolder, rawBare, noPacket] + tail),
      row(
        .linuxNetstat, "netstat -tuanp", .administrator, full,
        [held, chance, oneHolder, withoutW, noPacket] + tail),
      row(
        .linuxNetstat, "netstat -tuwanp", .administrator, full.union(.raw),
        [held, chance, oneHolder, rawRow, noPacket] + tail),
      row(.lsof, "lsof -i", .user, [], [only, chance, only, notThis, notThis] + lsofTail),
      row(.lsof, "lsof", .user, .descriptors, [only, chance, only, only, only] + ownTail),
      row(
        .lsof, "lsof -i", .administrator, .everyone,
        [held, chance, holders, notThis, notThis] + lsofTail),
      row(
        .lsof, "lsof", .administrator, [.everyone, .descriptors],
        [held, chance, holders, rawRow, packetRow] + wholeTail),
      row(
        .collected, "culprit collect without raw and packet sockets", .user, [],
        [own, chance, own, notThis, notThis] + tail),
      row(
        .collected, "culprit collect", .user, [.owners, .raw, .packet],
        [own, chance, own, rawBare, packetBare] + tail),
      row(
        .collected, "culprit collect without raw and packet sockets", .administrator, full,
        [held, chance, holders, notThis, notThis] + tail),
      row(
        .collected, "culprit collect", .administrator, full.union([.raw, .packet]),
        [held, chance, holders, rawRow, packetRow] + tail),
      row(.procNet, "/proc/net/tcp, udp", .any, [], [bare, chance, bare, below, below] + tail),
      row(
        .procNet, "/proc/net/tcp, udp, raw", .any, .raw,
        [bare, chance, bare, rawBare, below] + tail),
      row(
        .procNet, "/proc/net/tcp, udp, raw, packet", .any, [.raw, .packet],
        [bare, chance, bare, rawBare, packetBare] + tail),
      row(
        .procNet, "/proc/net/tcp, udp with ls -l /proc/*/fd", .user, [.owners, .descriptors],
        [own, chance, own, below, below] + tail),
      row(
        .procNet, "/proc/net/tcp, udp, raw, packet with ls -l /proc/*/fd", .user,
        [.owners, .descriptors, .raw, .packet], [own, chance, own, rawBare, packetBare] + tail),
      row(
        .procNet, "/proc/net/tcp, udp with ls -l /proc/*/fd", .administrator,
        full.union(.descriptors), [held, chance, holders, below, below] + tail),
      row(
        .procNet, "/proc/net/tcp, udp, raw, packet with ls -l /proc/*/fd", .administrator,
        full.union([.descriptors, .raw, .packet]),
        [held, chance, holders, rawRow, packetRow] + tail),
    ]
  }()

  private static let unix: [InstrumentRow] = {
    let tail = [kernelRow, noSocket] + behind + [device]
    let queried = [kernelGone, noSocket, ownNet, passing, device]
    return [
      row(
        .bsdNetstat, "netstat -an (BSD, macOS)", .any, [],
        [bare, chance, bare, below, below] + tail),
      row(
        .bsdNetstat, "netstat -an with raw sockets (BSD, macOS)", .any, .raw,
        [bare, chance, bare, rawBare, below] + tail),
      row(
        .bsdNetstat, "netstat -anv (macOS)", .any, .owners,
        [held, chance, oneHolder, below, below] + tail),
      row(
        .solarisNetstat, "netstat -an (Solaris)", .any, [],
        [bare, chance, bare, below, below] + tail),
      row(
        .solarisNetstat, "netstat -anu (Solaris)", .any, .owners,
        [own, chance, own, below, below] + tail),
      row(
        .sockstat, "sockstat", .any, [], [own, chance, own, rawBare, noPacket] + tail),
      row(
        .osquerySockets, "osquery process_open_sockets", .user, [],
        [only, chance, only, below, below] + queried),
      row(
        .osquerySockets, "osquery process_open_sockets", .administrator, .everyone,
        [held, chance, holders, rawRow, below] + queried),
    ]
  }()

  private static let sensors: [InstrumentRow] = {
    let tail = [noSocket] + behind + [driver]
    let common = [event, event, creator, notRaw, notRaw]
    let call = InstrumentCell(
      .withoutPort, "its call is recorded where a rule asks for it, without the port it leaves from"
    )
    return [
      row(.sysmon, "Sysmon event 3", .any, [], common + [system] + tail),
      row(
        .windowsFilteringEvents, "Security events 5156, 5157", .any, [], common + [system] + tail),
      row(.osqueryEvents, "osquery socket events", .any, [], common + [noSocket] + tail),
      row(
        .auditd, "auditd", .any, [],
        [call, call, call, call, call, noSocket, noSocket, call, passing, driver]),
    ]
  }()
}

extension InstrumentRow.Traits {
  fileprivate var count: Int { rawValue.nonzeroBitCount }
}

extension SocketInstrument {
  /// Whether this is the same tool, whatever its options.
  fileprivate func isSameTool(as other: SocketInstrument) -> Bool {
    if case .windowsNetstat = self, case .windowsNetstat = other { return true }
    return self == other
  }
}

extension SocketTable {
  /// What the text shows of how the tool was called.
  fileprivate var traits: InstrumentRow.Traits {
    let sight = InstrumentSight(self)
    var traits: InstrumentRow.Traits = []
    if sight.owners != .none { traits.insert(.owners) }
    if showsEveryone { traits.insert(.everyone) }
    if sight.showsRaw { traits.insert(.raw) }
    if sight.showsPacket { traits.insert(.packet) }
    switch instrument {
    case .lsof:
      // A listing without -i has files, of which only sockets outside of all networks are counted.
      if localSockets > 0 { traits.insert(.descriptors) }
    case .procNet: if columns.contains(.processIdentifier) { traits.insert(.descriptors) }
    default: break
    }
    return traits
  }

  /// Whether it was called with all rights; false also where that does not show.
  private var showsEveryone: Bool {
    if let isPrivileged { return isPrivileged }
    // lsof names what it may look into only: who sees the processes of root is root.
    return instrument == .lsof && entries.contains { $0.user == "root" || $0.user == "0" }
  }
}

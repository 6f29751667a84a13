/// The tool or sensor a socket table comes from.
public enum SocketInstrument: Hashable, Sendable {
  /// Windows netstat with what its output shows of its options.
  case windowsNetstat(WindowsNetstatOptions)
  /// The Sysinternals viewers and their elders.
  case tcpView, tcpvcon, fport, currPorts
  /// The PowerShell cmdlets.
  case getNetTCPConnection, getNetUDPEndpoint
  /// Linux.
  case ss, linuxNetstat, lsof, procNet
  /// BSD and macOS netstat, Solaris netstat, FreeBSD and OpenBSD sockstat.
  case bsdNetstat, solarisNetstat, sockstat
  /// osquery: snapshot tables and event tables.
  case osquerySockets, osqueryEvents
  /// Sensors.
  case sysmon, windowsFilteringEvents, auditd
  /// Lists of processes, which own no sockets themselves.
  case tasklist, ps
  /// What `culprit collect` writes of sockets and of processes.
  case collected, collectedProcesses

  /// The name people use for it.
  public var name: String {
    switch self {
    case .windowsNetstat(let options): "netstat (Windows\(options.suffix))"
    case .tcpView: "TCPView"
    case .tcpvcon: "tcpvcon"
    case .fport: "fport"
    case .currPorts: "CurrPorts"
    case .getNetTCPConnection: "Get-NetTCPConnection"
    case .getNetUDPEndpoint: "Get-NetUDPEndpoint"
    case .ss: "ss"
    case .linuxNetstat: "netstat (Linux)"
    case .lsof: "lsof"
    case .procNet: "/proc/net"
    case .bsdNetstat: "netstat (BSD)"
    case .solarisNetstat: "netstat (Solaris)"
    case .sockstat: "sockstat"
    case .osquerySockets: "osquery"
    case .osqueryEvents: "osquery socket events"
    case .sysmon: "Sysmon"
    case .windowsFilteringEvents: "Security events 5156/5157"
    case .auditd: "auditd"
    case .tasklist: "tasklist"
    case .ps: "ps"
    case .collected: "culprit collect"
    case .collectedProcesses: "culprit collect (processes)"
    }
  }

  /// Whether it lists processes only.
  public var isProcessList: Bool {
    self == .tasklist || self == .ps || self == .collectedProcesses
  }
}

/// What the output of a Windows netstat shows of the options it was called with.
public struct WindowsNetstatOptions: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// A set from its bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// `-o`: process ids.
  public static let processIdentifiers = WindowsNetstatOptions(rawValue: 1)
  /// `-b`: programs and components.
  public static let programs = WindowsNetstatOptions(rawValue: 2)
  /// `-a`: listening and unconnected sockets.
  public static let all = WindowsNetstatOptions(rawValue: 4)

  var suffix: String {
    let letters =
      (contains(.all) ? "a" : "") + (contains(.programs) ? "b" : "")
      + (contains(.processIdentifiers) ? "o" : "")
    return letters.isEmpty ? "" : " -" + letters
  }
}

/// The operating system a table comes from.
public enum SocketSystem: String, Hashable, Sendable {
  /// The systems told apart.
  case windows, linux, bsd, mac, solaris, unknown
}

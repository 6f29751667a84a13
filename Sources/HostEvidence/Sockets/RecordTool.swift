import Observations

/// What a named value of a record says about a socket.
enum RecordField {
  case transport, family, localAddress, localPort, remoteAddress, remotePort, state
  case processIdentifier, processName, programPath, program, user, inode, component, interface
  case created, direction, initiated, action
  case remoteName, sourceAddress, sourcePort, destinationAddress, destinationPort
}

/// A tool whose output is records of named values: JSON, XML, lists and headed tables alike.
struct RecordTool: Sendable {
  let instrument: SocketInstrument
  let system: SocketSystem
  /// The keys, folded, that all its records have.
  let requires: Set<String>
  /// What its keys mean.
  let fields: [String: RecordField]
  /// What a record without a protocol speaks.
  var transport: SocketTransport?
  /// Keys with values by which an event is this sensor's and no other's.
  var events: [String: Set<String>] = [:]

  /// One line for each tool, the more particular first.
  static let all: [RecordTool] = [
    .sysmon,
    .windowsFilteringEvents,
    .currPorts,
    .tcpViewRecords,
    .tcpViewLater,
    .osqueryEvents,
    .osquerySockets,
    .osqueryListening,
    .getNetTCPConnection,
    .getNetUDPEndpoint,
  ]

  /// The tool whose keys these are.
  static func matching(_ keys: some Sequence<String>) -> RecordTool? {
    let keys = Set(keys)
    return all.first { $0.requires.isSubset(of: keys) }
  }

  /// Reads a record of any tool into the table; false where it is none.
  static func add(_ record: [String: String], line: Int, to build: inout SocketBuilder) -> Bool {
    guard let tool = matching(record.keys) else { return false }
    return tool.add(record, line: line, to: &build)
  }

  func add(_ record: [String: String], line: Int, to build: inout SocketBuilder) -> Bool {
    for (key, values) in events {
      if let value = record[key], !values.contains(value) { return false }
    }
    guard let entry = entry(record, line: line) else { return false }
    build.note(instrument, system)
    build.table.columns.formUnion(columns(record.keys))
    build.headings += 1
    build.add(entry)
    return true
  }

  func columns(_ keys: some Sequence<String>) -> Set<SocketColumn> {
    var columns: Set<SocketColumn> = [.transport]
    for key in keys {
      switch fields[key] {
      case .localAddress, .sourceAddress: columns.insert(.localAddress)
      case .localPort, .sourcePort: columns.insert(.localPort)
      case .remoteAddress, .destinationAddress: columns.insert(.remoteAddress)
      case .remotePort, .destinationPort: columns.insert(.remotePort)
      case .state: columns.insert(.state)
      case .processIdentifier: columns.insert(.processIdentifier)
      case .processName: columns.insert(.processName)
      case .programPath, .program: columns.formUnion([.programPath, .processName])
      case .user: columns.insert(.user)
      case .inode: columns.insert(.inode)
      case .component: columns.insert(.components)
      case .created: columns.insert(.created)
      case .interface: columns.insert(.interface)
      default: continue
      }
    }
    return columns
  }

  private func entry(_ record: [String: String], line: Int) -> SocketEntry? {
    var values: [RecordField: String] = [:]
    for (key, value) in record {
      guard let field = fields[key], !value.isEmpty, value != "-" else { continue }
      values[field] = value
    }
    let kind = values[.transport].map(RecordTool.transport) ?? (transport ?? .unknown, .unknown)
    guard let kind else { return nil }
    var entry = SocketEntry(transport: kind.0, family: kind.1, line: line)
    if let family = values[.family] { entry.family = RecordTool.family(family) }
    guard setEnds(&entry, values) else { return nil }
    if let state = values[.state] { entry.state = RecordTool.state(state) }
    entry.processIdentifier = values[.processIdentifier].flatMap(RecordTool.number)
    entry.processName = values[.processName]
    if let path = values[.programPath] { entry.programPath = path }
    if let program = values[.program] {
      let isPath = program.contains("\\") || program.contains("/")
      entry.programPath = isPath ? program : nil
      let name = program.split { $0 == "\\" || $0 == "/" }.last.map(String.init)
      entry.processName = entry.processName ?? name
    }
    entry.user = values[.user]
    entry.inode = values[.inode].flatMap { digits($0, as: UInt64.self) }
    entry.interface = values[.interface] ?? entry.local?.zone
    if let component = values[.component] { entry.components = [component] }
    setTime(&entry, values[.created])
    if let action = values[.action] { entry.isBlocked = RecordTool.blocks(action) }
    return entry
  }

  /// The ends of a table; an event names source and destination, and its direction says which of
  /// them is this host.
  private func setEnds(_ entry: inout SocketEntry, _ values: [RecordField: String]) -> Bool {
    func end(_ address: RecordField, _ port: RecordField) -> SocketEndpoint? {
      guard values[address] != nil || values[port] != nil else { return nil }
      let host = values[address] ?? ""
      var end = SocketEndpoint.read(host: host, port: values[port] ?? "", family: entry.family)
      // Where only a port stands, no address was stated.
      if host.isEmpty { end?.address = nil }
      return end
    }
    if values[.sourceAddress] != nil || values[.destinationAddress] != nil {
      guard let source = end(.sourceAddress, .sourcePort),
        let destination = end(.destinationAddress, .destinationPort)
      else { return false }
      let word = (values[.direction] ?? values[.initiated] ?? "").lowercased()
      let isInbound = word == "%%14592" || word == "inbound" || word == "false"
      if values[.initiated] != nil {
        entry.isOutbound = !isInbound
        // A connection accepted stands with its opener as the source.
        entry.setEnds(isInbound ? destination : source, isInbound ? source : destination)
      } else {
        entry.isOutbound = word.isEmpty ? nil : !isInbound
        entry.setEnds(isInbound ? destination : source, isInbound ? source : destination)
      }
      return true
    }
    let local = end(.localAddress, .localPort)
    var remote = end(.remoteAddress, .remotePort)
    if values[.localAddress] != nil || values[.localPort] != nil, local == nil { return false }
    if remote?.address == nil, remote?.name == nil { remote = nil }
    entry.setEnds(local, remote)
    return local != nil || remote != nil
  }

  private func setTime(_ entry: inout SocketEntry, _ text: String?) {
    guard let text else { return }
    if let time = RecordTool.utc(text, isUTC: system == .windows && instrument == .sysmon) {
      entry.created = time
    } else {
      entry.createdText = text
    }
  }

  /// A time that states its zone, seconds since 1970, or one known to be in UTC.
  static func utc(_ text: String, isUTC: Bool) -> Timestamp? {
    if let seconds = digits(text, as: Int64.self), seconds > 100_000_000, seconds < 10_000_000_000 {
      return Timestamp(seconds: seconds)
    }
    let hasZone = text.hasSuffix("Z") || text.dropFirst(19).contains { $0 == "+" || $0 == "-" }
    guard hasZone || isUTC else { return nil }
    return Timestamp(text)
  }

  static func number(_ text: String) -> UInt32? {
    if text.hasPrefix("0x") { return UInt32(text.dropFirst(2), radix: 16) }
    return digits(text, as: UInt32.self)
  }

  static func blocks(_ action: String) -> Bool {
    action == "5157" || action == "5152" || action.lowercased() == "blocked"
  }

  static func state(_ word: String) -> SocketState {
    digits(word, as: Int.self).flatMap { SocketState(windows: $0) } ?? SocketState(word: word)
  }

  static func family(_ word: String) -> SocketFamily {
    switch word.uppercased() {
    case "2", "AF_INET", "IPV4": .ipv4
    case "10", "23", "30", "28", "AF_INET6", "IPV6": .ipv6
    default: .unknown
    }
  }

  static func transport(_ word: String) -> (SocketTransport, SocketFamily)? {
    switch word.uppercased() {
    case "TCP", "6", "TCPV4": return (.tcp, .unknown)
    case "UDP", "17", "UDPV4": return (.udp, .unknown)
    case "TCP6", "TCPV6": return (.tcp, .ipv6)
    case "UDP6", "UDPV6": return (.udp, .ipv6)
    case "ICMP", "1", "58", "ICMPV6": return (.icmp, .unknown)
    case "RAW", "255": return (.raw(nil), .unknown)
    case "0", "": return (.unknown, .unknown)
    default: return digits(word, as: UInt8.self).map { (.other($0), .unknown) }
    }
  }
}

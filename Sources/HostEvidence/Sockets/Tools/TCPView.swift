import Observations

extension SocketFormat {
  /// TCPView 2 and 3 as they save: `program.exe:pid`, protocol, local, remote, state between tabs.
  /// Later versions have headings and are read as records.
  static let tcpView = SocketFormat(
    name: "TCPView",
    rows: { line in
      TCPViewSection.owner(line) != nil ? TCPViewSection() : nil
    })

  /// `tcpvcon -a`, and `-c` for comma-separated values.
  static let tcpvcon = SocketFormat(
    name: "tcpvcon",
    opens: { line, build in
      guard line.trimmed.hasPrefix("TCPView v"), line.has("TCP/UDP endpoint") else {
        return nil
      }
      build.begin(.tcpvcon, .windows, TcpvconSection.columns)
      return TcpvconSection()
    },
    rows: { line in
      TcpvconSection.isRow(line.separated(by: UInt8(ascii: ","))) || TcpvconSection.isHead(line)
        ? TcpvconSection() : nil
    })
}

/// Old rows of TCPView.
struct TCPViewSection: SocketSection {
  private static let kinds: [String: SocketTransport] = [
    "TCP": .tcp, "UDP": .udp, "TCPV6": .tcp, "UDPV6": .udp, "TCP6": .tcp, "UDP6": .udp,
  ]

  /// `alg.exe:1716` and where the protocol stands; a pasted table has lost its tabs.
  static func owner(_ line: HostLine) -> (name: String, pid: UInt32, at: Int)? {
    let words = line.words.prefix(8).map(\.text)
    guard let at = words.indices.dropFirst().first(where: { kinds[words[$0].uppercased()] != nil }),
      words.count >= at + 3
    else { return nil }
    let owner = words[..<at].joined(separator: " ")
    guard let colon = owner.lastIndex(of: ":"), colon != owner.startIndex,
      let pid = digits(owner[owner.index(after: colon)...], as: UInt32.self)
    else { return nil }
    return (String(owner[..<colon]), pid, at)
  }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    guard let (name, pid, at) = TCPViewSection.owner(line),
      let transport = TCPViewSection.kinds[line.word(at).uppercased()]
    else { return .refused }
    guard let local = SocketEndpoint.read(line.word(at + 1), .colon, family: .unknown),
      let remote = SocketEndpoint.read(line.word(at + 2), .colon, family: .unknown)
    else {
      build.table.problems.note(.rowUnreadable, line: line.number)
      return .refused
    }
    var entry = SocketEntry(transport: transport, line: line.number)
    entry.setEnds(local, remote)
    entry.processIdentifier = pid
    entry.processName = name
    if at + 3 < line.words.count { entry.state = SocketState(word: line.word(at + 3)) }
    build.note(.tcpView, .windows)
    build.table.columns.formUnion(
      SocketStatisticsSection.columns.union([.processIdentifier, .processName]))
    build.add(entry)
    return .taken
  }
}

/// Rows of tcpvcon. Its comma-separated form may have no ports; then none are claimed.
struct TcpvconSection: SocketSection {
  private var current: SocketEntry?

  static let columns: Set<SocketColumn> = [
    .transport, .localAddress, .remoteAddress, .state, .processIdentifier, .processName,
  ]
  private static let kinds: [String: (SocketTransport, SocketFamily)] = [
    "TCP": (.tcp, .ipv4), "UDP": (.udp, .ipv4), "TCPV6": (.tcp, .ipv6), "UDPV6": (.udp, .ipv6),
    "TCP6": (.tcp, .ipv6), "UDP6": (.udp, .ipv6),
  ]

  static func isRow(_ fields: [String]) -> Bool {
    fields.count >= 6 && kinds[fields[0]] != nil && digits(fields[2], as: UInt32.self) != nil
  }

  static func isHead(_ line: HostLine) -> Bool {
    let first = line.word(0)
    return line.words.count >= 2 && first.hasPrefix("[") && first.hasSuffix("]")
      && kinds[String(first.dropFirst().dropLast())] != nil
  }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    let fields = line.separated(by: UInt8(ascii: ","))
    if TcpvconSection.isRow(fields), let (transport, family) = TcpvconSection.kinds[fields[0]] {
      var entry = SocketEntry(transport: transport, family: family, line: line.number)
      entry.processName = fields[1]
      entry.processIdentifier = digits(fields[2], as: UInt32.self)
      setState(&entry, fields[3])
      entry.setEnds(end(fields[4], family), end(fields[5], family))
      add(entry, &build)
      return .taken
    }
    if TcpvconSection.isHead(line) {
      flush(into: &build)
      let kind = String(line.word(0).dropFirst().dropLast())
      guard let (transport, family) = TcpvconSection.kinds[kind] else { return .refused }
      var entry = SocketEntry(transport: transport, family: family, line: line.number)
      let program = line.rest(from: 1)
      entry.processName = program.split(separator: "\\").last.map(String.init)
      if program.contains("\\") { entry.programPath = program }
      current = entry
      return .taken
    }
    return takeBelow(line, &build)
  }

  /// `PID:`, `State:`, `Local:`, `Remote:` below a head.
  private mutating func takeBelow(_ line: HostLine, _ build: inout SocketBuilder) -> SectionAnswer {
    guard var entry = current else {
      return line.has("Sysinternals") || line.has("Copyright")
        ? .taken : .refused
    }
    let value = line.rest(from: 1)
    switch line.word(0) {
    case "PID:": entry.processIdentifier = digits(value, as: UInt32.self)
    case "State:": setState(&entry, value)
    case "Local:": entry.local = end(value, entry.family)
    case "Remote:": entry.setEnds(entry.local, end(value, entry.family))
    default: return .refused
    }
    current = entry
    return .taken
  }

  private func setState(_ entry: inout SocketEntry, _ word: String) {
    if word != "*", !word.isEmpty { entry.state = SocketState(word: word) }
  }

  /// An address alone, or address and port.
  private func end(_ text: String, _ family: SocketFamily) -> SocketEndpoint? {
    if text == "*" || text == "*:*" { return SocketEndpoint(address: SocketEndpoint.any(family)) }
    return SocketEndpoint.read(host: text, port: "", family: family).flatMap { end in
      end.address == nil && text.contains(":") ? nil : end
    } ?? SocketEndpoint.read(text, .colon, family: family)
  }

  private func add(_ entry: SocketEntry, _ build: inout SocketBuilder) {
    build.note(.tcpvcon, .windows)
    build.table.columns.formUnion(TcpvconSection.columns)
    if entry.local?.port != nil { build.table.columns.insert(.localPort) }
    if entry.remote?.port != nil { build.table.columns.insert(.remotePort) }
    build.add(entry)
  }

  private mutating func flush(into build: inout SocketBuilder) {
    if let current { add(current, &build) }
    current = nil
  }

  mutating func finish(into build: inout SocketBuilder) { flush(into: &build) }
}

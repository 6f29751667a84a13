import Observations

extension SocketFormat {
  /// `netstat -tunap` of net-tools, also `-e`, `-l`, `-o`, `-W` and names for numbers.
  static let linuxNetstat = SocketFormat(
    name: "Linux netstat",
    opens: { line, build in
      let isInternet =
        line.word(0) == "Proto" && line.word(1) == "Recv-Q" && !line.has("(state)")
        && line.words.count >= 7
      let isLocal = line.word(0) == "Proto" && line.word(1) == "RefCnt"
      guard isInternet || isLocal else { return nil }
      return LinuxNetstatSection(heading: line, isLocal: isLocal, build: &build)
    },
    rows: { line in
      guard LinuxNetstatSection.kinds[line.word(0)] != nil, line.words.count >= 5,
        digits(line.word(1), as: UInt64.self) != nil, digits(line.word(2), as: UInt64.self) != nil
      else { return nil }
      return LinuxNetstatSection()
    })
}

/// Rows of net-tools' netstat.
struct LinuxNetstatSection: SocketSection {
  private var hasUser = false
  private var hasProgram: Bool?
  private var hasTimer = false
  private var isLocal = false

  static let kinds: [String: (SocketTransport, SocketFamily)] = [
    "tcp": (.tcp, .ipv4), "tcp6": (.tcp, .ipv6), "udp": (.udp, .ipv4), "udp6": (.udp, .ipv6),
    "udpl": (.other(136), .ipv4), "udpl6": (.other(136), .ipv6), "raw": (.raw(nil), .ipv4),
    "raw6": (.raw(nil), .ipv6), "sctp": (.other(132), .ipv4), "icmp": (.icmp, .ipv4),
    "icmp6": (.icmp, .ipv6),
  ]
  /// net-tools cuts an address so that it, the colon and the port fill 23 places.
  private static let width = 23

  init() {}

  init(heading: HostLine, isLocal: Bool, build: inout SocketBuilder) {
    self.isLocal = isLocal
    hasUser = heading.has("User") && heading.has("Inode")
    hasProgram = heading.has("PID/")
    hasTimer = heading.has("Timer")
    build.begin(.linuxNetstat, .linux, isLocal ? [] : columns)
  }

  private var columns: Set<SocketColumn> {
    var columns = SocketStatisticsSection.columns
    if hasUser { columns.formUnion([.user, .inode]) }
    if hasProgram == true { columns.formUnion([.processIdentifier, .processName]) }
    return columns
  }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    if isLocal, line.word(0) == "unix" || line.word(0).hasPrefix("rf") {
      build.table.localSockets += 1
      return .taken
    }
    guard let (transport, family) = LinuxNetstatSection.kinds[line.word(0)] else {
      return notice(line, &build)
    }
    guard line.words.count >= 5 else { return isLast ? .refused : .incomplete }
    guard digits(line.word(1), as: UInt64.self) != nil,
      let local = end(line.word(3), family), let remote = end(line.word(4), family)
    else {
      build.table.problems.note(.rowUnreadable, line: line.number)
      return .refused
    }
    var entry = SocketEntry(transport: transport, family: family, line: line.number)
    var here = local
    if case .raw = transport {
      entry.transport = .raw(SocketStatisticsSection.protocolNumber(local))
      here.port = nil
      here.service = nil
    }
    entry.setEnds(here, remote)
    var rest = line.words.dropFirst(5).map(\.text)[...]
    setState(&entry, &rest)
    guard setOwner(&entry, &rest) || isLast else { return .incomplete }
    if local.isCut || remote.isCut {
      build.table.problems.note(.fieldCut, line: line.number)
    }
    build.note(.linuxNetstat, .linux)
    build.table.columns.formUnion(columns)
    build.add(entry)
    return .taken
  }

  func beginsRow(_ line: HostLine) -> Bool { LinuxNetstatSection.kinds[line.word(0)] != nil }

  private func end(_ text: String, _ family: SocketFamily) -> SocketEndpoint? {
    SocketEndpoint.read(text, .colon, family: family, width: LinuxNetstatSection.width)
  }

  private func setState(_ entry: inout SocketEntry, _ rest: inout ArraySlice<String>) {
    guard let word = rest.first else { return }
    if case .raw = entry.transport, let number = digits(word, as: UInt8.self) {
      entry.state = number == 7 ? .unconnected : number == 1 ? .connected : .unknown(word)
      rest = rest.dropFirst()
      return
    }
    let state = SocketState(word: word)
    let isWord = word.utf8.allSatisfy {
      (65...90).contains($0) || (48...57).contains($0) || $0 == 95 || $0 >= 128
    }
    let isTCP = entry.transport == .tcp && isWord && digits(word, as: Int.self) == nil
    if SocketStatisticsSection.isKnown(state) || isTCP {
      entry.state = state
      rest = rest.dropFirst()
    }
  }

  /// User and inode, then `pid/name` or a dash; false where a column the heading promised lacks.
  private mutating func setOwner(_ entry: inout SocketEntry, _ rest: inout ArraySlice<String>)
    -> Bool
  {
    if hasUser {
      guard rest.count >= 2 else { return false }
      entry.user = rest.first
      rest = rest.dropFirst()
      entry.inode = rest.first.flatMap { digits($0, as: UInt64.self) }
      rest = rest.dropFirst()
    }
    if hasProgram == false { return true }
    guard let first = rest.first else { return hasProgram == nil }
    if hasTimer, let at = rest.lastIndex(where: { $0.hasPrefix("(") }), at - 1 > rest.startIndex {
      rest = rest[..<(at - 1)]
    }
    if let slash = first.firstIndex(of: "/"), let pid = digits(first[..<slash], as: UInt32.self) {
      entry.processIdentifier = pid
      let name = [String(first[first.index(after: slash)...])] + rest.dropFirst()
      entry.processName = name.joined(separator: " ")
      hasProgram = true
    } else if first == "-" {
      hasProgram = true
    }
    return true
  }

  /// What netstat says when it may not see all owners.
  private func notice(_ line: HostLine, _ build: inout SocketBuilder) -> SectionAnswer {
    LinuxNetstatSection.takeNotice(line, &build) ? .taken : .refused
  }

  static func takeNotice(_ line: HostLine, _ build: inout SocketBuilder) -> Bool {
    let text = line.trimmed
    if WindowsNetstatSection.wantsElevation(text) {
      build.table.isPrivileged = false
      build.table.problems.note(.ownersRefused, line: line.number)
      return true
    }
    if text.hasPrefix("(Not all processes could be identified")
      || text.hasPrefix("(No info could be read")
    {
      build.table.isPrivileged = false
      build.table.problems.note(.ownersRefused, line: line.number)
      return true
    }
    return text.hasPrefix("will not be shown, you would have to be root")
      || text.hasPrefix("Active ")
  }
}

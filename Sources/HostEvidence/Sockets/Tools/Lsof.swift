import Observations

extension SocketFormat {
  /// `lsof -i` and plain `lsof`, whose files are skipped.
  static let lsof = SocketFormat(
    name: "lsof",
    opens: { line, build in
      guard line.word(0) == "COMMAND", line.word(1) == "PID", line.has(" FD"),
        line.has("NODE")
      else { return nil }
      build.begin(
        .lsof, .unknown,
        SocketStatisticsSection.columns.union([.processIdentifier, .processName, .user, .inode]))
      return LsofSection(hasThreads: line.has(" TID "))
    })
}

/// Rows of lsof; the threads of a process repeat its sockets and are skipped.
struct LsofSection: SocketSection {
  private let hasThreads: Bool

  init(hasThreads: Bool) { self.hasThreads = hasThreads }

  private static let types: Set<String> = [
    "IPv4", "IPv6", "inet", "inet6", "raw", "raw6", "pack", "sock", "icmp", "icmp6", "unix",
    "netlink", "systm", "ndrv",
  ]

  func beginsRow(_ line: HostLine) -> Bool { line.words.count > 4 }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    let words = line.words.map(\.text)
    if line.has("ermission denied") {
      build.table.isPrivileged = false
      build.table.problems.note(.ownersRefused, line: line.number)
      return .taken
    }
    if line.word(0) == "COMMAND" || line.word(0) == "lsof:" { return .taken }
    guard words.count >= 5,
      let at = words.indices.dropFirst().first(where: { isProcess(words, $0) })
    else { return words.count < 5 && !isLast ? .incomplete : .refused }
    if hasThreads, at + 1 < words.count, isProcess(words, at + 1) { return .taken }
    let pid = digits(words[at], as: UInt32.self)
    guard
      let type = words.indices.dropFirst(at + 2).prefix(6).first(where: { index in
        LsofSection.types.contains(words[index]) && LsofSection.isDescriptor(words[index - 1])
      })
    else { return .taken }
    guard let transport = transport(words, type) else {
      build.table.localSockets += 1
      return .taken
    }
    var entry = SocketEntry(transport: transport.0, family: family(words[type]), line: line.number)
    entry.processIdentifier = pid
    entry.processName = words[..<at].joined(separator: " ")
    entry.user = words[type - 2]
    if let inode = digits(words[type + 1], as: UInt64.self) { entry.inode = inode }
    if transport.1 < words.count { setName(&entry, words[(transport.1)...].map { $0 }) }
    build.add(entry)
    return .taken
  }

  /// The process id is the first number behind the command, which may have blanks.
  private func isProcess(_ words: [String], _ at: Int) -> Bool {
    digits(words[at], as: UInt32.self) != nil
  }

  /// `7u`, `12r`, `NOFD`: a descriptor with its mode.
  private static func isDescriptor(_ word: String) -> Bool {
    let rest = word.drop { $0.isNumber }
    return rest.count < word.count && rest.count <= 2
  }

  private func family(_ type: String) -> SocketFamily {
    switch type {
    case "IPv4", "inet", "raw", "icmp": .ipv4
    case "IPv6", "inet6", "raw6", "icmp6": .ipv6
    case "pack", "ndrv": .link
    default: .unknown
    }
  }

  /// What the socket speaks and where its name begins; nil for sockets outside of all networks.
  private func transport(_ words: [String], _ type: Int) -> (SocketTransport, Int)? {
    let tail = words.indices.dropFirst(type + 1)
    switch words[type] {
    case "unix", "netlink", "systm": return nil
    case "pack", "ndrv":
      // DEVICE, SIZE/OFF, NODE (the EtherType), NAME.
      let kind = tail.last { words[$0].hasPrefix("type=") }.map { $0 - 1 }
      let number = kind.flatMap { digits(words[$0], as: UInt16.self) }
      return (.packet(number), words.count)
    case "raw", "raw6":
      let at = tail.first { words[$0].contains("->") || words[$0].contains(":") } ?? words.count
      return (.raw(at < words.count ? LsofSection.rawProtocol(words[at]) : nil), words.count)
    case "sock":
      guard let at = tail.first(where: { words[$0] == "protocol:" }), at + 1 < words.count
      else { return nil }
      switch words[at + 1] {
      case "TCP", "TCPv6": return (.tcp, words.count)
      case "UDP", "UDPv6": return (.udp, words.count)
      case "PACKET": return (.packet(nil), words.count)
      case "RAW", "RAWv6": return (.raw(nil), words.count)
      case "PING", "PINGv6": return (.icmp, words.count)
      default: return nil
      }
    default:
      guard let at = tail.first(where: { LsofSection.protocols[words[$0]] != nil }) else {
        return (.unknown, words.count)
      }
      return (LsofSection.protocols[words[at]] ?? .unknown, at + 1)
    }
  }

  private static let protocols: [String: SocketTransport] = [
    "TCP": .tcp, "UDP": .udp, "ICMP": .raw(1), "ICMPV6": .raw(58), "UDPLITE": .other(136),
    "SCTP": .other(132), "RAW": .raw(nil),
  ]

  /// The port of a raw socket in the kernel's hexadecimal is its protocol.
  private static func rawProtocol(_ name: String) -> UInt8? {
    let local = name.split(separator: "-").first ?? ""
    guard let colon = local.lastIndex(of: ":") else { return nil }
    return UInt16(local[local.index(after: colon)...], radix: 16).flatMap { UInt8(exactly: $0) }
  }

  private func setName(_ entry: inout SocketEntry, _ name: [String]) {
    guard let first = name.first else { return }
    var ends = [first]
    if let arrow = EventGatherer.find("->", in: first[...]) {
      ends = [String(first[..<arrow.lowerBound]), String(first[arrow.upperBound...])]
    }
    let local = SocketEndpoint.read(ends[0], .colon, family: entry.family)
    let remote = ends.count > 1 ? SocketEndpoint.read(ends[1], .colon, family: entry.family) : nil
    entry.setEnds(local, remote)
    if let word = name.dropFirst().first, word.hasPrefix("("), word.hasSuffix(")") {
      entry.state = SocketState(word: String(word.dropFirst().dropLast()))
    }
  }
}

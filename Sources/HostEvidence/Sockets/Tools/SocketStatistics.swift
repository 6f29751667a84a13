import Observations

extension SocketFormat {
  /// `ss` with any of `-t -u -w -0 -x`, `-n`, `-p`, `-e`, `-i`, `-o`.
  static let ss = SocketFormat(
    name: "ss",
    opens: { line, build in
      guard line.words.count >= 6, line.has("Recv-Q"), line.has(":Port"),
        line.word(0) == "Netid" || line.word(0) == "State"
      else { return nil }
      build.begin(.ss, .linux, SocketStatisticsSection.columns)
      return SocketStatisticsSection(hasNetid: line.word(0) == "Netid", command: build.label)
    },
    rows: { line in
      guard SocketStatisticsSection.kinds[line.word(0)] != nil,
        case .some(.some) = SocketStatisticsSection.kinds[line.word(0)], line.words.count >= 6,
        digits(line.word(2), as: UInt64.self) != nil, digits(line.word(3), as: UInt64.self) != nil,
        case let state = SocketState(word: line.word(1)), SocketStatisticsSection.isKnown(state)
      else { return nil }
      return SocketStatisticsSection(hasNetid: true, command: nil)
    })
}

/// Rows of ss; indented lines below a row continue it.
struct SocketStatisticsSection: SocketSection {
  private let hasNetid: Bool
  private let command: String?
  private var current: SocketEntry?

  static let columns: Set<SocketColumn> = [
    .transport, .localAddress, .localPort, .remoteAddress, .remotePort, .state,
  ]

  /// What a netid stands for; nil for kinds that are outside of all networks.
  static let kinds: [String: SocketTransport?] = [
    "tcp": .tcp, "udp": .udp, "raw": .raw(nil), "p_raw": .packet(nil), "p_dgr": .packet(nil),
    "icmp": .icmp, "icmp6": .icmp, "sctp": .other(132), "dccp": .other(33), "mptcp": .tcp,
    "udplite": .other(136), "u_str": nil, "u_dgr": nil, "u_seq": nil, "nl": nil, "vsock": nil,
    "v_str": nil, "v_dgr": nil, "tipc": nil, "xdp": nil,
  ]

  static func isKnown(_ state: SocketState) -> Bool {
    if case .unknown = state { false } else { true }
  }

  init(hasNetid: Bool, command: String?) {
    self.hasNetid = hasNetid
    self.command = command
  }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    let kind = hasNetid ? line.word(0) : nil
    if let kind, let known = SocketStatisticsSection.kinds[kind] {
      guard let transport = known else {
        flush(into: &build)
        build.table.localSockets += 1
        return .taken
      }
      return takeRow(line, transport, at: 1, isLast: isLast, into: &build)
    }
    if !hasNetid, SocketStatisticsSection.isKnown(SocketState(word: line.word(0))) {
      let transport = bareTransport(SocketState(word: line.word(0)))
      return takeRow(line, transport, at: 0, isLast: isLast, into: &build)
    }
    guard current != nil, line.text.utf8.first.map(HostLine.isBlank) == true else {
      return .refused
    }
    current = current.map { SocketStatisticsSection.extended($0, with: line.trimmed) }
    return .taken
  }

  func beginsRow(_ line: HostLine) -> Bool {
    hasNetid
      ? SocketStatisticsSection.kinds[line.word(0)] != nil
      : line.words.count > 4 && SocketStatisticsSection.isKnown(SocketState(word: line.word(0)))
  }

  /// Without the first column only the command, or a state that TCP alone has, tells the kind.
  private func bareTransport(_ state: SocketState) -> SocketTransport {
    let options = (command ?? "").split(separator: " ").filter { $0.hasPrefix("-") }.joined()
    let asked = ["t", "u", "w", "x"].filter { options.contains($0) }
    if asked == ["t"] { return .tcp }
    if asked == ["u"] { return .udp }
    switch state {
    case .established, .unconnected, .closed: return .unknown
    default: return .tcp
    }
  }

  private mutating func takeRow(
    _ line: HostLine, _ transport: SocketTransport, at first: Int, isLast: Bool,
    into build: inout SocketBuilder
  ) -> SectionAnswer {
    guard line.words.count >= first + 5 else { return isLast ? .refused : .incomplete }
    guard digits(line.word(first + 1), as: UInt64.self) != nil else { return .refused }
    flush(into: &build)
    var entry = SocketEntry(transport: transport, line: line.number)
    entry.state = SocketState(word: line.word(first))
    let (local, remote) = (line.word(first + 3), line.word(first + 4))
    switch transport {
    case .packet: setPacket(&entry, local)
    case .raw, .icmp: setRaw(&entry, local, remote)
    default:
      guard let here = SocketEndpoint.read(local, .colon, family: .unknown),
        let there = SocketEndpoint.read(remote, .colon, family: .unknown)
      else {
        build.table.problems.note(.rowUnreadable, line: line.number)
        return isLast ? .refused : .incomplete
      }
      entry.setEnds(here, there)
    }
    entry.interface = entry.local?.zone ?? entry.interface
    if entry.family == .ipv6, entry.local?.address?.isUnspecified == true, local.hasPrefix("*") {
      entry.family = .unknown  // `*` is a socket for both families
    }
    let rest = line.rest(from: first + 5)
    current = SocketStatisticsSection.extended(entry, with: rest)
    build.note(.ss, .linux)
    build.table.columns.formUnion(SocketStatisticsSection.columns)
    return .taken
  }

  /// `*:eth0`, `[34525]:lo`, `arp:eth0`: the EtherType and the interface.
  private func setPacket(_ entry: inout SocketEntry, _ text: String) {
    entry.family = .link
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return }
    let kind = text[..<colon].filter { $0 != "[" && $0 != "]" }
    let interface = String(text[text.utf8.index(after: colon)...])
    entry.interface = interface == "*" ? nil : interface
    let names: [String: UInt16] = ["*": 3, "arp": 0x806, "ip": 0x800, "ipv6": 0x86dd]
    entry.transport = .packet(names[kind] ?? UInt16(kind))
  }

  /// The port column of a raw socket is the IP protocol, that of a ping socket its identifier.
  private func setRaw(_ entry: inout SocketEntry, _ local: String, _ remote: String) {
    var here = SocketEndpoint.read(local, .colon, family: .unknown)
    if case .raw = entry.transport {
      entry.transport = .raw(SocketStatisticsSection.protocolNumber(here))
      here?.port = nil
      here?.service = nil
    }
    entry.setEnds(here, SocketEndpoint.read(remote, .colon, family: .unknown))
  }

  static func protocolNumber(_ end: SocketEndpoint?) -> UInt8? {
    if let port = end?.port { return UInt8(exactly: port) }
    let names: [String: UInt8] = [
      "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "ipv6-icmp": 58, "ospf": 89,
      "vrrp": 112, "sctp": 132, "esp": 50, "ah": 51, "pim": 103, "raw": 255,
    ]
    return end?.service.flatMap { names[$0] }
  }

  /// Adds `users:((…))`, `uid:`, `ino:` and `dev:` of a row's tail.
  static func extended(_ entry: SocketEntry, with text: String) -> SocketEntry {
    var entry = entry
    if let users = EventGatherer.find("users:((", in: text[...]) {
      var holders: [SocketHolder] = []
      for part in text[users.upperBound...].split(separator: "(", maxSplits: 64) {
        let inner = part.prefix { $0 != ")" }
        guard let quote = inner.lastIndex(of: "\""), inner.first == "\"" else { continue }
        let name = String(inner[inner.index(after: inner.startIndex)..<quote])
        let numbers = inner[inner.index(after: quote)...].split(separator: ",")
        let pid = numbers.first.flatMap { word in
          digits(word.hasPrefix("pid=") ? word.dropFirst(4) : word, as: UInt32.self)
        }
        let holder = SocketHolder(processIdentifier: pid, processName: name)
        if !holders.contains(holder) { holders.append(holder) }
      }
      if let first = holders.first {
        entry.processIdentifier = first.processIdentifier
        entry.processName = first.processName
        entry.sharedWith = Array(holders.dropFirst())
      }
    }
    for word in text.split(separator: " ") {
      if word.hasPrefix("uid:") { entry.user = String(word.dropFirst(4)) }
      if word.hasPrefix("ino:") { entry.inode = digits(word.dropFirst(4), as: UInt64.self) }
      if word.hasPrefix("dev:") { entry.interface = String(word.dropFirst(4)) }
    }
    return entry
  }

  private mutating func flush(into build: inout SocketBuilder) {
    guard let entry = current else { return }
    if entry.processIdentifier != nil {
      build.table.columns.formUnion([.processIdentifier, .processName])
    }
    if entry.user != nil { build.table.columns.insert(.user) }
    if entry.inode != nil { build.table.columns.insert(.inode) }
    build.add(entry)
    current = nil
  }

  mutating func finish(into build: inout SocketBuilder) { flush(into: &build) }
}

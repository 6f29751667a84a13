import Observations

extension SocketFormat {
  /// Dumps of /proc/net/tcp, tcp6, udp, udp6, raw, raw6, icmp and packet.
  static let procNet = SocketFormat(
    name: "/proc/net",
    opens: { line, build in
      let isPacket = line.word(0) == "sk" && line.has("Iface")
      guard isPacket || line.word(0) == "sl" && line.word(1) == "local_address" else { return nil }
      build.begin(
        .procNet, .linux,
        SocketStatisticsSection.columns.union([.user, .inode]))
      return ProcNetSection(
        file: isPacket ? "packet" : ProcNetSection.file(build.label),
        isTCP: !line.has("drops"))
    })

  /// `ls -l /proc/*/fd`, which ties inodes to processes.
  static let procDescriptors = SocketFormat(
    name: "/proc/*/fd",
    opens: { line, _ in
      let text = line.trimmed
      guard text.hasPrefix("/proc/"), text.hasSuffix("/fd:") || text.hasSuffix("/fd/:") else {
        return nil
      }
      return DescriptorSection(text)
    },
    rows: { line in
      line.has("/fd/") && line.has("socket:[") ? DescriptorSection("") : nil
    })
}

/// Rows in hexadecimal; each 32 bits of an address stand in the order of the host, which is taken
/// to be little-endian as on nearly all machines.
struct ProcNetSection: SocketSection {
  private let file: String?
  private let isTCP: Bool

  init(file: String?, isTCP: Bool) {
    self.file = file
    self.isTCP = isTCP
  }

  /// The name behind `/proc/net/` in the line or command above.
  static func file(_ label: String?) -> String? {
    guard let label, let at = EventGatherer.find("/net/", in: label[...]) else { return nil }
    let files = label.split(separator: " ").count { $0.contains("/net/") }
    guard files == 1, !label.contains("*"), !label.contains("{") else { return nil }
    let name = label[at.upperBound...].prefix { $0.isLetter || $0.isNumber }
    return name.isEmpty ? nil : String(name)
  }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    if file == "packet" { return takePacket(line, &build) }
    let words = line.words.map(\.text)
    guard let first = words.first, first.hasSuffix(":"),
      let slot = digits(first.dropLast(), as: UInt32.self)
    else { return .refused }
    guard words.count >= 10 else { return isLast ? .refused : .incomplete }
    guard let local = ProcNetSection.end(words[1]), let remote = ProcNetSection.end(words[2]),
      let state = UInt8(words[3], radix: 16)
    else {
      build.table.problems.note(.rowUnreadable, line: line.number)
      return .refused
    }
    var entry = SocketEntry(transport: transport(local, slot), line: line.number)
    var here = local
    if case .raw = entry.transport {
      entry.transport = .raw(local.port.flatMap { UInt8(exactly: $0) })
      here.port = nil
    }
    entry.family = words[1].utf8.count > 13 ? .ipv6 : .ipv4
    entry.setEnds(here, remote)
    entry.state =
      entry.transport == .tcp
      ? SocketState(linux: state) : state == 7 ? .unconnected : state == 1 ? .connected : nil
    entry.user = words[7]
    entry.inode = digits(words[9], as: UInt64.self)
    build.add(entry)
    return .taken
  }

  /// udp and raw have one heading. Where no name stands above, a row whose slot and port are one
  /// small number may be either.
  private func transport(_ local: SocketEndpoint, _ slot: UInt32) -> SocketTransport {
    switch file {
    case "tcp", "tcp6": return .tcp
    case "udp", "udp6": return .udp
    case "udplite", "udplite6": return .other(136)
    case "raw", "raw6": return .raw(nil)
    case "icmp", "icmp6": return .icmp
    default: break
    }
    if isTCP { return .tcp }
    guard let port = local.port else { return .unknown }
    return port < 256 && UInt32(port) == slot ? .unknown : .udp
  }

  static func end(_ text: String) -> SocketEndpoint? {
    let parts = text.split(separator: ":", maxSplits: 2)
    guard parts.count == 2, parts[1].utf8.count == 4, let port = UInt16(parts[1], radix: 16) else {
      return nil
    }
    let hex = String(parts[0])
    if hex.utf8.count == 8, let value = UInt32(hex, radix: 16) {
      return SocketEndpoint(address: Address(ipv4: value.byteSwapped), port: port)
    }
    guard hex.utf8.count == 32, hex.utf8.allSatisfy({ $0 < 128 }) else { return nil }
    var groups: [UInt64] = []
    var rest = hex[...]
    while !rest.isEmpty {
      guard let value = UInt32(rest.prefix(8), radix: 16) else { return nil }
      groups.append(UInt64(value.byteSwapped))
      rest = rest.dropFirst(8)
    }
    let address = Address(high: groups[0] << 32 | groups[1], low: groups[2] << 32 | groups[3])
    return SocketEndpoint(address: address, port: port)
  }

  /// sk, RefCnt, Type, Proto (EtherType), Iface (index), R, Rmem, User, Inode.
  private func takePacket(_ line: HostLine, _ build: inout SocketBuilder) -> SectionAnswer {
    let words = line.words.map(\.text)
    guard words.count >= 9, let kind = UInt16(words[3], radix: 16) else { return .refused }
    var entry = SocketEntry(transport: .packet(kind), family: .link, line: line.number)
    if words[4] != "0" { entry.interface = words[4] }
    entry.user = words[7]
    entry.inode = digits(words[8], as: UInt64.self)
    build.add(entry)
    return .taken
  }
}

/// Lines `… 5 -> socket:[12345]` below the name of a process's folder.
struct DescriptorSection: SocketSection {
  private var process: UInt32?

  init(_ heading: String) { process = DescriptorSection.process(heading) }

  private static func process(_ text: String) -> UInt32? {
    guard let at = EventGatherer.find("/proc/", in: text[...]) else { return nil }
    return digits(text[at.upperBound...].prefix { $0 != "/" }, as: UInt32.self)
  }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    let text = line.text
    if let socket = EventGatherer.find("socket:[", in: text[...]) {
      let inode = digits(text[socket.upperBound...].prefix { $0 != "]" }, as: UInt64.self)
      guard let inode, let pid = DescriptorSection.process(text) ?? process else { return .refused }
      let holder = SocketHolder(processIdentifier: pid)
      if build.holders.count < SocketBuilder.holderLimit,
        build.holders[inode, default: []].count < 64,
        build.holders[inode]?.contains(holder) != true
      {
        build.holders[inode, default: []].append(holder)
      }
      return .taken
    }
    if text.contains("ermission denied") {
      build.table.isPrivileged = false
      build.table.problems.note(.ownersRefused, line: line.number)
      return .taken
    }
    return text.contains(" -> ") || line.word(0) == "total" ? .taken : .refused
  }
}

import Observations

extension SocketFormat {
  /// `netstat -an` of FreeBSD, OpenBSD, NetBSD and macOS, there also with `-A`, `-v` and `-W`.
  static let bsdNetstat = SocketFormat(
    name: "BSD netstat",
    opens: { line, build in
      if line.has("(state)"), line.has("Recv-Q") {
        return BSDNetstatSection(heading: line, build: &build)
      }
      let isLocal =
        line.word(0) == "Address" && line.has("Nextref")
        || line.word(0) == "kctlref" || line.word(0) == "pcb"
        || line.word(0) == "Proto" && line.has("subcla")
        || line.word(0) == "Socket" && line.has("Nextref")
      guard isLocal else { return nil }
      build.headings += 1
      return LocalSocketsSection()
    })
}

/// Rows of sockets outside of all networks; they are only counted.
struct LocalSocketsSection: SocketSection {
  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    if line.word(0) == "Active" || line.word(0) == "Registered" { return .taken }
    guard line.words.count >= 4 else { return .refused }
    build.table.localSockets += 1
    return .taken
  }
}

/// Rows whose address and port are joined by a dot and cut to the width of their column.
struct BSDNetstatSection: SocketSection {
  private let protocolAt: Int
  private let width: Int
  private let tail: [String]
  private let system: SocketSystem

  private static let kinds: [String: (SocketTransport, SocketFamily)] = [
    "tcp": (.tcp, .unknown), "tcp4": (.tcp, .ipv4), "tcp6": (.tcp, .ipv6), "tcp46": (.tcp, .ipv6),
    "udp": (.udp, .unknown), "udp4": (.udp, .ipv4), "udp6": (.udp, .ipv6), "udp46": (.udp, .ipv6),
    "icm4": (.raw(1), .ipv4), "icm6": (.raw(58), .ipv6), "ip": (.raw(nil), .unknown),
    "ip4": (.raw(nil), .ipv4), "ip6": (.raw(nil), .ipv6), "icmp": (.raw(1), .ipv4),
    "icmp6": (.raw(58), .ipv6), "divert": (.raw(254), .ipv4), "igmp": (.raw(2), .ipv4),
    "div4": (.raw(254), .ipv4), "raw": (.raw(nil), .unknown),
  ]

  init(heading: HostLine, build: inout SocketBuilder) {
    let words = heading.words
    protocolAt = words.firstIndex { $0.text == "Proto" } ?? 0
    let local = words.first { $0.text == "Local" }?.start ?? 0
    let remote = words.first { $0.text == "Foreign" }?.start ?? 0
    width = max(1, remote - local - 1)
    let state = words.firstIndex { $0.text == "(state)" } ?? words.count
    tail = words.dropFirst(state + 1).map(\.text)
    system = heading.has("Flowhash") || heading.has("rhiwat") ? .mac : .bsd
    var columns = SocketStatisticsSection.columns
    if tail.contains("pid") || tail.contains("process:pid") { columns.insert(.processIdentifier) }
    build.begin(.bsdNetstat, system, columns)
  }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    let words = line.words.map(\.text)
    guard words.count > protocolAt, let kind = BSDNetstatSection.kinds[words[protocolAt]] else {
      return line.word(0) == "Active" ? .taken : .refused
    }
    guard words.count >= protocolAt + 5 else { return isLast ? .refused : .incomplete }
    let family = kind.1
    var entry = SocketEntry(transport: kind.0, family: family, line: line.number)
    let (localText, remoteText) = (words[protocolAt + 3], words[protocolAt + 4])
    guard let local = SocketEndpoint.read(localText, .dot, family: family, width: width),
      let remote = SocketEndpoint.read(remoteText, .dot, family: family, width: width)
    else {
      build.table.problems.note(.rowUnreadable, line: line.number)
      return .refused
    }
    if local.isCut || remote.isCut {
      build.table.problems.note(.fieldCut, line: line.number)
    }
    entry.setEnds(local, remote)
    entry.interface = local.zone
    var rest = words.dropFirst(protocolAt + 5)
    if rest.count == tail.count + 1 || tail.isEmpty, let word = rest.first {
      entry.state = SocketState(word: word)
      rest = rest.dropFirst()
    }
    if rest.count == tail.count { setOwner(&entry, Array(rest)) }
    build.add(entry)
    return .taken
  }

  func beginsRow(_ line: HostLine) -> Bool { BSDNetstatSection.kinds[line.word(protocolAt)] != nil }

  private func setOwner(_ entry: inout SocketEntry, _ values: [String]) {
    for (name, value) in zip(tail, values) {
      if name == "pid" {
        entry.processIdentifier = digits(value, as: UInt32.self)
      } else if name == "process:pid", let colon = value.lastIndex(of: ":") {
        entry.processIdentifier = digits(value[value.index(after: colon)...], as: UInt32.self)
        entry.processName = String(value[..<colon])
      }
    }
  }
}

extension SocketFormat {
  /// `netstat -n`, `-an` of Solaris: a heading for each protocol and family.
  static let solarisNetstat = SocketFormat(
    name: "Solaris netstat",
    opens: { line, build in
      let first = line.word(0)
      if line.words.count == 2, first == "TCP:" || first == "UDP:" || first == "SCTP:",
        line.word(1).hasPrefix("IPv")
      {
        build.begin(.solarisNetstat, .solaris, SocketStatisticsSection.columns)
        let transport: SocketTransport =
          first == "TCP:" ? .tcp : first == "UDP:" ? .udp : .other(132)
        return SolarisNetstatSection(
          transport: transport, family: line.word(1) == "IPv4" ? .ipv4 : .ipv6)
      }
      guard line.word(0) == "Address", line.has("Vnode") else { return nil }
      build.headings += 1
      return LocalSocketsSection()
    })
}

/// Rows below one of Solaris' headings.
struct SolarisNetstatSection: SocketSection {
  let transport: SocketTransport
  let family: SocketFamily

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    let words = line.words.map(\.text)
    if words.first == "Local" || words.first?.hasPrefix("--") == true || words.first == "Active" {
      return .taken
    }
    guard let first = words.first, let local = SocketEndpoint.read(first, .dot, family: family)
    else { return .refused }
    var entry = SocketEntry(transport: transport, family: family, line: line.number)
    var remote: SocketEndpoint?
    if words.count > 1 {
      remote = SocketEndpoint.read(words[1], .dot, family: family)
    }
    if transport == .tcp, words.count < 7 { return isLast ? .refused : .incomplete }
    entry.setEnds(local, words.count > 2 || transport == .tcp ? remote : nil)
    if let last = words.last, words.count > 1 {
      let state = SocketState(word: last)
      if SocketStatisticsSection.isKnown(state) { entry.state = state }
    }
    build.add(entry)
    return .taken
  }
}

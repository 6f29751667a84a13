import Observations

extension SocketFormat {
  /// `sockstat` of FreeBSD, with `-4`, `-6`, `-l`, `-n`.
  static let sockstat = SocketFormat(
    name: "sockstat",
    opens: { line, build in
      guard line.word(0) == "USER", line.word(1) == "COMMAND", line.word(2) == "PID",
        line.has("PROTO"), line.has("LOCAL ADDRESS")
      else { return nil }
      build.begin(
        .sockstat, .bsd,
        SocketStatisticsSection.columns.subtracting([.state])
          .union([.processIdentifier, .processName, .user]))
      return SockstatSection()
    })
}

/// Rows of sockstat; a question mark stands for an owner it does not know.
struct SockstatSection: SocketSection {
  private static let kinds: [String: (SocketTransport, SocketFamily)] = [
    "tcp4": (.tcp, .ipv4), "tcp6": (.tcp, .ipv6), "tcp46": (.tcp, .ipv6), "udp4": (.udp, .ipv4),
    "udp6": (.udp, .ipv6), "udp46": (.udp, .ipv6), "sctp4": (.other(132), .ipv4),
    "icmp4": (.raw(1), .ipv4), "icmp6": (.raw(58), .ipv6), "div4": (.raw(254), .ipv4),
  ]

  func beginsRow(_ line: HostLine) -> Bool { line.words.count > 4 }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    let words = line.words.map(\.text)
    guard
      let at = words.indices.dropFirst(4).first(where: {
        SockstatSection.kinds[words[$0]] != nil || words[$0] == "stream" || words[$0] == "dgram"
          || words[$0] == "seqpac"
      })
    else { return .refused }
    guard let (transport, family) = SockstatSection.kinds[words[at]] else {
      build.table.localSockets += 1
      return .taken
    }
    guard words.count >= at + 3 else { return isLast ? .refused : .incomplete }
    var entry = SocketEntry(transport: transport, family: family, line: line.number)
    guard let local = SocketEndpoint.read(words[at + 1], .colon, family: family),
      let remote = SocketEndpoint.read(words[at + 2], .colon, family: family)
    else {
      build.table.problems.note(.rowUnreadable, line: line.number)
      return .refused
    }
    entry.setEnds(local, remote)
    entry.processIdentifier = digits(words[at - 2], as: UInt32.self)
    if words[0] != "?" { entry.user = words[0] }
    let name = words[1..<(at - 2)].joined(separator: " ")
    if name != "?" { entry.processName = name }
    if at + 3 < words.count { entry.state = SocketState(word: words[at + 3]) }
    build.add(entry)
    return .taken
  }
}

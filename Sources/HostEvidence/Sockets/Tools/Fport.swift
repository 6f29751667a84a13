import Observations

extension SocketFormat {
  /// fport 1 and 2: TCP and UDP ports and who bound them, without addresses.
  static let fport = SocketFormat(
    name: "fport",
    opens: { line, build in
      let words = line.words.map { $0.text.lowercased() }
      guard words == ["pid", "process", "port", "proto", "path"] else { return nil }
      build.begin(
        .fport, .windows,
        [.transport, .localPort, .processIdentifier, .processName, .programPath])
      return FportSection()
    },
    rows: { line in
      let row = line.words.map(\.text)
      guard row.count >= 5, row.contains("->"), digits(row[0], as: UInt32.self) != nil else {
        return nil
      }
      return FportSection()
    })
}

/// Rows such as `392 svchost -> 135 TCP C:\…\svchost.exe`.
struct FportSection: SocketSection {
  func beginsRow(_ line: HostLine) -> Bool { line.words.contains { $0.text == "->" } }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    let words = line.words.map(\.text)
    guard let first = words.first, let pid = digits(first, as: UInt32.self) else {
      return .refused
    }
    guard let arrow = words.firstIndex(of: "->"), arrow + 2 < words.count else {
      return isLast ? .refused : .incomplete
    }
    guard arrow >= 1, let port = digits(words[arrow + 1], as: UInt16.self),
      words[arrow + 2] == "TCP" || words[arrow + 2] == "UDP"
    else {
      build.table.problems.note(.rowUnreadable, line: line.number)
      return .refused
    }
    var entry = SocketEntry(
      transport: words[arrow + 2] == "TCP" ? .tcp : .udp, line: line.number)
    entry.local = SocketEndpoint(port: port)
    entry.processIdentifier = pid
    let name = words[1..<arrow].joined(separator: " ")
    entry.processName = name.isEmpty ? nil : name
    let path = line.rest(from: arrow + 3)
    entry.programPath = path.isEmpty ? nil : path
    build.note(.fport, .windows)
    build.table.columns.formUnion([
      .transport, .localPort, .processIdentifier, .processName, .programPath,
    ])
    build.add(entry)
    return .taken
  }
}

import Observations

extension SocketFormat {
  /// `netstat -an`, `-ano`, `-anb`, `-anob`, `-b` of every Windows since NT, in six languages.
  static let windowsNetstat = SocketFormat(
    name: "Windows netstat",
    opens: { line, build in
      guard WindowsNetstatSection.isHeading(line) else { return nil }
      let hasPID = WindowsNetstatSection.fold(line.words.last?.text ?? "") == "pid"
      return WindowsNetstatSection(hasPID: hasPID, build: &build)
    },
    rows: { line in
      WindowsNetstatSection.beginsRow(line) && line.words.count >= 3
        ? WindowsNetstatSection() : nil
    })
}

/// Rows of Windows netstat, with the lines of `-b` below them.
struct WindowsNetstatSection: SocketSection {
  private var hasPID = false
  private var options: WindowsNetstatOptions = []
  private var current: SocketEntry?
  private var isEmptyOfRows = true

  init() {}

  init(hasPID: Bool, build: inout SocketBuilder) {
    self.hasPID = hasPID
    if hasPID { options.insert(.processIdentifiers) }
    let command = (build.label ?? "").lowercased()
    if EventGatherer.find("netstat", in: command[...]) != nil {
      let letters = command.split(separator: " ").filter { $0.hasPrefix("-") || $0.hasPrefix("/") }
        .joined()
      if letters.contains("a") { options.insert(.all) }
      if letters.contains("b") { options.insert(.programs) }
    }
    build.headings += 1
    note(into: &build)
  }

  static func fold(_ word: String) -> String { SocketState.fold(word) }

  /// The first word of the heading and the word for "address" in the languages known; letters
  /// outside ASCII have fallen away.
  static func isHeading(_ line: HostLine) -> Bool {
    guard (4...9).contains(line.words.count) else { return false }
    let first = fold(line.word(0))
    if first == "proto" || first == "protocolo" {
      let text = line.words.dropFirst().map { fold($0.text) }
      let addresses = text.count { addressWords.contains($0) }
      return addresses >= 1 && !text.contains("recvq") && !text.contains("refcnt")
    }
    return line.word(0) == "プロトコル" && line.text.contains("アドレス")
  }

  private static let addressWords: Set<String> = [
    "address", "adresse", "remoteadresse", "direccin", "direccion", "endereo", "endereco",
    "indirizzo",
  ]

  static func beginsRow(_ line: HostLine) -> Bool {
    let first = line.word(0)
    return first == "TCP" || first == "UDP" || first == "TCPv6" || first == "UDPv6"
  }

  func beginsRow(_ line: HostLine) -> Bool { WindowsNetstatSection.beginsRow(line) }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    guard WindowsNetstatSection.beginsRow(line) else { return takeBelow(line, &build) }
    let transport: SocketTransport = line.word(0).hasPrefix("TCP") ? .tcp : .udp
    var entry = SocketEntry(transport: transport, line: line.number)
    guard line.words.count >= 3,
      let local = SocketEndpoint.read(line.word(1), .colon, family: .unknown),
      let remote = SocketEndpoint.read(line.word(2), .colon, family: .unknown)
    else {
      if !isLast, line.words.count <= 3 { return .incomplete }
      build.table.problems.note(.rowUnreadable, line: line.number)
      return .refused
    }
    guard local.port != nil || local.service != nil || local.isWildcard else {
      return isLast ? .refused : .incomplete
    }
    entry.setEnds(local, remote)
    var rest = line.words.dropFirst(3).map(\.text)[...]
    if let last = rest.last, let pid = digits(last, as: UInt32.self) {
      entry.processIdentifier = pid
      rest = rest.dropLast()
    } else if hasPID, let at = rest.firstIndex(where: { digits($0, as: UInt32.self) != nil }) {
      // `-t` puts the offload state behind the id.
      entry.processIdentifier = digits(rest[at], as: UInt32.self)
      rest = rest[..<at]
    } else if hasPID, !isLast {
      return .incomplete
    }
    if let word = rest.first {
      // The state is one word; digits there are the rest of a port on a wrapped line.
      guard digits(word, as: UInt64.self) == nil, rest.count <= 2 else { return .refused }
      entry.state = SocketState(word: word)
    }
    if transport == .tcp, entry.state == nil, !isLast, rest.isEmpty,
      entry.processIdentifier == nil
    {
      return .incomplete
    }
    flush(into: &build)
    observe(entry)
    note(into: &build)
    current = entry
    return .taken
  }

  private mutating func observe(_ entry: SocketEntry) {
    isEmptyOfRows = false
    if entry.processIdentifier != nil { options.insert(.processIdentifiers) }
    if entry.state == .listening || entry.transport == .udp { options.insert(.all) }
  }

  /// The lines of `-b`: modules or services, then the program in brackets, or a refusal.
  private mutating func takeBelow(_ line: HostLine, _ build: inout SocketBuilder) -> SectionAnswer {
    let text = line.trimmed
    if isEmptyOfRows, current == nil { return .refused }
    guard var entry = current else { return .refused }
    if text.hasPrefix("["), text.hasSuffix("]"), text.utf8.count > 2 {
      entry.processName = String(text.dropFirst().dropLast())
      if let path = entry.components.last(where: { isPath($0, of: entry.processName ?? "") }) {
        entry.programPath = path
      }
      options.insert(.programs)
    } else if WindowsNetstatSection.refusesOwnership(text) {
      entry.isOwnershipRefused = true
      build.table.problems.note(.ownersRefused, line: line.number)
      options.insert(.programs)
    } else if entry.processName == nil, !entry.isOwnershipRefused, isComponent(text) {
      if entry.components.count < 64 { entry.components.append(text) }
    } else {
      return .refused
    }
    current = entry
    return .taken
  }

  private func isPath(_ component: String, of program: String) -> Bool {
    component.lowercased().hasSuffix("\\" + program.lowercased())
  }

  /// A module's path, the name of a service (one word) or the note that a component is unknown.
  private func isComponent(_ text: String) -> Bool {
    if text.hasPrefix("--") && text.hasSuffix("--") { return true }
    let bytes = Array(text.utf8)
    if bytes.count > 3, bytes[1] == 58, bytes[2] == 92 { return true }
    return !text.contains(" ") && bytes.count <= 256
  }

  static func refusesOwnership(_ text: String) -> Bool {
    let folded = fold(text)
    return refusals.contains { folded.hasPrefix($0) }
      || text.contains("所有者情報")
  }

  /// `-b` without an administrator's rights gives this and nothing else.
  static func wantsElevation(_ text: String) -> Bool {
    let folded = fold(text)
    return folded.hasPrefix("therequestedoperationrequireselevation")
      || folded.hasPrefix("dieangeforderte")
  }

  private static let refusals = [
    "cannotobtainownershipinformation", "esknnenkeinebesitzerinformationen",
    "eskonntenkeinebesitzerinformationen", "diebesitzerinformationen", "besitzerinformationen",
    "impossibledobtenirlesinformationsde", "nosepuedeobtenerinformacin",
    "nosepuedeobtenerlainformacin", "nopossvelobterinforma", "nofoipossvelobterinforma",
    "impossibileottenereinformazioni",
  ]

  private func note(into build: inout SocketBuilder) {
    var columns: Set<SocketColumn> = [
      .transport, .localAddress, .localPort, .remoteAddress, .remotePort, .state,
    ]
    if options.contains(.processIdentifiers) { columns.insert(.processIdentifier) }
    if options.contains(.programs) { columns.formUnion([.processName, .components]) }
    let instrument = SocketInstrument.windowsNetstat(options)
    // The options show only row by row; the table keeps the fullest.
    build.table.instruments.removeAll {
      if case .windowsNetstat(let known) = $0 { known.isSubset(of: options) } else { false }
    }
    if case .windowsNetstat = build.table.instrument { build.table.instrument = instrument }
    build.note(instrument, .windows)
    build.table.columns.formUnion(columns)
  }

  mutating func endRow(into build: inout SocketBuilder) { flush(into: &build) }

  private mutating func flush(into build: inout SocketBuilder) {
    if let current { build.add(current) }
    current = nil
  }

  mutating func finish(into build: inout SocketBuilder) {
    if !isEmptyOfRows { note(into: &build) }
    flush(into: &build)
  }
}

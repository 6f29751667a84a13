import Observations

/// What a reader made of a line.
enum SectionAnswer { case taken, incomplete, refused }

/// Reads the rows of one tool's output.
protocol SocketSection {
  /// Takes a line; `isLast` says that nothing will complete it.
  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  /// An empty line; what follows does not belong to the row above.
  mutating func endRow(into build: inout SocketBuilder)
  /// Whether a line is a row of its own, and so no end of another.
  func beginsRow(_ line: HostLine) -> Bool
  /// The output has ended.
  mutating func finish(into build: inout SocketBuilder)
}

extension SocketSection {
  mutating func endRow(into build: inout SocketBuilder) {}
  func beginsRow(_ line: HostLine) -> Bool { false }
  mutating func finish(into build: inout SocketBuilder) {}
}

/// How a tool's output is known: by its heading, or by the shape of a row where no heading stands.
struct SocketFormat: Sendable {
  let name: String
  var opens: @Sendable (HostLine, inout SocketBuilder) -> (any SocketSection)? = { _, _ in nil }
  var rows: @Sendable (HostLine) -> (any SocketSection)? = { _ in nil }
}

/// A table in the making, with what is joined at its end.
struct SocketBuilder {
  static let rowLimit = 1 << 18
  static let holderLimit = 1 << 18

  var table = SocketTable(instrument: .windowsNetstat([]))
  /// A path or file name that stands above a dump, such as `/proc/net/udp`.
  var label: String?
  /// Who holds which inode, from a listing of file descriptors.
  var holders: [UInt64: [SocketHolder]] = [:]
  var headings = 0

  mutating func begin(
    _ instrument: SocketInstrument, _ system: SocketSystem, _ columns: Set<SocketColumn>
  ) {
    headings += 1
    note(instrument, system)
    table.columns.formUnion(columns)
  }

  mutating func note(_ instrument: SocketInstrument, _ system: SocketSystem) {
    if table.instruments.isEmpty
      || table.instrument.isProcessList && !instrument.isProcessList
    {
      table.instrument = instrument
    }
    if !table.instruments.contains(instrument) { table.instruments.append(instrument) }
    if table.system == .unknown { table.system = system }
  }

  mutating func add(_ entry: SocketEntry) {
    guard table.entries.count < SocketBuilder.rowLimit else {
      table.problems.note(.tooManyRows, line: entry.line)
      return
    }
    for end in [entry.local, entry.remote] {
      guard let end else { continue }
      if end.service != nil || end.name != nil && end.port != nil { table.resolvesNames = true }
    }
    table.entries.append(entry)
  }

  mutating func add(_ process: HostProcess, identifier: UInt32) {
    if table.processes.count < SocketBuilder.rowLimit || table.processes[identifier] != nil {
      var process = process
      if let known = table.processes[identifier] {
        process.name = known.name ?? process.name
        process.path = known.path ?? process.path
        process.user = known.user ?? process.user
        if process.services.isEmpty { process.services = known.services }
      }
      table.processes[identifier] = process
    }
  }

  /// Ties the sockets of a dump to the processes that hold their inodes.
  mutating func join() {
    guard !holders.isEmpty else { return }
    table.columns.insert(.processIdentifier)
    for at in table.entries.indices {
      guard let inode = table.entries[at].inode, inode != 0,
        table.entries[at].processIdentifier == nil, let held = holders[inode],
        let first = held.first
      else { continue }
      table.entries[at].processIdentifier = first.processIdentifier
      table.entries[at].processName = first.processName
      table.entries[at].sharedWith = Array(held.dropFirst())
    }
  }
}

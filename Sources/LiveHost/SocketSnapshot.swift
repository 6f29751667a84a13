internal import HostEvidence
internal import Observations

/// The sockets of one network namespace at one moment.
struct SocketSnapshot: Sendable {
  private(set) var entries: [(entry: SocketEntry, source: String)] = []
  /// The tables that were read, by the names of /proc/net.
  private(set) var listed: Set<String> = []
  /// The tables that could not be read, with the reason.
  private(set) var missing: [(table: String, why: String)] = []
  /// Tables that changed while they were read.
  private(set) var unsteady: Set<String> = []

  /// Reads every table, from the kernel's diagnostics where it gives them, else from text.
  ///
  /// - Parameters:
  ///   - files: where the text is.
  ///   - net: the folder that /proc/net is to the thread.
  ///   - asksKernel: false takes the text alone.
  init(_ files: HostFiles, net: String, asksKernel: Bool) {
    for table in SocketDiagnostics.tables {
      if asksKernel, ask(table) { continue }
      read(table.name, files, net)
    }
    for name in ["icmp", "icmp6"] { read(name, files, net) }
  }

  private mutating func ask(_ table: SocketDiagnostics.Table) -> Bool {
    guard
      let (messages, isConsistent) = try? Netlink(.socketDiagnostics).dump(
        SocketDiagnostics.request, SocketDiagnostics.body(table))
    else { return false }
    for message in messages {
      guard let entry = SocketDiagnostics.entry(message.body, of: table) else { continue }
      entries.append((entry, "sock_diag"))
    }
    listed.insert(table.name)
    if !isConsistent { unsteady.insert(table.name) }
    return true
  }

  private mutating func read(_ name: String, _ files: HostFiles, _ net: String) {
    let path = "\(net)/\(name)"
    do {
      let file = try files.read(path, limit: 64 << 20)
      // The reader of pasted dumps takes the line above for the table's name.
      let table = SocketTables.read(Array("/proc/net/\(name)\n".utf8) + file.bytes)
      entries += table.entries.map { ($0, "/proc/net/\(name)") }
      listed.insert(name)
      if file.isCut { missing.append((name, "longer than 64 MiB: the rest was not read")) }
    } catch {
      // A kernel without a protocol has neither its table nor its sockets.
      missing.append((name, error.isAbsence ? "this kernel has no such table" : error.text))
    }
  }
}

private import Glibc
internal import HostEvidence
internal import Observations

/// Sockets and who holds them, in every network namespace that may be entered.
struct SocketGatherer: Gatherer {
  let name = "sockets"
  let how =
    "sock_diag over netlink for TCP, UDP, raw and packet sockets, /proc/net for the rest; owners by "
    + "the inodes behind /proc/PID/fd"

  func takes(_ options: CollectOptions) -> String {
    "TCP, UDP, raw, ping and packet sockets of every network namespace that may be entered, with "
      + "the processes that hold them and those behind tunnels"
      + (options.snapshots > 1
        ? "; \(options.snapshots) looks, \(options.interval) ms apart" : "; one look")
  }

  func leavesOut(_ options: CollectOptions) -> String? {
    "sockets of no network (unix, netlink), and whatever passes through them"
  }

  func gather(_ run: inout CollectionRun) {
    var books = run.namespaces.all.map { SocketBook($0) }
    var refusals: [UInt64: SystemFailure] = [:]
    var last: OpenFiles?
    for look in 0..<max(1, run.options.snapshots) {
      if look > 0 { run.wait(milliseconds: run.options.interval) }
      last = self.look(&books, &refusals, run)
    }
    if let last {
      note(last, &run)
      writeTunnels(last, &run)
    }
    for book in books {
      if let why = refusals[book.space.inode], book.moments.isEmpty {
        run.note("a network namespace", why.text, example: String(book.space.inode))
        continue
      }
      write(book, last, &run)
    }
    if run.namespaces.unseen > 0 {
      run.note(
        "the network namespace of a process (\(run.namespaces.unseen))",
        "only whoever has all its rights may see which it is in")
    }
  }

  /// One look at all namespaces; the owners are looked for once, after the sockets of all.
  private func look(
    _ books: inout [SocketBook], _ refusals: inout [UInt64: SystemFailure], _ run: CollectionRun
  ) -> OpenFiles {
    var taken: [(index: Int, snapshot: SocketSnapshot, time: Timestamp)] = []
    for index in books.indices where refusals[books[index].space.inode] == nil {
      let space = books[index].space
      do {
        let snapshot = try Namespaces.within(space, run.files) {
          SocketSnapshot(run.files, net: run.net, asksKernel: run.options.isLive)
        }
        taken.append((index, snapshot, CollectionRun.now))
      } catch {
        refusals[space.inode] = error
      }
    }
    let open = OpenFiles(run.files)
    let seesAll = open.refused.isEmpty && run.host.isInitialProcessNamespace
    for (index, snapshot, time) in taken {
      books[index].take(snapshot, open, seesAll: seesAll, at: time)
    }
    return open
  }

  /// Programs that make packets without any socket.
  private func writeTunnels(_ open: OpenFiles, _ run: inout CollectionRun) {
    guard !open.tunnels.isEmpty else { return }
    let lines = open.tunnels.map { interface, holder in
      var text = JSONText()
      text.add("interface", interface)
      text.add("holder", holder.process)
      text.add("holderName", holder.name)
      text.add("holderProgram", holder.program)
      return text.text + "\n"
    }
    run.add("tunnels.jsonl", lines.joined(), count: lines.count)
  }

  private func note(_ open: OpenFiles, _ run: inout CollectionRun) {
    for (process, why) in open.refused {
      run.note(
        "open files of a process, so the owners of its sockets", why.text,
        example: "process \(process)")
    }
    if !run.host.isInitialProcessNamespace {
      run.note(
        "processes outside of this container", "they are in no list that can be read from inside")
    }
  }

  private func write(_ book: SocketBook, _ open: OpenFiles?, _ run: inout CollectionRun) {
    let network = try? Namespaces.within(book.space, run.files) {
      run.options.isLive ? LocalNetwork() : nil
    }
    let names = (network ?? nil)?.names ?? [:]
    for (table, why) in book.missing.sorted(by: { $0.key < $1.key }) {
      run.note("the table of \(table) sockets", why)
    }
    if book.leftOut > 0 { run.note("\(book.leftOut) sockets", "more than are kept") }
    var text = header(book, open, (network ?? nil)?.addresses.map(\.address) ?? [], run).text + "\n"
    let rows = book.sorted
    for row in rows { text += line(row, names, run).text + "\n" }
    run.add(book.space.folder + "sockets.jsonl", text, count: rows.count)
  }

  private func header(
    _ book: SocketBook, _ open: OpenFiles?, _ addresses: [Address], _ run: CollectionRun
  ) -> JSONText {
    var text = JSONText()
    text.add("culprit", "sockets")
    text.add("layout", CollectionAccount.layout)
    text.add("instrument", "culprit collect")
    text.add("system", "linux")
    text.add("host", run.host.name)
    text.add("captured", book.moments.first?.description)
    // Readers bound a line: of very many looks the first and the last are named, and their number.
    let moments =
      book.moments.count <= 256
      ? book.moments : [book.moments[0], book.moments[book.moments.count - 1]]
    text.add("moments", moments.map(\.description))
    text.add("looks", book.moments.count)
    text.add("namespace", book.space.inode)
    text.add("namespaceName", book.space.name)
    text.add("isOwnNamespace", book.space.isOwn)
    text.add("otherNamespaces", run.namespaces.all.count - 1)
    text.add("addresses", addresses.prefix(512).map(\.description), evenEmpty: true)
    text.add("lists", SocketGatherer.kinds(book.listed), evenEmpty: true)
    let refused = open?.refused.count ?? 0
    let isInside = !run.host.isInitialProcessNamespace
    text.add("owners", refused == 0 && !isInside ? "all" : "some")
    text.add("processesLookedInto", open?.looked)
    text.add("processesRefused", refused)
    if isInside { text.add("isInsideContainer", true) }
    text.add("forwards", forwards(book.space, run))
    return text
  }

  /// Tables by what they hold: `tcp` and `tcp6` are one kind.
  static func kinds(_ tables: Set<String>) -> [String] {
    Set(tables.map { $0.hasSuffix("6") ? String($0.dropLast()) : $0 }).sorted()
  }

  /// Whether packets of others pass through; nil where that cannot be read.
  private func forwards(_ space: NetworkNamespace, _ run: CollectionRun) -> Bool? {
    let files = run.files
    let values = try? Namespaces.within(space, files) {
      ["ipv4/ip_forward", "ipv6/conf/all/forwarding"].map {
        (try? files.read("\(files.proc)/sys/net/\($0)", limit: 16))?.lines.first.map { $0 != "0" }
      }
    }
    let known = (values ?? []).compactMap { $0 }
    return known.isEmpty ? nil : known.contains(true)
  }

  private func line(
    _ row: SocketBook.Row, _ interfaces: [UInt32: String], _ run: CollectionRun
  ) -> JSONText {
    var text = JSONText()
    let entry = row.entry
    CollectedSockets.describe(entry) { key, value in
      switch value {
      case .text(let value): text.add(key, value)
      case .number(let value): text.add(key, value)
      }
    }
    text.add("user", entry.user.flatMap { UInt32($0) }.map { run.users.name($0) })
    text.add("inode", entry.inode)
    text.add(
      "interface", entry.interface.map { name in UInt32(name).flatMap { interfaces[$0] } ?? name })
    text.add("ownership", row.ownership.rawValue)
    let first = row.holders.first
    text.add("processIdentifier", first?.process)
    text.add("processName", first?.name)
    text.add("programPath", first?.program)
    text.add(
      "sharedWith",
      row.holders.dropFirst().prefix(64).map { "\($0.process) \($0.name ?? "")" })
    text.add("firstSeen", row.first.description)
    text.add("lastSeen", row.last.description)
    text.add("looks", row.looks)
    text.add("source", row.source)
    return text
  }
}

extension CollectionRun {
  /// What /proc/net is to the calling thread, in whatever namespace it is.
  var net: String { options.isLive ? "/proc/thread-self/net" : options.proc + "/self/net" }
}

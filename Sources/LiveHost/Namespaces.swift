private import CHost
private import Glibc

/// A network namespace: to the network, a host of its own.
struct NetworkNamespace: Hashable, Sendable {
  /// The inode by which Linux tells them apart.
  var inode: UInt64
  /// The name under /run/netns, where it has one.
  var name: String?
  /// Processes in it that could be seen, ascending.
  var processes: [UInt32] = []
  /// Whether it is the one this program runs in.
  var isOwn: Bool

  /// Where what was gathered in it goes: nothing for one's own.
  var folder: String { isOwn ? "" : "namespaces/\(inode)/" }
}

/// The network namespaces that can be seen from here.
struct Namespaces: Sendable {
  /// One's own first, then by inode.
  private(set) var all: [NetworkNamespace] = []
  /// Processes whose namespace may not be seen.
  private(set) var unseen = 0

  private static let named = ["/run/netns", "/var/run/netns"]

  init(_ files: HostFiles) {
    let own = (try? files.link("\(files.proc)/self/ns/net")).flatMap(Namespaces.inode) ?? 0
    var found: [UInt64: NetworkNamespace] = [
      own: NetworkNamespace(inode: own, isOwn: true)
    ]
    let device = (try? files.facts("\(files.proc)/self/ns/net"))?.device
    let names = (try? files.names(files.proc)) ?? []
    for process in names.compactMap({ UInt32($0) }).sorted() {
      do {
        let target = try files.link("\(files.proc)/\(process)/ns/net")
        guard let inode = Namespaces.inode(target) else { continue }
        found[inode, default: NetworkNamespace(inode: inode, isOwn: false)]
          .processes.append(process)
      } catch {
        if error.isRefusal { unseen += 1 }
      }
    }
    for folder in Namespaces.named {
      for name in (try? files.names(files.path(folder))) ?? [] {
        // A name without a namespace mounted on it is an empty file of another file system.
        guard let facts = try? files.facts(files.path("\(folder)/\(name)")),
          facts.device == device
        else { continue }
        var space =
          found[facts.inode] ?? NetworkNamespace(inode: facts.inode, isOwn: facts.inode == own)
        if space.name == nil { space.name = name }
        found[facts.inode] = space
      }
    }
    all = found.values.sorted { ($0.isOwn ? 0 : 1, $0.inode) < ($1.isOwn ? 0 : 1, $1.inode) }
  }

  /// `net:[4026531833]`.
  static func inode(_ target: String) -> UInt64? {
    guard target.hasPrefix("net:["), target.hasSuffix("]") else { return nil }
    return UInt64(target.dropFirst(5).dropLast())
  }

  /// Does something within a namespace. The calling thread alone goes there, and comes back.
  ///
  /// - Parameters:
  ///   - space: where to go.
  ///   - files: where its handle is found.
  ///   - body: what to do there.
  /// - Returns: what it gave.
  /// - Throws: why the namespace may not be entered.
  static func within<Result>(
    _ space: NetworkNamespace, _ files: HostFiles, _ body: () -> Result
  ) throws(SystemFailure) -> Result {
    if space.isOwn { return body() }
    let home = unsafe open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
    guard home >= 0 else { throw .last }
    defer { close(home) }
    let handle = try handle(space, files)
    defer { close(handle) }
    let refusal = culprit_enter_network(handle)
    guard refusal == 0 else { throw SystemFailure(number: refusal) }
    defer {
      let stuck = culprit_enter_network(home)
      // To go on elsewhere would be to ascribe one host's sockets to another.
      precondition(stuck == 0, "the way back into the own network namespace is barred")
    }
    return body()
  }

  private static func handle(
    _ space: NetworkNamespace, _ files: HostFiles
  ) throws(SystemFailure) -> Int32 {
    var paths = space.processes.prefix(16).map { "\(files.proc)/\($0)/ns/net" }
    if let name = space.name { paths += named.map { files.path("\($0)/\(name)") } }
    var failure = SystemFailure(number: ENOENT)
    for path in paths {
      let opened = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      guard opened >= 0 else {
        failure = .last
        continue
      }
      var facts = stat()
      // A number may have gone to another process meanwhile.
      if unsafe fstat(opened, &facts) == 0, UInt64(facts.st_ino) == space.inode { return opened }
      close(opened)
    }
    throw failure
  }
}

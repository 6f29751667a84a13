/// Which processes hold which sockets, by the inodes behind their open files.
struct OpenFiles: Sendable {
  /// A process that holds something.
  struct Holder: Hashable, Comparable, Sendable {
    var process: UInt32
    var name: String?
    var program: String?

    static func < (one: Holder, other: Holder) -> Bool { one.process < other.process }
  }

  /// Holders by inode, ascending by process.
  private(set) var holders: [UInt64: [Holder]] = [:]
  /// Processes whose open files were looked at.
  private(set) var looked = 0
  /// Processes that may not be looked into, with the reason.
  private(set) var refused: [(process: UInt32, why: SystemFailure)] = []

  /// Looks at every process once.
  init(_ files: HostFiles) {
    let names = (try? files.names(files.proc)) ?? []
    for process in names.compactMap({ UInt32($0) }).sorted() { look(at: process, files) }
  }

  /// `socket:[12345]`.
  private static func inode(_ target: String) -> UInt64? {
    guard target.hasPrefix("socket:["), target.hasSuffix("]") else { return nil }
    return UInt64(target.dropFirst(8).dropLast())
  }

  private mutating func look(at process: UInt32, _ files: HostFiles) {
    let folder = "\(files.proc)/\(process)"
    let open: [String]
    do {
      open = try files.names(folder + "/fd")
    } catch {
      // One that has ended meanwhile holds nothing any more.
      if !error.isAbsence { refused.append((process, error)) }
      return
    }
    var inodes: Set<UInt64> = []
    var refusal: SystemFailure?
    for name in open {
      do {
        if let inode = OpenFiles.inode(try files.link("\(folder)/fd/\(name)")) {
          inodes.insert(inode)
        }
      } catch  where !error.isAbsence {
        // Whoever may list the numbers may still not be allowed to see what is behind them.
        refusal = error
      } catch {}
    }
    if let refusal { refused.append((process, refusal)) } else { looked += 1 }
    guard !inodes.isEmpty else { return }
    let holder = Holder(
      process: process,
      name: (try? files.read(folder + "/comm", limit: 64))?.lines.first.map(String.init),
      program: try? files.link(folder + "/exe"))
    for inode in inodes { holders[inode, default: []].append(holder) }
  }
}

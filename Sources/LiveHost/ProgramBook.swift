/// The distinct program files that ran, by device and inode: two paths may be one file, and one path
/// may have been two.
struct ProgramBook {
  /// One program file.
  struct Program {
    var facts: FileFacts
    /// As the kernel names it; a deleted one ends in ` (deleted)`.
    var path: String
    /// A process through which it can be opened whatever became of its path.
    var process: UInt32
    /// Whether the process sees the same files under the same names as this one.
    var isOwnFiles: Bool

    var isDeleted: Bool { path.hasSuffix(" (deleted)") }
    var isInMemory: Bool { path.hasPrefix("/memfd:") }
  }

  struct Key: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  private(set) var programs: [Key: Program] = [:]
  static let limit = 1 << 14

  /// Takes a process's program; one seen in this program's own files names it better.
  mutating func take(_ program: Program) {
    let key = Key(device: program.facts.device, inode: program.facts.inode)
    if let known = programs[key], known.isOwnFiles || !program.isOwnFiles { return }
    if programs.count < ProgramBook.limit || programs[key] != nil { programs[key] = program }
  }

  /// By path, then by inode.
  var sorted: [Program] {
    programs.values.sorted {
      ($0.path, $0.facts.device, $0.facts.inode) < ($1.path, $1.facts.device, $1.facts.inode)
    }
  }
}

internal import Glibc

/// Expands what the user named into files, in an order that does not depend on the arguments' order.
struct EvidencePaths {
  /// A file to look at.
  struct Entry: Hashable {
    /// As the user named it, or the folder so named with what lies in it.
    var path: String
    /// Device and inode, so that one file named twice counts once.
    var identity: String
    var size: UInt64
    /// Why it is listed but not read; nil where it is to be read.
    var refusal: String?
  }

  /// Folders deeper than this are not followed: a loop of mounts must end.
  private static let deepest = 64

  private(set) var entries: [Entry] = []
  private var seen: Set<String> = []
  private var folders: Set<String> = []

  init(_ paths: [String]) throws(IntakeError) {
    for path in Set(paths).sorted() { try add(path, depth: 0, named: true) }
    entries.sort { $0.path < $1.path }
  }

  private mutating func add(_ path: String, depth: Int, named: Bool) throws(IntakeError) {
    if path == "-" {
      entries.append(Entry(path: path, identity: path, size: 0, refusal: nil))
      return
    }
    var facts = stat()
    // A link the user named is followed; one inside a folder may lead anywhere and is not.
    let failed = unsafe named ? stat(path, &facts) : lstat(path, &facts)
    guard failed == 0 else {
      if named { throw EvidencePaths.missing(path, errno) }
      return
    }
    let kind = facts.st_mode & S_IFMT
    let identity = "\(facts.st_dev):\(facts.st_ino)"
    switch kind {
    case S_IFDIR:
      guard depth < EvidencePaths.deepest, folders.insert(identity).inserted else { return }
      try addFolder(path, depth: depth, named: named)
    case S_IFREG:
      guard seen.insert(identity).inserted else { return }
      entries.append(
        Entry(
          path: path, identity: identity, size: UInt64(clamping: facts.st_size), refusal: nil))
    case S_IFIFO where named, S_IFCHR where named:
      entries.append(Entry(path: path, identity: identity, size: 0, refusal: nil))
    default:
      let what = kind == S_IFLNK ? "a symbolic link inside a folder" : "not a regular file"
      entries.append(Entry(path: path, identity: identity, size: 0, refusal: what))
    }
  }

  private mutating func addFolder(_ path: String, depth: Int, named: Bool) throws(IntakeError) {
    guard let folder = unsafe opendir(path) else {
      let reason = SystemError.text(errno)
      if named {
        throw IntakeError(
          kind: .unreadable, path: path,
          description: "\(path): the folder cannot be read (\(reason)); run as a user who may")
      }
      entries.append(Entry(path: path, identity: path, size: 0, refusal: reason))
      return
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    let base = path.hasSuffix("/") ? String(path.dropLast()) : path
    for name in names.sorted() { try add("\(base)/\(name)", depth: depth + 1, named: false) }
  }

  private static func missing(_ path: String, _ number: CInt) -> IntakeError {
    if number == ENOENT || number == ENOTDIR {
      return IntakeError(
        kind: .noSuchFile, path: path,
        description: "\(path): no such file or folder; check the spelling")
    }
    return IntakeError(
      kind: .unreadable, path: path,
      description: "\(path): cannot be read (\(SystemError.text(number)))")
  }
}

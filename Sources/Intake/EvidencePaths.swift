internal import Glibc

/// A path as the system has it, bytes, beside the text people read. Names need not be UTF-8.
struct SystemPath: Hashable, Comparable, Sendable {
  /// The bytes with a closing 0.
  let bytes: [CChar]

  init(_ text: String) { bytes = text.utf8.map { CChar(bitPattern: $0) } + [0] }

  init(folder: SystemPath, name: [CChar]) {
    var joined = folder.bytes.dropLast()
    if joined.last != 47 { joined.append(47) }
    bytes = joined + name + [0]
  }

  /// The path as text; bytes that are not UTF-8 are replaced.
  var text: String {
    String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
  var isStandardInput: Bool { bytes == [45, 0] }
  /// The part behind the last slash.
  var name: String { text.split(separator: "/").last.map(String.init) ?? text }

  static func < (a: SystemPath, b: SystemPath) -> Bool {
    a.bytes.lexicographicallyPrecedes(b.bytes) { UInt8(bitPattern: $0) < UInt8(bitPattern: $1) }
  }
}

/// Expands what the user named into files, in an order that does not depend on the arguments' order.
struct EvidencePaths {
  /// A file to look at.
  struct Entry {
    /// As the user named it, or the folder so named with what lies in it.
    var path: SystemPath
    var size: UInt64
    /// Whether it can be opened again and read from its beginning; a pipe cannot.
    var isRegular: Bool
    /// Why it is listed but not read; nil where it is to be read.
    var refusal: String?
    /// Where its bytes are instead of at its path; nil for a file of its own.
    var opened: Opened?
  }

  /// Folders deeper than this are not followed: a loop of mounts must end.
  private static let deepest = 64

  private(set) var entries: [Entry] = []
  /// Device and inode of what was met, so that one file named twice counts once.
  private var seen: Set<String> = []
  private var folders: Set<String> = []

  init(_ paths: [String]) throws(IntakeError) {
    for path in Set(paths.map { SystemPath($0) }).sorted() {
      try add(path, depth: 0, named: true)
    }
    entries.sort { $0.path < $1.path }
  }

  private mutating func refuse(_ path: SystemPath, _ why: String) {
    entries.append(Entry(path: path, size: 0, isRegular: false, refusal: why))
  }

  private mutating func add(
    _ path: SystemPath, depth: Int, named: Bool
  ) throws(IntakeError) {
    if path.isStandardInput, named {
      entries.append(Entry(path: path, size: 0, isRegular: false, refusal: nil))
      return
    }
    var facts = stat()
    // A link the user named is followed; one inside a folder may lead anywhere and is not.
    let failed = unsafe named ? stat(path.bytes, &facts) : lstat(path.bytes, &facts)
    guard failed == 0 else {
      let number = errno
      if named, number == ENOENT || number == ENOTDIR {
        throw IntakeError(
          kind: .noSuchFile, path: path.text,
          description: "\(path.text): no such file or folder; check the spelling")
      }
      refuse(path, "cannot be read (\(SystemError.text(number)))")
      return
    }
    let kind = facts.st_mode & S_IFMT
    let identity = "\(facts.st_dev):\(facts.st_ino)"
    switch kind {
    case S_IFDIR:
      guard folders.insert(identity).inserted else { return }
      if depth < EvidencePaths.deepest {
        try addFolder(path, depth: depth)
      } else {
        refuse(path, "folders lie deeper than \(EvidencePaths.deepest) in one another here")
      }
    case S_IFREG:
      guard seen.insert(identity).inserted else { return }
      entries.append(
        Entry(path: path, size: UInt64(clamping: facts.st_size), isRegular: true, refusal: nil))
    case S_IFIFO where named, S_IFCHR where named:
      entries.append(Entry(path: path, size: 0, isRegular: false, refusal: nil))
    default:
      refuse(
        path,
        kind == S_IFLNK ? "a symbolic link inside a folder: not followed" : "not a regular file")
    }
  }

  private mutating func addFolder(_ path: SystemPath, depth: Int) throws(IntakeError) {
    guard let folder = unsafe opendir(path.bytes) else {
      refuse(path, "cannot be read (\(SystemError.last))")
      return
    }
    defer { unsafe closedir(folder) }
    var names: [SystemPath] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
      }
      if name.first != 46 { names.append(SystemPath(folder: path, name: name)) }
    }
    for name in names.sorted() { try add(name, depth: depth + 1, named: false) }
  }
}

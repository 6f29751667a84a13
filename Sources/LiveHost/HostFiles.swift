private import Glibc

/// Why the system refused something.
struct SystemFailure: Error, Hashable, Sendable {
  /// The error number.
  let number: Int32

  /// The failure of the call just made.
  static var last: SystemFailure { SystemFailure(number: errno) }

  /// The system's words, and the number.
  var text: String {
    // `strerror` answers with a string that lives until the next call; it is copied at once.
    unsafe String(cString: strerror(number))
  }

  /// Whether rights were missing.
  var isRefusal: Bool { number == EACCES || number == EPERM }
  /// Whether the thing is not there; a process may end while it is being looked at.
  var isAbsence: Bool { number == ENOENT || number == ESRCH || number == ENOTDIR }
}

/// What was read of a file, never more than was asked for.
struct FileText: Sendable {
  /// The bytes.
  var bytes: [UInt8]
  /// Whether the file went on.
  var isCut: Bool

  /// The bytes as text; what is not UTF-8 is replaced.
  var text: String { String(decoding: bytes, as: UTF8.self) }
  /// The lines without their ends.
  var lines: [Substring] { text.split(separator: "\n") }
}

/// What a file is.
struct FileFacts: Hashable, Sendable {
  var device: UInt64
  var inode: UInt64
  var size: UInt64
  var isRegular: Bool
  var isFolder: Bool
  /// Seconds since 1970.
  var modified: Int64
}

/// The files of a host, and where its roots are.
struct HostFiles: Sendable {
  /// Where the process file system is.
  var proc = "/proc"
  /// What stands before every other absolute path; empty for the running system.
  var root = ""

  /// A path of the host's.
  func path(_ path: String) -> String { root + path }

  /// A path as the host itself calls it.
  func inside(_ path: String) -> String {
    !root.isEmpty && path.hasPrefix(root + "/") ? String(path.dropFirst(root.count)) : path
  }

  /// Reads the beginning of a file; a pipe or a device is not waited for.
  func read(_ path: String, limit: Int = 1 << 20) throws(SystemFailure) -> FileText {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .last }
    defer { close(descriptor) }
    var text = FileText(bytes: [], isCut: false)
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while text.bytes.count <= limit {
      let count = unsafe piece.withUnsafeMutableBytes { buffer in
        // The kernel writes no more than the buffer holds.
        unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      }
      if count == 0 { return text }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last
      }
      text.bytes += piece[..<count]
    }
    text.bytes.removeLast(text.bytes.count - limit)
    text.isCut = true
    return text
  }

  /// Where a symbolic link leads; what is not UTF-8 is replaced.
  func link(_ path: String) throws(SystemFailure) -> String {
    var target = [UInt8](repeating: 0, count: 4_097)
    let count = unsafe target.withUnsafeMutableBytes { buffer in
      guard let space = unsafe buffer.bindMemory(to: CChar.self).baseAddress else { return -1 }
      // The kernel writes no more than the buffer holds.
      return unsafe readlink(path, space, buffer.count)
    }
    guard count >= 0 else { throw .last }
    return String(decoding: target[..<count], as: UTF8.self)
  }

  /// The names in a folder, in order of their bytes, without `.` and `..`.
  func names(_ path: String) throws(SystemFailure) -> [String] {
    guard let folder = unsafe opendir(path) else { throw .last }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      // The system ends the name with a zero inside the array.
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != "..", names.count < 1 << 20 { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What a path leads to.
  func facts(_ path: String) throws(SystemFailure) -> FileFacts {
    var found = Glibc.stat()
    guard unsafe stat(path, &found) == 0 else { throw .last }
    let kind = found.st_mode & S_IFMT
    return FileFacts(
      device: UInt64(found.st_dev), inode: UInt64(found.st_ino),
      size: UInt64(clamping: found.st_size), isRegular: kind == S_IFREG,
      isFolder: kind == S_IFDIR, modified: Int64(found.st_mtim.tv_sec))
  }
}

/// The user a number stands for, as /etc/passwd names it.
struct UserNames: Sendable {
  private var names: [UInt32: String] = [:]

  init(_ files: HostFiles) {
    guard let file = try? files.read(files.path("/etc/passwd"), limit: 4 << 20) else { return }
    for line in file.lines {
      let fields = line.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
      guard fields.count >= 3, let number = UInt32(fields[2]), names[number] == nil else {
        continue
      }
      names[number] = String(fields[0])
    }
  }

  /// Its name, or the number where it has none here.
  func name(_ user: UInt32) -> String { names[user] ?? String(user) }
}

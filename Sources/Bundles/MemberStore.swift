internal import Glibc

/// Members' bytes one behind the other in a temporary file that has no name.
final class MemberStore {
  private var file: UnnamedFile?
  private var length: UInt64 = 0
  private(set) var members: [StoredMember] = []
  /// The folder the file is in.
  let folder: String

  init() {
    // The environment's string is copied at once, and nothing here changes the environment.
    let wish = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
    var facts = stat()
    folder =
      [wish, "/var/tmp"].first {
        !$0.isEmpty && (unsafe stat($0, &facts)) == 0 && facts.st_mode & S_IFMT == S_IFDIR
      } ?? "/tmp"
  }

  /// Makes the file; 0, or the error that stopped it.
  func open() -> CInt {
    file = UnnamedFile(in: folder)
    return file == nil ? errno : 0
  }

  /// Adds bytes; 0, or the error that stopped it.
  func append(_ bytes: ArraySlice<UInt8>) -> CInt {
    guard let file else { return EBADF }
    length += UInt64(bytes.count)
    return unsafe bytes.withUnsafeBytes { unsafe OutputBytes.write($0, to: file.descriptor) }
  }

  /// Says that the last bytes are a member.
  func end(_ path: String, size: UInt64) {
    guard let file else { return }
    members.append(StoredMember(path: path, size: size, offset: length - size, file: file))
  }
}

/// An open file without a name, closed with its last user.
final class UnnamedFile: Sendable {
  let descriptor: CInt

  init?(in folder: String) {
    var template = (folder + "/culprit.XXXXXX").utf8.map { CChar(bitPattern: $0) } + [0]
    descriptor = unsafe template.withUnsafeMutableBufferPointer { name in
      guard let start = name.baseAddress else { return -1 }
      return unsafe mkstemp(start)
    }
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = unsafe unlink(template)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

/// A member of a checked bundle: part of a file that only this process can reach.
public struct StoredMember: Sendable {
  /// Its name in the bundle.
  public let path: String
  /// Its size in bytes.
  public let size: UInt64
  private let offset: UInt64
  private let file: UnnamedFile

  init(path: String, size: UInt64, offset: UInt64, file: UnnamedFile) {
    (self.path, self.size, self.offset, self.file) = (path, size, offset, file)
  }

  /// Reads bytes at a place of the member.
  ///
  /// - Parameters:
  ///   - place: from the member's beginning.
  ///   - target: where they go.
  /// - Returns: how many came, as of `pread`: 0 at the end, -1 where `errno` says why.
  public func read(at place: UInt64, into target: UnsafeMutableRawBufferPointer) -> Int {
    guard place < size, let start = off_t(exactly: offset + place) else { return 0 }
    let count = min(UInt64(target.count), size - place)
    return unsafe pread(file.descriptor, target.baseAddress, Int(count), start)
  }
}

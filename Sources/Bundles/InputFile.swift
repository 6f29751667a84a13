internal import Glibc

/// The system's words for an error number.
enum SystemError {
  static func text(_ number: CInt) -> String { unsafe String(cString: strerror(number)) }
}

/// A regular file that is read piece by piece.
final class InputFile {
  /// Bytes read at a time.
  static let pieceSize = 1 << 18

  private let descriptor: CInt
  private let owned: Bool
  let size: UInt64
  let permissions: mode_t

  /// Opens a file; a pipe or a device is refused, and not waited for.
  init(path: String, calledA what: String) throws(BundleError) {
    let opened = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard opened >= 0 else {
      let number = errno
      if number == ENOENT || number == ENOTDIR {
        throw BundleError(.missing, "\(path): no such \(what); check the spelling")
      }
      throw BundleError(.unreadable, "\(path): cannot be read (\(SystemError.text(number)))")
    }
    guard let facts = InputFile.facts(opened) else {
      close(opened)
      throw BundleError(.unreadable, "\(path): not a regular file, which a \(what) must be")
    }
    descriptor = opened
    owned = true
    (size, permissions) = facts
  }

  /// A file that somebody else keeps open; nil where it is no regular file.
  init?(descriptor: CInt) {
    guard let facts = InputFile.facts(descriptor) else { return nil }
    self.descriptor = descriptor
    owned = false
    (size, permissions) = facts
  }

  deinit { if owned { close(descriptor) } }

  private static func facts(_ descriptor: CInt) -> (UInt64, mode_t)? {
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    return (UInt64(clamping: facts.st_size), facts.st_mode & 0o7777)
  }

  /// The bytes at a place, as many as come at once; none at the end. Nil where reading fails, and
  /// errno is set.
  func piece(at offset: UInt64, count: Int = InputFile.pieceSize) -> [UInt8]? {
    guard let place = off_t(exactly: offset) else { return [] }
    var got = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      repeat {
        got = unsafe pread(descriptor, buffer.baseAddress, buffer.count, place)
      } while got < 0 && errno == EINTR
      initialized = max(got, 0)
    }
    return got < 0 ? nil : bytes
  }

  /// The whole file as text; nil where it is longer, not UTF-8, or cannot be read.
  func text(upTo longest: Int) -> String? {
    var bytes: [UInt8] = []
    while let more = piece(at: UInt64(bytes.count), count: 4096), bytes.count <= longest {
      if more.isEmpty { return String(validating: bytes, as: UTF8.self) }
      bytes += more
    }
    return nil
  }
}

/// Writing that does not stop halfway.
enum OutputBytes {
  /// Writes all bytes; 0, or the error that stopped it.
  static func write(_ bytes: [UInt8], to descriptor: CInt) -> CInt {
    unsafe bytes.withUnsafeBytes { unsafe write($0, to: descriptor) }
  }

  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> CInt {
    var at = 0
    while at < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[at...])
      let written = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      if written > 0 {
        at += written
      } else if written == 0 {
        return EIO
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

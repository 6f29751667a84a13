import Glibc

/// A file that is written piece by piece, in place of whatever it held.
final class PieceFile {
  private let path: String
  private var descriptor: Int32

  init(_ path: String) throws {
    self.path = path
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw PieceFile.failure(path) }
  }

  deinit { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

  /// Appends a piece.
  func write(_ piece: [UInt8]) throws {
    // The pointer is used inside the closure only, and never past the array's count.
    let isWritten = unsafe piece.withUnsafeBytes { buffer in
      var at = 0
      while at < buffer.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[at...])
        let written = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        if written >= 0 {
          at += written
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
    if !isWritten { throw PieceFile.failure(path) }
  }

  /// Closes the file; some systems say only now that there was no room.
  func close() throws {
    let open = descriptor
    descriptor = -1
    if open >= 0, Glibc.close(open) != 0 { throw PieceFile.failure(path) }
  }

  private static func failure(_ path: String) -> CommandError {
    // `strerror` answers with a string that lives until the next call; it is copied at once.
    .cannotCreate(path, because: unsafe String(cString: strerror(errno)))
  }
}

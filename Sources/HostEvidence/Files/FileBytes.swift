private import Glibc

/// A file of which pieces are read at will.
protocol FileBytes {
  var size: UInt64 { get }
  /// Up to `count` bytes from a place; fewer where the file ends, none where it cannot be read.
  func read(at offset: UInt64, count: Int) -> [UInt8]
}

/// A file that is in memory.
struct FileInMemory: FileBytes {
  let bytes: [UInt8]

  var size: UInt64 { UInt64(bytes.count) }

  func read(at offset: UInt64, count: Int) -> [UInt8] {
    guard offset < size, count > 0 else { return [] }
    let start = Int(offset)
    return Array(bytes[start..<(start + min(count, bytes.count - start))])
  }
}

/// A file that is open.
final class FileOnDisk: FileBytes {
  private static let pieceSize = 1 << 18

  private let descriptor: CInt
  let size: UInt64
  /// Seconds since 1970 of the last change.
  let modified: Int64

  /// Opens a regular file; a pipe or device is not waited for.
  init(path: String) throws(MeasuredFile.Failure) {
    let opened = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard opened >= 0 else { throw .unreadable(errno) }
    var status = stat()
    guard unsafe fstat(opened, &status) == 0 else {
      let reason = errno
      close(opened)
      throw .unreadable(reason)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      throw .notAFile
    }
    descriptor = opened
    size = UInt64(max(0, status.st_size))
    modified = Int64(status.st_mtim.tv_sec)
  }

  deinit { close(descriptor) }

  func read(at offset: UInt64, count: Int) -> [UInt8] {
    (try? piece(at: offset, count: count)) ?? []
  }

  /// Hands out the file piece by piece, but never more than one piece beyond the size it had.
  /// Returns the number of bytes.
  func readAll(_ body: ([UInt8]) -> Void) throws(MeasuredFile.Failure) -> UInt64 {
    var offset: UInt64 = 0
    while offset <= size {
      let bytes = try piece(at: offset, count: Self.pieceSize)
      if bytes.isEmpty { break }
      body(bytes)
      offset += UInt64(bytes.count)
    }
    return offset
  }

  private func piece(at offset: UInt64, count: Int) throws(MeasuredFile.Failure) -> [UInt8] {
    guard let place = Int(exactly: offset), count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe pread(
          descriptor, buffer.baseAddress.map { unsafe $0 + filled }, count - filled,
          place + filled)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw .unreadable(errno) }
      if got == 0 { break }
      filled += got
    }
    bytes.removeLast(count - filled)
    return bytes
  }
}

extension [UInt8] {
  /// A little- or big-endian number of `count` bytes; nil beyond the end.
  func number(at offset: Int, count: Int, bigEndian: Bool = false) -> UInt64? {
    guard offset >= 0, count <= 8, offset <= self.count - count else { return nil }
    let bytes = self[offset..<(offset + count)]
    return bigEndian
      ? bytes.reduce(0) { $0 << 8 | UInt64($1) }
      : bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

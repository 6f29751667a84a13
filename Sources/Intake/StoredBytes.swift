internal import Bundles
internal import Glibc

/// Bytes as they are stored, read from front to back by one thread at a time.
final class StoredBytes: @unchecked Sendable {
  private let descriptor: CInt
  private let owned: Bool
  /// What is read instead of the descriptor.
  private let member: StoredMember?
  /// Bytes read so far.
  private var place: UInt64 = 0
  /// The system's word on why reading failed.
  private(set) var failure: String?

  /// Opens a path, or standard input for `-`; nil, and errno is set, where that fails. A pipe given
  /// by name is waited for until somebody writes. A bundle's member is read where it is kept.
  init?(path: SystemPath, member: StoredMember?) {
    self.member = member
    if path.isStandardInput || member != nil {
      descriptor = STDIN_FILENO
      owned = false
    } else {
      let opened = unsafe open(path.bytes, O_RDONLY | O_CLOEXEC)
      guard opened >= 0 else { return nil }
      descriptor = opened
      owned = true
    }
  }

  deinit { if owned { close(descriptor) } }

  /// Reads as `read` does; 0 at the end, and where it fails.
  func read(into target: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      let got =
        if let member {
          unsafe member.read(at: place, into: target)
        } else {
          unsafe Glibc.read(descriptor, target.baseAddress, target.count)
        }
      if got >= 0 {
        place += UInt64(got)
        return got
      }
      if errno == EINTR { continue }
      if errno == EAGAIN {
        // Standard input may have been left without blocking: wait until it has something.
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&wait, 1, -1)
        continue
      }
      failure = SystemError.text(errno)
      return 0
    }
  }

  /// Bytes at any place, beside the reading.
  func peek(at place: UInt64, into target: UnsafeMutableRawBufferPointer) -> Int {
    guard let from = off_t(exactly: place) else { return 0 }
    let got =
      if let member {
        unsafe member.read(at: place, into: target)
      } else {
        unsafe pread(descriptor, target.baseAddress, target.count, from)
      }
    return max(0, got)
  }
}

/// The system's words for an error number.
enum SystemError {
  static func text(_ number: CInt) -> String { unsafe String(cString: strerror(number)) }
}

extension SystemError {
  /// The system's words for the last error.
  static var last: String { text(errno) }
}

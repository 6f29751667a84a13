internal import Bundles
internal import Glibc

/// A file or standard input, shown window by window.
///
/// `read`, never `mmap`: a file that shrinks while it is read must not end the program, and memory
/// stays flat. The buffer grows only when a record needs more than a window, up to the reader's
/// longest record.
final class ByteSource {
  /// Bytes read at a time.
  static let windowSize = 1 << 18

  private let descriptor: CInt
  private let owned: Bool
  /// What is read instead of the descriptor, and how far that went.
  private let member: StoredMember?
  private var memberPlace: UInt64 = 0
  private var buffer: [UInt8]
  private var start = 0
  private var end = 0
  private(set) var isAtEnd = false
  /// Place of the window's first byte in the evidence.
  private(set) var offset: UInt64 = 0
  /// The system's word on why reading stopped early.
  private(set) var failure: String?

  /// Opens a path, or standard input for `-`; nil, and errno is set, where that fails. A pipe given
  /// by name is waited for until somebody writes. A bundle's member is read where it is kept.
  init?(path: SystemPath, member: StoredMember? = nil) {
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
    buffer = [UInt8](repeating: 0, count: 0)
  }

  deinit { if owned { close(descriptor) } }

  /// Bytes in the window.
  var count: Int { end - start }

  /// Calls `body` with the window and whether nothing follows it.
  func withWindow<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
    try unsafe buffer.withUnsafeBytes { bytes in
      try unsafe body(bytes.bytes.extracting(start..<end))
    }
  }

  /// Ends reading before the end, and says why.
  func giveUp(_ reason: String) {
    failure = failure ?? reason
    isAtEnd = true
    consume(count)
  }

  /// Gives up the window's first bytes.
  func consume(_ bytes: Int) {
    start += bytes
    offset += UInt64(bytes)
  }

  /// Makes the window larger by what can be read; false where nothing more comes or the buffer may not grow.
  ///
  /// - Parameters:
  ///   - limit: the longest window that may be asked for.
  ///   - taken: called with the new bytes.
  /// - Returns: whether the window grew.
  func extend(limit: Int, taken: (RawSpan) -> Void) -> Bool {
    if isAtEnd { return false }
    if start > 0 {
      // Only a record's beginning is left over: the move is short.
      let rest = end - start
      unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      }
      (start, end) = (0, rest)
    }
    let wanted = min(
      max(ByteSource.windowSize, end + ByteSource.windowSize), limit + ByteSource.windowSize)
    if buffer.count < wanted {
      // One byte after the other would take as long as reading a small file.
      buffer.append(contentsOf: ByteSource.zeros(wanted - buffer.count))
    }
    guard end < buffer.count else { return false }
    let got = fill()
    guard got > 0 else {
      isAtEnd = true
      return false
    }
    unsafe buffer.withUnsafeBytes { bytes in
      unsafe taken(bytes.bytes.extracting(end..<end + got))
    }
    end += got
    return true
  }

  private static func zeros(_ count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      if let first = bytes.baseAddress { _ = unsafe memset(first, 0, count) }
      initialized = count
    }
  }

  private func fill() -> Int {
    while true {
      let room = buffer.count - end
      let got = unsafe buffer.withUnsafeMutableBytes { bytes in
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[end...])
        guard let member else { return unsafe Glibc.read(descriptor, target.baseAddress, room) }
        return unsafe member.read(at: memberPlace, into: target)
      }
      if got >= 0 {
        memberPlace += UInt64(got)
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
}

/// The system's words for an error number.
enum SystemError {
  static func text(_ number: CInt) -> String { unsafe String(cString: strerror(number)) }
}

extension SystemError {
  /// The system's words for the last error.
  static var last: String { text(errno) }
}

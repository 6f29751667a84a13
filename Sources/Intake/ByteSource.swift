internal import Bundles
internal import Compression
internal import Glibc

/// A file or standard input, shown window by window; what is compressed, as it was before.
///
/// `read`, never `mmap`: a file that shrinks while it is read must not end the program, and memory
/// stays flat. The buffer grows only when a record needs more than a window, up to the reader's
/// longest record.
final class ByteSource {
  /// Bytes read at a time.
  static let windowSize = 1 << 18

  private let source: StoredBytes
  private var buffer: [UInt8]
  private var start = 0
  private var end = 0
  private(set) var isAtEnd = false
  /// Place of the window's first byte in the evidence.
  private(set) var offset: UInt64 = 0
  /// The system's word on why reading stopped early.
  var failure: String? { givenUp ?? (isAhead ? nil : source.failure) }
  private var givenUp: String?
  /// Bytes read so far as they are stored.
  private(set) var stored: UInt64 = 0
  /// How the bytes are compressed; nil where they are not, and before the first were read.
  var compression: CompressionKind? { decompressor?.kind }
  /// What was wrong with the compressed bytes, and how many had come out of them before.
  var compressionTrouble: (what: CompressionTrouble, at: UInt64)? {
    // While another thread decompresses it alone knows.
    isAhead ? nil : decompressor?.trouble.map { ($0, offset + UInt64(count)) }
  }
  private var decompressor: Decompressor?
  /// The first bytes tell whether the others must be decompressed.
  private var isTold = false

  /// Whether what is longer than a window may be read, and decompressed, on another thread.
  var readsAhead = false
  private var ahead: ReadAhead?
  /// The other thread is at work: it has the source and the decompressor to itself.
  private var isAhead: Bool { ahead != nil && !isAheadOver }
  private var isAheadOver = false

  /// Opens a path, or standard input for `-`; nil, and errno is set, where that fails. A bundle's
  /// member is read where it is kept.
  init?(path: SystemPath, member: StoredMember? = nil) {
    guard let source = StoredBytes(path: path, member: member) else { return nil }
    self.source = source
    buffer = [UInt8](repeating: 0, count: 0)
  }

  deinit { ahead?.stop() }

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
    givenUp = failure ?? reason
    ahead?.stop()
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
  ///   - taken: called with new bytes as they are stored.
  /// - Returns: whether the window grew.
  func extend(limit: Int, taken: (RawSpan) -> Void) -> Bool {
    if isAtEnd { return false }
    if let ahead = aheadOnceLong() { return extend(from: ahead, limit: limit, taken) }
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
    let got = isTold ? fill(taken) : fillFirst(taken)
    guard got > 0 else {
      isAtEnd = true
      if decompressor?.trouble != nil { readRest(taken) }
      return false
    }
    end += got
    return true
  }

  /// The other thread, begun where the evidence turns out to be longer than a window.
  private func aheadOnceLong() -> ReadAhead? {
    if ahead == nil, readsAhead, isTold, offset + UInt64(count) >= UInt64(ByteSource.windowSize) {
      ahead = ReadAhead(source, through: decompressor)
    }
    return ahead
  }

  /// As `extend`, by what the other thread has made ready.
  private func extend(from ahead: ReadAhead, limit: Int, _ taken: (RawSpan) -> Void) -> Bool {
    let rest = start..<end
    guard rest.count < limit + ByteSource.windowSize else { return false }
    let piece = ahead.next { fresh in
      stored += UInt64(fresh.byteCount)
      taken(fresh)
    }
    defer { ahead.free(piece) }
    guard piece.count > 0 else {
      (isAheadOver, isAtEnd) = (true, true)
      if decompressor?.trouble != nil { readRest(taken) }
      return false
    }
    let headroom = ReadAhead.headroom
    if rest.count <= headroom {
      let end = headroom + piece.count
      piece.exchange(&buffer)
      // What was the buffer is the piece's now, with the rest in it.
      start = headroom - rest.count
      buffer.replaceSubrange(start..<headroom, with: piece.made[rest])
      self.end = end
    } else {
      buffer.removeSubrange(rest.upperBound...)
      buffer.removeSubrange(..<rest.lowerBound)
      buffer += piece.made[headroom..<headroom + piece.count]
      (start, end) = (0, buffer.count)
    }
    return true
  }

  /// Stands for the window's first bytes, within this run of the program.
  func windowHash(of most: Int) -> Int {
    withWindow { window in
      var hasher = Hasher()
      let head = window.extracting(0..<min(most, window.byteCount))
      unsafe head.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
      return hasher.finalize()
    }
  }

  /// Bytes at any place of a file that is stored as it is, beside the window.
  func peek(at place: UInt64, count: Int) -> [UInt8] {
    guard compression == nil else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      let target = UnsafeMutableRawBufferPointer(bytes)
      initialized = unsafe source.peek(at: place, into: target)
    }
  }

  /// Reads the first bytes, and more as long as they do not tell how the others are to be read.
  private func fillFirst(_ taken: (RawSpan) -> Void) -> Int {
    isTold = true
    var got = 0
    while got < CompressionKind.tellingBytes {
      let more = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe readStored(UnsafeMutableRawBufferPointer(rebasing: bytes[got...]), taken)
      }
      guard more > 0 else { break }
      got += more
    }
    decompressor = unsafe buffer.withUnsafeBytes { bytes in
      let head = unsafe bytes.bytes.extracting(0..<got)
      return CompressionKind.recognise(head).flatMap { Decompressor($0, head: head) }
    }
    return decompressor == nil ? got : fill(taken)
  }

  /// Reads what stands behind damaged bytes, too: the size and the digest are those of the file.
  private func readRest(_ taken: (RawSpan) -> Void) {
    var room = ByteSource.zeros(ByteSource.windowSize)
    while unsafe room.withUnsafeMutableBytes({ unsafe readStored($0, taken) }) > 0 {}
  }

  /// Fills what is free of the buffer.
  private func fill(_ taken: (RawSpan) -> Void) -> Int {
    unsafe buffer.withUnsafeMutableBytes { bytes in
      let room = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[end...])
      guard let decompressor else { return unsafe readStored(room, taken) }
      return unsafe decompressor.read(into: room) { unsafe readStored($0, taken) }
    }
  }

  private static func zeros(_ count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      if let first = bytes.baseAddress { _ = unsafe memset(first, 0, count) }
      initialized = count
    }
  }

  /// Reads as `read` does; 0 at the end, and where it fails.
  private func readStored(
    _ target: UnsafeMutableRawBufferPointer, _ taken: (RawSpan) -> Void
  ) -> Int {
    let got = unsafe source.read(into: target)
    if got > 0 {
      stored += UInt64(got)
      unsafe taken(UnsafeRawBufferPointer(rebasing: target[..<got]).bytes)
    }
    return got
  }
}

internal import Compression
internal import Dispatch
internal import Synchronization

/// Reads, and decompresses what is compressed, ahead of the reader, on a thread of its own, as far as a
/// few pieces reach.
///
/// The reader gets the same bytes in the same order as if it read itself, and is shown the stored
/// bytes in their order, too: whatever it counts of them is counted by itself.
final class ReadAhead: @unchecked Sendable {
  /// Bytes made at a time.
  private static let pieceSize = ByteSource.windowSize
  /// Room before them, so that what is left of the piece before can be put there and nothing else
  /// is ever copied: more than most records take.
  static let headroom = 1 << 16
  /// Pieces at once.
  private static let pieces = 8
  /// What is read without making anything is handed over after so many bytes.
  private static let mostStored = 1 << 20

  /// Bytes on their way from one thread to the other; one of them has it at any time.
  final class Piece {
    /// `headroom` bytes that mean nothing, and then `count` that do.
    fileprivate(set) var made: [UInt8] = []
    fileprivate(set) var count = 0
    fileprivate var stored: [UInt8] = []
    fileprivate var isEnd = false

    /// Gives the bytes away for others of which nothing is wanted any more.
    func exchange(_ buffer: inout [UInt8]) { swap(&made, &buffer) }
  }
  private struct Lists {
    var free: [Piece] = []
    var ready: [Piece] = []
    var isStopped = false
  }
  private struct Shared: @unchecked Sendable {
    var lists = Lists()
  }
  private let shared = Mutex(Shared())
  private let freed = DispatchSemaphore(value: 0)
  private let filled = DispatchSemaphore(value: 0)
  private let decompressor: Decompressor?
  private let source: StoredBytes

  /// Begins to read. From now on until `next` has told the end, source and decompressor are used by the
  /// other thread alone.
  init(_ source: StoredBytes, through decompressor: Decompressor?) {
    (self.decompressor, self.source) = (decompressor, source)
    for _ in 0..<ReadAhead.pieces { free(Piece()) }
    DispatchQueue(label: "culprit.read").async { [self] in run() }
  }

  /// The next bytes, waited for; none at the end. Given back by `free`.
  func next(_ taken: (RawSpan) -> Void) -> Piece {
    while true {
      filled.wait()
      let piece = shared.withLock { $0.lists.ready.removeFirst() }
      if decompressor == nil {
        if piece.count > 0 {
          unsafe piece.made.withUnsafeBytes {
            unsafe taken($0.bytes.extracting(ReadAhead.headroom..<ReadAhead.headroom + piece.count))
          }
        }
      } else {
        unsafe piece.stored.withUnsafeBytes { unsafe taken($0.bytes) }
        piece.stored.removeAll(keepingCapacity: true)
      }
      if piece.count > 0 || piece.isEnd { return piece }
      free(piece)
    }
  }

  /// Nobody wants more: the other thread ends as soon as it can.
  func stop() {
    shared.withLock { $0.lists.isStopped = true }
    freed.signal()
  }

  /// Gives a piece back to be filled again.
  func free(_ piece: Piece) {
    piece.count = 0
    shared.withLock { $0.lists.free.append(piece) }
    freed.signal()
  }

  /// A piece to be filled; nil where nobody wants it any more.
  private func take() -> Piece? {
    freed.wait()
    return shared.withLock { $0.lists.isStopped ? nil : $0.lists.free.popLast() }
  }

  private func publish(_ piece: Piece) {
    shared.withLock { $0.lists.ready.append(piece) }
    filled.signal()
  }

  private func run() {
    while let piece = take() {
      // A reader's buffer that came in exchange may be of any size.
      let size = ReadAhead.headroom + ReadAhead.pieceSize
      if piece.made.count != size { piece.made = [UInt8](repeating: 0, count: size) }
      piece.count = unsafe piece.made.withUnsafeMutableBytes { made in
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: made[ReadAhead.headroom...])
        return unsafe fill(room, piece)
      }
      let isEnd = piece.count == 0
      piece.isEnd = isEnd
      publish(piece)
      if isEnd { return }
    }
  }

  private func fill(_ room: UnsafeMutableRawBufferPointer, _ piece: Piece) -> Int {
    guard let decompressor else { return unsafe source.read(into: room) }
    return unsafe decompressor.read(into: room) { target in
      let got = unsafe source.read(into: target)
      guard got > 0 else { return got }
      unsafe piece.stored.append(contentsOf: target[..<got])
      return piece.stored.count < ReadAhead.mostStored || handOver(piece) ? got : 0
    }
  }

  /// Hands over stored bytes out of which nothing has come yet; false where nobody wants them.
  private func handOver(_ piece: Piece) -> Bool {
    guard let other = take() else { return false }
    swap(&other.stored, &piece.stored)
    publish(other)
    return true
  }
}

internal import Compression
internal import Dispatch
internal import Synchronization

/// Decompresses ahead of the reader, on a thread of its own, as far as a few pieces reach.
///
/// The reader gets the same bytes in the same order as if it decompressed itself, and is shown the
/// stored bytes in their order, too: whatever it counts of them is counted by itself.
final class ReadAhead: @unchecked Sendable {
  /// Bytes made at a time.
  private static let pieceSize = 1 << 18
  /// Pieces at once.
  private static let pieces = 8
  /// What is read without making anything is handed over after so many bytes.
  private static let mostStored = 1 << 20

  /// Bytes on their way from one thread to the other; one of them has it at any time.
  private final class Piece {
    var made = [UInt8](repeating: 0, count: ReadAhead.pieceSize)
    var count = 0
    var at = 0
    var stored: [UInt8] = []
    var isEnd = false
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
  private let decompressor: Decompressor
  private let source: StoredBytes
  /// What the reader is at; its alone.
  private var current: Piece?

  /// Begins to decompress. From now on until `fill` has told the end, source and decompressor are
  /// used by the other thread alone.
  init(_ decompressor: Decompressor, from source: StoredBytes) {
    (self.decompressor, self.source) = (decompressor, source)
    for _ in 0..<ReadAhead.pieces { free(Piece()) }
    DispatchQueue(label: "culprit.decompress").async { [self] in run() }
  }

  /// Gives the next bytes, waiting for them; 0 at the end.
  func fill(_ room: UnsafeMutableRawBufferPointer, taken: (RawSpan) -> Void) -> Int {
    while true {
      let piece = current ?? next(taken)
      current = piece
      if piece.at < piece.count {
        let count = min(room.count, piece.count - piece.at)
        unsafe piece.made.withUnsafeBytes { made in
          let part = unsafe UnsafeRawBufferPointer(
            rebasing: made[piece.at..<piece.at + count])
          unsafe room.copyMemory(from: part)
        }
        piece.at += count
        return count
      }
      if piece.isEnd { return 0 }
      current = nil
      free(piece)
    }
  }

  /// Nobody wants more: the other thread ends as soon as it can.
  func stop() {
    shared.withLock { $0.lists.isStopped = true }
    freed.signal()
  }

  private func next(_ taken: (RawSpan) -> Void) -> Piece {
    filled.wait()
    let piece = shared.withLock { $0.lists.ready.removeFirst() }
    unsafe piece.stored.withUnsafeBytes { unsafe taken($0.bytes) }
    piece.stored.removeAll(keepingCapacity: true)
    return piece
  }

  private func free(_ piece: Piece) {
    (piece.at, piece.count) = (0, 0)
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
      piece.count = unsafe piece.made.withUnsafeMutableBytes { made in
        unsafe decompressor.read(into: made) { target in
          let got = unsafe source.read(into: target)
          guard got > 0 else { return got }
          unsafe piece.stored.append(contentsOf: target[..<got])
          return piece.stored.count < ReadAhead.mostStored || handOver(piece) ? got : 0
        }
      }
      piece.isEnd = piece.count == 0
      let isEnd = piece.isEnd
      publish(piece)
      if isEnd { return }
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

private import Crypto
internal import Glibc

/// The archive in a bundle, decompressed window by window in constant memory.
final class BundleStream {
  /// Why no more comes.
  enum Failure: Error {
    /// The compressed bytes are damaged, in the library's words.
    case damaged(String)
    /// The file ends before the archive does.
    case truncated
    /// The system's error number.
    case unreadable(CInt)
  }
  /// What is wrong behind the archive.
  enum EndProblem {
    case contentFollows, sealMissing, sealBroken, bytesFollow
  }

  private let file: InputFile
  private let decoder: ZstdDecoder
  private var input: [UInt8] = []
  private var inputStart = 0
  private var hash = SHA256()
  /// Bytes of the file that the frame has taken.
  private var taken: UInt64 = 0
  private var window = [UInt8](repeating: 0, count: 1 << 17)
  private var start = 0
  private var end = 0
  private var isEnded = false

  init(_ file: InputFile, _ decoder: ZstdDecoder) {
    self.file = file
    self.decoder = decoder
  }

  /// Whether a file has the seal of a bundle at its end, right or wrong.
  static func hasSeal(_ file: InputFile) -> Bool {
    guard file.size > UInt64(BundleSeal.length) else { return false }
    let place = file.size - UInt64(BundleSeal.length)
    return file.piece(at: place, count: BundleSeal.head.count) == BundleSeal.head
  }

  /// Makes the window hold something; false at the archive's end.
  private func fill() throws(Failure) -> Bool {
    while start == end {
      if isEnded { return false }
      let step: ZstdDecoder.Step
      do {
        step = try decoder.decode(input, from: inputStart, into: &window)
      } catch {
        throw .damaged(error.reason)
      }
      hash.update(data: input[inputStart..<(inputStart + step.taken)])
      inputStart += step.taken
      taken += UInt64(step.taken)
      (start, end) = (0, step.made)
      isEnded = step.isEnd
      if step.taken == 0, step.made == 0, !isEnded, inputStart == input.count {
        guard let next = file.piece(at: taken) else { throw .unreadable(errno) }
        if next.isEmpty { throw .truncated }
        (input, inputStart) = (next, 0)
      }
    }
    return true
  }

  /// The next bytes, at least one and at most so many; none at the archive's end.
  func next(upTo count: Int) throws(Failure) -> ArraySlice<UInt8> {
    guard count > 0, try fill() else { return [] }
    let piece = window[start..<min(end, start + count)]
    start += piece.count
    return piece
  }

  /// Exactly so many bytes; fewer only at the archive's end.
  func block(_ count: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let piece = try next(upTo: count - bytes.count)
      if piece.isEmpty { break }
      bytes += piece
    }
    return bytes
  }

  /// Looks behind the archive: nothing more may come out of the frame, and only the seal may follow it.
  func problemAtEnd() throws(Failure) -> EndProblem? {
    if try fill() { return .contentFollows }
    let digest = hash.finalize()
    var rest: [UInt8] = []
    while rest.count <= BundleSeal.length {
      guard let piece = file.piece(at: taken + UInt64(rest.count), count: 64) else {
        throw .unreadable(errno)
      }
      if piece.isEmpty { break }
      rest += piece
    }
    if !rest.starts(with: BundleSeal.head) { return rest.isEmpty ? .sealMissing : .bytesFollow }
    if rest.count < BundleSeal.length { return .sealMissing }
    if rest.prefix(BundleSeal.length) != BundleSeal.bytes(digest)[...] { return .sealBroken }
    return rest.count == BundleSeal.length ? nil : .bytesFollow
  }
}

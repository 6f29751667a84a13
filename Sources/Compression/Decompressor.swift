internal import Glibc

/// Gives back what compressed bytes were, piece by piece; follows members that stand one behind the
/// other, as rotated logs that were joined do. What it made before some trouble stays good.
public final class Decompressor {
  /// Compressed bytes held at a time.
  private static let inputSize = 1 << 17
  /// Which kind it is.
  public let kind: CompressionKind
  /// Why it ended before the end of the bytes; nil as long as nothing is wrong.
  public private(set) var trouble: CompressionTrouble?

  private let decoder: any FrameDecoder
  private var input: [UInt8]
  private var start = 0
  private var end: Int
  private var isSupplied = false
  /// Between members: the next bytes tell whether there is another.
  private var isBetween = false
  private var isFinished = false

  /// A decompressor for bytes that begin like its kind; nil where memory is short.
  ///
  /// - Parameters:
  ///   - kind: what the bytes are.
  ///   - head: bytes that were read already.
  public init?(_ kind: CompressionKind, head: RawSpan) {
    guard let decoder = kind.decoder() else { return nil }
    self.kind = kind
    self.decoder = decoder
    input = unsafe head.withUnsafeBytes { unsafe Array($0) }
    end = input.count
    let room = max(0, Decompressor.inputSize - input.count)
    input.append(contentsOf: repeatElement(0, count: room))
  }

  /// Makes the next bytes.
  ///
  /// - Parameters:
  ///   - output: where they go; not empty.
  ///   - supply: reads compressed bytes as `read` does: how many came, 0 at their end, and
  ///     negative where reading failed, which ends the bytes, too.
  /// - Returns: bytes made; 0 at the end.
  public func read(
    into output: UnsafeMutableRawBufferPointer,
    supply: (UnsafeMutableRawBufferPointer) -> Int
  ) -> Int {
    while !isFinished {
      if isBetween {
        let goesOn = unsafe goesOn(supply)
        if !goesOn { break }
      }
      if start == end, !isSupplied { unsafe refill(supply) }
      let step = unsafe input.withUnsafeBytes { bytes in
        unsafe decoder.decode(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), into: output)
      }
      start += step.taken
      if step.isEnd { isBetween = true }
      if let reason = step.damage { finish(.damaged(reason)) }
      if step.made > 0 { return step.made }
      if step.isEnd || step.taken > 0 { continue }
      // Nothing taken and nothing made: more bytes may help.
      let held = end - start
      if isSupplied {
        finish(trouble ?? .cut)
      } else {
        unsafe refill(supply)
        if end - start == held, !isSupplied { finish(.damaged("they lead nowhere")) }
      }
    }
    return 0
  }

  /// Whether another member follows; zeros between and behind members are padding.
  private func goesOn(_ supply: (UnsafeMutableRawBufferPointer) -> Int) -> Bool {
    while true {
      while start < end, input[start] == 0 { start += 1 }
      if isSupplied || end - start >= CompressionKind.tellingBytes { break }
      unsafe refill(supply)
    }
    if start == end {
      finish(nil)
      return false
    }
    let next = unsafe input.withUnsafeBytes { bytes in
      unsafe CompressionKind.recognise(bytes.bytes.extracting(start..<end))
    }
    guard next == kind else {
      finish(.trailing)
      return false
    }
    guard decoder.restart() else {
      finish(.damaged("there is not enough memory"))
      return false
    }
    isBetween = false
    return true
  }

  private func refill(_ supply: (UnsafeMutableRawBufferPointer) -> Int) {
    let rest = end - start
    if start > 0 {
      unsafe input.withUnsafeMutableBytes { bytes in
        unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      }
      (start, end) = (0, rest)
    }
    guard end < input.count else { return }
    let got = unsafe input.withUnsafeMutableBytes { bytes in
      unsafe supply(UnsafeMutableRawBufferPointer(rebasing: bytes[end...]))
    }
    if got > 0 { end += got } else { isSupplied = true }
  }

  private func finish(_ trouble: CompressionTrouble?) {
    if isFinished { return }
    self.trouble = trouble
    isFinished = true
  }
}

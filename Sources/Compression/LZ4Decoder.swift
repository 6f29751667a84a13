internal import CLz4

/// Frames of LZ4, with the checks they carry. Blocks have 4 MiB at the most: the format's own bound.
@safe final class LZ4Decoder: FrameDecoder {
  private let context: OpaquePointer
  /// What the library wants next: one block, so that no more than a block is lost to damage.
  private var wanted = LZ4Decoder.firstBytes
  /// The shortest header of a frame.
  private static let firstBytes = 7

  init?() {
    var context: OpaquePointer?
    let answer = unsafe LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(answer) == 0, let context = unsafe context else { return nil }
    unsafe self.context = context
  }

  deinit { unsafe _ = LZ4F_freeDecompressionContext(context) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> FrameStep {
    var made = output.count
    var taken = min(input.count, wanted)
    let answer = unsafe LZ4F_decompress(
      context, output.baseAddress, &made, input.baseAddress, &taken, nil)
    if LZ4F_isError(answer) != 0 {
      return FrameStep(
        taken: 0, made: 0, isEnd: false, damage: unsafe String(cString: LZ4F_getErrorName(answer)))
    }
    wanted = max(answer, 1)
    return FrameStep(taken: taken, made: made, isEnd: answer == 0)
  }

  func restart() -> Bool {
    wanted = LZ4Decoder.firstBytes
    unsafe LZ4F_resetDecompressionContext(context)
    return true
  }
}

internal import CZstd

/// Frames of zstd, with the checks they carry; frames to be skipped are skipped.
@safe final class ZstdFrameDecoder: FrameDecoder {
  /// The largest window accepted, as a power of two: 128 MiB, what `zstd` itself accepts unasked.
  private static let windowLog: CInt = 27
  private let context: OpaquePointer
  /// What the library wants next: one block, so that no more than a block is lost to damage.
  private var wanted = ZstdFrameDecoder.firstBytes
  /// A frame's header and its first block's.
  private static let firstBytes = 5

  init?() {
    guard let context = unsafe ZSTD_createDCtx() else { return nil }
    unsafe self.context = context
    let set = unsafe ZSTD_DCtx_setParameter(
      context, ZSTD_d_windowLogMax, ZstdFrameDecoder.windowLog)
    if ZSTD_isError(set) != 0 { return nil }
  }

  deinit { unsafe _ = ZSTD_freeDCtx(context) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> FrameStep {
    var source = unsafe ZSTD_inBuffer(
      src: input.baseAddress, size: min(input.count, wanted), pos: 0)
    var room = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let hint = unsafe ZSTD_decompressStream(context, &room, &source)
    if ZSTD_isError(hint) != 0 {
      return FrameStep(
        taken: 0, made: 0, isEnd: false, damage: unsafe String(cString: ZSTD_getErrorName(hint)))
    }
    wanted = max(hint, 1)
    return unsafe FrameStep(taken: source.pos, made: room.pos, isEnd: hint == 0)
  }

  func restart() -> Bool {
    wanted = ZstdFrameDecoder.firstBytes
    return unsafe ZSTD_isError(ZSTD_DCtx_reset(context, ZSTD_reset_session_only)) == 0
  }
}

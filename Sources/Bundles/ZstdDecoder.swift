internal import CZstd

/// A zstd frame being read.
///
/// The context is the library's; it lives and ends with this object and is shown to nobody. Its
/// memory is bounded by the largest window that is accepted.
@safe final class ZstdDecoder {
  /// The largest window accepted, as a power of two: 8 MiB, twice what the encoder uses.
  private static let windowLog: CInt = 23

  private let context: OpaquePointer

  /// One step of decoding.
  struct Step {
    /// Bytes taken of the input.
    var taken: Int
    /// Bytes made.
    var made: Int
    /// Whether the frame has come to its end.
    var isEnd: Bool
  }

  /// What the library says of damage.
  struct Damage: Error { var reason: String }

  /// A decoder; nil where memory is short.
  init?() {
    guard let context = unsafe ZSTD_createDCtx() else { return nil }
    unsafe self.context = context
    let set = unsafe ZSTD_DCtx_setParameter(
      context, ZSTD_d_windowLogMax, ZstdDecoder.windowLog)
    if ZSTD_isError(set) != 0 { return nil }
  }

  deinit { unsafe _ = ZSTD_freeDCtx(context) }

  /// Decodes what fits.
  ///
  /// - Parameters:
  ///   - input: compressed bytes.
  ///   - start: the first of them that is not yet taken.
  ///   - output: where the decoded bytes go, from its beginning.
  /// - Returns: how far that went.
  /// - Throws: `Damage`.
  func decode(
    _ input: [UInt8], from start: Int, into output: inout [UInt8]
  ) throws(Damage) -> Step {
    var step = Step(taken: 0, made: 0, isEnd: false)
    let hint = unsafe input.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        var bytes = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: start)
        var room = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
        let hint = unsafe ZSTD_decompressStream(context, &room, &bytes)
        (step.taken, step.made) = unsafe (bytes.pos - start, room.pos)
        return hint
      }
    }
    if ZSTD_isError(hint) != 0 {
      throw Damage(reason: unsafe String(cString: ZSTD_getErrorName(hint)))
    }
    step.isEnd = hint == 0
    return step
  }
}

internal import CZstd

/// A zstd frame being written, with the checksum of its content.
///
/// The context is the library's; it lives and ends with this object and is shown to nobody.
@safe final class ZstdEncoder {
  /// Level and window are part of the format: the same members give the same bytes.
  private static let level: CInt = 9
  private static let windowLog: CInt = 22

  private let context: OpaquePointer
  private var output: [UInt8]

  /// An encoder; nil where memory is short.
  init?() {
    guard let context = unsafe ZSTD_createCCtx() else { return nil }
    unsafe self.context = context
    output = [UInt8](repeating: 0, count: ZSTD_CStreamOutSize())
    for (parameter, value) in [
      (ZSTD_c_compressionLevel, ZstdEncoder.level), (ZSTD_c_windowLog, ZstdEncoder.windowLog),
      (ZSTD_c_checksumFlag, 1),
    ] where unsafe ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)) != 0 {
      return nil
    }
  }

  deinit { unsafe _ = ZSTD_freeCCtx(context) }

  /// Compresses bytes.
  ///
  /// - Parameters:
  ///   - bytes: what comes next.
  ///   - isLast: whether the frame ends with them.
  ///   - body: called with what comes out.
  /// - Returns: false where the library fails.
  func encode(_ bytes: [UInt8], isLast: Bool, _ body: (ArraySlice<UInt8>) -> Void) -> Bool {
    var taken = 0
    while true {
      var consumed = 0
      var made = 0
      let rest = unsafe bytes.withUnsafeBytes { source in
        unsafe output.withUnsafeMutableBytes { target in
          var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: taken)
          var room = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
          let rest = unsafe ZSTD_compressStream2(
            context, &room, &input, isLast ? ZSTD_e_end : ZSTD_e_continue)
          (consumed, made) = unsafe (input.pos, room.pos)
          return rest
        }
      }
      if ZSTD_isError(rest) != 0 { return false }
      taken = consumed
      if made > 0 { body(output[0..<made]) }
      if isLast ? rest == 0 : taken == bytes.count { return true }
    }
  }
}

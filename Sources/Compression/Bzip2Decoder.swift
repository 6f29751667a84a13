internal import CBzip2

/// Streams of bzip2, with the checks of their blocks.
@safe final class Bzip2Decoder: FrameDecoder {
  private let stream: UnsafeMutablePointer<bz_stream>
  private var isReady: Bool

  init?() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: bz_stream())
    isReady = unsafe BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK
    if !isReady { return nil }
  }

  deinit {
    if isReady { unsafe BZ2_bzDecompressEnd(stream) }
    unsafe stream.deallocate()
  }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> FrameStep {
    // The library does not write to its input; its pointer merely is not const.
    unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(
      mutating: input.bindMemory(to: CChar.self).baseAddress)
    unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
    unsafe stream.pointee.next_out = output.bindMemory(to: CChar.self).baseAddress
    unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
    let room = unsafe (stream.pointee.avail_in, stream.pointee.avail_out)
    let answer = unsafe BZ2_bzDecompress(stream)
    var step = unsafe FrameStep(
      taken: Int(room.0 - stream.pointee.avail_in), made: Int(room.1 - stream.pointee.avail_out),
      isEnd: answer == BZ_STREAM_END)
    switch answer {
    case BZ_OK, BZ_STREAM_END: break
    default:
      step.damage = Bzip2Decoder.words(answer)
    }
    return step
  }

  private static func words(_ answer: CInt) -> String {
    switch answer {
    case BZ_DATA_ERROR: "a block contradicts its check"
    case BZ_DATA_ERROR_MAGIC: "a block begins like none"
    case BZ_MEM_ERROR: "there is not enough memory"
    default: "bzip2 error \(answer)"
    }
  }

  func restart() -> Bool {
    if isReady { unsafe BZ2_bzDecompressEnd(stream) }
    unsafe stream.pointee = bz_stream()
    isReady = unsafe BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK
    return isReady
  }
}

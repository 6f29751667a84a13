internal import CLzma

/// Streams of xz, with the checks of their blocks.
@safe final class XZDecoder: FrameDecoder {
  /// What the strongest preset takes is 65 MiB; a dictionary may claim 4 GiB.
  private static let memoryLimit: UInt64 = 100 << 20
  private let stream: UnsafeMutablePointer<lzma_stream>

  init?() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: lzma_stream())
    if !restart() { return nil }
  }

  deinit {
    unsafe lzma_end(stream)
    unsafe stream.deallocate()
  }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> FrameStep {
    unsafe stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
    unsafe stream.pointee.avail_in = input.count
    unsafe stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
    unsafe stream.pointee.avail_out = output.count
    let answer = unsafe lzma_code(stream, LZMA_RUN)
    var step = unsafe FrameStep(
      taken: input.count - stream.pointee.avail_in, made: output.count - stream.pointee.avail_out,
      isEnd: answer == LZMA_STREAM_END)
    switch answer {
    case LZMA_OK, LZMA_STREAM_END, LZMA_BUF_ERROR: break
    default:
      step.damage = XZDecoder.words(answer)
    }
    return step
  }

  private static func words(_ answer: lzma_ret) -> String {
    switch answer {
    case LZMA_MEMLIMIT_ERROR:
      "they ask for more than \(memoryLimit >> 20) MiB of memory"
    case LZMA_MEM_ERROR: "there is not enough memory"
    case LZMA_OPTIONS_ERROR: "they are packed in a way this version does not know"
    case LZMA_FORMAT_ERROR: "a stream begins like none"
    case LZMA_DATA_ERROR: "a block contradicts its check"
    default: "xz error \(answer.rawValue)"
    }
  }

  func restart() -> Bool {
    unsafe lzma_stream_decoder(stream, XZDecoder.memoryLimit, 0) == LZMA_OK
  }
}

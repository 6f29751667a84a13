internal import CZlib

/// Members of gzip (RFC 1952), with the check of their content.
@safe final class GzipDecoder: FrameDecoder {
  /// The largest window there is, and a gzip header before the data.
  private static let windowBits: CInt = 15 + 16
  private let stream: UnsafeMutablePointer<z_stream>

  init?() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let answer = unsafe inflateInit2_(
      stream, GzipDecoder.windowBits, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    if answer != Z_OK { return nil }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> FrameStep {
    // zlib does not write to its input; its pointer merely is not const.
    unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(
      mutating: input.bindMemory(to: UInt8.self).baseAddress)
    unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
    unsafe stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
    unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
    let room = unsafe (stream.pointee.avail_in, stream.pointee.avail_out)
    let answer = unsafe inflate(stream, Z_NO_FLUSH)
    var step = unsafe FrameStep(
      taken: Int(room.0 - stream.pointee.avail_in), made: Int(room.1 - stream.pointee.avail_out),
      isEnd: answer == Z_STREAM_END)
    switch answer {
    case Z_OK, Z_STREAM_END, Z_BUF_ERROR: break
    default:
      let words = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
      step.damage = words ?? "zlib error \(answer)"
    }
    return step
  }

  func restart() -> Bool { unsafe inflateReset(stream) == Z_OK }
}

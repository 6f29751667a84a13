internal import CZlib

/// Whole pieces of bytes by gzip (RFC 1952), as messages are.
public enum Gzip {
  /// Why compressed bytes give nothing.
  public enum Problem: Error, Hashable, Sendable {
    /// They would give more than what may be.
    case tooLarge
    /// They are damaged, cut short, or followed by others.
    case damaged
  }

  /// Bytes, compressed; the same bytes give the same.
  ///
  /// - Parameter bytes: what is compressed.
  /// - Returns: the compressed bytes; nil where they would not be shorter.
  public static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = unsafe z_stream()
    // 15 bits of window, and 16 for the form of gzip, whose time stays 0.
    guard
      unsafe deflateInit2_(
        &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        CInt(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { _ = unsafe deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count)
    let result = unsafe input.withUnsafeMutableBufferPointer { from in
      unsafe output.withUnsafeMutableBufferPointer { to in
        unsafe stream.next_in = from.baseAddress
        unsafe stream.avail_in = UInt32(clamping: from.count)
        unsafe stream.next_out = to.baseAddress
        unsafe stream.avail_out = UInt32(clamping: to.count)
        return unsafe deflate(&stream, Z_FINISH)
      }
    }
    guard result == Z_STREAM_END else { return nil }
    return Array(output.prefix(Int(unsafe stream.total_out)))
  }

  /// What compressed bytes were.
  ///
  /// - Parameters:
  ///   - bytes: compressed bytes of whatever origin.
  ///   - most: no more bytes are made: a small piece can give a thousand times its size.
  /// - Returns: the bytes.
  /// - Throws: `Problem`.
  public static func inflated(_ bytes: [UInt8], most: Int) throws(Problem) -> [UInt8] {
    let opened: Decompressor? = unsafe bytes.withUnsafeBytes { raw in
      let head = unsafe raw.bytes
      return CompressionKind.recognise(head) == .gzip ? Decompressor(.gzip, head: head) : nil
    }
    guard let decompressor = opened else { throw .damaged }
    var made: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { room in
        unsafe decompressor.read(into: room) { _ in 0 }
      }
      if count == 0 { break }
      guard made.count + count <= most else { throw .tooLarge }
      made += buffer[..<count]
    }
    if decompressor.trouble != nil { throw .damaged }
    return made
  }
}

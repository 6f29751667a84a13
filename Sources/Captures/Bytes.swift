/// Loads in network order. Each is bounds-checked and traps outside the span: callers check first.
extension RawSpan {
  @inline(__always) func u8(_ offset: Int) -> UInt8 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
  }
  @inline(__always) func u16(_ offset: Int) -> UInt16 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self).bigEndian
  }
  @inline(__always) func u32(_ offset: Int) -> UInt32 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self).bigEndian
  }
  @inline(__always) func u64(_ offset: Int) -> UInt64 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self).bigEndian
  }
  @inline(__always) func littleU16(_ offset: Int) -> UInt16 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian
  }
  @inline(__always) func littleU64(_ offset: Int) -> UInt64 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
  }
  @inline(__always) func littleU32(_ offset: Int) -> UInt32 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian
  }
}

/// The byte order that a part of a file was written in.
struct ByteOrder: Equatable, Sendable {
  let isBig: Bool

  @inline(__always) func u16(_ bytes: RawSpan, _ at: Int) -> UInt16 {
    isBig ? bytes.u16(at) : bytes.littleU16(at)
  }
  @inline(__always) func u32(_ bytes: RawSpan, _ at: Int) -> UInt32 {
    isBig ? bytes.u32(at) : bytes.littleU32(at)
  }
  @inline(__always) func u64(_ bytes: RawSpan, _ at: Int) -> UInt64 {
    isBig ? bytes.u64(at) : bytes.littleU64(at)
  }
}

/// The Internet checksum (RFC 1071).
enum InternetChecksum {
  /// The one's complement sum, folded to 16 bits, of `bytes` and a start value; 0xffff where a checksum
  /// inside the range verifies.
  static func sum(_ bytes: RawSpan, start: UInt64 = 0) -> UInt16 {
    var sum = start
    var at = 0
    while bytes.byteCount - at >= 4 {
      sum &+= UInt64(bytes.u32(at))
      at += 4
    }
    if bytes.byteCount - at >= 2 {
      sum &+= UInt64(bytes.u16(at))
      at += 2
    }
    if at < bytes.byteCount { sum &+= UInt64(bytes.u8(at)) << 8 }
    return fold(sum)
  }

  @inline(__always)
  static func fold(_ wide: UInt64) -> UInt16 {
    var sum = (wide & 0xffff_ffff) &+ (wide >> 32)
    sum = (sum & 0xffff) &+ (sum >> 16)
    sum = (sum & 0xffff) &+ (sum >> 16)
    sum = (sum & 0xffff) &+ (sum >> 16)
    return UInt16(truncatingIfNeeded: sum)
  }
}

/// Bytes under construction, network order unless said otherwise.
struct ByteBuffer {
  var bytes: [UInt8] = []

  init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  mutating func u8(_ value: UInt8) { bytes.append(value) }

  mutating func u16(_ value: UInt16) {
    bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    bytes.append(UInt8(truncatingIfNeeded: value))
  }

  mutating func u32(_ value: UInt32) {
    u16(UInt16(truncatingIfNeeded: value >> 16))
    u16(UInt16(truncatingIfNeeded: value))
  }

  /// Least significant byte first.
  mutating func u16LittleEndian(_ value: UInt16) { u16(value.byteSwapped) }

  /// Least significant byte first.
  mutating func u32LittleEndian(_ value: UInt32) { u32(value.byteSwapped) }

  mutating func append(_ other: [UInt8]) { bytes += other }

  mutating func append(_ text: String) { bytes += text.utf8 }
}

/// The Internet checksum (RFC 1071).
enum Checksum {
  /// The one's complement sum of 16-bit words, an odd last byte padded with zero; not yet inverted.
  static func sum(_ bytes: ArraySlice<UInt8>, from start: UInt32 = 0) -> UInt32 {
    var sum = start
    var index = bytes.startIndex
    while index + 1 < bytes.endIndex {
      sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
      index += 2
    }
    if index < bytes.endIndex { sum += UInt32(bytes[index]) << 8 }
    while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
    return sum
  }

  /// The value for a checksum field that is zero in `bytes`.
  static func of(_ bytes: [UInt8], from start: UInt32 = 0) -> UInt16 {
    ~UInt16(truncatingIfNeeded: sum(bytes[...], from: start))
  }

  /// Puts a checksum, or any 16-bit value, at an offset.
  static func put(_ value: UInt16, into bytes: inout [UInt8], at offset: Int) {
    bytes[offset] = UInt8(truncatingIfNeeded: value >> 8)
    bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
  }
}

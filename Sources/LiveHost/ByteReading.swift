/// Numbers out of the kernel's messages; nil wherever the bytes end too early.
extension ArraySlice<UInt8> {
  /// One byte at a distance from the beginning.
  func byte(_ offset: Int) -> UInt8? {
    guard offset >= 0, offset < count else { return nil }
    return self[startIndex + offset]
  }

  /// Two bytes in network order.
  func big16(_ offset: Int) -> UInt16? {
    guard let high = byte(offset), let low = byte(offset + 1) else { return nil }
    return UInt16(high) << 8 | UInt16(low)
  }

  /// A number in the host's order.
  func host<Number: FixedWidthInteger>(_ offset: Int, as: Number.Type) -> Number? {
    let size = Number.bitWidth / 8
    guard offset >= 0, offset <= count - size else { return nil }
    var number: Number = 0
    for place in 0..<size {
      #if _endian(big)
        let shift = (size - 1 - place) * 8
      #else
        let shift = place * 8
      #endif
      number |= Number(truncatingIfNeeded: self[startIndex + offset + place]) << shift
    }
    return number
  }

  /// A part; nil where it does not lie within.
  func part(_ offset: Int, _ length: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, length >= 0, offset <= count - length else { return nil }
    return self[(startIndex + offset)..<(startIndex + offset + length)]
  }

  /// A text that a zero ends.
  var zeroEnded: String { String(decoding: prefix { $0 != 0 }, as: UTF8.self) }
}

/// Messages to the kernel are written in the host's order.
extension [UInt8] {
  mutating func append(host number: some FixedWidthInteger) {
    let size = type(of: number).bitWidth / 8
    for place in 0..<size {
      #if _endian(big)
        let shift = (size - 1 - place) * 8
      #else
        let shift = place * 8
      #endif
      append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}

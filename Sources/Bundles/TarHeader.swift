/// The header of a regular file in a tar archive (ustar), in the one form that a bundle has.
///
/// Everything that is not said here is constant: mode 0600, owner and group 0 without names. So a
/// header is well formed exactly when it equals the one that its name, size and time give.
struct TarHeader {
  /// Bytes of a header, and what contents are padded to.
  static let length = 512
  /// The largest number in a field of eleven octal digits.
  static let largest: UInt64 = (1 << 33) - 1

  var name: [UInt8]
  var size: UInt64
  /// Seconds since 1970.
  var modified: UInt64

  /// Bytes that pad contents of a size to whole blocks.
  static func padding(_ size: UInt64) -> Int { Int((512 - size % 512) % 512) }

  /// The header's bytes; nil where name, size or time do not fit.
  var block: [UInt8]? {
    guard size <= TarHeader.largest, modified <= TarHeader.largest,
      let (prefix, name) = TarHeader.divided(name)
    else { return nil }
    var block = [UInt8](repeating: 0, count: TarHeader.length)
    func put(_ bytes: some Sequence<UInt8>, at place: Int) {
      for (offset, byte) in bytes.enumerated() { block[place + offset] = byte }
    }
    func octal(_ value: UInt64, digits: Int) -> [UInt8] {
      let text = Array(String(value, radix: 8).utf8)
      return [UInt8](repeating: 48, count: digits - text.count) + text
    }
    put(name, at: 0)
    put("0000600".utf8, at: 100)
    put("0000000".utf8, at: 108)
    put("0000000".utf8, at: 116)
    put(octal(size, digits: 11), at: 124)
    put(octal(modified, digits: 11), at: 136)
    block[156] = UInt8(ascii: "0")
    put("ustar".utf8, at: 257)
    put("00".utf8, at: 263)
    put(prefix, at: 345)
    put(octal(UInt64(TarHeader.sum(block)), digits: 6), at: 148)
    block[155] = 32
    return block
  }

  /// The sum that a header's own field states: of all bytes, that field taken as spaces.
  static func sum(_ block: [UInt8]) -> Int {
    block.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(block[$1])) }
  }

  /// A name in its two fields of 155 and 100 bytes, divided at the first slash that allows it.
  private static func divided(_ name: [UInt8]) -> ([UInt8], [UInt8])? {
    if name.count <= 100 { return ([], name) }
    for (place, byte) in name.enumerated() where byte == UInt8(ascii: "/") {
      let rest = name.count - place - 1
      if rest <= 100, rest > 0 {
        return place <= 155 && place > 0
          ? (Array(name[..<place]), Array(name[(place + 1)...])) : nil
      }
    }
    return nil
  }
}

extension TarHeader {
  /// What a block of 512 bytes that should be a header says, well formed or not.
  struct Claim {
    var block: [UInt8]

    /// Whether its sum is the stated one.
    var isWhole: Bool { TarHeader.number(block[148..<156]) == UInt64(TarHeader.sum(block)) }
    var isZero: Bool { block.allSatisfy { $0 == 0 } }
    /// The name in its two fields.
    var name: [UInt8] {
      let name = block[0..<100].prefix { $0 != 0 }
      let prefix = block[345..<500].prefix { $0 != 0 }
      return prefix.isEmpty ? Array(name) : prefix + [UInt8(ascii: "/")] + name
    }
    /// What it is a header of, where that is not a regular file.
    var strangeKind: String? {
      switch block[156] {
      case UInt8(ascii: "0"): nil
      case UInt8(ascii: "1"): "a hard link"
      case UInt8(ascii: "2"): "a symbolic link"
      case UInt8(ascii: "3"): "a character device"
      case UInt8(ascii: "4"): "a block device"
      case UInt8(ascii: "5"): "a folder"
      case UInt8(ascii: "6"): "a named pipe"
      case UInt8(ascii: "S"): "a sparse file"
      case UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "X"):
        "an extended header, which could give a member another name, size or holes"
      case UInt8(ascii: "L"), UInt8(ascii: "K"): "a name of GNU tar's for the next member"
      default: "an entry of an unknown kind (\(block[156]))"
      }
    }
    /// The header it states; nil where its numbers are none.
    var header: TarHeader? {
      guard let size = TarHeader.number(block[124..<136]),
        let modified = TarHeader.number(block[136..<148])
      else { return nil }
      return TarHeader(name: name, size: size, modified: modified)
    }
  }

  /// Octal digits, closed by a space or 0; nil for anything else.
  private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
    let digits = field.prefix { $0 != 0 && $0 != 32 }
    guard !digits.isEmpty, digits.count <= 11 else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard (48...55).contains(digit) else { return nil }
      value = value << 3 | UInt64(digit - 48)
    }
    return value
  }
}

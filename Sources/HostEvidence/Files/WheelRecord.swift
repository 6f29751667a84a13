/// The `RECORD` of an installed Python package: path, `algorithm=` with a hash in URL-safe base64
/// without padding, size (Python Packaging User Guide, "Recording installed projects"). It is written
/// as the package is installed, so it says what the package brought.
struct WheelRecord: ManifestFormat {
  static let name = "wheel RECORD"

  func take(_ line: String) -> LineOutcome {
    guard let cells = DelimitedLine.cells(line), cells.count == 3, !cells[0].isEmpty else {
      return .foreign("not a path, a hash and a size")
    }
    // The list names itself without a hash.
    if cells[1].isEmpty, cells[2].isEmpty {
      return cells[0].hasSuffix(".dist-info/RECORD") || cells[0].hasSuffix(".pyc")
        ? .understood : .foreign("a path without a hash")
    }
    guard let mark = cells[1].firstIndex(of: "="),
      let algorithm = HashAlgorithm(named: cells[1][..<mark]),
      let bytes = Self.bytes(cells[1][cells[1].index(after: mark)...].utf8),
      let hash = FileHash(algorithm, hexadecimal(bytes))
    else { return .foreign("not a hash in URL-safe base64") }
    var claim = ManifestFormats.claim(cells[0], .reference)
    claim.hashes = [hash]
    if !cells[2].isEmpty {
      guard let size = UInt64(cells[2]) else { return .foreign("no size") }
      claim.size = size
    }
    return .claims([claim])
  }

  /// The bytes that URL-safe base64 without padding stands for (RFC 4648, section 5); nil for any
  /// other character, and where bits are left over that say something.
  static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var (bits, count) = (UInt32(0), 0)
    for byte in text {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - 65
      case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - 71
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte + 4
      case UInt8(ascii: "-"): digit = 62
      case UInt8(ascii: "_"): digit = 63
      default: return nil
      }
      bits = bits << 6 | UInt32(digit)
      count += 6
      if count >= 8 {
        count -= 8
        result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        bits &= (1 << UInt32(count)) - 1
      }
    }
    return count < 6 && bits == 0 ? result : nil
  }
}

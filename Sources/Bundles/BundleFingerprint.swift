private import Crypto

/// What people compare over another channel to know whose key it is: the SHA-256 of the 32 bytes of an
/// Ed25519 public key.
public struct BundleFingerprint: Hashable, Sendable, CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  public let hexadecimal: String

  init(publicKey: [UInt8]) {
    hexadecimal = Hexadecimal.text(SHA256.hash(data: publicKey))
  }

  /// A fingerprint that somebody wrote: 64 hexadecimal digits; case, spaces, hyphens, colons and a
  /// leading `SHA256:` do not matter. Nil where it is none.
  public init?(_ text: String) {
    var digits = text.lowercased()
    if digits.hasPrefix("sha256:") { digits.removeFirst(7) }
    digits.removeAll { " -:".contains($0) }
    guard let bytes = Hexadecimal.bytes(digits.utf8), bytes.count == 32 else { return nil }
    hexadecimal = digits
  }

  /// Eight groups of eight digits.
  public var description: String {
    let digits = Array(hexadecimal)
    return stride(from: 0, to: digits.count, by: 8)
      .map { String(digits[$0..<min($0 + 8, digits.count)]) }.joined(separator: "-")
  }
}

/// Lower-case hexadecimal digits.
enum Hexadecimal {
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The bytes; nil for anything but pairs of lower-case digits.
  static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text {
      let digit: UInt8
      switch character {
      case 48...57: digit = character - 48
      case 97...102: digit = character - 87
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }
}

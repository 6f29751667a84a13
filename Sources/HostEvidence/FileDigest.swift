private import Crypto

/// A SHA-256 digest (FIPS 180-4) made piece by piece.
public struct FileDigest {
  private var hash = SHA256()

  /// The digest of nothing yet.
  public init() {}

  /// Takes further bytes.
  public mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
  }

  /// The digest of all bytes so far as 64 lower-case hexadecimal digits.
  public var hexadecimal: String {
    hash.finalize().map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  /// The digest of a text's UTF-8.
  public static func sha256(of text: String) -> String {
    var digest = FileDigest()
    digest.hash.update(data: Array(text.utf8))
    return digest.hexadecimal
  }
}

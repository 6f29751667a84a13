/// A way to make a short fingerprint of a file's bytes.
public enum HashAlgorithm: String, Sendable, Hashable, CaseIterable, Comparable {
  /// The 32-bit cyclic redundancy check: finds accidents, not forgers.
  case crc32
  /// MD5 (RFC 1321).
  case md5
  /// SHA-1 (FIPS 180-4).
  case sha1
  /// SHA-256 (FIPS 180-4).
  case sha256
  /// SHA-384 (FIPS 180-4).
  case sha384
  /// SHA-512 (FIPS 180-4).
  case sha512

  /// How many hexadecimal digits a hash of this kind has.
  public var digitCount: Int {
    switch self {
    case .crc32: 8
    case .md5: 32
    case .sha1: 40
    case .sha256: 64
    case .sha384: 96
    case .sha512: 128
    }
  }

  /// Whether two files with the same hash can be made on purpose.
  public var allowsForgedCollisions: Bool { self < .sha256 }

  /// The name as people write it.
  public var title: String {
    switch self {
    case .crc32: "CRC-32"
    case .md5: "MD5"
    case .sha1: "SHA-1"
    case .sha256: "SHA-256"
    case .sha384: "SHA-384"
    case .sha512: "SHA-512"
    }
  }

  /// The algorithm a tool calls by this name: `SHA256`, `sha-256`, `MD5`.
  ///
  /// - Parameter name: the name, in any case, with or without a hyphen.
  public init?(named name: some StringProtocol) {
    let plain = name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
    self.init(rawValue: plain)
  }

  /// The algorithm whose hashes have this length.
  ///
  /// - Parameter digits: how many hexadecimal digits.
  public init?(digits: Int) {
    guard let found = Self.allCases.first(where: { $0.digitCount == digits }) else { return nil }
    self = found
  }

  /// From the weakest to the strongest.
  public static func < (one: Self, other: Self) -> Bool { one.digitCount < other.digitCount }
}

/// One hash of a file.
public struct FileHash: Sendable, Hashable, Comparable {
  /// How it was made.
  public let algorithm: HashAlgorithm
  /// Its lower-case hexadecimal digits, as many as the algorithm has.
  public let digits: String

  /// A hash, where the text has the right length and nothing but hexadecimal digits.
  ///
  /// - Parameters:
  ///   - algorithm: how it was made; without it the length decides.
  ///   - text: the digits in any case.
  public init?(_ algorithm: HashAlgorithm? = nil, _ text: some StringProtocol) {
    let length = text.utf8.count
    guard length <= 128, let algorithm = algorithm ?? HashAlgorithm(digits: length),
      algorithm.digitCount == length,
      text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0 | 32) })
    else { return nil }
    self.algorithm = algorithm
    digits = text.lowercased()
  }

  init(_ algorithm: HashAlgorithm, bytes: some Sequence<UInt8>) {
    self.algorithm = algorithm
    digits = hexadecimal(bytes)
  }

  /// By algorithm, then by digits.
  public static func < (one: Self, other: Self) -> Bool {
    (one.algorithm, one.digits) < (other.algorithm, other.digits)
  }
}

/// Bytes as lower-case hexadecimal digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef")
  return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

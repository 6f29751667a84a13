import Crypto
import CryptoExtras
import Foundation

/// Passwords are kept as what scrypt makes of them (RFC 7914), with a salt of their own.
enum Passwords {
  /// The fewest characters of a new password.
  static let fewest = 12
  /// The most bytes that are looked at.
  static let mostBytes = 256

  /// OWASP's second choice for scrypt (Password Storage Cheat Sheet): 32 MiB, three passes.
  private static let cost = (rounds: 1 << 15, block: 8, passes: 3)

  /// What is kept of a password.
  static func kept(_ password: String) throws -> String {
    let salt = unsafe SymmetricKey(size: .bits128).withUnsafeBytes { unsafe Array($0) }
    let key = try derive(password, salt, cost)
    return "scrypt$\(cost.rounds)$\(cost.block)$\(cost.passes)$\(hex(salt))$\(hex(key))"
  }

  /// Whether a password is the one that was kept.
  static func matches(_ password: String, _ kept: String) -> Bool {
    let parts = kept.split(separator: "$")
    guard parts.count == 6, parts[0] == "scrypt", password.utf8.count <= mostBytes,
      let rounds = Int(parts[1]), let block = Int(parts[2]), let passes = Int(parts[3]),
      (2...1 << 20).contains(rounds), (1...32).contains(block), (1...16).contains(passes),
      let salt = bytes(parts[4]), let held = bytes(parts[5]),
      let made = try? derive(password, salt, (rounds, block, passes))
    else { return false }
    return constantTimeEqual(made, held)
  }

  /// What takes as long as checking a password does: for names that there are not.
  static func waste(_ password: String) {
    _ = try? derive(password, [UInt8](repeating: 0, count: 16), cost)
  }

  private static func derive(
    _ password: String, _ salt: [UInt8], _ cost: (rounds: Int, block: Int, passes: Int)
  ) throws -> [UInt8] {
    let key = try KDF.Scrypt.deriveKey(
      from: Data(password.utf8), salt: Data(salt), outputByteCount: 32, rounds: cost.rounds,
      blockSize: cost.block, parallelism: cost.passes)
    return unsafe key.withUnsafeBytes { unsafe Array($0) }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func bytes(_ digits: Substring) -> [UInt8]? {
    guard digits.utf8.count.isMultiple(of: 2), digits.utf8.count <= 128 else { return nil }
    var rest = digits
    var bytes: [UInt8] = []
    while !rest.isEmpty {
      guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}

/// Whether two texts of bytes are the same, found out in a time that does not depend on where they differ.
func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  guard a.count == b.count else { return false }
  return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}

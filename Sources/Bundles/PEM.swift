/// Ed25519 keys as openssl writes and reads them: PKCS #8 and SubjectPublicKeyInfo (RFC 8410) in PEM.
enum PEM {
  private static let privateLabel = "PRIVATE KEY"
  private static let publicLabel = "PUBLIC KEY"
  /// What stands before a key's 32 bytes: a version, the algorithm's number, the string's length.
  private static let privatePrefix: [UInt8] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  private static let publicPrefix: [UInt8] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]

  static func privateText(_ key: [UInt8]) -> String { text(privateLabel, privatePrefix + key) }
  static func publicText(_ key: [UInt8]) -> String { text(publicLabel, publicPrefix + key) }

  /// The 32 bytes of a private key; nil where the text is none.
  static func privateKey(_ text: String) -> [UInt8]? {
    key(text, privateLabel, after: privatePrefix)
  }
  /// The 32 bytes of a public key; nil where the text is none.
  static func publicKey(_ text: String) -> [UInt8]? { key(text, publicLabel, after: publicPrefix) }

  private static func text(_ label: String, _ bytes: [UInt8]) -> String {
    "-----BEGIN \(label)-----\n\(base64(bytes))\n-----END \(label)-----\n"
  }

  private static func key(_ text: String, _ label: String, after prefix: [UInt8]) -> [UInt8]? {
    let lines = text.split(whereSeparator: \.isNewline).map { line in
      String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
    guard let first = lines.firstIndex(of: "-----BEGIN \(label)-----"),
      let last = lines[first...].firstIndex(of: "-----END \(label)-----"),
      let bytes = bytes(lines[(first + 1)..<last].joined()),
      bytes.count == prefix.count + 32, bytes.starts(with: prefix)
    else { return nil }
    return Array(bytes.dropFirst(prefix.count))
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static func base64(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let three = bytes[start..<min(start + 3, bytes.count)]
      let bits = three.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - three.count))
      for digit in 0..<4 {
        text.append(
          digit <= three.count ? alphabet[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits = 0
    var count = 0
    for character in text.utf8 where character != UInt8(ascii: "=") {
      guard let digit = alphabet.firstIndex(of: character) else { return nil }
      bits = (bits << 6 | digit) & 0xffff
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    return bytes
  }
}

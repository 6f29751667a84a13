import Bundles
import Crypto
import Foundation

/// A bundle put together by hand, byte by byte, so that anything can be wrong with it.
struct Forgery {
  /// A header with what stands behind it.
  struct Entry {
    var header: [UInt8]
    var contents: [UInt8] = []
  }

  var listed: [(name: String, contents: [UInt8])]
  var key = Curve25519.Signing.PrivateKey()
  /// Changes the manifest before it is signed.
  var manifestEdit: (String) -> String = { $0 }
  /// Changes the signature's text.
  var signatureEdit: (String) -> String = { $0 }
  /// Changes the entries, the two of the seal among them.
  var edit: (inout [Entry]) -> Void = { _ in }

  init(_ listed: [(name: String, contents: [UInt8])] = Forgery.usual) { self.listed = listed }

  static let usual: [(name: String, contents: [UInt8])] = [
    ("a.txt", Array("first\n".utf8)), ("logs/b.txt", [UInt8](repeating: 66, count: 1_000)),
  ]

  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
  }

  var signer: BundleFingerprint? {
    BundleFingerprint(
      Forgery.hexadecimal(SHA256.hash(data: key.publicKey.rawRepresentation)))
  }

  /// The archive's entries.
  func entries() throws -> [Entry] {
    let manifest = manifestEdit(
      listed.map { "\(Forgery.hexadecimal(SHA256.hash(data: $0.contents)))  \($0.name)\n" }
        .joined())
    let signed = try key.signature(for: Array(manifest.utf8))
    let signature = signatureEdit(
      """
      culprit-bundle 1
      ed25519-public-key \(Forgery.hexadecimal(key.publicKey.rawRepresentation))
      ed25519-signature \(Forgery.hexadecimal(signed))

      """)
    var entries = [
      Entry.file("MANIFEST.sha256", Array(manifest.utf8)),
      .file("MANIFEST.sig", Array(signature.utf8)),
    ]
    entries += listed.map { .file($0.name, $0.contents) }
    edit(&entries)
    return entries
  }

  func archive() throws -> [UInt8] {
    try entries().flatMap { entry in
      entry.header + entry.contents
        + [UInt8](repeating: 0, count: (512 - entry.contents.count % 512) % 512)
    } + [UInt8](repeating: 0, count: 1024)
  }

  func bundle() throws -> [UInt8] { Forgery.sealed(Forgery.frame(try archive())) }

  /// A zstd frame of blocks that are stored as they are.
  static func frame(_ content: [UInt8], window: UInt8 = 0x58) -> [UInt8] {
    var bytes: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0, window]
    var start = 0
    repeat {
      let piece = content[start..<min(start + 131_072, content.count)]
      start += piece.count
      bytes += block(piece.count, type: 0, isLast: start == content.count) + piece
    } while start < content.count
    return bytes
  }

  /// The head of a zstd block: type 0 is stored, 1 one byte repeated.
  static func block(_ size: Int, type: Int, isLast: Bool) -> [UInt8] {
    let head = (isLast ? 1 : 0) | type << 1 | size << 3
    return [UInt8(head & 255), UInt8(head >> 8 & 255), UInt8(head >> 16)]
  }

  /// A frame of some content and then so many blocks of 128 KiB of zeros, four bytes each.
  static func frame(_ content: [UInt8], zeroBlocks: Int) -> [UInt8] {
    var bytes: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]
    bytes += block(content.count, type: 0, isLast: false) + content
    for index in 0..<zeroBlocks {
      bytes += block(131_072, type: 1, isLast: index == zeroBlocks - 1) + [0]
    }
    return bytes
  }

  static func sealed(_ frame: [UInt8]) -> [UInt8] {
    frame + [0x5b, 0x2a, 0x4d, 0x18, 32, 0, 0, 0] + SHA256.hash(data: frame)
  }
}

extension Forgery.Entry {
  /// A header in the form of a bundle's, then changed at will, with its right sum.
  static func file(
    _ name: String, _ contents: [UInt8] = [], change: (inout [UInt8]) -> Void = { _ in }
  ) -> Self {
    file(Array(name.utf8), contents, size: contents.count, change: change)
  }

  static func file(
    _ name: [UInt8], _ contents: [UInt8] = [], size: Int, change: (inout [UInt8]) -> Void = { _ in }
  ) -> Self {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ place: Int) {
      header.replaceSubrange(place..<(place + text.utf8.count), with: text.utf8)
    }
    let name = name.prefix(100)
    header.replaceSubrange(0..<name.count, with: name)
    put("0000600", 100)
    put("0000000", 108)
    put("0000000", 116)
    put(octal(size), 124)
    put(octal(1_000_000_000), 136)
    put("0", 156)
    put("ustar", 257)
    put("00", 263)
    change(&header)
    var entry = Self(header: header, contents: contents)
    entry.sum()
    return entry
  }

  static func octal(_ value: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: max(0, 11 - text.count)) + text
  }

  /// Writes the header's sum anew.
  mutating func sum() {
    header.replaceSubrange(148..<156, with: repeatElement(32, count: 8))
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    let text = String(repeating: "0", count: 6 - sum.count) + sum
    header.replaceSubrange(148..<154, with: text.utf8)
    header[154] = 0
  }
}

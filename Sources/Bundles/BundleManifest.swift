/// The list of a bundle's members with their digests, as sha256sum writes and checks it.
struct BundleManifest {
  /// Digests by name.
  private(set) var digests: [String: String] = [:]

  /// A manifest's bytes.
  static func text(_ entries: [(name: String, digest: String)]) -> [UInt8] {
    Array(entries.map { "\($0.digest)  \($0.name)\n" }.joined().utf8)
  }

  /// Reads a manifest; fails with what is wrong, and where.
  init(_ bytes: [UInt8]) throws(BundleManifest.Malformed) {
    if let last = bytes.last, last != 10 {
      throw Malformed(description: "its last line is not ended")
    }
    for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false)
      .dropLast().enumerated()
    {
      let place = "line \(index + 1)"
      guard line.count > 66, Hexadecimal.bytes(line.prefix(64)) != nil,
        line.dropFirst(64).prefix(2).elementsEqual("  ".utf8)
      else {
        throw Malformed(
          description: "\(place) is not 64 hexadecimal digits, two spaces and a name")
      }
      let bytes = Array(line.dropFirst(66))
      if let complaint = MemberName.complaint(bytes) {
        throw Malformed(description: "\(place), \(MemberName.shown(bytes)): \(complaint)")
      }
      let name = String(decoding: bytes, as: UTF8.self)
      let digest = String(decoding: line.prefix(64), as: UTF8.self)
      if digests.updateValue(digest, forKey: name) != nil {
        throw Malformed(description: "\(place): \(MemberName.shown(name)) is listed twice")
      }
    }
  }

  /// What is wrong with a manifest.
  struct Malformed: Error { var description: String }

  /// Takes a member's digest out; nil where it is not listed.
  mutating func take(_ name: String) -> String? { digests.removeValue(forKey: name) }
}

/// The text of MANIFEST.sig.
struct SignatureText {
  var publicKey: [UInt8]
  var signature: [UInt8]

  var text: String {
    "culprit-bundle 1\n"
      + "ed25519-public-key \(Hexadecimal.text(publicKey))\n"
      + "ed25519-signature \(Hexadecimal.text(signature))\n"
  }

  init(publicKey: [UInt8], signature: [UInt8]) {
    self.publicKey = publicKey
    self.signature = signature
  }

  /// Reads the text; nil for anything but the very form that is written.
  init?(_ bytes: [UInt8]) {
    let words = bytes.split(whereSeparator: { $0 == 10 || $0 == 32 })
    guard words.count == 6, let publicKey = Hexadecimal.bytes(words[3]),
      let signature = Hexadecimal.bytes(words[5]), publicKey.count == 32, signature.count == 64
    else { return nil }
    self.init(publicKey: publicKey, signature: signature)
    guard text.utf8.elementsEqual(bytes) else { return nil }
  }

  /// Every text has this length.
  static let length = 17 + 19 + 64 + 1 + 18 + 128 + 1
}

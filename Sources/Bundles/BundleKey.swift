private import Crypto
internal import Glibc

/// The Ed25519 key that signs a bundle.
public struct BundleKey: Sendable {
  /// The 32 bytes it is made from; they never leave the process but for the key file.
  private let seed: [UInt8]
  /// The 32 bytes of the public key.
  public let publicKey: [UInt8]
  /// What people compare.
  public var fingerprint: BundleFingerprint { BundleFingerprint(publicKey: publicKey) }
  /// The public key as openssl reads it, for those who will check signatures.
  public var publicKeyText: String { PEM.publicText(publicKey) }

  /// A new key that is kept nowhere: good for one bundle.
  public init() {
    let key = Curve25519.Signing.PrivateKey()
    seed = Array(key.rawRepresentation)
    publicKey = Array(key.publicKey.rawRepresentation)
  }

  private init?(seed: [UInt8]) {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
    self.seed = seed
    publicKey = Array(key.publicKey.rawRepresentation)
  }

  /// Reads a private key: PKCS #8 in PEM, as `make` and `openssl genpkey -algorithm ed25519` write.
  ///
  /// - Parameter path: a file that none but its owner may read.
  /// - Returns: the key.
  /// - Throws: `BundleError` where it is missing, no such key, or others may read it.
  public static func read(path: String) throws(BundleError) -> BundleKey {
    let file = try InputFile(path: path, calledA: "key file")
    guard file.permissions & 0o077 == 0 else {
      throw BundleError(
        .badKey,
        "\(path): others than its owner may use this private key "
          + "(mode \(String(file.permissions, radix: 8))); if nobody has, run chmod 600 on it, "
          + "else make a new one")
    }
    guard let text = file.text(upTo: KeyText.longest), let seed = PEM.privateKey(text),
      let key = BundleKey(seed: seed)
    else {
      throw BundleError(
        .badKey,
        "\(path): not a private Ed25519 key in PEM; make one with --new-key, "
          + "or with openssl genpkey -algorithm ed25519")
    }
    return key
  }

  /// Makes a new key and writes it to a file that only its owner may read.
  ///
  /// - Parameter path: a file that does not exist yet; it is never overwritten.
  /// - Returns: the key.
  /// - Throws: `BundleError` where the file exists or cannot be made.
  public static func make(at path: String) throws(BundleError) -> BundleKey {
    let key = BundleKey()
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      let number = errno
      throw BundleError(
        number == EEXIST ? .exists : .cannotCreate,
        number == EEXIST
          ? "\(path): there is a file already, and a key is never overwritten; name another"
          : "\(path): the key cannot be written (\(SystemError.text(number)))")
    }
    let failure = OutputBytes.write(Array(PEM.privateText(key.seed).utf8), to: descriptor)
    let closed = close(descriptor) == 0 ? 0 : errno
    if failure != 0 || closed != 0 {
      _ = unsafe unlink(path)
      throw BundleError(
        .cannotCreate,
        "\(path): the key cannot be written (\(SystemError.text(failure != 0 ? failure : closed)))")
    }
    return key
  }

  /// The 64 bytes of a signature; nil only where the library fails.
  func signature(of bytes: [UInt8]) -> [UInt8]? {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
      let signature = try? key.signature(for: bytes)
    else { return nil }
    return Array(signature)
  }

  /// Whether a signature of these bytes was made with the private half of a public key.
  static func verifies(_ signature: [UInt8], of bytes: [UInt8], publicKey: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else {
      return false
    }
    return key.isValidSignature(signature, for: bytes)
  }
}

/// Keys in files.
enum KeyText {
  /// No file of a key is longer.
  static let longest = 16_384
}

extension BundleFingerprint {
  /// The fingerprint that a user means: written out, or that of the key in a file, public or private.
  ///
  /// - Parameter text: 64 hexadecimal digits, or a path.
  /// - Returns: the fingerprint.
  /// - Throws: `BundleError` where it is neither.
  public static func named(_ text: String) throws(BundleError) -> BundleFingerprint {
    if let written = BundleFingerprint(text) { return written }
    let file: InputFile
    do {
      file = try InputFile(path: text, calledA: "key file")
    } catch {
      guard error.kind == .missing else { throw error }
      throw BundleError(
        .missing,
        "\(text): neither a fingerprint (64 hexadecimal digits) nor a key file; check the spelling")
    }
    if let content = file.text(upTo: KeyText.longest) {
      if let key = PEM.publicKey(content) { return BundleFingerprint(publicKey: key) }
      if PEM.privateKey(content) != nil { return try BundleKey.read(path: text).fingerprint }
      if let written = BundleFingerprint(String(content.prefix { !$0.isNewline })) {
        return written
      }
    }
    throw BundleError(.badKey, "\(text): holds no Ed25519 key in PEM and no fingerprint")
  }
}

/// What stands behind the archive's zstd frame: a frame that zstd skips, with the SHA-256 of all bytes
/// before it. Some bits of a zstd frame mean nothing; with the seal every bit of a bundle counts.
enum BundleSeal {
  /// Bytes of a seal.
  static let length = 40
  /// A skippable frame's number, then its length.
  static let head: [UInt8] = [0x5b, 0x2a, 0x4d, 0x18, 32, 0, 0, 0]
  /// What an ordinary zstd frame begins with.
  static let zstdMagic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]

  static func bytes(_ digest: some Sequence<UInt8>) -> [UInt8] { head + digest }
}

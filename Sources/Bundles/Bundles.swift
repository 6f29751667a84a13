// Bundles: a host's evidence in one sealed file, and the check of such a file.
//
// A bundle is a tar archive (ustar) in one zstd frame, then a seal: a frame that zstd skips, with the
// SHA-256 of the frame before it. The archive's first members are MANIFEST.sha256, in the form that
// sha256sum writes, and MANIFEST.sig, an Ed25519 signature of the manifest's bytes. Everything else
// stands in the manifest. tar and sha256sum read a bundle; this room reads only what this room
// writes, and refuses any other archive, so that two programs can never see two contents in one file.
//
// `BundleWriter` writes, `BundleScan` reads; `verifyBundle` and `openBundle` stand on it. Nothing is
// ever extracted by name.

/// What is still read of a bundle. A bundle beyond them is refused, and none is written.
public struct BundleLimits: Hashable, Sendable {
  /// Members, the two of the seal among them.
  public var members = 10_000
  /// Bytes of one member.
  public var memberBytes: UInt64 = 4 << 30
  /// Bytes of all members together.
  public var totalBytes: UInt64 = 8 << 30
  /// Beyond `unquestionedBytes` all members together may be this many times as large as the bundle.
  public var expansion: UInt64 = 1_000
  /// So much may come out of a bundle however small it is.
  public var unquestionedBytes: UInt64 = 64 << 20

  /// The limits of the command line.
  public static let standard = BundleLimits()

  /// The limits of the command line, to be changed.
  public init() {}

  /// What a bundle of so many bytes may hold.
  func totalBytes(ofBundle size: UInt64) -> UInt64 {
    let (product, overflow) = size.multipliedReportingOverflow(by: expansion)
    let (sum, beyond) = product.addingReportingOverflow(unquestionedBytes)
    return min(totalBytes, overflow || beyond ? .max : sum)
  }

  /// Bytes of a manifest: no more than so many lines can take, and it is held in memory.
  static let manifestBytes: UInt64 = 4 << 20
}

/// Why a bundle or a key cannot be made or read at all; one clear line each.
public struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Kind: Hashable, Sendable {
    /// The path does not exist.
    case missing
    /// The path exists and may not be read.
    case unreadable
    /// It is something else.
    case notABundle
    /// A member cannot be taken in: its name, its size, or it changed meanwhile.
    case badMember
    /// The file is there already.
    case exists
    /// The file cannot be made.
    case cannotCreate
    /// A key that is none, or that others may read.
    case badKey
  }
  /// What kind of failure it is.
  public let kind: Kind
  /// What happened, where, why, and what to do next.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// The exit status after sysexits.h.
  public var exitCode: Int32 {
    switch kind {
    case .missing: 66
    case .unreadable, .notABundle, .badKey: 65
    case .badMember, .exists, .cannotCreate: 73
    }
  }
}

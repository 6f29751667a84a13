public import Observations

/// A file in a bundle that is to be written.
public struct BundleMember: Sendable {
  /// Where its bytes come from.
  public enum Contents: Sendable {
    /// They are in memory.
    case bytes([UInt8])
    /// A regular file, opened when the bundle is written.
    case file(path: String)
    /// A regular file that the caller keeps open until the bundle is written. It is read from its
    /// beginning, and its position is left alone.
    case descriptor(Int32)
  }
  /// Its name inside the bundle, folders divided by slashes.
  public let path: String
  /// Where its bytes come from.
  public let contents: Contents
  /// The time it is said to be of, in whole seconds.
  public let modified: Timestamp

  /// A member out of its parts; `writeBundle` checks them.
  public init(path: String, contents: Contents, modified: Timestamp) {
    self.path = path
    self.contents = contents
    self.modified = modified
  }
}

/// What was written.
public struct WrittenBundle: Hashable, Sendable {
  /// Where it stands.
  public let path: String
  /// Its size in bytes.
  public let bytes: UInt64
  /// Its members, the manifest and its signature not counted.
  public let members: Int
  /// The bytes of its members before compression.
  public let contentBytes: UInt64
  /// Whose signature it bears.
  public let signer: BundleFingerprint
}

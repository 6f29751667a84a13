/// What is wrong with a bundle, at one place.
public struct BundleProblem: Hashable, Sendable, CustomStringConvertible {
  /// The kinds of problems.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A name that could lead elsewhere, mislead a reader, or is no text.
    case unsafeName
    /// A name that an earlier member has, or has but for upper and lower case.
    case duplicateName
    /// A link, a device, a folder, a sparse file: anything but a plain file.
    case notAPlainFile
    /// More members than are read.
    case tooManyMembers
    /// A member, or all together, larger than is read.
    case tooLarge
    /// A header whose sum does not fit it.
    case damagedHeader
    /// A header in another form than bundles have.
    case foreignHeader
    /// The compressed bytes are damaged.
    case damagedStream
    /// The file ends too early.
    case truncated
    /// Something stands behind the end.
    case trailingData
    /// The seal behind the archive is missing.
    case sealMissing
    /// The seal does not fit the bytes before it.
    case sealBroken
    /// The manifest cannot be read.
    case manifestMalformed
    /// A member that the manifest does not list.
    case notInManifest
    /// A member that the manifest lists and that is not there.
    case memberMissing
    /// A member whose bytes are not those that the manifest was made of.
    case memberChanged
    /// There is no signature.
    case signatureMissing
    /// The signature's text is none.
    case signatureMalformed
    /// The signature is not of this manifest by this key.
    case signatureWrong
    /// Signed, but by another key than the expected one.
    case otherSigner
    /// The system does not let it be read, or let its members be kept.
    case systemFailure
  }
  /// What kind of problem it is.
  public let kind: Kind
  /// The member it is about, fit to be shown; nil where it is about the whole bundle.
  public let member: String?
  /// What is wrong, and where, in one line.
  public let description: String
}

/// What checking a bundle gave.
public struct BundleVerification: Sendable {
  /// A member whose bytes are as they were when the bundle was signed.
  public struct Member: Hashable, Sendable {
    /// Its name in the bundle.
    public let path: String
    /// Its size in bytes.
    public let size: UInt64
    /// Its SHA-256 in hexadecimal digits.
    public let sha256: String
  }
  /// The bundle, as the user named it.
  public let path: String
  /// The bundle's size in bytes.
  public let bytes: UInt64
  /// The members that were found unchanged, in the bundle's order.
  public internal(set) var members: [Member] = []
  /// Whose signature the manifest bears; nil where there is no valid one.
  public internal(set) var signer: BundleFingerprint?
  /// Whether `signer` is the key that was expected; nil where none was named.
  public internal(set) var isExpectedSigner: Bool?
  /// What is wrong: the first of all problems.
  public internal(set) var problems: [BundleProblem] = []
  /// How many problems there are.
  public internal(set) var problemCount = 0

  /// Whether nothing at all is wrong.
  public var isVerified: Bool { problemCount == 0 }

  /// So many problems are kept; the others are counted.
  static let keptProblems = 100

  init(path: String, bytes: UInt64) {
    self.path = path
    self.bytes = bytes
  }

  /// Adds a problem; the one that ended the reading is always kept.
  mutating func add(_ problem: BundleProblem, isLast: Bool = false) {
    problemCount += 1
    if isLast || problems.count < BundleVerification.keptProblems { problems.append(problem) }
  }
}

/// Checks a bundle: its form, every member against the manifest, the manifest against its signature.
/// Reads it once, in constant memory, and writes nothing.
///
/// - Parameters:
///   - path: a file.
///   - limits: how much is read at most.
///   - trusted: whose signature is expected; nil takes any, which proves only that nothing changed
///     since the bundle was made.
/// - Returns: what was found.
/// - Throws: `BundleError` where it is missing, cannot be read, or is something else.
public func verifyBundle(
  path: String, limits: BundleLimits = .standard, trusted: BundleFingerprint? = nil
) throws(BundleError) -> BundleVerification {
  try BundleScan(path: path, limits: limits, trusted: trusted, store: nil).run()
}

/// A checked bundle and, where nothing is wrong with it, what its members hold.
public struct OpenedBundle: Sendable {
  /// What checking it gave.
  public let verification: BundleVerification
  /// Its members, the manifest and the signature among them, in the bundle's order; none where it
  /// did not verify.
  public let members: [StoredMember]
}

/// Checks a bundle and keeps what its members hold in a temporary file without a name, so that no name
/// in the bundle ever meets the file system, and what is read later is what was checked.
///
/// - Parameters:
///   - path: a file.
///   - limits: how much is read at most.
/// - Returns: what was found.
/// - Throws: `BundleError` where it is missing, cannot be read, or is something else.
public func openBundle(
  path: String, limits: BundleLimits = .standard
) throws(BundleError) -> OpenedBundle {
  let store = MemberStore()
  let verification = try BundleScan(path: path, limits: limits, trusted: nil, store: store).run()
  return OpenedBundle(
    verification: verification, members: verification.isVerified ? store.members : [])
}

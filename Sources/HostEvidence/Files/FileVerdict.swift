/// What a comparison of claims of one file yields.
public enum FileVerdict: Sendable, Hashable {
  /// The bytes have the reference's hash, by these algorithms.
  case matches(by: [HashAlgorithm])
  /// These agree, but no hash was compared.
  case consistent(in: [FileAgreement])
  /// These differ.
  case differs(in: [FileDifference])
  /// Nothing was compared, and why.
  case unknown(why: String)
}

extension FileVerdict {
  /// Its name in reports: `differs`, `unknown`, `consistent`, `matches`.
  public var name: String {
    switch self {
    case .differs: "differs"
    case .unknown: "unknown"
    case .consistent: "consistent"
    case .matches: "matches"
    }
  }
}

/// Something other than a hash in which two claims agree.
public enum FileAgreement: Sendable, Hashable {
  /// The version.
  case version(String)
  /// The size in bytes.
  case size(UInt64)
  /// The time; the subject's clock was so many minutes ahead of the reference's. Where that is
  /// not nought, or a zone is not stated, the agreement is an inference.
  case time(minutesAhead: Int, isInferred: Bool)
}

/// Something in which two claims differ, with both values.
public struct FileDifference: Sendable, Hashable {
  /// What: `SHA-256`, `size`, `version`, `time`, or what a package manager found changed.
  public let what: String
  /// What the reference says.
  public let expected: String
  /// What is stated or measured.
  public let found: String
  /// Whether it tells of other bytes; a mode, an owner or a time does not.
  public let isOfBytes: Bool
}

/// What is to be said of one file.
public struct FileJudgement: Sendable, Hashable {
  /// The file's name or place; in lower case where it is of Windows.
  public let name: String
  /// The verdict.
  public let verdict: FileVerdict
  /// The claims that went into it, in a fixed order.
  public let claims: [FileClaim]
  /// What has to be said beside it.
  public let remarks: [String]
}

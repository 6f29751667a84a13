/// Why evidence cannot be analysed; one clear line each.
public struct IntakeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Kind: Hashable, Sendable {
    /// The path does not exist.
    case noSuchFile
    /// The path exists and may not be read.
    case unreadable
    /// Nothing among the evidence is of a known kind.
    case nothingRecognised
  }
  /// What kind of failure it is.
  public let kind: Kind
  /// The path as the user gave it.
  public let path: String
  /// What happened, why, and what to do next.
  public let description: String

  /// An error out of its parts.
  public init(kind: Kind, path: String, description: String) {
    self.kind = kind
    self.path = path
    self.description = description
  }

  /// The exit status after sysexits.h: 66 (no input) for a missing path, 65 (bad data) otherwise.
  public var exitCode: Int32 { kind == .noSuchFile ? 66 : 65 }
}

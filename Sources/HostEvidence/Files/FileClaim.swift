/// What one source says of one file.
public struct FileClaim: Sendable, Hashable {
  /// Who says it.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The person who asks, or a tool they ran.
    case stated
    /// The maker of the file or a register: a vendor's table, a package's list.
    case reference
    /// We, from the bytes.
    case measured
  }

  /// Where the claim stands.
  public struct Origin: Sendable, Hashable {
    /// The piece of evidence.
    public var source: String
    /// The line in it, from 1, where it has lines.
    public var line: Int?

    /// A place in the evidence.
    ///
    /// - Parameters:
    ///   - source: the piece of evidence.
    ///   - line: the line in it, from 1.
    public init(source: String, line: Int? = nil) {
      self.source = source
      self.line = line
    }
  }

  /// The file's name or path as written.
  public var path: String
  /// Who says it.
  public var kind: Kind
  /// Where it stands.
  public var origin: Origin
  /// The hashes.
  public var hashes: [FileHash] = []
  /// The size in bytes.
  public var size: UInt64?
  /// The version.
  public var version: String?
  /// When it was last changed.
  public var modified: FileTime?
  /// The machine it is made for.
  public var architecture: String?
  /// The linker's build identifier, in hexadecimal digits.
  public var buildIdentifier: String?
  /// The package it belongs to.
  public var package: String?
  /// What a package manager found changed since it installed the file.
  public var changes: Set<FileChange> = []
  /// Whether the source lists some of many files of that name (a register of known files), so
  /// that to be absent from it means nothing.
  public var isCatalogueEntry = false

  /// A claim that says nothing yet but the name.
  ///
  /// - Parameters:
  ///   - path: the file's name or path as written.
  ///   - kind: who says it.
  ///   - origin: where it stands.
  public init(path: String, kind: Kind, origin: Origin) {
    self.path = path
    self.kind = kind
    self.origin = origin
  }
}

/// An attribute of a file that a package manager found changed or could not read.
public enum FileChange: String, Sendable, Hashable, CaseIterable, Comparable {
  /// The size.
  case size
  /// The permissions or the type.
  case mode
  /// The hash of the bytes.
  case digest
  /// The device numbers.
  case device
  /// The target of a symbolic link.
  case linkTarget
  /// The owner.
  case owner
  /// The group.
  case group
  /// The time of the last change.
  case modified
  /// The capabilities.
  case capabilities
  /// The file is not there.
  case missing
  /// The manager could not read it.
  case unreadable

  /// In the order of their declaration.
  public static func < (one: Self, other: Self) -> Bool {
    let all = Self.allCases
    return (all.firstIndex(of: one) ?? 0) < (all.firstIndex(of: other) ?? 0)
  }
}

/// A file's place, made comparable: components from the last to the first, in lower case.
struct FilePlace: Hashable, Comparable {
  /// The file name first, then the folders upwards.
  let components: [String]
  /// Whether the path begins at a root, so that nothing can stand before it.
  let isRooted: Bool

  init(_ path: String) {
    let parts = path.lowercased().split { $0 == "/" || $0 == "\\" }.filter { $0 != "." }
    components = parts.reversed().map(String.init)
    let hasDrive = parts.first.map { $0.count == 2 && $0.hasSuffix(":") } ?? false
    isRooted = path.hasPrefix("/") || path.hasPrefix("\\") || hasDrive
  }

  /// The file name.
  var name: String { components.first ?? "" }

  /// Whether this may be a shorter way to write the other place.
  func canBe(_ whole: Self) -> Bool {
    if isRooted { return self == whole }
    return whole.components.starts(with: components)
  }

  static func < (one: Self, other: Self) -> Bool {
    if one.components != other.components {
      return one.components.lexicographicallyPrecedes(other.components)
    }
    return !one.isRooted && other.isRooted
  }
}

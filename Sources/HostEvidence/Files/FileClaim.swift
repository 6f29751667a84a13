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
  /// The name a program was made under, by its own word.
  public var originalName: String?
  /// What a package manager found changed since it installed the file.
  public var changes: Set<FileChange> = []
  /// Whether the package manager lists it as a configuration file, made to be changed.
  public var isConfiguration = false
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

  /// Whether it speaks of the bytes that a reader of the path gets.
  var isOfBytes: Bool {
    switch self {
    case .size, .digest, .linkTarget, .missing: true
    case .mode, .device, .owner, .group, .modified, .capabilities, .unreadable: false
    }
  }

  /// In the order of their declaration.
  public static func < (one: Self, other: Self) -> Bool {
    let all = Self.allCases
    return (all.firstIndex(of: one) ?? 0) < (all.firstIndex(of: other) ?? 0)
  }
}

private import Crypto

/// A file as we read it: hashes and size, and what a program file says of itself.
public struct MeasuredFile: Sendable, Hashable {
  /// Why a file could not be measured.
  public enum Failure: Error, Sendable, Hashable {
    /// It could not be opened or read, with the system's error number.
    case unreadable(Int32)
    /// It is a folder, a device, a pipe.
    case notAFile
    /// It is larger than was allowed.
    case tooLarge(UInt64)
    /// It became longer or shorter while it was read.
    case changedMeanwhile
  }

  /// The path as given.
  public let path: String
  /// The size in bytes.
  public let size: UInt64
  /// MD5, SHA-1, SHA-256, SHA-384 and SHA-512.
  public let hashes: [FileHash]
  /// The time of the last change, where it came with the file.
  public let modified: FileTime?
  /// What it says of itself, where it is a Windows program.
  public let windowsProgram: WindowsProgram?
  /// What it says of itself, where it is a Unix program.
  public let unixProgram: UnixProgram?

  /// The largest file that is read unless told otherwise.
  public static let usualLimit: UInt64 = 1 << 33

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: where it is.
  ///   - limit: the size in bytes above which it is refused.
  /// - Throws: why it could not be measured.
  public init(path: String, limit: UInt64 = usualLimit) throws(Failure) {
    let file = try FileOnDisk(path: path)
    guard file.size <= limit else { throw .tooLarge(file.size) }
    var hasher = Hasher()
    let read = try file.readAll { hasher.update($0) }
    guard read == file.size else { throw .changedMeanwhile }
    self.path = path
    size = read
    hashes = hasher.hashes
    modified = FileTime(secondsSince1970: file.modified)
    windowsProgram = WindowsProgram(file)
    unixProgram = UnixProgram(file)
  }

  /// Measures bytes in memory.
  ///
  /// - Parameters:
  ///   - path: what to call them.
  ///   - bytes: the file's bytes.
  public init(path: String, bytes: [UInt8]) {
    var hasher = Hasher()
    hasher.update(bytes)
    self.path = path
    size = UInt64(bytes.count)
    hashes = hasher.hashes
    modified = nil
    let file = FileInMemory(bytes: bytes)
    windowsProgram = WindowsProgram(file)
    unixProgram = UnixProgram(file)
  }

  /// What we say of the file.
  public var claim: FileClaim {
    var claim = FileClaim(path: path, kind: .measured, origin: .init(source: path))
    claim.hashes = hashes
    claim.size = size
    claim.modified = modified
    claim.version = windowsProgram?.version
    claim.originalName = windowsProgram?.originalFilename
    claim.architecture = windowsProgram?.machine ?? unixProgram?.machine
    claim.buildIdentifier = unixProgram?.buildIdentifier
    return claim
  }
}

/// The hashes that lists of files use, made in one pass.
private struct Hasher {
  private var md5 = Insecure.MD5()
  private var sha1 = Insecure.SHA1()
  private var sha256 = SHA256()
  private var sha384 = SHA384()
  private var sha512 = SHA512()

  mutating func update(_ bytes: [UInt8]) {
    md5.update(data: bytes)
    sha1.update(data: bytes)
    sha256.update(data: bytes)
    sha384.update(data: bytes)
    sha512.update(data: bytes)
  }

  var hashes: [FileHash] {
    [
      FileHash(.md5, bytes: md5.finalize()), FileHash(.sha1, bytes: sha1.finalize()),
      FileHash(.sha256, bytes: sha256.finalize()),
      FileHash(.sha384, bytes: sha384.finalize()), FileHash(.sha512, bytes: sha512.finalize()),
    ]
  }
}

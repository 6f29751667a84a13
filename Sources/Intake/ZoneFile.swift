internal import Glibc
public import Observations

/// Finds zones by the names that people use.
public enum ZoneFile {
  /// Why a zone is not known, in words.
  public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String
  }

  /// The folder that systems keep zones in, unless the environment's TZDIR names another.
  private static let folder = "/usr/share/zoneinfo"

  /// The zone of a name like `Europe/Berlin`, as this system knows it.
  ///
  /// - Parameter name: as people write it.
  /// - Returns: the zone.
  /// - Throws: `Failure` where the name is none, or its file cannot be read.
  public static func zone(named name: String) throws(Failure) -> ZoneRule {
    guard isName(name) else {
      throw Failure(
        description: "'\(name)' is not a zone; give a name like Europe/Berlin, an offset like "
          + "+01:00, or UTC")
    }
    // The environment's string is copied at once, and nothing here changes the environment.
    let wish = unsafe getenv("TZDIR").map { unsafe String(cString: $0) } ?? ""
    let place = wish.isEmpty ? folder : wish
    guard let bytes = read(place + "/" + name) else {
      throw Failure(
        description: "there is no zone '\(name)' in \(place); check the spelling, install the "
          + "system's time zones (tzdata), or give an offset like +01:00")
    }
    guard let zone = ZoneRule(name: name, file: bytes) else {
      throw Failure(
        description: "\(place)/\(name) is not a zone's file that can be read (TZif version 2 or "
          + "newer, without leap seconds)")
    }
    return zone
  }

  /// Words of letters, digits and a few signs with slashes between: never a path out of the folder.
  private static func isName(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: 0x2f, omittingEmptySubsequences: false)
    return (1...4).contains(parts.count) && name.utf8.count <= 100
      && parts.allSatisfy { part in
        guard let first = part.first, (0x61...0x7a).contains(first | 0x20) else { return false }
        return part.allSatisfy {
          (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x2b
            || $0 == 0x2d || $0 == 0x5f
        }
      }
  }

  private static func read(_ path: String) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    var bytes = [UInt8](repeating: 0, count: ZoneRule.longestFile + 1)
    var count = 0
    while count < bytes.count {
      let got = unsafe bytes.withUnsafeMutableBytes { target in
        unsafe Glibc.read(descriptor, target.baseAddress?.advanced(by: count), target.count - count)
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { break }
      count += got
    }
    return Array(bytes.prefix(count))
  }
}

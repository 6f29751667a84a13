import Foundation
import Glibc

/// Files that are there whole or not at all, whenever the machine stops.
package enum DurableFile {
  /// Writes a file beside its place, lets it reach the disk, and puts it there.
  ///
  /// - Parameters:
  ///   - bytes: what it holds.
  ///   - path: its place.
  /// - Throws: `SensorError` where that cannot be done; then the place is as it was.
  package static func write(_ bytes: [UInt8], to path: String) throws(SensorError) {
    let beside = path + ".new"
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
    let descriptor = unsafe open(beside, flags, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    guard writeAll(bytes, to: descriptor), fsync(descriptor) == 0 else {
      let error = failure(path)
      close(descriptor)
      unsafe unlink(beside)
      throw error
    }
    close(descriptor)
    guard unsafe rename(beside, path) == 0 else { throw failure(path) }
    try settle(folderOf: path)
  }

  /// Takes a file away for good; one that is not there is no error.
  package static func remove(_ path: String) throws(SensorError) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
    try settle(folderOf: path)
  }

  /// The bytes of a file of at most so many; nil where there is none.
  package static func read(_ path: String, most: Int) throws(SensorError) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw failure(path)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: most + 1)
    var held = 0
    while held < bytes.count {
      let room = bytes.count - held
      // The pointer is used inside the closure only, within the array.
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: held), room)
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw failure(path) }
      if got == 0 { break }
      held += got
    }
    guard held <= most else { throw .file(path, because: "it is larger than it can be") }
    return Array(bytes[..<held])
  }

  /// Makes a folder that only its owner may look into.
  package static func makeFolder(_ path: String) throws(SensorError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch { throw .file(path, because: "the folder cannot be made") }
  }

  /// The last error of the system, about a path.
  static func failure(_ path: String) -> SensorError {
    // `strerror` answers with a string that lives until the next call; it is copied at once.
    .file(path, because: unsafe String(cString: strerror(errno)))
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    // The pointer is used inside the closure only, and never past the array's count.
    unsafe bytes.withUnsafeBytes { buffer in
      var at = 0
      while at < buffer.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[at...])
        let written = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        if written > 0 {
          at += written
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
  }

  /// Lets a folder's list of names reach the disk.
  private static func settle(folderOf path: String) throws(SensorError) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(folder) }
  }
}

/// The right to change a folder, held by one process at a time; others wait.
final class FileLock {
  private let descriptor: Int32

  init(_ path: String) throws(SensorError) {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw DurableFile.failure(path) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        let error = DurableFile.failure(path)
        close(descriptor)
        throw error
      }
    }
  }

  deinit { close(descriptor) }
}

internal import Foundation
internal import Glibc
public import Pool

/// What a sensor keeps: its key, the pool it was enrolled with, and what waits to be sent.
public struct SensorFolder: Sendable {
  /// Where it is.
  public let path: String

  /// A sensor's folder; nothing is made yet.
  public init(path: String) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  /// The folder that is used where none is named: `$XDG_STATE_HOME/culprit/sensor`, or the like
  /// below the home folder.
  ///
  /// - Parameter environment: the program's environment.
  /// - Returns: its path.
  public static func usual(environment: [String: String]) -> String {
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
      return state + "/culprit/sensor"
    }
    return (environment["HOME"] ?? "") + "/.local/state/culprit/sensor"
  }

  private var keyPath: String { path + "/key" }
  private var poolPath: String { path + "/pool" }
  private static let mark = "culprit sensor key 1"

  /// The sensor's key.
  ///
  /// - Returns: the key.
  /// - Throws: `SensorError` where there is none, or where others may read it.
  public func key() throws(SensorError) -> SensorKey {
    guard let bytes = try DurableFile.read(keyPath, most: 256) else { throw .noKey(folder: path) }
    let facts = try? FileManager.default.attributesOfItem(atPath: keyPath)
    guard let mode = facts?[.posixPermissions] as? Int, mode & 0o077 == 0 else {
      throw .keyIsOpen(path: keyPath)
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard lines.count == 2, lines[0] == SensorFolder.mark,
      let seed = SensorFolder.bytes(ofHexadecimal: lines[1]), let key = SensorKey(seed: seed)
    else { throw .badKey(path: keyPath) }
    return key
  }

  /// Makes a key, which is kept in a file that only its owner can read.
  ///
  /// - Returns: the new key.
  /// - Throws: `SensorError` where there is one already, or none can be kept.
  public func makeKey() throws(SensorError) -> SensorKey {
    try DurableFile.makeFolder(path)
    let lock = try FileLock(path + "/lock")
    defer { withExtendedLifetime(lock) {} }
    guard try DurableFile.read(keyPath, most: 256) == nil else { throw .keyExists(folder: path) }
    let key = SensorKey()
    let digits = key.secret.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    try DurableFile.write(Array("\(SensorFolder.mark)\n\(digits)\n".utf8), to: keyPath)
    return key
  }

  /// The address of the pool that the sensor was enrolled with; nil where it was not yet.
  public func pool() throws(SensorError) -> String? {
    guard let bytes = try DurableFile.read(poolPath, most: 4_096) else { return nil }
    let line = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }
    return line.isEmpty ? nil : String(line)
  }

  /// Notes the pool that the sensor is enrolled with.
  public func setPool(_ address: String) throws(SensorError) {
    try DurableFile.write(Array((address + "\n").utf8), to: poolPath)
  }

  /// What waits to be sent.
  public func spool(mostBytes: Int = 64 << 20) throws(SensorError) -> Spool {
    try Spool(folder: path + "/spool", mostBytes: mostBytes)
  }

  private static func bytes(ofHexadecimal digits: Substring) -> [UInt8]? {
    let values = digits.utf8.compactMap { byte -> UInt8? in
      switch byte {
      case 0x30...0x39: byte - 0x30
      case 0x61...0x66: byte - 0x57
      default: nil
      }
    }
    guard values.count == digits.utf8.count, values.count == 64 else { return nil }
    return stride(from: 0, to: 64, by: 2).map { values[$0] << 4 | values[$0 + 1] }
  }
}

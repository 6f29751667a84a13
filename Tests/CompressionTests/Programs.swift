import Foundation
import Testing

@testable import Compression

/// Debian's programs that compress, by kind.
enum Packer {
  static func program(_ kind: CompressionKind) -> [String] {
    switch kind {
    case .gzip: ["gzip", "-nc"]
    case .zstd: ["zstd", "-qc"]
    case .xz: ["xz", "-c"]
    case .bzip2: ["bzip2", "-c"]
    case .lz4: ["lz4", "-qc"]
    }
  }

  /// What makes blocks small, where they are larger than the text of a test.
  static func smallBlocks(_ kind: CompressionKind) -> String {
    switch kind {
    case .bzip2: "-1"
    case .lz4: "-B4"
    default: "-6"
    }
  }

  /// What the kind's program makes of bytes.
  static func pack(_ bytes: [UInt8], _ kind: CompressionKind, _ more: String...) throws -> [UInt8] {
    try run(program(kind) + more, bytes)
  }

  static func run(_ arguments: [String], _ bytes: [UInt8]) throws -> [UInt8] {
    let name = FileManager.default.temporaryDirectory.appending(path: "pack-\(UUID().uuidString)")
    try Data(bytes).write(to: name)
    defer { try? FileManager.default.removeItem(at: name) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: name)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let made = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(arguments)")
    return Array(made)
  }
}

/// What came out, and what was wrong.
struct Unpacked {
  var bytes: [UInt8] = []
  var trouble: CompressionTrouble?
  /// The largest piece that came at once.
  var largest = 0

  /// Unpacks bytes that come in pieces of `piece`, into room for `room`.
  init(_ packed: [UInt8], piece: Int = 4_096, room: Int = 65_536, keeps: Bool = true) throws {
    let head = min(packed.count, max(piece, CompressionKind.tellingBytes))
    let known = unsafe packed.withUnsafeBytes { unsafe CompressionKind.recognise($0.bytes) }
    let kind = try #require(known)
    let made = unsafe packed.withUnsafeBytes { bytes in
      unsafe Decompressor(kind, head: bytes.bytes.extracting(0..<head))
    }
    let unpacker = try #require(made)
    var at = head
    var target = [UInt8](repeating: 0, count: room)
    while true {
      let made = unsafe target.withUnsafeMutableBytes { target in
        unsafe unpacker.read(into: target) { space in
          let count = min(space.count, piece, packed.count - at)
          for k in 0..<count { unsafe space[k] = packed[at + k] }
          at += count
          return count
        }
      }
      if made == 0 { break }
      largest = max(largest, made)
      if keeps { bytes += target[..<made] }
    }
    trouble = unpacker.trouble
  }
}

/// Bytes that compress a little and never repeat for long.
func text(_ lines: Int, seed: UInt64 = 7) -> [UInt8] {
  var state = seed
  return (0..<lines).flatMap { line in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Array("line \(line) \(String(state >> 20, radix: 36))\n".utf8)
  }
}

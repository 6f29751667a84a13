import Foundation
import Testing

/// Another's program that a test talks to, ended when the test is. What it prints comes line by line,
/// read on a thread of its own: those that tests run on must not wait.
final class Peer {
  private let process = Process()
  private var lines: AsyncStream<String>.Iterator
  private(set) var port = 0

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Peers")
  static let python = "/usr/bin/python3"

  /// Whether Debian's Python has a module.
  static func has(_ module: String) -> Bool {
    (try? run(python, ["-c", "import \(module)"])) == 0
  }

  /// Runs a program to its end and returns its status.
  static func run(_ program: String, _ arguments: [String], in folder: String = "/") throws -> Int32
  {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Starts a program of `Peers` and waits for the port that it listens on.
  init(_ script: String, _ arguments: [String] = []) async throws {
    let output = Pipe()
    process.executableURL = URL(filePath: Peer.python)
    process.arguments = [Peer.folder.appending(path: script).path()] + arguments
    process.standardOutput = output
    let (stream, told) = AsyncStream.makeStream(of: String.self)
    lines = stream.makeAsyncIterator()
    try process.run()
    Thread.detachNewThread {
      var held = Data()
      while true {
        let more = output.fileHandleForReading.availableData
        if more.isEmpty { break }
        held += more
        while let end = held.firstIndex(of: 0x0a) {
          told.yield(String(decoding: held[held.startIndex..<end], as: UTF8.self))
          held = Data(held[held.index(after: end)...])
        }
      }
      told.finish()
    }
    let first = await next()
    port = try #require(first.flatMap { Int($0) }, "\(script) does not listen")
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// The next line; nil at the end.
  func next() async -> String? { await lines.next() }

  /// The next line as JSON.
  func object() async throws -> [String: Any] {
    let line = try #require(await next())
    return try #require(
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  /// Everything that it still says, once it is ended.
  func rest() async -> [String] {
    // Threads that tests run on block gentler signals, and their children inherit that.
    kill(process.processIdentifier, SIGKILL)
    var all: [String] = []
    while let line = await next() { all.append(line) }
    return all
  }
}

/// A certificate that vouches for itself, made by openssl.
struct MadeCertificate {
  let certificate: String
  let key: String

  static let openssl = "/usr/bin/openssl"
  static var canBeMade: Bool { FileManager.default.isExecutableFile(atPath: openssl) }

  init(in folder: String, for names: String, called name: String = "server") throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    (certificate, key) = ("\(folder)/\(name).pem", "\(folder)/\(name).key")
    let status = try Peer.run(
      MadeCertificate.openssl,
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=made", "-addext", "subjectAltName=\(names)", "-keyout", key,
        "-out", certificate,
      ])
    try #require(status == 0)
  }
}

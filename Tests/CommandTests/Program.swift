import Foundation
import Testing

/// The built program, run as a user would run it.
enum Program {
  /// What one run left behind.
  struct Outcome {
    var status: Int32
    var output: Data
    var complaint: String
    var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// The root of the package.
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The program lies beside the test bundle, whichever build folder is in use.
  static let url: URL? = {
    let candidates = [CommandLine.arguments.first ?? ""] + CommandLine.arguments
    for path in candidates where path.hasPrefix("/") {
      let beside = URL(filePath: path).deletingLastPathComponent().appending(path: "culprit")
      if FileManager.default.isExecutableFile(atPath: beside.path()) { return beside }
    }
    let usual = root.appending(path: ".build/debug/culprit")
    return FileManager.default.isExecutableFile(atPath: usual.path()) ? usual : nil
  }()

  /// Runs it to its end. Output goes to files, so that no pipe can fill up and stall it.
  static func run(
    _ arguments: [String], in folder: URL, input: Data = Data(),
    environment: [String: String] = [:]
  ) throws -> Outcome {
    let name = "run-\(UUID().uuidString)"
    let files = try [".in", ".out", ".err"].map { suffix in
      let file = FileManager.default.temporaryDirectory.appending(path: name + suffix)
      try (suffix == ".in" ? input : Data()).write(to: file)
      return file
    }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    let process = Process()
    let program: URL = try #require(url, "culprit is not built beside the tests")
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit, "\(arguments) ended by a signal")
    return Outcome(
      status: process.terminationStatus, output: try Data(contentsOf: files[1]),
      complaint: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
  }
}

/// A folder of its own for one test, taken away when the test ends.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "culprit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file, with the folders it lies in.
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  /// Runs the program in this folder.
  func run(
    _ arguments: String..., input: Data = Data(), environment: [String: String] = [:]
  ) throws -> Program.Outcome {
    try Program.run(arguments, in: url, input: input, environment: environment)
  }
}

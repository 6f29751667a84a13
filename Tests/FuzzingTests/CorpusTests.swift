import Foundation
import Fuzzing
import Testing

/// The named corpora below `Fuzz/corpora`: hostile evidence that must break nothing, tried on every run.
@Suite struct CorpusTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzz/corpora")

  /// Every file, by its path below the folder, in order.
  static let names: [String] = {
    let found = FileManager.default.enumerator(atPath: folder.path())
    return (found?.compactMap { $0 as? String } ?? [])
      .filter { $0.contains("/") }.sorted()
  }()

  private static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  @Test func thereAreSome() {
    #expect(CorpusTests.names.count > 60)
  }

  @Test("every reader keeps its rules on every file, however it is cut", arguments: names)
  func everyReader(name: String) throws {
    let bytes = try CorpusTests.bytes(name)
    // A large file is a bomb for one kind of reader, and the others need not see all of it.
    let part = Array(bytes.prefix(3_000))
    let seed = UInt64(name.utf8.reduce(0) { $0 &* 31 &+ $1 })
    #expect(throws: Never.self, "\(name), seed \(seed)") { try Fuzzing.all(part, seed: seed) }
  }

  @Test("every beginning of a small file, too", arguments: names)
  func everyBeginning(name: String) throws {
    let bytes = try CorpusTests.bytes(name)
    guard bytes.count <= 1_024 else { return }
    let kinds = FuzzKind.allCases.filter { ![.evidence, .notes, .lines].contains($0) }
    for end in stride(from: 5, to: bytes.count, by: 97) {
      for kind in kinds {
        let input = [kind.rawValue, UInt8(end & 0xff)] + bytes[..<end]
        #expect(throws: Never.self, "\(name), \(end) bytes, \(kind)") { try Fuzzing.one(input) }
      }
    }
  }

  @Test("the program reads all of them to the end within a gigabyte, and says the same twice")
  func wholeFiles() throws {
    let program = try #require(CorpusTests.program, "culprit is not built beside the tests")
    let identified = try CorpusTests.run(program, "identify")
    #expect(identified.status == 0, "\(identified.complaint)")
    #expect(identified.output.count > 10_000)
    #expect(try CorpusTests.run(program, "identify").output == identified.output)
    let analysed = try CorpusTests.run(program, "analyze")
    #expect(analysed.status == 0, "\(analysed.complaint)")
  }

  private static let program: URL? = {
    let beside = CommandLine.arguments.filter { $0.hasPrefix("/") }.map {
      URL(filePath: $0).deletingLastPathComponent().appending(path: "culprit")
    }
    let usual = folder.deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: ".build/debug/culprit")
    return (beside + [usual]).first { FileManager.default.isExecutableFile(atPath: $0.path()) }
  }()

  private static func run(
    _ program: URL, _ command: String
  ) throws -> (status: Int32, output: Data, complaint: String) {
    let process = Process()
    let (output, complaint) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/bin/sh")
    // The shell's limit is in KiB, and holds for the program that takes its place.
    process.arguments = [
      "-c", "ulimit -v 1048576; exec \"$0\" \"$@\"", program.path(), command, folder.path(),
      "--now", "2026-01-01T00:00:00Z",
    ]
    process.standardOutput = output
    process.standardError = complaint
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    let words = complaint.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit, "\(command) ended by a signal")
    return (process.terminationStatus, data, String(decoding: words, as: UTF8.self))
  }
}

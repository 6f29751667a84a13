import Foundation
import Testing

/// A server that finds its store damaged says so and does not serve: what it answered would be wrong, and
/// what it took in would be lost.
@Suite struct DamagedStoreTests {
  /// A store that was served and closed, kept in a folder `pool`.
  private func store(in scratch: Scratch) throws -> URL {
    let lines = scratch.url.appending(path: "nothing.jsonl")
    try Data().write(to: lines)
    let made = try scratch.run("pool", "import", "nothing.jsonl", "--store", "sqlite:pool")
    #expect(made.status == 0, "\(made.complaint)")
    return scratch.url.appending(path: "pool/main.sqlite")
  }

  private static let damages: [(name: String, change: @Sendable (inout Data) -> Void)] = [
    ("no header", { $0.replaceSubrange(0..<16, with: Data(repeating: 0x41, count: 16)) }),
    ("a wrong page size", { $0.replaceSubrange(16..<18, with: [0x13, 0x37]) }),
    ("half of it", { $0 = $0.prefix($0.count / 2) }),
    (
      "zeros in the middle",
      {
        let middle = $0.count / 8..<$0.count / 2
        $0.replaceSubrange(middle, with: Data(repeating: 0, count: middle.count))
      }
    ),
    ("something else", { $0 = Data("this is no store\n".utf8) }),
  ]

  @Test(arguments: damages.indices) func nothingIsServed(index: Int) throws {
    let scratch = try Scratch()
    let file = try store(in: scratch)
    var data = try Data(contentsOf: file)
    let (name, change) = DamagedStoreTests.damages[index]
    change(&data)
    try data.write(to: file)
    let outcome = try DamagedStoreTests.serve(in: scratch)
    #expect(outcome.status == 65, "\(name): \(outcome.complaint)")
    let lines = outcome.complaint.split(separator: "\n")
    #expect(lines.count == 1, "\(name): \(outcome.complaint)")
    #expect(outcome.complaint.contains("damaged") || outcome.complaint.contains("no store"))
    #expect(outcome.output.isEmpty, "it does not say that it serves")
  }

  /// Runs a server until it ends by itself; one that serves after all is ended, with another status.
  private static func serve(
    in scratch: Scratch
  ) throws -> (status: Int32, output: Data, complaint: String) {
    let program = try #require(Program.url, "culprit is not built beside the tests")
    let process = Process()
    let (output, complaint) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "timeout", "60", program.path(), "serve", "--store", "sqlite:pool", "--listen", "127.0.0.1:0",
    ]
    process.currentDirectoryURL = scratch.url
    process.standardOutput = output
    process.standardError = complaint
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    let words = complaint.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, data, String(decoding: words, as: UTF8.self))
  }
}

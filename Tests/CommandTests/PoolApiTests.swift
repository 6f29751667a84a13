import Foundation
import Testing

/// The server held to its own description by another program.
@Suite struct PoolApiTests {
  private static let schemathesis = Program.root.appending(
    path: ".build/validators/bin/schemathesis"
  ).path()

  @Test func whatTheServerDoesIsWhatItSays() throws {
    guard FileManager.default.isExecutableFile(atPath: PoolApiTests.schemathesis) else {
      print("no schemathesis: scripts/setup validators installs it; its test is skipped")
      return
    }
    let process = Process()
    let output = Pipe()
    process.executableURL = Program.root.appending(path: "scripts/check-api")
    process.arguments = [try #require(Program.url).path(), "5"]
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text.suffix(4_000))")
  }
}

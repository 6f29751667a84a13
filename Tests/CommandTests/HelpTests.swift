import Foundation
import Testing

/// What the program says of itself: what manual pages and completions are made of.
@Suite struct HelpTests {
  /// Each command with its path, the root first.
  private static func commands() throws -> [(path: String, about: [String: Any])] {
    let outcome = try Program.run(["--experimental-dump-help"], in: Program.root)
    let dump = try #require(
      try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    func all(_ command: [String: Any], _ path: [String]) -> [(String, [String: Any])] {
      let here = path + [command["commandName"] as? String ?? ""]
      let below = (command["subcommands"] as? [[String: Any]] ?? [])
        .filter { $0["commandName"] as? String != "help" }
      return [(here.joined(separator: " "), command)] + below.flatMap { all($0, here) }
    }
    return all(try #require(dump["command"] as? [String: Any]), [])
  }

  @Test func everyCommandIsExplainedWithAnExample() throws {
    let commands = try HelpTests.commands()
    #expect(commands.count > 10)
    for (path, about) in commands {
      #expect((about["abstract"] as? String)?.isEmpty == false, "\(path)")
      let discussion = about["discussion"] as? String ?? ""
      #expect(discussion.contains("Example") && discussion.contains("  culprit "), "\(path)")
      for argument in about["arguments"] as? [[String: Any]] ?? []
      where argument["shouldDisplay"] as? Bool == true {
        let text = argument["abstract"] as? String ?? ""
        #expect(!text.isEmpty, "\(path): \(argument["valueName"] ?? "")")
      }
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsAreMade(shell: String) throws {
    let outcome = try Program.run(["--generate-completion-script", shell], in: Program.root)
    #expect(outcome.status == 0 && outcome.text.contains("nftables"))
    let program = "/usr/bin/\(shell)"
    guard FileManager.default.isExecutableFile(atPath: program) else {
      print("skipped: \(program) is not there, which would have to read its completions")
      return
    }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = ["-n"]
    let file = FileManager.default.temporaryDirectory.appending(path: "c-\(UUID().uuidString)")
    try outcome.output.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    process.standardInput = try FileHandle(forReadingFrom: file)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func widthAndPlainTextAreKept() throws {
    let arguments = ["report", "0", "--analysis", "none.json"]
    #expect(try Program.run(arguments + ["--width", "39"], in: Program.root).status == 64)
    #expect(try Program.run(arguments + ["--width", "200"], in: Program.root).status == 66)
    #expect(try Program.run(arguments + ["--plain"], in: Program.root).status == 66)
  }
}

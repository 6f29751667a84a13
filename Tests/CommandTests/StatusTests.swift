import Foundation
import Testing

/// Exit codes and complaints: what a script, and a person, sees of things gone wrong.
@Suite struct StatusTests {
  /// Whether a complaint is one line that begins with the program's name.
  static func isOneLine(_ complaint: String) -> Bool {
    complaint.hasPrefix("culprit: ") && complaint.hasSuffix("\n")
      && complaint.split(separator: "\n").count == 1
  }

  @Test func aMissingFileIs66() throws {
    let scratch = try Scratch()
    for command in ["analyze", "identify"] {
      let outcome = try scratch.run(command, "no\u{1b}such.pcap")
      #expect(outcome.status == 66)
      #expect(outcome.output.isEmpty)
      #expect(StatusTests.isOneLine(outcome.complaint), "\(outcome.complaint)")
      #expect(!outcome.complaint.contains("\u{1b}"))
    }
  }

  @Test func evidenceThatCannotBeReadIs65() throws {
    let scratch = try Scratch()
    try scratch.write("empty.log", [])
    try scratch.write("folder/notes.txt", "nothing of interest\n".utf8)
    try scratch.write("foreign.png", [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13])
    for path in ["empty.log", "folder", "foreign.png"] {
      let outcome = try scratch.run("analyze", path)
      #expect(outcome.status == 65, "\(path)")
      #expect(StatusTests.isOneLine(outcome.complaint), "\(path): \(outcome.complaint)")
    }
  }

  /// File modes do not stop root, so what nobody can read is made otherwise: a link to itself.
  @Test func whatNobodyCanOpenIsOneClearLine() throws {
    let scratch = try Scratch()
    try FileManager.default.createSymbolicLink(
      atPath: scratch.url.appending(path: "loop").path(), withDestinationPath: "loop")
    let outcome = try scratch.run("analyze", "loop")
    #expect([65, 66].contains(outcome.status))
    #expect(StatusTests.isOneLine(outcome.complaint), "\(outcome.complaint)")
  }

  @Test(arguments: [
    ["analyze"], ["analyze", "x", "--format", "xml"], ["analyze", "x", "--zone", "Mars/Olympus"],
    ["analyze", "x", "--zone", "+99:00"], ["analyze", "x", "--threads", "0"],
    ["analyze", "x", "--year", "12"], ["analyze", "x", "--home", "nowhere"],
    ["analyze", "x", "--fail-on", "doom"], ["analyze", "x", "--since", "yesterday"],
    ["analyze", "x", "--since", "2008-10-10", "--until", "2008-10-09"], ["simulate", "sbs2003"],
    ["simulate", "nothing", "--output", "x"], ["explain", "zzzz"], ["nonsense"],
    ["knowledge", "show", "zzzz"],
    ["simulate", "cadlock770", "--output", "x", "--variant", "nothing"],
  ])
  func wrongUsageIs64(arguments: [String]) throws {
    let scratch = try Scratch()
    let outcome = try Program.run(arguments, in: scratch.url)
    #expect(outcome.status == 64, "\(arguments)")
    #expect(!outcome.complaint.isEmpty)
    #expect(outcome.output.isEmpty)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.url.path()).isEmpty,
      "nothing is made")
  }

  @Test func anUnknownFormatIsToldWhichThereAre() throws {
    let complaint = try Scratch().run("analyze", "x", "--format", "xml").complaint
    #expect(complaint.contains("text") && complaint.contains("json"))
  }

  @Test(arguments: ["Europe/Nowhere", "../etc/passwd", "/etc/passwd", "Europe", "+1", ""])
  func aZoneThatIsNoneIsToldWhatIs(_ zone: String) throws {
    let outcome = try Scratch().run("analyze", "x", "--zone", zone)
    #expect(outcome.status == 64 && outcome.complaint.contains("+01:00"))
  }

  @Test func helpAndVersionGoToStandardOutput() throws {
    let scratch = try Scratch()
    for arguments in [["--help"], ["analyze", "--help"], ["simulate", "--help"], ["--version"]] {
      let outcome = try Program.run(arguments, in: scratch.url)
      #expect(outcome.status == 0)
      #expect(!outcome.output.isEmpty && outcome.complaint.isEmpty)
    }
  }

  @Test func aFolderWithOtherFilesIsNotWrittenTo() throws {
    let scratch = try Scratch()
    try scratch.write("mine/thesis.txt", "irreplaceable".utf8)
    let refused = try scratch.run("simulate", "ordinary", "--output", "mine")
    #expect(refused.status == 73)
    #expect(StatusTests.isOneLine(refused.complaint))
    let names = try FileManager.default.contentsOfDirectory(
      atPath: scratch.url.appending(path: "mine").path())
    #expect(names == ["thesis.txt"])
    #expect(try scratch.run("simulate", "ordinary", "--output", "mine", "--force").status == 0)
    #expect(try scratch.run("simulate", "ordinary", "--output", "new/deep").status == 0)
    #expect(try scratch.run("simulate", "ordinary", "--output", "new/deep").status == 0)
  }
}

import Foundation
import Testing

@Suite("culprit collect") struct CollectTests {
  @Test("The plan takes nothing") func plan() throws {
    let scratch = try Scratch()
    let outcome = try Program.run(["collect", "--plan"], in: scratch.url)
    #expect(outcome.status == 0 && outcome.text.contains("Left out: environment variables"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path()).isEmpty)
  }

  @Test("A bundle is written once, and a folder that holds files is left alone") func output()
    throws
  {
    let scratch = try Scratch()
    let few = ["collect", "--leave-out", "programs", "--yes"]
    let first = try Program.run(few + ["--output", "one.tar.zst"], in: scratch.url)
    #expect(first.status == 0 && first.text.contains("signed by"), "\(first.complaint)")
    let bundle = scratch.url.appending(path: "one.tar.zst")
    let attributes = try FileManager.default.attributesOfItem(atPath: bundle.path())
    #expect((attributes[.posixPermissions] as? Int) == 0o600)
    let again = try Program.run(few + ["--output", "one.tar.zst"], in: scratch.url)
    #expect(again.status == 73, "\(again.complaint)")
    let folder = try Program.run(few + ["--folder", "."], in: scratch.url)
    #expect(folder.status == 73 && folder.complaint.contains("one.tar.zst"))
    let wrong = try Program.run(few + ["--leave-out", "moon"], in: scratch.url)
    #expect(wrong.status == 64)
  }

  @Test("What it writes, analyze and identify read") func identify() throws {
    let scratch = try Scratch()
    let made = try Program.run(
      [
        "collect", "--yes", "--leave-out", "programs", "--folder", "host",
      ], in: scratch.url)
    #expect(made.status == 0, "\(made.complaint)")
    let outcome = try Program.run(["identify", "host"], in: scratch.url)
    #expect(outcome.text.contains("host/sockets.jsonl: socket table (culprit collect)"))
    #expect(!outcome.text.contains("problem"))
  }

  @Test("An ordinary user's collection says whose sockets it could not see") func ordinary() throws
  {
    guard geteuid() == 0 else {
      print("skipped: this is an ordinary user's run already; rights can be dropped only as root")
      return
    }
    let scratch = try Scratch()
    let program = try #require(Program.url)
    let folder = scratch.url.appending(path: "open")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o777], ofItemAtPath: folder.path())
    // The program may lie where nobody else may look: a copy is lent out.
    let copy = scratch.url.appending(path: "culprit")
    try FileManager.default.copyItem(at: program, to: copy)
    for path in [scratch.url.path(), copy.path()] {
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/setpriv")
    process.arguments = [
      "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", copy.path(),
      "collect", "--yes", "--leave-out", "programs", "--folder", folder.path() + "/host",
    ]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let account = try String(
      contentsOf: folder.appending(path: "host/collection.json"), encoding: .utf8)
    #expect(account.contains("\"maySeeOwnersOfOthers\":false"))
    #expect(account.contains("owners of its sockets"))
    let sockets = try String(
      contentsOf: folder.appending(path: "host/sockets.jsonl"), encoding: .utf8)
    #expect(sockets.contains("\"owners\":\"some\""))
    #expect(!sockets.contains("\"ownership\":\"none\",\"inode\""))
  }
}

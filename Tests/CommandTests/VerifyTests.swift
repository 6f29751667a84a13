import Bundles
import Foundation
import Observations
import Testing

/// `culprit verify`, and bundles given to `analyze`.
@Suite struct VerifyTests {
  private func member(_ path: String, _ text: String) -> BundleMember {
    BundleMember(
      path: path, contents: .bytes(Array(text.utf8)), modified: Timestamp(seconds: 1_700_000_000))
  }

  @discardableResult
  private func bundle(
    _ name: String, in scratch: Scratch, key: BundleKey = BundleKey(),
    members: [BundleMember]? = nil
  ) throws -> WrittenBundle {
    let usual = [member("a.txt", "first\n"), member("logs/b.txt", "second\n")]
    return try writeBundle(
      members: members ?? usual, to: scratch.url.appending(path: name).path, signedBy: key)
  }

  private func words(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test func saysWhatItProvesAndWhatNot() throws {
    let scratch = try Scratch()
    let key = BundleKey()
    try bundle("b.tar.zst", in: scratch, key: key)
    try scratch.write("key.pub", key.publicKeyText.utf8)
    let any = try scratch.run("verify", "b.tar.zst")
    #expect(any.status == 0, "\(any.complaint)")
    #expect(any.text.contains("b.tar.zst: verified") && any.text.contains("2 members, 13 bytes"))
    #expect(any.text.contains(key.fingerprint.description))
    #expect(words(any.text).contains("proves only that nothing changed"))
    for signer in [key.fingerprint.description, key.fingerprint.hexadecimal, "key.pub"] {
      let known = try scratch.run("verify", "b.tar.zst", "--signer", signer)
      #expect(known.status == 0 && known.text.contains("the expected key"), "\(known.text)")
      #expect(!known.text.contains("proves only"))
    }
  }

  @Test func statuses() throws {
    let scratch = try Scratch()
    try bundle("b", in: scratch)
    var bytes = Array(try Data(contentsOf: scratch.url.appending(path: "b")))
    bytes[bytes.count - 1] ^= 1
    try scratch.write("damaged", bytes)
    try scratch.write("text", "no bundle\n".utf8)
    let other = BundleKey().fingerprint.description
    for (arguments, status, word) in [
      (["b"], 0, "verified"), (["damaged"], 1, "seal"), (["text"], 65, "not a bundle"),
      (["gone"], 66, "no such"), (["b", "damaged", "gone"], 1, "seal"),
      (["b", "text"], 65, "not a bundle"), (["b", "--signer", other], 1, "not by the expected"),
      (["b", "--signer", "nonsense"], 66, "neither a fingerprint"),
      (["b", "--signer", "text"], 65, "no Ed25519 key"), ([], 64, "bundles"),
    ] as [([String], Int32, String)] {
      let outcome = try Program.run(["verify"] + arguments, in: scratch.url)
      #expect(outcome.status == status, "\(arguments): \(outcome.text)\(outcome.complaint)")
      #expect(words(outcome.text + outcome.complaint).contains(word), "\(arguments)")
    }
  }

  @Test func json() throws {
    let scratch = try Scratch()
    let key = BundleKey()
    try bundle("b", in: scratch, key: key)
    let outcome = try scratch.run("verify", "b", "gone", "--format", "json")
    #expect(outcome.status == 66)
    let report = try #require(
      try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    let bundles = try #require(report["bundles"] as? [[String: Any]])
    #expect(bundles.map { $0["verified"] as? Bool } == [true, false])
    #expect(bundles[0]["signer"] as? String == key.fingerprint.hexadecimal)
    let members = try #require(bundles[0]["members"] as? [[String: Any]])
    #expect(members.map { $0["path"] as? String } == ["a.txt", "logs/b.txt"])
    #expect(bundles[1]["error"] is String)
  }

  /// The same evidence, folder or bundle: the same report, paths apart.
  @Test func analyzeReadsIt() throws {
    let scratch = try Scratch()
    let made = try scratch.run("simulate", "sbs2003", "--seed", "3", "--output", "case")
    #expect(made.status == 0, "\(made.complaint)")
    let folder = scratch.url.appending(path: "case").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    try bundle(
      "case.tar.zst", in: scratch,
      members: names.map { name in
        BundleMember(
          path: name, contents: .file(path: folder + "/" + name), modified: Timestamp(seconds: 9))
      })
    func incidents(_ path: String) throws -> String {
      let outcome = try scratch.run("analyze", path, "--format", "json", "--year", "2008")
      #expect(outcome.status == 0, "\(outcome.complaint)")
      let report = try #require(
        try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
      let found = try #require(report["incidents"] as? [[String: Any]])
      #expect(!found.isEmpty)
      let data = try JSONSerialization.data(withJSONObject: found, options: .sortedKeys)
      return String(decoding: data, as: UTF8.self).replacing("\\/", with: "/")
    }
    let (plain, sealed) = (try incidents("case"), try incidents("case.tar.zst"))
    #expect(plain == sealed.replacing("case.tar.zst/", with: "case/"))
  }

  /// What claims terabytes, or holds gigabytes of nothing, is refused within a small memory.
  @Test func aBombIsRefusedWithinSmallMemory() throws {
    let scratch = try Scratch()
    // A frame of one megabyte that decodes to 32 GiB of zeros.
    var bomb: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]
    for _ in 0..<262_143 { bomb += [0x02, 0, 0x10, 0] }
    bomb += [0x03, 0, 0x10, 0] + [0x5b, 0x2a, 0x4d, 0x18, 32, 0, 0, 0]
    try scratch.write("bomb", bomb + [UInt8](repeating: 0, count: 32))
    let program = try #require(Program.url)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "ulimit -v 500000; exec \"$0\" verify bomb >out 2>&1", program.path(),
    ]
    process.currentDirectoryURL = scratch.url
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    let said = try String(contentsOf: scratch.url.appending(path: "out"), encoding: .utf8)
    #expect(said.contains("NOT VERIFIED"), "\(said)")
  }
}

import Bundles
import Foundation
import Observations
import Testing

/// A folder for one test, gone afterwards.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "bundles-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: url.appending(path: name))
    return path(name)
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: url.appending(path: name)))
  }

  /// Runs a shell's command line here; its status, and all it said.
  func shell(_ line: String) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = url
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let said = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }
}

/// A member in memory.
func member(_ path: String, _ text: String, seconds: Int64 = 1_000_000_000) -> BundleMember {
  BundleMember(
    path: path, contents: .bytes(Array(text.utf8)), modified: Timestamp(seconds: seconds))
}

let few = [
  member("sockets.jsonl", "{\"tool\":\"made\"}\n"), member("network/routes.txt", "default via a\n"),
  member("collection.json", "{}\n"), member("empty", ""),
]

@Suite struct WriterTests {
  private func failure(_ members: [BundleMember], in folder: Folder) throws -> BundleError? {
    do {
      _ = try writeBundle(members: members, to: folder.path("b"), signedBy: BundleKey())
      return nil
    } catch {
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(left.isEmpty, "nothing is left behind: \(left)")
      return error
    }
  }

  @Test func tarAndSha256sumAccept() throws {
    let folder = try Folder()
    let key = BundleKey()
    let large = [UInt8](repeating: 65, count: 700_000)
    let path = try folder.write("large", large)
    let file = BundleMember(
      path: "logs/large", contents: .file(path: path), modified: Timestamp(seconds: 5))
    let long = member(String(repeating: "long/", count: 45) + "name", "deep")
    let written = try writeBundle(
      members: few + [file, long], to: folder.path("b.tar.zst"), signedBy: key)
    #expect(written.members == 6 && written.signer == key.fingerprint)
    let size = try folder.read("b.tar.zst").count
    #expect(written.bytes == UInt64(size) && size < 4096)
    let check = try folder.shell(
      "mkdir out && tar --zstd -xf b.tar.zst -C out && cd out && sha256sum --strict -c *.sha256")
    #expect(check.status == 0, "\(check.text)")
    #expect(check.text.split(separator: "\n").count == 6, "\(check.text)")
    #expect(try folder.shell("zstd -t b.tar.zst").status == 0)
    #expect(try folder.shell("zstd -lv b.tar.zst").text.contains("Check: XXH64"))
    let names = try folder.shell("tar --zstd -tf b.tar.zst >names && head -2 names").text
    #expect(names == "MANIFEST.sha256\nMANIFEST.sig\n")
    #expect(try folder.shell("stat -c %a b.tar.zst").text == "600\n")
  }

  @Test func opensslVerifiesTheSignature() throws {
    let folder = try Folder()
    guard try folder.shell("openssl version").status == 0 else {
      print("skipped: openssl is not installed")
      return
    }
    let key = try BundleKey.make(at: folder.path("key"))
    try folder.write("key.pub", Array(key.publicKeyText.utf8))
    _ = try writeBundle(members: few, to: folder.path("b"), signedBy: key)
    let check = try folder.shell(
      """
      tar --zstd -xf b && sed -n 's/^ed25519-signature //p' MANIFEST.sig | tr a-f A-F |
      basenc --base16 -d -i > raw && openssl pkeyutl -verify -pubin -inkey key.pub -rawin \
      -in MANIFEST.sha256 -sigfile raw && openssl pkey -in key -pubout | cmp - key.pub
      """)
    #expect(check.status == 0, "\(check.text)")
  }

  @Test func sameMembersGiveSameBytes() throws {
    let folder = try Folder()
    let key = BundleKey()
    _ = try writeBundle(members: few, to: folder.path("a"), signedBy: key)
    _ = try writeBundle(members: few.reversed(), to: folder.path("b"), signedBy: key)
    #expect(try folder.read("a") == folder.read("b"))
  }

  @Test func nothingIsOverwrittenUnlessForced() throws {
    let folder = try Folder()
    try folder.write("b", [1])
    #expect(throws: BundleError.self) {
      try writeBundle(members: few, to: folder.path("b"), signedBy: BundleKey())
    }
    #expect(try folder.read("b") == [1])
    _ = try writeBundle(members: few, to: folder.path("b"), signedBy: BundleKey(), force: true)
    #expect(try folder.read("b").count > 100)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["b"])
  }

  @Test func badMembersAreNamed() throws {
    let folder = try Folder()
    for name in [
      "", "/etc/passwd", "a/../b", "..", "a//b", "a/", "./a", "a\u{7}b", "a\nb", "a\\b", "c:x",
      "MANIFEST.sig", "manifest.SHA256", String(repeating: "x", count: 101),
    ] {
      let error = try #require(try failure([member(name, "x")], in: folder), "\(name)")
      #expect(error.kind == .badMember)
      #expect(!error.description.unicodeScalars.contains { $0.value < 32 })
    }
    #expect(try failure([member("a", ""), member("A", "")], in: folder)?.kind == .badMember)
    let composed = [member("\u{e9}", ""), member("e\u{301}", "")]
    #expect(try failure(composed, in: folder)?.kind == .badMember)
    let gone = BundleMember(
      path: "x", contents: .file(path: folder.path("gone")), modified: Timestamp(seconds: 0))
    #expect(try failure([gone], in: folder)?.kind == .missing)
  }

  @Test func whatLooksLikeABombIsNotWritten() throws {
    let folder = try Folder()
    let zeros = BundleMember(
      path: "zeros", contents: .bytes([UInt8](repeating: 0, count: 70 << 20)),
      modified: Timestamp(seconds: 0))
    let error = try #require(try failure([zeros], in: folder))
    #expect(error.description.contains("decompression bomb"))
  }

  @Test func keysAreKeptFromOthers() throws {
    let folder = try Folder()
    let key = try BundleKey.make(at: folder.path("key"))
    #expect(try BundleKey.read(path: folder.path("key")).publicKey == key.publicKey)
    #expect(try folder.shell("stat -c %a key").text == "600\n")
    #expect(throws: BundleError.self) { try BundleKey.make(at: folder.path("key")) }
    #expect(try folder.shell("chmod 640 key").status == 0)
    do {
      _ = try BundleKey.read(path: folder.path("key"))
      Issue.record("a key that the group may read was taken")
    } catch {
      #expect(error.kind == .badKey && error.description.contains("640"))
    }
    try folder.write("other", Array("-----BEGIN PRIVATE KEY-----\nAAAA\n".utf8))
    #expect(try folder.shell("chmod 600 other").status == 0)
    #expect(throws: BundleError.self) { try BundleKey.read(path: folder.path("other")) }
  }

  @Test func fingerprintsAreReadAsPeopleWriteThem() throws {
    let folder = try Folder()
    let key = try BundleKey.make(at: folder.path("key"))
    let print = key.fingerprint
    #expect(print.description.count == 71)
    #expect(BundleFingerprint(print.description) == print)
    #expect(BundleFingerprint("SHA256:" + print.hexadecimal.uppercased()) == print)
    #expect(BundleFingerprint(String(print.hexadecimal.dropLast())) == nil)
    #expect(BundleFingerprint(print.hexadecimal + "g") == nil)
    #expect(try BundleFingerprint.named(folder.path("key")) == print)
    try folder.write("pub", Array(key.publicKeyText.utf8))
    #expect(try BundleFingerprint.named(folder.path("pub")) == print)
    #expect(throws: BundleError.self) { try BundleFingerprint.named("no-such-thing") }
  }
}

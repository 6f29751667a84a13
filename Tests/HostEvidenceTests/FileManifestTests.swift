import Foundation
import HostEvidence
import Testing

@Suite struct FileManifestTests {
  private func read(_ text: String) throws -> FileManifest {
    try #require(FileManifest.read([UInt8](text.utf8), source: "list"))
  }

  private let md5 = "900150983cd24fb0d6963f7d28e17f72"

  @Test func marksEscapesPromptsAndBadLines() throws {
    let text = """
      > $ md5sum *
      > \(md5) *two words
      \\\(md5)  a\\nb\\\\c
      nonsense here
      \(md5)  plain
      """
    let found = try read(text)
    #expect(found.format == "checksum list")
    #expect(found.claims.map(\.path) == ["two words", "a\nb\\c", "plain"])
    #expect(found.badLineCount == 1)
    #expect(found.firstBadLines.map(\.number) == [4])
  }

  /// An address of 32 digits is no MD5 hash.
  @Test func tablesOfAddressesAreNoLists() {
    let addresses = "fe800000000000000000000000000001 04 40 20 80     eth0\n"
    let zeros = String(repeating: "0", count: 32)
    let routes = "\(zeros) 00 \(zeros) 00 \(zeros) ffffffff 00000001 00000000 00200200       lo\n"
    for table in [addresses, routes] {
      #expect(FileManifest.recognise(Array((table + table).utf8)) == nil)
    }
  }

  @Test func bsdAndPackageLists() throws {
    let bsd = try read("MD5 (a (1).txt) = \(md5)\nMD5 (b) = 12\n")
    #expect(bsd.claims.map(\.path) == ["a (1).txt"])
    #expect(bsd.badLineCount == 1)
    let debian = try read("\(md5)  usr/bin/tool\n")
    #expect(debian.format == "Debian md5sums")
    #expect(debian.claims.map(\.kind) == [.reference])
    let verified = try read("S.5....T.  c /etc/tool.conf\nmissing     /usr/bin/gone\n")
    #expect(verified.claims.map(\.changes) == [[.size, .digest, .modified], [.missing]])
  }

  @Test func utf16WithItsMark() throws {
    let units = Array("\u{FEFF}\(md5)  tool\r\n".utf16)
    let bytes = units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let found = try #require(FileManifest.read(bytes, source: "list"))
    #expect(found.claims.map(\.path) == ["tool"])
  }

  @Test func proseAndEndlessLinesAreNoManifest() {
    #expect(FileManifest.read([UInt8]("Dear all,\nhow are you?\n".utf8), source: "x") == nil)
    var reader = ManifestReader(source: "x")
    let piece = [UInt8](repeating: 0x41, count: 1 << 16)
    for _ in 0..<40 { reader.feed(piece) }
    #expect(reader.finish() == nil)
  }
}

@Suite struct FileMeasureTests {
  @Test func programsBuiltByteByByte() throws {
    var elf = [UInt8](repeating: 0, count: 200)
    elf.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
    (elf[18], elf[32], elf[54], elf[56]) = (62, 64, 56, 1)
    (elf[64], elf[72], elf[96]) = (4, 120, 20)
    elf.replaceSubrange(
      120..<140, with: [4, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4E, 0x55, 0, 1, 2, 0xAB, 4])
    let file = MeasuredFile(path: "x", bytes: elf)
    #expect(file.unixProgram?.machine == "x86-64")
    #expect(file.unixProgram?.buildIdentifier == "0102ab04")
    for size in 0..<elf.count { _ = MeasuredFile(path: "x", bytes: Array(elf[..<size])) }
    // Any byte may lie.
    for place in 4..<140 {
      var bent = elf
      bent[place] = 255
      _ = MeasuredFile(path: "x", bytes: bent)
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/bin/ls"), "no /bin/ls"))
  func aProgramOfTheSystem() throws {
    let file = try MeasuredFile(path: "/bin/ls")
    #expect(file.unixProgram != nil)
    #expect(file.size > 0)
  }

  @Test func whatIsNoFileIsRefused() {
    #expect(throws: MeasuredFile.Failure.notAFile) { try MeasuredFile(path: "/dev/null") }
  }
}

@Suite(
  .enabled(if: FileEvidence.isPresent, "no evidence folder: set CULPRIT_EVIDENCE to run these"))
struct FileEvidenceTests {
  private func load(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: FileEvidence.folder.appending(path: name)))
  }

  @Test(
    arguments: [
      ("jc/centos-7.7_md5sum", 56), ("jc/centos-7.7_sha256sum", 55), ("jc/osx-10.14.6_md5", 104),
    ])
  func listsAgreeWithTheirTruth(name: String, count: Int) throws {
    let found = try #require(FileManifest.read(try load(name + ".out"), source: name))
    struct Entry: Decodable {
      let filename: String
      let hash: String
    }
    let truth = try JSONDecoder().decode([Entry].self, from: Data(try load(name + ".json")))
    #expect(found.claims.count == count)
    #expect(found.badLineCount == 0)
    #expect(found.claims.map(\.path) == truth.map(\.filename))
    #expect(found.claims.map { $0.hashes.first?.digits } == truth.map(\.hash))
  }

  @Test(arguments: ["tcpdump", "wireshark-common"])
  func listsOfPackages(package: String) throws {
    let bytes = try load("debian/\(package).md5sums")
    let found = try #require(FileManifest.read(bytes, source: "debian/\(package).md5sums"))
    #expect(found.format == "Debian md5sums" && found.badLineCount == 0)
    #expect(found.claims.count == bytes.count { $0 == 10 })
    #expect(found.claims.allSatisfy { $0.kind == .reference && $0.package == package })
    #expect(found.claims.allSatisfy { $0.hashes.map(\.algorithm) == [.md5] })
    // Each path is a file of its own, whatever the letters' case.
    let judged = FileJudge.judge(claims: found.claims)
    #expect(judged.count == found.claims.count)
    #expect(judged.allSatisfy { if case .unknown = $0.verdict { true } else { false } })
  }

  @Test func aSignedLibrary() throws {
    let bytes = try load("pe/conpty.dll")
    let file = MeasuredFile(path: "conpty.dll", bytes: bytes)
    #expect(file.size == 119_608)
    #expect(
      file.hashes.prefix(3).map(\.digits) == [
        "ffb2aa7e62e699f32a4e10ab5bd055c0", "4f1500ffd1593707d2b7fca48159efb0f59ee1cb",
        "feeef341d891643c62d30b6b07800bc70f0bc148f44cb8c3bee84aa557ae805a",
      ])
    let program = try #require(file.windowsProgram)
    #expect(program.machine == "x86-64")
    #expect(program.version == "1.25.2609.30003")
    #expect(program.carriesSignature)
    #expect(program.originalFilename?.lowercased().hasPrefix("conpty") == true)
    #expect(program.companyName?.hasPrefix("Microsoft") == true)
    // The package that brought it lists it.
    let list = try #require(
      FileManifest.read(try load("pe/pywinpty-3.1.2.RECORD"), source: "RECORD"))
    #expect(list.format == "wheel RECORD" && list.badLineCount == 0)
    let judged = FileJudge.judge(claims: list.claims + [file.claim])
    let matching = judged.filter { $0.verdict == .matches(by: [.sha256]) }
    #expect(matching.map { $0.name.lowercased() } == ["winpty/conpty.dll"])
    var bent = bytes
    bent[bytes.count / 2] ^= 1
    let other = MeasuredFile(path: "conpty.dll", bytes: bent)
    let differing = FileJudge.judge(claims: list.claims + [other.claim])
    #expect(differing.contains { if case .differs = $0.verdict { true } else { false } })
  }
}

@Suite struct WheelRecordTests {
  private let empty = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"

  @Test func aListOfAPackage() throws {
    let text =
      "tool/a.py,sha256=\(empty),0\n\"tool/b,c.py\",sha256=\(empty),\ntool.dist-info/RECORD,,\n"
    let found = try #require(FileManifest.read(Array(text.utf8), source: "RECORD"))
    #expect(found.format == "wheel RECORD" && found.badLineCount == 0)
    #expect(found.claims.map(\.path) == ["tool/a.py", "tool/b,c.py"])
    #expect(found.claims.map(\.size) == [0, nil])
    #expect(found.claims.allSatisfy { $0.kind == .reference })
    let measured = MeasuredFile(path: "tool/a.py", bytes: []).claim
    #expect(
      FileJudge.judge(claims: found.claims + [measured]).contains {
        $0.verdict == .matches(by: [.sha256])
      })
  }

  @Test(arguments: [
    "a,sha256=short,1", "a,sha256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU,1", "a,crc9=AAAA,1",
    "a,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFV,1", "a,,", "a,b", ",sha256=,",
  ])
  func whatIsNoLineOfOne(line: String) throws {
    let good = (0..<3).map { "p/\($0),sha256=\(empty),0\n" }.joined()
    let found = try #require(FileManifest.read(Array((good + line + "\n").utf8), source: "RECORD"))
    #expect(found.claims.count == 3 && found.badLineCount == 1)
  }
}

/// The folder of real manifests.
enum FileEvidence {
  static let folder = URL(
    filePath: ProcessInfo.processInfo.environment["CULPRIT_EVIDENCE"] ?? "../shared/evidence"
  ).appending(path: "manifests")

  static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.path) }
}

import HostEvidence
import Testing

@Suite struct FileTableTests {
  private func read(_ text: String) throws -> FileManifest {
    try #require(FileManifest.read([UInt8](text.utf8), source: "list"))
  }

  private let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d"

  @Test(
    arguments: [
      "File name \tFile version \t\tFile size\tDate\tTime\tPlatform\n"
        + "Tool.exe \t5.2.1.7 \t\t447,488\t20-Jun-2008\t13:38\tx86\n",
      "| Date | Time | File name | Version | Size | Platform |\n|---|---|---|---|---|---|\n"
        + "| 2008-06-20 | 1:38 PM | Tool.exe | 5.2.1.7 | 447488 | x86 |\n",
      "Date        Time   Version  Size     File name\n"
        + "20.06.2008  13:38  5.2.1.7  447,488  Tool.exe\n",
    ])
  func vendorTables(text: String) throws {
    let found = try read(text)
    #expect(found.format == "vendor table")
    #expect(found.badLineCount == 0)
    let claim = try #require(found.claims.first)
    #expect(claim.path == "Tool.exe")
    #expect(claim.version == "5.2.1.7")
    #expect(claim.size == 447_488)
    #expect(claim.modified?.readings == [1_213_969_080])
    #expect(claim.modified?.minutesAheadOfUTC == nil)
    #expect(claim.kind == .reference)
  }

  @Test func aDateThatIsTwoDays() throws {
    let found = try read("File name\tSize\tDate\nx.dll\t5\t06/07/2008\ny.dll\tmany\t06/07/2008\n")
    #expect(found.claims.first?.modified?.readings.count == 2)
    #expect(found.badLineCount == 1)
  }

  @Test func hashesOfWindowsTools() throws {
    let spaced = stride(from: 0, to: 40, by: 2).map { String(Array(sha1)[$0...($0 + 1)]) }
    let certutil = try read(
      "C:\\>certutil -hashfile C:\\t\\x.exe\nSHA1 hash of file C:\\t\\x.exe:\n"
        + spaced.joined(separator: " ")
        + "\nCertUtil: -hashfile command completed successfully.\n")
    #expect(certutil.claims.map(\.path) == ["C:\\t\\x.exe"])
    #expect(certutil.claims.first?.hashes.first?.digits == sha1)
    #expect(certutil.badLineCount == 0)
    let table = try read(
      "Algorithm       Hash          Path\n---------       ----          ----\n"
        + "SHA1            \(sha1.uppercased())     C:\\a b\\x.exe\n")
    #expect(table.claims.map(\.path) == ["C:\\a b\\x.exe"])
    let list = try read("Algorithm : SHA1\nHash      : \(sha1)\nPath      : C:\\x.exe\n")
    #expect(list.claims.map(\.path) == ["C:\\x.exe"])
  }

  @Test func aRegisterKnowsSomeFilesAndNeverAccuses() throws {
    let found = try read(
      "\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\",\"FileSize\"\n"
        + "\"\(sha1.uppercased())\",\"\",\"352441C2\",\"a,b.exe\",3\n")
    #expect(found.claims.map(\.path) == ["a,b.exe"])
    let known = MeasuredFile(path: "a,b.exe", bytes: [UInt8]("abc".utf8))
    let other = MeasuredFile(path: "a,b.exe", bytes: [UInt8]("abd".utf8))
    #expect(
      FileJudge.judge(claims: found.claims + [known.claim])[0].verdict == .matches(by: [.sha1]))
    guard case .unknown = FileJudge.judge(claims: found.claims + [other.claim])[0].verdict else {
      Issue.record("a register that lacks a file accuses it")
      return
    }
  }
}

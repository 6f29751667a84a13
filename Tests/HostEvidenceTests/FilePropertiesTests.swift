import HostEvidence
import Testing

/// Blocks of properties as people paste them.
@Suite struct FilePropertiesTests {
  private let md5 = "900150983cd24fb0d6963f7d28e17f72"
  private let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d"

  private func claims(_ text: String) -> [FileClaim] {
    FileManifest.read([UInt8](text.utf8), source: "paste")?.claims ?? []
  }

  @Test func blocksBelowAPath() throws {
    let found = claims(
      """
      D:\\tools\\one two.exe:
          Verified:     Unsigned
          File version: 5.2.1.7 (made 080620-1216)
          Size:         437 KB (447,488 bytes)
          Modified:     2008-06-20 9:38AM
          MD5:  \(md5)
          SHA1: \(sha1.uppercased())
      D:\\tools\\other.dll
          Size: 12
          MD5 = \(md5), SHA-1 = \(sha1)
      """)
    #expect(found.map(\.path) == ["D:\\tools\\one two.exe", "D:\\tools\\other.dll"])
    #expect(found.map(\.origin.line) == [1, 8])
    #expect(found.allSatisfy { $0.kind == .stated && $0.hashes.map(\.digits) == [md5, sha1] })
    #expect(found.first?.size == 447_488 && found.last?.size == 12)
    #expect(found.first?.version == "5.2.1.7 (made 080620-1216)")
    #expect(found.first?.modified?.readings == [1_213_954_680])
    #expect(found.first?.modified?.minutesAheadOfUTC == nil)
  }

  @Test func aProgramNamedInASentence() throws {
    let found = claims(
      """
      > About tool.exe on that machine:
      > 5.2.1.7
      > found in folder = C:\\windows\\system32
      > HASH results:
      > MD5 = \(md5)
      > SHA1 = \(sha1)
      """)
    #expect(found.map(\.path) == ["C:\\windows\\system32\\tool.exe"])
    #expect(found.first?.hashes.count == 2)
  }

  @Test func aNameAndOnePropertyAreNoFile() {
    #expect(claims("name: something\nversion: 1.2.3\n").isEmpty)
    #expect(claims("MD5 = \(md5)\nSHA1 = \(sha1)\n").isEmpty)
    #expect(claims("path: /var/log\nnote: 5\n").isEmpty)
  }

  @Test(
    arguments: [
      ("2008-06-20T13:38:00Z", 1_213_969_080, 0),
      ("Friday, 20 June 2008, 13:38:00", 1_213_969_080, nil),
      ("20.06.2008 13:38 +0200", 1_213_969_080, 120), ("Jun 20 2008 1:38 PM", 1_213_969_080, nil),
    ] as [(String, Int64, Int?)])
  func datesWithTimes(text: String, reading: Int64, zone: Int?) throws {
    let found = claims("/opt/tool\nSize: 3\nModified: \(text)\n")
    #expect(found.first?.modified?.readings == [reading])
    #expect(found.first?.modified?.minutesAheadOfUTC == zone)
  }

  @Test func tablesOfHashesAreReferences() throws {
    let found = claims("File name\tSHA-1 hash\tMD5\nTool.exe\t\(sha1)\t\(md5)\n")
    #expect(found.first?.kind == .reference && found.first?.hashes.count == 2)
    #expect(claims("File name\tSHA-1 hash\nTool.exe\t\(md5)\n").isEmpty)
  }
}

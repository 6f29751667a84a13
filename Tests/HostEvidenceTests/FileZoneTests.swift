import HostEvidence
import Testing

/// Zones as listings state them, and tables between commas.
@Suite struct FileZoneTests {
  private func claims(_ text: String) -> [FileClaim] {
    FileManifest.read([UInt8](text.utf8), source: "table")?.claims ?? []
  }

  @Test(
    arguments: [
      ("CEST", 120), ("jst", 540), ("NZDT", 780), ("PDT", -420), ("UTC", 0), ("EST", nil),
      ("IST", nil), ("BST", nil), ("CST", nil),
    ] as [(String, Int?)])
  func aSharedNameLeavesTheZoneOpen(name: String, minutes: Int?) throws {
    let found = claims("File name\tSize\tDate\tTime\nx.dll\t5\t2008-06-20\t13:38 \(name)\n")
    let time = try #require(found.first?.modified)
    #expect(time.minutesAheadOfUTC == minutes)
    #expect(time.readings == [1_213_969_080])
  }

  @Test func whatIsNoZoneIsNoTime() {
    #expect(claims("File name\tSize\tDate\tTime\nx.dll\t5\t2008-06-20\t13:38 o'clock\n").isEmpty)
  }

  @Test func commasWithAndWithoutQuotes() throws {
    let found = claims(
      """
      "File name","File version","Size","Date","SHA-256 hash"
      "One, two.dll","5.2.1","447,488","2008-06-20",
      "a ""b"".dll","5.2.2","12","2008-06-21",""
      Tool.exe,5.2.3,7,2008-06-22,not applicable
      """)
    #expect(found.map(\.path) == ["One, two.dll", "a \"b\".dll", "Tool.exe"])
    #expect(found.map(\.size) == [447_488, 12, 7])
    #expect(found.allSatisfy { $0.kind == .reference && !$0.isCatalogueEntry })
  }
}

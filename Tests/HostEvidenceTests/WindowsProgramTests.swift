import HostEvidence
import Testing

/// What a program of Windows says of itself, and what it cannot make of its reader.
@Suite struct WindowsProgramTests {
  private static let texts = [
    ("CompanyName", "Example & Söhne"), ("FileDescription", "A name server\u{7}"),
    ("FileVersion", "5.2.1.7 (made)"), ("OriginalFilename", "Widget.exe"),
    ("ProductVersion", "5.2"),
  ]
  private static let bytes = ProgramFixture.program(
    resource: ProgramFixture.resource(version: [5, 2, 1, 7], texts: texts))

  private func program(_ bytes: [UInt8]) -> WindowsProgram? {
    MeasuredFile(path: "x.exe", bytes: bytes).windowsProgram
  }

  @Test func itsWordsAreRead() throws {
    let found = try #require(program(Self.bytes))
    #expect(found.machine == "x86" && found.version == "5.2.1.7")
    #expect(found.companyName == "Example & Söhne")
    #expect(found.fileDescription == "A name server")
    #expect(found.originalFilename == "Widget.exe")
    #expect(found.productVersion == "5.2")
  }

  @Test func anyByteMayLie() {
    for place in Self.bytes.indices {
      for lie: UInt8 in [0, 1, 0x7F, 0xFF] where Self.bytes[place] != lie {
        var bent = Self.bytes
        bent[place] = lie
        check(bent)
      }
    }
  }

  @Test func anyEndMayBeMissing() {
    for count in Self.bytes.indices { check(Array(Self.bytes[..<count])) }
  }

  @Test func aNamelessEndlessTextIsCut() throws {
    let long = String(repeating: "w", count: 20_000)
    let resource = ProgramFixture.resource(version: [1, 2, 3, 4], texts: [("CompanyName", long)])
    let found = try #require(program(ProgramFixture.program(resource: resource)))
    #expect(found.companyName?.count == 512)
    // Blocks without a length do not make the reader go round.
    let noughts = [UInt8](repeating: 0, count: 60_000)
    let hollow = try #require(program(ProgramFixture.program(resource: noughts)))
    #expect(hollow.version == nil && hollow.companyName == nil)
  }

  private func check(_ bytes: [UInt8]) {
    guard let found = program(bytes) else { return }
    for text in [
      found.companyName, found.fileDescription, found.originalFilename, found.productVersion,
    ] {
      #expect(text?.unicodeScalars.allSatisfy { $0.value >= 32 } ?? true)
      #expect((text?.utf16.count ?? 0) <= 512)
    }
  }

  @Test func anotherNameOfItsOwnIsSaidAndNotHeldAgainstIt() throws {
    let file = MeasuredFile(path: "C:\\temp\\other.exe", bytes: Self.bytes)
    let judged = try #require(FileJudge.judge(claims: [file.claim]).first)
    #expect(judged.remarks.contains { $0.contains("Widget.exe") && $0.contains("genuine") })
    let same = MeasuredFile(path: "widget.EXE", bytes: Self.bytes)
    #expect(FileJudge.judge(claims: [same.claim]).first?.remarks.isEmpty == true)
  }
}

import HostEvidence
import Testing

@Suite struct FileJudgeTests {
  private func manifest(_ text: String, _ kind: FileClaim.Kind? = nil) throws -> FileManifest {
    try #require(FileManifest.read([UInt8](text.utf8), source: "list", kind: kind))
  }

  private func claim(_ path: String, _ kind: FileClaim.Kind, _ source: String) -> FileClaim {
    FileClaim(path: path, kind: kind, origin: .init(source: source))
  }

  private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  @Test func aListAgainstTheBytes() throws {
    let list = try manifest("\(abc)  tool\n", .reference)
    let same = MeasuredFile(path: "tool", bytes: [UInt8]("abc".utf8))
    let other = MeasuredFile(path: "tool", bytes: [UInt8]("abd".utf8))
    let good = FileJudge.judge(claims: list.claims + [same.claim])
    #expect(good.map(\.verdict) == [.matches(by: [.sha256])])
    let bad = try #require(FileJudge.judge(claims: list.claims + [other.claim]).first)
    guard case .differs(let differences) = bad.verdict else {
      Issue.record("\(bad.verdict)")
      return
    }
    #expect(differences.map(\.what) == ["SHA-256"])
    #expect(differences.first?.expected == abc)
  }

  /// The example of FIPS 180-4 for the text `abc`.
  @Test(arguments: [
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
      + "8086072ba1e7cc2358baeca134c825a7",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
      + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  ])
  func theLongHashes(digits: String) throws {
    let list = try manifest("\(digits)  tool\n", .reference)
    let same = MeasuredFile(path: "tool", bytes: [UInt8]("abc".utf8))
    let algorithm: HashAlgorithm = digits.count == 96 ? .sha384 : .sha512
    let judged = FileJudge.judge(claims: list.claims + [same.claim])
    #expect(judged.map(\.verdict) == [.matches(by: [algorithm])])
  }

  @Test func nothingComparedIsUnknown() throws {
    var stated = claim("dns.exe", .stated, "note")
    stated.hashes = [try #require(FileHash(.md5, "900150983cd24fb0d6963f7d28e17f72"))]
    var table = claim("DNS.EXE", .reference, "table")
    guard case .unknown = FileJudge.judge(claims: [stated])[0].verdict else {
      Issue.record("a lone claim is judged")
      return
    }
    table.hashes = [try #require(FileHash(.sha256, abc))]
    guard case .unknown = FileJudge.judge(claims: [stated, table])[0].verdict else {
      Issue.record("hashes of two algorithms are compared")
      return
    }
  }

  @Test func versionAndTimeAgreeAfterTheZone() throws {
    var stated = claim("C:\\WINDOWS\\system32\\dns.exe", .stated, "note")
    stated.version = "5.2.3790.4318 (build)"
    stated.modified = FileTime(readings: [1_213_954_680], precision: .minute, text: "9:38")
    var table = claim("Dns.exe", .reference, "table")
    table.version = "5.2.3790.4318"
    table.modified = FileTime(readings: [1_213_969_080], precision: .minute, text: "13:38")
    let judged = FileJudge.judge(claims: [stated, table])
    #expect(judged.count == 1)
    #expect(
      judged[0].verdict
        == .consistent(in: [
          .time(minutesAhead: -240, isInferred: true), .version("5.2.3790.4318 (build)"),
        ]))
    #expect(judged[0].remarks.contains { $0.contains("no hash compared") })
    table.modified = FileTime(readings: [1_213_969_140], precision: .minute, text: "13:39")
    guard case .differs = FileJudge.judge(claims: [stated, table])[0].verdict else {
      Issue.record("241 minutes are no zone")
      return
    }
  }

  @Test func pathsThatDifferStayApartAndOrderDoesNotMatter() throws {
    var claims = [
      claim("/usr/bin/ls", .measured, "a"), claim("/tmp/ls", .measured, "b"),
      claim("usr/bin/ls", .reference, "c"),
    ]
    claims[0].hashes = [try #require(FileHash(.sha256, abc))]
    claims[1].hashes = [try #require(FileHash(.sha256, String(repeating: "0", count: 64)))]
    claims[2].hashes = claims[0].hashes
    let judged = FileJudge.judge(claims: claims)
    #expect(judged.count == 2)
    #expect(judged.contains { $0.verdict == .matches(by: [.sha256]) })
    for _ in 0..<20 { #expect(FileJudge.judge(claims: claims.shuffled()) == judged) }
  }

  @Test func anotherSourceWithAnotherHashIsLoud() throws {
    var found = claim("x", .measured, "a")
    found.hashes = [try #require(FileHash(.sha256, abc))]
    var one = claim("x", .reference, "b")
    one.hashes = found.hashes
    var other = claim("x", .reference, "c")
    other.hashes = [try #require(FileHash(.sha256, String(repeating: "1", count: 64)))]
    guard case .differs = FileJudge.judge(claims: [found, one, other])[0].verdict else {
      Issue.record("a difference is hidden by a match")
      return
    }
  }

  @Test func aRowForAnotherMachineExcusesNothing() throws {
    var found = claim("x", .measured, "a")
    found.hashes = [try #require(FileHash(.sha256, abc))]
    found.architecture = "x86"
    var row = claim("x", .reference, "b")
    row.hashes = [try #require(FileHash(.sha256, String(repeating: "1", count: 64)))]
    var other = row
    other.architecture = "x64"
    guard case .differs = FileJudge.judge(claims: [found, row, other])[0].verdict else {
      Issue.record("a difference is hidden by a row that does not apply")
      return
    }
  }
}

import HostEvidence
import Testing

/// What must not read as an alarm, what must not vanish, and what many claims may cost.
@Suite struct FileCaseTests {
  private func claims(_ text: String, _ source: String = "list") -> [FileClaim] {
    FileManifest.read([UInt8](text.utf8), source: source)?.claims ?? []
  }

  private func claim(
    _ path: String, _ kind: FileClaim.Kind, _ source: String, hash: Character? = nil
  ) -> FileClaim {
    var claim = FileClaim(path: path, kind: kind, origin: .init(source: source))
    claim.hashes = [hash.flatMap { FileHash(.sha256, String(repeating: $0, count: 64)) }]
      .compactMap { $0 }
    return claim
  }

  @Test func aModeIsNotTheBytes() throws {
    let judged = FileJudge.judge(
      claims: claims(".M...UG..    /usr/bin/tool\n.......T.  c /etc/tool.conf\n"))
    let tool = try #require(judged.last)
    guard case .differs(let differences) = tool.verdict else {
      Issue.record("\(tool.verdict)")
      return
    }
    #expect(differences.map(\.what) == ["group", "mode", "owner"])
    #expect(differences.allSatisfy { !$0.isOfBytes })
    #expect(tool.remarks == ["of its bytes the package manager reports no change"])
    #expect(judged.first?.remarks.contains { $0.contains("configuration") } == true)
  }

  @Test func changedBytesAreAndUnreadOnesAreOpen() throws {
    let judged = FileJudge.judge(
      claims: claims("S.5....T.    /usr/bin/a\n..?......    /usr/bin/b\n.M?......    /usr/bin/c\n"))
    guard case .differs(let differences) = judged[0].verdict else {
      Issue.record("\(judged[0].verdict)")
      return
    }
    #expect(differences.contains { $0.what == "digest" && $0.isOfBytes })
    #expect(judged[1].verdict == .unknown(why: "the package manager could not read it"))
    #expect(judged[2].remarks.contains { $0.contains("nothing is said of its bytes") })
  }

  @Test func aTableOfAnotherVersionSaysSo() throws {
    let table = claims(
      "File name\tFile version\tFile size\tSHA-256\n"
        + "Tool.exe\t5.2.2\t9\t\(String(repeating: "a", count: 64))\n"
        + "Tool.exe\t5.2.3\t8\t\(String(repeating: "b", count: 64))\n")
    var own = claim("C:\\x\\tool.exe", .stated, "own", hash: "c")
    own.version = "5.2.1 (made)"
    own.size = 7
    let judged = FileJudge.judge(claims: table + [own])
    guard judged.count == 1, case .unknown(let why) = judged[0].verdict else {
      Issue.record("\(judged.map(\.verdict))")
      return
    }
    #expect(why.contains("another version than this table's"))
    #expect(why.contains("5.2.1 (made)") && why.contains("5.2.2, 5.2.3"))
    // The same version with other bytes is what it was: a difference.
    own.version = "5.2.3.0"
    guard case .differs = FileJudge.judge(claims: table + [own])[0].verdict else {
      Issue.record("altered bytes are excused")
      return
    }
  }

  @Test func whatIsStatedOfTheBytesHoldsWhateverVersionItNames() throws {
    var stated = claim("tool", .stated, "own", hash: "c")
    stated.version = "1.0"
    var measured = claim("tool", .measured, "disk", hash: "d")
    measured.version = "2.0"
    guard case .differs = FileJudge.judge(claims: [stated, measured])[0].verdict else {
      Issue.record("a contradiction is hidden")
      return
    }
  }

  @Test func onlyWindowsTakesCapitalsForTheSame() {
    func names(_ paths: String...) -> [String] {
      FileJudge.judge(claims: paths.map { claim($0, .stated, $0) }).map(\.name)
    }
    #expect(names("/usr/x/README", "/usr/x/readme").count == 2)
    #expect(names("README", "/usr/x/readme").count == 2)
    #expect(names("README", "/usr/x/README") == ["/usr/x/README"])
    #expect(names("C:\\x\\README", "c:/X/readme") == ["c:\\x\\readme"])
    #expect(names("Tool.EXE", "C:\\Windows\\tool.exe") == ["c:\\windows\\tool.exe"])
    #expect(names("Tool.EXE", "/mnt/c/tool.exe") == ["/mnt/c/tool.exe"])
    // Whatever may be whatever: every claim stays in some judgement.
    #expect(!names("A/b", "a\\b", "a/B").isEmpty)
    let mixed = ["A/b", "a\\b", "a/B", "b", "B"].map { claim($0, .stated, $0) }
    let kept = Set(FileJudge.judge(claims: mixed).flatMap(\.claims).map(\.path))
    #expect(kept == Set(mixed.map(\.path)))
  }

  @Test func manyOfOneNameAreNoQuestionOfSquares() {
    let apart = (0..<20_000).map { claim("/x/\($0)/readme", .reference, "list", hash: "a") }
    #expect(FileJudge.judge(claims: apart + [claim("readme", .stated, "own")]).count == 20_000)
    let same = (0..<20_000).map { claim("tool", .reference, "list \($0)", hash: "a") }
    let judged = FileJudge.judge(claims: same + [claim("tool", .measured, "a", hash: "a")])
    #expect(judged.first?.verdict == .matches(by: [.sha256]))
    #expect(judged.first?.remarks.contains { $0.contains("not compared") } == true)
    var rows = (0..<20_000).map { _ in claim("setup.exe", .reference, "register", hash: "a") }
    rows[19_999] = claim("setup.exe", .reference, "register", hash: "b")
    for index in rows.indices { rows[index].isCatalogueEntry = true }
    let known = FileJudge.judge(claims: rows + [claim("setup.exe", .measured, "z", hash: "b")])
    #expect(known.first?.verdict == .matches(by: [.sha256]) && known.first?.claims.count == 2)
  }
}

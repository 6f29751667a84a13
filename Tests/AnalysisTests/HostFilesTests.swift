import Analysis
import HostEvidence
import Reporting
import Testing

/// What is said of files, through the whole of an analysis.
@Suite struct HostFilesTests {
  private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  /// A vendor's table: no hashes in it.
  private let vendor = """
    File name   File version     File size   Date          Time    Platform
    Widget.exe  5.2.3790.4318    447,488     20-Jun-2008   13:38   x86

    """

  @Test func aListAloneIsAnAnswerAndCallsNothingGood() throws {
    let bench = try Workbench()
    try bench.write("list.sha256", Array("\(abc)  tool\n".utf8))
    let analysis = try bench.analysis()
    #expect(analysis.evidence.map(\.kind) == ["file-manifest"])
    #expect(
      analysis.files.map(\.verdict) == [.unknown(why: "no reference for it to be compared with")])
    let text = renderText(analysis, style: TextStyle())
    #expect(text.contains("tool: unknown: no reference for it to be compared with"))
  }

  @Test func aVendorsTableMakesNobodysFileAppear() throws {
    let bench = try Workbench()
    try bench.write("vendor.txt", Array(vendor.utf8))
    let analysis = try bench.analysis()
    #expect(analysis.files.isEmpty)
    #expect(analysis.evidence[0].vantage.contains("by makers or registers"))
  }

  @Test func theFileItselfIsHeldAgainstTheLists() throws {
    let bench = try Workbench()
    // A program's head: enough to be recognised, and nothing in it to be run.
    var program = [UInt8](repeating: 0, count: 120)
    program.replaceSubrange(0..<2, with: [0x4D, 0x5A])
    program[60] = 64
    program.replaceSubrange(64..<68, with: [0x50, 0x45, 0, 0])
    try bench.write("tool.exe", program)
    let digest = MeasuredFile(path: "tool.exe", bytes: program).hashes
    let sha = try #require(digest.first { $0.algorithm == .sha256 })
    try bench.write("said.txt", Array("\(sha.digits)  tool.exe\n".utf8))
    let agreeing = try bench.analysis()
    #expect(agreeing.evidence.map(\.kind) == ["file-manifest", "program"])
    // What a user states confirms nothing.
    #expect(
      agreeing.files.map(\.verdict) == [.unknown(why: "no reference for it to be compared with")])
    try bench.write("said.txt", Array("\(abc)  tool.exe\n".utf8))
    let differing = try bench.analysis()
    let text = renderText(differing, style: TextStyle())
    #expect(text.contains("1 FILE DIFFERS from what is said of it: tool.exe"))
    #expect(text.contains("tool.exe: DIFFERS"))
    #expect(renderJSON(differing).contains("\"verdict\": \"differs\""))
  }
}

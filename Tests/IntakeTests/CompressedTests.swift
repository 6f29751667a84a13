import Foundation
import HostEvidence
import Intake
import Observations
import Testing

/// Evidence that is stored compressed is read like any other.
@Suite struct CompressedTests {
  private let options = IntakeOptions(now: CivilTime(year: 2010, month: 6, day: 1).timestamp)
  private let log = netfilterLines(1_000)

  @Test(arguments: packers.indices)
  func aLogIsReadAsIfItWerePlain(index: Int) throws {
    let shelf = try Shelf()
    let plain = try ReadFile(try shelf.write("plain", log), options: options)
    let bytes = try packed(log.utf8, as: index)
    // A name says nothing, and may say wrong things.
    let read = try ReadFile(try shelf.write("a.txt", bytes), options: options)
    #expect(read.file.kind == .firewallLog && read.file.format == "netfilter")
    #expect(read.file.compression == packers[index].name && plain.file.compression == nil)
    #expect(read.observations.count == 1_000)
    #expect(read.observations.map(\.time) == plain.observations.map(\.time))
    #expect(read.offsets == plain.offsets)
    #expect(read.stream.bytes == UInt64(bytes.count))
    let sum = try packed(bytes, "sha256sum").prefix(64)
    #expect(read.stream.sha256 == String(decoding: sum, as: UTF8.self))
    #expect(read.stream.problems.entries.isEmpty)
  }

  @Test(arguments: packers.indices)
  func socketTablesAndProgramsAreRead(index: Int) throws {
    let shelf = try Shelf()
    let table = """
      Active Internet connections (servers and established)
      Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
      tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      1/sshd
      tcp        0      0 192.0.2.1:40000         198.51.100.1:443        ESTABLISHED 9/agent

      """
    try shelf.write("a/netstat", try packed(table.utf8, as: index))
    let program = try Data(contentsOf: URL(filePath: "/bin/true"))
    try shelf.write("b/tool.gz", try packed(program, as: index))
    let files = try openEvidence(paths: [shelf.path], options: options).files
    #expect(files.map(\.kind) == [.socketTable, .program])
    #expect(files[0].socketTable?.entries.count == 2)
    let sum = try packed(program, "sha256sum").prefix(64)
    let claim = try #require(files[1].fileManifest?.claims.first)
    #expect(claim.path == "tool")
    #expect(claim.hashes.map(\.digits).contains(String(decoding: sum, as: UTF8.self)))
  }

  @Test func oneLayerIsReadAndTwoAreSaid() throws {
    let shelf = try Shelf()
    let once = try packed(log.utf8, as: 0)
    try shelf.write("twice.gz", try packed(once, as: 2))
    let files = try openEvidence(paths: [shelf.path], options: options, evenIfNothing: true).files
    #expect(files.map(\.kind) == [.unrecognised])
    #expect(files[0].refusal?.contains("compressed twice (gzip within xz)") == true)
  }

  @Test(arguments: packers.indices)
  func whatIsCutIsReadUpToThere(index: Int) throws {
    let shelf = try Shelf()
    let long = netfilterLines(6_000)
    let bytes = try packed(long.utf8, as: index)
    let path = try shelf.write("a.log", bytes.dropLast(index == 3 ? 9 : bytes.count / 4))
    let read = try ReadFile(path, options: options)
    #expect(read.observations.count > 500)
    let problem = try #require(
      read.stream.problems.entries.first { $0.anomaly == .compressedCut })
    #expect(problem.count == 1)
    let last = try #require(read.offsets.last)
    #expect(problem.first[0].offset > last)
    #expect(read.stream.sha256 != nil)
  }

  @Test func nothingButDamageIsRefusedWithItsReason() throws {
    let shelf = try Shelf()
    try shelf.write("a.gz", [0x1f, 0x8b, 8, 0] + [UInt8](repeating: 0xff, count: 60))
    let file = try openEvidence(
      paths: [shelf.path], options: options, evenIfNothing: true
    ).files[0]
    #expect(file.kind == .unrecognised && file.format == "gzip-compressed")
    #expect(file.refusal?.contains("nothing comes out of it") == true)
  }

  @Test func garbageBehindIsSaidAndTheDigestIsTheFiles() throws {
    let shelf = try Shelf()
    let bytes = try packed(log.utf8, as: 0) + Array("something else".utf8)
    let read = try ReadFile(try shelf.write("a.gz", bytes), options: options)
    #expect(read.observations.count == 1_000)
    #expect(read.stream.problems.count(.compressedTrailing) == 1)
    #expect(read.stream.bytes == UInt64(bytes.count))
    let sum = try packed(bytes, "sha256sum").prefix(64)
    #expect(read.stream.sha256 == String(decoding: sum, as: UTF8.self))
  }

  @Test func anEmptyFileThatWasPackedIsEmpty() throws {
    let shelf = try Shelf()
    try shelf.write("a.gz", try packed([], as: 0))
    let files = try openEvidence(paths: [shelf.path], options: options, evenIfNothing: true).files
    #expect(files.map(\.kind) == [.empty])
  }
}

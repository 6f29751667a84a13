import Foundation
import Intake
import Observations
import Testing

/// A folder for one test, gone afterwards.
private final class Folder {
  let url: URL
  var path: String { url.path }

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "intake-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }
}

/// A capture of pings: Ethernet, IPv4, ICMP echo; one a second, each with so many bytes behind.
private func pings(_ count: Int, from second: UInt32 = 1_223_600_000, padding: Int = 0) -> [UInt8] {
  func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
  var bytes =
    little(0xa1b2_c3d4) + [2, 0, 4, 0] + little(0) + little(0) + little(65_535) + little(1)
  for k in 0..<UInt32(count) {
    let length = UInt32(42 + padding)
    bytes += little(second + k) + little(0) + little(length) + little(length)
    bytes += [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]
    let total = UInt16(28 + padding)
    bytes += [0x45, 0, UInt8(total >> 8), UInt8(total & 255), 0, 0, 0, 0, 64, 1, 0, 0]
    bytes += [10, 0, 0, 1, 10, 0, 0, 2, 8, 0, 0, 0, 0, 1, 0, UInt8(k & 255)]
    bytes += [UInt8](repeating: 0x41, count: padding)
  }
  return bytes
}

private let line =
  "SRC=192.0.2.1 DST=192.0.2.2 LEN=40 TOS=0x00 PREC=0x00 TTL=60 ID=1 PROTO=TCP SPT=1024 DPT=23 "
  + "WINDOW=1 RES=0x00 SYN URGP=0"

private func yearless(_ stamp: String) -> String {
  "\(stamp) gate kernel: DROP IN=eth0 OUT= \(line)\n"
}

@Suite struct IntakeTests {
  private let options = IntakeOptions(now: CivilTime(year: 2010, month: 6, day: 1).timestamp)

  private func failure(_ paths: [String]) -> IntakeError? {
    do {
      _ = try openEvidence(paths: paths, options: options)
      return nil
    } catch { return error }
  }

  @Test func aMissingPathIs66AndOneLine() throws {
    let folder = try Folder()
    let good = try folder.write("a.pcap", pings(1))
    let error = try #require(failure([good, folder.path + "/none"]))
    #expect(error.kind == .noSuchFile && error.exitCode == 66)
    #expect(!error.description.contains("\n"))
  }

  @Test func nothingToAnalyseIs65() throws {
    let folder = try Folder()
    #expect(failure([folder.path])?.exitCode == 65)
    #expect(failure([try folder.write("empty", "")])?.description.contains("empty") == true)
    #expect(failure([try folder.write("talk", "hello\nworld\n")])?.kind == .nothingRecognised)
    #expect(failure([try folder.write("truth.json", pings(1))])?.exitCode == 65)
  }

  @Test func aFolderIsReadWholeAndInOneOrder() throws {
    let folder = try Folder()
    try folder.write("b/deep/x.pcap", pings(2))
    try folder.write("a.log", yearless("Oct 10 09:00:00"))
    try folder.write("truth.json", "{}")
    try folder.write(".hidden", pings(1))
    try folder.write("notes.txt", "remember the milk\n")
    let files = try openEvidence(paths: [folder.path], options: options).files
    #expect(
      files.map { String($0.path.dropFirst(folder.path.count + 1)) } == [
        "a.log", "b/deep/x.pcap", "notes.txt", "truth.json",
      ])
    #expect(files.map(\.kind) == [.firewallLog, .capture, .unrecognised, .truth])
  }

  @Test func oneFileNamedTwiceCountsOnce() throws {
    let folder = try Folder()
    let file = try folder.write("a.pcap", pings(3))
    try FileManager.default.linkItem(atPath: file, toPath: folder.path + "/hard.pcap")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/soft.pcap", withDestinationPath: file)
    let named = [file, folder.path + "/soft.pcap", folder.path + "/hard.pcap", file]
    let readable = try openEvidence(paths: named, options: options).files.filter(\.isReadable)
    #expect(readable.count == 1)
  }

  @Test func linksAndPipesInsideFoldersAreListedAndNotFollowed() throws {
    let folder = try Folder()
    try folder.write("a.pcap", pings(1))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/loop", withDestinationPath: folder.path)
    #expect(unsafe mkfifo(folder.path + "/pipe", 0o600) == 0)
    let files = try openEvidence(paths: [folder.path], options: options).files
    #expect(files.count == 3)
    #expect(files.filter { $0.refusal != nil }.count == 2)
  }

  @Test func aNameThatIsNotUTF8IsRead() throws {
    let folder = try Folder()
    let file = try folder.write("a.pcap", pings(4))
    let strange = folder.path.utf8.map { CChar(bitPattern: $0) } + [47, 99, -23, 46, 112, 0]
    #expect(unsafe rename(file, strange) == 0)
    let found = try identify(paths: [folder.path], options: options)
    #expect(found.map(\.records) == [4])
  }

  @Test(arguments: [0, 100, 3_000, 60_000])
  func windowsDoNotMatter(padding: Int) throws {
    let folder = try Folder()
    let count = 4_000_000 / (padding + 200)
    let bytes = pings(count, padding: padding)
    let file = try folder.write("a.pcap", bytes)
    let opened = try openEvidence(paths: [file], options: options)
    let only = try #require(opened.files.first)
    let stream = try #require(opened.stream(only))
    let batch = ObservationBatch()
    var offsets: [UInt64] = []
    var more = true
    while more {
      batch.removeAll()
      more = stream.fill(batch)
      for i in 0..<batch.count { offsets.append(batch.offsets[i]) }
    }
    #expect(offsets == (0..<count).map { UInt64(24 + $0 * (58 + padding)) })
    #expect(stream.records == UInt64(count) && stream.bytes == UInt64(bytes.count))
    #expect(stream.problems.entries.allSatisfy { $0.anomaly == .ipv4ChecksumWrong })
    #expect(stream.first == Timestamp(seconds: 1_223_600_000))
    #expect(stream.sha256?.count == 64)
  }

  @Test func aCutCaptureSaysSo() throws {
    let folder = try Folder()
    let file = try folder.write("a.pcap", pings(3).dropLast())
    let all = try identify(paths: [file], options: options)
    let found = try #require(all.first)
    #expect(found.records == 2)
    #expect(found.problems.count(.captureCut) == 1)
  }

  @Test(
    arguments: zip(
      [nil, nil, 1_999], [[UInt32(1_223_600_000)], [], [1_223_600_000]]
    )
    .map { ($0.0, $0.1) })
  func yearsComeFromOptionsThenEvidenceThenNow(year: Int?, captures: [UInt32]) throws {
    let folder = try Folder()
    try folder.write("a.log", yearless("Oct 10 09:00:00"))
    for second in captures { try folder.write("b.pcap", pings(2, from: second)) }
    var options = options
    options.year = year
    let opened = try openEvidence(paths: [folder.path], options: options)
    // 1,223,600,000 lies in October 2008; without it the latest October before June 2010 is 2009's.
    let expected = year ?? (captures.isEmpty ? 2_009 : 2_008)
    #expect(opened.years.map(\.year) == [expected])
    let log = try #require(opened.files.first { $0.kind == .firewallLog })
    let stream = try #require(opened.stream(log))
    _ = stream.fill(ObservationBatch())
    #expect(
      stream.first == CivilTime(year: expected, month: 10, day: 10, hour: 9).timestamp)
  }

  @Test func aLogOfRefusalsOnlyIsKnownAsSuch() throws {
    let folder = try Folder()
    let file = try folder.write(
      "a.log", yearless("Oct 10 09:00:00") + yearless("Oct 10 09:00:01"))
    let opened = try openEvidence(paths: [file], options: options)
    let only = try #require(opened.files.first)
    let stream = try #require(opened.stream(only))
    while stream.fill(ObservationBatch()) {}
    #expect(stream.refusalsOnly)
    #expect(stream.records == 2)
  }
}

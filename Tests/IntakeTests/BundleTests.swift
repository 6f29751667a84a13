import Bundles
import Foundation
import Intake
import Observations
import Testing

/// Sealed bundles among the evidence.
@Suite struct BundleTests {
  private let folder: URL
  private let options = IntakeOptions(now: CivilTime(year: 2026, month: 3, day: 1).timestamp)

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "case-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private static let log = (0..<20).map { second in
    "2026-02-03T04:05:\(second + 10)Z gate kernel: DROP IN=eth0 OUT= SRC=192.0.2.1 "
      + "DST=198.51.100.\(second) LEN=40 TOS=0x00 PREC=0x00 TTL=60 ID=1 PROTO=TCP SPT=1024 "
      + "DPT=23 WINDOW=1 RES=0x00 SYN URGP=0\n"
  }.joined()
  private static let sockets = """
    Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
    tcp        0      0 192.0.2.9:22            0.0.0.0:*               LISTEN      411/sshd
    udp        0      0 0.0.0.0:68              0.0.0.0:*                           390/dhclient

    """
  private static let usual = [
    ("logs/firewall.log", log), ("sockets.txt", sockets), ("collection.json", "{}\n"),
    (
      "notes.yaml",
      "notes:\n  - from: 2026-02-03T04:00:00Z\n    kind: intervention\n    text: cable pulled\n"
    ), ("empty", ""),
    ("odd.bin", "nothing that is known"),
  ]

  /// Writes a bundle; its path.
  private func bundle(
    _ name: String = "b.tar.zst", _ members: [(String, String)] = usual
  ) throws -> String {
    let path = folder.appending(path: name).path
    let time = Timestamp(seconds: 1_770_000_000)
    _ = try writeBundle(
      members: members.map { name, text in
        BundleMember(path: name, contents: .bytes(Array(text.utf8)), modified: time)
      }, to: path, signedBy: BundleKey())
    return path
  }

  @Test func itsMembersAreEvidence() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = try bundle()
    let files = try identify(paths: [path], options: options)
    let kinds = files.map { "\($0.path.dropFirst(path.count + 1)) \($0.kind)" }
    #expect(
      kinds == [
        "MANIFEST.sha256 collection", "MANIFEST.sig collection", "collection.json collection",
        "empty empty", "logs/firewall.log firewall-log", "notes.yaml notes",
        "odd.bin collection", "sockets.txt socket-table",
      ])
    #expect(files.allSatisfy { $0.path.hasPrefix(path + "/") })
    let log = try #require(files.first { $0.kind == "firewall-log" })
    #expect(log.observations == 20 && log.bytes == UInt64(BundleTests.log.utf8.count))
    #expect(files[1].refusal?.contains("by the key") == true)
  }

  /// What is read is what was checked: the bundle may be gone or another meanwhile.
  @Test func membersAreReadFromWhereTheyAreKept() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = try bundle()
    let opened = try openEvidence(paths: [path], options: options)
    try Data("something else".utf8).write(to: URL(filePath: path))
    let file = try #require(opened.files.first { $0.kind == .firewallLog })
    for _ in 0..<2 {
      let stream = try #require(opened.stream(file))
      let batch = ObservationBatch()
      while stream.fill(batch) {}
      #expect(stream.observations == 20 && stream.failure == nil && stream.sha256 != nil)
    }
    #expect(opened.socketTables.map(\.path) == [path + "/sockets.txt"])
    #expect(opened.notes.count == 1)
  }

  @Test func theOrderIsThatOfPaths() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try bundle("b.tar.zst", [("x.log", BundleTests.log)])
    try Data(BundleTests.log.utf8).write(to: folder.appending(path: "a.log"))
    try Data(BundleTests.log.utf8).write(to: folder.appending(path: "c.log"))
    let files = try identify(paths: [folder.path], options: options)
    #expect(
      files.map { String($0.path.dropFirst(folder.path.count + 1)) } == [
        "a.log", "b.tar.zst/MANIFEST.sha256", "b.tar.zst/MANIFEST.sig", "b.tar.zst/x.log", "c.log",
      ])
  }

  @Test func oneThatDoesNotVerifyIsRefusedWholeAndOthersGoOn() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = try bundle()
    var bytes = Array(try Data(contentsOf: URL(filePath: path)))
    bytes[bytes.count - 60] ^= 1
    try Data(bytes).write(to: URL(filePath: path))
    try Data(BundleTests.log.utf8).write(to: folder.appending(path: "c.log"))
    let files = try identify(paths: [folder.path], options: options)
    #expect(files.map(\.kind) == ["unreadable", "firewall-log"])
    #expect(files[0].path == path && files[0].records == 0)
    #expect(files[0].refusal?.contains("culprit verify") == true)
    #expect {
      try openEvidence(paths: [path], options: options)
    } throws: {
      ($0 as? IntakeError)?.kind == .unreadable
    }
  }

  @Test func aTruncatedOneNamesTheMember() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var state: UInt64 = 3
    let noise = (0..<60_000).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return String(state >> 40, radix: 36)
    }.joined(separator: "\n")
    let path = try bundle("b.tar.zst", [("logs/noise", noise)])
    let bytes = try Data(contentsOf: URL(filePath: path))
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path))
    let files = try identify(paths: [path], options: options)
    #expect(files.map(\.kind) == ["unreadable"])
    #expect(files[0].refusal?.contains("logs/noise") == true, "\(files[0].refusal ?? "")")
  }

  @Test func otherArchivesAreToBeUnpackedFirst() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let archive = [UInt8](repeating: 97, count: 257) + Array("ustar\0".utf8)
    try Data(try packed(archive, as: 1)).write(to: folder.appending(path: "x.zst"))
    let files = try identify(paths: [folder.path], options: options)
    #expect(files.map(\.kind) == ["unrecognised"])
    #expect(files[0].refusal?.contains("unpack it first") == true)
  }
}

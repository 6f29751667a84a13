import Foundation
import HostEvidence
import Observations
import Testing

/// Texts made to hurt a reader, and texts that are no socket tables.
@Suite struct SocketsHostileTests {
  @Test func oneLineWithoutEnd() {
    var reader = SocketTableReader()
    let piece = Array(String(repeating: "TCP 0.0.0.0:135 \u{1b}[", count: 1 << 12).utf8)
    for _ in 0..<8 { reader.take(unsafe piece.span.bytes) }
    let table = reader.finish()
    #expect(table.entries.isEmpty)
    #expect(table.problems.counts[.lineTooLong] == 1)
  }

  @Test(arguments: ["{", "[{\"a\":[", "{\"a\":\"", "<Event><Data Name='x'>", "\u{1b}", "[", "> "])
  func neverClosed(_ piece: String) {
    var reader = SocketTableReader()
    let bytes = Array(String(repeating: piece, count: 1 << 12).utf8)
    for _ in 0..<8 { reader.take(unsafe bytes.span.bytes) }
    #expect(reader.finish().entries.isEmpty)
  }

  @Test(arguments: ["<Event\n", "TCP\n", "[x]\n", "a:\n", "pid:\n", "tcp 0 0\n", "LocalPort : 1\n"])
  func manyShortLines(_ line: String) {
    let bytes = Array(String(repeating: line, count: 1 << 12).utf8)
    let table = SocketTables.read(bytes)
    #expect(table.entries.allSatisfy { $0.processIdentifier == nil })
  }

  /// After damage the rows that follow are still read.
  @Test func readingGoesOn() {
    let long = String(repeating: "x ", count: 20_000)
    let table = socketTable(
      "\(long)\n{\"a\":\"\(long)\(long)\"}\n  Proto  Local Address  Foreign Address  State  PID\n"
        + "  TCP    0.0.0.0:99999    0.0.0.0:0    LISTENING    4\n"
        + "  UDP    0.0.0.0:137      *:*          4\n")
    #expect(table.entries.map(\.summary) == ["udp 0.0.0.0:137 - 4/?"])
    #expect(table.problems.counts[.lineTooLong] == 2)
    #expect(table.problems.places[.rowUnreadable] == [4])
  }

  /// Any one byte changed, cut out or put in: nothing breaks, and no owner appears that the text
  /// does not name.
  @Test func damagedBytes() {
    let text = Array(SocketsWindowsTests.owners.utf8)
    var state: UInt64 = 1
    for _ in 0..<300 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      var damaged = text
      let at = Int(state >> 33) % text.count
      switch state >> 30 & 3 {
      case 0: damaged[at] = UInt8(truncatingIfNeeded: state >> 40)
      case 1: damaged.remove(at: at)
      case 2: damaged.insert(UInt8(truncatingIfNeeded: state >> 48), at: at)
      default: damaged.removeSubrange(at...)
      }
      let table = SocketTables.read(damaged)
      #expect(table.entries.count <= 7)
    }
  }

  /// A row's lines belong to that row only, and prose is nobody's component.
  @Test func noOwnerIsClaimed() {
    let table = socketTable(
      """
      Active Connections
        Proto  Local Address          Foreign Address        State           PID
        UDP    0.0.0.0:137            *:*                                    4

      So which program is it? I think [dns.exe] but I am not sure.
        UDP    0.0.0.0:138            *:*                                    4

      [dns.exe]
      """)
    #expect(table.entries.map(\.summary) == ["udp 0.0.0.0:137 - 4/?", "udp 0.0.0.0:138 - 4/?"])
    #expect(table.entries.allSatisfy { $0.components.isEmpty })
  }

  @Test func otherTextsAreNoTables() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folders = [root.appending(path: "Fixtures/logs"), root.appending(path: "docs")]
    for folder in folders {
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      for case let file as URL in files ?? .init() {
        guard let data = try? Data(contentsOf: file), !data.isEmpty else { continue }
        let found = SocketTables.recognise([UInt8](data))
        #expect(found == nil, "\(file.lastPathComponent)")
      }
    }
    #expect(SocketTables.recognise([]) == nil)
    #expect(SocketTables.recognise(Array("a note about TCP 137 and UDP 53\n".utf8)) == nil)
  }

  @Test(.enabled(if: SocketEvidence.folder != nil, "no evidence folder"))
  func evidenceOfOtherKindsIsNoTable() throws {
    let evidence = try #require(SocketEvidence.folder).deletingLastPathComponent()
    let files = FileManager.default.enumerator(at: evidence, includingPropertiesForKeys: nil)
    for case let file as URL in files ?? .init() {
      let path = file.path
      guard !path.contains("host-tables"), let handle = try? FileHandle(forReadingFrom: file),
        let data = try? handle.read(upToCount: 64 << 10)
      else { continue }
      #expect(SocketTables.recognise([UInt8](data)) == nil, "\(path)")
    }
  }
}

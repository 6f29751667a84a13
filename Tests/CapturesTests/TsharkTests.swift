import Captures
import Foundation
import Observations
import Testing

/// What other people's dissectors make of the same bytes.
@Suite struct TsharkTests {
  private static let between = "a fragment between those of a datagram is not told of"
  /// Differences that are not ours, with the reason.
  static let explained: [String: (packets: Set<UInt64>, why: String)] = [
    "captures/zeek/arp-leak.pcap": ([1, 2], "ARP whose address lengths are impossible"),
    "captures/tcpdump/arp-oobr.pcap": (
      [28, 57, 148, 202, 428, 438, 816, 940, 993, 1_123, 1_166, 1_979, 2_282],
      "ARP whose address lengths are impossible: its addresses are other bytes"
    ),
    "captures/zeek/linux_dlt_sll2.pcap": ([6], "reverse ARP is not ARP"),
    "captures/zeek/ipv4__fragmented-1.pcap": ([2], between),
    "captures/zeek/ipv4__fragmented-2.pcap": ([2], between),
    "captures/zeek/ipv4__fragmented-syn.pcap": (
      [1, 2], "the first holds less than TCP's header: the one that completes it tells of the ports"
    ),
    "captures/packets/ip_frag_source.pcapng": (
      [2, 3, 5, 6], between + "; the one that completes it tells of the whole"
    ),
    "captures/tcpdump/icmp-length-zero.pcapng": ([1], "a total length of 0 is told as it stands"),
  ]

  @Test(.enabled(if: !Evidence.entries.isEmpty && Tshark.program != nil), arguments: [0, 1])
  func evidenceAgrees(half: Int) throws {
    var compared = 0
    for (index, entry) in Evidence.entries.enumerated() where index % 2 == half {
      let bytes = try #require(Evidence.read(entry.path))
      guard let outcome = readAll(bytes) else { continue }
      let path = Evidence.root.appendingPathComponent(entry.path).path
      let (differing, count) = try Tshark.differences(path, outcome)
      compared += count
      let known = TsharkTests.explained[entry.path]?.packets ?? []
      for (number, what) in differing.sorted(by: { $0.key < $1.key }) where !known.contains(number)
      {
        Issue.record("\(entry.path) \(number): \(what)")
      }
      #expect(known.isSubset(of: differing.keys), "\(entry.path): no longer differs")
    }
    print("compared \(compared) packets of every second capture")
    #expect(compared > 2_000)
  }

  /// Every link and tunnel of our own making, in one capture.
  @Test(.enabled(if: Tshark.program != nil))
  func madeFramesAgree() throws {
    let bytes = MadeFrames.capture(MadeFrames.all)
    let outcome = try #require(readAll(bytes))
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("links-\(ProcessInfo.processInfo.processIdentifier).pcapng")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(bytes).write(to: file)
    let (differing, _) = try Tshark.differences(file.path, outcome)
    for (number, what) in differing.sorted(by: { $0.key < $1.key }) {
      let frame = MadeFrames.all[Int(number) - 1]
      guard frame.unlike == nil else { continue }
      Issue.record("\(number) \(frame.name): \(what)")
    }
    for (index, frame) in MadeFrames.all.enumerated() where frame.unlike != nil {
      #expect(differing[UInt64(index + 1)] != nil, "\(frame.name): no longer differs")
    }
  }
}

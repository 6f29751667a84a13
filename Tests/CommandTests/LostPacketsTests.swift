import Foundation
import Testing

/// A pcapng that says itself what it lost, and that bears comments: built here, block by block.
@Suite struct LostPacketsTests {
  private static func n16(_ v: Int) -> [UInt8] { [UInt8(v & 255), UInt8(v >> 8 & 255)] }
  private static func n32(_ v: Int) -> [UInt8] { n16(v & 0xffff) + n16(v >> 16) }
  private static func n64(_ v: Int) -> [UInt8] { n32(v & 0xffff_ffff) + n32(v >> 32) }
  private static func block(_ kind: Int, _ body: [UInt8]) -> [UInt8] {
    let length = n32(body.count + 12)
    return n32(kind) + length + body + length
  }

  /// A question by ARP from 192.168.7.9 for 192.168.7.`target`.
  private static func question(_ target: Int) -> [UInt8] {
    let sender: [UInt8] = [2, 0, 0, 0, 0, 9]
    let arp: [UInt8] = [8, 6, 0, 1, 8, 0, 6, 4, 0, 1]
    return [UInt8](repeating: 255, count: 6) + sender + arp + sender + [192, 168, 7, 9]
      + [0, 0, 0, 0, 0, 0, 192, 168, 7, UInt8(target)]
  }

  /// A sweep by ARP, some packets with comments; statistics where what was lost is told.
  static func capture(lost: Int?, comments: Int) -> [UInt8] {
    var bytes = block(0x0a0d_0d0a, n32(0x1a2b_3c4d) + n16(1) + n16(0) + n64(-1))
    bytes += block(1, n16(1) + n16(0) + n32(0))
    for target in 20..<220 {
      let frame = question(target)
      let units = 1_200_000_000_000_000 + target * 50_000
      let padding = [UInt8](repeating: 0, count: (4 - frame.count % 4) % 4)
      let comment = target - 20 < comments ? n16(1) + n16(4) + Array("odd!".utf8) : []
      bytes += block(
        6,
        n32(0) + n32(units >> 32) + n32(units & 0xffff_ffff) + n32(frame.count) + n32(frame.count)
          + frame + padding + comment)
    }
    if let lost {
      bytes += block(5, n32(0) + n64(0) + n16(5) + n16(8) + n64(lost))
    }
    return bytes
  }

  private func entry(_ report: [String: Any]) throws -> [String: Any] {
    try #require((report["evidence"] as? [[String: Any]])?.first)
  }

  private func packets(_ report: [String: Any]) throws -> Any {
    let incident = try #require((report["incidents"] as? [[String: Any]])?.first)
    let activity = try #require((incident["activities"] as? [[String: Any]])?.first)
    return try #require((activity["traffic"] as? [String: Any])?["packets"])
  }

  @Test func whatWasLostIsSaidEverywhere() throws {
    let scratch = try Scratch()
    try scratch.write("a.pcapng", LostPacketsTests.capture(lost: 1_234, comments: 3))
    let identified = try scratch.run("identify", "a.pcapng")
    #expect(identified.text.contains("1,234 packets dropped while it was taken, 3 comments on"))

    let text = try scratch.run("analyze", "a.pcapng").text.split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    #expect(text.contains("1,234 packets dropped while it was taken"))
    #expect(text.contains("what seems absent may have been among them"))
    let unseen = try #require(text.range(of: "COULD NOT BE SEEN"))
    #expect(
      text[unseen.upperBound...].contains("1,234 packets that a.pcapng lost while it was taken"))

    let report = try AnalyzeTests.parse(
      try scratch.run("analyze", "a.pcapng", "--format", "json"))
    let evidence = try entry(report)
    #expect(evidence["dropped"] as? Int == 1_234)
    #expect(evidence["comments"] as? Int == 3)
    // Any of the lost ones may have been one more of these.
    let bound = try #require(try packets(report) as? [String: Any])
    #expect(bound["low"] as? Int == 200)
    #expect(bound["high"] as? Int == 1_434)
  }

  @Test(arguments: [nil, 0])
  func whereNothingWasLostNothingIsSaid(lost: Int?) throws {
    let scratch = try Scratch()
    try scratch.write("a.pcapng", LostPacketsTests.capture(lost: lost, comments: 0))
    for command in [["identify"], ["analyze"]] {
      let text = try Program.run(command + ["a.pcapng"], in: scratch.url).text
      #expect(!text.contains("dropped") && !text.contains("lost") && !text.contains("comment"))
    }
    let report = try AnalyzeTests.parse(
      try scratch.run("analyze", "a.pcapng", "--format", "json"))
    let evidence = try entry(report)
    #expect(evidence["dropped"] == nil && evidence["comments"] == nil)
    #expect(try packets(report) as? Int == 200)
  }
}

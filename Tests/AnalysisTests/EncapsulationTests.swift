import Analysis
import Detection
import Diagnosis
import Observations
import Reporting
import Testing

/// What packets came in, from the capture to the report: tunnels, packet filters' logs, links that are
/// not decoded.
@Suite struct EncapsulationTests {
  private static func two(_ value: Int) -> [UInt8] {
    [UInt8(value >> 8 & 255), UInt8(value & 255)]
  }
  private static func little(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func ipv4(_ from: [UInt8], _ to: [UInt8], _ transport: UInt8, _ payload: [UInt8])
    -> [UInt8]
  {
    var header: [UInt8] = [0x45, 0] + two(20 + payload.count)
    header += [0, 9, 0, 0, 64, transport, 0, 0] + from + to
    var sum = 0
    for at in stride(from: 0, to: 20, by: 2) { sum += Int(header[at]) << 8 | Int(header[at + 1]) }
    while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
    header.replaceSubrange(10..<12, with: two(~sum & 0xffff))
    return header + payload
  }

  /// A first packet to port 445 of one host.
  private static func attempt(on host: UInt8) -> [UInt8] {
    let segment =
      two(1_025 + Int(host)) + two(445) + [0, 0, 0, host, 0, 0, 0, 0, 0x50, 2, 0x40, 0, 0, 0, 0, 0]
    return ipv4([192, 0, 2, 9], [198, 51, 100, host], 6, segment)
  }

  private static func capture(link: Int, _ frame: (UInt8) -> [UInt8]) -> [UInt8] {
    var out: [UInt8] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0] + little(0) + little(0)
    out += little(65_535) + little(link)
    for host in UInt8(1)...120 {
      let bytes = frame(host)
      out += little(1_200_000_000 + Int(host)) + little(0)
      out += little(bytes.count) + little(bytes.count) + bytes
    }
    return out
  }

  /// pf's header: refused on the way out, with the user and the process of the socket.
  private static func refused(_ packet: [UInt8], user: Int, process: Int) -> [UInt8] {
    let zeros = { (count: Int) in [UInt8](repeating: 0, count: count) }
    let owner = little(user) + little(process) + zeros(8)
    return [61, 2, 1, 0] + Array("em0".utf8) + zeros(29) + zeros(8) + owner + [2] + zeros(3)
      + packet
  }

  @Test func theInnerPacketsAreTheEvidence() throws {
    let bench = try Workbench()
    let path = try bench.write(
      "tunnel.pcap",
      EncapsulationTests.capture(link: 228) {
        EncapsulationTests.ipv4(
          [203, 0, 113, 1], [203, 0, 113, 2], 4, EncapsulationTests.attempt(on: $0))
      })
    let analysis = try bench.analysis([path])
    let activity = try #require(analysis.activities.first)
    #expect("\(activity.evidence.subject)".contains("192.0.2.9"))
    let evidence = try #require(analysis.evidence.first)
    #expect(evidence.facts.tunnels.map(\.kind) == [.ipInIP] && evidence.facts.tunnelled == 120)
    let words =
      "120 of 120 packets came in an IP-in-IP tunnel between 203.0.113.1 and 203.0.113.2"
    #expect(evidence.facts.tunnelWords(of: evidence.records).first?.hasPrefix(words) == true)
    let text = renderText(analysis, style: TextStyle(color: false)).split(
      whereSeparator: \.isWhitespace
    ).joined(separator: " ")
    #expect(text.contains(words))
    #expect(renderJSON(analysis).contains("\"tunnels\""))
  }

  @Test func aFiltersWordOnTheSender() throws {
    let bench = try Workbench()
    let path = try bench.write(
      "pflog.pcap",
      EncapsulationTests.capture(link: 117) {
        EncapsulationTests.refused(EncapsulationTests.attempt(on: $0), user: 1_000, process: 4_711)
      })
    let analysis = try bench.analysis([path])
    let activity = try #require(analysis.activities.first)
    let owner = try #require(activity.owners.first)
    #expect(owner.grade == "stated" && owner.status == "owned")
    #expect(owner.processIdentifier == 4_711 && owner.because.contains("user 1000"))
    // What a rule chose says nothing about answers.
    #expect(activity.number(.traffic, "answeredShare") == nil)
    let evidence = try #require(analysis.evidence.first)
    #expect(evidence.vantage.hasPrefix("packets that a packet filter refused"))
  }

  @Test func linksNotDecodedAreNamed() throws {
    let bench = try Workbench()
    let path = try bench.write(
      "usb.pcap", EncapsulationTests.capture(link: 189) { EncapsulationTests.attempt(on: $0) })
    let evidence = try #require(try bench.analysis([path]).evidence.first)
    #expect(evidence.problems.first?.meaning.hasSuffix("189 (usb-linux)") == true)
    #expect(evidence.observations == 0)
  }
}

import Captures
import Foundation
import Observations
import Testing

/// Captures of the evidence folder, found by its manifest.
enum Evidence {
  struct Entry: CustomStringConvertible, Sendable {
    var path: String
    var packets: UInt64
    var description: String { path }
  }

  static let root: URL = {
    if let path = ProcessInfo.processInfo.environment["CULPRIT_EVIDENCE"] {
      return URL(fileURLWithPath: path)
    }
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return root.appendingPathComponent("../shared/evidence").standardizedFileURL
  }()

  static let entries: [Entry] = {
    let manifest = root.appendingPathComponent("MANIFEST.md")
    guard let text = try? String(contentsOf: manifest, encoding: .utf8) else {
      print("skipped: no evidence at \(root.path)")
      return []
    }
    return text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count > 2, cells[0].hasPrefix("`captures/"),
        let packets = UInt64(cells[1].replacingOccurrences(of: ",", with: ""))
      else { return nil }
      return Entry(path: cells[0].trimmingCharacters(in: ["`"]), packets: packets)
    }
  }()

  static func read(_ path: String) -> [UInt8]? {
    (try? Data(contentsOf: root.appendingPathComponent(path))).map { [UInt8]($0) }
  }
}

@Suite struct EvidenceTests {
  @Test(.enabled(if: !Evidence.entries.isEmpty), arguments: Evidence.entries)
  func countsAreTheManifests(entry: Evidence.Entry) throws {
    let bytes = try #require(Evidence.read(entry.path))
    let outcome = try #require(readAll(bytes))
    #expect(outcome.records == entry.packets)
    #expect(outcome == readAll(bytes, fast: false))
    #expect(outcome == readAll(bytes, step: 512))
  }

  @Test(
    .enabled(if: !Evidence.entries.isEmpty),
    arguments: [
      ("5-pings", Transport.icmp, 10), ("/arp-who-has.pcap", .arp, 2),
      ("linuxsll-arp", .arp, 12), ("icmp-destunreach-udp", .icmp, 1),
    ])
  func spotTruths(name: String, transport: Transport, count: Int) throws {
    let entry = try #require(Evidence.entries.first { $0.path.contains(name) })
    let bytes = try #require(Evidence.read(entry.path))
    let outcome = try #require(readAll(bytes))
    let found = outcome.observations.filter {
      $0.transport == transport && (name != "icmp-destunreach-udp" || $0.hint == .icmpError)
    }
    #expect(found.count == count)
    if name == "icmp-destunreach-udp" {
      #expect(found.first?.marks.isSuperset(of: [.quoted, .quoteMatches]) == true)
    }
  }

  /// The same packets in another container, observation by observation; `resolution` in nanoseconds.
  @Test(
    .enabled(if: !Evidence.entries.isEmpty),
    arguments: [
      ("eapon1.netmon1.cap", "tcpdump/eapon1.pcap", 1_000_000),
      ("eapon1.netmon2.cap", "tcpdump/eapon1.pcap", 1_000),
      ("eapon1.nsec.pcap", "tcpdump/eapon1.pcap", 1),
      ("eapon1.modified.pcap", "tcpdump/eapon1.pcap", 1),
      ("eapon1.snoop", "tcpdump/eapon1.pcap", 1),
      ("eapon1.pcapng", "tcpdump/eapon1.pcap", 1),
      ("synscan.netmon1.cap", "packets/synscan.pcapng", 1_000_000),
      ("synscan.netmon2.cap", "packets/synscan.pcapng", 1_000),
    ] as [(String, String, Int64)])
  func reencodings(name: String, original: String, resolution: Int64) throws {
    let bytes = try #require(Evidence.read("captures/reencoded/" + name))
    var again = try #require(readAll(bytes))
    var first = try #require(Evidence.read("captures/" + original).flatMap { readAll($0) })
    #expect(again.records == first.records && first.seen.count > 50)
    try #require(again.seen.count == first.seen.count)
    for i in first.seen.indices {
      let (a, b) = (first.seen[i].observation.time, again.seen[i].observation.time)
      #expect(abs(a - b) < resolution)
      first.seen[i].observation.time = b
      (first.seen[i].offset, again.seen[i].offset) = (0, 0)
    }
    #expect(first.seen == again.seen && first.learnt == again.learnt)
    let kinds = first.problems.entries.map { [$0.anomaly.name: $0.count] }
    #expect(kinds == again.problems.entries.map { [$0.anomaly.name: $0.count] })
  }
}

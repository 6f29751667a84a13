import Analysis
import Foundation
import Observations
import Reporting
import Testing

/// What Zeek and CrowdSec say themselves of real evidence, as their own tests have it, beside what is
/// said here in their name.
@Suite(
  .enabled(if: RealEvidence.isPresent, "no evidence folder: set CULPRIT_EVIDENCE to run these"))
struct PeerBaselineTests {
  static let options = AnalysisOptions(now: Timestamp(seconds: 1_767_225_600))

  /// Sources that a program's published rules flag in one file.
  static func flagged(by peer: String, in path: String) throws -> Set<String> {
    var attempts = Attempts()
    try allPackets(of: [path], options: options, clocks: [:]) { packet, _, format in
      attempts.take(packet, format: format)
    }
    let nothing = Analysis(
      knowledge: "", assumptions: [], evidence: [], incidents: [], networkFindings: [], quiet: [])
    return Set(
      PeerComparison([peer], attempts: attempts, analysis: nothing).flagged(by: peer)
        .map(\.description))
  }

  /// A table of Zeek's as rows by column.
  static func rows(_ file: URL) throws -> [[String: String]] {
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    let head = lines.first { $0.hasPrefix("#fields\t") } ?? ""
    let names = head.split(separator: "\t").dropFirst().map(String.init)
    return lines.filter { !$0.hasPrefix("#") }.map { line in
      let values = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      return Dictionary(zip(names, values)) { first, _ in first }
    }
  }

  /// Captures of Zeek's tests with the tables that its baselines hold of them.
  static func baselines(_ table: String) throws -> [(capture: URL, table: URL)] {
    let folder = RealEvidence.folder.appending(path: "captures/zeek")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { $0.hasSuffix(".truth") }.sorted().flatMap { name in
      let truth = folder.appending(path: name)
      return try FileManager.default.subpathsOfDirectory(atPath: truth.path)
        .filter { $0.hasSuffix("/\(table)") }.sorted().map {
          (folder.appending(path: String(name.dropLast(6))), truth.appending(path: $0))
        }
    }
  }

  /// Zeek's rule over its own account of the connections flags whom it flags over the packets.
  @Test func zeeksOwnConnectionsMeetItsRuleAlike() throws {
    var read = 0
    for (capture, table) in try PeerBaselineTests.baselines("conn.log") {
      let rows = try PeerBaselineTests.rows(table)
      read += rows.count
      // Never answered, or refused, as its states of a connection have it.
      let failed = rows.filter {
        $0["proto"] == "tcp" && ["S0", "REJ", "RSTOS0"].contains($0["conn_state"])
      }
      let bySource = Dictionary(grouping: failed) { $0["id.orig_h"] ?? "" }
      let over = bySource.filter { _, rows in
        let byPort = Dictionary(grouping: rows) { $0["id.resp_p"] }
        let byHost = Dictionary(grouping: rows) { $0["id.resp_h"] }
        return byPort.values.contains { Set($0.map { $0["id.resp_h"] }).count >= 25 }
          || byHost.values.contains { Set($0.map { $0["id.resp_p"] }).count >= 15 }
      }
      let ours = try PeerBaselineTests.flagged(by: "zeek", in: capture.path)
      #expect(ours == Set(over.keys), "\(capture.lastPathComponent)")
    }
    #expect(read >= 20, "only \(read) connections in Zeek's baselines")
  }

  /// Where Zeek's baselines hold a notice of a scan, and only there, one is told in its name.
  @Test func zeeksNoticesOfScansAreTold() throws {
    var scanners: [URL: Set<String>] = [:]
    for (capture, table) in try PeerBaselineTests.baselines("notice.log") {
      let scans = try PeerBaselineTests.rows(table).filter {
        ["Scan::Address_Scan", "Scan::Port_Scan"].contains($0["note"])
      }
      scanners[capture, default: []].formUnion(scans.compactMap { $0["src"] })
    }
    #expect(!scanners.isEmpty)
    for (capture, sources) in scanners {
      #expect(try PeerBaselineTests.flagged(by: "zeek", in: capture.path) == sources)
    }
  }

  /// One event of CrowdSec's scenario of scans.
  struct Event: Hashable {
    var source: String
    var port: String
    var transport: String
  }

  /// What CrowdSec's own tests assert of a log's lines: those of its parser of netfilter's logs.
  static func events(_ log: URL) throws -> [Event] {
    let text = try String(
      contentsOf: log.appendingPathExtension("parser.assert"), encoding: .utf8)
    var fields: [String: [String: String]] = [:]
    let line =
      #/results\["s01-parse"\]\["crowdsecurity/iptables-logs"\]\[(\d+)\]\.(.+) == (.+)/#
    for row in text.split(separator: "\n") {
      guard let match = row.wholeMatch(of: line) else { continue }
      fields[String(match.1), default: [:]][String(match.2)] =
        match.3.trimmingCharacters(in: ["\""])
    }
    return fields.values.filter {
      $0["Success"] == "true" && $0["Evt.Meta[\"log_type\"]"] == "iptables_drop"
    }.map {
      Event(
        source: $0["Evt.Meta[\"source_ip\"]"] ?? "", port: $0["Evt.Parsed[\"dst_port\"]"] ?? "",
        transport: ($0["Evt.Parsed[\"proto\"]"] ?? "").lowercased())
    }
  }

  /// The events that CrowdSec's parser makes of each of its logs are the packets that its scenario is
  /// asked about here; its lines of other firewalls are none of that scenario's.
  @Test func crowdSecsEventsAreCountedInItsName() throws {
    let folder = RealEvidence.folder.appending(path: "logs/crowdsec")
    let logs = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".log") }.sorted().map { folder.appending(path: $0) }
    var events = 0
    for log in logs {
      let asserted = try PeerBaselineTests.events(log)
      events += asserted.count
      var ours: [Event] = []
      try allPackets(of: [log.path], options: PeerBaselineTests.options, clocks: [:]) {
        packet, _, format in
        guard format == "netfilter", packet.transport.hasPorts else { return }
        ours.append(
          Event(
            source: "\(packet.source)", port: "\(packet.destinationPort)",
            transport: "\(packet.transport)"))
      }
      let counts = [asserted, ours].map { Dictionary($0.map { ($0, 1) }, uniquingKeysWith: +) }
      #expect(counts[0] == counts[1], "\(log.lastPathComponent)")
      let over = Dictionary(grouping: asserted, by: \.source).filter {
        Set($0.value.map(\.port)).count > 15
      }
      let flagged = try PeerBaselineTests.flagged(by: "crowdsec", in: log.path)
      #expect(flagged == Set(over.keys), "\(log.lastPathComponent)")
    }
    #expect(logs.count >= 5 && events >= 3, "\(logs.count) logs, \(events) events")
  }
}

import Analysis
import Detection
import Diagnosis
import Foundation
import Observations
import Testing

/// Real evidence with known truth, read where it lies; never part of this project.
enum RealEvidence {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["CULPRIT_EVIDENCE"] {
      return URL(filePath: path)
    }
    return URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "../shared/evidence")
  }()

  static let isPresent = FileManager.default.fileExists(
    atPath: folder.appending(path: "MANIFEST.md").path)

  /// A line of the manifest's tables of captures: file, packets, link.
  struct Row: CustomTestStringConvertible, Sendable {
    var file: String
    var packets: Int
    var link: String
    var testDescription: String { file }
  }

  /// All captures in classic pcap form that the manifest counts.
  static let captures: [Row] = {
    guard isPresent,
      let text = try? String(contentsOf: folder.appending(path: "MANIFEST.md"), encoding: .utf8)
    else { return [] }
    return text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard cells.count > 4, cells[1].hasPrefix("`captures/"), let packets = Int(cells[2]) else {
        return nil
      }
      let file = cells[1].replacingOccurrences(of: "`", with: "")
      let path = folder.appending(path: file)
      guard let head = try? FileHandle(forReadingFrom: path).read(upToCount: 4) else { return nil }
      let magics: [[UInt8]] = [
        [0xd4, 0xc3, 0xb2, 0xa1], [0xa1, 0xb2, 0xc3, 0xd4], [0x4d, 0x3c, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
      ]
      guard magics.contains(Array(head)) else { return nil }
      return Row(file: file, packets: packets, link: cells[3])
    }
  }()
}

@Suite(
  .enabled(if: RealEvidence.isPresent, "no evidence folder: set CULPRIT_EVIDENCE to run these"))
struct EvidenceTests {
  private func analysis(_ file: String) throws -> Analysis {
    let options = AnalysisOptions(now: CivilTime(year: 2026, month: 1, day: 1).timestamp)
    return try analyze(
      paths: [RealEvidence.folder.appending(path: file).path], options: options,
      knowledge: Workbench.knowledge.get())
  }

  @Test(arguments: RealEvidence.captures)
  func aCaptureOpensAndCounts(row: RealEvidence.Row) throws {
    let analysis = try analysis(row.file)
    #expect(analysis.evidence.first?.records == UInt64(row.packets))
    #expect(analysis.evidence.first?.kind == "capture")
  }

  @Test func theTableIsNotEmpty() { #expect(RealEvidence.captures.count >= 60) }

  @Test(arguments: [
    "captures/zeek/icmp__5-pings.pcap", "captures/zeek/arp-who-has.pcap",
    "logs/iptables/psad/ipv4_valid_ping.log", "logs/iptables/psad/ipv4_igmp.log",
    "captures/zeek/icmp__icmp-destunreach-udp.pcap", "captures/zeek/wikipedia.pcap",
    "captures/zeek/smb__raw_ntlm_in_smb.pcap", "captures/tcpdump/eapon1.pcap",
    "captures/zeek/dns__mdns.pcap", "captures/tcpdump/IGMP_V1.pcap",
    "captures/zeek/chksums__localhost-bad-chksum.pcap", "captures/zeek/ipv4__fragmented-1.pcap",
  ])
  func theInnocentRaiseNothing(file: String) throws {
    let analysis = try analysis(file)
    #expect(analysis.incidents.isEmpty, "\(analysis.activities.map(\.label))")
  }

  @Test(
    arguments: zip(
      ["syn_scan_1000_1500", "fin_scan_1000_1150", "null_scan_1000_1150", "udp_scan_1000_1150"],
      [1000...1500, 1000...1150, 1000...1150, 1000...1150] as [ClosedRange<UInt16>]))
  func portSweepsHaveTheirPorts(name: String, ports: ClosedRange<UInt16>) throws {
    let analysis = try analysis("logs/iptables/psad/\(name).log")
    #expect(analysis.incidents.count == 1)
    let incident = try #require(analysis.incidents.first)
    #expect(incident.subject.value == "192.168.10.55")
    let activity = try #require(incident.activities.first)
    #expect(activity.evidence.traffic.destinationPorts == [ports])
    #expect(activity.evidence.traffic.packets.low == Double(ports.count * 2))
    #expect(activity.diagnosis.verdict == "vertical-scan")
  }
}

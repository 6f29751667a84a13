import Analysis
import Foundation
import Knowledge
import Observations

/// Real evidence whose makers tell what it is. Nothing was fitted on it.
struct RealCase: Sendable {
  /// Where it lies in the evidence folder.
  let file: String
  /// Whose activity is to be explained; nil where nothing is to be raised.
  var subject: String?
  var article: String?

  static let all =
    ["syn_scan_1000_1500", "fin_scan_1000_1150", "null_scan_1000_1150", "udp_scan_1000_1150"].map {
      RealCase(
        file: "logs/iptables/psad/\($0).log", subject: "192.168.10.55", article: "vertical-scan")
    } + [
      RealCase(
        file: "captures/packets/synscan.pcapng", subject: "172.16.0.8", article: "vertical-scan"),
      RealCase(
        file: "captures/zeek/nmap-vsn.pcap", subject: "192.168.1.71", article: "horizontal-scan"),
      RealCase(
        file: "captures/packets/arppoison.pcapng", subject: "00:25:b3:bf:91:ee",
        article: "arp-poisoning"),
      RealCase(
        file: "logs/ossec/osx-ipfw.log", subject: "192.168.10.2", article: "vertical-scan"),
      RealCase(
        file: "logs/ossec/iplog.log", subject: "195.140.232.116", article: "vertical-scan"),
    ] + innocent.map { RealCase(file: $0) }

  /// What is told to be ordinary, or is a few packets of no consequence.
  private static let innocent = [
    "captures/zeek/icmp__5-pings.pcap", "captures/zeek/arp-who-has.pcap",
    "captures/zeek/wikipedia.pcap", "captures/zeek/smb__raw_ntlm_in_smb.pcap",
    "captures/zeek/smb__smb_v2_only_non_zero_reserved1.pcap", "captures/zeek/dns__mdns.pcap",
    "captures/zeek/rotation.pcap", "captures/zeek/tunnels__Teredo.pcap",
    "captures/zeek/chksums__localhost-bad-chksum.pcap", "captures/zeek/ipv4__fragmented-1.pcap",
    "captures/zeek/icmp__icmp-destunreach-udp.pcap", "captures/tcpdump/eapon1.pcap",
    "captures/tcpdump/IGMP_V1.pcap", "captures/packets/arp_gratuitous.pcapng",
    "captures/packets/icmp_traceroute.pcapng", "captures/packets/nowebaccess3.pcapng",
    "logs/iptables/psad/ipv4_igmp.log", "logs/iptables/psad/ipv4_valid_ping.log",
    "logs/ossec/wipfw.log", "logs/ossec/openbsd-pf.log", "logs/ossec/windows-pfirewall.log",
    "logs/plaso/windows_firewall.log",
  ]

  /// What is made of those files that are there.
  static func run(in folder: String, _ knowledge: KnowledgeBase) -> [Outcome] {
    all.compactMap { each in
      let path = URL(filePath: folder).appending(path: each.file).path
      let options = AnalysisOptions(now: CivilTime(year: 2026, month: 1, day: 1).timestamp)
      guard FileManager.default.fileExists(atPath: path),
        let analysis = try? analyze(paths: [path], options: options, knowledge: knowledge)
      else { return nil }
      return Outcome(
        nil, each.file, Truth(subject: each.subject, article: each.article), analysis, knowledge)
    }
  }
}

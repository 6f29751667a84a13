import Analysis
import Diagnosis
import Foundation
import Observations
import Reporting
import Testing

/// What others' published rules say of real evidence, whose makers tell what it is, and where we
/// differ: docs/comparison.md argues each difference.
@Suite(
  .enabled(if: RealEvidence.isPresent, "no evidence folder: set CULPRIT_EVIDENCE to run these"))
struct PeerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let file: String
    let source: String
    /// The rules each program applies to the source.
    let rules: [String: [String]]
    /// Our verdict; nil: we raise nothing of that source.
    let ours: String?
    var testDescription: String { file }
  }

  static let cases = [
    Case(
      file: "logs/iptables/psad/syn_scan_1000_1500.log", source: "192.168.10.55",
      rules: [
        "psad": ["danger level 3"], "zeek": ["Scan::Port_Scan"], "slips": ["VerticalPortscan"],
        "crowdsec": ["iptables-scan-multi_ports"],
      ], ours: "vertical-scan"),
    Case(
      file: "logs/iptables/psad/fin_scan_1000_1150.log", source: "192.168.10.55",
      rules: ["psad": ["danger level 3"], "crowdsec": ["iptables-scan-multi_ports"]],
      ours: "vertical-scan"),
    Case(
      file: "logs/iptables/psad/null_scan_1000_1150.log", source: "192.168.10.55",
      rules: ["psad": ["danger level 3"], "crowdsec": ["iptables-scan-multi_ports"]],
      ours: "vertical-scan"),
    Case(
      file: "logs/iptables/psad/udp_scan_1000_1150.log", source: "192.168.10.55",
      rules: ["psad": ["danger level 3"], "zeek": [], "crowdsec": ["iptables-scan-multi_ports"]],
      ours: "vertical-scan"),
    Case(
      file: "logs/iptables/psad/ipv4_igmp.log", source: "192.168.10.1",
      rules: ["psad": [], "crowdsec": []], ours: nil),
    Case(
      file: "logs/iptables/psad/ipv4_valid_ping.log", source: "192.168.10.55",
      rules: ["psad": [], "crowdsec": []], ours: nil),
    // psad has a signature for a single packet to this port; two packets are nothing to us.
    Case(
      file: "logs/iptables/psad/ms_sql_server_sig_match.log", source: "192.168.10.55",
      rules: ["psad": [], "crowdsec": []], ours: nil),
    Case(
      file: "logs/iptables/psad/fwknop_spa_pkt.log", source: "192.168.10.55",
      rules: ["psad": [], "crowdsec": []], ours: nil),
    // psad has a signature for codes that no ping has; a few odd pings are nothing to us.
    Case(
      file: "logs/iptables/psad/invalid_icmp_type_code.log", source: "192.168.10.55",
      rules: ["psad": [], "crowdsec": [], "zeek": []], ours: nil),
    Case(
      file: "logs/iptables/psad/ipv6_invalid_icmp6_type_code.log", source: "2001:db8:0:f101::2",
      rules: ["psad": [], "crowdsec": []], ours: nil),
    Case(
      file: "logs/iptables/psad/ipv6_ping_scan.log", source: "2001:db8:0:f101::2",
      rules: ["psad": [], "crowdsec": []], ours: nil),
    // One port each: no rule of theirs, nothing of ours.
    Case(
      file: "logs/iptables/psad/syslog_time_fmt1.log", source: "4.4.4.4",
      rules: ["psad": [], "crowdsec": []], ours: nil),
    // Its sweep goes by ARP, which no rule of theirs counts; the few hosts beyond are enough for Slips.
    Case(
      file: "captures/zeek/nmap-vsn.pcap", source: "192.168.1.71",
      rules: ["zeek": [], "slips": ["HorizontalPortscan"], "psad": []], ours: "horizontal-scan"),
    Case(
      file: "captures/packets/synscan.pcapng", source: "172.16.0.8",
      rules: ["zeek": ["Scan::Port_Scan"], "slips": ["VerticalPortscan"]], ours: "vertical-scan"),
    // Hourly packets: Zeek's baseline has no notice of a scan either.
    Case(
      file: "captures/zeek/rotation.pcap", source: "10.0.0.1", rules: ["zeek": [], "slips": []],
      ours: nil),
    Case(
      file: "captures/zeek/wikipedia.pcap", source: "141.142.220.118",
      rules: ["zeek": [], "slips": []], ours: nil),
  ]

  @Test(arguments: cases)
  func theRulesSayWhatTheyArePublishedToSay(item: Case) throws {
    let path = RealEvidence.folder.appending(path: item.file).path
    let options = AnalysisOptions(now: Timestamp(seconds: 1_767_225_600))
    let analysis = try analyze(
      paths: [path], options: options, knowledge: Workbench.knowledge.get())
    var attempts = Attempts()
    try allPackets(of: [path], options: options, clocks: [:]) { packet, _, format in
      attempts.take(packet, format: format)
    }
    let comparison = PeerComparison(
      PeerComparison.names, attempts: attempts, analysis: analysis)
    let source = try #require(Address(item.source))
    for (peer, rules) in item.rules {
      #expect(comparison.rules(of: peer, against: source) == rules, "\(peer)")
    }
    let verdicts = analysis.incidents.filter { $0.subject == .address(source) }
      .flatMap(\.activities).filter { $0.severity > .info }.map(\.diagnosis.verdict)
    #expect(verdicts.first == item.ours.map(Optional.some), "\(verdicts)")
  }
}

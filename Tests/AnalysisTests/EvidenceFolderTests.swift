import Analysis
import Detection
import Diagnosis
import Foundation
import Intake
import Observations
import Testing

/// Every file of the evidence folder: what is read counts as the manifest says, and what is not read
/// stands here by name.
@Suite(
  .enabled(if: RealEvidence.isPresent, "no evidence folder: set CULPRIT_EVIDENCE to run these"))
struct EvidenceFolderTests {
  /// A log that is read: its lines, and those that tell of a packet.
  struct Log: CustomTestStringConvertible, Sendable {
    var file: String
    var format: String
    var lines: UInt64
    var observations: UInt64
    var testDescription: String { file }

    init(_ file: String, _ format: String, _ lines: UInt64, _ observations: UInt64) {
      (self.file, self.format, self.lines) = ("logs/\(file).log", format, lines)
      self.observations = observations
    }
  }

  static let logs = [
    Log("iptables/psad/syn_scan_1000_1500", "netfilter", 1_002, 1_002),
    Log("iptables/psad/fin_scan_1000_1150", "netfilter", 302, 302),
    Log("iptables/psad/null_scan_1000_1150", "netfilter", 303, 303),
    Log("iptables/psad/udp_scan_1000_1150", "netfilter", 302, 302),
    Log("iptables/psad/ipv4_igmp", "netfilter", 4, 4),
    Log("iptables/psad/ipv4_valid_ping", "netfilter", 5, 5),
    Log("iptables/psad/invalid_icmp_type_code", "netfilter", 5, 5),
    Log("iptables/psad/ms_sql_server_sig_match", "netfilter", 2, 2),
    Log("iptables/psad/ipv6_ping_scan", "netfilter", 2, 2),
    Log("iptables/psad/ipv6_invalid_icmp6_type_code", "netfilter", 2, 2),
    Log("iptables/psad/syslog_time_fmt1", "netfilter", 6, 6),
    Log("iptables/psad/fwknop_spa_pkt", "netfilter", 1, 1),
    Log("crowdsec/iptables-logs", "netfilter", 4, 3),
    Log("ossec/linux-martians", "netfilter", 8, 3),
    Log("prelude/ipchains", "ipchains", 6, 6),
    Log("plaso/windows_firewall", "windows-firewall", 19, 11),
    Log("ossec/windows-pfirewall", "windows-firewall", 222, 186),
    Log("ossec/zonealarm-6.5", "zonealarm", 95, 25),
    Log("plaso/snort3_alert_fast", "snort-fast", 4, 4),
    Log("plaso/suricata_alert_fast", "snort-fast", 6, 5),
    Log("crowdsec/suricata-logs-fastlog", "snort-fast", 4, 4),
    Log("crowdsec/mikrotik-logs", "mikrotik", 7, 6), Log("crowdsec/pf-logs", "filterlog", 9, 9),
    Log("crowdsec/pfsense-rfc5424-filterlog", "filterlog", 5, 4),
    Log("crowdsec/suricata-logs-evelog", "suricata-eve", 8, 8),
    Log("fail2ban/portsentry", "portsentry", 4, 2), Log("fail2ban/scanlogd", "scanlogd", 8, 4),
    Log("ossec/airsnare", "airsnare", 27, 21), Log("ossec/cisco-pix", "cisco-asa", 105, 68),
    Log("ossec/iplog", "iplog", 16, 15), Log("ossec/netscreen", "netscreen", 15, 9),
    Log("ossec/openbsd-pf", "pf-text", 30, 30), Log("ossec/osx-ipfw", "ipfw", 17, 17),
    Log("ossec/sonicwall", "sonicwall", 23, 24), Log("ossec/wipfw", "ipfw", 11, 11),
    Log("plaso/appfirewall", "macos-appfirewall", 47, 0), Log("prelude/ipfw", "ipfw", 9, 9),
  ]

  /// All captures that the manifest counts, whatever their container.
  static let captures: [RealEvidence.Row] = {
    let manifest = RealEvidence.folder.appending(path: "MANIFEST.md")
    let text = (try? String(contentsOf: manifest, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard cells.count > 4, cells[1].hasPrefix("`captures/"),
        let packets = Int(cells[2].replacing(",", with: ""))
      else { return nil }
      return RealEvidence.Row(
        file: cells[1].replacing("`", with: ""), packets: packets, link: cells[3])
    }
  }()

  /// Everything below `captures` and `logs`, by its path from the folder on.
  static let identified: Result<[String: IdentifiedFile], any Error> = Result {
    let options = IntakeOptions(now: CivilTime(year: 2026, month: 1, day: 1).timestamp)
    let root = RealEvidence.folder.path
    let files = try identify(
      paths: [root + "/captures", root + "/logs"], options: options)
    return Dictionary(uniqueKeysWithValues: files.map { ($0.path.dropping(root + "/"), $0) })
  }

  @Test(arguments: captures)
  func aCaptureIsReadOrRefusedByItsName(row: RealEvidence.Row) throws {
    let file = try #require(try EvidenceFolderTests.identified.get()[row.file])
    #expect(file.kind == "capture")
    #expect(file.records == UInt64(row.packets))
  }

  @Test(arguments: logs)
  func aLogIsReadWhole(log: Log) throws {
    let file = try #require(try EvidenceFolderTests.identified.get()[log.file])
    #expect(file.kind == "firewall-log" && file.format == log.format)
    #expect(file.records == log.lines)
    #expect(file.observations == log.observations)
  }

  /// No file is passed over in silence: each is read and counted above, or one of the sources' own truths.
  @Test func everyFileStandsInOneOfTheTables() throws {
    let files = try EvidenceFolderTests.identified.get()
    let counted = Set(
      EvidenceFolderTests.captures.map(\.file) + EvidenceFolderTests.logs.map(\.file))
    #expect(counted.count >= 100)
    for (path, file) in files {
      let isTruth =
        path.contains(".truth/") || path.hasSuffix(".parser.assert")
        || (path.hasPrefix("captures/pcapng/") && path.hasSuffix(".txt"))
      if isTruth {
        // Some sources state what Zeek makes of a capture, as Zeek's own logs.
        let isZeeks = file.kind == "firewall-log" && file.format == "zeek-conn"
        #expect(
          isZeeks || !["capture", "firewall-log", "visitors-log"].contains(file.kind), "\(path)")
      } else {
        #expect(counted.contains(path), "\(path)")
      }
    }
    #expect(counted.subtracting(files.keys).isEmpty)
  }

  /// Three hosts fill the log of a fourth with searches that its firewall drops.
  @Test func theLogFullOfSearchesIsExplained() throws {
    let options = AnalysisOptions(now: CivilTime(year: 2026, month: 1, day: 1).timestamp)
    let analysis = try analyze(
      paths: [RealEvidence.folder.appending(path: "logs/ossec/windows-pfirewall.log").path],
      options: options, knowledge: Workbench.knowledge.get())
    let found = analysis.activities.filter {
      $0.evidence.shape == .specialPurpose(transport: .udp, port: 1_900)
    }
    let packets = found.map {
      "\($0.evidence.subject.value) \(Int($0.number(.specialPurpose, "packets") ?? 0))"
    }
    #expect(packets == ["172.20.73.241 73", "192.168.99.165 45", "192.168.183.114 32"])
    #expect(found.allSatisfy { $0.diagnosis.verdict == "service-discovery" })
    #expect(analysis.activities.count == 3)
  }

  /// The manifest's truth for nmap's search of its own subnet.
  @Test func theSweepByARPIsAssertedWithItsCount() throws {
    let options = AnalysisOptions(now: CivilTime(year: 2026, month: 1, day: 1).timestamp)
    let analysis = try analyze(
      paths: [RealEvidence.folder.appending(path: "captures/zeek/nmap-vsn.pcap").path],
      options: options, knowledge: Workbench.knowledge.get())
    #expect(analysis.incidents.map(\.subject.value) == ["192.168.1.71"])
    let activity = try #require(
      analysis.activities.first { $0.evidence.shape == .service(transport: .arp, port: 1) })
    #expect(activity.label == "ARP requests for 245 addresses")
    #expect(activity.diagnosis.verdict == "horizontal-scan")
    #expect(activity.diagnosis.sentence.contains("asked by ARP for 245 addresses"))
    #expect(activity.evidence.traffic.packets == Bound(low: 503, high: 503))
    #expect(activity.evidence.traffic.destinations == Bound(low: 245, high: 245))
    #expect(activity.number(.sweep, "targets") == 245)
    #expect(activity.number(.sweep, "unanswered") == 245)
    #expect(activity.number(.sweep, "answeredShare") == 0)
    #expect(activity.evidence.traffic.direction == .internal)
  }
}

/// Containers of which the folder holds no sample: refused by the name people know.
@Suite struct ForeignContainerTests {
  static let heads: [(name: String, head: [UInt8])] = [
    ("bzip2-compressed", Array("BZh91AY".utf8)), ("a zip archive", [0x50, 0x4b, 3, 4]),
    ("a tar archive", [UInt8](repeating: 97, count: 257) + Array("ustar\0".utf8)),
    ("a 7-Zip archive", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
    ("a RAR archive", Array("Rar!".utf8)), ("a cabinet archive", Array("MSCF".utf8)),
  ]

  @Test(arguments: heads.indices)
  func isNamed(index: Int) throws {
    let (name, head) = ForeignContainerTests.heads[index]
    let bench = try Workbench()
    let path = try bench.write("a.bin", head + [UInt8](repeating: 0, count: 200))
    let files = try identify(paths: [path], options: IntakeOptions(now: Workbench.now))
    #expect(files.map(\.format) == [name])
    #expect(files.map(\.compression) == [nil])
    let holdsFiles = name.hasSuffix("compressed") || name.hasSuffix("archive")
    let advice = holdsFiles ? "unpack it first; " : ""
    #expect(files.map(\.refusal) == ["\(name): \(advice)this version does not read it"])
  }

  @Test(
    arguments: [
      ("gzip", [0x1f, 0x8b, 8, 0]), ("zstd", [0x28, 0xb5, 0x2f, 0xfd]),
      ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), ("lz4", [4, 0x22, 0x4d, 0x18]),
    ] as [(String, [UInt8])])
  func whatBeginsCompressedAndIsNotSaysWhy(name: String, head: [UInt8]) throws {
    let bench = try Workbench()
    let path = try bench.write("a.bin", head + [UInt8](repeating: 0, count: 200))
    let files = try identify(paths: [path], options: IntakeOptions(now: Workbench.now))
    #expect(files.map(\.format) == ["\(name)-compressed"])
    #expect(files[0].refusal?.contains("nothing comes out of it") == true)
  }

  /// Captures that another program turns into one that is read.
  @Test(
    arguments: [
      ("TRSNIFF data    \u{1a}", "a.cap", "a Sniffer capture (DOS)", "editcap -F pcapng"),
      ("XCP\u{0}", "a.cap", "a Sniffer or NetXray capture (Windows)", "editcap"),
      ("ObserverPktBufferVersion=15.00", "a.bfr", "an Observer capture", "editcap"),
      ("nothing that is known", "a.ETL", "a Windows event trace (.etl)", "etl2pcapng"),
    ])
  func theConverterIsNamed(head: String, file: String, name: String, converter: String) throws {
    let bench = try Workbench()
    let path = try bench.write(file, Array(head.utf8) + [UInt8](repeating: 0, count: 200))
    let found = try #require(
      try identify(paths: [path], options: IntakeOptions(now: Workbench.now)).first)
    #expect(found.kind == "unrecognised" && found.format == name)
    #expect(found.refusal?.hasPrefix("\(name) is not read; convert it first: ") == true)
    #expect(found.refusal?.contains(converter) == true)
  }

  /// A trace of Windows by its first buffer, whatever its name is.
  @Test func aWindowsTraceIsKnownByItsBuffer() throws {
    var head = [UInt8](repeating: 0, count: 4_096)
    func put(_ bytes: [UInt8], _ at: Int) {
      head.replaceSubrange(at..<at + bytes.count, with: bytes)
    }
    put([0, 0x10, 0, 0, 0x00, 0x02, 0, 0], 0)
    put([2, 0, 2, 0xc0, 0x20, 1, 0, 0], 72)
    let bench = try Workbench()
    let files = try identify(
      paths: [try bench.write("trace.bin", head)], options: IntakeOptions(now: Workbench.now))
    #expect(files.map(\.format) == ["a Windows event trace (.etl)"])
    #expect(files[0].refusal?.contains("pktmon etl2pcap") == true)
  }
}

extension String {
  /// The text without what it begins with.
  fileprivate func dropping(_ prefix: String) -> String {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
  }
}

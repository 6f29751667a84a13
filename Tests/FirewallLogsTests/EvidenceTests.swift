import FirewallLogs
import Observations
import Testing

/// Real logs, against what their manifest says they hold.
@Suite struct EvidenceTests {
  struct Expected: Sendable, CustomTestStringConvertible {
    var file: String
    var lines: UInt64
    var observations: Int
    var transport: Transport = .tcp
    var sources: [String] = ["192.168.10.55"]
    var ports: ClosedRange<UInt16>?
    var distinctPorts: Int?
    var flags: TCPFlags?
    var action: Action = .blocked
    var hasYear = false
    var testDescription: String { file }
  }

  static let files: [Expected] = [
    Expected(
      file: "psad/syn_scan_1000_1500", lines: 1_002, observations: 1_002, ports: 1_000...1_500,
      distinctPorts: 501, flags: .syn),
    Expected(
      file: "psad/fin_scan_1000_1150", lines: 302, observations: 302, ports: 1_000...1_150,
      distinctPorts: 151, flags: .fin),
    Expected(
      file: "psad/udp_scan_1000_1150", lines: 302, observations: 302, transport: .udp,
      ports: 1_000...1_150, distinctPorts: 151),
    Expected(
      file: "psad/ipv4_igmp", lines: 4, observations: 4, transport: .igmp,
      sources: ["192.168.10.55"]),
    Expected(
      file: "psad/ipv4_valid_ping", lines: 5, observations: 5, transport: .icmp, ports: 0...0,
      action: .unknown),
    Expected(
      file: "psad/invalid_icmp_type_code", lines: 5, observations: 5, transport: .icmp,
      ports: 1...255, action: .unknown),
    Expected(
      file: "psad/ms_sql_server_sig_match", lines: 2, observations: 2, ports: 1_433...1_433,
      distinctPorts: 1, flags: .syn),
    Expected(
      file: "psad/ipv6_ping_scan", lines: 2, observations: 2, transport: .icmpv6,
      sources: ["2001:db8:0:f101::2"], ports: 0...0),
    Expected(
      file: "psad/ipv6_invalid_icmp6_type_code", lines: 2, observations: 2, transport: .icmpv6,
      sources: ["2001:db8:0:f101::2"], ports: 22...22),
    Expected(
      file: "psad/fwknop_spa_pkt", lines: 1, observations: 1, transport: .udp,
      ports: 62_201...62_201, action: .unknown),
  ]

  @Test(arguments: files)
  func holdsWhatTheManifestSays(_ expected: Expected) throws {
    guard let bytes = LogSupport.evidence("logs/iptables/\(expected.file).log") else { return }
    let log = LogSupport.read(bytes)
    #expect(log.lines == expected.lines)
    #expect(log.records.count == expected.observations)
    #expect(log.problems.entries.isEmpty)
    #expect(log.records.allSatisfy { $0.transport == expected.transport })
    let sources = log.records.map(\.source).distinct
    #expect(sources == Set(expected.sources.compactMap { Address($0) }))
    if let ports = expected.ports {
      #expect(log.records.allSatisfy { ports.contains($0.destinationPort) })
    }
    if let count = expected.distinctPorts {
      #expect(log.records.map(\.destinationPort).distinct.count == count)
    }
    if let flags = expected.flags {
      #expect(log.records.allSatisfy { $0.tcpFlags == flags })
    }
    #expect(log.records.allSatisfy { $0.action == expected.action })
    let recognised = LogSupport.recognise(bytes)
    #expect(recognised?.format == "netfilter")
    #expect(recognised?.needsYear == true)
  }

  @Test func nullScanHasOneControlMessage() throws {
    guard let bytes = LogSupport.evidence("logs/iptables/psad/null_scan_1000_1150.log") else {
      return
    }
    let log = LogSupport.read(bytes)
    #expect(log.lines == 303)
    let probes = log.records.filter { $0.transport == .tcp }
    #expect(probes.count == 302)
    #expect(probes.map(\.destinationPort).distinct == Set(1_000...1_150))
    #expect(probes.allSatisfy { $0.tcpFlags.isEmpty && $0.source == Address("192.168.10.55") })
    let other = log.records.filter { $0.transport == .icmp }
    #expect(other.map(\.source) == [Address("192.168.10.1")])
  }

  @Test func isoTimesNeedNoYear() throws {
    guard let bytes = LogSupport.evidence("logs/iptables/psad/syslog_time_fmt1.log") else { return }
    let log = LogSupport.read(bytes, context: LogContext(now: LogSupport.now))
    #expect(!log.usesAssumedYear)
    #expect(log.records.count == 6)
    let probes = log.records.filter { $0.transport == .tcp }
    #expect(probes.map(\.source) == [Address("4.4.4.4"), Address("5.5.5.5")])
    #expect(probes.allSatisfy { $0.destinationPort == 21 })
    #expect(probes[0].time == Timestamp("2015-03-07T03:09:30.045015Z")?.nanoseconds)
    let group = log.records.filter { $0.transport == .igmp }
    #expect(group.count == 4)
    #expect(group.allSatisfy { $0.source == Address("10.0.0.0") && $0.marks.contains(.multicast) })
  }

  @Test func spoiledLineIsCountedNotRead() throws {
    guard let bytes = LogSupport.evidence("logs/crowdsec/iptables-logs.log") else { return }
    let log = LogSupport.read(bytes)
    #expect(log.lines == 4)
    #expect(log.records.count == 3)
    #expect(log.problems.count(.lineNotRecognised) == 1)
    #expect(log.records[0].source == Address("195.54.160.107"))
    #expect(log.records[0].destination == Address("51.15.166.67"))
    #expect(log.records[0].destinationPort == 8_123)
    #expect(log.records[0].timeToLive == 245)
    #expect(log.records[2].source == Address("127.0.0.1"))
    #expect(log.records[2].destinationPort == 53)
    #expect(log.records[2].action == .blocked)
  }

  @Test func whatIsStatedOfALogIsNoLog() throws {
    guard let bytes = LogSupport.evidence("logs/crowdsec/iptables-logs.log.parser.assert") else {
      return
    }
    #expect(LogSupport.recognise(bytes)?.format == nil)
  }
}

import FirewallLogs
import Observations
import Testing

/// Real logs of the formats beside netfilter's, against what their manifest says they hold.
@Suite struct FormatEvidenceTests {
  struct Expected: Sendable, CustomTestStringConvertible {
    var file: String
    var format: String
    var lines: UInt64
    var observations: Int
    var others: UInt64
    var problems: [Anomaly: UInt64] = [:]
    var needsYear = false
    var testDescription: String { file }
  }

  static let files: [Expected] = [
    Expected(
      file: "prelude/ipchains", format: "ipchains", lines: 6, observations: 6, others: 0,
      needsYear: true),
    Expected(
      file: "plaso/windows_firewall", format: "windows-firewall", lines: 19, observations: 11,
      others: 8),
    Expected(
      file: "ossec/windows-pfirewall", format: "windows-firewall", lines: 222, observations: 186,
      others: 36, problems: [.addressVeiled: 10]),
    Expected(
      file: "ossec/zonealarm-6.5", format: "zonealarm", lines: 95, observations: 25, others: 70),
    Expected(
      file: "plaso/snort3_alert_fast", format: "snort-fast", lines: 4, observations: 4, others: 0,
      needsYear: true),
    Expected(
      file: "plaso/suricata_alert_fast", format: "snort-fast", lines: 6, observations: 5,
      others: 1),
    Expected(
      file: "crowdsec/suricata-logs-fastlog", format: "snort-fast", lines: 4, observations: 4,
      others: 0),
    Expected(
      file: "ossec/linux-martians", format: "netfilter", lines: 8, observations: 3, others: 4,
      problems: [.lineNotRecognised: 1], needsYear: true),
  ]

  static func read(_ name: String) -> ReadLog? {
    guard let bytes = LogSupport.evidence("logs/\(name).log") else { return nil }
    return LogSupport.read(bytes, format: LogSupport.recognise(bytes)?.format ?? "none")
  }

  @Test(arguments: files)
  func holdsWhatTheManifestSays(_ expected: Expected) throws {
    guard let bytes = LogSupport.evidence("logs/\(expected.file).log") else { return }
    let recognised = LogSupport.recognise(bytes)
    #expect(recognised?.format == expected.format)
    #expect(recognised?.needsYear == expected.needsYear)
    let log = LogSupport.read(bytes, format: expected.format)
    #expect(log.lines == expected.lines)
    #expect(log.records.count == expected.observations)
    #expect(log.otherLines == expected.others)
    var problems = Dictionary(
      uniqueKeysWithValues: log.problems.entries.map { ($0.anomaly, $0.count) })
    // Some of these logs were put together out of several days.
    problems[.clockStepBack] = nil
    #expect(problems == expected.problems)
  }

  @Test func ipchainsLinesInOrder() throws {
    guard let log = FormatEvidenceTests.read("prelude/ipchains") else { return }
    #expect(log.records.map(\.transport) == [.tcp, .udp, .icmp, .tcp, .udp, .icmp])
    #expect(
      log.records.map(\.action) == [.blocked, .blocked, .blocked, .allowed, .allowed, .allowed])
    let error = try #require(log.records.dropFirst(2).first)
    #expect(error.sourcePort == 3 && error.destinationPort == 1 && error.hint == .icmpError)
    #expect(error.path == .unknown && error.timeToLive == 255 && error.length == 92)
    #expect(log.records[3].tcpFlags == .syn && log.records[0].tcpFlags.isEmpty)
  }

  @Test func windowsDropsNameServiceBroadcasts() throws {
    guard let log = FormatEvidenceTests.read("plaso/windows_firewall") else { return }
    let names = log.records.filter {
      $0.action == .blocked && [137, 138].contains($0.destinationPort)
    }
    #expect(names.map(\.destinationPort) == [137, 138])
    #expect(names.allSatisfy { $0.source == Address("123.45.78.90") })
    #expect(names.allSatisfy { $0.destination == Address("123.156.78.255") })
    #expect(names.map(\.hint) == [.nameQueryBySize, .none])
    let lease = log.records.filter { $0.source == Address("0.0.0.0") }
    #expect(lease.map(\.sourcePort) == [68] && lease.map(\.destinationPort) == [67])
    #expect(log.records.filter { $0.transport == .icmp }.map(\.sourcePort) == [8])
    #expect(log.tally.lost == 1)
    #expect(log.records[0].time == Timestamp("2005-04-11T08:05:57Z")?.nanoseconds)
  }

  @Test func windowsTimesAreLocal() throws {
    guard let bytes = LogSupport.evidence("logs/plaso/windows_firewall.log") else { return }
    let context = LogContext(zoneOffsetSeconds: -18_000, now: LogSupport.now)
    let log = LogSupport.read(bytes, format: "windows-firewall", context: context)
    #expect(log.records.first?.time == Timestamp("2005-04-11T13:05:57Z")?.nanoseconds)
  }

  @Test func windowsHostMulticastsDiscovery() throws {
    guard let log = FormatEvidenceTests.read("ossec/windows-pfirewall") else { return }
    let discovery = log.records.filter { $0.source == Address("172.20.73.241") }
    #expect(discovery.count == 73)
    #expect(
      discovery.allSatisfy { $0.destinationPort == 1_900 && $0.marks.contains(.multicast) })
    #expect(log.records.allSatisfy { !$0.source.isUnspecified })
  }

  @Test func zoneAlarmRoutesANameQuery() throws {
    guard let log = FormatEvidenceTests.read("ossec/zonealarm-6.5") else { return }
    let names = log.records.filter { $0.destinationPort == 137 }
    #expect(names.map(\.source) == [Address("172.16.70.135")])
    #expect(names.map(\.destination) == [Address("172.16.100.204")])
    #expect(names.map(\.path) == [.forwarded] && names.map(\.action) == [.blocked])
    #expect(names.first?.time == Timestamp("2006-09-10T03:26:58Z")?.nanoseconds)
    let leases = log.records.filter { $0.action == .allowed }
    #expect(leases.count == 11)
    #expect(leases.allSatisfy { $0.sourcePort == 68 && $0.destinationPort == 67 })
    #expect(log.records.filter { $0.path == .outbound && $0.action == .blocked }.count == 9)
  }

  @Test func alertsNameTheirEnds() throws {
    guard let log = FormatEvidenceTests.read("plaso/suricata_alert_fast") else { return }
    #expect(
      log.records.map { Timestamp(nanoseconds: $0.time).description.prefix(10) } == [
        "2010-05-10", "2021-12-28", "2021-12-28", "2022-01-02", "2022-02-04",
      ])
    let last = try #require(log.records.last)
    #expect(last.source == Address("2001:df1:c200:c::35") && last.sourcePort == 60_884)
    #expect(last.destination == Address("2001:4860:4860::8888") && last.destinationPort == 80)
    guard let other = FormatEvidenceTests.read("crowdsec/suricata-logs-fastlog") else { return }
    #expect(other.records.map(\.destinationPort) == [80, 5_060, 80, 80])
    #expect(other.records.map(\.transport) == [.tcp, .udp, .tcp, .tcp])
    #expect(other.records[0].time == Timestamp("2022-07-11T10:29:01.860293Z")?.nanoseconds)
  }

  @Test func martiansComeFromThePrivateAddress() throws {
    guard let log = FormatEvidenceTests.read("ossec/linux-martians") else { return }
    #expect(log.records.map(\.source).distinct == [Address("192.168.0.2")])
    #expect(log.records.map(\.destination).distinct == [Address("90.20.131.158")])
    #expect(log.records.allSatisfy { $0.action == .blocked && !$0.marks.contains(.ports) })
  }
}

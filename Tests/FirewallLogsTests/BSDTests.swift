import FirewallLogs
import Observations
import Testing

/// The firewalls of the BSDs and their kin, Snort's long alerts, and what real logs of them hold.
@Suite struct BSDTests {
  struct Expected: Sendable, CustomTestStringConvertible {
    var file: String
    var format: String
    var lines: UInt64
    var observations: Int
    var testDescription: String { file }
  }

  static let files: [Expected] = [
    Expected(file: "prelude/ipfw", format: "ipfw", lines: 9, observations: 9),
    Expected(file: "ossec/osx-ipfw", format: "ipfw", lines: 17, observations: 17),
    Expected(file: "ossec/wipfw", format: "ipfw", lines: 11, observations: 11),
    Expected(file: "ossec/openbsd-pf", format: "pf-text", lines: 30, observations: 30),
    Expected(file: "crowdsec/pf-logs", format: "filterlog", lines: 9, observations: 9),
    Expected(
      file: "crowdsec/pfsense-rfc5424-filterlog", format: "filterlog", lines: 5, observations: 4),
  ]

  @Test(arguments: files)
  func everyLineOfRealLogsIsRead(_ expected: Expected) throws {
    guard let bytes = LogSupport.evidence("logs/\(expected.file).log") else { return }
    #expect(LogSupport.recognise(bytes)?.format == expected.format)
    let log = try #require(LogSupport.readAny(bytes))
    #expect(log.lines == expected.lines)
    #expect(log.records.count == expected.observations)
    // Some of these were put together out of several days.
    #expect(log.problems.entries.allSatisfy { $0.anomaly == .clockStepBack })
    #expect(log.records.allSatisfy { !$0.source.isUnspecified && $0.action != .unknown })
  }

  static func read(_ name: String) -> ReadLog? {
    LogSupport.evidence("logs/\(name).log").flatMap { LogSupport.readAny($0) }
  }

  @Test func ipfwNamesProtocolsAndTypes() throws {
    guard let log = BSDTests.read("prelude/ipfw") else { return }
    let first = try #require(log.records.first)
    #expect(first.source == Address("200.65.7.49") && first.sourcePort == 1_033)
    #expect(first.destinationPort == 137 && first.action == .blocked)
    #expect(first.length == 0 && first.hint == .none && first.path == .unknown)
    let errors = log.records.filter { $0.hint == .icmpError }
    #expect(errors.map(\.sourcePort) == [11] && errors.map(\.destinationPort) == [0])
    #expect(log.records.filter { $0.action == .allowed }.count == 4)
  }

  @Test func macScanIsWhole() throws {
    guard let log = BSDTests.read("ossec/osx-ipfw") else { return }
    let scan = log.records.filter { $0.source == Address("192.168.10.2") }
    #expect(scan.map(\.destinationPort) == [23, 80, 443, 137, 138, 139, 445, 20, 25])
    #expect(scan.allSatisfy { $0.sourcePort == 10_000 && $0.transport == .tcp })
    #expect(Set(scan.map(\.time)).count == 1)
  }

  @Test func windowsIpfwHasItsOwnStamp() throws {
    guard let log = BSDTests.read("ossec/wipfw") else { return }
    #expect(log.records.first?.time == Timestamp("2006-12-07T08:49:58.002Z")?.nanoseconds)
    #expect(log.records.allSatisfy { $0.sourcePort == 80 })
    #expect(log.records.map(\.destination).distinct == [Address("192.168.47.1")])
  }

  @Test func pfTextHasThePacketsOwnTime() throws {
    guard let log = BSDTests.read("ossec/openbsd-pf") else { return }
    let first = try #require(log.records.first)
    #expect(first.time % 60_000_000_000 == 25_793_256_000)
    #expect(first.tcpFlags == .ack && first.destinationPort == 22)
    let shell = log.records.filter { $0.source == Address("205.174.165.231") }
    #expect(shell.allSatisfy { $0.destination == Address("192.168.2.10") && $0.action == .allowed })
    let closed = log.records.filter { $0.hint == .icmpError }
    #expect(closed.map(\.sourcePort) == [3] && closed.map(\.destinationPort) == [3])
    #expect(log.records.filter { $0.transport == .udp }.count == 10)
    #expect(log.records.allSatisfy { $0.length == 0 })
  }

  @Test func filterlogOfTwoVersions() throws {
    guard let log = BSDTests.read("crowdsec/pf-logs") else { return }
    #expect(
      log.records.map(\.destinationPort) == [
        22, 22, 53_742, 52_938, 51_918, 51_918, 13_680, 51_918, 51_918,
      ])
    #expect(log.records[0].tcpFlags == [.psh, .ack] && log.records[0].length == 460)
    #expect(log.records[3].time == Timestamp("2022-09-06T16:37:34Z")?.nanoseconds)
    #expect(log.records[7].length == 113 && log.records[7].timeToLive == 51)
    #expect(log.records[7].destination == Address("2c02:2454:ada:d900::1738"))
    guard let other = BSDTests.read("crowdsec/pfsense-rfc5424-filterlog") else { return }
    #expect(other.records.map(\.length) == [60, 64, 84, 60])
    #expect(other.records.allSatisfy { $0.tcpFlags == .syn && $0.action == .blocked })
  }

  @Test func macApplicationFirewallTellsOfNoPacket() throws {
    guard let bytes = LogSupport.evidence("logs/plaso/appfirewall.log") else { return }
    let log = LogSupport.read(bytes, format: "macos-appfirewall")
    #expect(log.records.isEmpty && log.otherLines == log.lines)
    #expect(log.problems.entries.allSatisfy { $0.anomaly == .clockStepBack })
    // Said to be what it is, so that nobody thinks it could not be read.
    #expect(LogSupport.recognise(bytes)?.format == "macos-appfirewall")
  }

  /// Endless words, brackets and numbers in every place where a format looks for an end.
  static let endless: [(name: String, line: String)] = {
    let long = String(repeating: "(", count: 20_000)
    let digits = String(repeating: "9", count: 10_000)
    let pairs = String(repeating: " rule -> client: ", count: 3_000)
    return [
      ("pf-text", "Mar  3 06:00:00.0 rule 2/(match) pass in on xl0: \(long) 192.0.2.1.1 > \(long)"),
      ("pf-text", "Mar  3 06:00:00.0 rule 2/(match) pass in on xl0: (tos \(digits)) \(pairs)"),
      ("ipfw", "Mar  3 06:00:00 gate kernel: ipfw: \(digits) Deny UDP 192.0.2.1:1 192.0.2.2:2"),
      (
        "ipfw", "Mar  3 06:00:00 gate kernel: ipfw: 1 Deny P:\(digits) 192.0.2.1 192.0.2.2 in via a"
      ),
      (
        "ipfilter", "03/03/2009 06:00:00.0 \(digits)x hme0 @0:1 b 192.0.2.1,1 -> 192.0.2.2,2 PR udp"
      ),
      ("filterlog", "Mar  3 06:00:00 gate filterlog: " + String(repeating: ",", count: 60_000)),
      ("exim", "2009-03-03 06:00:00 SMTP connection from \(long)[192.0.2.1] (TCP/IP"),
      (
        "sendmail", "Mar  3 06:00:00 post sendmail[1]: a: from=<\(pairs)>, relay=\(long)[192.0.2.1]"
      ),
      (
        "sshd",
        "Mar  3 06:00:00 post sshd[1]: Failed password for \(pairs) from \(digits) port \(digits)"
      ),
      ("snort-syslog", "Mar  3 06:00:00 ids snort: \(pairs): \(digits)"),
      (
        "mynetwatchman",
        "?AttackerIP=1&VictimIP=2&AttackDateTime=3" + String(repeating: "&", count: 60_000)
      ),
      ("nginx-error", "2009/03/03 06:00:00 [error] 1#0: *\(digits) \(pairs)"),
    ]
  }()

  @Test(arguments: endless.indices)
  func endlessLinesAreReadOnce(_ index: Int) {
    let (format, line) = BSDTests.endless[index]
    for name in LogFormats.names {
      let log = LogSupport.read(line + "\n" + line, format: name)
      #expect(log.lines == 2, "\(format) by \(name)")
    }
  }
}

import FirewallLogs
import Observations
import Testing

/// Programs that watch for scans: their reports stand for many packets, or for one.
@Suite struct SentinelTests {
  @Test func scanlogdEvidence() throws {
    guard let bytes = LogSupport.evidence("logs/fail2ban/scanlogd.log") else { return }
    let log = LogSupport.read(bytes, format: "scanlogd")
    #expect(log.records.map(\.packets) == [8, 6, 6, 6])
    #expect(log.records.map(\.timeToLive) == [49, 0, 239, 0])
    #expect(log.records.map(\.tcpFlags) == [[], .syn, .syn, .syn])
    #expect(
      log.records.allSatisfy {
        $0.source == Address("192.0.2.123") && $0.destination == Address("192.0.2.1")
          && $0.transport == .tcp && $0.marks == .lowerBound && $0.action == .audited
      })
    // The comments of the file.
    #expect(log.otherLines == 4)
    #expect(log.records.first?.time == Timestamp("2009-03-05T21:44:43Z")?.nanoseconds)
  }

  @Test func portSentryEvidence() throws {
    guard let bytes = LogSupport.evidence("logs/fail2ban/portsentry.log") else { return }
    let context = LogContext(year: 2014, zoneOffsetSeconds: -18_000, now: LogSupport.now)
    let log = LogSupport.read(bytes, format: "portsentry", context: context)
    #expect(log.records.map(\.transport) == [.tcp, .udp])
    #expect(log.records.map(\.destinationPort) == [1, 1])
    #expect(log.records.allSatisfy { $0.source == Address("192.168.56.1") })
    // Seconds since 1970 are UTC, whatever the log's zone.
    #expect(log.records.first?.time == Timestamp("2014-06-27T15:51:19Z")?.nanoseconds)
  }

  @Test func iplogEvidence() throws {
    guard let bytes = LogSupport.evidence("logs/ossec/iplog.log") else { return }
    #expect(LogSupport.recognise(bytes)?.format == "iplog")
    let log = LogSupport.read(bytes, format: "iplog")
    #expect(log.lines == 16 && log.records.count == 15 && log.otherLines == 1)
    #expect(log.problems.entries.isEmpty)
    #expect(log.records.allSatisfy { $0.source == Address("195.140.232.116") })
    // The log's own words: 3308 packets in all.
    #expect(log.records.reduce(0) { $0 + $1.packets } == 3_308)
    let ports = Set(log.records.dropLast().map(\.destinationPort))
    #expect(ports == [21, 1_723, 53, 636, 443, 389, 3_389, 554])
  }

  @Test func airSnareEvidence() throws {
    guard let bytes = LogSupport.evidence("logs/ossec/airsnare.log") else { return }
    #expect(LogSupport.recognise(bytes)?.format == "airsnare")
    let log = LogSupport.read(bytes, format: "airsnare")
    #expect(log.lines == 27 && log.otherLines == 6 && log.problems.entries.isEmpty)
    #expect(log.records.count == 21)
    #expect(log.records.allSatisfy { $0.destination == Address("192.168.1.110") })
    #expect(log.records.first?.time == Timestamp("2007-01-27T16:48:46Z")?.nanoseconds)
  }

  /// psad reports what a firewall logged: with the firewall's own lines before, nothing new.
  @Test func psadDoesNotCountTwice() throws {
    let report =
      "Mar  3 08:00:09 gate psad: scan detected: 192.0.2.9 -> 192.0.2.1 tcp: [22] tcp pkts: 2 DL: 1\n"
    let packet =
      "Mar  3 08:00:00 gate kernel: DROP IN=eth0 OUT= SRC=192.0.2.9 DST=192.0.2.1 LEN=40 TTL=9 "
      + "PROTO=TCP SPT=1 DPT=22 SYN\n"
    #expect(try #require(LogSupport.readAny(Array(report.utf8))).records.map(\.packets) == [2])
    let both = try #require(LogSupport.readAny(Array((packet + report).utf8)))
    #expect(both.records.map(\.packets) == [1])
    #expect(both.problems.entries.isEmpty)
  }

  /// A scan's end tells all packets: those told before are not told again.
  @Test(arguments: [
    ("TCP: ssh connection attempt from 192.0.2.9:1\n", 10, [1, 9]),
    ("TCP: FIN scan detected [ports 1,2,3,...] from 192.0.2.9 [port 9]\n", 10, [3, 7]),
    ("TCP: FIN scan detected [ports 1,2,3,...] from 192.0.2.8 [port 9]\n", 10, [3, 10]),
    ("UDP: dgram to port 9 from 192.0.2.9:1 (0 data bytes)\n", 10, [1, 10]),
    ("TCP: ssh connection attempt from 192.0.2.9:1\n", 1, [1]),
  ])
  func iplogTotals(_ before: String, _ total: Int, _ packets: [UInt32]) {
    let stamp = "Mar  3 08:00:00 "
    let end =
      "TCP: FIN scan mode expired for 192.0.2.9 - received a total of \(total) packets (1 bytes)."
    let log = LogSupport.read(stamp + before + stamp + end, format: "iplog")
    #expect(log.records.map(\.packets) == packets)
  }

  /// Lines that name no sender that could be read tell of none.
  @Test(arguments: [
    ("scanlogd", "Mar  3 08:00:00 gate scanlogd: nobody to 192.0.2.1 ports 1, 2, fSrpauxy"),
    (
      "portsentry",
      "Mar  3 08:00:00 gate portsentry: attackalert: Connect from host: a/b to TCP port: 1"
    ),
    ("psad", "Mar  3 08:00:00 gate psad: src: nobody signature match: \"a\" (sid: 1) tcp port: 9"),
    ("iplog", "Mar  3 08:00:00 TCP: ssh connection attempt from nobody:9"),
  ])
  func sendersWithoutAddress(_ format: String, _ line: String) {
    let log = LogSupport.read(line, format: format)
    #expect(log.records.isEmpty)
    #expect(log.problems.count(.addressMalformed) == 1)
  }
}

import FirewallLogs
import Observations
import Testing

/// Firewalls that are bought as boxes: their real logs, and what each field of theirs becomes.
@Suite struct ApplianceTests {
  @Test func netScreenEvidence() throws {
    guard let log = FormatEvidenceTests.read("ossec/netscreen") else { return }
    #expect(log.shares.first?.format == "netscreen")
    let traffic = log.records.prefix(4)
    #expect(traffic.allSatisfy { $0.action == .blocked })
    #expect(traffic.map(\.destinationPort) == [7_001, 20_721, 17_210, 120])
    #expect(traffic.map(\.transport) == [.udp, .udp, .udp, .tcp])
    #expect(traffic.first?.time == Timestamp("2006-06-02T14:55:45Z")?.nanoseconds)
    // Quotes that a collector escaped.
    #expect(traffic.last?.time == Timestamp("2005-03-16T16:33:22Z")?.nanoseconds)
    #expect(traffic.last?.path == .inbound)
    let scans = log.records.filter { $0.destination == Address("2.3.4.5") && $0.transport == .tcp }
    #expect(scans.map(\.destinationPort) == [406, 1_358, 1_515])
    #expect(scans.map(\.sourcePort) == [54_886, 55_181, 55_339])
    #expect(scans.allSatisfy { $0.marks.contains(.lowerBound) && $0.packets == 1 })
    #expect(scans.first?.time == Timestamp("2004-06-01T22:09:03Z")?.nanoseconds)
    let large = log.records.filter { $0.transport == .icmp }
    #expect(large.map(\.source) == [Address("1.2.3.4")])
    let spoofed = try #require(log.records.last)
    #expect(spoofed.source == Address("10.1.1.238") && spoofed.destination.isVeiled)
    #expect(log.records.count == 9 && log.lines == 15 && log.otherLines == 6)
    #expect(log.problems.count(.lineNotRecognised) == 0)
  }

  @Test func sonicWallEvidence() throws {
    guard let log = FormatEvidenceTests.read("ossec/sonicwall") else { return }
    #expect(log.shares.first?.format == "sonicwall")
    let opened = log.records.filter { $0.destinationPort == 50_000 && $0.path == .inbound }
    #expect(opened.count == 5)
    #expect(opened.allSatisfy { $0.source == Address("2.2.2.2") && $0.action == .allowed })
    let refused = log.records.filter { $0.action == .blocked }
    #expect(refused.map(\.transport) == [.icmp, .udp])
    #expect(refused.first?.sourcePort == 3 && refused.first?.destinationPort == 3)
    #expect(refused.last?.destinationPort == 1_025)
    #expect(refused.last?.marks.contains(.ports) == false)
    #expect(refused.last?.time == Timestamp("2005-10-22T00:12:11Z")?.nanoseconds)
    // A login and what tunnels negotiate are no packets, and a spoilt address is none.
    #expect(log.otherLines == 4)
    #expect(log.problems.count(.addressMalformed) == 1)
    #expect(log.problems.count(.lineNotRecognised) == 0)
    // 192.168.5.56:4277 was answered: bytes came back.
    #expect(
      log.records.contains { $0.source == Address("192.168.1.100") && $0.sourcePort == 1_026 })
  }

  @Test func mikroTikEvidence() throws {
    guard let log = FormatEvidenceTests.read("crowdsec/mikrotik-logs") else { return }
    #expect(log.lines == 7 && log.otherLines == 1)
    // The log was put together: one line is earlier than the one above it.
    #expect(log.problems.entries.map(\.anomaly) == [.clockStepBack])
    #expect(
      log.records.map(\.action) == [.blocked, .blocked, .unknown, .unknown, .unknown, .unknown])
    #expect(log.records.map(\.destinationPort) == [53, 23, 20_461, 51_413, 36_228, 42_105])
    #expect(log.records.map(\.length) == [65, 40, 0, 0, 52, 48])
    #expect(log.records.map { $0.tcpFlags == .syn } == [false, true, true, false, true, false])
    #expect(log.records[2].source == Address("2001:db8:1234::1"))
    #expect(log.records[3].path == .forwarded && log.records[0].path == .inbound)
    #expect(log.records[0].time == Timestamp("2023-03-18T19:35:05.734637Z")?.nanoseconds)
  }

  @Test(arguments: [
    ("1236060000", "2009-03-03T06:00:00Z"), ("1236060000123", "2009-03-03T06:00:00.123Z"),
    ("1236060000123456", "2009-03-03T06:00:00.123456Z"),
    ("1236060000123456789", "2009-03-03T06:00:00.123456789Z"),
    // What is no time of any unit gives way to the date beside it.
    ("12360600001234567890", "2009-03-03T05:00:00Z"), ("x", "2009-03-03T05:00:00Z"),
    ("9999999999999999999", "2009-03-03T05:00:00Z"),
  ])
  func fortinetTimes(_ event: String, _ expected: String) {
    let line =
      "date=2009-03-03 time=06:00:00 devid=\"a\" eventtime=\(event) tz=\"+0100\" type=\"traffic\" "
      + "srcip=192.0.2.1 srcport=1 dstip=192.0.2.2 dstport=2 proto=17 action=\"deny\""
    let log = LogSupport.read(line, format: "fortinet")
    #expect(log.records.map(\.time) == [Timestamp(expected)?.nanoseconds])
  }

  /// Whatever a stranger writes into a name or an address of a page, the device's own words stand.
  @Test(arguments: [
    "user=\"x\" srcip=198.51.100.1\"", "url=\"/?a=1 action=accept\"", "msg=\"a\\\" action=accept\"",
    "user=\"never ends action=accept", "msg=\"\\\\\"", "====", "=\"\"=\"\"", "\"\"\"\"",
  ])
  func pairsKeepToTheirQuotes(_ text: String) {
    let line =
      "date=2009-03-03 time=06:00:00 devid=a type=traffic srcip=192.0.2.1 dstip=192.0.2.2 proto=47 "
      + "action=deny \(text)"
    let log = LogSupport.read(line, format: "fortinet")
    #expect(log.records.map(\.source) == [Address("192.0.2.1")])
    #expect(log.records.map(\.action) == [.blocked])
  }

  /// Lines as long as they may be, of which every byte could begin or end something.
  @Test(arguments: ["=", "\"", "\\", "a=", "=\"", "\\\"", "a=\"", " a", "->", ":", "(", ";", ","])
  func hostileLinesAreReadInOnePass(_ piece: String) {
    for shape in RobustnessTests.shapes {
      let filler = String(repeating: piece, count: 64_000 / piece.utf8.count)
      for text in [shape.line + filler, shape.line.prefix(60) + filler] {
        let log = LogSupport.read(String(text), format: shape.format)
        #expect(log.lines == 1)
      }
    }
  }

  /// Any format may stand in the journal, with the program and its process named apart.
  @Test func journalHoldsOtherFormats() throws {
    let record =
      "{\"MESSAGE\":\"connect from unknown[198.51.100.20]\",\"_HOSTNAME\":\"gate\",\"_PID\":\"77\","
      + "\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\",\"__REALTIME_TIMESTAMP\":\"1236060000000001\"}\n"
    let log = try #require(LogSupport.readAny(Array((record + record).utf8)))
    #expect(log.records.map(\.source) == [Address("198.51.100.20"), Address("198.51.100.20")])
    #expect(log.records.first?.time == Timestamp("2009-03-03T06:00:00.000001Z")?.nanoseconds)
    #expect(log.shares.map(\.format) == ["postfix"] && log.shares.first?.lines == 2)
    #expect(LogSupport.recognise(Array(record.utf8))?.kind == .visitors)
    let exported = """
      __CURSOR=a
      __REALTIME_TIMESTAMP=1236060000000001
      MESSAGE=connect from unknown[198.51.100.20]
      _HOSTNAME=gate
      _PID=77
      SYSLOG_IDENTIFIER=postfix/smtpd

      """
    let other = try #require(LogSupport.readAny(Array(exported.utf8)))
    #expect(other.records.count == 1 && other.otherLines == 5)
  }

  @Test(arguments: [
    "{", "{}", "{\"", "{\"__REALTIME_TIMESTAMP\":", "{\"__REALTIME_TIMESTAMP\":\"9\"}",
    "{\"__REALTIME_TIMESTAMP\":\"99999999999999999999\",\"MESSAGE\":\"x\"}",
    "{\"__REALTIME_TIMESTAMP\":\"9223372036854775\",\"MESSAGE\":\"x\"}",
    "{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":[]}",
    "{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":[",
    "{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":[999,1]}",
    "{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":\"\\u\"}",
    "{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":\"\\ud800\\ud800\\udc00\\udc00\"}",
    "{\"a\":{\"b\":[{\"c\":\"}]\"}]},\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":5}",
    "__CURSOR=", "__CURSOR=\nMESSAGE", "__CURSOR=\nMESSAGE\n\nMESSAGE=", "__CURSOR=\n=", "=",
    "__CURSOR=\nMESSAGE=a\nSYSLOG_IDENTIFIER=b", "__REALTIME_TIMESTAMP=x\nMESSAGE=a",
  ])
  func brokenJournalsAreNoTrap(_ text: String) {
    for end in ["", "\n", "\n\n", "\n\u{0}\n"] {
      let bytes = Array((text + end + RobustnessTests.good).utf8)
      let log = LogSupport.read(bytes)
      #expect(log.consumed == bytes.count)
      #expect(LogSupport.read(bytes, window: 7) == log)
    }
  }

  /// What one line of the journal says holds for those behind it, whatever the windows.
  @Test(arguments: ["export", "json"])
  func mutatedJournals(_ kind: String) throws {
    var random = RobustnessTests.Generator(state: 0x1234_5eed_9abc_5678)
    let journal = try LogSupport.fixture("netfilter/journal-\(kind).log")
    var observations = 0
    for _ in 0..<100 {
      var text = journal
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        let at = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[at] = UInt8.random(in: 0...255, using: &random)
        case 1: text.remove(at: at)
        default: text.insert(contentsOf: text[at...].prefix(30), at: at)
        }
      }
      let log = RobustnessTests.check(text, "netfilter")
      observations += log.records.count
      let window = Int.random(in: 1...700, using: &random)
      #expect(LogSupport.read(text, window: window) == log)
    }
    #expect(observations > 100)
  }
}

import FirewallLogs
import Observations
import Testing

/// Suricata's events, and the JSON they are written in.
@Suite struct EVETests {
  static let ends = #""src_ip":"198.51.100.7","src_port":4000,"dest_ip":"203.0.113.9","#
  static let base =
    #""timestamp":"2009-03-03T06:00:00.5+0000","flow_id":7,"event_type":"alert","#
    + ends + #""dest_port":23,"proto":"TCP","#
  static let alert = "{" + base + #""alert":{"action":"allowed"}}"#

  static func read(_ text: String) -> ReadLog { LogSupport.read(text, format: "suricata-eve") }

  @Test func evidence() throws {
    guard let bytes = LogSupport.evidence("logs/crowdsec/suricata-logs-evelog.log") else { return }
    let log = try #require(LogSupport.readAny(bytes))
    #expect(log.shares.map(\.format) == ["suricata-eve"])
    #expect(log.problems.entries.isEmpty)
    // Four alerts, two flows with answers, two statistics.
    #expect(log.lines == 8 && log.otherLines == 2)
    #expect(log.records.map(\.record) == [1, 2, 3, 3, 5, 6, 6, 8])
    let alerts = log.records.filter { [1, 2, 5, 8].contains($0.record) }
    #expect(alerts.map(\.source.description) == ["1.2.3.4", "1.2.3.5", "1.2.3.7", "1.2.3.7"])
    #expect(alerts.map(\.sourcePort) == [52_812, 53_114, 36_288, 36_288])
    #expect(alerts.allSatisfy { $0.destinationPort == 80 && $0.action == .audited })
    #expect(alerts[0].time == Timestamp("2022-07-10T23:50:05.533101Z")?.nanoseconds)
    let flow = log.records[2]
    #expect(flow.time == Timestamp("2022-07-11T05:48:21.714860Z")?.nanoseconds)
    #expect(flow.destinationPort == 2_352 && flow.packets == 2 && flow.tcpFlags == .syn)
    let answer = log.records[3]
    #expect(answer.source == Address("127.0.0.1") && answer.packets == 1)
    #expect(answer.tcpFlags == [.rst, .ack])
  }

  /// The same event in any spelling that JSON allows.
  static let spellings: [String] = [
    alert,
    alert.replacing(",", with: " , ").replacing("\":", with: "\"\t: "),
    "[" + alert, "," + alert, alert + ",", alert + "]", alert + "  ",
    "<30>Mar  3 06:00:01 host suricata[1]: " + alert,
    "{" + #""alert":{"action":"allowed"},"# + base.dropLast() + "}",
    "{" + #""x":{"timestamp":"no","src_ip":"192.0.2.1","y":[{"proto":"UDP"},"]}"]},"#
      + alert.dropFirst(),
    "{" + #""payload":"\",\"src_ip\":\"192.0.2.1\",\\","# + alert.dropFirst(),
    "{" + #""a":[[],{},[1,2.5e3,true,null,"{[\""]],"# + alert.dropFirst(),
    "{" + "\"\(String(repeating: "k", count: 40))\":-1," + alert.dropFirst(),
  ]

  @Test(arguments: spellings)
  func anySpelling(_ text: String) {
    let log = EVETests.read(text)
    #expect(log.problems.entries.isEmpty)
    #expect(log.records.count == 1)
    guard var record = log.records.first else { return }
    record.offset = 0
    #expect(EVETests.read(EVETests.alert).records == [record])
  }

  static func many(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  static let others: [String] = [
    "{}", "{", "}", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}", "[]",
    "{\"timestamp\":\"2009-03-03T06:00:00Z\",\"event_type\":\"login\",\"src_ip\":\"192.0.2.1\"}",
    "{\"event_type\":\"alert\",\"alert\":{\"action\":\"allowed\"}}",
    alert.replacing("\"event_type\"", with: "\"event_name\""),
    alert.replacing("\"alert\":{", with: "\"other\":{"),
    alert.replacing("\"flow_id\":7,", with: "\"flow_id\" 7,"),
    many("{\"a\":", 3_000), many("[", 60_000), "{\"a\":" + many("[", 50_000),
    "{\"a\":\"" + many("\\", 60_000), "{\"a\":" + many("9", 60_000),
  ]

  @Test(arguments: others.indices)
  func otherTextIsForeign(_ index: Int) {
    let log = EVETests.read(EVETests.others[index])
    #expect(log.records.isEmpty && log.otherLines == 0)
    #expect(log.problems.count(.lineNotRecognised) == 1)
  }

  @Test func everyPlaceInAWindowIsTheSame() {
    // The last bytes of a window are read one by one.
    for pad in 0..<40 {
      let text = "{\"pad\":\"\(String(repeating: "p", count: pad))\"," + EVETests.alert.dropFirst()
      #expect(EVETests.read(text).records.count == 1)
      // The second tells of the same packet.
      #expect(EVETests.read(text + "\n" + text).records.count == 1)
    }
  }

  static let stamps: [(text: String, time: String?)] = [
    ("2009-03-03T06:00:00.123456+0000", "2009-03-03T06:00:00.123456Z"),
    ("2009-03-03T06:00:00.123456-0130", "2009-03-03T07:30:00.123456Z"),
    ("2009-03-03T06:00:00.12345678+01:00", "2009-03-03T05:00:00.12345678Z"),
    ("2009-03-03T06:00:00.1234567891Z", "2009-03-03T06:00:00.123456789Z"),
    ("2009-03-03T06:00:59Z", "2009-03-03T06:00:59Z"),
    ("2009-03-03 06:00:00", "2009-03-03T06:00:00Z"),
    ("2009-03-03T06:00:00.Z", "2009-03-03T06:00:00Z"),
    ("2009-02-29T06:00:00Z", nil), ("2009-03-03T24:00:00Z", nil), ("2009-03-03T06:00:61Z", nil),
    ("2009-03-03T06:00:00+2500", nil), ("2009-03-03T06:00:00Zulu", nil), ("2009-03-03", nil),
    ("2009-03-03T06:00:0", nil), ("9999-03-03T06:00:00Z", nil),
  ]

  @Test(arguments: stamps.indices)
  func stampsOfEvents(_ index: Int) {
    let (stamp, time) = EVETests.stamps[index]
    let text = EVETests.alert.replacing("2009-03-03T06:00:00.5+0000", with: stamp)
    let log = EVETests.read(text)
    #expect(
      log.records.map(\.time) == (time.flatMap { Timestamp($0) }.map { [$0.nanoseconds] } ?? []))
    #expect(log.problems.count(.stampMalformed) == (time == nil ? 1 : 0))
  }

  @Test func aPacketIsCountedOnce() {
    let alert = EVETests.alert
    let second = alert.replacing("00.5+0000", with: "01.5+0000")
    let flow =
      "{" + EVETests.base.replacing("alert", with: "flow")
      + #""flow":{"pkts_toserver":5,"pkts_toclient":0,"start":"2009-03-03T06:00:00.0+0000"},"#
      + #""tcp":{"tcp_flags_ts":"1b","tcp_flags_tc":"00"}}"#
    let log = EVETests.read([alert, alert, second, flow, flow].joined(separator: "\n"))
    #expect(log.records.map(\.record) == [1, 3, 4, 5])
    // The flow is over with its record: the next of the same number is another.
    #expect(log.records.map(\.packets) == [1, 1, 3, 5])
    // That a stated packet was blocked is news.
    let blocked = alert.replacing("allowed", with: "blocked")
    let mixed = EVETests.read([alert, blocked, blocked, alert].joined(separator: "\n"))
    #expect(mixed.records.map(\.action) == [.audited, .blocked])
  }
}

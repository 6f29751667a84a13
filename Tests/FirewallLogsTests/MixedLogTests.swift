import FirewallLogs
import Observations
import Testing

/// Logs in which several formats stand: every line is read as it is read alone.
@Suite struct MixedLogTests {
  /// Formats whose lines say all there is to know, each by itself.
  static let fixtures = [
    "netfilter/fields.log", "cisco-asa/messages.log", "ipchains/fields.log",
    "snort-fast/alerts.log", "dshield/lines.log", "fortinet/traffic.log", "mikrotik/firewall.log",
    "suricata-eve/events.log", "sonicwall/messages.log", "ipfw/fields.log", "filterlog/fields.log",
    "apache/visits.log", "postfix/visits.log",
  ]

  /// What a line tells, without where it stands.
  struct Told: Hashable {
    var time: Int64
    var ends: String
    var action: Action
    var packets: UInt32

    init(_ record: ReadRecord) {
      time = record.time
      ends =
        "\(record.transport) \(record.source)|\(record.sourcePort) "
        + "\(record.destination)|\(record.destinationPort)"
      action = record.action
      packets = record.packets
    }
  }

  /// Lines that give an observation when nothing stands before them, with what they tell.
  private static func lines(of fixture: String) throws -> [(text: [UInt8], told: [Told])] {
    let format = String(fixture.prefix { $0 != "/" })
    return try LogSupport.fixture(fixture).split(separator: 0x0a).compactMap { line in
      let log = LogSupport.read(Array(line) + [0x0a], format: format)
      // Without a stamp of its own a line takes that of the line before, whatever this is.
      guard !log.records.isEmpty,
        log.records.allSatisfy({ !$0.marks.contains(.timeUncertain) })
      else { return nil }
      return (Array(line), log.records.map(Told.init))
    }
  }

  @Test func tenFormatsShuffledLineByLine() throws {
    var random = RobustnessTests.Generator(state: 0x51ed_2701_9af3_0c55)
    var pool: [(format: String, text: [UInt8], told: [Told])] = []
    var formats: Set<String> = []
    for fixture in MixedLogTests.fixtures {
      let format = String(fixture.prefix { $0 != "/" })
      for line in try MixedLogTests.lines(of: fixture).prefix(12) {
        pool.append((format, line.text, line.told))
        formats.insert(format)
      }
    }
    #expect(formats.count >= 10)
    for _ in 0..<5 {
      pool.shuffle(using: &random)
      let text = Array(pool.map(\.text).joined(separator: [0x0a]))
      let log = try #require(LogSupport.readAny(text))
      #expect(log.problems.count(.lineNotRecognised) == 0)
      #expect(Set(log.shares.map(\.format)) == formats)
      for share in log.shares {
        #expect(share.lines == UInt64(pool.count { $0.format == share.format }), "\(share.format)")
      }
      let told = log.records.map(Told.init)
      // A few lines mean something else behind others: the second record of a connection is none
      // of its own, and a date whose year may stand at either end is read as the ones before.
      let expected = pool.flatMap(\.told)
      let missing = Set(expected).subtracting(told)
      #expect(Double(missing.count) <= 0.05 * Double(expected.count), "\(missing)")
    }
  }

  @Test func aFormatThatChangesHalfWayIsReadAndSaid() throws {
    let before = (0..<200).map {
      "Mar  3 06:00:\($0 % 50 + 10) gate kernel: DROP IN=a OUT= SRC=192.0.2.1 DST=203.0.113.\($0) "
        + "LEN=40 TTL=9 ID=1 PROTO=TCP SPT=1 DPT=2 WINDOW=1 RES=0x00 SYN URGP=0\n"
    }
    let after = (0..<200).map {
      "Mar  3 07:00:\($0 % 50 + 10) gate %ASA-2-106006: Deny inbound UDP from 192.0.2.9/1 to "
        + "203.0.113.\($0)/2 on interface outside\n"
    }
    let log = try #require(LogSupport.readAny(Array((before + after).joined().utf8)))
    #expect(log.records.count == 400)
    #expect(log.shares.map(\.format) == ["netfilter", "cisco-asa"])
    #expect(log.shares.map(\.lines) == [200, 200])
    #expect(log.shares.map(\.first.record) == [1, 201])
    #expect(log.shares.map(\.last) == [200, 400])
  }
}

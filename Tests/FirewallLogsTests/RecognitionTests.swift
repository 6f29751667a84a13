import FirewallLogs
import Observations
import Testing

@Suite struct RecognitionTests {
  static let packet =
    "Mar  3 06:00:00 gate kernel: DROP IN=a OUT= SRC=192.0.2.1 DST=192.0.2.2 LEN=40 PROTO=2\n"

  static let foreign: [(name: String, text: String)] = [
    ("empty", ""),
    ("blank lines", "\n\n\n"),
    ("sales", "date,article,sum\n2009-03-03,soap,3.50\n2009-03-04,rope,4.10\n"),
    (
      "C source",
      "#include <stdio.h>\n\n/* the firewall writes\n" + packet
        + "*/\nint main(void) {\n  puts(\"IN= OUT= SRC=\");\n  return 0;\n}\n"
    ),
    ("chat", "10:31 <anna> see you\n10:32 <bert> SRC=what? DST=who?\n10:33 <anna> bye\n"),
    ("hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\n192.0.2.1 printer\n"),
    ("services", "ssh 22/tcp\ndomain 53/udp\n"),
    ("passwd", "root:x:0:0:root:/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/sh\n"),
    ("syslog without packets", "Mar  3 06:00:00 gate cron[3]: (root) CMD (true)\n"),
    ("mail without visits", "Mar  3 06:00:00 post postfix/qmgr[3]: A1: removed\n"),
    ("addresses and dates", "192.0.2.1 was here on [03/Mar/2009:06:00:00 +0000]\n"),
  ]

  @Test(arguments: foreign.map(\.name))
  func foreignTextIsNotClaimed(_ name: String) throws {
    let text = try #require(RecognitionTests.foreign.first { $0.name == name }).text
    #expect(LogSupport.recognise(Array(text.utf8))?.format == nil)
  }

  @Test func randomBytesAreNotClaimed() {
    var random = RobustnessTests.Generator(state: 99)
    for _ in 0..<30 {
      let bytes = (0..<4_000).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(LogSupport.recognise(bytes)?.format == nil)
    }
  }

  @Test func saysWhatItIs() throws {
    let packets = try #require(LogSupport.recognise(Array(RecognitionTests.packet.utf8)))
    #expect(packets.kind == .firewall)
    #expect(packets.needsYear)
    #expect(packets.firstStamp == YearlessStamp(month: 3, day: 3, secondOfDay: 21_600))
    #expect(packets.makeReader(context: LogSupport.context).format == "netfilter")
    let web = try #require(
      LogSupport.recognise(
        Array("192.0.2.7 - - [03/Mar/2009:06:00:00 +0000] \"GET / HTTP/1.0\" 200 1\n".utf8)))
    #expect(web.kind == .visitors)
    #expect(!web.needsYear && web.firstStamp == nil)
    #expect(
      Set(LogFormats.names) == Set(FixtureTests.cases.map { String($0.prefix { $0 != "/" }) }))
  }

  @Test func chatterOfOthersDoesNotHideAFewPackets() {
    let chatter = String(repeating: "Mar  3 06:00:00 gate cron[3]: (root) CMD (true)\n", count: 300)
    let found = LogSupport.recognise(Array((chatter + RecognitionTests.packet).utf8))
    #expect(found?.format == "netfilter")
  }
}

@Suite struct YearTests {
  static func time(_ text: String) -> Timestamp { Timestamp(text) ?? Timestamp(seconds: 0) }

  static let plain: [(month: Int, day: Int, now: String, year: Int)] = [
    (3, 3, "2009-03-03T00:00:00Z", 2009), (3, 3, "2009-03-01T00:00:00Z", 2008),
    (12, 31, "2010-01-01T00:00:00Z", 2009), (2, 29, "2026-06-01T00:00:00Z", 2024),
    (2, 29, "1903-06-01T00:00:00Z", 1896), (1, 1, "2009-12-31T12:00:00Z", 2010),
    (1, 1, "2009-12-31T09:00:00Z", 2009),
  ]

  @Test(arguments: plain.indices)
  func latestYearThatIsPast(_ index: Int) {
    let c = YearTests.plain[index]
    let year = LogYears.choose(
      firstMonth: c.month, day: c.day, known: nil, now: YearTests.time(c.now))
    #expect(year == c.year)
  }

  static let near: [(month: Int, day: Int, from: String, to: String, year: Int)] = [
    (10, 10, "2008-10-01", "2008-10-20", 2008), (12, 30, "2009-01-01", "2009-01-03", 2008),
    (1, 2, "2008-12-20", "2008-12-31", 2009), (2, 29, "2009-01-01", "2009-03-01", 2008),
    (2, 29, "2011-01-01", "2011-03-01", 2012),
  ]

  @Test(arguments: near.indices)
  func yearNearestToOtherEvidence(_ index: Int) {
    let c = YearTests.near[index]
    let known = YearTests.time(c.from)...YearTests.time(c.to)
    let year = LogYears.choose(
      firstMonth: c.month, day: c.day, known: known, now: LogSupport.now)
    #expect(year == c.year)
  }

  @Test func readerAssumesAYearAndSaysSo() throws {
    let context = LogContext(now: YearTests.time("2009-03-02T00:00:00Z"))
    let assumed = LogSupport.read(RecognitionTests.packet, context: context)
    #expect(assumed.usesAssumedYear)
    #expect(assumed.records.first?.time == YearTests.time("2008-03-03T06:00:00Z").nanoseconds)
    #expect(assumed.problems.count(.yearAssumed) == 0)
    #expect(!LogSupport.read(RecognitionTests.packet).usesAssumedYear)
  }

  @Test func leapDayNeedsALeapYear() {
    let text = RecognitionTests.packet.replacing("Mar  3", with: "Feb 29")
    for (year, read) in [(2008, true), (2009, false), (2000, true), (1900, false)] {
      let log = LogSupport.read(text, context: LogContext(year: year, now: LogSupport.now))
      #expect(log.problems.count(.stampMalformed) == (read ? 0 : 1))
      #expect(log.records.first?.marks.contains(.timeUncertain) == !read)
    }
  }

  @Test func zoneIsTakenOff() {
    let context = LogContext(year: 2009, zoneOffsetSeconds: 7_200, now: LogSupport.now)
    let log = LogSupport.read(RecognitionTests.packet, context: context)
    #expect(log.records.first?.time == YearTests.time("2009-03-03T04:00:00Z").nanoseconds)
  }

  @Test func extremeContextsDoNotTrap() {
    for year in [Int.min, -1, 0, 1_700, 9_999, Int.max] {
      for zone in [Int.min, 0, Int.max] {
        let context = LogContext(
          year: year, zoneOffsetSeconds: zone, now: Timestamp(nanoseconds: .max))
        #expect(LogSupport.read(RecognitionTests.packet, context: context).records.count == 1)
      }
    }
    for now in [Int64.min, .max] {
      let context = LogContext(now: Timestamp(nanoseconds: now))
      #expect(LogSupport.read(RecognitionTests.packet, context: context).records.count == 1)
    }
  }
}

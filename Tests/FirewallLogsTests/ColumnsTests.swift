import FirewallLogs
import Observations
import Testing

/// Tables that a user explains.
@Suite struct ColumnsTests {
  static func read(_ map: String, _ text: String, zone: Int = 0) throws -> ReadLog {
    let context = LogContext(
      zoneOffsetSeconds: zone, now: LogSupport.now, columns: try ColumnMap(map))
    let log = LogSupport.read(text, format: "columns", context: context)
    let bytes = Array(text.utf8)
    for window in [1, 7, 64] {
      #expect(LogSupport.read(bytes, format: "columns", context: context, window: window) == log)
    }
    return log
  }

  @Test func namedColumns() throws {
    let map =
      "time=When,source=src,source-port=sport,destination=dst,destination-port=dport,"
      + "protocol=proto,action=verdict,count=n,length=len,flags=flags"
    let text = #"""
      exported by hand
      dst,src,dport,sport,n,verdict,when,proto,note,flags,len
      203.0.113.9,198.51.100.7,23,4000,3,Denied,2009-03-03T06:00:00Z,TCP,"a, b ""c""",S,60
      "203.0.113.9" , "198.51.100.7" , 137,1025,1, PERMIT ,2009-03-03 07:00:00+01:00,17,x,,78
      dst,src,dport,sport,n,verdict,when,proto,note,flags,len
      203.0.113.9,198.51.100.7,x,1,1,maybe,2009-03-03T06:00:02Z,udp,x,,
      203.0.113.9,,1,1,1,deny,2009-03-03T06:00:02Z,udp,x,,
      203.0.113.9,x198,1,1,1,deny,2009-03-03T06:00:02Z,udp,x,,
      203.0.113.9,198.51.100.x,1,1,0,deny,2009-03-03T06:00:02Z,nonsense,x,,
      203.0.113.9,198.51.100.7,1,1,1,deny,yesterday,udp,x,,
      203.0.113.9
      """#
    let log = try ColumnsTests.read(map, text)
    #expect(log.records.map(\.record) == [3, 4, 6, 9])
    #expect(log.records.map(\.action) == [.blocked, .allowed, .unknown, .blocked])
    let first = log.records[0]
    #expect(first.source == Address("198.51.100.7") && first.destination == Address("203.0.113.9"))
    #expect(first.sourcePort == 4_000 && first.destinationPort == 23 && first.packets == 3)
    #expect(first.transport == .tcp && first.tcpFlags == .syn && first.length == 60)
    #expect(first.time == Timestamp("2009-03-03T06:00:00Z")?.nanoseconds)
    #expect(log.records[1].time == first.time && log.records[1].hint == .nameQueryBySize)
    #expect(!log.records[2].marks.contains(.ports))
    #expect(log.records[3].source.isVeiled)
    #expect(log.problems.count(.lineNotRecognised) == 1)
    #expect(log.problems.count(.addressMissing) == 1)
    #expect(log.problems.count(.addressMalformed) == 1)
    #expect(log.problems.count(.numberMalformed) == 2)
    #expect(log.problems.count(.stampMalformed) == 1)
    #expect(log.problems.count(.lineCut) == 1)
    #expect(log.otherLines == 2)
  }

  @Test func numberedColumns() throws {
    let text = "when\tfrom\tto\n03.03.2009 06:00\t198.51.100.7:4000\t203.0.113.9:23\n"
    let log = try ColumnsTests.read("time=1,source=2,destination=3,delimiter=tab,zone=+02:00", text)
    #expect(log.records.count == 1 && log.otherLines == 1 && log.problems.entries.isEmpty)
    #expect(log.records[0].sourcePort == 4_000 && log.records[0].destinationPort == 23)
    #expect(log.records[0].time == Timestamp("2009-03-03T04:00:00Z")?.nanoseconds)
  }

  @Test func portsOfICMPAreTypeAndCode() throws {
    let map = "time=1,source=2,source-port=3,destination=4,destination-port=5,protocol=6"
    let row = "1236060000,192.0.2.1,8,192.0.2.2,0,icmp"
    let plain = try ColumnsTests.read(map, row)
    #expect(plain.records.first?.marks.contains(.ports) == false)
    let told = try ColumnsTests.read(map + ",icmp-type=7,icmp-code=8", row + ",3,1")
    #expect(told.records.first?.sourcePort == 3 && told.records.first?.destinationPort == 1)
    #expect(told.records.first?.hint == .icmpError)
    let six = try ColumnsTests.read(map, "1236060000,2001:db8::1,,2001:db8::2,,icmp")
    #expect(six.records.first?.transport == .icmpv6)
  }

  static let times: [(format: String, text: String, time: String?)] = [
    ("auto", "2009-03-03T06:00:00.25Z", "2009-03-03T06:00:00.25Z"),
    ("auto", "2009/03/03 06:00:00", "2009-03-03T06:00:00Z"),
    ("auto", "1236060000", "2009-03-03T06:00:00Z"),
    ("auto", "1236060000.5", "2009-03-03T06:00:00.5Z"),
    ("auto", "1236060000500", "2009-03-03T06:00:00.5Z"),
    ("auto", "1236060000500000", "2009-03-03T06:00:00.5Z"),
    ("auto", "1236060000500000000", "2009-03-03T06:00:00.5Z"),
    ("auto", "03/Mar/2009:06:00:00 +0100", "2009-03-03T05:00:00Z"),
    ("auto", "3.3.2009 6:00", "2009-03-03T06:00:00Z"),
    // Which is the month is not to be guessed.
    ("auto", "03/04/2009 06:00:00", nil),
    ("us", "03/04/2009 06:00:00 PM", "2009-03-04T18:00:00Z"),
    ("us", "3/4/2009, 12:30:00 am", "2009-03-04T00:30:00Z"),
    ("us", "3/4/2009 13:00 PM", nil), ("us", "31/12/2009 10:00", nil),
    ("dd/mm/yyyy", "03/04/2009 06:00:00", "2009-04-03T06:00:00Z"),
    ("german", "31.12.2009 23:59:59,5", "2009-12-31T23:59:59.5Z"),
    ("epoch-ms", "1236060000500", "2009-03-03T06:00:00.5Z"), ("epoch-ns", "x", nil),
    ("iso", "03.03.2009 06:00", nil), ("epoch", "2009-03-03T06:00:00Z", nil),
    ("iso", "2009-02-30 06:00:00", nil), ("auto", "99999999999999999999", nil),
    ("auto", "2009-03-03 06:00:00 later", nil),
  ]

  @Test(arguments: times.indices)
  func timesOfCells(_ index: Int) throws {
    let (format, cell, time) = ColumnsTests.times[index]
    let map = "time=1,source=2,destination=3,delimiter=semicolon,time-format=\(format)"
    let row = ";192.0.2.1;192.0.2.2\n"
    let text = "2009-03-03" + row + cell + row
    let log = try ColumnsTests.read(map, text)
    let last = log.records.filter { $0.record == 2 }
    #expect(last.map(\.time) == (time.flatMap { Timestamp($0) }.map { [$0.nanoseconds] } ?? []))
  }

  @Test func dayAndTimeInTwoColumns() throws {
    let map = "date=1,time=2,source=3,destination=4"
    let log = try ColumnsTests.read(map, "2009-03-03,06:00:00.5,192.0.2.1,192.0.2.2", zone: 3_600)
    #expect(log.records.map(\.time) == [Timestamp("2009-03-03T05:00:00.5Z")?.nanoseconds])
  }

  @Test func wordsOfActions() throws {
    let map = "time=1,source=2,destination=3,action=4,blocked=No|nie,allowed=ja"
    let rows = ["NO", "Nie", "ja", "deny", ""].map { "1236060000,192.0.2.1,192.0.2.2,\($0)" }
    let log = try ColumnsTests.read(map, rows.joined(separator: "\n"))
    #expect(log.records.map(\.action) == [.blocked, .blocked, .allowed, .unknown, .unknown])
  }

  @Test func withAMapALogIsReadByItAlone() throws {
    let text = "2009-03-03T06:00:00Z,192.0.2.1,192.0.2.2\n"
    #expect(LogSupport.recognise(Array(text.utf8))?.format == nil)
    let context = LogContext(
      now: LogSupport.now, columns: try ColumnMap("time=1,source=2,destination=3"))
    #expect(LogSupport.recognise(Array(text.utf8), context: context)?.format == "columns")
    let log = try #require(LogSupport.readAny(Array(text.utf8), context: context))
    #expect(log.records.count == 1 && log.shares.map(\.format) == ["columns"])
    let netfilter = Array(RobustnessTests.good.utf8)
    #expect(LogSupport.recognise(netfilter, context: context)?.format == nil)
    #expect(LogFormats.makeReader(named: "columns", context: LogSupport.context) == nil)
    #expect(LogFormats.kind("columns") == .firewall)
  }

  @Test func anyBytesAreRead() throws {
    var random = RobustnessTests.Generator(state: 0x1357_9bdf_0246_8ace)
    let maps = ["time=1,source=2,destination=3", "time=t,source=a,destination=b,delimiter=blank"]
    for map in maps {
      for _ in 0..<20 {
        let bytes = (0..<400).map { _ in
          Bool.random(using: &random)
            ? UInt8.random(in: 0...255, using: &random)
            : Array("1.,\"- \n\n:".utf8).randomElement(using: &random) ?? 0
        }
        _ = try ColumnsTests.read(map, String(decoding: bytes, as: UTF8.self))
      }
    }
    let long = String(repeating: "\"", count: 60_000) + "," + String(repeating: ",", count: 5_000)
    #expect(try ColumnsTests.read(maps[0], long).records.isEmpty)
  }

  static let wrong: [(map: String, error: ColumnMapError)] = [
    ("", .missing("source")), ("time=1", .missing("source")),
    ("source=1,time=2", .missing("destination")), ("source=1,destination=2", .missing("time")),
    ("time", .notAPair("time")), ("=1", .notAPair("=1")),
    ("colour=1", .unknownName("colour")), ("time=1,Time=2", .twice("time")),
  ]

  @Test(arguments: wrong.indices)
  func whatIsWrongWithAMap(_ index: Int) {
    let (map, error) = ColumnsTests.wrong[index]
    #expect(throws: error) { try ColumnMap(map) }
    #expect(!error.description.isEmpty)
  }

  static let wrongValues = [
    "time=0", "time=257", "time=99999999999999999999", "time=", "delimiter=long", "delimiter=\"",
    "time-format=stardate", "zone=here", "zone=+99:00", "time=3,source=3",
  ]

  @Test(arguments: wrongValues)
  func whatIsWrongWithAValue(_ part: String) {
    #expect(throws: ColumnMapError.self) { try ColumnMap(part + ",date=1,destination=2") }
  }
}

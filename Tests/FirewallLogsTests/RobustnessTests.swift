import FirewallLogs
import Observations
import Testing

/// Whatever the bytes: no trap, all consumed, every line counted once, windows without influence.
@Suite struct RobustnessTests {
  /// A small generator with a fixed seed (xorshift), so that every run sees the same bytes.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }

  static let formats = LogFormats.names

  /// The lines of all fixtures, each with its format; but for the journal's, which say little alone
  /// (`ApplianceTests.mutatedJournals`).
  static func samples() throws -> [(format: String, line: [UInt8])] {
    try FixtureTests.cases.filter { !$0.contains("/journal-") }.flatMap { name in
      let format = String(name.prefix { $0 != "/" })
      return try LogSupport.fixture(name).split(separator: 0x0a).map { (format, Array($0)) }
    }
  }

  /// What must hold of any bytes.
  static func check(_ bytes: [UInt8], _ format: String) -> ReadLog {
    let log = LogSupport.read(bytes, format: format)
    let newlines = bytes.count { $0 == 0x0a }
    let lines = newlines + (bytes.isEmpty || bytes.last == 0x0a ? 0 : 1)
    #expect(log.consumed == bytes.count)
    #expect(log.lines == UInt64(lines))
    // A record of a whole connection is its packet and the answer.
    #expect(log.records.count <= 2 * lines)
    #expect(zip(log.records, log.records.dropFirst()).allSatisfy { $0.record <= $1.record })
    #expect(zip(log.records, log.records.dropFirst(2)).allSatisfy { $0.record < $1.record })
    return log
  }

  @Test func everyLineCutAtEveryByte() throws {
    for (format, line) in try RobustnessTests.samples() {
      for count in 0...line.count { _ = RobustnessTests.check(Array(line[..<count]), format) }
      for other in RobustnessTests.formats { _ = RobustnessTests.check(line, other) }
    }
  }

  @Test func everyLineWithoutItsFirstBytes() throws {
    for (format, line) in try RobustnessTests.samples() {
      for count in 0...line.count { _ = RobustnessTests.check(Array(line[count...]), format) }
    }
  }

  @Test func logCutAtEveryByte() throws {
    let bytes = try LogSupport.fixture("netfilter/fields.log")
    let whole = LogSupport.read(bytes)
    var start = 0
    for count in 0...bytes.count {
      let log = RobustnessTests.check(Array(bytes[..<count]), "netfilter")
      // Whole lines are read as they are in the whole log.
      let complete = bytes[..<count].count { $0 == 0x0a }
      #expect(Array(log.records.prefix(complete)) == Array(whole.records.prefix(complete)))
      start = count
    }
    #expect(start == bytes.count)
  }

  @Test(arguments: formats)
  func mutatedLines(_ format: String) throws {
    var random = Generator(state: 0x5eed_1234_5678_9abc)
    let samples = try RobustnessTests.samples().filter { $0.format == format }.map(\.line)
    let whole = LogSupport.read(Array(samples.joined(separator: [0x0a])), format: format)
    let rounds = format == "netfilter" ? 300 : 60
    var observations = 0
    for _ in 0..<rounds {
      var text: [UInt8] = []
      for _ in 0..<100 {
        guard var line = samples.randomElement(using: &random), !line.isEmpty else { continue }
        // Headers say what the columns are: spoilt, they spoil all that follows.
        let isHeader =
          line.starts(with: "#".utf8) || line.starts(with: "severity".utf8)
          || line.starts(with: "timestamp".utf8)
          || line.starts(with: "version ".utf8) || line.starts(with: "start ".utf8)
          || line.starts(with: "ts,".utf8) || line.starts(with: "firstSeen".utf8)
        for _ in 0..<(isHeader ? 0 : Int.random(in: 1...6, using: &random)) {
          let at = Int.random(in: 0..<line.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: line[at] = UInt8.random(in: 0...255, using: &random)
          case 1: line[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
          case 2: line.remove(at: at)
          default: line.insert(contentsOf: line[at...].prefix(9), at: at)
          }
          if line.isEmpty { break }
        }
        text += line + [0x0a]
      }
      let log = RobustnessTests.check(text, format)
      observations += log.records.count
      let window = Int.random(in: 1...700, using: &random)
      #expect(LogSupport.read(text, format: format, window: window) == log)
    }
    // Mutations spoil many lines, never nearly all of them.
    #expect(observations > rounds * 100 * whole.records.count / max(samples.count, 1) / 20)
    #expect(observations > (format == "netfilter" ? 9_000 : 0))
  }

  @Test(arguments: formats)
  func randomBytes(_ format: String) {
    var random = Generator(state: 0xabcd_ef01_2345_6789)
    for _ in 0..<200 {
      let count = Int.random(in: 0...3_000, using: &random)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let log = RobustnessTests.check(bytes, format)
      #expect(log.records.isEmpty)
    }
  }

  static let good =
    "Mar  3 06:00:00 gate kernel: DROP IN=a OUT= SRC=192.0.2.1 DST=192.0.2.2 PROTO=2"

  @Test(arguments: [65_535, 65_536, 65_537, 70_000, 131_072, 200_000])
  func longLinesAreSkipped(_ length: Int) {
    let long = String(repeating: "x", count: length)
    let text = RobustnessTests.good + "\n" + long + "\n" + RobustnessTests.good + "\n"
    let whole = LogSupport.read(text)
    #expect(whole.lines == 3)
    #expect(whole.records.map(\.record) == [1, 3])
    #expect(whole.problems.count(.lineTooLong) == (length >= 65_536 ? 1 : 0))
    for window in [1_000, 65_536, 65_537, 100_000] {
      #expect(LogSupport.read(text, window: window) == whole, "window \(window)")
    }
    for format in LogFormats.names where format != "netfilter" {
      let other = LogSupport.read(text, format: format)
      #expect(other.problems.count(.lineTooLong) == (length >= 65_536 ? 1 : 0))
      #expect(LogSupport.read(text, format: format, window: 65_536) == other)
    }
  }

  @Test func fullBatchesLoseNothing() {
    let count = ObservationBatch.capacity * 3 + 17
    let text = Array(repeating: RobustnessTests.good, count: count).joined(separator: "\n")
    let log = LogSupport.read(text)
    #expect(log.records.map(\.record) == (1...UInt64(count)).map { $0 })
    #expect(
      log.records.allSatisfy {
        $0.offset == ($0.record - 1) * UInt64(RobustnessTests.good.utf8.count + 1)
      })
  }

  /// Numbers and addresses against the standard library and `Address`'s own parser.
  @Test func valuesAgreeWithTheOracle() {
    var random = Generator(state: 0x1357_9bdf_0246_8ace)
    for _ in 0..<5_000 {
      let source = RobustnessTests.address(&random)
      let destination = RobustnessTests.address(&random)
      let ports = (
        UInt16.random(in: 0...(.max), using: &random),
        UInt16(truncatingIfNeeded: random.next() >> 48)
      )
      let length = UInt32(
        truncatingIfNeeded: random.next() >> UInt64.random(in: 32...63, using: &random))
      let ttl = UInt8(truncatingIfNeeded: random.next() >> 56)
      let text =
        "Mar  3 06:00:00 gate kernel: IN=a OUT= SRC=\(source) DST=\(destination) LEN=\(length)"
        + " TTL=\(ttl) PROTO=TCP SPT=\(ports.0) DPT=\(ports.1) WINDOW=1"
      let log = LogSupport.read(text)
      #expect(log.problems.entries.isEmpty, "\(text)")
      guard let record = log.records.first else {
        Issue.record("nothing read: \(text)")
        return
      }
      #expect(record.source == Address(source), "\(text)")
      #expect(record.destination == Address(destination), "\(text)")
      #expect(record.sourcePort == ports.0 && record.destinationPort == ports.1, "\(text)")
      #expect(record.length == length && record.timeToLive == ttl, "\(text)")
    }
  }

  /// Text of an address of either family, IPv6 in short, long and mixed forms.
  static func address(_ random: inout Generator) -> String {
    if Bool.random(using: &random) {
      return (0..<4).map { _ in "\(UInt8.random(in: 0...255, using: &random))" }
        .joined(separator: ".")
    }
    let mask = random.next() & random.next()
    let groups = (0..<8).map { i in
      mask >> UInt64(i) & 1 == 1 ? 0 : UInt16(truncatingIfNeeded: random.next() >> 40)
    }
    let value = groups.map { String($0, radix: 16) }.joined(separator: ":")
    guard Bool.random(using: &random), let parsed = Address(value) else { return value }
    return parsed.description
  }

  static let wrongAddresses = [
    "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.999", "1..2.3", ".1.2.3", "1.2.3.4x",
    "1.2.3.4444",
    ":", ":::", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g",
    "1:2:3:4:5:6:7:1.2.3.4", "1:", ":1", "1.2.3.-4", "a1.2.3.4", "abcd.2.3.4", "a.2.3", "a.2.3.4.5",
    "a..3.4",
  ]

  @Test(arguments: wrongAddresses)
  func wrongAddressesAreRefused(_ address: String) {
    let text = "Mar  3 06:00:00 gate kernel: IN=a OUT= SRC=\(address) DST=192.0.2.1 LEN=4 PROTO=2"
    let log = LogSupport.read(text)
    #expect(log.records.isEmpty)
    #expect(log.problems.count(.addressMalformed) == 1)
    #expect(Address(address) == nil)
  }

  /// One line of each format with both ends in it.
  static let shapes: [(format: String, line: String)] = [
    ("netfilter", "Mar  3 06:00:00 gate kernel: IN=a OUT= SRC=S DST=D LEN=4 PROTO=2"),
    ("netfilter", "Mar  3 06:00:00 gate kernel: martian source D from S, on dev eth0"),
    (
      "ipchains",
      "Mar  3 06:00:00 gate kernel: Packet log: input DENY a PROTO=17 S:1 D:2 L=40 S=0x0 I=1 F=0x0 T=9"
    ),
    ("windows-firewall", "2009-03-03 06:00:00 DROP UDP S D 1 2 40 - - - - - - - RECEIVE"),
    ("zonealarm", "FWIN,2009/03/03,06:00:00 +0:00 GMT,S:1,D:2,UDP"),
    ("blackice", "39, 2009-03-03 06:00:00, 1, \"UDP port probe\", S, \"\", D, \"\", \"\", 1, A"),
    ("snort-fast", "03/03-06:00:00.0  [**] [1:1:1] text [**] [Priority: 1] {UDP} S:1 -> D:2"),
    ("snort-portscan", "Mar  3 06:00:00 S:1 -> D:2 UDP"),
    (
      "cisco-asa",
      "Mar  3 06:00:00 gate %ASA-4-106023: Deny udp src out:S/1 dst in:D/2 by access-group \"a\""
    ),
    (
      "cisco-asa",
      "Mar  3 06:00:00 gate %PIX-2-106006: Deny inbound UDP from S/1 to D/2 on interface a"
    ),
    (
      "cisco-asa",
      "Mar  3 06:00:00 gate %ASA-6-106100: access-list a denied udp b/S(1) -> c/D(2) hit-cnt 1"
    ),
    (
      "cisco-asa",
      "Mar  3 06:00:00 gate %ASA-6-302015: Built inbound UDP connection 1 for a:S/1 (S/1) to b:D/2 (D/2)"
    ),
    (
      "cisco-ios",
      "Mar  3 06:00:00 gate 7: %SEC-6-IPACCESSLOGP: list 1 denied udp S(1) -> D(2), 1 packet"
    ),
    (
      "scanlogd",
      "Mar  3 06:00:00 gate scanlogd: S:1 to D ports 2, 3, ..., fSrpauxy, TOS 00 @06:00:00"
    ),
    (
      "psad",
      "Mar  3 06:00:00 gate psad: scan detected: S -> D udp: [2-9] udp pkts: 3 DL: 1"
    ),
    (
      "airsnare",
      "3/3/2009 6:00:00 AM\t00005E005301\tS\t =WEB=> \t00005E005302\tD"
    ),
    (
      "suricata-eve",
      "{\"timestamp\":\"2009-03-03T06:00:00.0+0000\",\"event_type\":\"alert\",\"src_ip\":\"S\","
        + "\"dest_ip\":\"D\",\"proto\":\"UDP\",\"alert\":{\"action\":\"blocked\"}}"
    ),
    (
      "zeek-conn",
      "{\"ts\":1236060000.0,\"uid\":\"C1\",\"id.orig_h\":\"S\",\"id.resp_h\":\"D\",\"proto\":\"udp\","
        + "\"conn_state\":\"S0\",\"orig_pkts\":1,\"resp_pkts\":0}"
    ),
    (
      "zeek-notice",
      "{\"ts\":1236060000.0,\"note\":\"A::B\",\"src\":\"S\",\"dst\":\"D\",\"proto\":\"udp\"}"
    ),
    ("nfdump", "2009-03-03 06:00:00.000  0.000 UDP  S:1 -> D:2  1  40  1"),
    ("azure-nsg-flow", "\"1236060000,S,D,1,2,U,I,D\""),
    ("aws-vpc-flow", "2 1 eni-1 S D 1 2 17 1 78 1236060000 1236060060 REJECT OK"),
    (
      "gcp-vpc-flow",
      "{\"jsonPayload\":{\"connection\":{\"src_ip\":\"S\",\"dest_ip\":\"D\",\"protocol\":17},"
        + "\"disposition\":\"DENIED\"},\"timestamp\":\"2009-03-03T06:00:00Z\"}"
    ),
    (
      "fortinet",
      "date=2009-03-03 time=06:00:00 logid=1 type=traffic srcip=S srcport=1 dstip=D dstport=2 proto=17 action=deny"
    ),
    (
      "sonicwall",
      "id=firewall sn=1 time=\"2009-03-03 06:00:00\" fw=192.0.2.1 m=37 msg=\"UDP packet dropped\" src=S:1:X1 dst=D:2:X0 proto=udp/2"
    ),
    (
      "netscreen",
      "Mar  3 06:00:00 a b: NetScreen device_id=b  [Root]system-notification-00257(traffic): start_time=\"2009-03-03 06:00:00\" proto=17 action=Deny src=S dst=D src_port=1 dst_port=2"
    ),
    (
      "mikrotik",
      "Mar  3 06:00:00 a firewall,info input: in:a out:b, proto UDP, S:1->D:2, len 40"
    ),
    (
      "checkpoint",
      "03Mar2009 06:00:00 drop 192.0.2.1 >eth0 product: x; src: S; s_port: 1; dst: D; service: 2; proto: udp;"
    ),
    (
      "paloalto",
      "1,2009/03/03 06:00:00,1,TRAFFIC,drop,1,2009/03/03 06:00:00,S,D,,,,,,,,,,,,,,,1,1,2,0,0,0,udp,deny"
    ),
    (
      "junos",
      "Mar  3 06:00:00 a RT_FLOW: RT_FLOW_SESSION_DENY: session denied S/1->D/2 None 17(0) x"
    ),
    ("cef", "Mar  3 06:00:00 a CEF:0|a|b|1|2|c|3|src=S spt=1 dst=D dpt=2 proto=UDP act=deny"),
    (
      "watchguard",
      "Mar  3 06:00:00 a firewall: msg_id=\"3000-0148\" Deny a b 52 udp 20 113 S D 1 2 (x)"
    ),
    (
      "sophos",
      "2009:03:03-06:00:00 a ulogd[1]: id=\"1\" sub=\"packetfilter\" action=\"drop\" srcip=\"S\" dstip=\"D\" proto=\"17\" srcport=\"1\" dstport=\"2\""
    ),
    ("dshield", "2009-03-03 06:00:00 +00:00\t0\t1\tS\t1\tD\t2\t17\t"),
    ("ipfw", "Mar  3 06:00:00 gate kernel: ipfw: 65000 Deny UDP S:1 D:2 in via tun0"),
    (
      "filterlog",
      "Mar  3 06:00:00 gate filterlog: 5,,,1,re1,match,pass,in,4,0x2,,9,7,0,none,17,udp,78,S,D,1,2,58"
    ),
    ("pf-text", "Mar  3 06:00:00.0 rule 2/(match) pass in on xl0: S.1 > D.2: udp 50"),
    ("ipfilter", "03/03/2009 06:00:00.0 hme0 @0:1 b S,1 -> D,2 PR udp len 20 78 IN"),
    ("ipfwadm", "Mar  3 06:00:00 gate kernel: IP fw-in rej a UDP S:1 D:2 L=4 S=0x0 I=5 F=0x0 T=2"),
    (
      "macos-appfirewall",
      "Mar  3 06:00:00 gate Firewall[5]: Stealth Mode connection attempt to UDP D:1 from S:2"
    ),
    ("snort-syslog", "Mar  3 06:00:00 gate snort: [1:1:1] text {UDP} S:1 -> D:2"),
    (
      "mynetwatchman",
      "?AttackerIP=S&SrcPort=1&ProtocolID=17&DestPort=2&AttackCount=1&VictimIP=D"
        + "&AttackDateTime=2009-03-03+06:00:00"
    ),
  ]

  static let veils = [
    "z.y.w.98", "x.x.12.4", "xxx.xxx.xxx.7", "a.b.c.d", "10.*.*.1", "198.51.100.X",
  ]

  @Test(arguments: shapes.map(\.format), veils)
  func veiledAddressesStayVeiled(_ format: String, _ veil: String) {
    for shape in RobustnessTests.shapes where shape.format == format {
      for (source, destination) in [(veil, "192.0.2.1"), ("192.0.2.1", veil), (veil, veil)] {
        let text = RobustnessTests.fill(shape.line, source, destination)
        let log = LogSupport.read(text, format: format)
        #expect(log.problems.count(.addressVeiled) == 1, "\(text)")
        #expect(log.problems.entries.count == 1, "\(text)")
        for record in log.records {
          let packet = record
          #expect(packet.source.isVeiled == (source == veil), "\(text)")
          #expect(packet.destination.isVeiled == (destination == veil), "\(text)")
          #expect(!"\(packet.source) \(packet.destination)".contains("0.0.0"))
        }
        #expect(log.records.count == (format == "netfilter" ? 0 : 1), "\(text)")
      }
    }
  }

  @Test(arguments: shapes.map(\.line))
  func addressesAgreeWithTheOracle(_ shape: String) throws {
    let format = try #require(RobustnessTests.shapes.first { $0.line == shape }?.format)
    var random = Generator(state: 0x0bad_cafe_1234_5678)
    for _ in 0..<300 {
      let ends = (0..<2).map { _ in
        (0..<4).map { _ in "\(UInt8.random(in: 0...255, using: &random))" }
          .joined(separator: ".")
      }
      let text = RobustnessTests.fill(shape, ends[0], ends[1])
      let log = LogSupport.read(text, format: format)
      #expect(log.problems.entries.isEmpty, "\(text)")
      #expect(log.records.map(\.source) == [Address(ends[0])], "\(text)")
      #expect(log.records.map(\.destination) == [Address(ends[1])], "\(text)")
      #expect(log.records.first?.time == Timestamp("2009-03-03T06:00:00Z")?.nanoseconds)
      #expect(LogSupport.recognise(Array(text.utf8))?.format == format)
    }
  }

  /// Puts ends in place of the letters S and D that stand alone.
  static func fill(_ shape: String, _ source: String, _ destination: String) -> String {
    var text = ""
    let characters = Array(shape)
    for (i, character) in characters.enumerated() {
      let isAlone =
        (i == 0 || !characters[i - 1].isLetter)
        && (i + 1 == characters.count
          || !"=".contains(characters[i + 1]) && !characters[i + 1].isLetter)
      if isAlone, character == "S" {
        text += source
      } else if isAlone, character == "D" {
        text += destination
      } else {
        text.append(character)
      }
    }
    return text
  }
}

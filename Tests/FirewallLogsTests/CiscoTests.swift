import FirewallLogs
import Observations
import Testing

/// Messages of Cisco's firewalls and routers.
@Suite struct CiscoTests {
  static func read(_ text: String, zone: Int = 0) -> ReadLog {
    let context = LogContext(year: 2009, zoneOffsetSeconds: zone, now: LogSupport.now)
    return LogSupport.read(text, format: "cisco-asa", context: context)
  }

  static func line(_ message: String) -> String { "Mar  3 08:00:00 gate %ASA-\(message)\n" }

  @Test func evidenceHoldsWhatTheManifestSays() throws {
    guard let bytes = LogSupport.evidence("logs/ossec/cisco-pix.log") else { return }
    #expect(LogSupport.recognise(bytes)?.format == "cisco-asa")
    let log = LogSupport.read(bytes, format: "cisco-asa")
    #expect(log.lines == 105)
    // 710002 tells eleven times of the packets of 710001, once of that of 302013.
    #expect(log.records.count == 68)
    #expect(log.otherLines == 31)
    #expect(log.problems.count(.addressMalformed) == 6)
    #expect(log.problems.count(.numberMalformed) == 0)
    #expect(log.problems.count(.lineNotRecognised) == 0)
    let names = log.records.filter { $0.destination == Address("1.1.1.255") }
    #expect(names.count == 9)
    #expect(
      names.allSatisfy {
        $0.source == Address("1.1.1.1") && $0.sourcePort == 137 && $0.destinationPort == 137
          && $0.transport == .udp && $0.action == .blocked && $0.path == .inbound
      })
    let shells = log.records.filter { $0.destinationPort == 22 }
    #expect(shells.count == 12 && shells.allSatisfy { $0.action == .allowed })
    let dated = log.records.filter { $0.time == Timestamp("2004-07-05T00:58:00Z")?.nanoseconds }
    #expect(dated.map(\.transport) == [.icmp])
  }

  /// What the initiator is: the first end of an inbound connection, the second of an outbound one.
  @Test(arguments: [
    ("inbound", "192.0.2.1", "198.51.100.9"), ("outbound", "198.51.100.9", "192.0.2.1"),
  ])
  func builtConnectionsHaveAnInitiator(_ way: String, _ source: String, _ destination: String) {
    let log = CiscoTests.read(
      CiscoTests.line(
        "6-302013: Built \(way) TCP connection 12345678901 for outside:192.0.2.1/1000 "
          + "(192.0.2.1/1000) to inside:198.51.100.9/2000 (203.0.113.1/3000)"))
    #expect(log.records.map(\.source) == [Address(source)])
    #expect(log.records.map(\.destination) == [Address(destination)])
    #expect(log.records.map(\.sourcePort) == [way == "inbound" ? 1_000 : 2_000])
    #expect(log.records.map(\.path) == [way == "inbound" ? .entering : .leaving])
    #expect(log.problems.entries.isEmpty)
  }

  @Test func translationsAreNoted() throws {
    let text =
      CiscoTests.line(
        "6-302015: Built outbound UDP connection 1 for outside:192.0.2.1/53 (192.0.2.1/53) to "
          + "inside:198.51.100.9/2000 (203.0.113.1/3000)")
      + CiscoTests.line(
        "6-302020: Built outbound ICMP connection for faddr 192.0.2.1/0 gaddr 203.0.113.1/1 laddr "
          + "198.51.100.10/1 type 8 code 0")
      + CiscoTests.line(
        "6-305011: Built dynamic TCP translation from inside:198.51.100.9/9 to outside:203.0.113.1/8"
      )
      + CiscoTests.line(
        "6-305010: Teardown static translation from dmz:198.51.100.20 to outside:203.0.113.20 "
          + "duration 0:10:00")
      + CiscoTests.line(
        "6-305012: Teardown dynamic TCP translation from inside:198.51.100.9/9 to "
          + "outside:203.0.113.1/8 duration 0:00:30")
    let bytes = Array(text.utf8)
    var reader = try #require(
      LogFormats.makeReader(named: "cisco-asa", context: LogSupport.context))
    _ = unsafe reader.read(bytes.span.bytes, offset: 0, isLast: true, into: ObservationBatch())
    let pairs = reader.translations.entries.map {
      "\($0.pair.inside) \($0.pair.outside) \($0.entry.count)"
    }
    #expect(
      pairs == [
        "198.51.100.9 203.0.113.1 2", "198.51.100.10 203.0.113.1 1", "198.51.100.20 203.0.113.20 1",
      ])
  }

  /// One packet under two numbers counts once, two packets under one number twice, and a packet
  /// that is refused is another than the one that was let pass.
  @Test(arguments: [
    (["6-302013 8", "7-710002 8"], 1), (["7-710001 8", "7-710002 8", "7-710002 8"], 1),
    (["7-710001 8", "7-710001 8"], 2), (["7-710001 8", "7-710001 9"], 2),
    (["7-710002 8", "3-710003 8"], 2), (["3-710003 8", "3-710003 8"], 2),
  ])
  func onePacketCountsOnce(_ messages: [String], _ count: Int) {
    let lines = messages.map { message in
      let parts = message.split(separator: " ")
      let ends = "192.0.2.1/4000\(parts[1])"
      switch parts[0] {
      case "6-302013":
        return CiscoTests.line(
          "6-302013: Built inbound TCP connection 1 for inside:\(ends) (\(ends)) to "
            + "identity:198.51.100.1/22 (198.51.100.1/22)")
      default:
        return CiscoTests.line(
          "\(parts[0]): TCP access denied by ACL from \(ends) to i:198.51.100.1/22")
      }
    }
    #expect(CiscoTests.read(lines.joined()).records.count == count)
  }

  /// Zones: the device's own where it says UTC, the log's for all others.
  @Test(arguments: [
    ("Mar  3 08:00:00 gate ", "07:00:00"),
    ("Mar  3 08:00:00 gate : Mar 03 2009 06:30:00: ", "05:30:00"),
    ("Mar  3 08:00:00 gate : Mar 03 06:30:00 UTC: ", "06:30:00"),
    ("Mar  3 2009 08:00:00 UTC: ", "08:00:00"), ("2009-03-03T08:00:00Z gate ", "08:00:00"),
    ("Mar 03 2009 08:00:00 EST: ", "07:00:00"),
  ])
  func zonesOfStamps(_ front: String, _ time: String) {
    let log = CiscoTests.read(
      "\(front)%ASA-3-710003: TCP access denied by ACL from 192.0.2.1/1 to i:192.0.2.2/2",
      zone: 3_600)
    #expect(log.records.map(\.time) == [Timestamp("2009-03-03T\(time)Z")?.nanoseconds])
  }

  /// What others write is theirs, whatever it looks like.
  @Test(arguments: [
    "Mar  3 08:00:00 gate sshd[7]: Invalid user %ASA-3-710003: TCP",
    "192.0.2.1 - - [03/Mar/2009:08:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"%ASA-3-710003: TCP",
    "Mar  3 08:00:00 gate app: user=%ASA-3-710003: TCP", "%ASA-3-71000: TCP", "%ASA-9-710003: TCP",
    "%ASB-3-710003: TCP", "100 %ASA%PIX-3-: TCP",
    "Mar  3 08:00:00 gate app says %ASA-3-710003: TCP",
  ])
  func strangersWordsAreNotRead(_ front: String) {
    let text = "\(front) access denied by ACL from 192.0.2.1/1 to i:192.0.2.2/2"
    #expect(CiscoTests.read(text).records.isEmpty)
    #expect(LogSupport.recognise(Array(text.utf8))?.format != "cisco-asa")
  }

  /// Long and unbalanced lines are read once over.
  @Test(arguments: [
    "%", "%ASA-", "(", ") to ", " dst ", "%ASA-6-302013: ", "from ", "'name 1.2.3.4 x",
  ])
  func longLinesEnd(_ part: String) {
    for front in [
      "", "Mar  3 08:00:00 gate %ASA-4-106023: Deny tcp src o:192.0.2.1/1(",
      "Mar  3 08:00:00 gate %ASA-5-111008: ", "Mar  3 08:00:00 gate %FTD-1-430002: SrcIP: ",
    ] {
      let text = front + String(repeating: part, count: 60_000 / part.utf8.count)
      for format in ["cisco-asa", "cisco-ios"] {
        #expect(LogSupport.read(text, format: format).records.isEmpty)
      }
    }
  }

  @Test func routersCountLostLines() {
    let log = LogSupport.read(
      "Mar  3 08:00:06 rtr 52: %SEC-6-IPACCESSLOGRL: access-list logging rate-limited or missed 4 packets\n",
      format: "cisco-ios")
    #expect(log.tally.lost == 1 && log.records.isEmpty)
  }

  @Test(arguments: [
    ("tcp 192.0.2.1(9) -> 192.0.2.2(80), 1 packet", 1),
    ("17 192.0.2.1 -> 192.0.2.2, 512 packets", 512),
    ("icmp 192.0.2.1 -> 192.0.2.2 (8/0), 70000 packets", 70_000), ("192.0.2.1 3 packets", 3),
  ])
  func routersCountPackets(_ text: String, _ count: UInt32) {
    let log = LogSupport.read(
      "Mar  3 08:00:00 rtr 1: %SEC-6-IPACCESSLOGP: list 7 denied \(text)", format: "cisco-ios")
    #expect(log.records.map(\.packets) == [count])
    #expect(log.records.map(\.action) == [.blocked] && log.problems.entries.isEmpty)
  }
}

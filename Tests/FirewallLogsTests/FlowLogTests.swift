import FirewallLogs
import Observations
import Testing

/// Records of whole connections: Zeek, nfdump, the clouds' flow logs.
@Suite struct FlowLogTests {
  static let head =
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state"
    + "\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n"

  static func zeek(_ proto: String, _ state: String, _ history: String, _ counts: String) -> ReadLog
  {
    let row = "1236060000.0\tC1\t192.0.2.1\t4000\t198.51.100.1\t80\t\(proto)\t\(state)\t\(history)"
    let counts = counts.replacing(" ", with: "\t")
    return LogSupport.read(head + row + "\t" + counts + "\n", format: "zeek-conn")
  }

  static let histories: [(state: String, history: String, sent: TCPFlags, back: TCPFlags?)] = [
    ("S0", "S", .syn, nil), ("REJ", "Sr", .syn, .rst), ("SF", "ShADadFf", .syn, [.syn, .ack]),
    ("OTH", "Da", .ack, .ack), ("OTH", "F", .fin, nil), ("RSTRH", "^h", [], [.syn, .ack]),
    ("OTH", "HR", [.syn, .ack], nil), ("OTH", "CCcR", .rst, nil), ("S0", "-", .syn, nil),
    ("SF", "-", .syn, [.syn, .ack]), ("REJ", "-", .syn, .rst), ("OTH", "-", [], nil),
  ]

  @Test(arguments: histories.indices)
  func flagsOfZeeksHistory(_ index: Int) {
    let (state, history, sent, back) = FlowLogTests.histories[index]
    let counts = back == nil ? "2 80 0 0" : "2 80 1 40"
    let log = FlowLogTests.zeek("tcp", state, history, counts)
    #expect(log.records.map(\.tcpFlags) == [sent] + (back.map { [$0] } ?? []))
    #expect(log.problems.entries.isEmpty)
  }

  @Test func lengthsOfZeeksConnections() {
    #expect(FlowLogTests.zeek("udp", "S0", "D", "7 546 0 0").records.map(\.length) == [78])
    #expect(FlowLogTests.zeek("udp", "S0", "D", "7 547 0 0").records.map(\.length) == [0])
    #expect(FlowLogTests.zeek("tcp", "S0", "S", "1 60 0 0").records.map(\.length) == [60])
    #expect(FlowLogTests.zeek("tcp", "S0", "S", "2 120 0 0").records.map(\.length) == [0])
    #expect(FlowLogTests.zeek("udp", "S0", "D", "1 99999 0 0").records.map(\.length) == [0])
    let many = FlowLogTests.zeek("udp", "SF", "Dd", "99999999999 1 300 2")
    #expect(many.records.map(\.packets) == [Observation.mostPackets, 300])
    #expect(many.records[0].marks.contains(.lowerBound))
    #expect(FlowLogTests.zeek("udp", "SF", "Dd", "0 0 0 0").otherLines == 2)
    #expect(FlowLogTests.zeek("udp", "SF", "Dd", "x 0 y 0").problems.count(.numberMalformed) == 1)
  }

  @Test func rowsOfAnotherShapeAreNotZeeks() {
    let text = FlowLogTests.head + "1236060000.0\tC1\t192.0.2.1\n1236060000 something else\n"
    let log = LogSupport.read(text, format: "zeek-conn")
    #expect(log.records.isEmpty && log.problems.count(.lineNotRecognised) == 2)
    // Without a header no row says what it means.
    let row = "1236060000.0\tC1\t192.0.2.1\t4000\t198.51.100.1\t80\ttcp\tS0\tS\t1\t40\t0\t0\n"
    #expect(LogSupport.recognise(Array(row.utf8))?.format == nil)
  }
}

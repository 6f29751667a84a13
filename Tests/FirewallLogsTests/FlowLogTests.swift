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

  @Test func laterColumnsOfNfdump() {
    let text = """
      firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,bps,bpp,flows
      2009-03-03 06:01:00.338,0.001,6,198.51.100.7,40003,203.0.113.9,80,3,180,0,60,1
      1236060061.5,0.001,17,198.51.100.7,40004,203.0.113.9,53,1,60,0,60,1
      """
    let log = LogSupport.read(text, format: "nfdump-csv")
    #expect(log.problems.entries.isEmpty && log.otherLines == 1)
    #expect(log.records.map(\.packets) == [3, 1])
    #expect(log.records.map(\.transport) == [.tcp, .udp])
    #expect(log.records.map(\.destinationPort) == [80, 53])
    #expect(log.records.last?.time == Timestamp("2009-03-03T06:01:01.5Z")?.nanoseconds)
  }

  static let printed: [(count: String, packets: UInt32?, isBound: Bool)] = [
    ("404", 404, false), ("1.2 M", 1_150_000, true), ("3 K", 2_950, true), ("0.1 M", 50_000, true),
    ("9.9 T", Observation.mostPackets, true), ("1.2 Q", nil, false), ("1.23 M", nil, false),
    ("99999999999999999999", nil, false), ("-1", nil, false),
  ]

  @Test(arguments: printed.indices)
  func roundedCountsAreBounds(_ index: Int) {
    let (count, packets, isBound) = FlowLogTests.printed[index]
    let text = "2009-03-03 06:00:00.000 0.0 UDP 192.0.2.1:1 -> 192.0.2.2:2 \(count) 40 1"
    let log = LogSupport.read(text, format: "nfdump")
    #expect(log.records.map(\.packets) == [packets ?? 1])
    #expect(log.problems.count(.numberMalformed) == (packets == nil ? 1 : 0))
    #expect(log.records.first?.marks.contains(.lowerBound) == isBound)
  }

  static let ways: [(flags: String, packets: Int, stated: TCPFlags)] = [
    (".AP.SF", 10, .ack), ("....S.", 5, .syn), ("....S.", 1, .syn),
    ("U.P..F", 1, [.urg, .psh, .fin]),
    (".A.R..", 4, [.ack, .rst]), (".A..S.", 1, [.syn, .ack]), (".A.RS.", 3, .ack),
    ("0x12", 1, [.syn, .ack]), ("......", 3, []),
  ]

  /// Both ends of a connection send SYN and ACK: neither is to be taken for one that tries ports.
  @Test(arguments: ways.indices)
  func flagsOfOneWay(_ index: Int) {
    let (flags, packets, stated) = FlowLogTests.ways[index]
    let text =
      "2009-03-03 06:00:00.000 0.0 TCP 192.0.2.1:1 -> 192.0.2.2:2 \(flags) 0 \(packets) 40 1"
    let log = LogSupport.read(text, format: "nfdump")
    #expect(log.records.map(\.tcpFlags) == [stated])
    #expect(log.records.map(\.packets) == [UInt32(packets)])
  }

  @Test func aWayBetweenTwoMachinesCountsOnce() {
    func entry(_ reporter: String) -> String {
      #"{"jsonPayload":{"connection":{"src_ip":"192.0.2.1","dest_ip":"192.0.2.2","protocol":17},"#
        + #""packets_sent":"3","src_instance":{"vm_name":"a"},"start_time":"2009-03-03T06:00:00Z","#
        + #""reporter":"\#(reporter)"}}"#
    }
    let both = [entry("SRC"), entry("DEST")].joined(separator: "\n")
    let log = LogSupport.read(both, format: "gcp-vpc-flow")
    #expect(log.records.map(\.record) == [1] && log.otherLines == 1)
    // Where no sender reports, what receivers report is all there is.
    let receivers = LogSupport.read(entry("DEST") + "\n" + entry("DEST"), format: "gcp-vpc-flow")
    #expect(receivers.records.map(\.packets) == [3, 3])
  }

  @Test func rowsOfAmazonNeedTheirColumns() {
    let row = "192.0.2.1 192.0.2.2 ACCEPT 1236060000 17"
    #expect(LogSupport.recognise(Array(row.utf8))?.format == nil)
    let log = LogSupport.read(
      "srcaddr dstaddr action start protocol\n" + row, format: "aws-vpc-flow")
    #expect(log.records.map(\.action) == [.allowed] && log.otherLines == 1)
    #expect(log.records.first?.marks == [.lowerBound])
  }
}

import Analysis
import Detection
import Diagnosis
import Observations
import Testing

/// What a firewall let through accuses nobody, though other lines of the same log tell of answers.
@Suite struct LetThroughTests {
  /// One connection with its answer, as Suricata logs it.
  private static let flow =
    "{\"timestamp\":\"2008-03-03T06:00:00.000000+0000\",\"flow_id\":1,\"event_type\":\"flow\","
    + "\"src_ip\":\"10.0.0.7\",\"src_port\":4000,\"dest_ip\":\"198.51.100.250\",\"dest_port\":443,"
    + "\"proto\":\"TCP\",\"flow\":{\"pkts_toserver\":5,\"pkts_toclient\":5,\"bytes_toserver\":500,"
    + "\"bytes_toclient\":500,\"start\":\"2008-03-03T06:00:00.000000+0000\"}}\n"

  /// A host that opens connections to 200 others within four minutes.
  private static func opened(_ line: (_ time: String, _ target: Int) -> String) -> String {
    (0..<200).map { i in
      let second = i % 60 < 10 ? "0\(i % 60)" : "\(i % 60)"
      return line("06:1\(i / 60):\(second)", i)
    }.joined()
  }

  private static func subjects(_ log: String) throws -> [String] {
    let bench = try Workbench()
    try bench.write("fw.log", Array(log.utf8))
    return try bench.analysis().incidents.map(\.subject.value)
  }

  @Test func besideFlowsOfAnotherSensor() throws {
    let log = LetThroughTests.opened { time, target in
      "Mar  3 \(time) gate kernel: ACCEPT IN=eth1 OUT=eth0 SRC=10.0.0.5 DST=198.51.100.\(target) LEN=60 "
        + "TTL=63 ID=7 PROTO=TCP SPT=\(4_000 + target) DPT=443 WINDOW=1024 RES=0x00 SYN URGP=0\n"
    }
    #expect(try LetThroughTests.subjects(log + LetThroughTests.flow).isEmpty)
  }

  @Test func inALogThatTellsOfSomeAnswers() throws {
    func line(_ time: String, _ target: Int, _ counts: String) -> String {
      "date=2008-03-03 time=\(time) devname=\"gate\" devid=\"FGT1\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" "
        + "srcip=10.0.0.5 srcport=\(4_000 + target) srcintf=\"lan\" dstip=198.51.100.\(target) dstport=443 "
        + "dstintf=\"wan1\" sessionid=\(target) proto=6 action=\"accept\"\(counts)\n"
    }
    let log = LetThroughTests.opened { time, target in
      line(time, target, target == 0 ? " sentpkt=5 rcvdpkt=5" : "")
    }
    #expect(try LetThroughTests.subjects(log).isEmpty)
  }
}

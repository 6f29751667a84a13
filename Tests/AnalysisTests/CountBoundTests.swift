import Analysis
import Detection
import Diagnosis
import Observations
import Testing

/// Counts as far as a log carries them: what a firewall leaves out makes them lower bounds, and only
/// those it leaves out of.
@Suite struct CountBoundTests {
  /// A scan of so many targets; `prefix` says who wrote the line.
  private static func scan(_ prefix: String, from source: String, repeats: Int = 0) -> String {
    (0..<120).map { i in
      "Mar  3 06:\(10 + i / 60):\(i % 60 < 10 ? "0" : "")\(i % 60) gate kernel: \(prefix)IN=eth0 OUT= "
        + "SRC=\(source) DST=203.0.113.\(i) LEN=40 TTL=50 ID=\(i) PROTO=TCP SPT=4000 DPT=445 "
        + "WINDOW=1024 RES=0x00 SYN URGP=0\n"
        + (repeats == 0
          ? ""
          : "Mar  3 06:\(10 + i / 60):\(i % 60 < 10 ? "0" : "")\(i % 60) gate "
            + "last message repeated \(repeats) times\n")
    }.joined()
  }

  private static func packets(_ log: String, of source: String) throws -> Bound {
    let bench = try Workbench()
    try bench.write("fw.log", Array(log.utf8))
    let analysis = try bench.analysis()
    let incident = try #require(analysis.incidents.first { $0.subject.value == source })
    return try #require(incident.activities.first).evidence.traffic.packets
  }

  @Test func linesOfARuleWithoutLimitAreExact() throws {
    let bound = try CountBoundTests.packets(
      CountBoundTests.scan("DROP ", from: "198.51.100.7"), of: "198.51.100.7")
    #expect(bound == Bound(low: 120, high: 120))
  }

  @Test func linesOfALimitedRuleAreLowerBounds() throws {
    let log =
      CountBoundTests.scan("[UFW BLOCK] ", from: "198.51.100.7")
      + CountBoundTests.scan("DROP ", from: "198.51.100.8")
    #expect(
      try CountBoundTests.packets(log, of: "198.51.100.7") == Bound(low: 120, high: .infinity))
    #expect(try CountBoundTests.packets(log, of: "198.51.100.8") == Bound(low: 120, high: 120))
  }

  @Test func repetitionsCount() throws {
    let bound = try CountBoundTests.packets(
      CountBoundTests.scan("DROP ", from: "198.51.100.7", repeats: 1_000), of: "198.51.100.7")
    #expect(bound == Bound(low: 120 + 120_000, high: 120 + 120_000))
  }
}

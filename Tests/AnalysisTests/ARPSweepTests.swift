import Analysis
import Detection
import Diagnosis
import Observations
import Testing

/// A search of one's own network by ARP: who answered is counted, and no port is spoken of.
@Suite struct ARPSweepTests {
  private static func frame(_ operation: UInt8, from sender: UInt8, to target: UInt8) -> [UInt8] {
    let hardware: [UInt8] = [2, 0, 0, 0, 0, sender]
    let other: [UInt8] = operation == 1 ? [0, 0, 0, 0, 0, 0] : [2, 0, 0, 0, 0, target]
    let destination = operation == 1 ? [UInt8](repeating: 255, count: 6) : other
    return destination + hardware + [8, 6, 0, 1, 8, 0, 6, 4, 0, operation] + hardware
      + [192, 168, 7, sender] + other + [192, 168, 7, target]
  }

  /// 192.168.7.9 asks for 100 addresses; of every ten, `answering` answer.
  private static func capture(answering: UInt8) -> [UInt8] {
    func little(_ value: Int) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var out: [UInt8] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0] + little(0) + little(0)
    out += little(65_535) + little(1)
    var time = 0
    func append(_ frame: [UInt8], after microseconds: Int) {
      time += microseconds
      out += little(1_200_000_000 + time / 1_000_000) + little(time % 1_000_000)
      out += little(frame.count) + little(frame.count) + frame
    }
    for host in UInt8(20)..<120 {
      append(frame(1, from: 9, to: host), after: 50_000)
      if host % 10 < answering { append(frame(2, from: host, to: 9), after: 500) }
    }
    return out
  }

  @Test(arguments: [UInt8(0), 1, 4])
  func thoseWhoAnsweredAreCounted(answering: UInt8) throws {
    let bench = try Workbench()
    let path = try bench.write("lan.pcap", ARPSweepTests.capture(answering: answering))
    let activity = try #require(
      try bench.analysis([path]).activities.first { $0.evidence.finding(.sweep) != nil })
    #expect(activity.number(.sweep, "targets") == 100)
    #expect(activity.number(.sweep, "unanswered") == Double(100 - 10 * Int(answering)))
    #expect(activity.number(.sweep, "answeredShare") == Double(answering) / 10)
    #expect(activity.number(.traffic, "answeredShare") == Double(answering) / 10)
    #expect(activity.number(.sweep, "port") == nil)
    #expect(!activity.diagnosis.sentence.contains("port"))
    let weighed = activity.diagnosis.hypotheses.flatMap { $0.supporting + $0.opposing }
    if answering > 0 {
      #expect(!weighed.contains { $0.because.hasPrefix("0 % of the targets answered") })
    }
  }
}

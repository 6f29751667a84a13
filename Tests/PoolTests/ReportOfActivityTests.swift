import Detection
import Observations
import Pool
import Testing

/// What a sensor reports of what it met.
@Suite struct ReportOfActivityTests {
  private let key = SensorKey()
  private let victim = Address(ipv4: 0xc000_0207)

  private func activity(
    _ shape: ActivityShape = .service(transport: .tcp, port: 445),
    direction: Direction = .inbound, hours: Int64 = 1, established: Int? = nil
  ) -> ActivityEvidence {
    let findings = established.map {
      [
        Finding(
          kind: .connectionStates, summary: "", values: ["established": .integer($0)], count: 1,
          evidence: [])
      ]
    }
    return ActivityEvidence(
      subject: .address(Address(ipv4: 0xc633_6401)), shape: shape, first: noon,
      last: Timestamp(seconds: noon.wholeSeconds + hours * 3_600),
      traffic: Traffic(
        transport: shape.transport, sourcePorts: [], sourcePortCount: 9,
        destinationPorts: [445...445], direction: direction, packets: Bound(low: 40, high: 50),
        bytes: nil, destinations: Bound(low: 7, high: 7), examples: [victim]),
      findings: findings ?? [],
      capabilities: [.replies: .available, .content: .missing(because: "", ask: "")], paths: [])
  }

  private func reports(_ activity: ActivityEvidence) -> [Report] {
    Report.of(
      activity, verdict: SensorVerdict(article: "horizontal-scan", posterior: 0.97),
      knowledge: "34 articles, 0123", pseudonym: key.pseudonym)
  }

  @Test func countsAndVerdictAreTold() throws {
    let report = try #require(reports(activity()).first)
    #expect(report.problem == nil)
    #expect(report.packets == CountRange(low: 40, high: 50) && report.targets == CountRange(7))
    #expect(report.ports == [445] && !report.morePorts)
    #expect(report.vantage.capabilities == [.replies])
    #expect(report.verdict?.posterior == 9_700)
    #expect(report.mayBeForged)
    #expect(try !#require(reports(activity(established: 2)).first).mayBeForged)
    #expect(try #require(reports(activity(established: 0)).first).mayBeForged)
  }

  /// No address of a target, in any byte.
  @Test func victimsAreNotNamed() throws {
    let signed = try key.sign(sequence: 1, reports: reports(activity()))
    let address: [UInt8] = [0xc0, 0x00, 0x02, 0x07]
    for place in 0...(signed.body.count - 4) {
      #expect(Array(signed.body[place..<place + 4]) != address)
    }
    #expect(try #require(reports(activity()).first).pseudonyms == [key.pseudonym(of: victim)])
  }

  @Test func ownHostsAreNotReported() {
    #expect(reports(activity(direction: .outbound)).isEmpty)
    #expect(reports(activity(direction: .internal)).isEmpty)
    #expect(reports(activity(.flood(transport: .tcp, port: 80))).isEmpty)
  }

  @Test func daysAreReportedOneByOne() {
    let found = reports(activity(hours: 50))
    #expect(found.count == 3)
    #expect(found.allSatisfy { $0.problem == nil && Day($0.first) == Day($0.last) })
    #expect(found.map(\.packets) == Array(repeating: CountRange(low: 0, high: 50), count: 3))
    #expect(found.first?.first == noon)
    #expect(reports(activity(hours: 24 * 40)).isEmpty)
  }
}

import Analysis
import Detection
import Diagnosis
import Foundation
import Observations
import Testing

/// Founding case 3 in full: who sends, what it keeps step with, what fails meanwhile, and what has been
/// seen elsewhere.
@Suite struct CadlockCaseTests {
  private func evidence(_ seed: UInt64) throws -> (Analysis, [String: Any]) {
    let bench = try Workbench()
    try bench.make("cadlock770", seed: seed)
    return (try bench.analysis(), try Workbench.truth("cadlock770", seed: seed))
  }

  private func activity(_ analysis: Analysis) throws -> Activity {
    try #require(
      analysis.activities.first {
        $0.evidence.shape == .misreadHeader(sourcePort: 770)
          && $0.evidence.paths.contains { $0.hasSuffix(".pcap") }
      })
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func theHardwareIsTheSubjectAndTheAddressesItsVictims(seed: UInt64) throws {
    let (analysis, truth) = try evidence(seed)
    let activity = try activity(analysis)
    #expect(activity.evidence.subject.kind == "mac")
    #expect(activity.evidence.subject.value == truth["proxyMAC"] as? String)
    #expect(activity.evidence.traffic.packets.low == (truth["suspectPackets"] as? Double))
    let forged = try #require(activity.evidence.finding(.forgedSource))
    #expect(forged.values["impossible"]?.numeric == truth["impossibleSources"] as? Double)
    #expect((forged.values["owned"]?.numeric ?? 0) >= 3)
    #expect(forged.values["ownAddress"] == .text(truth["proxy"] as? String ?? ""))
    // No station whose address was used has an incident of its own.
    #expect(analysis.incidents.filter { $0.subject.value.hasPrefix("172.22.") }.isEmpty)
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func theBurstsGrammarIsStated(seed: UInt64) throws {
    let (analysis, truth) = try evidence(seed)
    let evidence = try activity(analysis).evidence
    let grammar = try #require(evidence.finding(.burstGrammar))
    #expect(grammar.values["burstSize"]?.numeric == truth["burstLength"] as? Double)
    #expect(grammar.values["portOrder"] == .text("ascending"))
    #expect(grammar.values["sourcePort"] == .integer(770))
    #expect((grammar.values["runShare"]?.numeric ?? 0) > 0.9)
    let broadcast = try #require(evidence.finding(.directedBroadcast))
    #expect(broadcast.values["address"] == .text(truth["broadcast"] as? String ?? ""))
    #expect(broadcast.values["share"] == .number(1))
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func itKeepsStepWithTheProxy(seed: UInt64) throws {
    let (analysis, truth) = try evidence(seed)
    let finding = try #require(try activity(analysis).evidence.finding(.startsAndStops))
    #expect(finding.values["host"] == .text(truth["proxy"] as? String ?? ""))
    #expect(finding.values["joins"] == .integer(3))
    #expect(finding.values["joinsFollowed"] == .integer(3))
    #expect((finding.values["pValue"]?.numeric ?? 1) < 1e-3)
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func theShareFailsMeanwhileAndItsHostAnswersPings(seed: UInt64) throws {
    let (analysis, truth) = try evidence(seed)
    let finding = try #require(try activity(analysis).evidence.finding(.symptomAlignment))
    let share = truth["smb"] as? [String: Any]
    #expect(finding.values["server"] == .text(share?["server"] as? String ?? ""))
    #expect((finding.values["pValue"]?.numeric ?? 1) < 1e-6)
    #expect((finding.values["insideShare"]?.numeric ?? 1) < 0.3)
    #expect((finding.values["outsideShare"]?.numeric ?? 0) > 0.6)
    #expect((finding.values["pingInsideShare"]?.numeric ?? 0) > 0.95)
  }

  @Test func replicationCouldNotBeSeen() throws {
    let activity = try activity(evidence(1).0)
    guard case .missing(let because, _)? = activity.evidence.capabilities[.replication] else {
      Issue.record("replication is said to have been visible")
      return
    }
    #expect(because.contains("this vantage could not show replication"))
  }

  /// Two clocks, veiled addresses, ports the other way: the pattern alone.
  @Test(arguments: [UInt64(1), 2, 3])
  func theVeiledLogIsAlike(seed: UInt64) throws {
    let bench = try Workbench()
    try bench.make("cadlock770", seed: seed)
    let options = AnalysisOptions(now: Workbench.now)
    func pattern(_ file: String) throws -> Pattern {
      let path = bench.folder.appending(path: file).path
      let all = try activities(paths: [path], options: options)
      let misread = all.first { $0.activity.shape == .misreadHeader(sourcePort: 770) }
      let activity = try #require(misread?.activity)
      return Pattern(of: activity.trace, transport: activity.shape.transport)
    }
    let likeness = Likeness(try pattern("lan.pcap"), try pattern("veiled.alert"))
    #expect(try pattern("lan.pcap").portDirection == .up)
    #expect(try pattern("veiled.alert").portDirection == .down)
    #expect((likeness.total ?? 0) >= 0.75)
    #expect(likeness.features.count >= 4)
  }

  @Test func theVeiledLogRaisesTheQuestionAndSettlesNothing() throws {
    let bench = try Workbench()
    try bench.make("cadlock770", seed: 1, without: ["lan.pcap"])
    let analysis = try bench.analysis()
    let activity = try #require(analysis.activities.first)
    #expect(activity.diagnosis.verdict == nil)
    #expect(activity.severity <= .low)
    #expect(activity.evidence.finding(.icmpErrorAsUDP)?.values["verified"] == .integer(0))
    #expect(activity.diagnosis.settledBy.contains { $0.contains("whole packets") })
    // Nowhere is a digit of a veiled address printed as if it were one.
    #expect(activity.evidence.traffic.examples.isEmpty)
  }
}

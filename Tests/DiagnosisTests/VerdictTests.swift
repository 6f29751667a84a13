import Detection
import Diagnosis
import Knowledge
import Observations
import Testing

private func verdict(_ evidence: ActivityEvidence) throws -> Diagnosis {
  diagnose(evidence, using: try KnowledgeBase.load())
}

@Test func fullEvidenceProvesTheReverseLookup() throws {
  let d = try verdict(
    Hand.sbs(
      [Hand.visitors(0.97), Hand.failedReverse(0.95), Hand.choice("uniform")], can: Hand.wan))
  #expect(d.verdict == "reverse-name-lookup")
  #expect(d.posterior >= 0.9 && d.lead >= 10)
  #expect(d.hypotheses.contains { $0.article == "visitor-harvesting-worm" })
  #expect(d.hypotheses.contains { $0.article == "unexplained" })
  #expect(d.open.contains { $0.contains("visitor-harvesting-worm") && $0.contains("innocence") })
  #expect(d.open.contains { $0.contains("Not excluded: visitor-harvesting-worm") })
  #expect(d.open.contains { $0.hasPrefix("Onset unexplained") })
  #expect(d.sentence.contains("not shown") && d.sentence.contains("97 %"))
  #expect(!d.settledBy.contains { $0.contains("scrsvr.exe") })
  let unseen = d.hypotheses[0].unseen.first { $0.indicator == "answers-followed-up" }
  #expect(unseen?.because == "no follow-up here")
}

@Test func steppedVisitorsExplainTheOnset() throws {
  let d = try verdict(Hand.sbs([Hand.visitors(0.97, stepped: true)], can: Hand.wan))
  #expect(d.verdict == "reverse-name-lookup")
  #expect(!d.open.contains { $0.hasPrefix("Onset unexplained") })
}

@Test func withoutVisitorsAndDNSNothingIsClaimedAndTheLogIsAskedFor() throws {
  let d = try verdict(
    Hand.sbs([Hand.choice("uniform")], can: [.content, .targetChoice, .rate]))
  #expect(d.verdict == nil)
  #expect(d.settledBy.first == "ask:visitors")
  #expect(d.sentence.hasPrefix("Unexplained"))
  #expect(Set(d.settledBy).count == d.settledBy.count)
}

@Test func aLogOfRefusalsAndTheVisitorsLogCarryIt() throws {
  var lookups = Hand.lookups
  lookups.values["nodeStatusShare"] = nil
  let d = try verdict(
    Hand.evidence(
      [Hand.traffic(), lookups, Hand.visitors(0.97), Hand.sweep(20, of: 300)],
      can: [.visitors, .targetChoice, .rate]))
  #expect(d.verdict == "reverse-name-lookup")
  #expect(d.open.contains { $0.contains("Not excluded: visitor-harvesting-worm") })
  #expect(d.settledBy.contains("ask:dns"))
}

/// One group of any article, however strongly it speaks, must not decide: the visitors' log by
/// itself.
@Test func visitorsAloneDoNotDecide() throws {
  let bare = Hand.finding(.nameLookups, ["targets": .integer(300), "lookups": .integer(300)])
  let d = try verdict(
    Hand.evidence([Hand.traffic(), bare, Hand.visitors(0.97)], can: [.visitors]))
  #expect(d.verdict == nil)
  #expect(d.hypotheses.first?.article == "reverse-name-lookup")
}

@Test func failedReverseQueriesAloneCarryIt() throws {
  let d = try verdict(
    Hand.sbs([Hand.failedReverse(0.95)], can: [.content, .dns, .targetChoice, .rate]))
  #expect(d.verdict == "reverse-name-lookup")
}

@Test(arguments: [0.0, 0.02], ["localPreference", "uniform", "undetermined"])
func opaservIsNotTakenForALookup(share: Double, model: String) throws {
  for sourcePort in [137, 1_025, -1] {
    var lookups = Hand.lookups
    lookups.values["sourcePort"] = .integer(sourcePort)
    let d = try verdict(
      Hand.evidence(
        [
          Hand.traffic(), lookups, Hand.visitors(share), Hand.choice(model), Hand.followUp(0.9),
          Hand.sweep(290, of: 300),
        ], can: Set(Capability.allCases)))
    #expect(d.verdict == "opaserv-share-worm")
    #expect(d.lead >= 10)
  }
}

@Test(arguments: [
  (10, 0, 0, 4, "icmp-error-sent-as-udp" as String?), (3, 0, 0, 2, "icmp-error-sent-as-udp"),
  (2, 0, 0, 2, nil), (10, 0, 0, 1, nil), (0, 10, 0, 0, nil), (5, 5, 0, 4, nil), (0, 0, 10, 0, nil),
])
func misreadHeaders(
  verified: Int, refuted: Int, untestable: Int, quotes: Int, expected: String?
) throws {
  let d = try verdict(
    Hand.evidence(
      [
        Hand.traffic("udp", -1, ["sourcePort": .integer(770)]),
        Hand.icmp(
          verified: verified, refuted: refuted, untestable: untestable, quotes: quotes),
      ], can: untestable > 0 ? [] : [.wholePackets, .content], port: 5_000,
      shape: .misreadHeader(sourcePort: 770)))
  #expect(d.verdict == expected)
  #expect(d.settledBy.contains("ask:whole-packets") == (untestable > 0))
  if expected == nil { #expect(!d.hypotheses.contains { $0.article == "icmp-error-sent-as-udp" }) }
}

@Test func validUDPFromPort770IsNeverAMisreadHeader() throws {
  let d = try verdict(
    Hand.evidence(
      [Hand.traffic("udp", -1, ["sourcePort": .integer(770)]), Hand.ports(40, 5_000, 5_039)],
      can: [.wholePackets, .content]))
  #expect(d.verdict != "icmp-error-sent-as-udp")
}

@Test func portRangeOfARefusalsOnlyLogIsAVerticalScan() throws {
  let d = try verdict(
    Hand.evidence(
      [Hand.traffic("tcp", -1), Hand.ports(501, 1_000, 1_500)], can: [], transport: .tcp,
      shape: .manyPorts(transport: .tcp)))
  #expect(d.verdict == "vertical-scan")
  #expect(d.sentence.contains("1000 and 1500"))
}

@Test(arguments: [(24, nil as String?), (25, "horizontal-scan"), (300, "horizontal-scan")])
func refusedSweepOverTCP(targets: Int, expected: String?) throws {
  let d = try verdict(
    Hand.evidence(
      [Hand.traffic("tcp", 445), Hand.sweep(targets, of: targets, port: 445)], can: [],
      transport: .tcp, port: 445))
  #expect(d.verdict == expected)
}

@Test func nameLookupSweepsAreNoScanWithoutTheVisitorsView() throws {
  for lookups in [[Hand.lookups], []] {
    let d = try verdict(
      Hand.evidence([Hand.traffic(), Hand.sweep(300, of: 300)] + lookups, can: [.rate]))
    #expect(d.verdict == nil)
    #expect(d.settledBy.first == "ask:visitors")
  }
}

@Test func inboundNameSweepOfStrangersIsAScan() throws {
  let d = try verdict(
    Hand.evidence(
      [
        Hand.traffic("udp", 137, ["direction": .text("inbound")]), Hand.visitors(0),
        Hand.sweep(254, of: 254), Hand.choice("sequential"),
      ], can: [.visitors, .targetChoice]))
  #expect(d.verdict == "horizontal-scan")
}

@Test func backscatterNeedsToKnowThatNobodyAsked() throws {
  let known = Hand.traffic("tcp", -1, ["solicitedShare": .number(0)])
  let seen = try verdict(
    Hand.evidence([known, Hand.backscatter(50)], can: [.visitors], transport: .tcp))
  #expect(seen.verdict == "backscatter")
  let blind = try verdict(
    Hand.evidence([Hand.traffic("tcp", -1), Hand.backscatter(50)], can: [], transport: .tcp))
  #expect(blind.verdict == nil)
  #expect(blind.settledBy.contains("ask:visitors"))
}

@Test func answeredAndResolvedTrafficIsOrdinary() throws {
  let shares: [String: FindingValue] = [
    "answeredShare": .number(0.98), "resolvedShare": .number(0.95), "solicitedShare": .number(0),
  ]
  let d = try verdict(
    Hand.evidence(
      [Hand.traffic("tcp", 443, shares)], can: [.replies, .dns, .visitors], transport: .tcp,
      port: 443))
  #expect(d.verdict == "ordinary-traffic")
}

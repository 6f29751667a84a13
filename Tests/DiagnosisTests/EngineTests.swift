import Detection
import Diagnosis
import Knowledge
import Observations
import Testing

/// Every finding the hand-built cases use, in both senses.
private let pool: [Finding] = [
  Hand.lookups, Hand.visitors(0.97), Hand.visitors(0), Hand.failedReverse(0.95),
  Hand.failedReverse(0), Hand.choice("uniform"), Hand.choice("localPreference"),
  Hand.followUp(0.9), Hand.followUp(0), Hand.sweep(300, of: 300), Hand.sweep(10, of: 300),
  Hand.ports(501, 1_000, 1_500), Hand.icmp(verified: 9, refuted: 0, untestable: 0, quotes: 4),
  Hand.backscatter(50), Hand.step,
  Hand.traffic("tcp", 80, ["answeredShare": .number(1), "resolvedShare": .number(1)]),
  Hand.traffic("udp", 137, ["solicitedShare": .number(0)]),
  Hand.traffic("tcp", 443, ["resolvedShare": .number(1), "solicitedShare": .number(1)]),
]

/// 400 mixtures of findings and capabilities, from a fixed generator.
private func mixtures() -> [ActivityEvidence] {
  var state: UInt64 = 42
  func next() -> UInt64 {
    state = state &+ 0x9e37_79b9_7f4a_7c15
    return Mixing.mix(state)
  }
  return (0..<400).map { _ in
    var findings: [FindingKind: Finding] = [:]
    for finding in pool where next() % 3 == 0 { findings[finding.kind] = finding }
    let can = Set(Capability.allCases.filter { _ in next() % 2 == 0 })
    return Hand.evidence(findings.values.sorted { $0.kind < $1.kind }, can: can)
  }
}

@Test func invariantsHoldForAnyMixture() throws {
  let base = try KnowledgeBase.load()
  let reversed = KnowledgeBase(articles: base.articles.reversed(), version: base.version)
  var verdicts: Set<String> = []
  for evidence in mixtures() {
    let d = diagnose(evidence, using: base)
    #expect(abs(d.hypotheses.reduce(0) { $0 + $1.posterior } - 1) < 1e-9)
    #expect(d.hypotheses.contains { $0.article == "unexplained" })
    #expect(zip(d.hypotheses, d.hypotheses.dropFirst()).allSatisfy { $0.posterior >= $1.posterior })
    #expect(
      (d.verdict != nil)
        == (d.posterior >= 0.9 && d.lead >= 10 && d.hypotheses[0].article != "unexplained"))
    for hypothesis in d.hypotheses {
      let items = hypothesis.supporting + hypothesis.opposing
      #expect(items.allSatisfy { abs($0.decibans) <= 10 && !$0.because.contains("{") })
      guard let article = base.article(hypothesis.article) else { continue }
      for (_, group) in Dictionary(grouping: article.indicators, by: \.group) {
        let ids = Set(group.map(\.id))
        let sum = items.filter { ids.contains($0.indicator) }.reduce(0) { $0 + $1.decibans }
        #expect(abs(sum) <= Weighing.groupCap + 1e-9)
      }
      if hypothesis.article == d.verdict {
        let groups = Set(
          hypothesis.supporting.compactMap { item in
            article.indicators.first { $0.id == item.indicator }?.group
          })
        #expect(groups.count >= 2)
      }
    }
    var shuffled = evidence
    shuffled.findings.reverse()
    #expect(diagnose(shuffled, using: reversed) == d)
    if let verdict = d.verdict { verdicts.insert(verdict) }
  }
  #expect(verdicts.count >= 4)
}

@Test(arguments: [0, 53, 80, 135, 137, 139, 445, 770, 1_434, 4_000, 65_535])
func aPortNumberAloneNeverDecides(port: Int) throws {
  for transport in ["tcp", "udp"] {
    let d = diagnose(
      Hand.evidence([Hand.traffic(transport, port)], can: Set(Capability.allCases)),
      using: try KnowledgeBase.load())
    #expect(d.verdict == nil)
  }
}

@Test func swappingTheSignsFlipsTheAnswer() throws {
  let base = try KnowledgeBase.load()
  func odds(_ findings: [Finding]) -> Double {
    let d = diagnose(Hand.sbs(findings, can: Set(Capability.allCases)), using: base)
    func posterior(_ id: String) -> Double {
      d.hypotheses.first { $0.article == id }?.posterior ?? 0
    }
    return posterior("reverse-name-lookup") - posterior("opaserv-share-worm")
  }
  #expect(odds([Hand.visitors(0.97), Hand.failedReverse(0.95), Hand.followUp(0)]) > 0.8)
  #expect(odds([Hand.visitors(0), Hand.failedReverse(0), Hand.followUp(0.9)]) < -0.8)
}

@Test func moreSupportNeverLowersTheLeader() throws {
  let base = try KnowledgeBase.load()
  func posterior(_ findings: [Finding]) -> Double {
    let d = diagnose(Hand.sbs(findings, can: Hand.wan), using: base)
    return d.hypotheses.first { $0.article == "reverse-name-lookup" }?.posterior ?? 0
  }
  let none = posterior([])
  let one = posterior([Hand.failedReverse(0.95)])
  #expect(none < one && one < posterior([Hand.failedReverse(0.95), Hand.visitors(0.97)]))
}

@Test func aGroupIsCappedTogether() throws {
  let d = diagnose(
    Hand.evidence(
      [Hand.traffic("tcp", 443, ["resolvedShare": .number(1), "solicitedShare": .number(1)])],
      can: [.dns, .visitors], transport: .tcp, port: 443),
    using: try KnowledgeBase.load())
  let ordinary = d.hypotheses.first { $0.article == "ordinary-traffic" }
  #expect(ordinary?.supporting.map(\.decibans) == [6, 6])
  #expect(d.verdict == nil)
}

@Test func softmaxIsAProbability() {
  let p = softmax([10, 0])
  #expect(abs(p[0] - 10.0 / 11) < 1e-12 && abs(p[1] - 1.0 / 11) < 1e-12)
  #expect(abs(softmax([3, 3, 3])[1] - 1.0 / 3) < 1e-12)
  #expect(softmax([5_000, -5_000]) == [1, 0])
}

@Test func theRateStepMovesNobody() throws {
  let d = diagnose(Hand.sbs([], can: Hand.wan), using: try KnowledgeBase.load())
  #expect(d.notDiagnostic.contains("made rate-step"))
  #expect(!d.notDiagnostic.contains("made name-lookups"))
}

@Test func twoOdditiesAreTwoDiagnoses() throws {
  let base = try KnowledgeBase.load()
  let lookups = Hand.sbs([Hand.visitors(0.97), Hand.failedReverse(0.95)], can: Hand.wan)
  let ports = Hand.evidence(
    [Hand.traffic("tcp", -1), Hand.ports(501, 1_000, 1_500)], can: [], transport: .tcp,
    shape: .manyPorts(transport: .tcp))
  let other = Hand.evidence([Hand.traffic()], can: [], subject: 0x0a00_0001)
  let digest: @Sendable (String) -> String = { text in
    String(text.utf8.reduce(UInt64(7)) { Mixing.mix($0 ^ UInt64($1)) } | 1 << 63, radix: 16)
  }
  let found = incidents(from: [other, lookups, ports], using: base, digest: digest)
  #expect(found.map(\.severity) == [.medium, .low])
  #expect(
    found[0].activities.map(\.diagnosis.verdict) == ["reverse-name-lookup", "vertical-scan"])
  #expect(found[0].activities.map(\.severity) == [.info, .medium])
  #expect(found[0].id.count == 16 && found[0].activities[1].id == found[0].id + "-2")
  #expect(incidents(from: [ports, other, lookups], using: base, digest: digest) == found)
  var moved = lookups
  moved.paths = ["/elsewhere/wan.pcap"]
  #expect(
    incidents(from: [moved, ports, other], using: base, digest: digest).map(\.id)
      == found.map(\.id))
}

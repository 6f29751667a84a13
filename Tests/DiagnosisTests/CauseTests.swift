import Detection
import Diagnosis
import Knowledge
import Observations
import Testing

private let slammer = Hand.shape([
  "payloadLength": .integer(376), "payloadLengthShare": .number(1),
  "payloadKey": .integer(0x0401_0101), "payloadKeyShare": .number(1),
])
private let telnet = Hand.shape([
  "sequenceIsDestinationShare": .number(1), "windows": .integer(200),
])
private let routed = Hand.shape(["timeToLive": .integer(127), "timeToLiveShare": .number(1)])
private let fast: [String: FindingValue] = ["perHour": .number(90_000), "targets": .integer(4_000)]
private let within: [String: FindingValue] = ["direction": .text("internal")]
private func sweep(_ port: Int) -> [Finding] { [Hand.sweep(290, of: 300, port: port)] }
private let near = Hand.finding(
  .targetChoice,
  [
    "targets": .integer(300), "model": .text("localPreference"), "same24Share": .number(1),
    "same16Share": .number(1), "sequentialShare": .number(0.3),
  ])
private let rising: [String: FindingValue] = ["timeToLiveRises": .flag(true)]

/// Each article's own case, in order of article.
private let firstPositive: [CauseCase] = [
  CauseCase(
    "arp-poisoning", .arp, -1,
    [
      Hand.claims([
        "poisoning": .flag(true), "addresses": .integer(12), "gratuitous": .integer(40),
        "claimants": .integer(2), "alternations": .integer(9),
      ])
    ], shape: .addressClaims),
  CauseCase(
    "blaster-worm", .tcp, 135,
    sweep(135) + [Hand.companion(4_444, common: 9), Hand.choice("sequential")]),
  CauseCase(
    "bugbear-worm", .tcp, 139, sweep(139) + [Hand.answers(from: 36_794), near],
    traffic: within),
  CauseCase(
    "bymer-worm", .tcp, 139, sweep(139) + [Hand.choice("uniform"), Hand.propagation(became: 4)],
    can: CauseCase.watched),
  CauseCase(
    "bymer-worm", .tcp, 139, sweep(139) + [Hand.choice("uniform"), Hand.conversation(2_064)]),
  CauseCase(
    "dns-wins-reverse", .udp, 137,
    [Hand.lookups(from: 53), Hand.share(.askedByClients, "preceded", 0.95)],
    can: [.content, .clientQueries, .replies]),
  CauseCase(
    "duplicate-address", .arp, -1,
    [
      Hand.claims([
        "claimants": .integer(2), "conflict": .flag(true), "alternations": .integer(8),
        "overlapSeconds": .number(300),
      ])
    ], shape: .addressClaims),
  CauseCase(
    "isa-securenat-client", .udp, 137,
    [Hand.lookups(from: 30_000), Hand.forged("00:50:56:00:00:01"), routed]),
  CauseCase(
    "isa-securenat-client", .udp, 137,
    [Hand.lookups(from: 30_000), Hand.passedOn("outside"), routed]),
  CauseCase("mirai-worm", .tcp, 23, sweep(23) + [telnet, Hand.choice("uniform")]),
  CauseCase(
    "name-broadcast-storm", .udp, 137,
    [Hand.storm(perMinute: 900, names: 1, packets: 20_000, answered: 0)],
    shape: .broadcasts(transport: .udp, port: 137)),
  CauseCase(
    "nat-gateway", .udp, 137, sweep(137) + [Hand.hosts(2, 3, 4, classes: 2)],
    traffic: ["direction": .text("inbound")], can: [.rate]),
  CauseCase(
    "observer-effect", .udp, 137,
    [
      Hand.lookups, Hand.share(.bystanders, "seen", 0.95), Hand.failedReverse(0.95),
      Hand.visitors(0),
      Hand.note("software-installed", "began", "started the sniffer"),
    ], can: CauseCase.usual.union([.bystanders, .notes, .visitors])),
  CauseCase(
    "p2p-client", .udp, -1, [Hand.peers(400, ports: 390, answered: 0.3, opened: 0.4)],
    shape: .peers(transport: .udp, sourcePort: 6_881)),
  CauseCase(
    "qaz-worm", .tcp, 139, sweep(139) + [Hand.answers(from: 7_597), near],
    traffic: within),
  CauseCase(
    "reinfection-by-neighbour", .udp, 137,
    sweep(137) + [
      Hand.propagation(became: 0, predecessors: 2, episodes: 3, after: 3),
      Hand.note("cleaned", "stopped", "cleaned it"),
    ], can: [.replication, .notes, .rate]),
  CauseCase(
    "second-way-in", .tcp, 445,
    sweep(445) + [
      Hand.forged("00:50:56:00:00:02"), near,
      Hand.shape(["timeToLive": .integer(125), "timeToLiveShare": .number(1)]),
      Hand.note("service-stopped", "stopped", "stopped the VPN service"),
    ], traffic: within, can: CauseCase.usual.union([.notes])),
  CauseCase(
    "second-way-in", .tcp, 445,
    sweep(445) + [
      Hand.secondRouter(),
      Hand.shape(["timeToLive": .integer(126), "timeToLiveShare": .number(1)]),
    ], traffic: within),
  CauseCase(
    "slammer-worm", .udp, 1_434, sweep(1_434) + [slammer, Hand.choice("uniform")],
    traffic: fast),
  CauseCase(
    "spoofed-flood", .tcp, 80, [Hand.flood(unroutable: 0.2, oneTTL: 1, single: 1, goneOn: 0)],
    shape: .flood(transport: .tcp, port: 80)),
  CauseCase(
    "traceroute", .udp, -1,
    [Hand.exceeded(9), Hand.shape(rising), Hand.ports(30, 33_434, 33_463)],
    traffic: ["targets": .integer(1)], shape: .manyPorts(transport: .udp)),
  CauseCase(
    "unknown-worm", .tcp, 5_000,
    sweep(5_000) + [Hand.choice("uniform"), Hand.propagation(became: 9)],
    can: CauseCase.watched),
]

/// Evidence that outwardly comes close, and must not be given that article's name.
private let firstNearMisses: [CauseCase] = [
  CauseCase(
    "arp-poisoning", .arp, -1, [Hand.claims(["linkUp": .flag(true)])], shape: .addressClaims),
  CauseCase(
    "blaster-worm", .tcp, 135,
    [
      Hand.finding(
        .sweep,
        [
          "port": .integer(135), "targets": .integer(40), "unanswered": .integer(0),
          "unexpected": .integer(0), "answeredShare": .number(1), "perHour": .number(40),
        ])
    ], traffic: ["answeredShare": .number(1)]),
  CauseCase(
    "bugbear-worm", .tcp, 139, sweep(139) + [Hand.answers(from: 5_353), near],
    traffic: within),
  CauseCase(
    "bymer-worm", .tcp, 139, sweep(139) + [Hand.choice("uniform"), Hand.propagation(became: 0)],
    can: CauseCase.watched),
  CauseCase(
    "bymer-worm", .tcp, 139, sweep(139) + [Hand.choice("uniform"), Hand.conversation(6_667)]),
  CauseCase(
    "dns-wins-reverse", .udp, 137,
    [Hand.lookups(from: 137), Hand.share(.askedByClients, "preceded", 0.95)],
    can: [.content, .clientQueries, .replies]),
  CauseCase(
    "duplicate-address", .arp, -1,
    [Hand.claims(["claimants": .integer(2), "alternations": .integer(1)])], shape: .addressClaims),
  CauseCase(
    "isa-securenat-client", .udp, 137,
    [
      Hand.lookups,
      Hand.shape(["timeToLive": .integer(128), "timeToLiveShare": .number(1)]),
    ]),
  CauseCase(
    "isa-securenat-client", .udp, 137, [Hand.lookups, Hand.passedOn("inside")]),
  CauseCase(
    "mirai-worm", .tcp, 23,
    sweep(23) + [
      Hand.shape(["sequenceIsDestinationShare": .number(0), "windows": .integer(1)]),
      Hand.choice("uniform"),
    ]),
  CauseCase(
    "name-broadcast-storm", .udp, 137,
    [Hand.storm(perMinute: 40, names: 60, packets: 240, answered: 0.1)],
    shape: .broadcasts(transport: .udp, port: 137)),
  CauseCase(
    "nat-gateway", .udp, 137, sweep(137) + [Hand.hosts(1, 1, 1, classes: 1)], can: [.rate]),
  CauseCase(
    "observer-effect", .udp, 137,
    [
      Hand.lookups, Hand.share(.bystanders, "seen", 0.02), Hand.failedReverse(0.95),
      Hand.visitors(0.97),
    ], can: CauseCase.usual.union([.bystanders, .visitors])),
  CauseCase(
    "p2p-client", .udp, -1, [Hand.peers(400, ports: 1, answered: 0.01, opened: 0)],
    shape: .peers(transport: .udp, sourcePort: 6_881)),
  CauseCase("qaz-worm", .tcp, 443, [Hand.answers(from: 7_597)]),
  CauseCase(
    "reinfection-by-neighbour", .udp, 137,
    sweep(137) + [Hand.propagation(became: 0, predecessors: 1, episodes: 4, after: 1)],
    can: [.replication, .rate]),
  CauseCase(
    "second-way-in", .tcp, 445,
    sweep(445) + [
      near, Hand.shape(["timeToLive": .integer(128), "timeToLiveShare": .number(1)]),
    ], traffic: within),
  CauseCase(
    "second-way-in", .tcp, 445,
    sweep(445) + [
      Hand.secondRouter(40), near,
      Hand.shape(["timeToLive": .integer(126), "timeToLiveShare": .number(1)]),
    ], traffic: within),
  CauseCase(
    "slammer-worm", .udp, 1_434,
    sweep(1_434) + [
      Hand.shape([
        "payloadLength": .integer(1), "payloadLengthShare": .number(1),
        "payloadKey": .integer(0x0200_0000),
      ]), near,
    ], traffic: within),
  CauseCase(
    "spoofed-flood", .tcp, 80,
    [Hand.flood(unroutable: 0, oneTTL: 0.2, single: 0.1, goneOn: 0.95)],
    shape: .flood(transport: .tcp, port: 80)),
  CauseCase(
    "traceroute", .udp, -1,
    [
      Hand.exceeded(2), Hand.shape(["timeToLiveRises": .flag(false)]),
      Hand.ports(200, 33_000, 33_199),
    ], traffic: ["targets": .integer(1)], shape: .manyPorts(transport: .udp)),
  CauseCase(
    "unknown-worm", .tcp, 5_000, sweep(5_000) + [Hand.propagation(became: 0)],
    can: CauseCase.watched),
]

private let positive = firstPositive + WormCases.positive + EverydayCases.positive
private let nearMisses = firstNearMisses + WormCases.nearMisses + EverydayCases.nearMisses

@Test(arguments: positive)
func theArticlesOwnCaseIsNamed(one: CauseCase) throws {
  let d = diagnose(one.evidence, using: try KnowledgeBase.load())
  #expect(
    d.verdict == one.name,
    "\(d.hypotheses.prefix(4).map { "\($0.article) \($0.posterior)" }), lead \(d.lead)")
  #expect(!d.sentence.contains("{") && d.sentence != one.name)
}

@Test(arguments: nearMisses)
func theNearMissIsNot(one: CauseCase) throws {
  let d = diagnose(one.evidence, using: try KnowledgeBase.load())
  #expect(d.verdict != one.name)
}

@Test func everyNewArticleHasBothCases() throws {
  let first: Set<String> = [
    "backscatter", "horizontal-scan", "icmp-error-sent-as-udp", "opaserv-share-worm",
    "ordinary-traffic", "reverse-name-lookup", "vertical-scan", "visitor-harvesting-worm",
  ]
  let ids = Set(try KnowledgeBase.load().articles.filter { $0.answers == .cause }.map(\.id))
    .subtracting(first)
  #expect(Set(positive.map(\.name)) == ids)
  #expect(Set(nearMisses.map(\.name)) == ids)
}

@Test func nearMissesKeepTheirOwnNames() throws {
  let base = try KnowledgeBase.load()
  let expected = [
    "mirai-worm": "horizontal-scan", "traceroute": "vertical-scan",
    "second-way-in": "horizontal-scan", "observer-effect": "reverse-name-lookup",
    "bymer-worm": "horizontal-scan", "unknown-worm": "horizontal-scan",
  ]
  for one in nearMisses {
    guard let name = expected[one.name] else { continue }
    #expect(diagnose(one.evidence, using: base).verdict == name, "\(one.name)")
  }
}

/// The note turns the weight of the hypothesis, and the reason quotes the note.
@Test(arguments: [("unchanged", -10.0), ("stopped", 10.0)])
func pulledCablesTurnTheGateway(effect: String, weight: Double) throws {
  let base = try KnowledgeBase.load()
  let note = Hand.note("lan-disconnected", effect, "LAN cables pulled")
  let d = diagnose(
    Hand.sbs(
      [Hand.visitors(0.97), Hand.failedReverse(0.95), note], can: Hand.wan.union([.notes])),
    using: base)
  let gateway = try #require(d.hypotheses.first { $0.article == "nat-gateway" })
  let item = try #require(
    (gateway.supporting + gateway.opposing).first { $0.indicator == "lan-disconnected" })
  #expect(item.decibans == weight && item.because.contains("\"LAN cables pulled\""))
  if effect == "unchanged" { #expect(d.verdict == "reverse-name-lookup") }

  let without = diagnose(
    Hand.sbs([Hand.visitors(0.97), Hand.failedReverse(0.95)], can: Hand.wan), using: base)
  let unnoted = without.hypotheses.first { $0.article == "nat-gateway" }
  #expect(unnoted?.unseen.contains { $0.indicator == "lan-disconnected" } == true)
}

@Test func aWormThatCouldNotBeSeenToSpreadStaysWeak() throws {
  let burst = Hand.finding(
    .burstGrammar,
    [
      "bursts": .integer(400), "burstSize": .number(5), "gapSeconds": .number(20),
      "runs": .integer(400), "runShare": .number(1), "portStep": .integer(1),
      "portOrder": .text("ascending"), "sourcePort": .integer(770), "sampled": .integer(256),
    ])
  let joining = Hand.finding(
    .startsAndStops,
    [
      "joins": .integer(3), "joinsFollowed": .integer(3), "leaves": .integer(3),
      "leavesFollowed": .integer(3), "pValue": .number(1e-6), "host": .text("10.0.0.31"),
    ])
  let findings = [
    Hand.traffic("udp", -1), burst, joining, Hand.forged("00:50:56:00:00:03", impossible: 30),
  ]
  let can: Set<Capability> = [.content, .wholePackets, .hardware]
  let base = try KnowledgeBase.load()
  for proven in [true, false] {
    let icmp = Hand.icmp(
      verified: proven ? 40 : 0, refuted: proven ? 0 : 40, untestable: 0, quotes: 9)
    let d = diagnose(
      Hand.evidence(findings + [icmp], can: can, shape: .misreadHeader(sourcePort: 770)),
      using: base)
    #expect(d.verdict == (proven ? "icmp-error-sent-as-udp" : nil))
    let worm = try #require(d.hypotheses.first { $0.article == "unknown-worm" })
    #expect(worm.posterior < 0.2)
    #expect(worm.unseen.contains { $0.because == "no replication here" })
    if proven {
      #expect(d.open.contains { $0.contains("10.0.0.31") && $0.contains("proves neither") })
      #expect(d.open.contains { $0.contains("00:50:56:00:00:03") && $0.contains("victim") })
    }
  }
}

@Test func withoutPropagationNoWormIsUnknown() throws {
  let base = try KnowledgeBase.load()
  for one in positive + nearMisses {
    var evidence = one.evidence
    evidence.findings.removeAll { $0.kind == .propagation }
    #expect(diagnose(evidence, using: base).verdict != "unknown-worm")
  }
}

import Analysis
import Detection
import Diagnosis
import Foundation
import Knowledge
import Observations
import Simulation
import Testing

/// Every made cause and its near miss, from evidence to verdict, by the detectors and articles as they are.
@Suite struct CauseEndToEndTests {
  /// One story with what its truth says.
  struct Story: CustomTestStringConvertible, Sendable {
    var scenario: String
    var seed: UInt64
    var variant: String?
    var testDescription: String { "\(scenario) \(variant ?? "plain") \(seed)" }
  }

  static let nearMiss = "near-miss"

  static let stories: [Story] = Scenarios.all.filter { $0.variants == [nearMiss] }.flatMap { one in
    [1, 2].flatMap { seed in
      [nil, nearMiss].map { Story(scenario: one.id, seed: seed, variant: $0) }
    }
  }

  /// Verdicts that call their subject sick or hostile. A scan or a conflict only says what is seen.
  static let sicknesses: Set<String> = {
    let articles = (try? Workbench.knowledge.get().articles) ?? []
    return Set(articles.map(\.id).filter { $0.hasSuffix("-worm") }).union(["arp-poisoning"])
  }()

  @Test(
    "the suspect gets the verdict that the truth names, and nobody else is accused",
    arguments: stories)
  func verdicts(story: Story) throws {
    let bench = try Workbench()
    try bench.make(story.scenario, seed: story.seed, variant: story.variant)
    let truth = try bench.truth()
    let subject = try #require((truth["subject"] as? [String: Any])?["value"] as? String)
    let expected = truth["article"] as? String
    let analysis = try bench.analysis()
    let own = analysis.incidents.filter { $0.subject.value == subject }.flatMap(\.activities)
    let verdicts = Set(own.compactMap(\.diagnosis.verdict))
    if let expected {
      #expect(verdicts.contains(expected), "\(own.map(\.diagnosis.sentence))")
      // The same host's search for neighbours is a scan, too, and is called so.
      #expect(verdicts.subtracting([expected]).isSubset(of: ["horizontal-scan"]), "\(verdicts)")
    } else {
      #expect(verdicts.isEmpty, "\(own.map(\.diagnosis.sentence))")
    }
    if let forbidden = truth["mustNot"] as? String {
      #expect(!analysis.verdicts.contains(forbidden))
    }
    for incident in analysis.incidents where incident.subject.value != subject {
      let given = Set(incident.activities.compactMap(\.diagnosis.verdict))
      #expect(given.isDisjoint(with: Self.sicknesses), "\(incident.subject.value): \(given)")
    }
  }

  @Test("a storm of many hosts has one name on each, and is stated once")
  func stormIsOne() throws {
    let bench = try Workbench()
    try bench.make("name-storm", seed: 1)
    let analysis = try bench.analysis()
    #expect(analysis.incidents.count == 20)
    #expect(Set(analysis.activities.map(\.diagnosis.verdict)) == ["name-broadcast-storm"])
    let stated = analysis.networkFindings.filter { $0.kind == .broadcastStorm }
    #expect(stated.count == 1 && stated.first?.values["hosts"] == .integer(20))
  }

  @Test("whose packets a gateway passes on is said of both, of the client without a cause")
  func gatewayAndClient() throws {
    let bench = try Workbench()
    try bench.make("isa-securenat", seed: 1)
    let truth = try bench.truth()
    let client = try #require(truth["client"] as? String)
    let gateway = try #require(truth["outsideAddress"] as? String)
    let analysis = try bench.analysis()
    for (mine, side, other) in [(gateway, "outside", client), (client, "inside", gateway)] {
      let activity = try #require(
        analysis.incidents.first { $0.subject.value == mine }?.activities.first)
      let finding = try #require(activity.evidence.finding(.passedOn))
      #expect(finding.values["side"] == .text(side) && finding.values["other"] == .text(other))
      #expect(finding.values["translated"] == .flag(true))
      #expect(finding.values["hops"] == .integer(1))
    }
    let inner = analysis.incidents.first { $0.subject.value == client }
    #expect(inner?.activities.compactMap(\.diagnosis.verdict) == [])
    try FileManager.default.removeItem(at: bench.folder.appending(path: "lan.pcap"))
    // The outside alone does not carry it: who sends cannot be told from there.
    #expect(try bench.analysis().verdicts.isEmpty)
  }

  @Test("the way in is told by the hardware that puts the packets on the wire")
  func wayIn() throws {
    let bench = try Workbench()
    try bench.make("second-way-in", seed: 1)
    let activity = try #require(try bench.analysis().activities.first)
    let way = try #require(activity.evidence.finding(.secondRouter))
    #expect(way.values["ownAddress"] == .text("192.168.40.12"))
    #expect(way.values["router"] == .text("192.168.40.1"))
    #expect(way.values["addresses"] == .integer(1))
  }
}

extension Workbench {
  /// The truth that was made with the evidence here.
  fileprivate func truth() throws -> [String: Any] {
    let data = try Data(contentsOf: folder.appending(path: "truth.json"))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }
}

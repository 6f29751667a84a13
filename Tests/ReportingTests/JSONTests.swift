import Analysis
import Detection
import Diagnosis
import Foundation
import Observations
import Reporting
import Testing

@Suite struct JSONTests {
  static func parse(_ analysis: Analysis) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(renderJSON(analysis).utf8))
    return try #require(value as? [String: Any])
  }

  static func firstActivity(_ analysis: Analysis) throws -> [String: Any] {
    let incidents = try #require(try parse(analysis)["incidents"] as? [[String: Any]])
    let activities = try #require(incidents.first?["activities"] as? [[String: Any]])
    return try #require(activities.first)
  }

  @Test(arguments: Fixtures.all.map(\.name))
  func everyReportParses(name: String) throws {
    let analysis = try #require(Fixtures.all.first { $0.name == name }).analysis
    let parsed = try JSONTests.parse(analysis)
    #expect(
      Set(parsed.keys) == [
        "culprit", "assumptions", "evidence", "incidents", "networkFindings", "hostFindings",
        "files", "quiet",
      ])
  }

  @Test func hostileStringsComeBackAsTheyWere() throws {
    let parsed = try JSONTests.parse(Fixtures.hostile)
    let evidence = try #require(parsed["evidence"] as? [[String: Any]])
    let path = try #require(evidence.first?["path"] as? String)
    #expect(Array(path.unicodeScalars) == Array(Fixtures.poison.unicodeScalars))
  }

  @Test func keysStandInTheOrderOfTheContract() throws {
    let report = renderJSON(Fixtures.explained)
    let keys = [
      "culprit", "version", "knowledge", "assumptions", "what", "value", "because", "evidence",
      "path", "kind", "format", "records", "observations", "first", "last", "bytes", "sha256",
      "vantage", "problems", "incidents", "id", "subject", "severity", "activities", "label",
      "traffic", "transport", "sourcePorts", "destinationPorts", "direction", "packets",
      "destinations", "findings", "diagnosis", "verdict", "posterior", "lead", "settledBy",
      "hypotheses", "for", "against", "unseen", "ownership", "targets", "origin", "share",
      "medianLagSeconds", "pValue", "pattern", "digest", "features", "hostsBehind",
      "networkFindings", "hostFindings", "files", "quiet", "reason", "count", "examples",
    ]
    var rest = report[...]
    for key in keys {
      let found = try #require(rest.ranges(of: "\"\(key)\":").first, "\(key)")
      rest = rest[found.upperBound...]
    }
  }

  @Test func boundsAreObjectsAndExactNumbersAreNumbers() throws {
    let exact = try #require(
      try JSONTests.firstActivity(Fixtures.explained)["traffic"] as? [String: Any])
    #expect(exact["packets"] as? Int == 36_000)
    let traffic = try #require(
      try JSONTests.firstActivity(Fixtures.bounds)["traffic"] as? [String: Any])
    #expect(traffic["packets"] as? [String: Int] == ["low": 1_200, "high": 3_400])
    #expect(traffic["bytes"] is NSNull)
    let destinations = try #require(traffic["destinations"] as? [String: Any])
    #expect(destinations["high"] is NSNull, "infinity is not a number of JSON")
  }

  @Test func aHypothesisRefersToItsFindingsOnlyWhereTheyAre() throws {
    let activity = try JSONTests.firstActivity(Fixtures.explained)
    let findings = try #require(activity["findings"] as? [[String: Any]])
    let ids = Set(findings.compactMap { $0["id"] as? String })
    #expect(ids.count == 2)
    let diagnosis = try #require(activity["diagnosis"] as? [String: Any])
    let hypotheses = try #require(diagnosis["hypotheses"] as? [[String: Any]])
    let speaking = try #require(hypotheses.first?["for"] as? [[String: Any]])
    #expect(speaking.map { $0["finding"] is NSNull } == [true, false])
    #expect(ids.contains(try #require(speaking.last?["finding"] as? String)))
  }

  static let choice = Finding(
    kind: .targetChoice, summary: "chosen near home",
    values: ["model": .text("localPreference"), "because": .text("half share a /16")], count: 40,
    evidence: [])
  static let failed = Finding(
    kind: .failedReverseLookupFirst, summary: "names were asked for first",
    values: ["share": .number(0.95), "medianLagSeconds": .number(0.12)], count: 390, evidence: [])

  static func solicited(share: Double, pValue: Double) -> Finding {
    var finding = Fixtures.solicited
    finding.values["shareInWindow"] = .number(share)
    finding.values["pValue"] = .number(pValue)
    return finding
  }

  static let origins: [(findings: [Finding], origin: String, share: Double?)] = [
    ([], "undetermined", nil),
    ([choice], "localPreference", nil),
    ([choice, failed], "failedReverseLookups", 0.95),
    ([choice, failed, solicited(share: 0.9, pValue: 1e-30)], "visitors", 0.9),
    ([choice, solicited(share: 0.02, pValue: 1e-30)], "localPreference", nil),
    ([choice, solicited(share: 0.9, pValue: 0.2)], "localPreference", nil),
  ]

  @Test(arguments: origins.indices)
  func theOriginOfTheTargetsIsTheStrongestThatTheFindingsCarry(index: Int) throws {
    let expected = JSONTests.origins[index]
    var activity = Fixtures.unknown
    activity.evidence = Fixtures.evidence(expected.findings)
    let analysis = Fixtures.analysis([activity], severity: .low)
    let targets = try #require(
      try JSONTests.firstActivity(analysis)["targets"] as? [String: Any])
    #expect(targets["origin"] as? String == expected.origin)
    #expect(targets["share"] as? Double == expected.share)
    #expect((targets["because"] as? String)?.isEmpty == false)
  }

  @Test func numbersComeBackExactly() throws {
    var generator = SplitMix(state: 7)
    for _ in 0..<400 {
      let value = Double(bitPattern: generator.next())
      var activity = Fixtures.unknown
      activity.diagnosis.lead = value
      let report = renderJSON(Fixtures.analysis([activity], severity: .low))
      // Foundation's parser rounds the last digit, so the numeral itself is read back.
      let name = try #require(report.ranges(of: "\"lead\": ").first)
      let numeral = report[name.upperBound...].prefix { $0 != "," }
      #expect(value.isFinite ? Double(numeral) == value : numeral == "null", "\(value)")
    }
  }
}

/// A small generator (SplitMix64), so that the numbers tried are the same in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

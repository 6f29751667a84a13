import Detection
import Diagnosis
import Knowledge
import Observations
import Testing

/// A finding that moves an article one way, and its counterpart that moves it the other.
struct WeightCase: CustomTestStringConvertible, Sendable {
  let article: String
  let indicator: String
  let transport: Transport
  let port: UInt16
  let findings: [Finding]
  /// The finding as it speaks for the article, and against it; nil where one way says nothing.
  let pro: Finding?
  let con: Finding?

  var testDescription: String { "\(article) \(indicator)" }
}

private func walk(_ verdict: String, failures: Int) -> Finding {
  Hand.finding(
    .thresholdWalk,
    [
      "applicable": .flag(true), "verdict": .text(verdict), "because": .text("made"),
      "contacts": .integer(60), "failures": .integer(failures), "standsAt": .number(90),
      "ordinarySuccess": .number(0.8), "scannerSuccess": .number(0.2), "measured": .flag(true),
    ])
}

private func choice(_ model: String, generator: String = "none", foretold: Double? = nil) -> Finding
{
  var finding = Hand.choice(model)
  finding.values["generator"] = .text(generator)
  if let foretold {
    finding.values["foretoldShare"] = .number(foretold)
    finding.values["foretoldPValue"] = .number(1e-30)
    finding.values["next"] = .text("192.0.2.7")
  }
  return finding
}

private func rate(_ low: Double, _ high: Double) -> Finding {
  Hand.finding(
    .scanRate,
    [
      "events": .integer(100), "seconds": .number(100), "perSecond": .number(1),
      "blindPerSecond": .number((low + high) / 2), "blindLow": .number(low),
      "blindHigh": .number(high), "tooSlowFor": .text("none"),
    ])
}

private func regular(_ score: Double) -> Finding {
  Hand.finding(
    .periodicity,
    [
      "score": .number(score), "intervalSeconds": .number(300), "events": .integer(100),
      "isEnough": .flag(true), "isUsual": .flag(true),
      "usual": .text("SNMP polls as of MRTG, backups of states"),
    ])
}

private let sweep = [Hand.traffic("tcp", 445), Hand.sweep(20, of: 60, port: 445)]
private let answered = [Hand.traffic("tcp", 443, ["answeredShare": .number(0.6)])]
private let worm = [Hand.traffic("udp", 1_434), Hand.sweep(20, of: 60, port: 1_434)]

private let weighings = [
  WeightCase(
    article: "horizontal-scan", indicator: "contacts-fail", transport: .tcp, port: 445,
    findings: sweep, pro: walk("scanner", failures: 57), con: walk("ordinary", failures: 6)),
  WeightCase(
    article: "horizontal-scan", indicator: "choice-foretold", transport: .tcp, port: 445,
    findings: sweep, pro: choice("sequential", foretold: 0.9), con: nil),
  WeightCase(
    article: "ordinary-traffic", indicator: "contacts-succeed", transport: .tcp, port: 443,
    findings: answered, pro: walk("ordinary", failures: 6), con: walk("scanner", failures: 57)),
  WeightCase(
    article: "ordinary-traffic", indicator: "by-the-clock", transport: .tcp, port: 443,
    findings: answered, pro: regular(0.97), con: nil),
  WeightCase(
    article: "slammer-worm", indicator: "its-own-generator", transport: .udp, port: 1_434,
    findings: worm, pro: choice("generator", generator: "slammer"),
    con: choice("generator", generator: "linear")),
  WeightCase(
    article: "slammer-worm", indicator: "too-slow", transport: .udp, port: 1_434, findings: worm,
    pro: rate(2_000, 6_000), con: rate(1, 2)),
]

@Suite struct DetectorWeightTests {
  private func diagnosis(_ one: WeightCase, _ finding: Finding?) throws -> Diagnosis {
    diagnose(
      Hand.evidence(
        one.findings + [finding].compactMap { $0 }, can: [.replies, .targetChoice, .dns],
        transport: one.transport, port: one.port), using: try KnowledgeBase.load())
  }

  private func weight(_ one: WeightCase, _ finding: Finding?) throws -> Double {
    let found = try diagnosis(one, finding).hypotheses.first { $0.article == one.article }
    let hypothesis = try #require(found)
    return (hypothesis.supporting + hypothesis.opposing).first { $0.indicator == one.indicator }?
      .decibans ?? 0
  }

  @Test(arguments: weighings)
  func eachMovesItsArticleBothWays(one: WeightCase) throws {
    #expect(try weight(one, nil) == 0)
    if let pro = one.pro { #expect(try weight(one, pro) > 0) }
    if let con = one.con { #expect(try weight(one, con) < 0) }
  }

  /// What leaves a case open by itself is not decided by one such finding.
  @Test(arguments: weighings)
  func noneDecidesAlone(one: WeightCase) throws {
    let before = try diagnosis(one, nil).verdict
    for finding in [one.pro, one.con].compactMap({ $0 }) {
      let after = try diagnosis(one, finding).verdict
      #expect(after == before || after == nil)
    }
  }

  @Test func whatIsForetoldIsSaid() throws {
    let one = weighings[1]
    let d = try diagnosis(one, one.pro)
    let scan = try #require(d.hypotheses.first { $0.article == "horizontal-scan" })
    #expect(scan.supporting.contains { $0.because.contains("foretells") })
  }
}

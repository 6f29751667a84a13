import Detection
import Diagnosis
import Knowledge
import Observations
import Testing

/// What a verdict hangs on.
@Suite struct LeaveOneOutTests {
  private static let base: KnowledgeBase = {
    func article(_ id: String, _ indicators: String) -> (name: String, text: String) {
      (
        "\(id).yaml",
        """
        id: \(id)
        title: \(id)
        summary: A cause for tests.
        severity: medium
        innocent: false
        prior: -4
        requires:
          - {present: sweep}
        indicators:
        \(indicators)
        sentence:
          - "{subject} did it"
        cure:
          - Stop it.
        keep:
          - The log.
        """
      )
    }
    let files = [
      article(
        "strong-cause",
        """
          - id: many
            group: extent
            when: {finding: sweep, where: {targets: ">= 10"}}
            decibans: 10
            because: "{sweep.targets} targets"
          - id: fast
            group: pace
            when: {finding: traffic, where: {perHour: ">= 100"}}
            decibans: 10
            because: "fast"
        """)
    ]
    do {
      return try KnowledgeBase.load(directory: files)
    } catch {
      Issue.record("\(error)")
      return KnowledgeBase(articles: [], version: "")
    }
  }()

  private static func evidence() -> ActivityEvidence {
    func finding(_ kind: FindingKind, _ values: [String: FindingValue]) -> Finding {
      Finding(kind: kind, summary: kind.rawValue, values: values, count: 1, evidence: [])
    }
    let time = Timestamp(seconds: 0)
    return ActivityEvidence(
      subject: .address(Address(ipv4: 0xc000_0201)), shape: .service(transport: .tcp, port: 445),
      first: time, last: time,
      traffic: Traffic(
        transport: .tcp, sourcePorts: [], sourcePortCount: 9, destinationPorts: [445...445],
        direction: .inbound, packets: Bound(low: 50, high: 50), bytes: nil,
        destinations: Bound(low: 50, high: 50), examples: []),
      findings: [
        finding(.sweep, ["targets": .integer(50)]), finding(.traffic, ["perHour": .number(500)]),
        finding(.packetShape, [:]),
      ], capabilities: [:], paths: ["a"])
  }

  @Test func eachPieceIsLeftOutOnce() throws {
    let evidence = LeaveOneOutTests.evidence()
    let full = diagnose(evidence, using: LeaveOneOutTests.base)
    #expect(full.verdict == "strong-cause")
    let pieces = leaveOneOut(evidence, using: LeaveOneOutTests.base)
    #expect(Set(pieces.map(\.piece.name)).count == pieces.count)
    #expect(pieces.count == 5)
    // Each indicator alone is not enough, so each decides; the finding nobody asks for changes nothing.
    for piece in pieces {
      let isIdle = piece.piece == .finding(.packetShape)
      #expect(piece.changesVerdict != isIdle, "\(piece.piece.name)")
      #expect(piece.leader == "strong-cause")
      #expect(isIdle ? abs(piece.loss) < 1e-12 : piece.loss > 0.05)
      #expect(isIdle || piece.verdict == nil)
    }
    #expect(pieces.last?.piece == .finding(.packetShape))
    // Without what the article requires it is no candidate at all.
    #expect(pieces.first { $0.piece == .finding(.sweep) }?.posterior == 0)
  }

  @Test func theSumOfWeightsLosesJustThePiecesOwn() throws {
    let evidence = LeaveOneOutTests.evidence()
    let pieces = leaveOneOut(evidence, using: LeaveOneOutTests.base)
    let without = try #require(
      pieces.first { $0.piece == .indicator(article: "strong-cause", indicator: "fast") })
    // 10 - 4 dB against 0.
    let expected = posteriors(of: [6])[0]
    #expect(abs(without.posterior - expected) < 1e-9)
  }
}

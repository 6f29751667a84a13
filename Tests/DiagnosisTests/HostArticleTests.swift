import Detection
import Diagnosis
import Knowledge
import Observations
import Testing

/// The articles about hosts: which part sends, and what their tables of sockets show.
@Suite struct HostArticleTests {
  private let base: KnowledgeBase
  init() throws { base = try KnowledgeBase.load() }

  private func owner(
    _ status: String, process: String = "none", system: String = "linux", raw: Int = -1,
    packet: Int = -1
  ) -> Finding {
    Hand.finding(
      .packetOwner,
      [
        "status": .text(status), "process": .text(process), "system": .text(system),
        "instrument": .text("ss"), "path": .text("ss.txt"), "rawSockets": .integer(raw),
        "packetSockets": .integer(packet),
      ])
  }

  private func named(_ findings: [Finding], shape: ActivityShape? = nil) -> Set<String> {
    let evidence = Hand.evidence(findings, can: [], shape: shape)
    return Set(senders(of: evidence, using: base).map(\.article))
  }

  @Test func theKernelSendsFromPort137UnlessAProgramHoldsIt() {
    #expect(named([Hand.lookups]) == ["netbt-kernel-sender"])
    #expect(
      named([Hand.lookups, owner("kernel", process: "system", system: "windows")])
        == ["netbt-kernel-sender"])
    #expect(
      named([Hand.lookups, owner("owned", process: "evil.exe", system: "windows")]).isEmpty)
    // On Linux no kernel answers there.
    #expect(named([Hand.lookups, owner("owned", process: "nmbd")]).isEmpty)
    var scanner = Hand.lookups
    scanner.values["sourcePort"] = .integer(-1)
    #expect(named([scanner]).isEmpty)
  }

  @Test func aServerIsAskedOnlyWhereVisitorsAreTheTargets() {
    #expect(named([Hand.lookups, Hand.visitors(0.97)]).contains("mail-gateway-lookups"))
    #expect(!named([Hand.lookups, Hand.visitors(0.02)]).contains("mail-gateway-lookups"))
  }

  @Test func rawAndPacketSendersNeedASilenceThatCounts() {
    #expect(named([owner("unowned", raw: 1, packet: 0)]) == ["raw-sender"])
    #expect(named([owner("unowned", raw: 0, packet: 2)]) == ["packet-sender"])
    #expect(named([owner("unowned")]) == ["packet-sender", "raw-sender"])
    // The instrument lists both kinds and shows none.
    #expect(named([owner("unowned", raw: 0, packet: 0)]).isEmpty)
    #expect(named([owner("owned", process: "curl", raw: 1, packet: 1)]).isEmpty)
    // Nothing can be concluded from a table that could not have shown it.
    #expect(named([owner("notVisible")]).isEmpty)
  }

  @Test func commandsAreForTheHostsOwnSystem() throws {
    func systems(_ system: String) -> Set<NextCommand.System> {
      let evidence = Hand.evidence([owner("unowned", system: system)], can: [])
      return Set(senders(of: evidence, using: base).flatMap(\.next).map(\.system))
    }
    #expect(systems("windows") == [.windows])
    #expect(systems("linux") == [.linux])
    #expect(systems("unknown") == [.windows, .linux])
    for article in base.articles where article.answers != .cause {
      #expect(Set(article.next.map(\.system)) == [.windows, .linux], "\(article.id)")
    }
  }

  private func pool(_ ports: Int, known: Int, even: Bool, file: String? = nil) -> Diagnosis {
    var findings = [
      Hand.finding(
        .socketPool,
        [
          "ports": .integer(ports), "lowest": .integer(49_152), "highest": .integer(65_535),
          "share": .number(0.15), "isEven": .flag(even), "known": .text("a pool"),
          "knownSize": .integer(known), "process": .text("dns.exe"), "path": .text("t"),
        ])
    ]
    if let file {
      findings.append(
        Hand.finding(.fileVerdict, ["verdict": .text(file), "name": .text("dns.exe")]))
    }
    return diagnose(Hand.evidence(findings, can: []), using: base, answering: .state)
  }

  @Test func thePoolIsKnownBySizeAndSpreadAndNeverByTheNameAlone() {
    #expect(pool(2_500, known: 2_500, even: true).verdict == "dns-socket-pool")
    #expect(pool(2_500, known: 2_500, even: false).verdict == nil)
    #expect(pool(1_300, known: 0, even: true).verdict == nil)
    let consistent = pool(2_500, known: 2_500, even: true, file: "consistent")
    #expect(consistent.verdict == "dns-socket-pool")
    #expect(consistent.open.contains { $0.hasPrefix("No hash of dns.exe was compared") })
    // Whatever holds them may not be the server.
    #expect(pool(2_500, known: 2_500, even: true, file: "differs").verdict == nil)
  }

  @Test func articlesOfOneQuestionDoNotCompeteInAnother() {
    let causes = diagnose(
      Hand.evidence([Hand.traffic(), Hand.lookups, owner("kernel", system: "windows")], can: []),
      using: base)
    let other = Set(base.articles.filter { $0.answers != .cause }.map(\.id))
    #expect(causes.hypotheses.allSatisfy { !other.contains($0.article) })
  }
}

import Observations
import Pool
import Testing

/// An incident's life is a function of its state, the event and the time.
@Suite struct IncidentTests {
  private let id = IncidentID(rawValue: 1)
  private let subject = Address(ipv4: 0xc000_0201)

  private func hours(_ count: Int64) -> Timestamp {
    Timestamp(seconds: noon.wholeSeconds + count * 3_600)
  }

  private func reported(_ last: Timestamp, networks: UInt64 = 3) -> IncidentEvent {
    .reported(reports: 5, networks: networks, last: last, article: "horizontal-scan")
  }

  private func new() throws -> Incident {
    try Incident(id: id, subject: subject, opened: noon).after(reported(noon), at: noon)
  }

  @Test func runsFromOpenToClosed() throws {
    var incident = try new()
    #expect(incident.state == .open)
    incident = try incident.after(.acknowledged(by: "Ann"), at: hours(1))
    #expect(incident.state == .acknowledged)
    incident = try incident.after(.escalated(by: "Ann"), at: hours(2))
    #expect(incident.state == .escalated)
    #expect(throws: IncidentProblem.escalatedRecently) {
      try incident.after(.escalated(by: "Ann"), at: hours(73))
    }
    #expect(incident.due(at: hours(80)) == nil)
    incident = try incident.after(reported(hours(70)), at: hours(71))
    #expect(incident.due(at: hours(73)) == nil)
    #expect(incident.due(at: hours(74)) == .escalateAgain)
    incident = try incident.after(.escalated(by: "Ann"), at: hours(74))
    #expect(incident.escalations == 2)
    let quiet = hours(70 + 7 * 24)
    #expect(throws: IncidentProblem.isNotQuiet) {
      try incident.after(.fellQuiet, at: hours(69 + 7 * 24))
    }
    #expect(incident.due(at: quiet) == .close)
    incident = try incident.after(.fellQuiet, at: quiet)
    #expect(incident.state == .closed)
    #expect(incident.due(at: hours(10_000)) == nil)
  }

  @Test func newReportsOpenItAgainAndLateOnesDoNot() throws {
    let closed = try new().after(.closed(by: "Ann", because: "told them"), at: hours(10))
    let late = try closed.after(reported(hours(9)), at: hours(12))
    #expect(late.state == .closed)
    #expect(late.reports == 10)
    let again = try late.after(reported(hours(13)), at: hours(14))
    #expect(again.state == .open)
    #expect(again.reopenings == 1)
    // Whoever forged a time of the future would keep it open for ever.
    let future = try new().after(reported(hours(9_000)), at: hours(1))
    #expect(future.lastReported == hours(1))
  }

  @Test func whatCannotHappenIsRefusedWithItsReason() throws {
    let closed = try new().after(.closed(by: "Ann", because: "done"), at: hours(1))
    for event in [
      IncidentEvent.acknowledged(by: "Bob"), .escalated(by: "Bob"), .fellQuiet,
      .closed(by: "Bob", because: "again"),
    ] {
      #expect(throws: IncidentProblem.isClosed) { try closed.after(event, at: hours(9_000)) }
    }
    let open = try new()
    #expect(throws: IncidentProblem.isNotClosed) {
      try open.after(.reopened(by: "Bob", because: "still"), at: hours(1))
    }
    #expect(throws: IncidentProblem.timeRunsBackwards) {
      try open.after(.acknowledged(by: "Bob"), at: hours(-1))
    }
    #expect(throws: IncidentProblem.badName) {
      try open.after(.acknowledged(by: ""), at: hours(1))
    }
    #expect(throws: IncidentProblem.badText) {
      try open.after(
        .commented(by: "Bob", text: String(repeating: "x", count: 5_000)), at: hours(1))
    }
    #expect(throws: IncidentProblem.badArticle) {
      try open.after(.confirmed(by: "Bob", article: "<b>", because: "x"), at: hours(1))
    }
  }

  @Test func journalsTellTheWholeState() throws {
    for seed in 0..<60 as Range<UInt64> {
      var chance = Chance(seed)
      var (incident, now) = (try new(), noon)
      var journal: [(event: IncidentEvent, at: Timestamp)] = [(reported(noon), noon)]
      for _ in 0..<60 {
        now = Timestamp(seconds: now.wholeSeconds + Int64(chance.below(200_000)))
        let event = chance.one(of: [
          reported(now), .acknowledged(by: "Ann"), .escalated(by: "Ann"), .fellQuiet,
          .closed(by: "Ann", because: "ümlaut\n"), .reopened(by: "Bob", because: "x"),
          .commented(by: "Bob", text: "text"),
          .confirmed(by: "Bob", article: chance.coin() ? "backscatter" : nil, because: "seen"),
        ])
        guard let next = try? incident.after(event, at: now) else { continue }
        #expect(next.revision == incident.revision + 1)
        if incident.state == .closed, next.state != .closed {
          #expect(next.reopenings == incident.reopenings + 1)
        }
        incident = next
        journal.append((try IncidentEvent(encoded: event.encoded), now))
      }
      let told = try Incident(id: id, subject: subject, opened: noon, journal: journal)
      #expect(told == incident)
      #expect(
        try Incident(id: id, subject: subject, snapshot: incident.snapshot) == incident)
    }
  }

  @Test func precisionComesFromConfirmedCauses() throws {
    func cause(_ stated: String?, _ article: String?) -> Incident.Cause {
      Incident.Cause(article: article, stated: stated, at: noon)
    }
    let causes =
      Array(repeating: cause("a", "a"), count: 9) + [
        cause("a", "b"), cause(nil, "a"), cause("b", nil),
      ]
    let measured = ArticlePrecision.measured(by: causes)
    #expect(measured.map(\.article) == ["a", "b"])
    #expect(measured[0].right == 9 && measured[0].confirmed == 10 && measured[0].share == 0.9)
    #expect(measured[0].low > 0.59 && measured[0].low < 0.6)
    #expect(measured[0].high > 0.98 && measured[0].high < 0.99)
    #expect(measured[1].share == 0 && measured[1].high > 0.7)
  }
}

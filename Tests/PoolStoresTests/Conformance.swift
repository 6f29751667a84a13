import Observations
import Pool
import Testing

/// What every store of reports must hold to. Each check gets a new, empty store.
struct Conformance {
  let makeStore: () async throws -> any ReportStore
  var made = MadeBatches()

  /// Every check under its name.
  static let checks: [(name: String, body: @Sendable (Conformance) async throws -> Void)] = [
    ("answersAreTheTruth", { try await $0.answersAreTheTruth() }),
    ("orderAndRepetitionDoNotCount", { try await $0.orderAndRepetitionDoNotCount() }),
    ("manyAtOnceAreStoredOnce", { try await $0.manyAtOnceAreStoredOnce() }),
    ("retractionTellsWhatIsBeyondRecall", { try await $0.retractionTellsWhatIsBeyondRecall() }),
    ("anotherBatchUnderANumberIsRefused", { try await $0.anotherBatchUnderANumberIsRefused() }),
    ("whatIsNoBatchIsRefused", { try await $0.whatIsNoBatchIsRefused() }),
    ("retractionLeavesWhatOthersSaid", { try await $0.retractionLeavesWhatOthersSaid() }),
    ("erasureLeavesNothingOfASource", { try await $0.erasureLeavesNothingOfASource() }),
    ("recountingChangesNothing", { try await $0.recountingChangesNothing() }),
    ("forgettingKeepsSums", { try await $0.forgettingKeepsSums() }),
    ("patternsAreFoundByTheirPieces", { try await $0.patternsAreFoundByTheirPieces() }),
    ("manyDistinctThingsAreEstimated", { try await $0.manyDistinctThingsAreEstimated() }),
  ]

  func filled(_ submissions: [Submission]) async throws -> any ReportStore {
    let store = try await makeStore()
    for chunk in stride(from: 0, to: submissions.count, by: 7) {
      let part = Array(submissions[chunk..<min(chunk + 7, submissions.count)])
      let results = try await store.append(part)
      #expect(results == part.map { .stored(reports: $0.batch.reports.count) })
    }
    try await store.settle()
    return store
  }

  func answersAreTheTruth() async throws {
    let submissions = made.submissions()
    let store = try await filled(submissions)
    try await check(store, against: Truth(submissions))
  }

  /// All questions about what a store holds.
  func check(_ store: any ReportStore, against truth: Truth) async throws {
    let days = made.span
    for source in truth.sources {
      for range in [days, days.lowerBound...days.lowerBound] {
        try await checkSummary(store, of: source, in: range, against: truth)
      }
      try await checkReports(store, of: source, in: days, against: truth)
    }
    #expect(try await store.summary(source: Address(ipv4: 0x0101_0101), in: days) == nil)
    try await checkTrends(store, against: truth)
    try await checkTop(store, against: truth)
    try await checkPages(store, against: truth)
  }

  /// That every report counts once.
  func checkCounts(_ store: any ReportStore, against truth: Truth) async throws {
    for source in truth.sources {
      let found = try await store.summary(source: source, in: made.span)
      #expect(found?.reports == UInt64(truth.of(source, in: made.span).count))
    }
    let points = try await store.trend(.total, in: made.span, bucket: .hour)
    #expect(
      points.map(\.reports)
        == truth.points(in: made.span, bucket: .hour) { _ in true }.map(\.reports))
  }

  private func checkSummary(
    _ store: any ReportStore, of source: Address, in days: ClosedRange<Day>, against truth: Truth
  ) async throws {
    let entries = truth.of(source, in: days)
    let summary = try await store.summary(source: source, in: days)
    guard !entries.isEmpty else {
      #expect(summary == nil)
      return
    }
    let found = try #require(summary)
    #expect(found.reports == UInt64(entries.count))
    #expect(found.days == Set(entries.map(\.day)).count)
    #expect(found.forgeable == UInt64(entries.count { $0.report.mayBeForged }))
    #expect(found.first == entries.map(\.report.first).min())
    #expect(found.last == entries.map(\.report.last).max())
    #expect(found.packets == entries.reduce(.zero) { $0 + $1.report.packets })
    #expect(found.targets.low == entries.map(\.report.targets.low).max())
    #expect(found.targets.high == entries.reduce(0) { $0 + $1.report.targets.high })
    #expect(found.sensors == truth.exact(Set(entries.map(\.sensor)).count))
    #expect(found.networks == truth.exact(Set(entries.map(\.network)).count))
    let firm = entries.filter { !$0.report.mayBeForged }
    #expect(found.firmNetworks == truth.exact(Set(firm.map(\.network)).count))
    let services = Dictionary(grouping: entries.flatMap(\.report.services)) { $0 }
    #expect(found.topServices.count == services.count)
    for counted in found.topServices {
      #expect(counted.reports == UInt64(services[counted.service]?.count ?? 0))
    }
    for claim in found.claims {
      let same = entries.filter { $0.report.verdict?.article == claim.article }
      #expect(claim.reports == UInt64(same.count))
      #expect(claim.networks == truth.exact(Set(same.map(\.network)).count))
    }
    #expect(found.hours.reduce(0) { $0 + $1.reports } == UInt64(entries.count))
  }

  private func checkReports(
    _ store: any ReportStore, of source: Address, in days: ClosedRange<Day>, against truth: Truth
  ) async throws {
    let entries = truth.of(source, in: days)
    var found: [StoredReport] = []
    while true {
      let page = try await store.reports(
        source: source, in: days, limit: 4, after: found.last?.cursor)
      found += page
      if page.count < 4 { break }
    }
    #expect(found.map(\.cursor) == entries.map(\.cursor))
    #expect(found.map(\.report) == entries.map(\.report))
  }

  private func checkTrends(_ store: any ReportStore, against truth: Truth) async throws {
    let source = try #require(truth.sources.first)
    let block = Prefix(of: source, length: 16)
    let service = Service(transport: .tcp, port: 445)
    let cases: [(TrendKey, (Report) -> Bool)] = [
      (.total, { _ in true }), (.transport(.udp), { $0.shape.transport == .udp }),
      (.service(service), { $0.services.contains(service) }),
      (.article("article-1"), { $0.verdict?.article == "article-1" }),
      (.article(nil), { $0.verdict == nil }), (.source(source), { $0.subject == source }),
      (.prefix(block), { block.contains($0.subject) }),
    ]
    let far = Day(rawValue: 0)...Day(rawValue: 60_000)
    for (key, holds) in cases {
      for bucket in [TrendBucket.hour, .day] {
        for days in [made.span, made.span.lowerBound...made.span.lowerBound, far] {
          #expect(
            try await store.trend(key, in: days, bucket: bucket)
              == truth.points(in: days, bucket: bucket, where: holds), "\(key) \(bucket)")
        }
      }
    }
  }

  private func checkTop(_ store: any ReportStore, against truth: Truth) async throws {
    for kind in TopKind.allCases {
      let all = try await store.top(kind, in: made.span, limit: 1_000)
      #expect(try await store.top(kind, in: made.span, limit: 3) == Array(all.prefix(3)))
      for (above, below) in zip(all, all.dropFirst()) {
        #expect(
          (below.networks, below.reports) < (above.networks, above.reports)
            || (below.networks == above.networks && below.reports == above.reports
              && above.key < below.key)
        )
      }
      let reports = all.reduce(0) { $0 + $1.reports }
      #expect(reports == UInt64(truth.entries.count))
    }
    let articles = try await store.top(.articles, in: made.span, limit: 10)
    for row in articles {
      guard case .article(let article) = row.key else { continue }
      let same = truth.entries.filter { $0.report.verdict?.article == article }
      #expect(row.reports == UInt64(same.count))
      #expect(row.networks == UInt64(Set(same.map(\.network)).count))
    }
  }

  private func checkPages(_ store: any ReportStore, against truth: Truth) async throws {
    var hot: [HotSource] = []
    while true {
      let page = try await store.hotSet(
        since: made.span.lowerBound.start, limit: 5, after: hot.last?.source)
      hot += page
      if page.count < 5 { break }
    }
    #expect(hot.map(\.source) == truth.sources)
    for row in hot {
      let entries = truth.of(row.source, in: made.span)
      #expect(row.reports == UInt64(entries.count))
      #expect(row.first == entries.map(\.report.first).min())
      #expect(row.last == entries.map(\.report.last).max())
      let most = Dictionary(grouping: entries, by: \.day).values.map {
        Set($0.map(\.network)).count
      }.max()
      #expect(row.networks == UInt64(most ?? 0))
    }
    let late = made.span.upperBound.start
    #expect(
      try await store.hotSet(since: late, limit: 1_000, after: nil).map(\.source)
        == hot.filter { $0.last >= late }.map(\.source))
    for text in ["198.51.0.0/16", "198.50.0.0/15", "2001:db8::/32", "0.0.0.0/0", "::/0"] {
      let prefix = try #require(Prefix(text))
      let inside = truth.sources.filter { prefix.contains($0) }
      for fewest in [0, 3, 40] as [UInt64] {
        var found: [Address] = []
        while true {
          let page = try await store.summaries(
            prefix: prefix, in: made.span, fewestReports: fewest, limit: 3, after: found.last)
          found += page.map(\.source)
          if page.count < 3 { break }
        }
        let enough = inside.filter { source in
          UInt64(truth.entries.count { $0.report.subject == source }) >= fewest
        }
        #expect(found == enough, "\(text) \(fewest)")
      }
    }
  }

  func orderAndRepetitionDoNotCount() async throws {
    var chance = Chance(17)
    let submissions = made.submissions()
    let store = try await makeStore()
    var sent: Set<BatchID> = []
    for submission in chance.shuffled(submissions + submissions + submissions) {
      let fresh = sent.insert(submission.batch.id).inserted
      let results = try await store.append(
        chance.below(2) == 0 ? [submission] : [submission, submission])
      let first: AppendResult =
        fresh ? .stored(reports: submission.batch.reports.count) : .duplicate
      #expect(results.first == first)
      #expect(results.dropFirst().allSatisfy { $0 == .duplicate })
    }
    try await store.settle()
    #expect(try await store.seen(submissions.map(\.batch.id)) == sent)
    try await check(store, against: Truth(submissions))
    let other = try await filled(submissions)
    for source in Truth(submissions).sources {
      #expect(
        try await store.summary(source: source, in: made.span)
          == other.summary(source: source, in: made.span))
    }
  }

  func manyAtOnceAreStoredOnce() async throws {
    let submissions = made.submissions()
    let store = try await makeStore()
    let stored = try await withThrowingTaskGroup(of: Int.self) { group in
      for round in 0..<4 as Range<UInt64> {
        group.addTask {
          var chance = Chance(round)
          var stored = 0
          for submission in chance.shuffled(submissions) {
            let results = try await store.append([submission])
            stored += results.count { $0 == .stored(reports: submission.batch.reports.count) }
          }
          return stored
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(stored == submissions.count)
    try await store.settle()
    try await checkCounts(store, against: Truth(submissions))
  }

  func retractionTellsWhatIsBeyondRecall() async throws {
    let submissions = made.submissions()
    let store = try await filled(submissions)
    let liar = submissions[0].batch.id.sensor
    let second = made.span.lowerBound.advanced(by: 1)
    try await store.forget(rawBefore: second, sumsBefore: made.span.lowerBound)
    let outcome = try await store.retract(sensor: liar)
    let his = submissions.filter { $0.batch.id.sensor == liar }
    #expect(outcome.beyondRecall == his.count)
    #expect(outcome.reports == Truth(his).entries.count { $0.day >= second })
    let days = made.span.lowerBound...made.span.lowerBound
    let points = try await store.trend(.total, in: days, bucket: .day)
    #expect(
      points.map(\.reports)
        == Truth(submissions).points(in: days, bucket: .day) { _ in true }.map(\.reports))
  }

  func anotherBatchUnderANumberIsRefused() async throws {
    let submissions = made.submissions()
    let store = try await filled(Array(submissions.prefix(3)))
    var forged = submissions[0]
    forged.batch.reports.removeLast()
    forged = Submission(batch: forged.batch, network: forged.network, received: forged.received)
    #expect(try await store.append([forged, submissions[1]]) == [.conflict, .duplicate])
    var two = submissions[4]
    two.batch.reports.removeLast()
    two = Submission(batch: two.batch, network: two.network, received: two.received)
    let results = try await store.append([submissions[4], two])
    #expect(results == [.stored(reports: made.reports), .conflict])
    try await store.settle()
    try await check(
      store, against: Truth(Array(submissions.prefix(3)) + [submissions[4]]))
  }

  func whatIsNoBatchIsRefused() async throws {
    let submissions = made.submissions()
    let store = try await filled(Array(submissions.prefix(2)))
    var bad = submissions[5]
    bad.batch.reports[3].packets = .zero
    await #expect(throws: StoreError.self) { try await store.append([submissions[4], bad]) }
    bad.batch.reports = []
    await #expect(throws: StoreError.self) { try await store.append([bad]) }
    try await check(store, against: Truth(Array(submissions.prefix(2))))
  }

  func retractionLeavesWhatOthersSaid() async throws {
    let submissions = made.submissions()
    let store = try await filled(submissions)
    let liar = submissions[0].batch.id.sensor
    let others = submissions.filter { $0.batch.id.sensor != liar }
    let outcome = try await store.retract(sensor: liar)
    #expect(outcome.batches == submissions.count - others.count)
    #expect(outcome.reports == (submissions.count - others.count) * made.reports)
    #expect(outcome.beyondRecall == 0)
    try await store.settle()
    try await check(store, against: Truth(others))
    // What was taken back is not taken in again.
    #expect(try await store.append([submissions[0]]) == [.duplicate])
    #expect(try await store.retract(sensor: liar).reports == 0)
    try await check(store, against: Truth(others))
  }

  func erasureLeavesNothingOfASource() async throws {
    let submissions = made.submissions()
    let store = try await filled(submissions)
    let source = MadeBatches.source(0)
    let erased = try await store.erase(source: source)
    #expect(erased == Truth(submissions).of(source, in: made.span).count)
    #expect(erased > 0)
    #expect(try await store.summary(source: source, in: made.span) == nil)
    #expect(
      try await store.reports(source: source, in: made.span, limit: 10, after: nil).isEmpty)
    let hot = try await store.hotSet(since: made.span.lowerBound.start, limit: 1_000, after: nil)
    #expect(!hot.map(\.source).contains(source))
    #expect(try await store.append([submissions[0]]) == [.duplicate])
  }

  func recountingChangesNothing() async throws {
    let submissions = made.submissions()
    let store = try await filled(submissions)
    for day in made.span { try await store.recount(day) }
    try await check(store, against: Truth(submissions))
  }

  func forgettingKeepsSums() async throws {
    let submissions = made.submissions()
    let truth = Truth(submissions)
    let store = try await filled(submissions)
    let second = made.span.lowerBound.advanced(by: 1)
    try await store.forget(rawBefore: second, sumsBefore: made.span.lowerBound)
    for source in truth.sources {
      try await checkSummary(store, of: source, in: made.span, against: truth)
      let kept = try await store.reports(source: source, in: made.span, limit: 1_000, after: nil)
      #expect(
        kept.map(\.cursor)
          == truth.of(source, in: second...made.span.upperBound).map(\.cursor))
    }
    try await store.forget(rawBefore: second, sumsBefore: second)
    var rest = truth
    rest.entries.removeAll { $0.day < second }
    try await check(store, against: rest)
  }

  func patternsAreFoundByTheirPieces() async throws {
    let submissions = made.submissions()
    let truth = Truth(submissions)
    let store = try await filled(submissions)
    let digests = Dictionary(
      grouping: truth.entries.filter { $0.report.pattern != nil },
      by: { $0.report.pattern?.digestNumber ?? 0 })
    #expect(digests.count > 5)
    for (digest, entries) in digests {
      let pattern = try #require(entries[0].report.pattern)
      let found = try await store.patterns(bands: LikenessIndex.bands(of: pattern), limit: 100)
      #expect(found.first?.digest == digest)
      #expect(found.first?.reports == UInt64(entries.count))
      let least = entries.compactMap(\.report.pattern?.encoded).min {
        $0.lexicographicallyPrecedes($1)
      }
      #expect(found.first?.pattern.encoded == least)
      let sources = try await store.sources(pattern: digest, in: made.span, limit: 1_000)
      let counts = Dictionary(grouping: entries, by: \.report.subject).mapValues(\.count)
      #expect(sources.count == counts.count)
      for row in sources { #expect(row.reports == UInt64(counts[row.source] ?? 0)) }
    }
  }

  func manyDistinctThingsAreEstimated() async throws {
    var many = made
    many.sources = 4_000
    many.networks = 300
    many.sensors = 300
    many.batches = 300
    many.reports = 20
    many.days = 1
    let submissions = many.submissions()
    let store = try await filled(submissions)
    let point = try #require(
      try await store.trend(.total, in: many.span, bucket: .day).first)
    let truth = Set(submissions.flatMap { $0.batch.reports.map(\.subject) }).count
    #expect(point.reports == 6_000)
    #expect(!point.sources.isExact)
    #expect(abs(Double(point.sources.value) / Double(truth) - 1) < 0.05)
    #expect(abs(Double(point.networks.value) / 300 - 1) < 0.05)
  }
}

import Observations
import Pool
import Testing

/// What every store must hold to as to digests of days.
struct DigestConformance {
  let makeStore: () async throws -> any ReportStore
  var made = MadeBatches(networks: 6, sources: 30, batches: 24)

  static let checks: [(name: String, body: @Sendable (DigestConformance) async throws -> Void)] = [
    ("digestsAreTheTruth", { try await $0.digestsAreTheTruth() }),
    ("otherSettingsOutdate", { try await $0.otherSettingsOutdate() }),
    ("lateReportsOutdate", { try await $0.lateReportsOutdate() }),
    ("whatComesMeanwhileOutdates", { try await $0.whatComesMeanwhileOutdates() }),
    ("retractionOutdates", { try await $0.retractionOutdates() }),
    ("erasureLeavesNothing", { try await $0.erasureLeavesNothing() }),
    ("forgettingKeepsDigests", { try await $0.forgettingKeepsDigests() }),
  ]

  private static let service = Service(transport: .tcp, port: 445)
  private static let keys: [TrendKey] = [
    .total, .service(service), .article("article-1"), .article("article-2"),
  ]

  private func filled(_ submissions: [Submission]) async throws -> any ReportStore {
    let store = try await makeStore()
    _ = try await store.append(submissions)
    for day in made.span { try await store.digest(day) }
    return store
  }

  private func entries(_ truth: Truth, _ key: TrendKey, _ day: Day) -> [Truth.Entry] {
    truth.entries.filter { entry in
      guard entry.day == day else { return false }
      return switch key {
      case .service(let service): entry.report.services.contains(service)
      case .article(let article): entry.report.verdict?.article == article
      default: true
      }
    }
  }

  /// Digests against a count of reports one by one.
  private func check(
    _ store: any ReportStore, against truth: Truth, fewest: UInt64 = Publication.fewestOfPublicPool
  ) async throws {
    for key in DigestConformance.keys {
      let found = try await store.digests(key, in: made.span)
      for day in made.span {
        let entries = entries(truth, key, day)
        let bySource = Dictionary(grouping: entries, by: \.report.subject)
        let wide = bySource.filter {
          UInt64(Set($0.value.map(\.network)).count) >= fewest
        }
        let digest = found.first { $0.day == day }
        if key != .total, wide.isEmpty {
          #expect(digest == nil)
          continue
        }
        let held = try #require(digest, "\(key) \(day)")
        #expect(held.fewestNetworks == fewest)
        #expect(held.reports == UInt64(entries.count))
        #expect(held.sources == UInt64(bySource.count))
        #expect(held.wideSources == UInt64(wide.count))
        #expect(held.wideReports == UInt64(wide.values.reduce(0) { $0 + $1.count }))
        #expect(
          held.widePackets == wide.values.joined().reduce(.zero) { $0 + $1.report.packets })
        #expect(held.networks.map(\.network) == Set(wide.values.joined().map(\.network)).sorted())
        #expect(held.sample.count == wide.count && held.cut == .max)
        #expect(
          held.sample.map(\.networks).sorted()
            == wide.values.map { UInt64(Set($0.map(\.network)).count) }.sorted())
        #expect(held.claims == told(wide.values.map(\.self), fewest: fewest))
      }
    }
  }

  /// Services by their digests, which are checked apart.
  private func checkServices(_ store: any ReportStore, in days: ClosedRange<Day>) async throws {
    let services = try await store.wideServices(
      in: days, fewestNetworks: Publication.fewestOfPublicPool)
    #expect(services.map(\.service) == services.map(\.service).sorted())
    let all = Set(Truth(made.submissions()).entries.flatMap(\.report.services))
    for service in all {
      let digests = try await store.digests(.service(service), in: days)
      #expect(
        services.first { $0.service == service }?.days ?? []
          == digests.map { WideService.OfDay(day: $0.day, reports: $0.wideReports) })
    }
    #expect(!services.isEmpty && all.isSuperset(of: services.map(\.service)))
    #expect(
      try await store.wideServices(
        in: days, fewestNetworks: Publication.fewestOfPublicPool + 1
      ).isEmpty)
  }

  /// Sources by the verdict that most networks, and enough of them, stated.
  private func told(_ wide: [[Truth.Entry]], fewest: UInt64) -> [DayDigest.Claim] {
    var counts: [String: UInt64] = [:]
    for entries in wide {
      let stated = Dictionary(grouping: entries) { $0.report.verdict?.article }
      let networks = stated.mapValues { Set($0.map(\.network)).count }
      let best = networks.compactMap { article, count in article.map { ($0, count) } }
        .min { ($1.1, $0.0) < ($0.1, $1.0) }
      if let best, UInt64(best.1) >= fewest { counts[best.0, default: 0] += 1 }
    }
    return counts.sorted { $0.key < $1.key }.map {
      DayDigest.Claim(article: $0.key, count: $0.value)
    }
  }

  func digestsAreTheTruth() async throws {
    let submissions = made.submissions()
    let store = try await filled(submissions)
    try await check(store, against: Truth(submissions))
    try await checkServices(store, in: made.span)
    try await checkServices(store, in: made.span.lowerBound...made.span.lowerBound)
    #expect(try await store.digestedDays(in: made.span) == Array(made.span))
    #expect(try await store.exposures(in: made.span).map(\.day) == Array(made.span))
    #expect(try await store.digests(.article(nil), in: made.span).isEmpty)
    #expect(try await store.digests(.transport(.udp), in: made.span).isEmpty)
    let empty = made.span.upperBound.advanced(by: 9)
    await #expect(throws: StoreError.self) { try await store.digest(empty) }
  }

  /// What was made with other settings is known, and is made anew.
  func otherSettingsOutdate() async throws {
    let submissions = made.submissions()
    let store = try await filled(submissions)
    let truth = Truth(submissions)
    for fewest in [1, 2, 5] as [UInt64] {
      #expect(try await store.digestedDays(in: made.span, fewestNetworks: fewest).isEmpty)
      for day in made.span { try await store.digest(day, fewestNetworks: fewest) }
      #expect(
        try await store.digestedDays(in: made.span, fewestNetworks: fewest) == Array(made.span))
      try await check(store, against: truth, fewest: fewest)
    }
    #expect(try await store.digestedDays(in: made.span).isEmpty)
  }

  /// What is reported of a canary counts on no day up to the one on which it was withdrawn. Takes a store of
  /// canaries: the same one.
  func canariesAreLeftOut(_ canaries: any CanaryStore) async throws {
    let submissions = made.submissions()
    let address = MadeBatches.source(1)
    let (first, second) = (made.span.lowerBound, made.span.upperBound)
    func without(_ days: ClosedRange<Day>) -> Truth {
      var truth = Truth(submissions)
      truth.entries.removeAll { $0.report.subject == address && days.contains($0.day) }
      return truth
    }
    #expect(without(first...first).entries.count < Truth(submissions).entries.count)
    _ = try await canaries.plant(
      Canary(address: address, note: "x", by: "Ann", since: second.start))
    let store = try await filled(submissions)
    try await check(store, against: without(made.span))
    _ = try await canaries.withdraw(canary: address, at: first.start)
    for day in made.span { try await store.digest(day) }
    try await check(store, against: without(first...first))
  }

  func lateReportsOutdate() async throws {
    let submissions = made.submissions()
    let early = Array(submissions.dropLast(5))
    let store = try await filled(early)
    let before = try await store.digests(.total, in: made.span)
    _ = try await store.append(submissions)
    let late = Set(submissions.suffix(5).flatMap { $0.batch.reports.map { Day($0.first) } })
    #expect(
      try await store.digestedDays(in: made.span) == made.span.filter { !late.contains($0) })
    #expect(try await store.digests(.total, in: made.span) == before)
    for day in late { try await store.digest(day) }
    #expect(try await store.digestedDays(in: made.span) == Array(made.span))
    try await check(store, against: Truth(submissions))
  }

  /// Digests are made while batches come and a source is erased: those that count as whole are.
  func whatComesMeanwhileOutdates() async throws {
    let submissions = made.submissions()
    let store = try await makeStore()
    _ = try await store.append(Array(submissions.prefix(6)))
    let source = MadeBatches.source(1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for submission in submissions.dropFirst(6) { _ = try await store.append([submission]) }
        _ = try await store.erase(source: source)
      }
      for day in made.span {
        group.addTask { for _ in 0..<8 { try await store.digest(day) } }
      }
      try await group.waitForAll()
    }
    var truth = Truth(submissions)
    truth.entries.removeAll { $0.report.subject == source }
    let whole = try await store.digestedDays(in: made.span)
    for digest in try await store.digests(.total, in: made.span) where whole.contains(digest.day) {
      #expect(digest.reports == UInt64(truth.entries.count { $0.day == digest.day }))
    }
    for day in made.span { try await store.digest(day) }
    try await check(store, against: truth)
    #expect(try await store.digestedDays(in: made.span) == Array(made.span))
  }

  func retractionOutdates() async throws {
    let submissions = made.submissions()
    let store = try await filled(submissions)
    let liar = MadeBatches.sensor(2)
    _ = try await store.retract(sensor: liar)
    #expect(try await store.digestedDays(in: made.span).isEmpty)
    for day in made.span { try await store.digest(day) }
    try await check(store, against: Truth(submissions.filter { $0.batch.id.sensor != liar }))
  }

  func erasureLeavesNothing() async throws {
    let submissions = made.submissions()
    let store = try await filled(submissions)
    let source = MadeBatches.source(0)
    let before = try await store.digests(.total, in: made.span)
    _ = try await store.erase(source: source)
    let after = try await store.digests(.total, in: made.span)
    for (one, other) in zip(before, after) {
      #expect(one.sample.count == other.sample.count + 1)
      #expect(one.wideSources == other.wideSources + 1)
    }
    #expect(try await store.digestedDays(in: made.span).isEmpty)
    var truth = Truth(submissions)
    truth.entries.removeAll { $0.report.subject == source }
    for day in made.span { try await store.digest(day) }
    try await check(store, against: truth)
  }

  func forgettingKeepsDigests() async throws {
    let submissions = made.submissions()
    let store = try await filled(submissions)
    let (first, second) = (made.span.lowerBound, made.span.upperBound)
    try await store.forget(rawBefore: second, sumsBefore: first)
    try await check(store, against: Truth(submissions))
    try await store.forget(rawBefore: second, sumsBefore: second)
    #expect(try await store.digestedDays(in: made.span) == [second])
    #expect(try await store.digests(.total, in: made.span).map(\.day) == [second])
    #expect(try await store.exposures(in: made.span).map(\.day) == [second])
  }
}

public import Observations
public import Pool
internal import Synchronization

/// Keeps incidents in step with what was reported.
///
/// An incident is opened once sensors in enough networks reported its source, and told of every further
/// report: by how much the sums are above what it knows, so that a crash between a report and its note
/// loses nothing and counts nothing twice. Of incidents that are older than the sums that are looked at,
/// what came in is counted as it comes. Incidents that fell quiet are closed.
public final class IncidentClerk: Sendable {
  private let store: any ReportStore & IncidentStore
  private let networks: UInt64
  private let notices: (any NoticeTaker)?
  /// Sources with reports that their incidents may not know of, and how many came in since.
  private let touched = Mutex<[Address: UInt64]>([:])
  /// Incidents that were due for escalation when one looked last: it is told once that they are.
  private let dueBefore = Mutex<Set<String>>([])

  /// The most sources that are noted in one step.
  private static let mostAtOnce = 500
  /// Sums of older days are not looked at again and again.
  private static let daysOfSums = 90

  /// A clerk of a store.
  ///
  /// - Parameters:
  ///   - store: where reports and incidents are kept.
  ///   - networks: so many networks must have reported a source; fewer than one count as one.
  ///   - notices: who is told of what happens to incidents; nil for nobody.
  public init(
    store: any ReportStore & IncidentStore, networks: UInt64 = Publication.fewestOfPublicPool,
    notices: (any NoticeTaker)? = nil
  ) {
    self.store = store
    self.notices = notices
    self.networks = max(1, networks)
  }

  /// Remembers sources, once for each report that came in just now.
  public func note(_ subjects: some Sequence<Address>) {
    touched.withLock { held in
      for subject in subjects { held[subject, default: 0] += 1 }
    }
  }

  /// Remembers every source of some days: what a server does at its start, since it may have ended
  /// before it told incidents of all reports.
  ///
  /// - Parameter day: the first of these days.
  /// - Throws: `StoreError`.
  public func noteAll(since day: Day) async throws(StoreError) {
    var place: Address?
    while true {
      let found = try await store.hotSet(
        since: day.start, limit: PoolLimits.pageSize, after: place)
      guard let last = found.last else { return }
      // Fewer reports than networks cannot be enough.
      let enough = found.filter { $0.reports >= networks }
      touched.withLock { held in
        for source in enough { held[source.source, default: 0] += 0 }
      }
      place = last.source
    }
  }

  /// Tells incidents of what was remembered, and closes those that fell quiet.
  ///
  /// - Parameters:
  ///   - now: the time.
  ///   - days: so many days back reports are counted for who is opened.
  ///   - keptBack: addresses that no incident is told of: canaries.
  /// - Throws: `StoreError`; what was not told of is remembered again.
  public func run(
    at now: Timestamp, days: Int, keptBack: Set<Address> = []
  ) async throws(StoreError) {
    let taken = touched.withLock { held in
      defer { held = [:] }
      return keptBack.isEmpty ? held : held.filter { !keptBack.contains($0.key) }
    }
    var rest = taken.keys.sorted()[...]
    do {
      // Sums may be written late.
      try await store.settle()
      while !rest.isEmpty {
        let part = rest.prefix(IncidentClerk.mostAtOnce)
        let (notes, held) = try await notes(on: part, taken, at: now, days: days)
        if !notes.isEmpty {
          let results = try await store.report(notes, at: now)
          await notices?.take(IncidentClerk.notices(of: results, held, at: now))
        }
        rest = rest.dropFirst(part.count)
      }
      try await closeQuiet(at: now)
    } catch {
      touched.withLock { held in
        for subject in rest { held[subject, default: 0] += taken[subject] ?? 0 }
      }
      throw error
    }
  }

  private func notes(
    on subjects: ArraySlice<Address>, _ taken: [Address: UInt64], at now: Timestamp, days: Int
  ) async throws(StoreError) -> (notes: [IncidentNote], held: [Incident?]) {
    let today = Day(now)
    let earliest = today.advanced(by: -IncidentClerk.daysOfSums)
    var notes: [IncidentNote] = []
    var incidents: [Incident?] = []
    for subject in subjects {
      let held = try await store.incident(subject: subject)
      let begin = Day(held?.opened ?? now).advanced(by: 1 - days)
      let span = min(today, max(begin, earliest))...today
      guard let sums = try await store.summary(source: subject, in: span),
        held != nil || sums.networks.value >= networks
      else { continue }
      let known = held?.reports ?? 0
      let more =
        begin >= earliest
        ? (sums.reports > known ? sums.reports - known : 0) : taken[subject] ?? 0
      // After reports were taken back the sums may be below; that it was met again still counts.
      guard more > 0 || held.map({ sums.last > $0.lastReported }) ?? true else { continue }
      notes.append(
        IncidentNote(
          subject: subject,
          event: .reported(
            reports: more, networks: sums.networks.value, last: sums.last,
            article: sums.claims.first { $0.article != nil }?.article)))
      incidents.append(held)
    }
    return (notes, incidents)
  }

  /// What is to be told of notes: incidents that began, and those that came back.
  private static func notices(
    of results: [RecordResult], _ held: [Incident?], at now: Timestamp
  ) -> [Notice] {
    zip(results, held).compactMap { result, before in
      guard case .recorded(let incident) = result else { return nil }
      guard let before else { return Notice(.opened, at: now, incident) }
      return incident.reopenings > before.reopenings ? Notice(.cameBack, at: now, incident) : nil
    }
  }

  private func closeQuiet(at now: Timestamp) async throws(StoreError) {
    var place: IncidentID?
    let before = dueBefore.withLock { $0 }
    var dueNow: Set<String> = []
    while true {
      let due = try await store.due(at: now, limit: PoolLimits.pageSize, after: place)
      guard let last = due.last else { return dueBefore.withLock { $0 = dueNow } }
      var told: [Notice] = []
      for incident in due {
        guard incident.due(at: now) == .close else {
          let notice = Notice(.escalateAgain, at: now, incident)
          dueNow.insert(notice.identity)
          if !before.contains(notice.identity) { told.append(notice) }
          continue
        }
        let result = try await store.record(.fellQuiet, on: incident.id, at: now, ifRevision: nil)
        if case .recorded(let closed) = result { told.append(Notice(.fellQuiet, at: now, closed)) }
      }
      // After a restart what is due is due again: whoever takes notices knows what he told.
      await notices?.take(told)
      place = last.id
    }
  }
}

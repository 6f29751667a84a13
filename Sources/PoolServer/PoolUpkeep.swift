public import Observations
public import Pool
internal import Synchronization

/// What a pool needs again and again: incidents are told of reports, finished days summed up and arranged, old
/// ones forgotten.
public final class PoolUpkeep: Sendable {
  private struct State {
    /// When each day was last tried to be summed up, in seconds.
    var tried: [Day: Int64] = [:]
    /// The day on which old ones were forgotten last.
    var forgot: Day?
    /// The day on which past ones were arranged last.
    var arranged: Day?
  }

  /// Keeps incidents in step with reports.
  public let clerk: IncidentClerk
  /// Holds what is reported against the canaries.
  let canaries: CanaryWatch
  private let store: any ReportStore & IncidentStore & CanaryStore
  private let days: Int
  private let networks: UInt64
  private let keeps: (reports: Int, sums: Int)
  private let state = Mutex(State())

  /// A day whose reports changed after it was summed up is summed up again no sooner than after so long.
  private static let secondsBetweenTries: Int64 = 3_600

  /// The upkeep of a store.
  ///
  /// - Parameters:
  ///   - store: where reports, incidents and canaries are kept.
  ///   - options: how many networks make an incident, how long what is kept.
  public init(
    store: any ReportStore & IncidentStore & CanaryStore, options: PoolServerOptions
  ) {
    self.store = store
    canaries = CanaryWatch(store: store)
    clerk = IncidentClerk(
      store: store, networks: options.networksOfIncident, notices: options.notices)
    days = Desk.days
    networks = max(1, options.networksOfStatement)
    keeps = (options.daysOfReports, options.daysOfSums)
  }

  /// Does what is due.
  ///
  /// - Parameters:
  ///   - now: the time.
  ///   - isStart: whether incidents may have missed reports, since the program ended meanwhile.
  /// - Throws: `StoreError`; what was not done is done the next time.
  public func run(at now: Timestamp, isStart: Bool = false) async throws(StoreError) {
    let today = Day(now)
    if isStart { try await clerk.noteAll(since: today.advanced(by: 1 - days)) }
    try await canaries.run(at: now, days: days)
    try await clerk.run(at: now, days: days, keptBack: try await keptBack(since: today))
    try await sumUp(before: today, at: now)
    if state.withLock({ $0.forgot }) != today {
      try await store.forget(
        rawBefore: today.advanced(by: -keeps.reports), sumsBefore: today.advanced(by: -keeps.sums))
      try await store.forgetHits(before: today.advanced(by: -keeps.sums).start)
      state.withLock { $0.forgot = today }
    }
    if state.withLock({ $0.arranged }) != today {
      // What comes in of yesterday would undo what is arranged of it.
      try await store.arrange(upTo: today.advanced(by: -2))
      state.withLock { $0.arranged = today }
    }
  }

  /// Remembers what a batch that was stored reports, for incidents and of canaries.
  func note(_ batch: Batch, at now: Timestamp) async {
    clerk.note(batch.reports.map(\.subject))
    await canaries.note(batch, at: now)
  }

  /// Addresses of which some of the sums that open incidents are not to be published.
  private func keptBack(since today: Day) async throws(StoreError) -> Set<Address> {
    let first = today.advanced(by: 1 - days)
    return Set(try await canaries.table().values.filter { $0.keepsBack(first) }.map(\.address))
  }

  /// Sums finished days up, as far as that is not done or not true any more.
  private func sumUp(before today: Day, at now: Timestamp) async throws(StoreError) {
    let span = today.advanced(by: -days)...today.advanced(by: -1)
    let done = Set(try await store.digestedDays(in: span, fewestNetworks: networks))
    let due = state.withLock { state in
      span.filter { day in
        !done.contains(day)
          && now.wholeSeconds - (state.tried[day] ?? .min / 2) >= PoolUpkeep.secondsBetweenTries
      }
    }
    for day in due {
      do {
        try await store.digest(day, fewestNetworks: networks)
        state.withLock { $0.tried[day] = now.wholeSeconds }
      } catch {
        // Of a day without single reports there is nothing to be summed up.
        guard case .rejected = error else { throw error }
      }
    }
    state.withLock { state in state.tried = state.tried.filter { span.contains($0.key) } }
  }
}

import Observations
import Pool
import Synchronization

/// Holds what is reported against the canaries.
///
/// Whether an address is one must not show: neither in an answer nor in the time that it takes. So hits are
/// remembered, and written later. What a program that ended did not write is found in the single reports.
final class CanaryWatch: Sendable {
  private struct State {
    /// The canaries by address; nil where they are to be read.
    var table: [Address: Canary]?
    /// How often they changed.
    var changes = 0
    /// Hits that are not written yet.
    var waiting: [CanaryHit] = []
    /// Whether single reports may hold hits that nobody noted.
    var isBehind = true
  }

  private let store: any ReportStore & CanaryStore
  private let state = Mutex(State())

  /// The most hits that wait; of more, single reports tell.
  private static let mostWaiting = 10_000

  init(store: any ReportStore & CanaryStore) { self.store = store }

  /// The canaries by address, withdrawn ones among them.
  func table() async throws(StoreError) -> [Address: Canary] {
    let (held, changes) = state.withLock { ($0.table, $0.changes) }
    if let held { return held }
    let table = Dictionary(
      try await store.canaries().map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
    state.withLock { state in
      // What was read before a change is not kept.
      if state.changes == changes { state.table = table }
    }
    return table
  }

  /// Forgets what was read: somebody planted or withdrew a canary.
  func renew() {
    state.withLock { state in
      state.table = nil
      state.changes += 1
    }
  }

  /// The part of some days of which what is reported of an address may be published; nil for none.
  func published(
    _ address: Address, of days: ClosedRange<Day>
  ) async throws(StoreError) -> ClosedRange<Day>? {
    guard let canary = try await table()[address] else { return days }
    return canary.published(of: days)
  }

  /// Remembers what a batch that was stored says of canaries.
  func note(_ batch: Batch, at now: Timestamp) async {
    do {
      let table = try await table()
      guard !table.isEmpty else { return }
      let hits = CanaryHit.hits(
        in: batch.reports.lazy.map { (batch: batch.id, report: $0) }, of: table, at: now)
      state.withLock { state in
        guard state.waiting.count + hits.count <= CanaryWatch.mostWaiting else {
          state.isBehind = true
          return
        }
        state.waiting += hits
      }
    } catch { state.withLock { $0.isBehind = true } }
  }

  /// Writes what was remembered, and finds what was not.
  ///
  /// - Parameters:
  ///   - now: the time.
  ///   - days: so many days back single reports are looked through where that is needed.
  /// - Throws: `StoreError`; what was not written is written the next time.
  func run(at now: Timestamp, days: Int) async throws(StoreError) {
    let (hits, isBehind) = state.withLock { state in
      defer { (state.waiting, state.isBehind) = ([], false) }
      return (state.waiting, state.isBehind)
    }
    do {
      if !hits.isEmpty { try await store.note(hits) }
      if isBehind { try await lookThrough(days, at: now) }
    } catch {
      state.withLock { $0.isBehind = true }
      throw error
    }
  }

  private func lookThrough(_ days: Int, at now: Timestamp) async throws(StoreError) {
    let table = try await table()
    guard !table.isEmpty else { return }
    // Single reports may be listed late.
    try await store.settle()
    let today = Day(now)
    // A sensor's clock may be ahead.
    let span = today.advanced(by: -days - 1)...today.advanced(by: 1)
    for address in table.keys.sorted() {
      var place: ReportCursor?
      var found: [BatchID: CanaryHit] = [:]
      while true {
        let page = try await store.reports(
          source: address, in: span, limit: PoolLimits.pageSize, after: place)
        for hit in CanaryHit.hits(
          in: page.lazy.map { (batch: $0.cursor.batch, report: $0.report) }, of: table, at: now)
        {
          found[hit.batch] = found[hit.batch].map { $0.adding(hit) } ?? hit
        }
        guard page.count == PoolLimits.pageSize, let last = page.last else { break }
        place = last.cursor
      }
      if !found.isEmpty { try await store.note(Array(found.values)) }
    }
  }
}

extension CanaryHit {
  /// Two parts of what a batch says of a canary, together.
  fileprivate func adding(_ other: CanaryHit) -> CanaryHit {
    var sum = self
    sum.firm += other.firm
    sum.forgeable += other.forgeable
    sum.first = min(first, other.first)
    sum.last = max(last, other.last)
    return sum
  }
}

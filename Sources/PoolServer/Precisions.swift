import Pool
import Synchronization

/// How often each article was right, held between two confirmations: it is counted over all incidents.
final class Precisions: Sendable {
  private let held = Mutex<[String: ArticlePrecision]?>(nil)

  /// The precision of an article; nil where nobody confirmed any cause of an incident with it.
  func of(
    _ article: String, _ store: any IncidentStore
  ) async throws(StoreError) -> ArticlePrecision? {
    if let known = held.withLock({ $0 }) { return known[article] }
    let measured = ArticlePrecision.measured(by: try await store.confirmedCauses())
    let table = Dictionary(measured.map { ($0.article, $0) }) { first, _ in first }
    held.withLock { $0 = table }
    return table[article]
  }

  /// Forgets what was counted: somebody confirmed a cause.
  func renew() { held.withLock { $0 = nil } }
}

extension ArticlePrecision {
  /// For people, a sentence.
  var sentence: String {
    func percent(_ share: Double) -> String { String(Int((100 * share).rounded())) }
    return
      "Of \(confirmed) incidents with this verdict whose cause somebody confirmed, it was right in "
      + "\(right) (\(percent(low))\u{2013}\(percent(high)) %, if they were a random sample, which they are not)."
  }
}

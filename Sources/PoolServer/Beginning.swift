import Observations
import Pool
import Reporting
import Synchronization

/// Whether anything of any day was published yet. Once it was, nobody needs to be told when it will be.
final class Beginning: Sendable {
  private let isOver = Mutex(false)

  var hasEnded: Bool { isOver.withLock { $0 } }

  func end() { isOver.withLock { $0 = true } }
}

extension Desk {
  /// What is to be said while nothing is published of any day yet, a sentence each: from when on something
  /// will be. Days are told and no hours, and nothing that less than enough networks stand for.
  func beginning() async throws(StoreError) -> [String] {
    guard !start.hasEnded else { return [] }
    let days = span(of: .total)
    let points = points(of: try await told(.total, in: days))
    guard publication.trend(points, bucket: .day, at: clock(), of: .total).isEmpty else {
      start.end()
      return []
    }
    let today = Day(clock())
    var lines = ["Nothing is published of any day yet."]
    let reported = try await store.trend(.total, in: span, bucket: .day)
    if let first = publication.beginning(reported, at: clock()),
      publication.telling(of: first).upperBound >= today
    {
      lines.append(
        "Reports are in since \(first): what enough networks met alike on that day is told "
          + "\(from(publication.telling(of: first))).")
    }
    lines.append(
      "What is met today, on \(today), is told \(from(publication.telling(of: today))): whole days only, "
        + "hours after they ended, since the time of an answer could tell where a sensor is.")
    return lines
  }

  private func from(_ days: ClosedRange<Day>) -> String {
    days.lowerBound == days.upperBound
      ? "from \(days.lowerBound) on"
      : "from \(days.lowerBound) on, some of it from \(days.upperBound) on"
  }

  func tellBeginning(on page: inout Page) async throws(StoreError) {
    for line in try await beginning() { page.html.element("p", line) }
  }

  /// For operators: since when reports are in, whoever sent them.
  func tellReports(on page: inout Page) async throws(StoreError) {
    let points = try await store.trend(.total, in: span, bucket: .day)
    guard let first = points.map(\.start).min() else {
      page.html.element("p", "No report of the last \(Desk.days) days is in.")
      return
    }
    let reports = points.reduce(UInt64(0)) { $0 &+ $1.reports }
    page.html.element(
      "p",
      "Of the last \(Desk.days) days \(reports) reports are in, the first of \(Day(first)). What they say is "
        + "told by whole days: of \(Day(first)) \(from(publication.telling(of: Day(first)))), of today "
        + "\(from(publication.telling(of: Day(clock())))), as far as enough networks say it.")
  }
}

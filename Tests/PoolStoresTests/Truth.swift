import Observations
import Pool

/// What a store must answer, worked out from the reports one by one.
struct Truth {
  struct Entry {
    var report: Report
    var cursor: ReportCursor
    var network: Prefix
    var sensor: SensorID { cursor.batch.sensor }
    var day: Day { Day(report.first) }
  }

  var entries: [Entry] = []

  init(_ submissions: [Submission]) {
    for submission in submissions {
      for (index, report) in submission.batch.reports.enumerated() {
        let cursor = ReportCursor(
          first: report.first, batch: submission.batch.id, index: index)
        entries.append(Entry(report: report, cursor: cursor, network: submission.network))
      }
    }
  }

  func of(_ source: Address, in days: ClosedRange<Day>) -> [Entry] {
    entries.filter { $0.report.subject == source && days.contains($0.day) }
      .sorted { $0.cursor < $1.cursor }
  }

  var sources: [Address] { Set(entries.map(\.report.subject)).sorted() }

  func points(
    in days: ClosedRange<Day>, bucket: TrendBucket, where holds: (Report) -> Bool
  ) -> [TrendPoint] {
    let chosen = entries.filter { days.contains($0.day) && holds($0.report) }
    let groups = Dictionary(grouping: chosen) { entry in
      entry.report.first.wholeSeconds / bucket.rawValue * bucket.rawValue
    }
    return groups.sorted { $0.key < $1.key }.map { start, members in
      TrendPoint(
        start: Timestamp(seconds: start), reports: UInt64(members.count),
        sources: exact(Set(members.map(\.report.subject)).count),
        networks: exact(Set(members.map(\.network)).count))
    }
  }

  func exact(_ count: Int) -> DistinctCount { DistinctCount(value: UInt64(count), isExact: true) }
}

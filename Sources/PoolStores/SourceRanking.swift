import GRDB
import Observations
import Pool

/// Which sources most networks reported, by the lists kept of each day where these suffice.
enum SourceRanking {
  static func top(
    _ days: ClosedRange<Day>, _ limit: Int, _ db: Database
  ) throws -> [TopRow] {
    let kept = try Int.fetchAll(
      db, sql: "SELECT day FROM rank_floor WHERE day >= ? AND day <= ? ORDER BY day",
      arguments: [days.lowerBound.rawValue, days.upperBound.rawValue])
    guard limit > 0 else { return [] }
    return try listed(kept, limit, db) ?? all(days, limit, db)
  }

  /// Out of the lists; nil where what they leave out could belong to the answer.
  private static func listed(
    _ days: [Int], _ limit: Int, _ db: Database
  ) throws -> [TopRow]? {
    var sources: [Address: (most: Int64, reports: Int64, days: Set<Int>)] = [:]
    // Who is not listed on a day has at most its floor's networks.
    var unlisted: Int64 = 0
    for day in days {
      guard let list = try Ranking.list(day, db) else { return nil }
      unlisted = max(unlisted, list.floor.networks)
      for row in list.rows {
        var sum = sources[row.source] ?? (0, 0, [])
        sum.most = max(sum.most, row.score.networks)
        sum.reports += row.score.reports
        sum.days.insert(day)
        sources[row.source] = sum
      }
    }
    // Of one day all above the floor are listed, those with as many networks as it has among them.
    let isOneDay = days.count == 1
    let sure = isOneDay ? sources : sources.filter { $0.value.most > unlisted }
    if sure.count < limit, unlisted > 0 { return nil }
    let bound = sure.values.map(\.most).sorted(by: >).prefix(limit).last ?? 0
    let select = try Prepared(db, "SELECT reports FROM source_day WHERE day=? AND src=?")
    var rows: [TopRow] = []
    for (source, sum) in sure where sum.most >= bound {
      var reports = sum.reports
      for day in days where !sum.days.contains(day) {
        select.bind(1, day)
        try select.bind(2, source)
        if try select.step() { reports += select.number(0) }
        select.reset()
      }
      rows.append(
        TopRow(
          key: .source(source), reports: UInt64(clamping: reports),
          networks: UInt64(clamping: sum.most)))
    }
    return Array(rows.sorted(by: isAbove).prefix(limit))
  }

  private static func isAbove(_ a: TopRow, _ b: TopRow) -> Bool {
    if a.networks != b.networks { return a.networks > b.networks }
    if a.reports != b.reports { return a.reports > b.reports }
    return a.key < b.key
  }

  /// Out of the sums of all sources.
  private static func all(
    _ days: ClosedRange<Day>, _ limit: Int, _ db: Database
  ) throws -> [TopRow] {
    let select = try Prepared(
      db,
      """
      SELECT src, SUM(reports) AS n, MAX(networks) AS most FROM source_day
        WHERE day >= ? AND day <= ? GROUP BY src ORDER BY most DESC, n DESC, src LIMIT ?
      """)
    select.bind(1, days.lowerBound.rawValue)
    select.bind(2, days.upperBound.rawValue)
    select.bind(3, limit)
    var rows: [TopRow] = []
    while try select.step() {
      rows.append(
        TopRow(
          key: .source(try select.address(0)), reports: UInt64(clamping: select.number(1)),
          networks: UInt64(clamping: select.number(2))))
    }
    return rows
  }
}

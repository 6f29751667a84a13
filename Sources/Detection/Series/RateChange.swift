internal import Observations

/// When an activity's rate doubled or more, by a chart of its hours, and how everything else fared then.
struct RateChange: Sendable {
  /// The first alarm; nil where none was raised.
  struct First: Sendable {
    /// Hours since the epoch: the first that raised the sum, and the one that passed the threshold.
    var onset: Int64, alarm: Int64
    /// Events in the day before the onset and from then on, and how many hours those are.
    var before: Double, after: Double
    var hoursBefore: Int, hoursAfter: Int
  }

  /// Hours that the usual rate is taken from, and events in them, at the least.
  static let leastBaseline = 24
  static let leastEvents = 10.0
  private static let day = 24

  var rate: Double
  var dispersion: Double
  var threshold: Double
  /// Hours looked at.
  var hours: Int
  var alarms: Int
  var first: First?

  /// nil where there is too little of a beginning to take the usual rate from.
  ///
  /// - Parameters:
  ///   - counts: of each hour, quiet ones included.
  ///   - start: the first hour, since the epoch.
  init?(_ counts: [UInt32], start: Int64) {
    let baseline = max(RateChange.leastBaseline, counts.count / 4)
    guard counts.count >= 2 * baseline else { return nil }
    let usual = counts.prefix(baseline).map { Double($0) }
    let total = usual.reduce(0, +)
    guard total >= RateChange.leastEvents else { return nil }
    let mean = total / Double(baseline)
    let variance =
      usual.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / Double(baseline - 1)
    // The rate is estimated: one standard error on the side of no alarm.
    let scatter = max(1, variance / mean)
    let cautious = mean + (mean * scatter / Double(baseline)).squareRoot()
    guard let chart = ChangeChart(rate: cautious, dispersion: scatter) else { return nil }
    rate = mean
    dispersion = chart.dispersion
    threshold = chart.threshold
    hours = counts.count - baseline
    let found = chart.alarms(counts[baseline...])
    alarms = found.count
    guard let alarm = found.first else { return }
    let onset = baseline + alarm.onset
    let (from, to) = (max(0, onset - RateChange.day), min(counts.count, onset + RateChange.day))
    func sum(_ range: Range<Int>) -> Double { counts[range].reduce(0.0) { $0 + Double($1) } }
    first = First(
      onset: start + Int64(onset), alarm: start + Int64(baseline + alarm.alarm),
      before: sum(from..<onset), after: sum(onset..<to), hoursBefore: onset - from,
      hoursAfter: to - onset)
  }
}

extension Finishing {
  /// The chart of a service's hours; nil where they are too few.
  func change(_ entry: Entry) -> RateChange? {
    guard books.profiles[Int(entry.service.profile)].tries >= UInt32(RateStep.leastEvents) else {
      return nil
    }
    return RateChange(series(entry), start: span.lowerBound / 3_600_000_000_000)
  }

  /// Events of all followed services by hour: what a change of one is compared with.
  mutating func totalHours() {
    guard result.drafts.contains(where: { $0.change?.first != nil }) else { return }
    var totals: [Int64: UInt64] = [:]
    for shard in 0..<Bounds.shards {
      for number in 1..<max(1, Int(books.states[shard].profiles)) {
        let profile = books.profiles[Bounds.place(shard, number)]
        totals[profile.hour, default: 0] += UInt64(profile.hourCount)
      }
      for number in 1..<max(1, Int(books.states[shard].hours)) {
        let hour = books.hours[Bounds.place(shard, number)]
        totals[Int64(hour.hour), default: 0] += UInt64(hour.count)
      }
    }
    result.hourTotals = totals
  }
}

extension Correlation {
  /// Activities that rose together with one, above which visits are not compared with it.
  private static let mostCompared = 64

  /// When activities' rates doubled, all of them.
  static func changes(_ streams: [StreamResult]) -> [(from: Int64, to: Int64)] {
    let hour: Int64 = 3_600_000_000_000
    var found: [(from: Int64, to: Int64)] = []
    for stream in streams {
      for draft in stream.drafts {
        guard let first = draft.change?.first else { continue }
        found.append((first.onset &* hour, (first.alarm &+ 1) &* hour))
      }
    }
    return found
  }

  /// Everything else grew by this ratio: then it is the evidence that changed, not the subject.
  private static let wholeRatio = 1.5
  /// Events of others that show it.
  private static let leastOthers = 50.0

  /// What the chart of a draft's hours says, and what coincides with it.
  func rateChange(_ draft: Draft, _ stream: StreamResult) -> Finding? {
    guard let change = draft.change, let first = change.first else { return nil }
    let builder = FindingBuilder(draft, direction: .unknown)
    var values: [String: FindingValue] = [
      "alarms": .integer(change.alarms), "usualPerHour": .number(change.rate),
      "dispersion": .number(change.dispersion), "threshold": .number(change.threshold),
      "hours": .integer(change.hours),
      "hoursToFalseAlarm": .number(ChangeChart.hoursToFalseAlarm),
    ]
    let hour: Int64 = 3_600_000_000_000
    let (from, to) = (first.onset &* hour, (first.alarm &+ 1) &* hour)
    let after = first.after / Double(max(1, first.hoursAfter))
    let others = others(first, stream)
    let isWhole = others.map { $0 >= Correlation.wholeRatio } ?? false
    let events = coincident(draft, from, to)
    values["afterPerHour"] = .number(after)
    values["ratio"] = .number(after / max(change.rate, 1e-3))
    values["onsetFrom"] = .time(Timestamp(nanoseconds: from))
    values["onsetTo"] = .time(Timestamp(nanoseconds: to))
    values["wholeEvidence"] = .flag(isWhole)
    values["coincident"] = .integer(events.count)
    values["coincides"] = .text(events.isEmpty ? "nothing known" : events.joined(separator: "; "))
    if let others { values["othersRatio"] = .number(others) }
    let guardText =
      isWhole
      ? "; everything else in \(draft.path) grew, too, so that the logging, the clock or the log's "
        + "format may have changed rather than the sender" : ""
    return builder.finding(
      .rateChange,
      "\(change.alarms) \(change.alarms == 1 ? "alarm" : "alarms") of a doubled rate; the first began "
        + "between \(Timestamp(nanoseconds: from)) and \(Timestamp(nanoseconds: to)), from "
        + "\(FindingBuilder.rate(change.rate)) to \(FindingBuilder.rate(after)) an hour; at that time: "
        + (events.isEmpty ? "nothing known" : events.joined(separator: "; ")) + guardText, values)
  }

  /// By how much everything else in the stream grew in the day from the onset; nil where there is too
  /// little else.
  private func others(_ first: RateChange.First, _ stream: StreamResult) -> Double? {
    func rate(_ hours: Range<Int64>, _ own: Double) -> (events: Double, perHour: Double) {
      let all = hours.reduce(0.0) { $0 + Double(stream.hourTotals[$1] ?? 0) }
      let events = max(0, all - own)
      return (events, events / Double(max(1, hours.count)))
    }
    let before = rate(first.onset - Int64(first.hoursBefore)..<first.onset, first.before)
    let after = rate(first.onset..<first.onset + Int64(first.hoursAfter), first.after)
    guard first.hoursBefore > 0, before.events + after.events >= Correlation.leastOthers else {
      return nil
    }
    return after.perHour / max(before.perHour, 1 / Double(first.hoursBefore))
  }

  /// Notes, other activities' changes and changes of visits within the onset or an hour of it.
  private func coincident(_ draft: Draft, _ from: Int64, _ to: Int64) -> [String] {
    let hour: Int64 = 3_600_000_000_000
    let (early, late) = (from &- hour, to &+ hour)
    var events = notes.filter { note in
      let (begin, end) = (note.from.nanoseconds, note.to?.nanoseconds ?? note.from.nanoseconds)
      return begin <= late && end >= early
    }.map { "\"\($0.text)\"" }
    // The activity itself is among them.
    let with = changes.count { $0.from <= late && $0.to >= early } - 1
    if with > 0 {
      events.append("\(with) other \(with == 1 ? "activity" : "activities") rose, too")
    }
    // Where everything changes, visits tell nothing apart.
    let visits =
      with < Correlation.mostCompared
      && books.contains { book in
        let day = 24 &* hour
        guard let range = book.range, range.lowerBound <= from &- day,
          range.upperBound >= from &+ day
        else { return false }
        let before = Double(book.count(from: from &- day, to: from))
        return Double(book.count(from: from, to: from &+ day)) >= Correlation.wholeRatio
          * max(1, before)
      }
    if visits { events.append("visits rose, too") }
    return events
  }
}

internal import Observations

/// Had the targets contacted the sender first? Visits against lookups, on possibly different clocks.
struct SolicitedProbes {
  /// How far the visitors' clock is ahead of the stream's, in seconds, and whether it could be estimated.
  struct ClockOffset: Sendable {
    var seconds: Double
    var isKnown: Bool
  }

  /// Estimates the offset on other events than the ones under test: reverse DNS queries about visitors, which a server
  /// sends in the moment of the visit.
  ///
  /// The differences to the nearest visit pile up at the true offset and scatter elsewhere; the fullest second wins
  /// where it holds at least ten and three times what chance spreads.
  static func clockOffset(
    _ book: VisitBook, _ queries: [StreamResult.ReverseRecord]
  ) -> ClockOffset {
    let reach = Int(Thresholds.largestOffset)
    var bins = [Int](repeating: 0, count: 2 * reach + 1)
    var differences: [Double] = []
    for query in queries where query.outcome == 0 {
      guard let visit = book.nearestVisit(of: query.address, to: query.time) else { continue }
      let difference = (Double(visit) - Double(query.time)) / 1e9
      guard difference.magnitude <= Thresholds.largestOffset else { continue }
      differences.append(difference)
      bins[Int(difference.rounded(.down)) + reach] += 1
    }
    guard differences.count >= 10, let best = bins.indices.max(by: { bins[$0] < bins[$1] }),
      bins[best] >= 10, bins[best] * reach >= 3 * differences.count
    else { return ClockOffset(seconds: 0, isKnown: false) }
    let centre = Double(best - reach) + 0.5
    let near = differences.filter { ($0 - centre).magnitude <= 2 }
    return ClockOffset(seconds: Statistics.median(near) ?? centre, isKnown: true)
  }

  var lookups = 0
  var matchedInWindow = 0
  var targets: Set<UInt32> = []
  var matched: Set<UInt32> = []
  var lags: [Double] = []

  /// Joins lookups with visits; lookups outside the log's hours do not count.
  init(_ records: [LookupRecord], _ book: VisitBook, _ offset: ClockOffset) {
    guard let range = book.range else { return }
    let shift = Int64(offset.seconds * 1e9)
    let slack = Int64(Thresholds.clockSlack * 1e9)
    let window = Int64(Thresholds.visitWindow * 1e9)
    for record in records {
      let time = record.time &+ shift
      guard time >= range.lowerBound, time <= range.upperBound &+ window else { continue }
      lookups += 1
      targets.insert(record.target)
      guard let visit = book.lastVisit(of: record.target, by: time &+ slack) else { continue }
      matched.insert(record.target)
      if time &- visit <= window {
        matchedInWindow += 1
        lags.append(max(0, (Double(time) - Double(visit)) / 1e9))
      }
    }
  }

  /// Addresses in the networks that targets and visitors come from: what a chooser that knows these networks, but not the
  /// visitors, would draw from. Smaller than the Internet, so the test is conservative.
  static func population(_ targets: Set<UInt32>, _ visitors: [UInt32]) -> Double {
    var networks = Set<UInt32>()
    for target in targets { networks.insert(target >> 16) }
    for visitor in visitors { networks.insert(visitor >> 16) }
    return Double(networks.count) * 65_536
  }

  func finding(
    _ builder: FindingBuilder, _ book: VisitBook, _ offset: ClockOffset, stepped: Bool?
  ) -> Finding? {
    guard lookups >= Thresholds.lookupsForVisits else { return nil }
    let population = SolicitedProbes.population(targets, book.distinct)
    let pValue = Statistics.hypergeometricTail(
      population: population, marked: Double(book.distinct.count), sample: Double(targets.count),
      drawn: Double(matched.count))
    var values: [String: FindingValue] = [
      "targets": .integer(targets.count),
      "visitors": .integer(book.distinct.count),
      "matched": .integer(matched.count),
      "share": FindingBuilder.share(matched.count, of: targets.count),
      "matchedInWindow": .integer(matchedInWindow),
      "shareInWindow": FindingBuilder.share(matchedInWindow, of: lookups),
      "windowSeconds": .number(Thresholds.visitWindow),
      "pValue": .number(pValue),
      "population": .number(population),
      "clockOffsetSeconds": .number(offset.seconds),
      "clockOffsetKnown": .flag(offset.isKnown),
      "source": .text("visitors-log"),
    ]
    if let median = Statistics.median(lags) { values["medianLagSeconds"] = .number(median) }
    if let stepped { values["visitorsStepped"] = .flag(stepped) }
    return builder.finding(
      .solicitedProbes,
      "\(matched.count) of \(targets.count) targets had contacted the sender before, "
        + "\(matchedInWindow) of \(lookups) lookups within a minute", values,
      count: matchedInWindow)
  }

  /// The same from the capture itself: the pair memory saw the targets' own packets come first.
  static func finding(_ builder: FindingBuilder, sources: Int) -> Finding? {
    let draft = builder.draft
    let profile = draft.profile
    guard draft.facts.isCapture, profile.targets > 0 else { return nil }
    let lags = draft.records.compactMap {
      $0.solicitedLag == 0xffff ? nil : Double($0.solicitedLag) * Lags.tick
    }
    let population = max(
      population(Set(draft.members ?? []), []), Double(sources) + draft.targets.high)
    var values: [String: FindingValue] = [
      "targets": .integer(Int(profile.targets)),
      "visitors": .integer(sources),
      "matched": .integer(Int(profile.solicited)),
      "share": FindingBuilder.share(profile.solicited, of: profile.targets),
      "matchedInWindow": .integer(Int(profile.solicited)),
      "shareInWindow": FindingBuilder.share(profile.solicited, of: profile.targets),
      "windowSeconds": .number(60),
      "pValue": .number(
        Statistics.hypergeometricTail(
          population: population, marked: Double(sources), sample: Double(profile.targets),
          drawn: Double(profile.solicited))),
      "population": .number(population),
      "clockOffsetSeconds": .number(0),
      "clockOffsetKnown": .flag(true),
      "source": .text("capture"),
    ]
    if let median = Statistics.median(lags) { values["medianLagSeconds"] = .number(median) }
    return builder.finding(
      .solicitedProbes,
      "\(profile.solicited) of \(profile.targets) targets had sent to the sender within the minute "
        + "before", values, count: Int(profile.solicited))
  }
}

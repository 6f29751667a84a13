internal import Observations

extension Correlation {
  /// A rate that nobody notices: ten tries a second at all addresses.
  private static let slowScan = 10.0
  /// How many times too slow a rate must be for a named generator to be out of the question.
  private static let tooSlow = 10.0

  /// How fast a source tries, and how fast it must try altogether if it chooses blindly and only a part of
  /// that is met here.
  func scanRate(_ draft: Draft, _ direction: Direction, _ stream: StreamResult) -> Finding? {
    guard case .service = draft.shape, draft.shape.transport != .arp, draft.subject.isIPv4,
      draft.profile.targets >= UInt32(Telescope.leastEvents)
    else { return nil }
    let events = Int(clamping: max(UInt64(draft.profile.tries), UInt64(draft.profile.targets)))
    let seconds = (Double(draft.last) - Double(draft.first)) / 1e9
    guard seconds >= 1 else { return nil }
    // Events between the first and the last: the two ends were chosen by them.
    let interval = CountInterval(events - 1)
    let (rate, low, high) = (
      Double(events - 1) / seconds, interval.low / seconds, interval.high / seconds
    )
    var values: [String: FindingValue] = [
      "events": .integer(events), "seconds": .number(seconds), "perSecond": .number(rate),
      "low": .number(low), "high": .number(high),
    ]
    var summary =
      "\(Correlation.perSecond(rate)) tries a second (95 %: \(Correlation.perSecond(low)) to "
      + "\(Correlation.perSecond(high)))"
    var fastest = high
    if direction == .inbound, let blind = blind(draft, stream, events - 1, seconds) {
      values.merge(blind.values) { $1 }
      summary += blind.words
      fastest = blind.high
    }
    let slow = MeasuredEpidemic.all.filter {
      fastest * Correlation.tooSlow < $0.model?.triesPerSecond ?? 0
    }
    values["tooSlowFor"] = .text(
      slow.isEmpty ? "none" : slow.map(\.name).joined(separator: ", "))
    if !slow.isEmpty {
      summary +=
        "; too slow by far for "
        + slow.map { "\($0.name) (\(Correlation.perSecond($0.model?.triesPerSecond ?? 0)))" }
        .joined(separator: " and ") + ", which excludes no other worm"
    }
    return FindingBuilder(draft, direction: direction).finding(
      .scanRate, summary, values, count: events)
  }

  private struct Blind {
    var values: [String: FindingValue]
    var words: String
    var high: Double
  }

  private func blind(
    _ draft: Draft, _ stream: StreamResult, _ events: Int, _ seconds: Double
  ) -> Blind? {
    let watched = watched(draft)
    guard let telescope = Telescope(addresses: watched),
      let rate = telescope.rate(events: events, seconds: seconds)
    else { return nil }
    let span = stream.span.map { (Double($0.upperBound) - Double($0.lowerBound)) / 1e9 } ?? seconds
    let chance = telescope.chanceOf(
      events: Int(draft.profile.targets), perSecond: Correlation.slowScan,
      seconds: max(span, seconds))
    let wait = MeasuredEpidemic.time(
      telescope.secondsToSee(0.5, perSecond: Correlation.slowScan))
    return Blind(
      values: [
        "watched": .number(watched), "blindPerSecond": .number(rate.perSecond),
        "blindLow": .number(rate.low), "blindHigh": .number(rate.high),
        "slowScanChance": .number(chance),
      ],
      words:
        "; if it chose among all addresses blindly, of which \(Int(watched)) are watched here, that is "
        + "\(Correlation.perSecond(rate.perSecond)) a second altogether "
        + "(\(Correlation.perSecond(rate.low)) to \(Correlation.perSecond(rate.high))); somebody who makes "
        + "ten a second would be met here within \(wait) by even odds",
      high: rate.high)
  }

  /// Addresses of the home network's blocks that the targets lie in, or the targets where these are more.
  private func watched(_ draft: Draft) -> Double {
    let targets = (draft.members ?? []).compactMap { TargetSets.address($0) }
    let sample = stride(
      from: 0, to: targets.count, by: max(1, targets.count / Finishing.sample)
    ).map { targets[$0] }
    let met = home.filter { prefix in
      prefix.base.isIPv4 && !prefix.base.isPrivate && sample.contains { prefix.contains($0) }
    }
    // Blocks within blocks count once.
    let outer = met.filter { prefix in
      !met.contains { $0.length < prefix.length && $0.contains(prefix.base) }
    }
    let size = Set(outer).reduce(0.0) { $0 + Double(UInt64(1) << UInt64(32 - $1.length)) }
    return max(size, Double(targets.count), 1)
  }

  static func perSecond(_ value: Double) -> String {
    if value >= 0.1 { return FindingBuilder.rate(value) }
    // Two digits that count.
    var (scaled, zeros) = (value, 0)
    while scaled < 0.1, zeros < 12 {
      scaled *= 10
      zeros += 1
    }
    let digits = Int((scaled * 100).rounded())
    return value > 0 && zeros < 12 ? "0." + String(repeating: "0", count: zeros) + "\(digits)" : "0"
  }
}

extension Correlation {
  private static let dayLength: Int64 = 86_400_000_000_000

  /// Says of each service how many sources there are behind those that two sensors met, and whether they
  /// become more.
  mutating func stateSpread() {
    var parts: [ActivityShape: [Int: [Draft]]] = [:]
    for (number, stream) in streams.enumerated() {
      for draft in stream.drafts + stream.minor where direction(draft) != .outbound {
        guard case .service = draft.shape, draft.subject.isIPv4, !draft.subject.isVeiled else {
          continue
        }
        parts[draft.shape, default: [:]][number, default: []].append(draft)
      }
    }
    for (shape, sensors) in parts.sorted(by: { $0.key < $1.key }) {
      if let finding = recaptured(shape, sensors) { networkFindings.append(finding) }
      for (number, drafts) in sensors.sorted(by: { $0.key < $1.key }) {
        if let finding = growth(shape, drafts, streams[number]) { networkFindings.append(finding) }
      }
    }
  }

  /// The sources of one day at two sensors that watch different addresses: those in both tell how many
  /// there are in all.
  private func recaptured(_ shape: ActivityShape, _ sensors: [Int: [Draft]]) -> Finding? {
    let fullest = sensors.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.prefix(2)
    guard fullest.count == 2, case .service(let transport, let port) = shape,
      let one = streams[fullest[0].key].span, let other = streams[fullest[1].key].span
    else { return nil }
    let targets = fullest.map { Set($0.value.flatMap { $0.members ?? [] }) }
    let start = max(one.lowerBound, other.lowerBound)
    let end = min(one.upperBound, other.upperBound, start &+ Correlation.dayLength)
    guard start < end, !targets[0].isEmpty, targets[0].isDisjoint(with: targets[1]) else {
      return nil
    }
    let met = fullest.map { sensor in
      Set(sensor.value.filter { $0.first <= end && $0.last >= start }.map(\.subject))
    }
    let common = met[0].intersection(met[1]).count
    guard let found = Recapture(first: met[0].count, second: met[1].count, common: common) else {
      return nil
    }
    return Finding(
      kind: .populationSize,
      summary:
        "\(transport) port \(port): of \(met[0].count) and \(met[1].count) sources that two sensors met "
        + "within a day \(common) are the same, so there are about \(Int(found.estimate.rounded())) "
        + "(95 %: \(Int(found.low.rounded())) to \(Int(found.high.rounded()))), if each is as likely to meet "
        + "one sensor as the other and none changes its address",
      values: [
        "first": .integer(met[0].count), "second": .integer(met[1].count),
        "common": .integer(common), "estimate": .number(found.estimate),
        "low": .number(found.low), "high": .number(found.high), "port": .integer(Int(port)),
      ], count: met[0].union(met[1]).count, evidence: [])
  }

  private func growth(
    _ shape: ActivityShape, _ drafts: [Draft], _ stream: StreamResult
  ) -> Finding? {
    guard case .service(let transport, let port) = shape, let span = stream.span else { return nil }
    let length = (Double(span.upperBound) - Double(span.lowerBound)) / 1e9
    let times = drafts.map { max(0, (Double($0.first) - Double(span.lowerBound)) / 1e9) }
    guard let growth = Growth(times, length: length), let doubling = growth.doubling else {
      return nil
    }
    let like = MeasuredEpidemic.all.first {
      doubling / $0.doubling < 2 && $0.doubling / doubling < 2
    }
    return Finding(
      kind: .growth,
      summary:
        "\(transport) port \(port) in \(stream.facts.path): new sources come ever faster, doubling in "
        + "\(MeasuredEpidemic.time(doubling)) (95 %: "
        + "\(MeasuredEpidemic.time(Statistics.ln(2) / growth.high)) to "
        + "\(MeasuredEpidemic.time(Statistics.ln(2) / growth.low)); \(growth.count) sources), as hosts do "
        + "that infect each other, or as news of a tool spreads"
        + (like.map { "; \($0.words)" } ?? ""),
      values: [
        "sources": .integer(growth.count), "doublingSeconds": .number(doubling),
        "doublingLow": .number(Statistics.ln(2) / growth.high),
        "doublingHigh": .number(Statistics.ln(2) / growth.low), "port": .integer(Int(port)),
        "like": .text(like?.name ?? "none"),
      ], count: growth.count, evidence: [])
  }
}

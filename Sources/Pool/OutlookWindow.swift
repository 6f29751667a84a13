internal import Observations

/// What digests and exposures of some days say, brought into the form that is calculated with.
struct OutlookWindow {
  /// The days.
  let days: ClosedRange<Day>
  /// Networks that make a source widely met.
  let fewest: UInt64
  /// Days on which enough networks watched.
  var watchedDays = 0
  /// Networks that could meet such sources: those that met some on one of the days.
  var networks = 0
  /// Of these, those that somebody stated the number of watched addresses of, for every day.
  var stated = 0
  /// Addresses that a network watches on average, over networks and days, where it is known of all; else 0.
  var meanAddresses = 0.0
  /// The share of sources that is looked at, chosen by chance.
  var share = 1.0
  /// Sources left out because most others are of the other version of IP.
  var otherFamily = 0
  /// For each source looked at, its verdicts with the most networks of one day.
  var claims: [[String: UInt64]] = []
  /// Packets of each source looked at.
  var packets: [Double] = []
  var counts: PresenceCounts

  init(
    _ digests: [DayDigest], _ exposures: [DayExposure], _ days: ClosedRange<Day>, fewest: UInt64
  ) {
    self.days = days
    self.fewest = fewest
    let digests = digests.filter { days.contains($0.day) }
    let cut = digests.map(\.cut).min() ?? .max
    share = digests.map(\.samplingShare).min() ?? 1
    let four = digests.reduce(0) { $0 + $1.sample.count { $0.isIPv4 } }
    let isIPv4 = 2 * four >= digests.reduce(0) { $0 + $1.sample.count }
    let able = OutlookWindow.able(digests, isIPv4: isIPv4)
    networks = 0
    var histories: [UInt64: [PresenceCounts.Seen]] = [:]
    var verdicts: [UInt64: [String: UInt64]] = [:]
    var others: Set<UInt64> = []
    for digest in digests.sorted(by: { $0.day < $1.day }) {
      let place = days.lowerBound.distance(to: digest.day)
      for source in digest.sample where source.number < cut && source.networks >= fewest {
        guard source.isIPv4 == isIPv4 else {
          others.insert(source.number)
          continue
        }
        let middle = Double(source.packets.low) / 2 + Double(source.packets.high) / 2
        histories[source.number, default: []].append(
          PresenceCounts.Seen(
            day: place, networks: Int(clamping: source.networks), packets: middle))
        for claim in source.claims {
          let held = verdicts[source.number]?[claim.article] ?? 0
          verdicts[source.number, default: [:]][claim.article] = max(held, claim.count)
        }
      }
    }
    otherFamily = others.count
    let ordered = histories.sorted { $0.key < $1.key }
    packets = ordered.map { $0.value.reduce(0) { $0 + $1.packets } }
    claims = ordered.map { verdicts[$0.key] ?? [:] }
    let sizes = OutlookWindow.sizes(exposures, able, days)
    counts = PresenceCounts(ordered.map(\.value), sizes: sizes.sizes, fewest: Int(clamping: fewest))
    (networks, stated, meanAddresses) = (sizes.networks, sizes.stated, sizes.meanAddresses)
    watchedDays = counts.setOfDay.count { $0 != nil }
  }

  /// From the first to the last day on which enough networks watched; nil for none.
  var watchedSpan: ClosedRange<Day>? {
    guard let first = counts.setOfDay.firstIndex(where: { $0 != nil }),
      let last = counts.setOfDay.lastIndex(where: { $0 != nil })
    else { return nil }
    return days.lowerBound.advanced(by: first)...days.lowerBound.advanced(by: last)
  }

  /// Networks that met such sources; nil for any, where there are too many to name.
  private static func able(_ digests: [DayDigest], isIPv4: Bool) -> Set<Prefix>? {
    if digests.contains(where: { $0.networkCount > UInt64($0.networks.count) }) { return nil }
    return Set(
      digests.flatMap(\.networks).filter { isIPv4 ? $0.metIPv4 : $0.metIPv6 }.map(\.network))
  }

  private struct Sizes {
    var sizes: [[Double]]
    var networks: Int
    var stated: Int
    var meanAddresses: Double
  }

  /// The networks of each day by their watched addresses, or all alike where these are not known of all.
  private static func sizes(
    _ exposures: [DayExposure], _ able: Set<Prefix>?, _ days: ClosedRange<Day>
  ) -> Sizes {
    var watching = [[DayExposure.Network]](
      repeating: [], count: days.lowerBound.distance(to: days.upperBound) + 1)
    for exposure in exposures where days.contains(exposure.day) {
      watching[days.lowerBound.distance(to: exposure.day)] = exposure.networks.filter {
        $0.watched != 0 && (able?.contains($0.network) ?? true)
      }
    }
    let all = watching.flatMap(\.self)
    let (met, unknown) = (
      Set(all.map(\.network)), Set(all.filter { $0.watched == nil }.map(\.network))
    )
    let isKnown = unknown.isEmpty && !all.isEmpty
    let sizes = watching.map { $0.map { isKnown ? Double($0.watched ?? 1) : 1 } }
    return Sizes(
      sizes: sizes, networks: met.count, stated: met.count - unknown.count,
      meanAddresses: isKnown ? sizes.reduce(0) { $0 + $1.reduce(0, +) } / Double(all.count) : 0)
  }
}

extension OutlookWindow {
  /// Where climbing begins.
  var start: PresenceModel.Point {
    let early = counts.single[0] + counts.first[0]
    let arrived = counts.sources - early
    let late = (counts.single.last ?? 0) + (counts.last.last ?? 0)
    let departed = max(0.5, counts.sources - late)
    var exposed = 0.5 * counts.sources
    for part in [counts.between, counts.missed, counts.last] { exposed += part.reduce(0, +) }
    let leaving = max(0.01, min(3, departed / max(exposed, 1)))
    let perDay = max(arrived, 0.5) / Double(max(1, counts.days))
    let ln = OutlookMath.ln
    return [ln(early + 0.5), ln(perDay), 0, ln(leaving), counts.probingByPackets - 0.7]
  }
}

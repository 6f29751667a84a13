internal import Observations

/// How far sensors' clocks are apart, by the sources that they have in common.
///
/// A source that sweeps the Internet meets two sensors shortly after one another, in either order: the
/// differences of when each first met a source pile up at the difference of their clocks. The fullest
/// quarter of an hour tells the zone; the median of what falls near it the rest, with the order
/// statistics' interval for a median (95 %). What is near is taken about the median found before, so
/// that a clock far from a whole quarter is not drawn to it.
struct ClockAlignment {
  /// Sources in common below which nothing is said.
  static let leastEvents = 20
  /// How far from a whole zone differences count, in seconds.
  static let reach = 450.0
  private static let quarter = 900.0
  /// How often what is near is taken anew.
  private static let rounds = 4

  /// Seconds to take from the stream's times.
  var offset: Double
  var low: Double
  var high: Double
  /// The multiple of a quarter of an hour in it.
  var zone: Double
  var events: Int

  /// Compares a stream with the reference; nil where they have too little in common, or no agreement.
  init?(_ sightings: [Address: Int64], reference: [Address: Int64]) {
    var differences: [Double] = []
    for (source, time) in sightings {
      guard let other = reference[source] else { continue }
      let difference = (Double(time) - Double(other)) / 1e9
      if difference.magnitude <= 14 * 3_600 + ClockAlignment.reach {
        differences.append(difference)
      }
    }
    guard differences.count >= ClockAlignment.leastEvents else { return nil }
    differences.sort()
    guard let zone = ClockAlignment.fullest(differences) else { return nil }
    self.zone = zone
    var near: [Double] = []
    var centre = zone
    for _ in 0..<ClockAlignment.rounds {
      near = differences.filter { ($0 - centre).magnitude <= ClockAlignment.reach }
      guard near.count >= ClockAlignment.leastEvents, near.count * 4 >= differences.count else {
        return nil
      }
      centre = Statistics.median(near) ?? centre
    }
    events = near.count
    offset = centre
    // 95 % by order statistics: the median lies between these with that probability.
    let spread = 0.98 * Double(near.count).squareRoot()
    let middle = Double(near.count) / 2
    low = near[max(0, Int((middle - spread).rounded(.down)))]
    high = near[min(near.count - 1, Int((middle + spread).rounded(.up)))]
  }

  /// The quarter of an hour around which most differences lie; of two as full the one nearer to 0.
  private static func fullest(_ sorted: [Double]) -> Double? {
    var counts: [Int: Int] = [:]
    for difference in sorted { counts[Int((difference / quarter).rounded()), default: 0] += 1 }
    let best = counts.max {
      ($0.value, -$0.key.magnitude.signed, $0.key) < ($1.value, -$1.key.magnitude.signed, $1.key)
    }
    return best.map { Double($0.key) * quarter }
  }

  /// The clock's error beside the zone, where the interval excludes none.
  var clockError: Double? {
    let (from, to) = (low - zone, high - zone)
    return from <= 0 && to >= 0 ? nil : offset - zone
  }
}

extension UInt {
  fileprivate var signed: Int { Int(clamping: self) }
}

extension StreamResult {
  /// The stream by another clock: all times less `seconds`.
  mutating func shift(by seconds: Double) {
    let step = Int64((seconds * 1e9).rounded())
    for number in drafts.indices { drafts[number].shift(by: step) }
    for number in minor.indices { minor[number].shift(by: step) }
    steps = steps.map { $0.lowerBound &- step...$0.upperBound &- step }
    span = span.map { $0.lowerBound &- step...$0.upperBound &- step }
    sightings = sightings.mapValues { $0 &- step }
  }
}

extension Draft {
  fileprivate mutating func shift(by step: Int64) {
    first = first &- step
    last = last &- step
    for number in records.indices { records[number].time = records[number].time &- step }
    for number in trace.indices { trace[number].time = trace[number].time &- step }
    stepTimes = stepTimes.map { $0.lowerBound &- step...$0.upperBound &- step }
  }
}

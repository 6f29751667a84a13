internal import Observations

/// What an activity did before, during and after something that the user noted.
///
/// Rates are compared by the conditional binomial test: of n events in two windows, those in the
/// second are binomial with the windows' share of the time (Przyborowski and Wilenski 1940), and so is
/// the interval of their ratio (Clopper and Pearson). Events that come in bursts count for less: counts
/// are divided by the dispersion found within the windows.
public struct NoteTest: Hashable, Sendable {
  /// What became of the activity.
  public enum Effect: String, Hashable, Sendable {
    /// The interval of the ratio lies within a half and twice.
    case unchanged
    /// Nothing was left where five events at least were to be expected.
    case stopped
    /// It became rarer, p below 0.01.
    case fell
    /// It became more frequent, p below 0.01.
    case rose
    /// Nothing before, five events at least during.
    case began
    /// The evidence does not cover it, or holds too little.
    case untestable
  }

  /// What became of it.
  public var effect: Effect
  /// Events per hour; nil where the evidence does not cover that time.
  public var before: Double?
  /// Events per hour while it lasted, or after a moment.
  public var during: Double?
  /// Events per hour afterwards.
  public var after: Double?
  /// During against before, with its 95 % interval; nil where one of them is not known.
  public var ratio: (value: Double, low: Double, high: Double)? {
    ratioValue.map { ($0, ratioLow, ratioHigh) }
  }
  private var ratioValue: Double?
  private var ratioLow = 0.0
  private var ratioHigh = Double.infinity
  /// The probability of so great a difference without any change.
  public var pValue: Double?
  /// How many hours before and after a moment were compared; nil for what lasted.
  public var momentHours: Int?
  /// Why it could not be tested; nil where it could.
  public var obstacle: String?

  /// Nanoseconds in an hour.
  static let hour: Int64 = 3_600_000_000_000
  /// How far about a moment, or a change that lasts, is looked.
  static let day = 24 * hour
  /// How far about a moment is looked at first, in hours: the nearer, the less of other causes comes
  /// in. The first stretch with so many events on both sides together is taken.
  private static let reaches: [Int64] = [1, 3, 8, 24]
  private static let momentEvents = 20
  /// Events to be expected below which their absence says nothing.
  static let leastExpected = 5.0

  /// Tests one note.
  ///
  /// - Parameters:
  ///   - events: times of deduplicated events, ascending.
  ///   - span: what the evidence covers.
  ///   - from: when it began.
  ///   - to: when it ended; nil for a moment or a lasting change.
  ///   - resolution: nanoseconds within which an event may lie elsewhere; a note that did not last
  ///     three times as long cannot be tested.
  public init(
    _ events: [Int64], span: ClosedRange<Int64>, from: Int64, to: Int64?, resolution: Int64 = 0
  ) {
    effect = .untestable
    let reach = NoteTest.reach(events, about: from, atLeast: 3 * resolution)
    if to == nil { momentHours = Int(reach / NoteTest.hour) }
    let end = max(from, to ?? min(from &+ reach, span.upperBound))
    let length = max(end &- from, NoteTest.hour)
    let windows = [
      Window(from &- length, from, span), Window(from, end, span),
      Window(end, end &+ length, span),
    ]
    let counts = windows.map { $0.count(events) }
    func rate(_ k: Int) -> Double? { windows[k].hours > 0 ? counts[k] / windows[k].hours : nil }
    (before, during, after) = (rate(0), rate(1), to == nil ? nil : rate(2))
    guard to == nil || end &- from >= 3 &* resolution else {
      obstacle = "so many events were kept by the hour only"
      return
    }
    guard windows[1].hours > 0, windows[1].share >= 0.8 else {
      obstacle = "the evidence does not cover that time"
      return
    }
    // Half an hour before, or half as long as it lasted, whichever is less.
    guard windows[0].hours >= min(0.5, windows[1].hours / 2), windows[0].hours > 0 else {
      obstacle = "the evidence does not cover the time before"
      return
    }
    let dispersion = NoteTest.dispersion(events, [windows[0], windows[1]])
    let share = windows[1].hours / (windows[0].hours + windows[1].hours)
    let (early, late) = (counts[0] / dispersion, counts[1] / dispersion)
    let expected = early * windows[1].hours / windows[0].hours
    compare(early, late, share)
    judge(early: early, late: late, expected: expected)
  }

  private static func reach(
    _ events: [Int64], about time: Int64, atLeast least: Int64
  ) -> Int64 {
    let hours = reaches.first { hours in
      hours * hour >= least
        && events.count { $0 >= time &- hours * hour && $0 < time &+ hours * hour } >= momentEvents
    }
    return (hours ?? 24) * hour
  }

  private mutating func compare(_ early: Double, _ late: Double, _ share: Double) {
    let n = Int((early + late).rounded())
    let k = min(n, Int(late.rounded()))
    guard n > 0, share > 0, share < 1 else { return }
    let up = StartsAndStops.tail(k, of: n, share: share)
    let down = StartsAndStops.tail(n - k, of: n, share: 1 - share)
    pValue = min(1, 2 * min(up, down))
    func odds(_ p: Double) -> Double { p < 1 ? p / (1 - p) * (1 - share) / share : .infinity }
    ratioValue = early > 0 ? odds(late / (early + late)) : nil
    ratioLow = k > 0 ? odds(NoteTest.bound { StartsAndStops.tail(k, of: n, share: $0) - 0.025 }) : 0
    ratioHigh =
      k < n
      ? odds(NoteTest.bound { StartsAndStops.tail(k + 1, of: n, share: $0) - 0.975 }) : .infinity
  }

  private mutating func judge(early: Double, late: Double, expected: Double) {
    if late == 0, expected >= NoteTest.leastExpected {
      effect = .stopped
    } else if early == 0, late >= NoteTest.leastExpected {
      effect = .began
    } else if ratioValue != nil, ratioLow >= 0.5, ratioHigh <= 2 {
      effect = .unchanged
    } else if let pValue, pValue < 0.01, let ratioValue {
      effect = ratioValue < 1 ? .fell : .rose
    } else {
      obstacle = "too few events to tell a change from chance"
    }
  }

  /// Where an increasing function of a probability crosses zero.
  private static func bound(_ value: (Double) -> Double) -> Double {
    var (low, high) = (0.0, 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if value(middle) < 0 { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// Variance over mean of the counts in twelve pieces of each window, at least 1.
  private static func dispersion(_ events: [Int64], _ windows: [Window]) -> Double {
    var pearson = 0.0
    var freedom = 0.0
    for window in windows where window.hours > 0 {
      let step = max(1, (window.to &- window.from) / 12)
      let counts = (0..<12).map { piece in
        let start = window.from &+ Int64(piece) &* step
        return Window(start, start &+ step, window.from...window.to).count(events)
      }
      let mean = counts.reduce(0, +) / 12
      guard mean > 0 else { continue }
      pearson += counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / mean }
      freedom += 11
    }
    return freedom > 0 ? max(1, pearson / freedom) : 1
  }

  /// A stretch of time as far as the evidence covers it.
  private struct Window {
    var from: Int64
    var to: Int64
    /// How much of it the evidence covers, 0...1.
    var share: Double

    init(_ from: Int64, _ to: Int64, _ span: ClosedRange<Int64>) {
      self.from = min(max(from, span.lowerBound), span.upperBound)
      self.to = min(max(to, span.lowerBound), span.upperBound)
      share = to > from ? Double(self.to &- self.from) / Double(to &- from) : 0
    }

    var hours: Double { Double(to &- from) / Double(NoteTest.hour) }

    func count(_ events: [Int64]) -> Double {
      Double(Window.lower(events, to) - Window.lower(events, from))
    }

    private static func lower(_ events: [Int64], _ time: Int64) -> Int {
      var (low, high) = (0, events.count)
      while low < high {
        let middle = (low + high) / 2
        if events[middle] < time { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }
}

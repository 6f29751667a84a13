/// When something went on: runs of events without a long silence.
struct Episodes: Sendable {
  /// Runs in order, each from its first event to its last.
  let runs: [ClosedRange<Int64>]

  /// The least silence that ends a run: 60 s, and ten times the usual gap.
  static let leastSilence: Int64 = 60_000_000_000

  /// - Parameters:
  ///   - times: ascending.
  ///   - silence: what ends a run; nil: as the times themselves have it.
  init(of times: [Int64], silence: Int64? = nil) {
    var gaps: [Double] = []
    for (a, b) in zip(times, times.dropFirst()) where b &- a > 1_000_000_000 {
      gaps.append(Double(b &- a))
    }
    let usual = Statistics.median(gaps) ?? 0
    let silence = silence ?? max(Episodes.leastSilence, Int64(min(3 * usual, 1e15)))
    var result: [ClosedRange<Int64>] = []
    for time in times {
      if let last = result.last, time &- last.upperBound <= silence {
        result[result.count - 1] = last.lowerBound...max(last.upperBound, time)
      } else {
        result.append(time...time)
      }
    }
    runs = result
  }

  /// Whether a time lies in a run, or at most `margin` behind one's beginning and end.
  func contains(_ time: Int64, lag: Int64 = 0) -> Bool {
    runs.contains { $0.lowerBound &+ lag <= time && time <= $0.upperBound &+ lag }
  }
}

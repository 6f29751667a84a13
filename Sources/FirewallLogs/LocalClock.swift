internal import Observations

/// Turns what a log's clock showed into times, where stamps state no zone.
///
/// Clocks of most zones are put forward and back. A local time that never came is taken with the
/// offset from before. One that came twice is taken for the first pass until the stamps go back by
/// minutes, then for the second; where a pause leaves open which it was, the time is uncertain.
struct LocalClock {
  /// Stamps of several hosts may be this much out of order, in seconds, and clocks not put back.
  private static let jitter: Int64 = 300
  /// After a longer pause, in seconds, the second pass may have begun unseen.
  private static let pause: Int64 = 1_800

  private let rule: ZoneRule
  private let isFixed: Bool
  /// Local times that all have `offset`, and came once.
  private var steady: Range<Int64> = 0..<0
  /// Seconds east of UTC, for the last stamp.
  private(set) var offset: Int64
  /// What is doubtful about the last stamp; nil where nothing is.
  private(set) var doubt: Anomaly?
  /// Whether nobody can tell which of two times the last stamp means.
  private(set) var isUncertain = false
  private var last: Int64?
  /// Inside an hour that comes twice: whether it is the second time, and whether that is known.
  private var repeated: (isSecond: Bool, isKnown: Bool)?

  init(_ rule: ZoneRule, now: Timestamp) {
    self.rule = rule
    isFixed = rule.isFixed
    offset = rule.offset(at: now.wholeSeconds)
    if isFixed { steady = .min ..< .max }
  }

  /// The stamp under way has a zone of its own, or is none.
  mutating func clear() {
    doubt = nil
    isUncertain = false
  }

  /// When clocks showed `local`, both in seconds since the epoch.
  @inline(__always)
  mutating func time(_ local: Int64) -> Int64 {
    if steady.contains(local) {
      if !isFixed { note(local) }
      return local &- offset
    }
    return resolve(local)
  }

  @inline(never)
  private mutating func note(_ local: Int64) {
    clear()
    last = local
    repeated = nil
  }

  @inline(never)
  private mutating func resolve(_ local: Int64) -> Int64 {
    if let found = rule.constant(around: local) { (steady, offset) = found }
    let time: Int64
    switch rule.resolve(local) {
    case .once(let once):
      note(local)
      time = once
    case .never(let before):
      note(local)
      doubt = .hourSkipped
      time = before
    case .twice(let first, let second):
      let isSecond = follow(local)
      doubt = .hourTwice
      time = isSecond ? second : first
    }
    offset = local &- time
    // The range belongs to another offset now.
    if !steady.contains(local) { steady = 0..<0 }
    return time
  }

  /// Follows the stamps through an hour that comes twice; whether this one is of the second time.
  private mutating func follow(_ local: Int64) -> Bool {
    let step = last.map { local &- $0 }
    var now = repeated ?? (false, false)
    if let step {
      if step < -LocalClock.jitter || (repeated == nil && step < 0) {
        // Back by minutes inside the hour, or back into it by a moment: the clocks were put back.
        now =
          repeated != nil || step >= -LocalClock.jitter ? (true, true) : (false, false)
      } else if repeated == nil {
        now = (false, step <= LocalClock.pause)
      } else if step > LocalClock.pause, !now.isSecond {
        now.isKnown = false
      }
    }
    repeated = now
    last = local
    isUncertain = !now.isKnown
    return now.isSecond
  }
}

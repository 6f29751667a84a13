import Observations
import Pool
import Synchronization

/// What is to be done once a day.
final class DailyUpkeep: Sendable {
  private let last = Mutex<Day?>(nil)

  /// Whether it is to be done now: the first time on each day.
  func isDue(_ day: Day) -> Bool {
    last.withLock { last in
      defer { last = day }
      return last != day
    }
  }
}

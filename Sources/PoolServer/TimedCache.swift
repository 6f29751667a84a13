import Observations
import Synchronization

/// Something that is made once in a while, since it is much work and changes by days.
final class TimedCache<Value: Sendable>: Sendable {
  private let held = Mutex<(made: Timestamp, value: Value)?>(nil)

  /// What is held, if it is not older than ten minutes.
  func value(at now: Timestamp) -> Value? {
    held.withLock { held in
      guard let held, (0..<600).contains(now.wholeSeconds - held.made.wholeSeconds) else {
        return nil
      }
      return held.value
    }
  }

  func keep(_ value: Value, at now: Timestamp) { held.withLock { $0 = (now, value) } }
}

import Synchronization

/// Lets few through at a time. The others wait, and of those only so many.
///
/// Some questions need a thousand times the work of others. However many ask them, and from however many
/// addresses, whoever asks something small is answered meanwhile.
final class Turnstile: Sendable {
  private struct State {
    var inside = 0
    var line: [CheckedContinuation<Bool, Never>] = []
  }

  private let atOnce: Int
  private let most: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - atOnce: so many are let through at a time.
  ///   - most: so many wait at most.
  init(atOnce: Int, most: Int) {
    self.atOnce = max(1, atOnce)
    self.most = max(0, most)
  }

  /// How many wait.
  var waiting: Int { state.withLock { $0.line.count } }

  /// Does some work when its turn comes.
  ///
  /// - Returns: what it gives; nil where too many wait already.
  func pass<Value>(_ work: () async -> Value) async -> Value? {
    guard await waits() else { return nil }
    let value = await work()
    leave()
    return value
  }

  /// Takes a turn, at once or after a while; false where too many wait.
  private func waits() async -> Bool {
    await withCheckedContinuation { continuation in
      let isIn: Bool? = state.withLock { state in
        if state.inside < atOnce {
          state.inside += 1
          return true
        }
        guard state.line.count < most else { return false }
        state.line.append(continuation)
        return nil
      }
      if let isIn { continuation.resume(returning: isIn) }
    }
  }

  /// Gives the turn to whoever waited longest.
  private func leave() {
    let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
      guard state.line.isEmpty else { return state.line.removeFirst() }
      state.inside -= 1
      return nil
    }
    next?.resume(returning: true)
  }
}

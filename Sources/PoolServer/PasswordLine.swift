import Dispatch
import Synchronization

/// The line in which passwords wait to be checked, one at a time and on a thread of its own.
///
/// Checking one is made to cost a third of a second and 32 MiB. A limit for each address does not help
/// against whoever has very many: without this line a few hundred attempts would keep every thread from
/// answering anybody else.
final class PasswordLine: Sendable {
  /// So many wait at most; whoever comes then is asked to come again.
  static let most = 16

  private let queue = DispatchQueue(label: "culprit.passwords", qos: .utility)
  private let waiting = Mutex(0)

  /// What some work with a password gives; nil where too many wait.
  func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
    let isTaken = waiting.withLock { waiting in
      guard waiting < PasswordLine.most else { return false }
      waiting += 1
      return true
    }
    guard isTaken else { return nil }
    return await withCheckedContinuation { continuation in
      queue.async { [self] in
        let value = work()
        waiting.withLock { $0 -= 1 }
        continuation.resume(returning: value)
      }
    }
  }
}

import Dispatch
import Pool

/// Long work on the store is done in pieces, each a short transaction, so that batches that come
/// meanwhile wait for a piece at most. One such work is done at a time, on a thread of its own.
final class UpkeepLine: Sendable {
  private let line = DispatchQueue(label: "culprit.pool.upkeep")

  /// Does some work when all that was asked for before is done.
  func run<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws(StoreError) -> Value {
    let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
      line.async {
        do { continuation.resume(returning: .success(try work())) } catch {
          continuation.resume(returning: .failure(StoreError(mapping: error)))
        }
      }
    }
    return try result.get()
  }
}

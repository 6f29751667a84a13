import Knowledge
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// Serves a pool on this machine while a body asks.
///
/// - Parameters:
///   - made: the pool; nil for a new one.
///   - secondsToAsk: within which a request must be whole.
///   - body: is given the port and the pool.
/// - Throws: what keeps the pool from being made or served.
func serving(
  _ made: MadePool? = nil, secondsToAsk: Int64 = 30,
  _ body: @escaping @Sendable (Int, MadePool) async throws -> Void
) async throws {
  let pool = try made ?? MadePool()
  var options = PoolServerOptions(clock: { MadePool.now })
  options.port = 0
  options.secondsToAsk = secondsToAsk
  options.lookupsPerMinute = 0
  let server = PoolServer(store: pool.store, knowledge: try KnowledgeBase.load(), options: options)
  let (ports, told) = AsyncStream.makeStream(of: Int.self)
  let box = UncheckedPool(pool: pool)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await server.run { told.yield($0) } }
    var iterator = ports.makeAsyncIterator()
    let port = try #require(await iterator.next())
    do { try await body(port, box.pool) } catch { Issue.record(error) }
    group.cancelAll()
  }
}

/// Tests use a pool from one task at a time.
private struct UncheckedPool: @unchecked Sendable {
  let pool: MadePool
}

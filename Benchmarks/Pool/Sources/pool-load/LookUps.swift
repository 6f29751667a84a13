import Foundation
import Observations
import Pool
import PoolStores

/// Looks up in a store that was filled, with nothing else going on.
struct LookUps {
  let load: Load

  func run(in store: SQLiteStore) async throws {
    try await addresses(store, "not arranged")
    let start = ContinuousClock.now
    try await store.arrange(upTo: load.span.upperBound.advanced(by: -2))
    say(String(format: "arranging: %.1f s", (ContinuousClock.now - start) / .seconds(1)))
    try await addresses(store, "alone")
    try await blocks(store)
    try await rankings(store)
  }

  private func addresses(_ store: SQLiteStore, _ when: String) async throws {
    var chance = LoadChance(78)
    var latencies = Latencies()
    // What the first ones take shows what was in memory.
    for number in 1...20_000 {
      let source = Load.source(&chance)
      let start = ContinuousClock.now
      _ = try await store.summary(source: source, in: load.span)
      latencies.add(ContinuousClock.now - start)
      if number == 1_000 { say("look-up by address, \(when), the first: \(latencies.text)") }
    }
    say("look-up by address, \(when): \(latencies.text)")
  }

  /// Blocks of sources that hardly anybody meets twice: the most work for an answer.
  private func blocks(_ store: SQLiteStore) async throws {
    for length in [24, 20, 16] {
      var chance = LoadChance(79)
      var latencies = Latencies()
      for _ in 0..<(length == 24 ? 200 : 20) {
        let base = Address(ipv4: 0x4000_0000 + UInt32(chance.below(128) << 16))
        let start = ContinuousClock.now
        _ = try await store.summaries(
          prefix: Prefix(of: base, length: length), in: load.span, fewestReports: 3,
          limit: PoolLimits.pageSize, after: nil)
        latencies.add(ContinuousClock.now - start)
      }
      say("first page of a /\(length): \(latencies.text)")
    }
  }

  private func rankings(_ store: SQLiteStore) async throws {
    let day = load.span.upperBound
    for kind in TopKind.allCases {
      let start = ContinuousClock.now
      _ = try await store.top(kind, in: day...day, limit: 100)
      let one = ContinuousClock.now - start
      _ = try await store.top(kind, in: load.span, limit: 100)
      let all = ContinuousClock.now - start - one
      say(
        String(
          format: "top %@: %.1f ms of a day, %.1f ms of all", kind.rawValue,
          one / .milliseconds(1), all / .milliseconds(1)))
    }
  }
}

import Foundation
import Observations
import Pool
import PoolStores

/// Stores reports of which each has a pattern of its own, then looks for what is like some of them.
struct PatternSearch {
  let folder: String
  let load: Load

  init(folder: String, count: Int) {
    self.folder = folder
    var load = Load(reports: count)
    load.onePatternEach = true
    load.days = 2
    self.load = load
  }

  func run() async throws {
    let store = try SQLiteStore(folder: folder)
    let (start, used) = (ContinuousClock.now, Meter.processor)
    var number = 0
    while number < load.batches {
      let some = (number..<min(number + 32, load.batches)).map(load.submission)
      _ = try await store.append(some)
      number += some.count
    }
    try await store.settle()
    let count = Double(load.batches * load.batch)
    say(
      String(
        format: "patterns: %.0f new ones, %.0f a second, %.0f us CPU each, %d MB resident", count,
        count / ((ContinuousClock.now - start) / .seconds(1)),
        (Meter.processor - used) / count * 1e6, Meter.residentMegabytes))
    var chance = LoadChance(79)
    var (all, searching) = (Latencies(), Latencies())
    var found = 0
    let searches = 1_000
    for _ in 0..<searches {
      let sought = Load.pattern(chance.below(load.reports), .tcp)
      let begin = ContinuousClock.now
      let candidates = try await store.patterns(
        bands: LikenessIndex.bands(of: sought), limit: 200)
      searching.add(ContinuousClock.now - begin)
      let ranked = LikenessIndex.ranked(sought, among: candidates, limit: 20)
      all.add(ContinuousClock.now - begin)
      if let first = ranked.first, first.candidate.digest == sought.digestNumber { found += 1 }
    }
    say("look-up by pattern: \(all.text)")
    say("  of which the store: \(searching.text)")
    say("  found itself first: \(found) of \(searches)")
    try await store.close()
  }
}

import Observations
import Testing

@testable import Detection

@Suite struct TargetSetsTests {
  @Test(arguments: [0, 1, 2, 7, 8, 9, 100, 5_000, 49_000])
  func exactLikeASet(size: Int) {
    let sets = TargetSets(shards: 2, seed: 0x1234_5678)
    var handle = TargetSet()
    var oracle: Set<UInt32> = []
    var random = SplitMix(state: UInt64(size) + 1)
    for _ in 0..<size * 2 {
      let target = UInt32(truncatingIfNeeded: random.next() % UInt64(max(1, size)))
      let isNew = sets.insert(target, into: &handle, count: oracle.count, shard: 1)
      #expect(isNew == oracle.insert(target).inserted)
    }
    #expect(sets.members(handle) == oracle.sorted())
    #expect(sets.size(handle, counted: oracle.count).low == Double(oracle.count))
  }

  @Test(arguments: [UInt32(0), 0x1234_5678, .max])
  func everyKeyCountsWhateverTheSeed(seed: UInt32) {
    // One target of each seed has the key 0, which the tables cannot hold in a slot.
    let sets = TargetSets(shards: 1, seed: seed)
    var handle = TargetSet()
    var count = 0
    for target in [seed, 0, 1, .max, seed ^ 1] {
      if sets.insert(target, into: &handle, count: count, shard: 0) { count += 1 }
    }
    #expect(count == Set([seed, 0, 1, .max, seed ^ 1]).count)
  }

  @Test func aSketchStaysWithinItsBounds() {
    let sets = TargetSets(shards: 1, seed: 7)
    var handle = TargetSet()
    var count = 0
    for target in 0..<UInt32(400_000) {
      if sets.insert(target &* 2_654_435_761, into: &handle, count: count, shard: 0) { count += 1 }
    }
    let size = sets.size(handle, counted: count)
    #expect(size.low <= 400_000 && size.high >= 400_000)
    #expect(size.high / size.low < 1.08)
    #expect(sets.members(handle) == nil)
  }

  @Test func aFullArenaSaysAtLeast() {
    let sets = TargetSets(shards: 1, seed: 7)
    var handles = [TargetSet](repeating: TargetSet(), count: 60)
    var counts = [Int](repeating: 0, count: 60)
    for target in 0..<UInt32(40_000) {
      for k in handles.indices
      where sets.insert(target, into: &handles[k], count: counts[k], shard: 0) {
        counts[k] += 1
      }
    }
    let sizes = zip(handles, counts).map { sets.size($0, counted: $1) }
    #expect(sizes.contains { $0.high > $0.low })
    #expect(sizes.allSatisfy { $0.low <= 40_000 && $0.high >= 40_000 })
  }
}

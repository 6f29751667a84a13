internal import Observations

/// The books on every source of one stream: what shards keep, updated batch by batch.
///
/// A source's shard is fixed by its address. Workers share this object but each touches only the shards dealt to it, so
/// no two threads ever meet in one entry. Updates go in short passes over 128 observations, each starting the next one's
/// cache misses.
final class Books: @unchecked Sendable {
  /// Per shard, one cache line of counters.
  struct ShardState: BitwiseCopyable {
    var sources: UInt32, services: UInt32, profiles: UInt32, chunks: UInt32, hours: UInt32
    var cadences: UInt32, reverseQueries: UInt32, traces: UInt32
    var indexBits: UInt32
    /// Where the shard's index begins.
    var indexBase: UInt32
    var sourcesBeyond: UInt64, servicesBeyond: UInt64, recordsBeyond: UInt64, profilesBeyond: UInt64
    var padding: UInt32
  }

  /// A failed or pending reverse query, for comparing clocks.
  struct ReverseQuery: BitwiseCopyable {
    var client: Address
    /// Who was asked, in 32-bit form; 0 of an answer.
    var server: UInt32
    var address: UInt32
    var time: Int64
    var failed: UInt32
  }

  static let indexBits = 17
  static let firstIndexBits = 8

  let states = Slab<ShardState>(capacity: Bounds.shards)
  /// Of each size in turn, all shards' indices side by side: what is in use is close together, in
  /// few pages.
  let index = Slab<UInt32>(capacity: Bounds.shards << (Books.indexBits + 1), isDense: true)
  let sources = Slab<Source>(capacity: Bounds.shards * Bounds.sources, isDense: true)
  let services = Slab<Service>(capacity: Bounds.shards * Bounds.services, isDense: true)
  let profiles = Slab<Profile>(capacity: Bounds.shards * Bounds.profiles, isDense: true)
  let chunks = Slab<RecordChunk>(capacity: Bounds.shards * Bounds.recordChunks)
  let hours = Slab<HourCount>(capacity: Bounds.shards * Bounds.hours)
  let traces = Slab<TraceChunk>(capacity: Bounds.shards * Bounds.traceChunks)
  let newcomers = Newcomers()
  let cadences = Slab<Cadence>(capacity: Bounds.shards * Bounds.cadences)
  let reverseQueries = Slab<ReverseQuery>(capacity: Bounds.shards * Bounds.reverseQueries)
  let sets: TargetSets
  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    sets = TargetSets(shards: Bounds.shards, seed: UInt32(truncatingIfNeeded: seed))
    for shard in 0..<Bounds.shards {
      states[shard].indexBits = UInt32(Books.firstIndexBits)
      states[shard].indexBase = Books.indexBase(shard, bits: Books.firstIndexBits)
      // Entry 0 stands for "none" everywhere.
      states[shard].sources = 1
      states[shard].services = 1
      states[shard].profiles = 1
      states[shard].chunks = 1
      states[shard].hours = 1
      states[shard].cadences = 1
      states[shard].traces = 1
    }
  }

  /// Where a shard's index of that size begins: as many slots as all smaller sizes have lie before it.
  private static func indexBase(_ shard: Int, bits: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: (Bounds.shards + shard) << bits)
  }

  /// The shard of a source, by the fixed hash: the same on every machine.
  @inline(__always)
  static func shard(_ hash: UInt64) -> Int { Int(hash >> 60) }

  /// Where the probing for a source begins; seeded, because layout is invisible.
  @inline(__always)
  private func spread(_ hash: UInt64) -> UInt64 {
    (hash ^ seed) &* 0xd6e8_feb8_6659_fd93
  }

  /// Books the batch's observations whose shards satisfy `shard % workers == worker`, then the news for askers.
  func consume(_ batch: ObservationBatch, worker: Int, of workers: Int, scratch: Scratch) {
    let count = batch.count
    var start = 0
    while start < count {
      let end = min(start + Scratch.capacity, count)
      pass(batch, start, end, worker, workers, scratch)
      start = end
    }
    for i in 0..<batch.answerCount { book(batch.answers[i], worker, workers) }
    for i in 0..<batch.resolutionCount { book(batch.resolutions[i], batch, worker, workers) }
  }

  private func pass(
    _ batch: ObservationBatch, _ start: Int, _ end: Int, _ worker: Int, _ workers: Int,
    _ scratch: Scratch
  ) {
    var mine = 0
    for i in start..<end {
      let hash = batch.hashes[i]
      let shard = Books.shard(hash)
      if workers > 1, shard % workers != worker { continue }
      scratch.items[mine].index = UInt32(truncatingIfNeeded: i)
      let spread = spread(hash)
      scratch.items[mine].spread = spread
      index.prefetch(slot(shard, spread))
      mine &+= 1
    }
    for k in 0..<mine {
      let i = Int(scratch.items[k].index)
      let shard = Books.shard(batch.hashes[i])
      // The 8 bits may lie and a batch mate may come first: a guess, checked below.
      let source = guess(shard, scratch.items[k].spread)
      scratch.items[k].guess = UInt32(truncatingIfNeeded: source)
      sources.prefetch(source)
    }
    for k in 0..<mine {
      let i = Int(scratch.items[k].index)
      let guess = Int(scratch.items[k].guess)
      // Without branches: line 0 of a table is always at hand, and what comes next is anybody's guess.
      profiles.prefetch(Int(sources[guess].service.profile), lines: Profile.busyLines)
      let wants =
        sources[guess].service.key.kind == ServiceKey.Kind.attempt
        && !batch.observations[i].contact.contains(.retry)
      sets.prefetch(
        sources[guess].service.targets, TargetSets.target(batch.observations[i].destination),
        unless: !wants)
    }
    for k in 0..<mine {
      let i = Int(scratch.items[k].index)
      let shard = Books.shard(batch.hashes[i])
      if batch.observations[i].marks.contains(.visit) { continue }
      let address = batch.observations[i].source
      let guess = Int(scratch.items[k].guess)
      if sources[guess].address.low == address.low, sources[guess].address.high == address.high,
        guess != Bounds.place(shard, 0)
      {
        book(batch, i, guess, shard)
      } else {
        let source = source(batch.observations[i], shard, scratch.items[k].spread)
        if source != 0 { book(batch, i, source, shard) }
      }
    }
  }

  @inline(__always)
  private func slot(_ shard: Int, _ spread: UInt64) -> Int {
    let bits = Int(states[shard].indexBits)
    return Int(states[shard].indexBase)
      &+ Int(truncatingIfNeeded: spread &>> UInt64(truncatingIfNeeded: 64 &- bits))
  }

  /// The place of the first source on the probe path whose 8 bits fit; entry 0 where there is none.
  @inline(__always)
  private func guess(_ shard: Int, _ spread: UInt64) -> Int {
    let bits = Int(states[shard].indexBits)
    let base = Int(states[shard].indexBase)
    let mask = (1 &<< bits) &- 1
    let mark = UInt32(truncatingIfNeeded: spread) & 0xff
    var slot = Int(truncatingIfNeeded: spread &>> UInt64(truncatingIfNeeded: 64 &- bits))
    while true {
      let entry = index[base &+ slot]
      if entry == 0 { return Bounds.place(shard, 0) }
      if entry >> 24 == mark { return Bounds.place(shard, Int(entry & 0xff_ffff)) }
      slot = (slot &+ 1) & mask
    }
  }

  /// The source's place in `sources`; made where new; 0 where the bound is reached.
  @inline(__always)
  private func source(_ o: Observation, _ shard: Int, _ spread: UInt64) -> Int {
    let found = find(o.source, shard, spread)
    if found != 0 { return found }
    newcomers.note(o, shard)
    return make(o.source, shard, spread)
  }

  @inline(__always)
  private func find(_ address: Address, _ shard: Int, _ spread: UInt64) -> Int {
    let bits = Int(states[shard].indexBits)
    let base = Int(states[shard].indexBase)
    let mask = (1 &<< bits) &- 1
    let mark = UInt32(truncatingIfNeeded: spread) & 0xff
    var slot = Int(truncatingIfNeeded: spread &>> UInt64(truncatingIfNeeded: 64 &- bits))
    while true {
      let entry = index[base &+ slot]
      if entry == 0 { return 0 }
      if entry >> 24 == mark {
        let place = Bounds.place(shard, Int(entry & 0xff_ffff))
        let candidate = sources[place].address
        if candidate.low == address.low, candidate.high == address.high { return place }
      }
      slot = (slot &+ 1) & mask
    }
  }

  private func make(_ address: Address, _ shard: Int, _ spread: UInt64) -> Int {
    let number = states[shard].sources
    guard Int(number) < Bounds.sources else {
      states[shard].sourcesBeyond &+= 1
      return 0
    }
    states[shard].sources = number + 1
    let place = Bounds.place(shard, Int(number))
    sources[place].address = address
    enter(number, shard, spread)
    if Int(number) * 4 > 3 << Int(states[shard].indexBits) { growIndex(shard) }
    return place
  }

  private func enter(_ number: UInt32, _ shard: Int, _ spread: UInt64) {
    let bits = Int(states[shard].indexBits)
    let base = Int(states[shard].indexBase)
    var slot = Int(truncatingIfNeeded: spread &>> UInt64(truncatingIfNeeded: 64 &- bits))
    while index[base &+ slot] != 0 { slot = (slot + 1) & (1 << bits - 1) }
    index[base &+ slot] = (UInt32(truncatingIfNeeded: spread) & 0xff) << 24 | number
  }

  private func growIndex(_ shard: Int) {
    let bits = Int(states[shard].indexBits)
    guard bits < Books.indexBits else { return }
    states[shard].indexBits += 1
    states[shard].indexBase = Books.indexBase(shard, bits: bits + 1)
    for number in 1..<states[shard].sources {
      let address = sources[Bounds.place(shard, Int(number))].address
      enter(number, shard, spread(Mixing.hash(address)))
    }
  }

  /// The place of a source already booked; 0 where there is none.
  func existing(_ address: Address) -> Int {
    let hash = Mixing.hash(address)
    return find(address, Books.shard(hash), spread(hash))
  }
}

/// A worker's own notes between the passes over a piece of a batch.
final class Scratch {
  static let capacity = 128

  struct Item: BitwiseCopyable {
    var spread: UInt64
    var index: UInt32
    var guess: UInt32
  }
  let items = Slab<Item>(capacity: Scratch.capacity)
}

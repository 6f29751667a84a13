internal import Observations

/// A handle on a set of 32-bit keys in a `TargetSets` arena.
struct TargetSet: BitwiseCopyable {
  /// The one key of an inline set, else the first slot of its table or registers in the arena.
  var place: UInt32 = 0
  /// Low 5 bits: log2 of the slots; bit 5: the key 0 is a member; bits 6–8: the form.
  var meta: UInt32 = 0

  enum Form {
    static let empty: UInt32 = 0
    static let inline: UInt32 = 1
    static let table: UInt32 = 2
    static let sketch: UInt32 = 3
    /// The arena was full: the set stopped taking keys, its count is a lower bound.
    static let stopped: UInt32 = 4
  }
  static let hasZero: UInt32 = 1 << 5

  @inline(__always) var form: UInt32 { meta >> 6 }
  @inline(__always) var bits: Int { Int(meta & 31) }

  init() {}

  init(form: UInt32, bits: Int, place: UInt32, zero: UInt32) {
    self.place = place
    self.meta = form << 6 | zero | UInt32(bits)
  }
}

/// Sets of targets: exact up to 49,152 members, then a HyperLogLog sketch of 4,096 registers (standard error 1.6 %).
///
/// A key is a bijection of the 32-bit target, so sets are exact for IPv4 and members can be read back; IPv6 targets and
/// (address, port) pairs are folded to 32 bits first, which is nearly exact. One key lives in the handle; tables of 16 to
/// 65,536 slots at most ¾ full live in a shared arena, whose share per shard is fixed. Slots are a key's top bits, so
/// growing never hashes again.
struct TargetSets: ~Copyable {
  /// 32-bit slots per shard: 6 MiB.
  static let share = 3 << 19
  /// Slots of the smallest table: a cache line, aligned.
  private static let line = 16
  private static let lineBits = 4
  /// Shards take blocks of this many slots in turn, so that the arena fills from its beginning.
  private static let block = 1 << 16
  private static let sketchBits = 12
  private static let sketchSlots = 1 << (sketchBits - 2)
  private static let largestBits = 16

  private let arena: Slab<UInt32>
  /// Per shard: the bump pointer, then the heads of the free lists by log2 of the slots.
  private let state: Slab<UInt32>
  private static let stateStride = 32
  private let seed: UInt32
  private let shards: Int

  /// Empty sets. `seed` moves members about in the tables; nothing that can be seen depends on it.
  init(shards: Int, seed: UInt32) {
    arena = Slab(capacity: shards * TargetSets.share, isDense: true)
    state = Slab(capacity: shards * TargetSets.stateStride)
    self.seed = seed
    self.shards = shards
  }

  /// The 32-bit form of a target: the address itself for IPv4; for any other a digest among the
  /// addresses from 240.0.0.0 on, which no host has, so that it is never taken for a real one.
  @inline(__always)
  static func target(_ address: Address) -> UInt32 {
    address.high == 0
      ? address.ipv4
      : 0xf000_0000 | UInt32(truncatingIfNeeded: Mixing.mix(Mixing.hash(address)) >> 36)
  }

  /// The address that a 32-bit form stands for; nil where it is a digest.
  static func address(_ target: UInt32) -> Address? {
    target < 0xf000_0000 ? Address(ipv4: target) : nil
  }

  /// The 32-bit form of a target with a port.
  @inline(__always)
  static func target(_ address: Address, port: UInt16) -> UInt32 {
    UInt32(
      truncatingIfNeeded: Mixing.mix(Mixing.hash(address) ^ UInt64(port) &* 0x9e37_79b9_0001) >> 32)
  }

  @inline(__always)
  private func key(_ target: UInt32) -> UInt32 {
    var x = target ^ seed
    x = (x ^ (x >> 16)) &* 0x7feb_352d
    x = (x ^ (x >> 15)) &* 0x846c_a68b
    return x ^ (x >> 16)
  }

  private func target(ofKey key: UInt32) -> UInt32 {
    var x = key
    x = (x ^ (x >> 16)) &* 0x4302_1123
    x = (x ^ (x >> 15) ^ (x >> 30)) &* 0x1d69_e2a5
    return x ^ (x >> 16) ^ seed
  }

  /// Asks for the cache line in which `target` would be; for the first line, which is always at hand, where the
  /// set is no table or nothing is wanted.
  @inline(__always)
  func prefetch(_ set: TargetSet, _ target: UInt32, unless: Bool) {
    let slot = Int(set.place) &+ Int(key(target) &>> UInt32(truncatingIfNeeded: 32 &- set.bits))
    let isTable = set.form == TargetSet.Form.table && !unless
    arena.prefetch(slot & (0 &- (isTable ? 1 : 0)))
  }

  /// Adds a target; true where it is new. A sketch answers true where its estimate may have risen.
  /// `count` is the members so far, kept by the caller; for a sketch it is not used.
  @inline(__always)
  func insert(_ target: UInt32, into set: inout TargetSet, count: Int, shard: Int) -> Bool {
    let key = key(target)
    if set.form == TargetSet.Form.table {
      if key == 0 { return insertZero(&set) }
      let mask = (1 &<< set.bits) &- 1
      var slot = Int(key &>> UInt32(truncatingIfNeeded: 32 &- set.bits))
      while true {
        let found = arena[Int(set.place) &+ slot]
        if found == key { return false }
        if found == 0 { break }
        slot = (slot &+ 1) & mask
      }
      arena[Int(set.place) &+ slot] = key
      if (count &+ 1) &* 4 > 3 &<< set.bits { grow(&set, shard) }
      return true
    }
    return insertSlowly(target, key, &set, shard)
  }

  private func insertZero(_ set: inout TargetSet) -> Bool {
    if set.meta & TargetSet.hasZero != 0 { return false }
    set.meta |= TargetSet.hasZero
    return true
  }

  private func insertSlowly(
    _ target: UInt32, _ key: UInt32, _ set: inout TargetSet, _ shard: Int
  ) -> Bool {
    switch set.form {
    case TargetSet.Form.empty:
      set = TargetSet(form: TargetSet.Form.inline, bits: 0, place: key, zero: 0)
      return true
    case TargetSet.Form.inline:
      if set.place == key { return false }
      guard let table = allocate(bits: TargetSets.lineBits, shard) else {
        set.meta = TargetSet.Form.stopped << 6
        return false
      }
      let first = set.place
      set = TargetSet(
        form: TargetSet.Form.table, bits: TargetSets.lineBits, place: table, zero: 0)
      for key in [first, key] {
        if key == 0 { _ = insertZero(&set) } else { place(key, in: set) }
      }
      return true
    case TargetSet.Form.sketch: return sketch(target, set)
    default: return false
    }
  }

  private func place(_ key: UInt32, in set: TargetSet) {
    let mask = (1 &<< set.bits) &- 1
    var slot = Int(key &>> UInt32(truncatingIfNeeded: 32 &- set.bits))
    while arena[Int(set.place) &+ slot] != 0 { slot = (slot &+ 1) & mask }
    arena[Int(set.place) &+ slot] = key
  }

  private func grow(_ set: inout TargetSet, _ shard: Int) {
    let slots = 1 << set.bits
    let start = Int(set.place)
    if set.bits == TargetSets.largestBits {
      guard let place = allocate(bits: TargetSets.sketchBits - 2, shard) else { return stop(&set) }
      let wide = TargetSet(form: TargetSet.Form.sketch, bits: 0, place: place, zero: 0)
      for slot in start..<start + slots where arena[slot] != 0 {
        _ = sketch(target(ofKey: arena[slot]), wide)
      }
      if set.meta & TargetSet.hasZero != 0 { _ = sketch(target(ofKey: 0), wide) }
      release(set, shard)
      set = wide
      return
    }
    guard let place = allocate(bits: set.bits + 1, shard) else { return stop(&set) }
    let wide = TargetSet(
      form: TargetSet.Form.table, bits: set.bits + 1, place: place,
      zero: set.meta & TargetSet.hasZero)
    for slot in start..<start + slots where arena[slot] != 0 { self.place(arena[slot], in: wide) }
    release(set, shard)
    set = wide
  }

  /// The arena is full: what the set holds stays countable, further keys are not taken.
  private func stop(_ set: inout TargetSet) {
    set.meta = set.meta & 63 | TargetSet.Form.stopped << 6
  }

  private func allocate(bits: Int, _ shard: Int) -> UInt32? {
    let head = shard * TargetSets.stateStride + 1 + bits
    let free = state[head]
    if free != 0 {
      state[head] = arena[Int(free)]
      arena.clear(Int(free)..<Int(free) + 1 << bits)
      return free
    }
    let bump = shard * TargetSets.stateStride
    // The first line stays unused: place 0 stands for "none". All tables begin on a cache line.
    var used = max(TargetSets.line, Int(state[bump]))
    // A table does not straddle two blocks.
    if used & (TargetSets.block - 1) + 1 << bits > TargetSets.block {
      used = (used / TargetSets.block + 1) * TargetSets.block
    }
    guard used + 1 << bits <= TargetSets.share else { return nil }
    state[bump] = UInt32(used + 1 << bits)
    return UInt32(
      (used / TargetSets.block * shards + shard) * TargetSets.block + used % TargetSets.block)
  }

  private func release(_ set: TargetSet, _ shard: Int) {
    let head = shard * TargetSets.stateStride + 1 + set.bits
    arena[Int(set.place)] = state[head]
    state[head] = set.place
  }

  private func sketch(_ target: UInt32, _ set: TargetSet) -> Bool {
    let hash = Mixing.mix(UInt64(target) &+ 0x9e37_79b9_7f4a_7c15)
    let register = Int(hash >> UInt64(64 - TargetSets.sketchBits))
    let rank = UInt32((hash << UInt64(TargetSets.sketchBits) | 1).leadingZeroBitCount + 1)
    let slot = Int(set.place) + register >> 2
    let shift = UInt32(register & 3) * 8
    guard arena[slot] >> shift & 255 < rank else { return false }
    arena[slot] = arena[slot] & ~(255 << shift) | rank << shift
    return true
  }

  /// How many members, given the exact count the caller kept: exact, or bounds of two standard errors.
  func size(_ set: TargetSet, counted: Int) -> Bound {
    if set.form == TargetSet.Form.stopped {
      return Bound(low: Double(counted), high: Double(UInt32.max))
    }
    guard set.form == TargetSet.Form.sketch else {
      return Bound(low: Double(counted), high: Double(counted))
    }
    // Flajolet et al. 2007: the harmonic mean of 2^register, corrected by alpha.
    let m = Double(1 << TargetSets.sketchBits)
    var sum = 0.0
    for slot in Int(set.place)..<Int(set.place) + TargetSets.sketchSlots {
      for shift in [UInt32(0), 8, 16, 24] {
        sum += 1 / Double(UInt64(1) << UInt64(arena[slot] >> shift & 63))
      }
    }
    let estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum
    let error = 2 * 1.04 / 64
    return Bound(
      low: (estimate * (1 - error)).rounded(), high: (estimate * (1 + error)).rounded())
  }

  /// The members of a set that is not a sketch, ascending; nil for a sketch.
  func members(_ set: TargetSet) -> [UInt32]? {
    switch set.form {
    case TargetSet.Form.empty: return []
    case TargetSet.Form.inline: return [target(ofKey: set.place)]
    case TargetSet.Form.table:
      var result: [UInt32] = []
      for slot in Int(set.place)..<Int(set.place) + 1 << set.bits where arena[slot] != 0 {
        result.append(target(ofKey: arena[slot]))
      }
      if set.meta & TargetSet.hasZero != 0 { result.append(target(ofKey: 0)) }
      return TargetSets.ascending(result)
    default: return nil
    }
  }

  /// Sorted; by digits of 11 bits where there are many.
  private static func ascending(_ members: [UInt32]) -> [UInt32] {
    guard members.count > 1_024 else { return members.sorted() }
    var (from, to) = (members, members)
    for shift in [UInt32(0), 11, 22] {
      var places = [Int](repeating: 0, count: 2_049)
      for member in from { places[Int(member &>> shift & 2_047) + 1] += 1 }
      for digit in 1...2_047 { places[digit] += places[digit - 1] }
      for member in from {
        let digit = Int(member &>> shift & 2_047)
        to[places[digit]] = member
        places[digit] += 1
      }
      swap(&from, &to)
    }
    return from
  }
}

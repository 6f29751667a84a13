internal import Observations

/// The pair memory's two generations: where a pair's entry is, and how what is old is forgotten.
extension PairMemory {
  @inline(__always)
  static func home(_ hash: UInt64, bits: Int) -> Int {
    Int(truncatingIfNeeded: hash &>> UInt64(truncatingIfNeeded: 64 &- bits))
  }

  /// The pair's slot in the current generation; moved over from the old one, or made.
  @inline(__always)
  mutating func locate(_ hash: UInt64, _ now: UInt16) -> Int {
    // The low half is the tag, the top bits the home: probing keeps an entry near its home, so both
    // together tell pairs apart.
    let tag = UInt32(truncatingIfNeeded: hash) | 1
    let mask = (1 &<< currentBits) &- 1
    var slot = PairMemory.home(hash, bits: currentBits)
    var steps = 0
    while steps < PairMemory.longestProbe {
      let found = current[slot].tag
      if found == tag { return slot }
      if found == 0 { return insert(hash, tag, slot, now) }
      slot = (slot &+ 1) & mask
      steps &+= 1
    }
    // Crowded by chance or by design: the newcomer takes the home slot.
    slot = PairMemory.home(hash, bits: currentBits)
    current[slot] = PairMemory.fetch(old, oldBits, hash, tag, now)
    return slot
  }

  mutating func insert(_ hash: UInt64, _ tag: UInt32, _ slot: Int, _ now: UInt16) -> Int {
    current[slot] = PairMemory.fetch(old, oldBits, hash, tag, now)
    currentCount += 1
    guard currentCount > (5 &<< currentBits) / 8 else { return slot }
    if currentBits == PairMemory.maximumBits { endedEarly += 1 }
    rotate(to: min(currentBits + 1, PairMemory.maximumBits))
    return locate(hash, now)
  }

  /// The pair's entry of the old generation, without what has become too old; else an empty one.
  ///
  /// Static: a method that borrows the memory would be handed a copy of all its fields.
  @inline(__always)
  static func fetch(
    _ old: borrowing Slab<Entry>, _ bits: Int, _ hash: UInt64, _ tag: UInt32, _ now: UInt16
  ) -> Entry {
    let mask = (1 &<< bits) &- 1
    var slot = home(hash, bits: bits)
    for _ in 0..<PairMemory.longestProbe {
      let found = old[slot].tag
      if found == tag {
        var entry = old[slot]
        // A tick would be taken for a fresh one after its 16 bits have gone round (18 minutes).
        let lately = Flag.seen | Flag.answered | Flag.offered
        if now &- UInt16(truncatingIfNeeded: entry.sides) > PairMemory.window {
          entry.flags &= ~lately
        }
        if now &- UInt16(truncatingIfNeeded: entry.sides &>> 32) > PairMemory.window {
          entry.flags &= ~(lately &<< Flag.other)
        }
        if now &- entry.nameTick > PairMemory.window {
          entry.flags &= ~(Flag.reverseFailed | Flag.reverseFailed &<< Flag.other)
        }
        return entry
      }
      if found == 0 { break }
      slot = (slot &+ 1) & mask
    }
    return Entry(tag: tag, flags: 0, nameTick: 0, sides: 0)
  }

  /// Starts the generation that `time` belongs to; after a long silence nothing is left of the old.
  mutating func turn(_ time: Int64) {
    let number = time >> PairMemory.generationShift
    let silent = generationEnds != .min && number > generationEnds >> PairMemory.generationShift
    if silent { rotate(to: currentBits) }
    var bits = PairMemory.minimumBits
    while 1 << bits < currentCount * 2 { bits += 1 }
    rotate(to: generationEnds == .min ? currentBits : min(bits, PairMemory.maximumBits))
    generationEnds =
      number >= Int64.max >> PairMemory.generationShift
      ? .max : (number + 1) << PairMemory.generationShift
  }

  mutating func rotate(to bits: Int) {
    swap(&current, &old)
    oldBits = currentBits
    currentBits = bits
    current.clear(0..<(1 << bits))
    currentCount = 0
  }
}

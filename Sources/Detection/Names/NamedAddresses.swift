/// How many names each of some addresses has, in one look at a small table: the book's dictionary takes
/// ten times as long, and is asked only where something is to be kept.
///
/// Addresses are known by 61 bits of their hash. Two that have these in common would share a count, and
/// one of them get a name less.
struct NamedAddresses {
  private static let bits = 15
  private static let countMask: UInt64 = 7
  private var entries = [UInt64](repeating: 0, count: 1 << NamedAddresses.bits)
  private var taken = 0

  /// Names of the address with that hash.
  func count(of hash: UInt64) -> Int { Int(entries[slot(of: hash)] & NamedAddresses.countMask) }

  /// One more name, at most 7; of an address beyond the bound nothing is kept.
  mutating func add(_ hash: UInt64) {
    let slot = slot(of: hash)
    if entries[slot] == 0 {
      // Half of the table stays free, so that probing ends soon.
      guard taken < entries.count / 2 else { return }
      taken += 1
      entries[slot] = hash & ~NamedAddresses.countMask
    }
    if entries[slot] & NamedAddresses.countMask < 7 { entries[slot] += 1 }
  }

  /// Where the address's entry is, or would be.
  private func slot(of hash: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: hash >> UInt64(64 - NamedAddresses.bits))
    while true {
      let found = entries[slot]
      if found == 0 || (found ^ hash) & ~NamedAddresses.countMask == 0 { return slot }
      slot = (slot + 1) & (entries.count - 1)
    }
  }
}

internal import Observations

/// Which addresses the DNS had given to whom. Kept longer than contacts, because clients cache names.
///
/// Clients and addresses are given as `Mixing.hash` of them. Two generations of digests, told apart by their place and 32 bits; when one is full the older is
/// forgotten. Bounded at 2 MiB.
struct ResolvedMemory: ~Copyable {
  private static let bits = 18
  private static let longestProbe = 48
  private var current: Slab<UInt32>
  private var old: Slab<UInt32>
  private var count = 0
  /// Whether anything was ever remembered.
  private(set) var isUsed = false
  /// Bits by client: most senders were never given anything, and this says so from the cache.
  private let clients = Slab<UInt64>(capacity: 1 << (ResolvedMemory.clientBits - 6))
  private static let clientBits = 18
  /// The same by address: who asks a resolver was given names, but hardly the resolver's own.
  private let addresses = Slab<UInt64>(capacity: 1 << (ResolvedMemory.addressBits - 6))
  private static let addressBits = 16

  init() {
    current = Slab(capacity: 1 << ResolvedMemory.bits, isDense: true)
    old = Slab(capacity: 1 << ResolvedMemory.bits, isDense: true)
  }

  @inline(__always)
  private static func digest(_ client: UInt64, _ address: UInt64) -> UInt64 {
    Mixing.mix(client &* 3 ^ address) | 1
  }

  @inline(__always)
  private static func place(_ client: UInt64) -> Int {
    Int(truncatingIfNeeded: client &>> 20) & (1 << clientBits - 1)
  }

  @inline(__always)
  private static func bit(_ address: UInt64) -> Int {
    Int(truncatingIfNeeded: address &>> 20) & (1 << addressBits - 1)
  }

  /// Remembers that `client` was given `address`.
  mutating func insert(client: UInt64, address: UInt64) {
    let place = ResolvedMemory.place(client)
    clients[place >> 6] |= 1 << UInt64(place & 63)
    let bit = ResolvedMemory.bit(address)
    addresses[bit >> 6] |= 1 << UInt64(bit & 63)
    isUsed = true
    let digest = ResolvedMemory.digest(client, address)
    if ResolvedMemory.find(current, digest) { return }
    if count > 5 << ResolvedMemory.bits / 8 {
      swap(&current, &old)
      current.clear(0..<(1 << ResolvedMemory.bits))
      count = 0
    }
    var slot = Int(digest >> UInt64(64 - ResolvedMemory.bits))
    for _ in 0..<ResolvedMemory.longestProbe {
      if current[slot] == 0 {
        current[slot] = UInt32(truncatingIfNeeded: digest)
        count += 1
        return
      }
      slot = (slot + 1) & (1 << ResolvedMemory.bits - 1)
    }
    current[Int(digest >> UInt64(64 - ResolvedMemory.bits))] = UInt32(truncatingIfNeeded: digest)
  }

  /// Starts the misses of a later `insert`.
  @inline(__always)
  func prefetch(client: UInt64, address: UInt64) {
    let slot = Int(ResolvedMemory.digest(client, address) >> UInt64(64 - ResolvedMemory.bits))
    current.prefetch(slot)
    old.prefetch(slot)
  }

  /// Starts the first miss of a later `contains`.
  @inline(__always)
  func prefetch(client: UInt64) { clients.prefetch(ResolvedMemory.place(client) &>> 6) }

  /// 1 where the client was given some address and the address given to some client.
  @inline(__always)
  private func given(_ client: UInt64, _ address: UInt64) -> UInt64 {
    let place = ResolvedMemory.place(client)
    let bit = ResolvedMemory.bit(address)
    return clients[place &>> 6] &>> UInt64(truncatingIfNeeded: place & 63)
      & addresses[bit &>> 6] &>> UInt64(truncatingIfNeeded: bit & 63) & 1
  }

  /// Whether `client` was given `address`.
  @inline(__always)
  func contains(client: UInt64, address: UInt64) -> Bool {
    if given(client, address) == 0 { return false }
    let digest = ResolvedMemory.digest(client, address)
    return ResolvedMemory.find(current, digest) || ResolvedMemory.find(old, digest)
  }

  private static func find(_ table: borrowing Slab<UInt32>, _ digest: UInt64) -> Bool {
    let tag = UInt32(truncatingIfNeeded: digest)
    var slot = Int(digest >> UInt64(64 - bits))
    for _ in 0..<longestProbe {
      let found = table[slot]
      if found == tag { return true }
      if found == 0 { return false }
      slot = (slot + 1) & (1 << bits - 1)
    }
    return false
  }
}

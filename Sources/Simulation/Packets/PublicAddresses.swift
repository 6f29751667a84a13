/// Addresses of strangers on the Internet, gathered in networks as real ones are.
struct PublicAddresses {
  /// How many /16 blocks hold most of them.
  private static let blockCount = 420
  /// In 1,000: how many addresses come from those blocks.
  private static let gatheredPerMille: UInt64 = 720

  private var random: RandomSource
  private var blocks: [UInt32] = []
  private let avoided: UInt32

  /// - Parameters:
  ///   - random: chance of this draw alone.
  ///   - home: an address whose /16 no stranger is drawn from.
  init(random: RandomSource, home: UInt32) {
    self.random = random
    avoided = home >> 16
    for _ in 0..<PublicAddresses.blockCount { blocks.append(anywhere() >> 16) }
  }

  /// One more stranger; one in four or so was drawn from a block that is drawn from often.
  mutating func next() -> UInt32 {
    guard random.chance(PublicAddresses.gatheredPerMille) else { return anywhere() }
    // The lesser of two draws: the first blocks are met more often than the last.
    let count = UInt64(blocks.count)
    let index = min(random.below(count), random.below(count))
    let host = UInt32(random.below(256)) << 8 | UInt32(random.within(1...254))
    return blocks[Int(index)] << 16 | host
  }

  /// Any public address, all alike likely: what a worm that tries addresses at random draws.
  mutating func anywhere() -> UInt32 {
    while true {
      let address = UInt32(truncatingIfNeeded: random.next() >> 32)
      let last = address & 255
      guard last != 0, last != 255, address >> 16 != avoided else { continue }
      if PublicAddresses.isPublicUnicast(address) { return address }
    }
  }

  /// Whether an address may belong to a stranger: none of the blocks that RFC 6890 sets apart.
  static func isPublicUnicast(_ address: UInt32) -> Bool {
    let first = address >> 24
    if first == 0 || first == 10 || first == 127 || first >= 224 { return false }
    if address >> 22 == 0x6440 >> 6 || address >> 20 == 0xac1 { return false }
    switch address >> 16 {
    case 0xa9fe, 0xc0a8, 0xc612, 0xc613: return false
    default: break
    }
    switch address >> 8 {
    case 0xc0_0000, 0xc0_0002, 0xc0_5863, 0xc6_3364, 0xcb_0071: return false
    default: return true
    }
  }
}

internal import Observations

/// Packets that a device told of lately, so that one that it reports under a second number (a rule
/// that let it pass, the connection that it opened, the access it was given) is counted once.
///
/// A second report under the same number is a second packet. Bounded: what was crowded out is
/// counted again.
struct CiscoEchoes {
  private static let slotCount = 512
  private var slots: [UInt64] = []

  /// Notes a packet; whether it was known under another number.
  @inline(__always)
  mutating func isEcho(_ packet: borrowing Observation, _ number: UInt32) -> Bool {
    if slots.isEmpty { slots = [UInt64](repeating: 0, count: CiscoEchoes.slotCount) }
    var key = packet.source.low &* 0x9e37_79b9_7f4a_7c15 ^ packet.destination.low
    key = (key ^ key >> 29) &* 0xbf58_476d_1ce4_e5b9 ^ packet.source.high &+ packet.destination.high
    let ports = UInt64(packet.sourcePort) << 32 | UInt64(packet.destinationPort) << 16
    key = (key ^ ports ^ UInt64(packet.transport.rawValue)) &* 0x94d0_49bb_1331_11eb
    key ^= key >> 31
    let place = Int(truncatingIfNeeded: key >> 50) & (CiscoEchoes.slotCount - 1)
    // Numbers have 20 bits.
    let entry = key << 20 | UInt64(number)
    let known = slots[place]
    if known >> 20 == entry >> 20, known != entry { return true }
    slots[place] = entry
    return false
  }
}

internal import Observations

/// Packets of a capture that are there twice and were booked once.
public struct CopyTally: Hashable, Sendable {
  /// The same packet as it was: a mirror port's copy.
  public var same: UInt64 = 0
  /// With another time to live: a router lies between the two.
  public var routed: UInt64 = 0
  /// TCP segments that lie in a larger one, or a larger one of segments met before: the network card cuts up or
  /// puts together.
  public var offloaded: UInt64 = 0
  /// All of them.
  public var total: UInt64 { same + routed + offloaded }

  /// None.
  public init() {}
}

/// Packets that a capture holds twice, so that each is booked once.
///
/// A mirror port gives a packet where it enters the switch and where it leaves it; a capture on both
/// sides of a router, or on all of a host's interfaces, gives it before and after. A sender's stack
/// numbers its packets (the IP identification): the same number, addresses, ports, sequence number,
/// length and first bytes within `window` are one packet. A third of the kind is no second copy but
/// something that repeats itself (a loop, a storm, a sender that always gives the same number): from
/// then on all count.
///
/// Without a number (RFC 6864: 0 where nothing may fragment it; IPv6) only a packet that TCP would
/// not repeat so soon is known again, a segment with data or flags; all others only while most
/// numbered packets come twice.
struct PacketCopies: ~Copyable {
  /// How soon a copy follows: 20 ms. Nobody sends again that soon (RFC 6298: a second; in practice 200 ms).
  static let window: Int64 = 20_000_000
  /// All of the first packets are looked at, and of later ones one batch in `sampling`, until one
  /// is there twice: then all of the next `attentive` batches.
  static let closely = 65_536
  static let sampling = 8
  static let attentive = 64

  struct Entry: BitwiseCopyable {
    var digest: UInt64
    /// In ticks of 2¹⁶ ns, which go round after three days: an old entry is hardly ever taken for a fresh one, and then
    /// only for the very same packet.
    var tick: UInt32
    var timeToLive: UInt8
    /// How often it was met, at most 3.
    var count: UInt8
    var unused: UInt16
  }

  private static let bits = 11
  private let entries = Slab<Entry>(capacity: 1 << PacketCopies.bits)
  private var giants = GiantSegments()
  private(set) var tally = CopyTally()
  private var seen = 0
  private var batches = 0
  private var attention = 0
  /// Numbered packets looked at lately, and those of them that were copies; halved now and then.
  private var numbered: UInt32 = 0
  private var doubled: UInt32 = 0
  private var isCopy = [Bool](repeating: false, count: ObservationBatch.capacity)

  /// Takes the copies out of a batch.
  mutating func remove(from batch: ObservationBatch) {
    batches &+= 1
    if seen >= PacketCopies.closely, attention == 0, batches % PacketCopies.sampling != 0 { return }
    seen &+= batch.count
    if attention > 0 { attention -= 1 }
    var found = 0
    for i in 0..<batch.count {
      isCopy[i] = look(batch.observations[i], batch.details[i])
      found &+= isCopy[i] ? 1 : 0
    }
    guard found > 0 else { return }
    attention = PacketCopies.attentive
    let copies = isCopy
    batch.keepPlaces { !copies[$0] }
  }

  /// Whether the packet was met before.
  @inline(__always)
  private mutating func look(_ o: Observation, _ details: PacketDetails) -> Bool {
    let hasNumber = o.marks.contains(.identification) && o.identification != 0
    guard hasNumber || PacketCopies.isUnique(o, details) || isDoubled else { return false }
    let digest = PacketCopies.digest(o, details)
    let slot = Int(truncatingIfNeeded: digest &>> UInt64(64 - PacketCopies.bits))
    let tick = UInt32(truncatingIfNeeded: o.time &>> 16)
    let again =
      entries[slot].digest == digest
      && tick &- entries[slot].tick <= UInt32(PacketCopies.window >> 16)
    if hasNumber { count(again) }
    guard again else {
      entries[slot] = Entry(
        digest: digest, tick: tick, timeToLive: o.timeToLive, count: 1, unused: 0)
      let isCovered = giants.isCovered(o, details)
      tally.offloaded &+= isCovered ? 1 : 0
      return isCovered
    }
    entries[slot].count = min(3, entries[slot].count &+ 1)
    guard entries[slot].count == 2 else {
      entries[slot].tick = tick
      return false
    }
    if entries[slot].timeToLive == o.timeToLive {
      tally.same &+= 1
    } else {
      tally.routed &+= 1
    }
    return true
  }

  private mutating func count(_ again: Bool) {
    numbered &+= 1
    doubled &+= again ? 1 : 0
    if numbered == 1_024 {
      numbered /= 2
      doubled /= 2
    }
  }

  /// Whether most numbered packets come twice: of 64 and more, two in five are copies.
  private var isDoubled: Bool { numbered >= 64 && doubled * 5 >= numbered * 2 }

  /// Whether TCP would not send the like twice within the window.
  @inline(__always)
  private static func isUnique(_ o: Observation, _ details: PacketDetails) -> Bool {
    o.transport == .tcp && o.marks.contains(.ports)
      && (details.payloadLength > 0 || o.tcpFlags.rawValue & 0x07 != 0)
  }

  /// All that a copy has in common with its packet; never 0.
  @inline(__always)
  private static func digest(_ o: Observation, _ details: PacketDetails) -> UInt64 {
    let ports = UInt64(o.sourcePort) << 16 | UInt64(o.destinationPort)
    let kind = UInt64(o.transport.rawValue) << 8 | UInt64(o.tcpFlags.rawValue)
    let ends = Mixing.hash(o.source) ^ Mixing.hash(o.destination) &* 3
    let numbers = UInt64(o.identification) << 48 | kind << 32 | ports
    let content =
      UInt64(details.sequence) << 32 ^ UInt64(details.payloadKey) ^ UInt64(o.detail) << 16
      ^ UInt64(o.length) << 40 ^ UInt64(details.window) << 20
    // Fragments of one datagram have its number in common.
    let part: UInt64 = o.marks.contains(.laterFragment) ? 0x9e37_79b9 : 0
    return Mixing.mix(ends &+ Mixing.mix(numbers ^ part) ^ content &* 0x9e37_79b9_7f4a_7c15) | 1
  }
}

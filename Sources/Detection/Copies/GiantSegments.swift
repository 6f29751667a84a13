internal import Observations

/// TCP segments larger than any link carries, as a host captures them: its network card cuts them up
/// after (segmentation offload) or has put them together before (receive offload). Where a capture
/// has both the large one and its parts, the bytes are there twice; what came second counts no more.
struct GiantSegments: ~Copyable {
  /// The longest IP datagram that ordinary Ethernet carries.
  static let longestOrdinary: UInt32 = 1_500

  /// What a flow last carried, as sequence numbers.
  struct Flow: BitwiseCopyable {
    var digest: UInt64
    var tick: UInt32
    /// The bytes of the last large segment.
    var giantStart: UInt32, giantEnd: UInt32
    /// Where the ordinary segments since stand.
    var ordinaryStart: UInt32, ordinaryEnd: UInt32
    var unused: UInt32
  }

  private static let bits = 9
  private let flows = Slab<Flow>(capacity: 1 << GiantSegments.bits)
  /// Whether any large segment was met.
  private var isUsed = false

  init() {}

  /// Whether all bytes of a segment were in a packet of the other size just before.
  @inline(__always)
  mutating func isCovered(_ o: Observation, _ details: PacketDetails) -> Bool {
    guard isUsed || o.length > GiantSegments.longestOrdinary else { return false }
    guard o.transport == .tcp, details.payloadLength > 0 else { return false }
    isUsed = true
    return take(o, details)
  }

  private mutating func take(_ o: Observation, _ details: PacketDetails) -> Bool {
    let ports = UInt64(o.sourcePort) << 16 | UInt64(o.destinationPort)
    let digest =
      Mixing.mix(Mixing.hash(o.source) ^ Mixing.hash(o.destination) &* 3 &+ ports) | 1
    let slot = Int(truncatingIfNeeded: digest &>> UInt64(64 - GiantSegments.bits))
    let tick = UInt32(truncatingIfNeeded: o.time &>> 16)
    let start = details.sequence
    let end = start &+ UInt32(details.payloadLength)
    let isGiant = o.length > GiantSegments.longestOrdinary
    let isFresh =
      flows[slot].digest == digest
      && tick &- flows[slot].tick <= UInt32(PacketCopies.window >> 16)
    if !isFresh {
      flows[slot] = Flow(
        digest: digest, tick: tick, giantStart: start, giantEnd: start, ordinaryStart: start,
        ordinaryEnd: start, unused: 0)
    }
    flows[slot].tick = tick
    if isGiant {
      let isCovered =
        isFresh
        && GiantSegments.covers(flows[slot].ordinaryStart, flows[slot].ordinaryEnd, start, end)
      if !isCovered { (flows[slot].giantStart, flows[slot].giantEnd) = (start, end) }
      return isCovered
    }
    if isFresh, GiantSegments.covers(flows[slot].giantStart, flows[slot].giantEnd, start, end) {
      return true
    }
    if start != flows[slot].ordinaryEnd { flows[slot].ordinaryStart = start }
    flows[slot].ordinaryEnd = end
    return false
  }

  /// Whether `start..<end` lies within a range of sequence numbers, which go round (RFC 9293, 3.4).
  private static func covers(
    _ from: UInt32, _ to: UInt32, _ start: UInt32, _ end: UInt32
  ) -> Bool {
    to != from && start &- from <= to &- from && end &- from <= to &- from
      && end &- from >= start &- from
  }
}

internal import Observations

/// The hardware addresses of a link: who is there when, and by which addresses.
///
/// Runs in the front stage, over every packet of a capture. A packet of the station before costs two
/// comparisons; others a look into a small table.
struct StationBook: ~Copyable {
  /// What every packet touches: half a cache line.
  struct Hot: BitwiseCopyable {
    var hardware: UInt64
    var last: Int64
    /// The last IPv4 source, so that the list of addresses is looked at only where it changes.
    var address: UInt32
    var packets: UInt32
    /// Frames to one station only.
    var unicasts: UInt32
    /// More sources than are kept: a router, or one who makes them up.
    var isManifold: UInt32
  }

  /// One station's coming and going.
  struct Station: Sendable {
    var hardware: UInt64
    /// IPv4 addresses it used as source or claimed by ARP, in order of use; at most eight.
    var addresses: [UInt32] = []
    /// Times between which it was heard without a silence of `silence`.
    var presences: [ClosedRange<Int64>] = []
    var start: Int64
    var last: Int64
    var unicasts: UInt32 = 0
    var packets: UInt32 = 0
    var isManifold = false
  }

  /// A silence this long means that a station was away: 60 s. Hosts that come up announce
  /// themselves; what ends a presence is only ever a silence.
  static let silence: Int64 = 60_000_000_000
  private static let addressesKept = 8
  private static let indexBits = 13

  private let hot = Slab<Hot>(capacity: Bounds.stations)
  private let index = Slab<UInt16>(capacity: 1 << StationBook.indexBits)
  private(set) var stations: [Station] = []
  private var current = 0
  private(set) var claims = AddressClaims()
  /// Frames met, and those of them sent to everybody.
  var frames: UInt64 { stations.indices.reduce(0) { $0 + UInt64(hot[$1].packets) } }
  private(set) var broadcasts: UInt64 = 0

  /// Whether the stream has hardware addresses at all.
  var isUseful: Bool { !stations.isEmpty }

  mutating func observe(_ batch: ObservationBatch) {
    var at = current
    for i in 0..<batch.count {
      let sender = batch.details[i].sender
      guard sender != 0 else { continue }
      if at >= stations.count || hot[at].hardware != sender {
        guard let found = locate(sender, batch.observations[i].time) else { continue }
        at = found
      }
      // A host's presence is shown by what is surely its own.
      let time =
        batch.observations[i].hint.isMisreadCandidate ? hot[at].last : batch.observations[i].time
      if time &- hot[at].last > StationBook.silence { endPresence(at, time) }
      let source = batch.observations[i].source
      let isARP = batch.observations[i].transport == .arp
      if StationBook.count(&hot[at], batch.observations[i].marks, source, time), !isARP {
        continue
      }
      current = at
      further(batch, i)
    }
    current = at
  }

  /// Counts a frame; true where nothing else is to be said of it: it is of one station for another, and
  /// from the address that the station had last, or one of so many that they are not kept.
  @inline(__always)
  private static func count(
    _ hot: inout Hot, _ marks: Marks, _ source: Address, _ time: Int64
  ) -> Bool {
    hot.last = time
    hot.packets &+= 1
    guard marks.isDisjoint(with: [.broadcast, .multicast]) else { return false }
    hot.unicasts &+= 1
    return hot.isManifold != 0 || source.high != 0 || source.ipv4 == hot.address
  }

  /// Broadcasts, multicasts, addresses not met last, and ARP.
  @inline(never)
  private mutating func further(_ batch: ObservationBatch, _ i: Int) {
    if batch.observations[i].marks.contains(.broadcast) { broadcasts &+= 1 }
    let isARP = batch.observations[i].transport == .arp
    if isARP {
      claim(batch, i)
    } else if hot[current].isManifold == 0 {
      let source = batch.observations[i].source
      if source.high == 0, source.ipv4 != hot[current].address { use(source) }
    }
  }

  /// The station's number; nil beyond the bound.
  private mutating func locate(_ hardware: UInt64, _ time: Int64) -> Int? {
    let mask = 1 << StationBook.indexBits - 1
    var slot = Int(truncatingIfNeeded: Mixing.mix(hardware) >> 40) & mask
    while index[slot] != 0 {
      let number = Int(index[slot]) - 1
      if hot[number].hardware == hardware { return number }
      slot = (slot + 1) & mask
    }
    guard stations.count < Bounds.stations else { return nil }
    index[slot] = UInt16(stations.count + 1)
    let number = stations.count
    stations.append(Station(hardware: hardware, start: time, last: time))
    hot[number] = Hot(
      hardware: hardware, last: time, address: 0, packets: 0, unicasts: 0, isManifold: 0)
    return number
  }

  /// Packets of joined or damaged captures may be of an earlier time than the one before.
  private static func span(_ one: Int64, _ other: Int64) -> ClosedRange<Int64> {
    min(one, other)...max(one, other)
  }

  private mutating func endPresence(_ number: Int, _ time: Int64) {
    if stations[number].presences.count < Bounds.presences {
      stations[number].presences.append(
        StationBook.span(stations[number].start, hot[number].last))
    }
    stations[number].start = time
  }

  private mutating func use(_ source: Address) {
    hot[current].address = source.ipv4
    guard source.isIPv4, !source.isUnspecified else { return }
    if stations[current].addresses.contains(source.ipv4) { return }
    guard stations[current].addresses.count < StationBook.addressesKept else {
      hot[current].isManifold = 1
      return
    }
    stations[current].addresses.append(source.ipv4)
  }

  private mutating func claim(_ batch: ObservationBatch, _ i: Int) {
    let o = batch.observations[i]
    let hardware = batch.details[i].receiver
    guard hardware != 0, o.source.isIPv4 else { return }
    if o.sourcePort == 2 {
      claims.answer(o.source.ipv4, asker: o.destination.ipv4)
    }
    if o.sourcePort == 1, !o.source.isUnspecified, o.source != o.destination {
      claims.question(
        o.destination.ipv4, hardware, o.time, record: batch.records[i], offset: batch.offsets[i])
    }
    // A frame whose two hardware addresses differ is damaged, or another's word passed on.
    guard !o.source.isUnspecified, hardware == batch.details[i].sender else { return }
    claims.note(
      o.source.ipv4, hardware, o.time, isGratuitous: o.source == o.destination,
      record: batch.records[i], offset: batch.offsets[i])
    if !stations[current].addresses.contains(o.source.ipv4),
      stations[current].addresses.count < StationBook.addressesKept
    {
      stations[current].addresses.append(o.source.ipv4)
    }
  }

  /// Ends what is under way; the stations by hardware address.
  func finished() -> [Station] {
    var result = stations
    for number in result.indices {
      result[number].last = hot[number].last
      result[number].packets = hot[number].packets
      result[number].unicasts = hot[number].unicasts
      result[number].isManifold = hot[number].isManifold != 0
      result[number].presences.append(
        StationBook.span(result[number].start, hot[number].last))
    }
    return result.sorted { $0.hardware < $1.hardware }
  }
}

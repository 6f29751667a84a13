internal import Observations

/// Which service sources address with the first packet ever seen of them: a flood of made-up sources
/// shows as one service that has nothing but newcomers.
///
/// Per shard a Space-Saving summary (Metwally, Agrawal and El Abbadi 2005) of fixed size. It is asked
/// only where a source is met for the first time.
final class Newcomers {
  /// One service at one target.
  struct Entry: BitwiseCopyable {
    var target: UInt32
    /// Transport and destination port.
    var service: UInt32
    /// Sources whose first packet went there; at most `over` too many.
    var count: UInt32
    var over: UInt32
    /// Sources that no packet from outside can truly have.
    var unroutable: UInt32
    /// The commonest time to live by Boyer and Moore's vote, and the votes left for it.
    var timeToLive: UInt32, votes: UInt32
    /// How many had that time to live since it took the lead.
    var sameTimeToLive: UInt32
    var first: Int64, last: Int64
  }

  private let entries = Slab<Entry>(capacity: Bounds.shards * Bounds.newcomerTargets)
  /// Target and service of each entry, and its count, once more: the search is in few cache lines.
  private let keys = Slab<UInt64>(capacity: Bounds.shards * Bounds.newcomerTargets)
  private let counts = Slab<UInt32>(capacity: Bounds.shards * Bounds.newcomerTargets)

  static func service(_ transport: Transport, _ port: UInt16) -> UInt32 {
    UInt32(transport.rawValue) << 16 | UInt32(port)
  }

  func note(_ o: Observation, _ shard: Int) {
    guard o.transport == .tcp || o.transport == .udp, o.contact.isDisjoint(with: [.reply]),
      o.marks.isDisjoint(with: [.broadcast, .multicast, .laterFragment, .veiled])
    else { return }
    let target = TargetSets.target(o.destination)
    let service = Newcomers.service(o.transport, o.destinationPort)
    let base = shard * Bounds.newcomerTargets
    // Never 0: the transport is part of it.
    let key = UInt64(target) << 32 | UInt64(service)
    var least = base
    var count = counts[base]
    for at in base..<base + Bounds.newcomerTargets {
      if keys[at] == key {
        add(o, at)
        return
      }
      let here = counts[at]
      least = here < count ? at : least
      count = min(count, here)
    }
    keys[least] = key
    entries[least] = Entry(
      target: target, service: service, count: count, over: count, unroutable: 0, timeToLive: 0,
      votes: 0, sameTimeToLive: 0, first: o.time, last: o.time)
    add(o, least)
  }

  private func add(_ o: Observation, _ at: Int) {
    entries[at].count &+= 1
    counts[at] = entries[at].count
    entries[at].last = o.time
    if Newcomers.isUnroutable(o.source), !(o.source.isPrivate && o.destination.isPrivate) {
      entries[at].unroutable &+= 1
    }
    let life = UInt32(o.timeToLive)
    if entries[at].votes == 0 {
      entries[at].timeToLive = life
      entries[at].sameTimeToLive = 0
    }
    if entries[at].timeToLive == life {
      entries[at].votes &+= 1
      entries[at].sameTimeToLive &+= 1
    } else {
      entries[at].votes &-= 1
    }
  }

  /// Addresses that no sender beyond a border has (RFC 6890; classes D and E).
  static func isUnroutable(_ address: Address) -> Bool {
    guard address.isIPv4 else { return false }
    let first = address.ipv4 >> 24
    return first == 0 || first == 127 || first >= 224 || address.isPrivate || address.isLinkLocal
  }

  /// All shards' entries with that many sources for sure, summed over shards, by target and service.
  func busiest(least: UInt32) -> [Entry] {
    var sums: [UInt64: Entry] = [:]
    for at in 0..<Bounds.shards * Bounds.newcomerTargets where entries[at].count > 0 {
      let entry = entries[at]
      let key = UInt64(entry.target) << 32 | UInt64(entry.service)
      guard var sum = sums[key] else {
        sums[key] = entry
        continue
      }
      sum.count &+= entry.count
      sum.over &+= entry.over
      sum.unroutable &+= entry.unroutable
      if sum.timeToLive == entry.timeToLive {
        sum.sameTimeToLive &+= entry.sameTimeToLive
      } else if entry.sameTimeToLive > sum.sameTimeToLive {
        sum.timeToLive = entry.timeToLive
        sum.sameTimeToLive = entry.sameTimeToLive
      }
      sum.first = min(sum.first, entry.first)
      sum.last = max(sum.last, entry.last)
      sums[key] = sum
    }
    return sums.values.filter { $0.count - $0.over >= least }.sorted {
      ($0.target, $0.service) < ($1.target, $1.service)
    }
  }
}

internal import Observations

/// Source addresses that are not those of the hardware that used them.
struct ForgedSources: Sendable {
  var hardware: UInt64
  /// Packets whose source no host can have.
  var impossible: UInt64
  /// Distinct addresses used as source, ascending.
  var addresses: [UInt32]
  /// Of these: shown to belong to other hardware.
  var owned: [UInt32]

  /// Looks at the drafts of one shape and hardware; nil where every source may be its own.
  ///
  /// A router speaks for many sources, too: what tells is a source that ARP or its own traffic shows to
  /// be another's on this link, or one that no host can have.
  init?(_ drafts: [Draft], _ hardware: UInt64, _ link: LinkView) {
    self.hardware = hardware
    impossible = drafts.reduce(0) { $0 + UInt64($1.profile.impossibleSources) }
    addresses = drafts.compactMap { $0.subject.isIPv4 ? $0.subject.ipv4 : nil }.sorted()
    owned = addresses.filter { address in
      link.owner(of: address).map { $0 != hardware } ?? false
    }
    guard impossible > 0 || !owned.isEmpty else { return nil }
  }
}

extension Draft {
  /// Several sources' drafts of one shape as one of the hardware that made the sources up. Each packet
  /// is in one of them only, so that here counts are added up.
  init(forged: ForgedSources, _ drafts: [Draft]) {
    let ordered = drafts.sorted { ($0.first, $0.subject) < ($1.first, $1.subject) }
    self = ordered[0]
    self.forged = forged
    for draft in ordered.dropFirst() {
      packets += draft.packets
      unprofiled += draft.unprofiled
      profile.absorb(draft.profile)
      profile.absorbToMany(draft.profile)
      quotes.formUnion(draft.quotes)
    }
    first = ordered.map(\.first).min() ?? first
    last = ordered.map(\.last).max() ?? last
    records = ordered.flatMap(\.records).sorted { ($0.time, $0.target) < ($1.time, $1.target) }
    trace = Draft.merged(ordered.map(\.trace))
    let all = Set(ordered.flatMap { $0.members ?? [] })
    if ordered.allSatisfy({ $0.members != nil }) {
      members = all.sorted()
      targets = Bound(low: Double(all.count), high: Double(all.count))
    }
  }

  /// The first packets of several traces, in order of time.
  static func merged(_ traces: [[TracedPacket]]) -> [TracedPacket] {
    let all = traces.flatMap { $0 }.sorted {
      ($0.time, $0.identification, $0.destinationPort, $0.target)
        < ($1.time, $1.identification, $1.destinationPort, $1.target)
    }
    return Array(all.prefix(Int(Bounds.traced)))
  }
}

extension Profile {
  /// Adds what packets to many are asked.
  mutating func absorbToMany(_ other: Profile) {
    verified &+= other.verified
    refuted &+= other.refuted
    untestable &+= other.untestable
    busiestMinute = max(busiestMinute, other.busiestMinute)
    directedBroadcasts &+= other.directedBroadcasts
    if broadcastAddress == 0 { broadcastAddress = other.broadcastAddress }
    impossibleSources &+= other.impossibleSources
  }
}

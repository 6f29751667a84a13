internal import Observations

/// How one observation goes into the books.
extension Books {
  /// What the observation is booked under.
  @inline(__always)
  static func classify(_ o: Observation) -> ServiceKey {
    let transport = o.transport
    if transport == .arp { return classifyARP(o) }
    if o.hint.isMisreadCandidate { return ServiceKey(ServiceKey.Kind.misread, .udp, o.sourcePort) }
    if !o.marks.isDisjoint(with: [.broadcast, .multicast, .laterFragment]) {
      return classifyToMany(o)
    }
    switch transport.rawValue {
    case 6: return classifyTCP(o)
    case 17, 136: return classifyUDP(o)
    case 1, 58: return classifyICMP(o)
    default: return ServiceKey(ServiceKey.Kind.attempt, transport, o.destinationPort)
    }
  }

  /// Fragments without ports, and what goes to everybody; ARP requests are among these.
  private static func classifyToMany(_ o: Observation) -> ServiceKey {
    if o.marks.contains(.laterFragment) {
      return ServiceKey(ServiceKey.Kind.orphan, o.transport, 0)
    }
    guard o.marks.contains(.broadcast), o.marks.contains(.ports) else {
      if o.transport == .udp, SpecialPurpose.isSearched(o.destinationPort) {
        return ServiceKey(ServiceKey.Kind.special, .udp, o.destinationPort)
      }
      return ServiceKey(ServiceKey.Kind.multicast, o.transport, 0)
    }
    return ServiceKey(ServiceKey.Kind.broadcast, o.transport, o.destinationPort)
  }

  /// ARP by its operation; who asks for its own address, or has none yet, announces itself.
  private static func classifyARP(_ o: Observation) -> ServiceKey {
    let announces = o.source == o.destination || o.source.isUnspecified
    return ServiceKey(ServiceKey.Kind.arp, .arp, announces ? 0 : o.sourcePort)
  }

  @inline(__always)
  private static func classifyTCP(_ o: Observation) -> ServiceKey {
    let flags = o.tcpFlags.rawValue & 0x3f
    if flags & 0x16 == 0x02 {
      let isSpecial = SpecialPurpose.isMetadata(.tcp, o.destinationPort, o.destination)
      return ServiceKey(
        isSpecial ? ServiceKey.Kind.special : ServiceKey.Kind.attempt, .tcp, o.destinationPort)
    }
    if o.contact.contains(.reply) {
      return ServiceKey(ServiceKey.Kind.reply, .tcp, o.sourcePort)
    }
    if flags & 0x12 == 0x12 || flags & 0x04 != 0 {
      let kind =
        o.contact.contains(.solicited) ? ServiceKey.Kind.reply : ServiceKey.Kind.unasked
      return ServiceKey(kind, .tcp, o.sourcePort)
    }
    if flags & 0x10 == 0, !o.contact.contains(.solicited) {
      // NULL, FIN, XMAS: no stack sends these to open a connection; scanners do.
      return ServiceKey(ServiceKey.Kind.attempt, .tcp, o.destinationPort)
    }
    return o.destinationPort > o.sourcePort
      ? ServiceKey(ServiceKey.Kind.orphan, .tcp, o.sourcePort)
      : ServiceKey(ServiceKey.Kind.attempt, .tcp, o.destinationPort)
  }

  /// Services whose late answers are a classic false alarm: DNS, DHCP, NTP, LDAP, ISAKMP, SIP, QUIC …
  @inline(__always)
  private static func answersFrom(_ port: UInt16) -> Bool {
    switch port {
    case 53, 67, 69, 123, 161, 389, 443, 500, 1194, 1701, 1812, 3478, 4500, 5060: true
    default: false
    }
  }

  @inline(__always)
  private static func classifyUDP(_ o: Observation) -> ServiceKey {
    if o.contact.contains(.reply) { return ServiceKey(ServiceKey.Kind.reply, .udp, o.sourcePort) }
    let answers =
      o.hint == .dnsResponse || o.hint == .nameResponse
      || (o.destinationPort >= 1_024 && answersFrom(o.sourcePort) && o.hint != .dnsQuery)
    if answers {
      let kind =
        o.contact.contains(.solicited) ? ServiceKey.Kind.reply : ServiceKey.Kind.unasked
      return ServiceKey(kind, .udp, o.sourcePort)
    }
    return ServiceKey(ServiceKey.Kind.attempt, .udp, o.destinationPort)
  }

  @inline(__always)
  private static func classifyICMP(_ o: Observation) -> ServiceKey {
    if o.hint == .icmpError {
      return ServiceKey(ServiceKey.Kind.icmpError, o.transport, o.sourcePort)
    }
    // Records of flows often do not say the type: type 0 is an answer only where it was read.
    let isEchoReply =
      o.marks.contains(.ports)
      && (o.transport == .icmp ? o.sourcePort == 0 : o.sourcePort == 129)
    if isEchoReply {
      let kind =
        o.contact.isDisjoint(with: [.reply, .solicited])
        ? ServiceKey.Kind.unasked : ServiceKey.Kind.reply
      return ServiceKey(kind, o.transport, o.sourcePort)
    }
    // Neighbour and router discovery, multicast listener reports: the link's housekeeping.
    if o.transport == .icmpv6, o.sourcePort >= 130, o.sourcePort <= 153 {
      return ServiceKey(ServiceKey.Kind.multicast, o.transport, 0)
    }
    return ServiceKey(ServiceKey.Kind.attempt, o.transport, o.sourcePort)
  }

  /// Books observation `i` of the batch with its source.
  @inline(__always)
  func book(_ batch: ObservationBatch, _ i: Int, _ source: Int, _ shard: Int) {
    let o = batch.observations[i]
    let key = Books.classify(o)
    if sources[source].service.key.bits == key.bits {
      update(&sources[source].service, batch, i, o, key, shard)
    } else if sources[source].service.key.bits == 0 {
      sources[source].service.key = key
      sources[source].service.first = o.time
      sources[source].service.chain = 1
      update(&sources[source].service, batch, i, o, key, shard)
    } else {
      bookFurther(batch, i, o, key, source, shard)
    }
  }

  /// Finds or makes the service among the source's further ones.
  private func bookFurther(
    _ batch: ObservationBatch, _ i: Int, _ o: Observation, _ key: ServiceKey, _ source: Int,
    _ shard: Int
  ) {
    var place = sources[source].service.next
    var last: UInt32 = 0
    while place != 0 {
      let at = Bounds.place(shard, Int(place))
      let found = services[at].key
      if found.bits == key.bits {
        update(&services[at], batch, i, o, key, shard)
        return
      }
      if found.kind == ServiceKey.Kind.gathered, found.transport == key.transport,
        key.kind == ServiceKey.Kind.attempt
      {
        update(&services[at], batch, i, o, found, shard)
        return
      }
      last = place
      place = services[at].next
    }
    let length = sources[source].service.chain
    var made = key
    if length >= Bounds.chain, key.kind == ServiceKey.Kind.attempt {
      made = ServiceKey(ServiceKey.Kind.gathered, key.transport, 0)
    }
    let number = states[shard].services
    guard Int(number) < Bounds.services, length < Bounds.chain * 4 else {
      states[shard].servicesBeyond &+= 1
      return
    }
    states[shard].services = number + 1
    let at = Bounds.place(shard, Int(number))
    services[at].key = made
    services[at].first = o.time
    if last == 0 {
      sources[source].service.next = number
    } else {
      services[Bounds.place(shard, Int(last))].next = number
    }
    sources[source].service.chain = length + 1
    update(&services[at], batch, i, o, made, shard)
  }

  @inline(__always)
  private func update(
    _ service: inout Service, _ batch: ObservationBatch, _ i: Int, _ o: Observation,
    _ key: ServiceKey, _ shard: Int
  ) {
    service.packets &+= o.packets
    service.last = o.time
    var isNew = false
    if key.countsTargets,
      !o.contact.contains(.retry) || service.profile == 0 && service.distinct == 0
    {
      let isGathered = key.kind == ServiceKey.Kind.gathered
      // Data within a connection whose opening was not seen is no attempt.
      let opens =
        key.transport != .tcp || o.tcpFlags.rawValue & 0x10 == 0
        || key.kind != ServiceKey.Kind.attempt
      if opens {
        let target =
          isGathered
          ? TargetSets.target(o.destination, port: o.destinationPort)
          : TargetSets.target(o.destination)
        isNew = sets.insert(
          target, into: &service.targets, count: Int(service.distinct), shard: shard)
        if isNew { service.distinct &+= 1 }
      }
    }
    if service.profile == 0 {
      let early = Int(states[shard].profiles) <= Bounds.earlyProfiles
      guard
        early && service.packets == o.packets
          || isNew && service.distinct >= Bounds.targetsForProfile
          || key.kind == ServiceKey.Kind.misread || key.kind == ServiceKey.Kind.gathered
          || key.kind == ServiceKey.Kind.special && service.packets >= Bounds.targetsForProfile
      else { return }
      guard beginProfile(&service, shard) else { return }
    }
    follow(&service, batch, i, o, key, shard, isNew: isNew)
  }

  private func beginProfile(_ service: inout Service, _ shard: Int) -> Bool {
    let number = states[shard].profiles
    guard Int(number) < Bounds.profiles else {
      states[shard].profilesBeyond &+= 1
      return false
    }
    states[shard].profiles = number + 1
    service.profile = UInt32(truncatingIfNeeded: Bounds.place(shard, Int(number)))
    return true
  }
}

internal import Observations

/// How a followed service's profile is kept.
extension Books {
  func follow(
    _ service: inout Service, _ batch: ObservationBatch, _ i: Int, _ o: Observation,
    _ key: ServiceKey, _ shard: Int, isNew: Bool
  ) {
    let p = Int(service.profile)
    note(batch, i, o, in: &profiles[p])
    if key.isTraced, profiles[p].traceCount < Bounds.traced { trace(batch, i, o, p, shard) }
    let retry = o.contact.contains(.retry)
    if !retry {
      profiles[p].tries &+= 1
      countHour(o.time, p, shard)
      if o.contact.contains(.reverseFailed) { profiles[p].reverseFailed &+= 1 }
      if o.contact.contains(.nameAsked) { profiles[p].nameAsked &+= 1 }
    }
    if o.hint != .none { content(o, batch.lags[i], retry: retry, p, shard) }
    if key.kind == ServiceKey.Kind.gathered {
      gather(o, p, shard)
    } else if key.isToMany {
      toMany(batch, i, o, p)
      if key.kind == ServiceKey.Kind.misread { record(o, batch.lags[i], p, shard) }
    } else if key.kind == ServiceKey.Kind.attempt || key.kind == ServiceKey.Kind.arp {
      if isNew {
        firstContact(o, key, &profiles[p])
        profiles[p].hourTargets &+= 1
        profiles[p].densest = max(profiles[p].densest, profiles[p].hourTargets)
      }
      let isLookup = isLookup(o, key)
      if isLookup ? isNew || !retry : isNew && profiles[p].recordCount < Bounds.firstContacts {
        record(o, batch.lags[i], p, shard)
      }
    }
  }

  /// What every packet leaves.
  @inline(__always)
  private func note(
    _ batch: ObservationBatch, _ i: Int, _ o: Observation, in profile: inout Profile
  ) {
    profile.bytes &+= UInt64(o.length)
    profile.packets &+= o.packets
    count(o, in: &profile)
    refer(batch, i, in: &profile)
    notePort(o.sourcePort, of: o, in: &profile)
  }

  /// Keeps a packet as it happened.
  private func trace(
    _ batch: ObservationBatch, _ i: Int, _ o: Observation, _ p: Int, _ shard: Int
  ) {
    let hardware = batch.details[i].sender
    if hardware != 0 {
      if profiles[p].hardwareCount == 0 {
        profiles[p].hardware = hardware
        profiles[p].hardwareCount = 1
      } else if profiles[p].hardware != hardware {
        profiles[p].hardwareCount = 2
      }
    }
    var tail = profiles[p].traceTail
    if tail == 0 || Int(traces[Bounds.place(shard, Int(tail))].count) == TraceChunk.capacity {
      let number = states[shard].traces
      // When half of the room is gone, it goes to those who have shown that they go on.
      let scarce = Int(number) > Bounds.traceChunks / 2
      guard Int(number) < Bounds.traceChunks,
        !scarce || profiles[p].tries >= Bounds.targetsForProfile
      else { return }
      states[shard].traces = number + 1
      if tail == 0 {
        profiles[p].traceHead = number
      } else {
        traces[Bounds.place(shard, Int(tail))].next = number
      }
      tail = number
      profiles[p].traceTail = number
    }
    let at = Bounds.place(shard, Int(tail))
    traces[at].packets[Int(traces[at].count)] = TracedPacket(o, batch.details[i])
    traces[at].count &+= 1
    profiles[p].traceCount &+= 1
  }

  /// What only packets to many are asked.
  private func toMany(_ batch: ObservationBatch, _ i: Int, _ o: Observation, _ p: Int) {
    let minute = o.time / 60_000_000_000
    if profiles[p].minute != minute {
      profiles[p].minute = minute
      profiles[p].minuteCount = 0
    }
    profiles[p].minuteCount &+= o.packets
    profiles[p].busiestMinute = max(profiles[p].busiestMinute, profiles[p].minuteCount)
    if o.marks.contains(.broadcast), o.destination.isIPv4, !o.destination.isLimitedBroadcast {
      profiles[p].directedBroadcasts &+= 1
      profiles[p].broadcastAddress = o.destination.ipv4
    }
    if o.source == o.destination && o.marks.contains(.broadcast) || o.source.isMulticast
      || o.source.isLimitedBroadcast
    {
      profiles[p].impossibleSources &+= 1
    }
  }

  /// Name lookups are kept each, other services only by first contact.
  @inline(__always)
  private func isLookup(_ o: Observation, _ key: ServiceKey) -> Bool {
    key.port == 137 && key.transport == .udp
  }

  @inline(__always)
  private func count(_ o: Observation, in profile: inout Profile) {
    switch o.action {
    case .blocked: profile.blocked &+= o.packets
    case .allowed: profile.allowed &+= o.packets
    case .unknown, .audited: break
    }
    switch o.path {
    case .inbound, .entering: profile.inbound &+= o.packets
    case .outbound, .leaving: profile.outbound &+= o.packets
    case .forwarded: profile.forwarded &+= o.packets
    case .unknown: break
    }
    if o.marks.contains(.cut) { profile.cut &+= 1 }
    if o.marks.contains(.lowerBound) { profile.limited &+= 1 }
    if o.transport == .tcp {
      if o.tcpFlags.rawValue & 0x12 == 0x12 {
        profile.synAcks &+= 1
      } else if o.tcpFlags.contains(.rst) {
        profile.resets &+= 1
      }
    }
    if o.marks.contains(.identification) {
      // A counter kept by a little-endian stack and sent unswapped rises by 256 each step.
      if profile.hasIdentification != 0 {
        profile.identifications &+= 1
        let step = o.identification &- profile.lastIdentification
        let swapped = o.identification.byteSwapped &- profile.lastIdentification.byteSwapped
        profile.ascending &+= step &- 1 < 1_024 ? 1 : 0
        profile.byteSwapped &+= swapped &- 1 < 1_024 ? 1 : 0
      }
      profile.hasIdentification = 1
      profile.lastIdentification = o.identification
    }
  }

  /// Keeps the first five records and the last.
  @inline(__always)
  private func refer(_ batch: ObservationBatch, _ i: Int, in profile: inout Profile) {
    let kept = Int(profile.referenceCount)
    let at = min(kept, Profile.referencesKept)
    profile.references[2 * at] = batch.records[i]
    profile.references[2 * at + 1] = batch.offsets[i]
    if kept <= Profile.referencesKept { profile.referenceCount &+= 1 }
  }

  @inline(__always)
  private func notePort(_ port: UInt16, of o: Observation, in profile: inout Profile) {
    let known = Int(profile.sourcePortCount)
    guard known <= Profile.sourcePortsKept, o.marks.contains(.ports), o.transport.hasPorts
    else { return }
    for k in 0..<min(known, Profile.sourcePortsKept) where profile.sourcePorts[k] == port { return }
    if known < Profile.sourcePortsKept { profile.sourcePorts[known] = port }
    profile.sourcePortCount &+= 1
  }

  private func countHour(_ time: Int64, _ p: Int, _ shard: Int) {
    let hour = time / 3_600_000_000_000
    if profiles[p].hourCount > 0, profiles[p].hour != hour {
      let number = states[shard].hours
      if Int(number) < Bounds.hours {
        states[shard].hours = number + 1
        hours[Bounds.place(shard, Int(number))] = HourCount(
          hour: Int32(truncatingIfNeeded: profiles[p].hour), count: profiles[p].hourCount,
          previous: profiles[p].seriesHead)
        profiles[p].seriesHead = number
      } else {
        states[shard].recordsBeyond &+= 1
      }
      profiles[p].hourCount = 0
      profiles[p].hourTargets = 0
    }
    profiles[p].hour = hour
    profiles[p].hourCount &+= 1
  }

  private func content(_ o: Observation, _ lags: Lags, retry: Bool, _ p: Int, _ shard: Int) {
    switch o.hint {
    case .nodeStatusQuery:
      profiles[p].contentSeen &+= 1
      profiles[p].nodeStatus &+= 1
    case .nameQuery:
      profiles[p].contentSeen &+= 1
      profiles[p].nameQueries &+= 1
    case .nameQueryBySize: profiles[p].bySize &+= 1
    case .icmpErrorAsUDP:
      profiles[p].verified &+= 1
      if sets.insert(
        o.detail, into: &profiles[p].quoteSet, count: Int(profiles[p].quoteCount), shard: shard)
      {
        profiles[p].quoteCount &+= 1
      }
    case .icmpErrorAsUDPRefuted: profiles[p].refuted &+= 1
    case .icmpErrorAsUDPUntestable: profiles[p].untestable &+= 1
    default: break
    }
    guard o.hint.isNameLookup, retry else { return }
    if profiles[p].cadence == 0 {
      let number = states[shard].cadences
      guard Int(number) < Bounds.cadences else { return }
      states[shard].cadences = number + 1
      profiles[p].cadence = UInt32(truncatingIfNeeded: Bounds.place(shard, Int(number)))
    }
    let step = Int(min(lags.retry / Cadence.step, UInt16(Cadence.steps - 1)))
    cadences[Int(profiles[p].cadence)].counts[step] &+= 1
  }

  private func firstContact(_ o: Observation, _ key: ServiceKey, _ profile: inout Profile) {
    profile.targets &+= 1
    let solicited = o.contact.contains(.solicited)
    let resolved = o.contact.contains(.resolved)
    if solicited { profile.solicited &+= 1 }
    if resolved { profile.resolved &+= 1 }
    if solicited || resolved { profile.expected &+= 1 }
    if o.contact.contains(.peerOpened) { profile.peerOpened &+= 1 }
    guard o.destination.isIPv4, o.source.isIPv4 else { return }
    let target = o.destination.ipv4
    if profile.targets > 1 {
      let step = target &- profile.lastTarget
      if step &+ 2 <= 4 { profile.sequential &+= 1 }
    }
    profile.lastTarget = target
    let difference = target ^ o.source.ipv4
    if difference < 1 << 8 {
      profile.same24 &+= 1
    } else if difference < 1 << 16 {
      profile.same16 &+= 1
    } else if difference < 1 << 24 {
      profile.same8 &+= 1
    }
  }

  private func gather(_ o: Observation, _ p: Int, _ shard: Int) {
    let port = o.destinationPort
    if profiles[p].portCount == 0 {
      profiles[p].lowPort = port
      profiles[p].highPort = port
    }
    profiles[p].lowPort = min(profiles[p].lowPort, port)
    profiles[p].highPort = max(profiles[p].highPort, port)
    if sets.insert(
      UInt32(port), into: &profiles[p].portSet, count: Int(profiles[p].portCount), shard: shard)
    {
      profiles[p].portCount &+= 1
    }
    if sets.insert(
      TargetSets.target(o.destination), into: &profiles[p].destinationSet,
      count: Int(profiles[p].destinationCount), shard: shard)
    {
      profiles[p].destinationCount &+= 1
    }
  }

  /// Keeps a lookup or first contact in order.
  private func record(_ o: Observation, _ lags: Lags, _ p: Int, _ shard: Int) {
    guard profiles[p].recordCount < Bounds.records else {
      states[shard].recordsBeyond &+= 1
      return
    }
    var tail = profiles[p].recordTail
    if tail == 0 || Int(chunks[Bounds.place(shard, Int(tail))].count) == RecordChunk.capacity {
      let number = states[shard].chunks
      // When half of the room is gone, it goes to those who have shown that they go on.
      let scarce = Int(number) > Bounds.recordChunks / 2
      guard Int(number) < Bounds.recordChunks,
        !scarce || profiles[p].tries >= Bounds.targetsForProfile
      else {
        states[shard].recordsBeyond &+= 1
        return
      }
      states[shard].chunks = number + 1
      if tail == 0 {
        profiles[p].recordHead = number
      } else {
        chunks[Bounds.place(shard, Int(tail))].next = number
      }
      tail = number
      profiles[p].recordTail = number
    }
    let at = Bounds.place(shard, Int(tail))
    let kept = Int(chunks[at].count)
    chunks[at].records[kept] = LookupRecord(
      time: o.time, target: TargetSets.target(o.destination),
      reverseLag: o.contact.contains(.reverseFailed) ? lags.reverseFailed : 0xffff,
      solicitedLag: o.contact.contains(.solicited) ? lags.solicited : 0xffff)
    chunks[at].count &+= 1
    profiles[p].recordCount &+= 1
  }

  /// The news that someone was answered.
  func book(_ answer: Answer, _ worker: Int, _ workers: Int) {
    let hash = Mixing.hash(answer.asker)
    let shard = Books.shard(hash)
    if workers > 1, shard % workers != worker { return }
    let source = existing(answer.asker)
    guard source != 0 else { return }
    let isSpecial = SpecialPurpose.isMetadata(answer.transport, answer.port, answer.answerer)
    let key = ServiceKey(
      isSpecial ? ServiceKey.Kind.special : ServiceKey.Kind.attempt, answer.transport, answer.port)
    if sources[source].service.key.bits == key.bits {
      note(answer, Int(sources[source].service.profile))
      return
    }
    var place = sources[source].service.next
    while place != 0 {
      let at = Bounds.place(shard, Int(place))
      let found = services[at].key
      let isGathered =
        found.kind == ServiceKey.Kind.gathered && found.transport == answer.transport
      if found.bits == key.bits || isGathered {
        note(answer, Int(services[at].profile))
        return
      }
      place = services[at].next
    }
  }

  private func note(_ answer: Answer, _ p: Int) {
    guard p != 0 else { return }
    switch answer.outcome {
    case .refused: profiles[p].refused &+= 1
    case .answered: profiles[p].answered &+= 1
    case .offered:
      profiles[p].answered &+= 1
      profiles[p].accepted &+= 1
    case .established: profiles[p].established &+= 1
    }
  }

  /// Keeps a reverse query: the clock of what was asked about whom.
  func book(_ resolution: Resolution, _ batch: ObservationBatch, _ worker: Int, _ workers: Int) {
    guard resolution.kind != .forwardAnswered else { return }
    let shard = Books.shard(Mixing.hash(resolution.client))
    if workers > 1, shard % workers != worker { return }
    let number = Int(states[shard].reverseQueries)
    guard number < Bounds.reverseQueries else {
      states[shard].recordsBeyond &+= 1
      return
    }
    states[shard].reverseQueries += 1
    let i = min(Int(resolution.index), max(0, batch.count - 1))
    reverseQueries[Bounds.place(shard, number)] = ReverseQuery(
      client: resolution.client,
      server: resolution.kind == .reverseAsked
        ? TargetSets.target(batch.observations[i].destination) : 0,
      address: TargetSets.target(resolution.address), time: batch.observations[i].time,
      failed: resolution.kind == .reverseAsked ? 0 : resolution.kind == .reverseFailed ? 1 : 2)
  }
}

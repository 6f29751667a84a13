internal import Observations

/// What needs the whole stream, or the books beside the service at hand.
extension Finishing {
  /// The trace, the quoted packets and what the targets were seen doing.
  func complete(_ draft: inout Draft, _ entry: Entry) {
    draft.trace = trace(draft.profile, entry.shard)
    if case .misreadHeader = draft.shape {
      draft.quotes = Set(books.sets.members(draft.profile.quoteSet) ?? [])
    }
    if draft.shape.transport == .arp, draft.subject.isIPv4 {
      draft.arpAnswers = link.claims.answersTo[draft.subject.ipv4] ?? 0
    }
    guard let members = draft.members else { return }
    // Of many, every n-th stands for n.
    let stride = max(1, members.count / Finishing.sample)
    for number in Swift.stride(from: 0, to: members.count, by: stride) {
      guard let address = TargetSets.address(members[number]) else { continue }
      let place = books.existing(address)
      if place != 0, tries(place) { draft.activeReceivers += stride }
    }
    if facts.isCapture, let finding = bystanders(draft) { draft.extra.append(finding) }
  }

  /// Targets looked at one by one.
  static let sample = 256

  /// Whether a source tried something of its own at a single other.
  private func tries(_ place: Int) -> Bool {
    var service = books.sources[place].service
    let shard = Books.shard(Mixing.hash(books.sources[place].address))
    while true {
      if service.key.kind == ServiceKey.Kind.attempt { return true }
      guard service.next != 0 else { return false }
      service = books.services[Bounds.place(shard, Int(service.next))]
    }
  }

  func trace(_ profile: Profile, _ shard: Int) -> [TracedPacket] {
    var list: [TracedPacket] = []
    var place = profile.traceHead
    while place != 0 {
      let chunk = books.traces[Bounds.place(shard, Int(place))]
      for k in 0..<Int(chunk.count) { list.append(chunk.packets[k]) }
      place = chunk.next
    }
    return list
  }

  /// Lookups of addresses that had been seen before, in traffic of others than the subject.
  private func bystanders(_ draft: Draft) -> Finding? {
    guard case .service(.udp, 137) = draft.shape, !draft.records.isEmpty else { return nil }
    var seen: [Double] = []
    var targets: Set<UInt32> = []
    for record in draft.records.prefix(2 * Finishing.sample)
    where targets.insert(record.target).inserted {
      guard record.solicitedLag == 0xffff, let address = TargetSets.address(record.target) else {
        continue
      }
      let place = books.existing(address)
      guard place != 0 else { continue }
      let first = books.sources[place].service.first
      if first < record.time { seen.append((Double(record.time) - Double(first)) / 1e9) }
    }
    var values: [String: FindingValue] = [
      "targets": .integer(targets.count), "seen": .integer(seen.count),
      "share": FindingBuilder.share(seen.count, of: targets.count),
    ]
    if let lag = Statistics.median(seen) { values["medianLagSeconds"] = .number(lag) }
    return FindingBuilder(draft, direction: .unknown).finding(
      .bystanders,
      "\(seen.count) of \(targets.count) targets had been seen before in the traffic of others",
      values, count: seen.count)
  }

  /// Services of the same source at the same targets, and ports it answered from.
  mutating func addCompanions(_ subject: Address, _ entries: [Entry]) {
    for number in result.drafts.indices where result.drafts[number].subject == subject {
      guard case .service(let transport, let port) = result.drafts[number].shape,
        let members = result.drafts[number].members
      else { continue }
      let targets = Set(members)
      var best: (key: ServiceKey, common: Int, of: Int)?
      for entry in entries where entry.service.key.kind == ServiceKey.Kind.attempt {
        let key = entry.service.key
        guard key.transport != transport || key.port != port, entry.service.distinct >= 2,
          entry.service.distinct <= Bounds.members,
          let others = books.sets.members(entry.service.targets)
        else { continue }
        let common = others.count { targets.contains($0) }
        if common > (best?.common ?? 0) { best = (key, common, others.count) }
      }
      guard let best else { continue }
      let builder = FindingBuilder(result.drafts[number], direction: .unknown)
      result.drafts[number].extra.append(
        builder.finding(
          .companionService,
          "\(best.common) of the targets were tried at \(best.key.transport) port "
            + "\(best.key.port), too",
          [
            "port": .integer(Int(best.key.port)),
            "transportIsTCP": .flag(best.key.transport == .tcp),
            "targets": .integer(best.of), "common": .integer(best.common),
            "share": FindingBuilder.share(best.common, of: best.of),
          ], count: best.common))
    }
    addAnsweringPorts(subject, entries)
    addLongConversation(subject, entries)
    addSecondRouter(subject)
  }

  /// Ports that any host may answer from, so that they say nothing.
  static let usualPorts: Set<UInt16> = [
    21, 22, 23, 25, 53, 67, 68, 80, 88, 110, 123, 135, 137, 138, 139, 143, 389, 443, 445, 465, 587,
    631, 993, 995, 1_900, 3_389, 5_353, 8_080,
  ]

  private mutating func addAnsweringPorts(_ subject: Address, _ entries: [Entry]) {
    let replies = entries.filter {
      $0.service.key.kind == ServiceKey.Kind.reply && $0.service.key.transport == .tcp
    }
    guard facts.isCapture, !replies.isEmpty else { return }
    let unusual = replies.filter { !Finishing.usualPorts.contains($0.service.key.port) }
      .max { ($0.service.packets, $1.service.key.port) < ($1.service.packets, $0.service.key.port) }
    for number in result.drafts.indices where result.drafts[number].subject == subject {
      let builder = FindingBuilder(result.drafts[number], direction: .unknown)
      result.drafts[number].extra.append(
        builder.finding(
          .answeringPorts, "answers others from \(replies.count) TCP ports",
          [
            "ports": .integer(replies.count),
            "port": .integer(unusual.map { Int($0.service.key.port) } ?? -1),
            "packets": .integer(Int(unusual?.service.packets ?? 0)),
          ]))
    }
  }

  /// Brings together what one hardware sent under sources that are not its own; drops what was too
  /// little on its own.
  mutating func mergeForged() {
    var groups: [UInt64: [ActivityShape: [Draft]]] = [:]
    var kept: [Draft] = []
    for draft in result.drafts {
      switch draft.shape {
      case .misreadHeader, .broadcasts:
        let hardware = draft.profile.hardwareCount == 1 ? draft.profile.hardware : 0
        groups[hardware, default: [:]][draft.shape, default: []].append(draft)
      default: kept.append(draft)
      }
    }
    for (hardware, shapes) in groups {
      for (_, drafts) in shapes {
        if hardware != 0, let forged = ForgedSources(drafts, hardware, link) {
          kept.append(Draft(forged: forged, drafts))
        } else {
          kept += drafts
        }
      }
    }
    kept.sort { ($0.subject, $0.shape) < ($1.subject, $1.shape) }
    result.drafts = kept.filter { draft in
      guard case .misreadHeader = draft.shape else { return true }
      if draft.packets >= UInt64(Thresholds.misreadPackets) { return true }
      if facts.isPooled || facts.keepsTraces { result.minor.append(draft) }
      result.quiet.note(.belowThreshold, draft.subject)
      return false
    }
  }

  /// Services at which nearly all sources were new and sent next to nothing.
  mutating func findFloods() {
    let busiest = books.newcomers.busiest(least: Thresholds.floodSources)
    guard !busiest.isEmpty else { return }
    var single: [UInt64: (single: UInt32, looked: UInt32)] = [:]
    for entry in busiest {
      single[UInt64(entry.target) << 32 | UInt64(entry.service)] = (0, 0)
    }
    for shard in 0..<Bounds.shards {
      for number in 1..<max(1, Int(books.states[shard].sources)) {
        let service = books.sources[Bounds.place(shard, number)].service
        guard service.key.kind == ServiceKey.Kind.attempt, service.distinct == 1,
          let target = books.sets.members(service.targets)?.first
        else { continue }
        let key =
          UInt64(target) << 32
          | UInt64(Newcomers.service(service.key.transport, service.key.port))
        guard let counted = single[key] else { continue }
        let isSingle = service.next == 0 && service.packets <= 1
        single[key] = (counted.single + (isSingle ? 1 : 0), counted.looked + 1)
      }
    }
    for entry in busiest { addFlood(entry, single) }
  }

  private mutating func addFlood(
    _ entry: Newcomers.Entry, _ single: [UInt64: (single: UInt32, looked: UInt32)]
  ) {
    let counts = single[UInt64(entry.target) << 32 | UInt64(entry.service)] ?? (0, 0)
    guard let victim = TargetSets.address(entry.target),
      counts.looked >= Thresholds.floodSources,
      Double(counts.single) >= 0.9 * Double(counts.looked)
    else { return }
    let transport = Transport(rawValue: UInt8(entry.service >> 16))
    let port = UInt16(truncatingIfNeeded: entry.service)
    var draft = Draft(
      subject: victim, shape: .flood(transport: transport, port: port), path: facts.path,
      facts: facts, first: entry.first, last: entry.last, packets: UInt64(counts.looked),
      unprofiled: UInt64(counts.looked), targets: Bound(low: 1, high: 1),
      members: [entry.target], profile: books.profiles[0], records: [], cadence: [],
      ports: [port], step: nil, stepTimes: nil, receiversSeen: 0, bins: 0)
    draft.flood = Flood(
      victim: victim, sources: counts.looked, unroutable: entry.unroutable,
      sameTimeToLive: entry.sameTimeToLive, single: counts.single, looked: entry.count)
    result.drafts.append(draft)
  }

  /// When a source was first met, for comparing clocks.
  mutating func sight(_ subject: Address, _ entries: [Entry]) {
    guard !subject.isVeiled, result.sightings.count < 65_536 / Bounds.shards,
      let first = entries.map(\.service.first).min()
    else { return }
    result.sightings[subject] = first
  }

  /// What one log has too little of may be enough together with other sensors' logs.
  mutating func keepMinor(_ subject: Address, _ entries: [Entry]) {
    guard facts.isPooled || facts.keepsTraces, result.minor.count < 8_192 / Bounds.shards else {
      return
    }
    for entry in entries
    where entry.service.key.kind == ServiceKey.Kind.attempt && entry.service.profile != 0
      && entry.service.distinct > 0
    {
      let shape = ActivityShape.service(
        transport: entry.service.key.transport, port: entry.service.key.port)
      result.minor.append(draft(subject, shape, entry, nil))
    }
  }
}

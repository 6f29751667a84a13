internal import Observations

/// From the books to drafts: which of a stream's sources did something notable.
struct Finishing {
  let books: Books
  let facts: StreamFacts
  let span: ClosedRange<Int64>
  var result: StreamResult

  init(books: Books, facts: StreamFacts, span: ClosedRange<Int64>) {
    self.books = books
    self.facts = facts
    self.span = span
    self.result = StreamResult(facts: facts)
    result.span = span
  }

  /// A service with its shard, lifted out of the tables.
  private struct Entry {
    var service: Service
    var shard: Int
  }

  mutating func run() {
    for shard in 0..<Bounds.shards {
      result.sources += max(0, Int(books.states[shard].sources) - 1)
      for number in 1..<max(1, Int(books.states[shard].sources)) {
        let source = books.sources[Bounds.place(shard, number)]
        if source.service.next == 0, source.service.profile == 0, isQuiet(source.service) {
          result.quiet.note(.belowThreshold, source.address)
          continue
        }
        judge(source.address, entries(source, shard))
      }
      collectReverse(shard)
      limits(shard)
    }
  }

  /// The shortest way for the many: one service tried at too few targets to have been followed.
  private mutating func isQuiet(_ service: Service) -> Bool {
    guard service.key.kind == ServiceKey.Kind.attempt, service.distinct > 0 else { return false }
    if service.key.transport == .tcp { result.hasTCP = true }
    return service.key.port != 139 && service.key.port != 445
  }

  private func entries(_ source: Source, _ shard: Int) -> [Entry] {
    var list = [Entry(service: source.service, shard: shard)]
    var place = source.service.next
    while place != 0 {
      let service = books.services[Bounds.place(shard, Int(place))]
      list.append(Entry(service: service, shard: shard))
      place = service.next
    }
    return list
  }

  private mutating func judge(_ subject: Address, _ entries: [Entry]) {
    var raised = false
    var left: [Entry] = []
    for entry in entries {
      if entry.service.key.transport == .tcp {
        result.hasTCP = true
        if entry.service.key.kind == ServiceKey.Kind.reply { result.servers.insert(subject) }
        noteFollowUp(subject, entry.service)
      }
      let step = step(entry)
      if let shape = shape(subject, entry, stepped: step != nil) {
        raised = true
        result.drafts.append(draft(subject, shape, entry, step))
      } else {
        left.append(entry)
      }
    }
    for transport in [Transport.tcp, .udp] {
      if let draft = portSweep(subject, left, transport) {
        raised = true
        result.drafts.append(draft)
      }
    }
    if !raised { result.quiet.note(reason(subject, entries), subject) }
  }

  private mutating func noteFollowUp(_ subject: Address, _ service: Service) {
    guard service.key.kind == ServiceKey.Kind.attempt,
      service.key.port == 139 || service.key.port == 445
    else { return }
    let profile = books.profiles[Int(service.profile)]
    let known = result.followUps[subject] ?? 0
    let followed = Int(min(profile.nameAsked, service.distinct))
    result.followUps[subject] = service.profile == 0 ? .some(nil) : known.map { $0 + followed }
  }

  /// The shape under which a single service is notable by itself.
  private func shape(_ subject: Address, _ entry: Entry, stepped: Bool) -> ActivityShape? {
    let service = entry.service
    let key = service.key
    guard service.profile != 0 else { return nil }
    let profile = books.profiles[Int(service.profile)]
    let targets = books.sets.size(service.targets, counted: Int(service.distinct)).low
    switch key.kind {
    case ServiceKey.Kind.misread:
      return service.packets >= Thresholds.misreadPackets
        ? .misreadHeader(sourcePort: key.port) : nil
    case ServiceKey.Kind.unasked:
      return facts.isCapture && targets >= Thresholds.unaskedTargets
        ? .unaskedReplies(transport: key.transport, port: key.port) : nil
    case ServiceKey.Kind.attempt:
      let whole = ActivityShape.service(transport: key.transport, port: key.port)
      let unanswered =
        targets * profile.refusedShare(of: subject, isCapture: facts.isCapture)
        - Double(min(profile.answered, service.distinct))
      if stepped, targets >= Thresholds.lookupTargets { return whole }
      // A few refused attempts a day add up to many targets in two weeks, and to no sweep.
      guard profile.densest >= Thresholds.targetsInAnHour else { return nil }
      if key.transport == .udp, key.port == 137, targets >= Thresholds.lookupTargets,
        Double(min(profile.answered, service.distinct)) <= 0.8 * targets
      {
        return whole
      }
      let unexpected = unanswered - Double(profile.resolved)
      return unexpected >= Thresholds.sweepTargets
        && unexpected >= Thresholds.unexpectedShare * targets ? whole : nil
    default: return nil
    }
  }

  private mutating func step(_ entry: Entry) -> RateStep? {
    guard entry.service.profile != 0, entry.service.key.kind == ServiceKey.Kind.attempt,
      books.profiles[Int(entry.service.profile)].tries >= UInt32(RateStep.leastEvents)
    else { return nil }
    let counts = series(entry)
    guard counts.count >= RateStep.leastBins else { return nil }
    result.seriesTested += 1
    guard let step = RateStep.find(counts) else { return nil }
    result.steps.append(times(step))
    return step
  }

  /// Events per hour from the stream's first whole hour to its last.
  private func series(_ entry: Entry) -> [UInt32] {
    let first = span.lowerBound / Finishing.hour
    let bins = Int(span.upperBound / Finishing.hour - first + 1)
    // A bound of fifty years: a wrong clock must not make a series of billions of hours.
    guard bins > 0, bins <= 438_000 else { return [] }
    var counts = [UInt32](repeating: 0, count: bins)
    let profile = books.profiles[Int(entry.service.profile)]
    func add(_ hour: Int64, _ count: UInt32) {
      let bin = Int(hour - first)
      if counts.indices.contains(bin) { counts[bin] &+= count }
    }
    add(profile.hour, profile.hourCount)
    var node = profile.seriesHead
    while node != 0 {
      let hour = books.hours[Bounds.place(entry.shard, Int(node))]
      add(Int64(hour.hour), hour.count)
      node = hour.previous
    }
    return counts
  }

  private static let hour: Int64 = 3_600_000_000_000

  private func times(_ step: RateStep) -> ClosedRange<Int64> {
    let first = span.lowerBound / Finishing.hour
    return (first + Int64(step.onset.lowerBound))
      * Finishing.hour...(first + Int64(step.onset.upperBound) + 1) * Finishing.hour
  }

  private func draft(
    _ subject: Address, _ shape: ActivityShape, _ entry: Entry, _ step: RateStep?
  ) -> Draft {
    let service = entry.service
    let profile = books.profiles[Int(service.profile)]
    var cadence: [UInt32] = []
    if profile.cadence != 0 {
      let counts = books.cadences[Int(profile.cadence)].counts
      cadence = (0..<Cadence.steps).map { counts[$0] }
    }
    var ports: [UInt16] = []
    if case .service(_, let port) = shape { ports = [port] }
    return Draft(
      subject: subject, shape: shape, path: facts.path, facts: facts, first: service.first,
      last: service.last, packets: UInt64(service.packets),
      unprofiled: UInt64(service.packets &- min(service.packets, profile.packets)),
      targets: books.sets.size(service.targets, counted: Int(service.distinct)),
      members: service.distinct <= Bounds.members ? books.sets.members(service.targets) : nil,
      profile: profile,
      records: records(profile, entry.shard), cadence: cadence, ports: ports, step: step,
      stepTimes: step.map(times), receiversSeen: receiversSeen(shape, service),
      bins: step == nil && profile.tries < UInt32(RateStep.leastEvents)
        ? 0 : series(entry).count)
  }

  private func receiversSeen(_ shape: ActivityShape, _ service: Service) -> Int {
    guard case .unaskedReplies = shape, service.distinct <= Bounds.members else { return 0 }
    return (books.sets.members(service.targets) ?? []).count {
      TargetSets.address($0).map { books.existing($0) != 0 } ?? false
    }
  }

  private func records(_ profile: Profile, _ shard: Int) -> [LookupRecord] {
    var list: [LookupRecord] = []
    var place = profile.recordHead
    while place != 0 {
      let chunk = books.chunks[Bounds.place(shard, Int(place))]
      for k in 0..<Int(chunk.count) { list.append(chunk.records[k]) }
      place = chunk.next
    }
    return list
  }

  /// Attempts at many ports, each service too small to be notable by itself.
  private func portSweep(_ subject: Address, _ entries: [Entry], _ transport: Transport) -> Draft? {
    let tried = entries.filter {
      $0.service.key.transport == transport && $0.service.profile != 0
        && ($0.service.key.kind == ServiceKey.Kind.attempt && $0.service.distinct > 0
          || $0.service.key.kind == ServiceKey.Kind.gathered)
    }
    guard
      tried.count >= Thresholds.sweptPorts
        || tried.contains(where: { $0.service.key.kind == ServiceKey.Kind.gathered }),
      let main = tried.max(by: { $0.service.packets < $1.service.packets })
    else { return nil }
    // Entry 0 is never used and all zero.
    var sweep = PortSweep(profile: books.profiles[0])
    for entry in tried { sweep.add(entry.service, books) }
    let share = sweep.profile.refusedShare(of: subject, isCapture: facts.isCapture)
    let silent = Int(Double(sweep.ports.count) * share) - sweep.answeredPorts
    guard silent >= Thresholds.sweptPorts,
      Double(sweep.targets.count) <= Thresholds.targetsPerPort * Double(sweep.ports.count)
    else { return nil }
    var draft = draft(subject, .manyPorts(transport: transport), main, nil)
    draft.first = tried.map(\.service.first).min() ?? draft.first
    draft.last = tried.map(\.service.last).max() ?? draft.last
    draft.packets = tried.reduce(0) { $0 + UInt64($1.service.packets) }
    draft.profile = sweep.profile
    draft.unprofiled = draft.packets - min(draft.packets, UInt64(sweep.profile.packets))
    draft.ports = sweep.ports.sorted()
    draft.members = sweep.targets.sorted()
    draft.targets = Bound(low: Double(sweep.targets.count), high: Double(sweep.targets.count))
    draft.records = tried.flatMap { records(books.profiles[Int($0.service.profile)], $0.shard) }
      .sorted { ($0.time, $0.target) < ($1.time, $1.target) }
    draft.bins = 0
    return draft
  }

  /// Why a source is not raised.
  private func reason(_ subject: Address, _ entries: [Entry]) -> Quiet.Reason {
    let attempts = entries.filter {
      $0.service.key.kind == ServiceKey.Kind.attempt && $0.service.distinct > 0
        || $0.service.key.kind == ServiceKey.Kind.gathered
    }
    if !attempts.isEmpty {
      var targets: UInt64 = 0
      var fine: UInt64 = 0
      for entry in attempts {
        targets += UInt64(entry.service.distinct)
        guard entry.service.profile != 0 else { continue }
        let profile = books.profiles[Int(entry.service.profile)]
        fine += UInt64(min(entry.service.distinct, profile.answered + profile.resolved))
      }
      if fine * 2 >= targets { return .ordinary }
      return attempts.contains { isLetThrough(subject, $0) } ? .letThrough : .belowThreshold
    }
    let kinds = Set(entries.map(\.service.key.kind))
    if kinds.contains(ServiceKey.Kind.unasked) { return .belowThreshold }
    if kinds.contains(ServiceKey.Kind.icmpError) { return .icmpErrors }
    if kinds.contains(ServiceKey.Kind.reply) { return .replies }
    if kinds.contains(ServiceKey.Kind.multicast) { return .multicast }
    if kinds.contains(ServiceKey.Kind.arp) { return .addressResolution }
    return .orphans
  }

  /// Many targets in a log that says they were let through, or does not say.
  private func isLetThrough(_ subject: Address, _ entry: Entry) -> Bool {
    guard !facts.isCapture, entry.service.profile != 0,
      entry.service.distinct >= UInt32(Thresholds.sweepTargets)
    else { return false }
    return books.profiles[Int(entry.service.profile)].refusedShare(of: subject, isCapture: false)
      < 0.5
  }

  private mutating func collectReverse(_ shard: Int) {
    for number in 0..<Int(books.states[shard].reverseQueries) {
      let query = books.reverseQueries[Bounds.place(shard, number)]
      result.reverseQueries[query.client, default: []].append(
        StreamResult.ReverseRecord(
          time: query.time, address: query.address, outcome: query.failed))
    }
  }

  private mutating func limits(_ shard: Int) {
    let state = books.states[shard]
    let beyond = state.sourcesBeyond
    if beyond > 0 {
      result.limits.append(
        "\(facts.path): packets of sources beyond the first \(Bounds.sources - 1) of a shard were "
          + "not followed (\(beyond) packets)")
    }
    if state.servicesBeyond > 0 {
      result.limits.append(
        "\(facts.path): \(state.servicesBeyond) packets of further services were not followed")
    }
  }
}

/// The ports and targets that a source's small services add up to.
struct PortSweep {
  var ports: Set<UInt16> = []
  var targets: Set<UInt32> = []
  var answeredPorts = 0
  var profile: Profile

  mutating func add(_ service: Service, _ books: Books) {
    let part = books.profiles[Int(service.profile)]
    if service.key.kind == ServiceKey.Kind.gathered {
      for port in books.sets.members(part.portSet) ?? [] {
        ports.insert(UInt16(truncatingIfNeeded: port))
      }
      targets.formUnion(books.sets.members(part.destinationSet) ?? [])
      answeredPorts += Int(min(part.answered, part.portCount))
    } else {
      ports.insert(service.key.port)
      targets.formUnion(books.sets.members(service.targets) ?? [])
      if part.answered > 0 { answeredPorts += 1 }
    }
    profile.absorb(part)
  }
}

extension Profile {
  /// The share of attempts that may count as having come to nothing. In a capture all may, until an answer is seen. In a
  /// log those that were refused may; those that were let through may well have been answered. Where the log does not
  /// say, attempts from outside may, since nobody here had reason to let them in; our own may not.
  func refusedShare(of subject: Address, isCapture: Bool) -> Double {
    if isCapture || packets == 0 { return 1 }
    let unsaid = packets &- min(packets, blocked &+ allowed)
    let pathless = inbound == 0 && outbound == 0 && forwarded == 0
    let comesFromOutside = inbound * 2 > packets || pathless && !subject.isPrivate
    let counts = blocked &+ (comesFromOutside ? unsaid : 0)
    return Double(min(counts, packets)) / Double(packets)
  }

  /// Adds another profile's counts, and keeps the earliest references.
  mutating func absorb(_ other: Profile) {
    bytes &+= other.bytes
    packets &+= other.packets
    tries &+= other.tries
    targets &+= other.targets
    blocked &+= other.blocked
    allowed &+= other.allowed
    inbound &+= other.inbound
    outbound &+= other.outbound
    forwarded &+= other.forwarded
    solicited &+= other.solicited
    resolved &+= other.resolved
    peerOpened &+= other.peerOpened
    expected &+= other.expected
    answered &+= other.answered
    refused &+= other.refused
    contentSeen &+= other.contentSeen
    cut &+= other.cut
    for k in 0..<min(Int(other.sourcePortCount), Profile.sourcePortsKept) {
      let port = other.sourcePorts[k]
      let known = min(Int(sourcePortCount), Profile.sourcePortsKept)
      if (0..<known).contains(where: { sourcePorts[$0] == port }) { continue }
      if known < Profile.sourcePortsKept { sourcePorts[known] = port }
      if sourcePortCount <= UInt32(Profile.sourcePortsKept) { sourcePortCount += 1 }
    }
    if other.sourcePortCount > UInt32(Profile.sourcePortsKept) {
      sourcePortCount = UInt32(Profile.sourcePortsKept) + 1
    }
    mergeReferences(other)
  }

  private mutating func mergeReferences(_ other: Profile) {
    var all: [(UInt64, UInt64)] = []
    for part in [self, other] {
      for k in 0..<min(Int(part.referenceCount), Profile.referencesKept + 1) {
        all.append((part.references[2 * k], part.references[2 * k + 1]))
      }
    }
    all.sort { $0.0 < $1.0 }
    let last = all.last
    var kept = Array(all.prefix(Profile.referencesKept))
    if let last, all.count > Profile.referencesKept { kept.append(last) }
    for (k, place) in kept.enumerated() {
      references[2 * k] = place.0
      references[2 * k + 1] = place.1
    }
    referenceCount = UInt32(kept.count)
  }
}

internal import Observations

/// From the books to drafts: which of a stream's sources did something notable.
struct Finishing: Sendable {
  let books: Books
  let link: LinkView
  let facts: StreamFacts
  let span: ClosedRange<Int64>
  var result: StreamResult

  init(books: Books, link: LinkView, facts: StreamFacts, span: ClosedRange<Int64>) {
    self.books = books
    self.link = link
    self.facts = facts
    self.span = span
    self.result = StreamResult(facts: facts)
    result.span = span
    if facts.isCapture { result.link = link }
  }

  /// A service with its shard, lifted out of the tables.
  struct Entry {
    var service: Service
    var shard: Int
  }

  mutating func run(threads: Int) {
    // Each shard by itself, however many threads there are: bounds and sums are the same then.
    let none = self
    let parts = concurrentMap(Array(0..<Bounds.shards), threads: threads) { shard in
      var part = none
      part.judge(shard: shard)
      return part.result
    }
    for part in parts { result.append(part) }
    mergeForged()
    findFloods()
    findSpecial()
    findClaims()
    totalHours()
    findAskers()
  }

  private mutating func judge(shard: Int) {
    result.sources += max(0, Int(books.states[shard].sources) - 1)
    for number in 1..<max(1, Int(books.states[shard].sources)) {
      let source = books.sources[Bounds.place(shard, number)]
      if source.service.next == 0, source.service.profile == 0, isQuiet(source.service) {
        result.packets += UInt64(source.service.packets)
        result.quiet.note(.belowThreshold, source.address)
        continue
      }
      let entries = entries(source, shard)
      for entry in entries { result.packets += UInt64(entry.service.packets) }
      judge(source.address, entries)
    }
    collectReverse(shard)
    limits(shard)
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

  mutating func judge(_ subject: Address, _ entries: [Entry]) {
    var raised = false
    var left: [Entry] = []
    var special: [(draft: Draft, purpose: SpecialPurpose)] = []
    for entry in entries {
      if let found = self.special(subject, entry) { special.append(found) }
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
    if let found = privateOutside(subject, left) { special.append(found) }
    for transport in [Transport.tcp, .udp] {
      if let draft = portSweep(subject, left, transport) {
        raised = true
        result.drafts.append(draft)
      }
    }
    result.special += special.map {
      SpecialDraft(draft: $0.draft, purpose: $0.purpose, isAlone: !raised)
    }
    if !raised {
      // Whether that is worth raising is asked once the whole stream is known.
      if special.isEmpty { result.quiet.note(reason(subject, entries), subject) }
      keepMinor(subject, left)
      tallyContacts(left)
    } else {
      addCompanions(subject, entries)
    }
    if facts.isPooled { sight(subject, entries) }
    noteRepeats(subject, entries)
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
      // Whether they are enough is asked once it is known whose they are.
      return .misreadHeader(sourcePort: key.port)
    case ServiceKey.Kind.broadcast:
      return profile.busiestMinute >= Thresholds.stormPerMinute
        && service.packets >= Thresholds.stormPackets
        ? .broadcasts(transport: key.transport, port: key.port) : nil
    case ServiceKey.Kind.arp:
      guard key.port == 1, profile.densest >= Thresholds.targetsInAnHour, subject.isIPv4 else {
        return nil
      }
      let silent = targets - Double(link.claims.answersTo[subject.ipv4] ?? 0)
      return silent >= Thresholds.sweepTargets && silent >= 0.5 * targets
        ? .service(transport: .arp, port: 1) : nil
    case ServiceKey.Kind.unasked:
      return facts.showsReplies(of: subject) && targets >= Thresholds.unaskedTargets
        ? .unaskedReplies(transport: key.transport, port: key.port) : nil
    case ServiceKey.Kind.attempt:
      let whole = ActivityShape.service(transport: key.transport, port: key.port)
      let unanswered =
        targets * profile.refusedShare(of: subject, in: facts)
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

  mutating func step(_ entry: Entry) -> RateStep? {
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
  func series(_ entry: Entry) -> [UInt32] {
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

  /// Events by hour, ascending.
  private func hourly(_ entry: Entry) -> [(hour: Int64, count: UInt32)] {
    let profile = books.profiles[Int(entry.service.profile)]
    var result = [(profile.hour, profile.hourCount)]
    var node = profile.seriesHead
    while node != 0 {
      let hour = books.hours[Bounds.place(entry.shard, Int(node))]
      result.append((Int64(hour.hour), hour.count))
      node = hour.previous
    }
    return result.reversed()
  }

  private static let hour: Int64 = 3_600_000_000_000

  private func times(_ step: RateStep) -> ClosedRange<Int64> {
    let first = span.lowerBound / Finishing.hour
    return (first + Int64(step.onset.lowerBound))
      * Finishing.hour...(first + Int64(step.onset.upperBound) + 1) * Finishing.hour
  }

  func draft(
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
    if case .service(let transport, let port) = shape, transport != .arp { ports = [port] }
    if case .broadcasts(let transport, let port) = shape, transport.hasPorts { ports = [port] }
    if case .specialPurpose(_, let port) = shape { ports = [port] }
    var result = Draft(
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
    if UInt32(clamping: result.records.count) < profile.tries { result.hourly = hourly(entry) }
    if result.bins > 0 { result.change = change(entry) }
    complete(&result, entry)
    return result
  }

  private func receiversSeen(_ shape: ActivityShape, _ service: Service) -> Int {
    guard case .unaskedReplies = shape, service.distinct <= Bounds.members else { return 0 }
    return (books.sets.members(service.targets) ?? []).count {
      TargetSets.address($0).map { books.existing($0) != 0 } ?? false
    }
  }

  func records(_ profile: Profile, _ shard: Int) -> [LookupRecord] {
    var list: [LookupRecord] = []
    var place = profile.recordHead
    while place != 0 {
      let chunk = books.chunks[Bounds.place(shard, Int(place))]
      for k in 0..<Int(chunk.count) { list.append(chunk.records[k]) }
      place = chunk.next
    }
    return list
  }

  /// Whether a few ports, most of them of well-known services, were tried within seconds.
  private func isHurried(_ tried: [Entry]) -> Bool {
    guard tried.count >= Thresholds.hurriedPorts, let first = tried.map(\.service.first).min(),
      let last = tried.map(\.service.last).max()
    else { return false }
    let weight = tried.reduce(0) { $0 + ($1.service.key.port < 1_024 ? 3 : 1) }
    return weight >= Thresholds.hurriedWeight
      && Double(last) - Double(first) <= Thresholds.hurriedSeconds * 1e9
  }

  /// Attempts at many ports, each service too small to be notable by itself.
  private func portSweep(_ subject: Address, _ entries: [Entry], _ transport: Transport) -> Draft? {
    let tried = entries.filter {
      $0.service.key.transport == transport && $0.service.profile != 0
        && ($0.service.key.kind == ServiceKey.Kind.attempt && $0.service.distinct > 0
          || $0.service.key.kind == ServiceKey.Kind.gathered)
    }
    let needed = isHurried(tried) ? Thresholds.hurriedPorts : Thresholds.sweptPorts
    guard
      tried.count >= needed
        || tried.contains(where: { $0.service.key.kind == ServiceKey.Kind.gathered }),
      let main = tried.max(by: { $0.service.packets < $1.service.packets })
    else { return nil }
    // Entry 0 is never used and all zero.
    var sweep = PortSweep(profile: books.profiles[0])
    for entry in tried { sweep.add(entry.service, books) }
    let share = sweep.profile.refusedShare(of: subject, in: facts)
    let silent = Int(Double(sweep.ports.count) * share) - sweep.answeredPorts
    guard silent >= needed, let shape = sweep.shape(transport, silent) else {
      return nil
    }
    // Services too small to be followed count for nothing in the judgement; they were tried all the same.
    for entry in entries
    where entry.service.key.transport == transport && entry.service.profile == 0
      && entry.service.key.kind == ServiceKey.Kind.attempt && entry.service.distinct > 0
    {
      sweep.ports.insert(entry.service.key.port)
    }
    var draft = draft(subject, shape, main, nil)
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
    draft.trace = Draft.merged(
      tried.map { trace(books.profiles[Int($0.service.profile)], $0.shard) })
    return draft
  }
}

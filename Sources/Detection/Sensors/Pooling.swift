internal import Observations

/// Several sensors' evidence together: clocks, sources that none alone would raise, and the findings
/// that a link or others' traffic gives.
extension Correlation {
  /// Sensors that must have met a source before what is too little for each is raised for all …
  static let leastSensors = 3
  /// … and the distinct targets that makes.
  static let leastPooledTargets = 5

  /// Puts logs whose stamps state no zone on the clock of one that does; says so.
  mutating func alignClocks() {
    let candidates = streams.indices.filter {
      streams[$0].sightings.count >= ClockAlignment.leastEvents
    }
    guard candidates.count >= 2,
      let reference = candidates.max(by: {
        (streams[$0].facts.statesZone ? 1 : 0, streams[$0].sightings.count, streams[$1].facts.path)
          < (
            streams[$1].facts.statesZone ? 1 : 0, streams[$1].sightings.count,
            streams[$0].facts.path
          )
      })
    else { return }
    let clock = streams[reference].sightings
    let name = streams[reference].facts.path
    assume(
      "clock of \(name)", "the reference",
      streams[reference].facts.statesZone
        ? "its stamps state their zone\(Correlation.zones(of: streams[reference].facts)), and it has most sources in common with the others"
        : "no log states its zone; this one has most sources in common with the others")
    for number in candidates where number != reference {
      guard let found = ClockAlignment(streams[number].sightings, reference: clock) else {
        assume(
          "clock of \(streams[number].facts.path)", "as stated",
          "it has too few sources in common with \(name) for its clock to be compared")
        continue
      }
      state(found, of: streams[number].facts, against: name)
      streams[number].shift(by: found.offset)
    }
  }

  private mutating func state(
    _ found: ClockAlignment, of facts: StreamFacts, against reference: String
  ) {
    let half = (found.high - found.low) / 2
    func seconds(_ value: Double) -> String {
      "\(Int(value.magnitude.rounded())) s \(value < 0 ? "behind" : "ahead")"
    }
    let zone = Correlation.zone(of: facts, found)
    let error = found.clockError.map { "\(seconds($0)) (± \(Int(half.rounded(.up))) s)" }
    let clock = error ?? "right within \(Int(half.rounded(.up))) s"
    assume(
      "clock of \(facts.path)",
      "\(zone), \(clock)",
      "\(found.events) sources met by it and by \(reference), too; its times are corrected by this")
    networkFindings.append(
      Finding(
        kind: .clockOffset,
        summary: "the clock of \(facts.path) against \(reference): \(zone), \(clock)",
        values: [
          "offsetSeconds": .number(found.offset), "lowSeconds": .number(found.low),
          "highSeconds": .number(found.high), "zoneSeconds": .number(found.zone),
          "zoneStated": .flag(facts.statesZone),
          "events": .integer(found.events), "reference": .text(reference),
          "path": .text(facts.path),
        ], count: found.events, evidence: []))
  }

  /// A sensor's zone as its stamps state it, or as it was found.
  private static func zone(of facts: StreamFacts, _ found: ClockAlignment) -> String {
    let seconds = Int64(found.zone.rounded())
    guard facts.statesZone || facts.statedZones != nil else {
      return "zone \(text(facts.assumedZone + seconds)) (found, its stamps state none)"
    }
    let wrong = seconds == 0 ? "" : ", and are wrong by \(text(seconds))"
    return "stamps state their zone\(zones(of: facts))\(wrong)"
  }

  private static func zones(of facts: StreamFacts) -> String {
    guard let zones = facts.statedZones else { return "" }
    return zones.lowerBound == zones.upperBound
      ? " (\(text(zones.lowerBound)))"
      : " (\(text(zones.lowerBound)) to \(text(zones.upperBound)))"
  }

  /// `+05:30`.
  private static func text(_ seconds: Int64) -> String {
    let minutes = Int((Double(seconds) / 60).rounded())
    return (minutes < 0 ? "-" : "+") + pad(abs(minutes) / 60) + ":" + pad(abs(minutes) % 60)
  }

  private static func pad(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// Adds what several sensors met in part to the groups; the keys of all that were seen by several.
  func poolMinor(_ groups: inout [Key: Group]) -> Set<Key> {
    var minor: [Key: Group] = [:]
    for (number, stream) in streams.enumerated() {
      for draft in stream.minor where !draft.subject.isVeiled {
        minor[key(draft, number), default: []].append((draft, number))
      }
    }
    var pooled: Set<Key> = []
    for (key, parts) in minor {
      let all = (groups[key] ?? []) + parts
      let sensors = Set(all.map(\.stream))
      let targets = Set(all.flatMap { $0.draft.members ?? [] })
      let isRaised = groups[key] != nil
      guard sensors.count >= 2, isRaised || sensors.count >= Correlation.leastSensors,
        isRaised || targets.count >= Correlation.leastPooledTargets, areApart(sensors)
      else { continue }
      groups[key] = all
      pooled.insert(key)
    }
    for (key, group) in groups where group.count >= 2 && Set(group.map(\.stream)).count >= 2 {
      if group.allSatisfy({ $0.draft.facts.isPooled }), areApart(Set(group.map(\.stream))) {
        pooled.insert(key)
      }
    }
    return pooled
  }

  /// Whether these are sensors of the same time, not one sensor's logs of one month after another.
  private func areApart(_ numbers: Set<Int>) -> Bool {
    let spans = numbers.compactMap { streams[$0].span }
    guard spans.count == numbers.count else { return false }
    let latest = spans.map(\.lowerBound).max() ?? 0
    let earliest = spans.map(\.upperBound).min() ?? 0
    return latest < earliest
  }

  /// One draft of all, then each by itself: packets to different targets are different packets, so those
  /// of sensors that share no target are added up; where they share some, the fuller one counts for both.
  func summed(_ group: Group) -> Group {
    var main = group[0]
    guard var seen = main.draft.members.map(Set.init) else { return group }
    for part in group.dropFirst() {
      let members = part.draft.members ?? []
      guard !members.isEmpty, seen.isDisjoint(with: members) else { continue }
      seen.formUnion(members)
      main.draft.add(part.draft)
    }
    main.draft.members = seen.sorted()
    main.draft.targets = Bound(low: Double(seen.count), high: Double(seen.count))
    main.draft.sensors = group.count
    return [main] + group
  }

  /// Within each stream and shape: who was reached before it began.
  func propagation() -> [Int: [ActivityShape: Propagation]] {
    var result: [Int: [ActivityShape: Propagation]] = [:]
    for (number, stream) in streams.enumerated() {
      guard let span = stream.span else { continue }
      let shapes = Dictionary(grouping: stream.drafts + stream.minor, by: \.shape)
      for (shape, drafts) in shapes {
        guard case .service = shape else { continue }
        result[number, default: [:]][shape] = Propagation(drafts, span: span)
      }
    }
    return result
  }

  /// Says of each stream and shape who began after being reached.
  mutating func stateSpreading(_ spreading: [Int: [ActivityShape: Propagation]]) {
    for number in spreading.keys.sorted() {
      for (shape, found) in (spreading[number] ?? [:]).sorted(by: { $0.key < $1.key }) {
        if let finding = found.finding(shape, path: streams[number].facts.path) {
          networkFindings.append(finding)
          let links = found.links
          spreadings.append(
            Spreading(
              path: streams[number].facts.path, shape: shape,
              contacts: links.prefix(Spreading.mostContacts).map(SpreadingStep.init),
              total: links.count))
        }
      }
    }
  }

  /// The evidence of a group, each once, the fullest first.
  static func paths(_ group: Group) -> [String] {
    var paths: [String] = []
    for part in group {
      let parts = part.draft.facts.parts.map(\.path)
      for path in parts.isEmpty ? [part.draft.path] : parts where !paths.contains(path) {
        paths.append(path)
      }
    }
    return paths
  }

  /// The findings of links, of others' traffic and of shape.
  func further(_ group: Group, _ direction: Direction) -> [Finding] {
    var findings: [Finding] = []
    for (draft, number) in group {
      let builder = FindingBuilder(draft, direction: direction)
      let stream = streams[number]
      let alike = stream.drafts.filter { $0.shape == draft.shape }.count
      findings += draft.extra
      findings += [
        builder.forgedSource(stream.link), builder.directedBroadcast(),
        builder.broadcastStorm(stream.link, hosts: alike), builder.spoofedFlood(),
        builder.startsAndStops(stream.link, stream.span), builder.symptomAlignment(stream.link),
        builder.timeExceeded(stream.link), builder.peers(),
        builder.askedByClients(queries(to: draft.subject, in: stream)), builder.burstGrammar(),
        builder.packetShape(), builder.hostsBehind(), builder.hostNames(stream.names),
        builder.shareAccess(stream.names), builder.content(stream.names),
        builder.thresholdWalk(stream.contacts), builder.periodicity(),
      ].compactMap { $0 }
    }
    return findings
  }

  private func queries(to server: Address, in stream: StreamResult) -> [UInt32: [Int64]] {
    let form = TargetSets.target(server)
    var result: [UInt32: [Int64]] = [:]
    for (client, records) in stream.reverseQueries where client != server {
      for record in records where record.outcome == 0 && record.server == form {
        result[record.address, default: []].append(record.time)
      }
    }
    return result
  }

  /// Whether those whom a stranger asks had contacted it first, as far as the log at hand shows our own
  /// side's contacts.
  func ownContacts(_ group: Group, _ direction: Direction) -> Solicited? {
    let known = group.filter {
      !$0.draft.facts.isCapture && $0.draft.sensors == 1
        && $0.draft.records.contains { $0.solicitedLag != 0xffff }
    }
    let best = known.max {
      (SolicitedProbes.solicited($0.draft), $1.draft.path)
        < (SolicitedProbes.solicited($1.draft), $0.draft.path)
    }
    guard let draft = best?.draft, case .service = draft.shape else { return nil }
    let builder = FindingBuilder(draft, direction: direction)
    return Solicited(finding: SolicitedProbes.ownContacts(builder), status: .available)
  }
}

extension Draft {
  /// Adds another sensor's part of the same: no packet is in both.
  fileprivate mutating func add(_ other: Draft) {
    packets += other.packets
    unprofiled += other.unprofiled
    first = min(first, other.first)
    last = max(last, other.last)
    let references = (profile.references, profile.referenceCount)
    profile.absorb(other.profile)
    // References and first packets are the fuller sensor's alone: clocks agree to seconds at best.
    (profile.references, profile.referenceCount) = references
    records = (records + other.records).sorted { ($0.time, $0.target) < ($1.time, $1.target) }
  }
}

extension FindingBuilder {
  /// Lookups of addresses whose names clients had just asked the subject for.
  func askedByClients(_ queries: [UInt32: [Int64]]) -> Finding? {
    guard case .service(.udp, 137) = draft.shape, !queries.isEmpty, !draft.records.isEmpty else {
      return nil
    }
    var lags: [Double] = []
    for record in draft.records {
      let before = (queries[record.target] ?? []).filter { $0 <= record.time }.max()
      if let before, record.time &- before <= 60_000_000_000 {
        lags.append((Double(record.time) - Double(before)) / 1e9)
      }
    }
    var values: [String: FindingValue] = [
      "lookups": .integer(draft.records.count), "preceded": .integer(lags.count),
      "share": FindingBuilder.share(lags.count, of: draft.records.count),
    ]
    if let lag = Statistics.median(lags) { values["medianLagSeconds"] = .number(lag) }
    return finding(
      .askedByClients,
      "\(lags.count) of \(draft.records.count) lookups followed within a minute on a client's DNS query "
        + "to the sender for the same address", values, count: lags.count)
  }
}

extension SolicitedProbes {
  /// Probes whose target had sent to the prober within the window before.
  static func solicited(_ draft: Draft) -> Int {
    draft.records.count { $0.solicitedLag != 0xffff }
  }

  /// Of a stranger's probes at our own: those whose target had sent to it within the minute before.
  static func ownContacts(_ builder: FindingBuilder) -> Finding? {
    let records = builder.draft.records
    guard !records.isEmpty else { return nil }
    let matched = records.filter { $0.solicitedLag != 0xffff }
    let targets = Set(records.map(\.target))
    let visited = Set(matched.map(\.target))
    let lags = matched.map { Double($0.solicitedLag) * Lags.tick }
    // Had our hosts' contacts nothing to do with it, a probe would find one of its target within the minute
    // before with the share of the time that such minutes make up.
    let perTarget = Double(matched.count) / Double(max(1, targets.count))
    let chance = min(1, 60 * perTarget / max(60, builder.hours * 3_600))
    let p = StartsAndStops.tail(matched.count, of: records.count, share: chance)
    var values: [String: FindingValue] = [
      "targets": .integer(targets.count), "visitors": .integer(visited.count),
      "matched": .integer(visited.count),
      "share": FindingBuilder.share(visited.count, of: targets.count),
      "matchedInWindow": .integer(matched.count),
      "shareInWindow": FindingBuilder.share(matched.count, of: records.count),
      "windowSeconds": .number(60), "pValue": .number(p), "population": .number(0),
      "clockOffsetSeconds": .number(0), "clockOffsetKnown": .flag(true),
      "source": .text("own-log"),
    ]
    if let median = Statistics.median(lags) { values["medianLagSeconds"] = .number(median) }
    return builder.finding(
      .solicitedProbes,
      "\(visited.count) of \(targets.count) targets had contacted the sender within the minute before, "
        + "\(matched.count) of \(records.count) times, by \(builder.draft.path) itself", values,
      count: matched.count)
  }
}

extension Correlation {
  /// A conflict over addresses as an activity of its own.
  static func activity(_ claim: ClaimDraft) -> ActivityEvidence {
    let places = claim.places.prefix(5) + claim.places.dropFirst(5).suffix(1)
    let what =
      claim.isPoisoning
      ? "it claims \(claim.addresses.count) addresses by ARP, of which others hold some"
        + (claim.contradictions > 0 ? "; it asks itself where one of them is" : "")
      : "\(claim.claimants) hardware addresses claim it by turns (\(claim.alternations) changes)"
    let finding = Finding(
      kind: .arpClaims, summary: what,
      values: [
        "addresses": .integer(claim.addresses.count), "claimants": .integer(claim.claimants),
        "gratuitous": .integer(claim.gratuitous), "alternations": .integer(claim.alternations),
        "contradictions": .integer(claim.contradictions),
        "conflict": .flag(claim.isConflict), "linkUp": .flag(false),
        "poisoning": .flag(claim.isPoisoning), "overlapSeconds": .number(claim.overlapSeconds),
      ], count: claim.packets,
      evidence: places.map {
        EvidenceReference(path: claim.path, record: $0.record, offset: $0.offset)
      })
    let count = Bound(low: Double(claim.packets), high: Double(claim.packets))
    return ActivityEvidence(
      subject: claim.subject, shape: .addressClaims,
      first: Timestamp(nanoseconds: claim.first), last: Timestamp(nanoseconds: claim.last),
      traffic: Traffic(
        transport: .arp, sourcePorts: [], sourcePortCount: 0, destinationPorts: [],
        direction: .internal, packets: count, bytes: nil,
        destinations: Bound(
          low: Double(claim.addresses.count), high: Double(claim.addresses.count)),
        examples: claim.addresses.prefix(10).map { Address(ipv4: $0) }),
      findings: [finding], capabilities: [.hardware: .available, .content: .available],
      paths: [claim.path])
  }
}

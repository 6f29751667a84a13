internal import Observations

/// Findings out of one draft: everything a single stream can say about an activity.
struct FindingBuilder {
  let draft: Draft
  let direction: Direction
  var profile: Profile { draft.profile }
  private var subject: String { draft.owner.value }

  init(_ draft: Draft, direction: Direction) {
    self.draft = draft
    self.direction = direction
  }

  /// The first five records and the last.
  var references: [EvidenceReference] {
    (0..<min(Int(profile.referenceCount), Profile.referencesKept + 1)).map {
      let place = draft.facts.place(of: profile.references[2 * $0])
      return EvidenceReference(
        path: place.path, record: place.record, offset: profile.references[2 * $0 + 1])
    }
  }

  var hours: Double { max(1.0 / 60, (Double(draft.last) - Double(draft.first)) / 3.6e12) }

  func finding(
    _ kind: FindingKind, _ summary: String, _ values: [String: FindingValue], count: Int? = nil
  ) -> Finding {
    Finding(
      kind: kind, summary: summary, values: values, count: count ?? Int(clamping: draft.packets),
      evidence: references)
  }

  static func share(_ part: some BinaryInteger, of whole: some BinaryInteger) -> FindingValue {
    .number(whole > 0 ? min(1, Double(part) / Double(whole)) : 0)
  }

  static func bound(_ bound: Bound) -> FindingValue {
    bound.low == bound.high ? .integer(Int(bound.low)) : .bound(bound)
  }

  var packets: Bound { bounded(Double(draft.packets)) }

  /// A count of packets or of tries as far as the evidence carries it: lines of a device that drops
  /// some of them are lower bounds, and packets that a capture lost may all have been of this
  /// activity.
  private func bounded(_ count: Double) -> Bound {
    Bound(
      low: count,
      high: draft.facts.losesLines || profile.limited > 0
        ? .infinity : count + Double(draft.facts.dropped))
  }

  /// Bytes; a bound where the first packets were not followed; nil where not recorded.
  var bytes: Bound? {
    guard profile.bytes > 0 else { return nil }
    return Bound(
      low: Double(profile.bytes), high: Double(profile.bytes) + Double(draft.unprofiled) * 65_535)
  }

  var sourcePort: Int { profile.sourcePortCount == 1 ? Int(profile.sourcePorts[0]) : -1 }

  func traffic() -> Finding {
    var values: [String: FindingValue] = [
      "transport": .text(draft.shape.transport.description),
      "port": .integer(draft.ports.count == 1 ? Int(draft.ports[0]) : -1),
      "packets": FindingBuilder.bound(packets),
      "targets": FindingBuilder.bound(draft.targets),
      "blockedShare": FindingBuilder.share(profile.blocked, of: profile.packets),
      "perHour": .number(draft.targets.low / hours),
      "sourcePort": .integer(sourcePort),
      "sourcePortFixed": .flag(profile.sourcePortCount == 1),
      "direction": .text(direction.rawValue),
      "durationSeconds": .number((Double(draft.last) - Double(draft.first)) / 1e9),
    ]
    if let bytes { values["bytes"] = FindingBuilder.bound(bytes) }
    if draft.facts.showsReplies(of: draft.subject) {
      values["answeredShare"] = answeredShare
      values["refusedShare"] = FindingBuilder.share(profile.refused, of: max(1, profile.targets))
      values["resolvedShare"] = FindingBuilder.share(profile.resolved, of: profile.targets)
      values["solicitedShare"] = FindingBuilder.share(profile.solicited, of: profile.targets)
    }
    let count = Int(draft.targets.low)
    return finding(
      .traffic,
      "\(subject) sent \(packets.high.isFinite ? "" : "at least ")\(draft.packets) "
        + "\(draft.shape.transport) packets to \(count) "
        + (count == 1 ? "address" : "addresses"), values)
  }

  private var answeredShare: FindingValue {
    let targets = max(1, Int(UInt32(clamping: Int(draft.targets.low))))
    return FindingBuilder.share(Int(profile.answered) + askedAnswers, of: targets)
  }

  func nameLookups() -> Finding? {
    guard case .service(.udp, 137) = draft.shape, profile.tries > 0 else { return nil }
    let known = profile.nodeStatus + profile.nameQueries
    guard known + profile.bySize > 0 else { return nil }
    var values: [String: FindingValue] = [
      "lookups": FindingBuilder.bound(bounded(Double(profile.tries))),
      "packets": FindingBuilder.bound(bounded(Double(profile.packets))),
      "targets": FindingBuilder.bound(draft.targets),
      "retriesPerLookup": .number(
        Double(profile.packets) / Double(profile.tries) - 1),
      "tries": .integer(
        Int((Double(profile.packets) / Double(profile.tries)).rounded())),
      "sourcePort": .integer(sourcePort),
      "perHour": .number(Double(profile.tries) / hours),
      "identificationOrder": .text(identificationOrder),
    ]
    if known > 0 { values["nodeStatusShare"] = FindingBuilder.share(profile.nodeStatus, of: known) }
    if let cadence = medianCadence { values["cadenceSeconds"] = .number(cadence) }
    if draft.facts.showsReplies(of: draft.subject) { values["answeredShare"] = answeredShare }
    return finding(
      .nameLookups,
      "\(profile.tries) NetBIOS name lookups of \(Int(draft.targets.low)) addresses", values)
  }

  private var identificationOrder: String {
    guard profile.identifications >= 10 else { return "unknown" }
    let total = Double(profile.identifications)
    if Double(profile.ascending) / total >= 0.8 { return "ascending" }
    if Double(profile.byteSwapped) / total >= 0.8 { return "byteSwapped" }
    return "none"
  }

  private var medianCadence: Double? {
    let total = draft.cadence.reduce(0) { $0 + Int($1) }
    guard total > 0 else { return nil }
    // Stamps of whole seconds make of a gap of 1.5 s one of 1 s or 2 s by turns: the mean tells.
    if !draft.facts.isCapture {
      let all = draft.cadence.enumerated().reduce(0.0) { $0 + (Double($1.0) + 0.5) * Double($1.1) }
      return all / Double(total) * Double(Cadence.step) * Lags.tick
    }
    var sum = 0
    for (step, count) in draft.cadence.enumerated() {
      sum += Int(count)
      if sum * 2 >= total {
        return (Double(step) + 0.5) * Double(Cadence.step) * Lags.tick
      }
    }
    return nil
  }

  /// Only where the subject's reverse queries are in this stream.
  func failedReverseFirst(_ queries: [StreamResult.ReverseRecord]) -> Finding? {
    guard draft.facts.isCapture, profile.tries > 0, !queries.isEmpty, case .service = draft.shape
    else { return nil }
    let lags = draft.records.compactMap {
      $0.reverseLag == 0xffff ? nil : Double($0.reverseLag) * Lags.tick
    }
    var values: [String: FindingValue] = [
      "lookups": .integer(Int(profile.tries)),
      "preceded": .integer(Int(profile.reverseFailed)),
      "share": FindingBuilder.share(profile.reverseFailed, of: profile.tries),
      "reverseQueries": .integer(queries.count { $0.outcome == 0 }),
    ]
    if let median = Statistics.median(lags) { values["medianLagSeconds"] = .number(median) }
    return finding(
      .failedReverseLookupFirst,
      "\(profile.reverseFailed) of \(profile.tries) followed within a minute on a reverse DNS query "
        + "for the same address that had failed", values, count: Int(profile.reverseFailed))
  }

  func misread() -> Finding? {
    guard case .misreadHeader(let port) = draft.shape else { return nil }
    let total = profile.verified + profile.refuted + profile.untestable
    let what =
      draft.facts.isCapture
      ? "\(profile.verified) of \(total) packets carry a valid ICMP checksum and a quoted packet where "
        + "UDP should be"
      : "source port \(port) would read as ICMP type \(port >> 8) code \(port & 255); a log holds no "
        + "bytes by which any of the \(total) packets could be tested"
    var values: [String: FindingValue] = [
      "packets": .integer(Int(total)),
      "verified": .integer(Int(profile.verified)),
      "refuted": .integer(Int(profile.refuted)),
      "untestable": .integer(Int(profile.untestable)),
      "icmpType": .integer(Int(port >> 8)),
      "icmpCode": .integer(Int(port & 255)),
      "sourcePort": .integer(Int(port)),
      "distinctQuotes": .integer(max(draft.quotes.count, Int(profile.quoteCount))),
      "destinations": FindingBuilder.bound(draft.targets),
    ]
    if let portSteps { values["portStepShare"] = .number(portSteps) }
    return finding(.icmpErrorAsUDP, what, values)
  }

  /// The share of steps from one destination port to the next that go up or down by one, which is how
  /// checksums differ of errors that quote packets numbered one by one; nil where too few are kept.
  private var portSteps: Double? {
    guard draft.trace.count >= BurstGrammar.fewestPackets else { return nil }
    let ports = TraceMeasures.collapsed(draft.trace.lazy.map(\.destinationPort))
    guard ports.count > 1 else { return 0 }
    let steps = zip(ports, ports.dropFirst()).count { abs(Int($0) - Int($1)) == 1 }
    return Double(steps) / Double(ports.count - 1)
  }

  func sweep() -> Finding? {
    guard case .service(_, let port) = draft.shape else { return nil }
    let targets = draft.targets.low
    let answered = Double(profile.answered) + Double(askedAnswers)
    let counting = profile.refusedShare(
      of: draft.subject, in: draft.facts)
    let unanswered = max(0, (targets * counting).rounded(.down) - answered)
    let unexpected = max(0, unanswered - Double(profile.expected))
    var values: [String: FindingValue] = [
      "targets": FindingBuilder.bound(draft.targets),
      "unanswered": .integer(Int(unanswered)),
      "unexpected": .integer(Int(unexpected)),
      "perHour": .number(targets / hours),
    ]
    if draft.facts.showsReplies(of: draft.subject) { values["answeredShare"] = answeredShare }
    let transport = draft.shape.transport
    if transport == .arp {
      values["asked"] = .integer(Int(targets))
      return finding(
        .sweep,
        "asked by ARP for \(Int(targets)) addresses, \(Int(unanswered)) of which were not answered",
        values)
    }
    let service = "\(transport) \(transport.hasPorts ? "port" : "type") \(port)"
    values["port"] = .integer(Int(port))
    values["service"] = .text(service)
    return finding(
      .sweep,
      "\(service) tried at \(Int(targets)) addresses, \(Int(unexpected)) of "
        + "them without answer, visit or name", values)
  }

  /// Of ARP requests: how many addresses' owners were heard.
  var askedAnswers: Int { draft.shape.transport == .arp ? draft.arpAnswers : 0 }

  func portSweep() -> Finding? {
    guard case .manyPorts = draft.shape, let low = draft.ports.first, let high = draft.ports.last
    else { return nil }
    var values: [String: FindingValue] = [
      "ports": .integer(draft.ports.count),
      "lowPort": .integer(Int(low)),
      "highPort": .integer(Int(high)),
      "targets": FindingBuilder.bound(draft.targets),
      "consecutiveShare": .number(Double(draft.ports.count) / (Double(high) - Double(low) + 1)),
    ]
    if draft.facts.showsReplies(of: draft.subject) {
      values["answeredShare"] = FindingBuilder.share(
        min(Int(profile.answered), draft.ports.count), of: draft.ports.count)
    }
    return finding(
      .portSweep,
      "\(draft.ports.count) ports between \(low) and \(high) tried at \(Int(draft.targets.low)) "
        + (draft.targets.low == 1 ? "address" : "addresses"), values)
  }

  func rateStep(_ result: StreamResult) -> Finding? {
    guard let step = draft.step, let times = draft.stepTimes else { return nil }
    let overlapping = result.steps.count { $0.overlaps(times) }
    let onset = Timestamp(nanoseconds: times.lowerBound)
    let end = Timestamp(nanoseconds: times.upperBound)
    let alone =
      overlapping > 1
      ? "\(overlapping - 1) other series stepped with it"
      : "this source and service alone, of \(result.seriesTested) series long enough to ask"
    return finding(
      .rateStep,
      "the rate rose from \(FindingBuilder.rate(step.before)) to \(FindingBuilder.rate(step.after)) "
        + "an hour between \(onset) and \(end) (by chance: \(FindingBuilder.chance(step.pValue)); "
        + "\(alone))",
      [
        "beforePerHour": .number(step.before),
        "afterPerHour": .number(step.after),
        "ratio": .number(step.after / max(step.before, 1e-3)),
        "onsetFrom": .time(Timestamp(nanoseconds: times.lowerBound)),
        "onsetTo": .time(Timestamp(nanoseconds: times.upperBound)),
        "pValue": .number(step.pValue),
        "binSeconds": .number(3_600),
        "dispersion": .number(step.dispersion),
        "seriesTested": .integer(result.seriesTested),
        "seriesStepped": .integer(overlapping),
        "coincident": .flag(overlapping > 1),
      ])
  }

  /// A small probability as a power of ten.
  static func chance(_ pValue: Double) -> String {
    guard pValue > 1e-300 else { return "below 10^-300" }
    var exponent = 0
    var value = pValue
    while value < 1, exponent < 300 {
      value *= 10
      exponent += 1
    }
    return exponent == 0 ? "certain" : "10^-\(exponent)"
  }

  /// A rate with one decimal below 10, whole above.
  static func rate(_ value: Double) -> String {
    value >= 10 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
  }

  func backscatter() -> Finding? {
    guard case .unaskedReplies(let transport, let port) = draft.shape else { return nil }
    return finding(
      .backscatter,
      "\(draft.packets) \(transport) replies that nobody was seen to ask for, to "
        + "\(Int(draft.targets.low)) addresses",
      [
        "packets": .integer(Int(clamping: draft.packets)),
        "destinations": FindingBuilder.bound(draft.targets),
        "synAcks": .integer(Int(profile.synAcks)),
        "resets": .integer(Int(profile.resets)),
        "icmpErrors": .integer(0),
        "sourcePort": .integer(transport.hasPorts ? Int(port) : -1),
      ])
  }

  func shareFollowUp(_ followed: Int) -> Finding {
    finding(
      .shareFollowUp,
      "\(followed) of \(profile.answered) that answered a lookup were then tried at TCP/139 or TCP/445",
      [
        "lookups": .integer(Int(profile.tries)),
        "answered": .integer(Int(profile.answered)),
        "followed": .integer(followed),
        "followedShare": FindingBuilder.share(followed, of: profile.answered),
      ], count: followed)
  }
}

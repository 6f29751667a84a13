public import Observations

/// Brings the streams of an analysis together: one activity per subject and shape, whatever number of files saw it.
///
/// Files of the same hours are never added up: the fuller one gives the counts, the others corroborate and add the findings
/// that only they can make.
public struct Correlation: Sendable {
  /// A thing taken for granted, for the report.
  public struct Assumption: Hashable, Sendable {
    /// What it is about: `home`, `year`, a clock.
    public var what: String
    /// What is taken for granted.
    public var value: String
    /// Why, in words for the report.
    public var because: String
  }

  /// Activities in order of subject and shape.
  public private(set) var activities: [ActivityEvidence] = []
  /// What was looked at and not raised.
  public private(set) var quiet: [Quiet] = []
  /// What was taken for granted.
  public private(set) var assumptions: [Assumption] = []
  /// Bounds that were reached, as sentences.
  public private(set) var limits: [String] = []

  /// What is stated about no single source.
  public internal(set) var networkFindings: [Finding] = []
  /// Who reached whom before the other began to do the same, by evidence and shape.
  public internal(set) var spreadings: [Spreading] = []

  var streams: [StreamResult]
  let books: [VisitBook]
  /// When the rates of activities doubled.
  private(set) var changes: [(from: Int64, to: Int64)] = []
  private let threads: Int
  private(set) var home: [Prefix]
  /// The user's dated notes.
  let notes: [Note]
  /// Which subject's packets another passes on, by the owner and shape of either.
  private var passedOn: [Key: Finding] = [:]

  /// Brings streams and visitors' logs together.
  ///
  /// - Parameters:
  ///   - streams: one of each piece of evidence.
  ///   - visits: visitors\' logs, finished.
  ///   - home: the home network's blocks as the user gave them; inferred and said where empty.
  ///   - notes: dated notes of the user's, each tested on every activity it may concern.
  ///   - threads: how many may be used; nothing depends on it.
  public init(
    streams: [StreamResult], visits: [VisitBook], home: [Prefix], notes: [Note] = [],
    threads: Int = 1
  ) {
    self.notes = notes
    self.threads = threads
    self.streams = streams.sorted { $0.facts.path < $1.facts.path }
    self.books = visits.sorted { $0.path < $1.path }
    self.home = home
    if home.isEmpty { inferHome() }
    alignClocks()
    correlate()
    var counts = QuietCounts()
    for stream in self.streams { counts.merge(stream.quiet) }
    quiet = counts.entries
    for stream in self.streams {
      for limit in stream.limits where !limits.contains(limit) { limits.append(limit) }
    }
  }

  private mutating func inferHome() {
    var found: Set<Prefix> = []
    for stream in streams {
      for draft in stream.drafts where draft.profile.outbound * 2 > draft.profile.packets {
        if let own = Prefix(draft.subject, length: draft.subject.isIPv4 ? 32 : 128) {
          found.insert(own)
        }
      }
      if stream.facts.isCapture, let hub = stream.hub, !hub.isPrivate,
        let own = Prefix(hub, length: hub.isIPv4 ? 32 : 128)
      {
        found.insert(own)
      }
    }
    let own = found.filter { !$0.base.isPrivate }.sorted()
    home =
      own
      + ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]
      .compactMap { Prefix($0) }
    assumptions.append(
      Assumption(
        what: "home",
        value: (own.map(\.description) + ["private addresses"]).joined(separator: ", "),
        because: own.isEmpty
          ? "no --home was given; private addresses are taken as one's own"
          : "no --home was given; these send outward through the logging device or take part in most packets"
      ))
  }

  private func isHome(_ address: Address) -> Bool { home.contains { $0.contains(address) } }

  func direction(_ draft: Draft) -> Direction {
    // Port 0 stands for a private network outside, whose direction is told below.
    if case .specialPurpose(.udp, let port) = draft.shape, port != 0 {
      return isHome(draft.subject) || draft.subject.isLinkLocal ? .internal : .unknown
    }
    let profile = draft.profile
    let marked = profile.inbound + profile.outbound + profile.forwarded
    if marked > 0, profile.forwarded * 2 <= marked {
      return profile.outbound >= profile.inbound ? .outbound : .inbound
    }
    let members = draft.members.map { members in
      stride(from: 0, to: members.count, by: max(1, members.count / Finishing.sample)).map {
        members[$0]
      }
    }
    let outside = members.map { members in
      members.contains { TargetSets.address($0).map { !isHome($0) } ?? true }
    }
    if isHome(draft.subject) { return outside ?? true ? .outbound : .internal }
    guard draft.subject.isIPv4, let members else { return .unknown }
    return members.contains { TargetSets.address($0).map(isHome) ?? false } ? .inbound : .unknown
  }

  /// Whose activity of which shape; a veiled sender is the same within one stream at most.
  struct Key: Hashable, Comparable {
    var owner: Subject
    var shape: ActivityShape
    var stream: Int

    static func < (a: Key, b: Key) -> Bool {
      if a.owner != b.owner { return a.owner < b.owner }
      return a.shape != b.shape ? a.shape < b.shape : a.stream < b.stream
    }
  }

  /// Drafts with the number of their stream, the fullest first.
  typealias Group = [(draft: Draft, stream: Int)]

  private mutating func correlate() {
    var groups: [Key: Group] = [:]
    for (number, stream) in streams.enumerated() {
      for draft in stream.drafts { groups[key(draft, number), default: []].append((draft, number)) }
    }
    let pooled = poolMinor(&groups)
    changes = Correlation.changes(streams)
    let spreading = propagation()
    stateSpreading(spreading)
    statePopulations()
    stateSpread()
    stateRepeats()
    stateStorms()
    passedOn = Relays(groups.mapValues { $0.map(\.draft) }).findings
    let ordered = groups.keys.sorted().map { key in
      let group = (groups[key] ?? []).sorted {
        $0.draft.packets != $1.draft.packets
          ? $0.draft.packets > $1.draft.packets : $0.draft.path < $1.draft.path
      }
      return pooled.contains(key) ? summed(group) : group
    }
    // Each by itself; what one takes for granted is added to what the others do, in order.
    var alone = self
    alone.assumptions = []
    let whole = alone
    let made = concurrentMap(ordered, threads: threads) { group in
      var one = whole
      let activity = one.activity(group, spreading)
      return (activity: activity, assumptions: one.assumptions)
    }
    for each in made {
      activities.append(each.activity)
      for it in each.assumptions { assume(it.what, it.value, it.because) }
    }
    for stream in streams {
      for claim in stream.claims { activities.append(Correlation.activity(claim)) }
      activities += Correlation.nameSearches(stream)
    }
    activities.sort { ($0.subject, $0.shape, $0.first) < ($1.subject, $1.shape, $1.first) }
  }

  func key(_ draft: Draft, _ stream: Int) -> Key {
    Key(owner: draft.owner, shape: draft.shape, stream: draft.subject.isVeiled ? stream : -1)
  }

  private mutating func activity(
    _ group: Group, _ spreading: [Int: [ActivityShape: Propagation]]
  ) -> ActivityEvidence {
    let main = group[0].draft
    let direction = direction(main)
    var findings: [FindingKind: Finding] = [:]
    func keep(_ finding: Finding?) {
      if let finding, findings[finding.kind] == nil { findings[finding.kind] = finding }
    }
    keep(FindingBuilder(main, direction: direction).traffic())
    // What a capture saw of content is worth more than a log's sizes, however long the log.
    let byContent = group.sorted { $0.draft.facts.isCapture && !$1.draft.facts.isCapture }
    for (draft, stream) in byContent {
      let builder = FindingBuilder(draft, direction: direction)
      keep(builder.nameLookups())
      keep(builder.misread())
      keep(builder.backscatter())
      keep(builder.failedReverseFirst(streams[stream].reverseQueries[draft.subject] ?? []))
      if draft.facts.isCapture, draft.profile.answered > 0, streams[stream].hasTCP,
        case .service(.udp, 137) = draft.shape
      {
        let followed = streams[stream].followUps[draft.subject] ?? 0
        if let followed { keep(builder.shareFollowUp(followed)) }
      }
    }
    for (draft, stream) in group {
      let builder = FindingBuilder(draft, direction: direction)
      keep(builder.sweep())
      keep(builder.portSweep())
      keep(builder.connectionStates())
      keep(builder.targetChoice())
      keep(builder.rateStep(streams[stream]))
      keep(rateChange(draft, streams[stream]))
      keep(scanRate(draft, direction, streams[stream]))
      keep(builder.propagation(spreading[stream]?[draft.shape]?.parts[draft.subject]))
    }
    for finding in further(byContent, direction) { keep(finding) }
    keep(passedOn[key(main, group[0].stream)])
    let solicited = solicitedProbes(byContent, direction, findings[.rateStep])
    keep(solicited.finding)
    let tested = noteFindings(group, findings[.rateStep])
    return evidence(group, direction, findings, solicited, tested)
  }

  /// The answer to "had the targets come first?", and which visitors' log gave it or why none could.
  struct Solicited {
    var finding: Finding?
    var status: CapabilityStatus
  }

  private mutating func solicitedProbes(
    _ group: [(draft: Draft, stream: Int)], _ direction: Direction, _ step: Finding?
  ) -> Solicited {
    let subject = group[0].draft.subject
    let ours =
      "the log of your own outgoing connections of the same hours (did one of yours visit "
      + "\(subject) just before?)"
    let ask =
      "the mail or web server's log of the same hours (who visited \(subject)?)"
      + (direction == .outbound ? "" : "; where \(subject) is not yours, " + ours)
    if case .unaskedReplies = group[0].draft.shape {
      return Solicited(finding: nil, status: requests(group[0].draft))
    }
    if direction != .outbound, let own = ownContacts(group, direction) { return own }
    guard case .service = group[0].draft.shape, direction != .inbound else {
      return Solicited(
        finding: nil,
        status: .missing(
          because: "the sender is not one of ours: who contacted it before is not known",
          ask: ours + ", or the log or capture of \(subject)'s own network"))
    }
    for book in books {
      for (draft, stream) in group {
        let queries = streams[stream].reverseQueries[draft.subject] ?? []
        let offset = SolicitedProbes.clockOffset(book, queries)
        let probes = SolicitedProbes(draft.records, book, offset)
        let builder = FindingBuilder(draft, direction: direction)
        let stepped = step.flatMap { visitorsStepped(book, $0, offset) }
        guard let finding = probes.finding(builder, book, offset, stepped: stepped) else {
          continue
        }
        assume(
          "visitors of \(draft.subject)", book.path,
          "a visitors' log does not name its server; this subject's targets were looked for in it")
        if offset.isKnown, offset.seconds.magnitude >= 0.5 {
          assume(
            "clock of \(book.path)",
            "\(FindingBuilder.rate(offset.seconds.magnitude)) s "
              + (offset.seconds > 0 ? "ahead of" : "behind") + " \(draft.path)",
            "its visits and the reverse DNS queries about them line up so")
        }
        return Solicited(finding: finding, status: .available)
      }
    }
    for (draft, stream) in group where draft.facts.isCapture {
      let visible = draft.profile.solicited > 0 || streams[stream].servers.contains(draft.subject)
      guard visible else { continue }
      let builder = FindingBuilder(draft, direction: direction)
      return Solicited(
        finding: SolicitedProbes.finding(builder, sources: streams[stream].sources),
        status: .available)
    }
    let because: String
    if !books.isEmpty {
      because =
        books.map(\.path).joined(separator: ", ") + " does not cover these hours"
    } else if let log = group.first(where: { $0.draft.facts.refusalsOnly })?.draft {
      because =
        "\(log.path) records refused packets only: who visited the sender is invisible in it"
    } else if group[0].draft.facts.isCapture {
      because = "\(group[0].draft.path) holds no contacts to the sender"
    } else {
      because = "\(group[0].draft.path) does not show who visited the sender"
    }
    return Solicited(finding: nil, status: .missing(because: because, ask: ask))
  }

  /// Whether requests that the replies answer would have been seen.
  private func requests(_ draft: Draft) -> CapabilityStatus {
    draft.receiversSeen > 0
      ? .available
      : .missing(
        because: "nothing that the receivers sent is in \(draft.path): they may have asked",
        ask: "a capture that holds both directions")
  }

  mutating func assume(_ what: String, _ value: String, _ because: String) {
    let assumption = Assumption(what: what, value: value, because: because)
    if !assumptions.contains(assumption) { assumptions.append(assumption) }
  }

  /// Whether visits became half again as frequent where the rate stepped; nil where the log does not cover it.
  private func visitorsStepped(
    _ book: VisitBook, _ step: Finding, _ offset: SolicitedProbes.ClockOffset
  ) -> Bool? {
    guard case .time(let from)? = step.values["onsetFrom"],
      case .time(let to)? = step.values["onsetTo"], let range = book.range
    else { return nil }
    let shift = Int64(offset.seconds * 1e9)
    let least: Int64 = 12 * 3_600_000_000_000
    let early = range.lowerBound...max(range.lowerBound, from.nanoseconds &+ shift)
    let late = min(range.upperBound, to.nanoseconds &+ shift)...range.upperBound
    guard early.upperBound &- early.lowerBound >= least, late.upperBound &- late.lowerBound >= least
    else { return nil }
    func rate(_ part: ClosedRange<Int64>) -> Double {
      Double(book.count(from: part.lowerBound, to: part.upperBound))
        / (Double(part.upperBound) - Double(part.lowerBound))
    }
    return rate(late) >= 1.5 * rate(early)
  }

  private func evidence(
    _ group: [(draft: Draft, stream: Int)], _ direction: Direction,
    _ findings: [FindingKind: Finding], _ solicited: Solicited, _ tested: [Finding]
  ) -> ActivityEvidence {
    let main = group[0].draft
    let builder = FindingBuilder(main, direction: direction)
    let capabilities = CapabilityAudit(
      group: group, streams: streams, findings: findings, visitors: solicited.status,
      notes: tested)
    let ports = main.profile.sourcePortCount
    let known = min(Int(ports), Profile.sourcePortsKept)
    let traffic = Traffic(
      transport: main.shape.transport,
      sourcePorts: Int(ports) > Profile.sourcePortsKept
        ? [] : (0..<known).map { main.profile.sourcePorts[$0] }.sorted(),
      sourcePortCount: Int(ports), destinationPorts: Correlation.ranges(main.ports),
      direction: direction, packets: builder.packets, bytes: builder.bytes,
      destinations: main.targets, examples: Correlation.examples(main))
    var result = ActivityEvidence(
      subject: main.owner, shape: main.shape,
      first: Timestamp(nanoseconds: group.map(\.draft.first).min() ?? main.first),
      last: Timestamp(nanoseconds: group.map(\.draft.last).max() ?? main.last), traffic: traffic,
      findings: (findings.values + tested).sorted { $0.kind < $1.kind },
      capabilities: capabilities.statuses, paths: Correlation.paths(group),
      remarks: Correlation.remarks(group.map(\.draft)), pattern: builder.pattern)
    result.names = names(group, traffic.examples)
    result.course = course(of: main, in: group[0].stream)
    return result
  }

  /// How an activity went, with those who began to do the same.
  private func course(of draft: Draft, in stream: Int) -> Course? {
    guard let span = streams[stream].span, draft.flood == nil else { return nil }
    var course = Course(draft, span: span)
    let path = streams[stream].facts.path
    if let found = spreadings.first(where: { $0.path == path && $0.shape == draft.shape }) {
      let own = found.contacts.filter { $0.from == draft.subject || $0.to == draft.subject }
      course.contacts = Array(own.prefix(Course.mostContacts))
    }
    return course
  }

  /// The names of a group's subject and of some of its targets, as the first stream knows them that does.
  private func names(_ group: Group, _ examples: [Address]) -> [HostName] {
    guard group[0].draft.forged == nil, group[0].draft.flood == nil else { return [] }
    return ([group[0].draft.subject] + examples).compactMap { address in
      group.lazy.compactMap { streams[$0.stream].names?.best(address) }.first
    }
  }
}

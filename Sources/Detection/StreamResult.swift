public import Observations

/// What is known of the evidence a stream was read from, beside its observations.
public struct StreamFacts: Sendable {
  /// As the user named it.
  public var path: String
  /// A capture; else a firewall's log.
  public var isCapture: Bool
  /// A log whose every line is a refusal: what was let through is invisible in it.
  public var refusalsOnly: Bool
  /// All counts are lower bounds, because the device says that log lines were lost. Where it leaves
  /// out lines of some rules only, those records say so themselves (`Marks.lowerBound`).
  public var losesLines: Bool
  /// Answers are in it: a capture, or a log of flows that tells of both directions.
  public var showsReplies: Bool
  /// Packets that a capture says itself were lost while it was taken; any of them may belong anywhere.
  public var dropped: UInt64 = 0
  /// One of several sensors' logs, which may show together what none shows alone.
  public var isPooled = false
  /// Services too small to be raised are wanted, too, with their first packets.
  public var keepsTraces = false
  /// Its stamps say their zone, so that its clock can be the one others are compared with.
  public var statesZone = false
  /// The zones they say, in seconds east of UTC; nil where none does.
  public var statedZones: ClosedRange<Int64>?
  /// The zone in which stamps without one were read, in seconds east of UTC.
  public var assumedZone: Int64 = 0

  /// A file of a stream that was read from several, as one.
  public struct Part: Sendable {
    /// As the user named it.
    public var path: String
    /// Records before its first.
    public var before: UInt64

    /// A part out of its parts.
    public init(path: String, before: UInt64) {
      self.path = path
      self.before = before
    }
  }
  /// The files of a stream that was read from several, in order; empty where it is one.
  public var parts: [Part] = []

  /// The file that holds a record, and its number there.
  func place(of record: UInt64) -> (path: String, record: UInt64) {
    guard let part = parts.last(where: { $0.before < record }) else { return (path, record) }
    return (part.path, record - part.before)
  }

  /// What was left out of it because a part was asked for; nil where all was taken.
  public var leftOut: LeftOut?

  /// Whether answers to what an address sends, and what it answers, are in it.
  func showsReplies(of address: Address) -> Bool {
    showsReplies && leftOut?.halves(address) != true
  }

  /// Facts out of their parts.
  public init(path: String, isCapture: Bool, refusalsOnly: Bool, losesLines: Bool) {
    self.path = path
    self.isCapture = isCapture
    self.refusalsOnly = refusalsOnly
    self.losesLines = losesLines
    showsReplies = isCapture
  }
}

/// One notable activity in one stream, before streams are brought together.
struct Draft: Sendable {
  var subject: Address
  var shape: ActivityShape
  var path: String
  var facts: StreamFacts
  var first: Int64
  var last: Int64
  var packets: UInt64
  /// Packets before the profile was begun: its counts are short of these.
  var unprofiled: UInt64
  var targets: Bound
  /// Distinct targets exactly, ascending; nil beyond exactness.
  var members: [UInt32]?
  var profile: Profile
  var records: [LookupRecord]
  var cadence: [UInt32]
  var ports: [UInt16]
  var step: RateStep?
  var stepTimes: ClosedRange<Int64>?
  /// Of the receivers of unasked replies, those that were seen to send something: their requests
  /// would have been seen, too.
  var receiversSeen: Int
  /// Bins that a step was looked for in; 0 where it could not be asked.
  var bins: Int
  /// The first packets as they happened.
  var trace: [TracedPacket] = []
  /// Set where the sources are made up: then the subject is the hardware.
  var forged: ForgedSources?
  /// Digests of the packets quoted in misread errors.
  var quotes: Set<UInt32> = []
  /// Receivers that were seen trying something themselves, so that they would have been seen doing the
  /// same.
  var activeReceivers = 0
  /// Of ARP requests: addresses whose owners answered.
  var arpAnswers = 0
  /// Events by hour since the epoch, where fewer than all are among the records; ascending.
  var hourly: [(hour: Int64, count: UInt32)] = []
  /// What a chart of its hours shows; nil where they are too few.
  var change: RateChange?
  /// Sensors whose parts are in it.
  var sensors = 1
  /// What only a flood has.
  var flood: Flood?
  /// Of what should have gone through a tunnel: packets for services that a house offers its own.
  var housePackets: UInt64 = 0
  /// What was found out on the spot, because it needs the books.
  var extra: [Finding] = []

  /// Whose activity it is.
  var owner: Subject {
    if flood != nil, case .flood(let transport, let port) = shape {
      return .port(transport: transport, number: port)
    }
    return forged.map { .mac($0.hardware) } ?? .address(subject)
  }
}

/// What is known of a flood.
struct Flood: Sendable {
  var victim: Address
  var sources: UInt32
  var unroutable: UInt32
  var sameTimeToLive: UInt32
  /// Of the sources: those that sent one packet, or only the same again.
  var single: UInt32
  /// … and of all those counted for that.
  var looked: UInt32
}

/// A stream's yield. Opaque: `Correlation` brings streams together.
public struct StreamResult: Sendable {
  var facts: StreamFacts
  var drafts: [Draft] = []
  var quiet = QuietCounts()
  /// Reverse queries by client: time, address, and whether it failed (0 asked, 1 failed, 2 answered).
  var reverseQueries: [Address: [ReverseRecord]] = [:]
  /// Sources that answered over TCP: inbound contacts to them are visible.
  var servers: Set<Address> = []
  /// Targets then tried at TCP/139 or TCP/445, by subject; nil where that service was too small to be followed.
  var followUps: [Address: Int?] = [:]
  /// Sources booked, and packets of theirs.
  var sources = 0, packets: UInt64 = 0
  /// What goes to where only one thing goes, before it is known how much of the whole it is.
  var special: [SpecialDraft] = []
  /// Whether any TCP packet was seen.
  var hasTCP = false
  /// Steps found among all series long enough.
  var seriesTested = 0
  var steps: [ClosedRange<Int64>] = []
  /// The first and last time of the stream.
  var span: ClosedRange<Int64>?
  /// An address that most of the stream's packets have in common.
  var hub: Address?
  /// The link; nil where the stream shows no hardware.
  var link: LinkView?
  /// What packets said in words; nil until the stream is finished.
  var names: NameBook?
  /// Conflicts over addresses, ready made.
  var claims: [ClaimDraft] = []
  /// Of a log: when each source was first met, by source. For comparing clocks.
  var sightings: [Address: Int64] = [:]
  /// Of a log: services too small to be raised by this log alone.
  var minor: [Draft] = []
  /// What many of its sources do alike.
  var repeats = RepeatTally()
  /// Receivers of unasked answers that sent something themselves.
  var askers: Set<UInt32> = []
  /// Events of all followed services by hour since the epoch, where the rate of any activity changed.
  var hourTotals: [Int64: UInt64] = [:]
  /// How first contacts of hosts fared that did nothing notable.
  var contacts = ContactTally()
  /// Packets that were there twice.
  public internal(set) var copies = CopyTally()
  /// The evidence it was read from, as the user named it.
  public var path: String { facts.path }
  /// What was beyond the bounds, as sentences for the report.
  public internal(set) var limits: [String] = []

  struct ReverseRecord: Sendable {
    var time: Int64
    var address: UInt32
    var outcome: UInt32
    /// Who was asked, in 32-bit form; 0 of an answer.
    var server: UInt32
  }
}

extension StreamResult {
  /// Adds what was made of another shard of the same stream; sources are in one shard each.
  mutating func append(_ other: StreamResult) {
    drafts += other.drafts
    quiet.merge(other.quiet)
    reverseQueries.merge(other.reverseQueries) { $0 + $1 }
    servers.formUnion(other.servers)
    followUps.merge(other.followUps) { first, _ in first }
    sources += other.sources
    packets += other.packets
    special += other.special
    hasTCP = hasTCP || other.hasTCP
    seriesTested += other.seriesTested
    steps += other.steps
    sightings.merge(other.sightings) { first, _ in first }
    minor += other.minor
    repeats.append(other.repeats)
    contacts.append(other.contacts)
    limits += other.limits
  }
}

/// An activity, raised or not, with its first packets: what patterns are made of.
public struct TracedActivity: Sendable {
  /// Whose it is.
  public var subject: Subject
  /// What makes its packets one activity.
  public var shape: ActivityShape
  /// All of its packets.
  public var packets: UInt64
  /// The first of them, in order of time.
  public var trace: [TracedPacket]
}

extension StreamResult {
  /// Every activity that was followed, those too small to be raised included where
  /// `StreamFacts.keepsTraces` asked for them; what a subject tried at several ports also as one. The
  /// fullest first, then by subject and shape.
  public var traced: [TracedActivity] {
    var result = (drafts + minor).map {
      TracedActivity(subject: $0.owner, shape: $0.shape, packets: $0.packets, trace: $0.trace)
    }
    let small = Dictionary(grouping: minor) { [$0.owner.value, $0.shape.transport.description] }
    for parts in small.values where parts.count >= 3 {
      result.append(
        TracedActivity(
          subject: parts[0].owner, shape: .manyPorts(transport: parts[0].shape.transport),
          packets: parts.reduce(0) { $0 + $1.packets }, trace: Draft.merged(parts.map(\.trace))))
    }
    return result.filter { !$0.trace.isEmpty }.sorted {
      ($1.packets, $0.subject, $0.shape) < ($0.packets, $1.subject, $1.shape)
    }
  }
}

/// Sources not raised, by reason, with the first ten of each.
struct QuietCounts: Sendable {
  /// Both by the place of the reason: there may be hundreds of thousands of sources to note.
  private var counts = [Int](repeating: 0, count: Quiet.Reason.allCases.count)
  private var examples = [[Address]](repeating: [], count: Quiet.Reason.allCases.count)

  mutating func note(_ reason: Quiet.Reason, _ source: Address) {
    let place = reason.place
    counts[place] += 1
    if examples[place].count == 10, let last = examples[place].last, source >= last { return }
    if examples[place].contains(source) { return }
    examples[place].append(source)
    examples[place].sort()
    if examples[place].count > 10 { examples[place].removeLast() }
  }

  mutating func merge(_ other: QuietCounts) {
    for place in counts.indices {
      counts[place] += other.counts[place]
      let all = Set(examples[place] + other.examples[place]).sorted()
      examples[place] = Array(all.prefix(10))
    }
  }

  var entries: [Quiet] {
    Quiet.Reason.allCases.compactMap { reason in
      guard counts[reason.place] > 0 else { return nil }
      return Quiet(
        reason: reason, count: counts[reason.place],
        examples: examples[reason.place].map(\.description))
    }
  }
}

extension Quiet.Reason {
  /// The case's number, without the comparison of texts that the raw value would cost.
  fileprivate var place: Int {
    switch self {
    case .belowThreshold: 0
    case .ordinary: 1
    case .letThrough: 2
    case .replies: 3
    case .icmpErrors: 4
    case .orphans: 5
    case .multicast: 6
    case .addressResolution: 7
    }
  }
}

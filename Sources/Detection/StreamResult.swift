internal import Observations

/// What is known of the evidence a stream was read from, beside its observations.
public struct StreamFacts: Sendable {
  /// As the user named it.
  public var path: String
  /// A capture; else a firewall's log.
  public var isCapture: Bool
  /// A log whose every line is a refusal: what was let through is invisible in it.
  public var refusalsOnly: Bool
  /// Counts are lower bounds, because the device drops log lines above a rate.
  public var rateLimited: Bool

  /// Facts out of their parts.
  public init(path: String, isCapture: Bool, refusalsOnly: Bool, rateLimited: Bool) {
    self.path = path
    self.isCapture = isCapture
    self.refusalsOnly = refusalsOnly
    self.rateLimited = rateLimited
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
  /// Sources booked.
  var sources = 0
  /// Whether any TCP packet was seen.
  var hasTCP = false
  /// Steps found among all series long enough.
  var seriesTested = 0
  var steps: [ClosedRange<Int64>] = []
  /// The first and last time of the stream.
  var span: ClosedRange<Int64>?
  /// An address that most of the stream's packets have in common.
  var hub: Address?
  /// What was beyond the bounds, as sentences for the report.
  public internal(set) var limits: [String] = []

  struct ReverseRecord: Sendable {
    var time: Int64
    var address: UInt32
    var outcome: UInt32
  }
}

/// Sources not raised, by reason, with the first ten of each.
struct QuietCounts: Sendable {
  private(set) var counts: [Quiet.Reason: Int] = [:]
  private var examples: [Quiet.Reason: [Address]] = [:]

  mutating func note(_ reason: Quiet.Reason, _ source: Address) {
    counts[reason, default: 0] += 1
    var kept = examples[reason] ?? []
    if kept.count == 10, let last = kept.last, source >= last { return }
    if kept.contains(source) { return }
    kept.append(source)
    kept.sort()
    examples[reason] = Array(kept.prefix(10))
  }

  mutating func merge(_ other: QuietCounts) {
    for (reason, count) in other.counts { counts[reason, default: 0] += count }
    for (reason, addresses) in other.examples {
      let all = Set((examples[reason] ?? []) + addresses).sorted()
      examples[reason] = Array(all.prefix(10))
    }
  }

  var entries: [Quiet] {
    Quiet.Reason.allCases.compactMap { reason in
      guard let count = counts[reason] else { return nil }
      return Quiet(
        reason: reason, count: count, examples: (examples[reason] ?? []).map(\.description))
    }
  }
}

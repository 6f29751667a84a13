public import Observations

/// Packets of one piece of evidence that another may have met, too: what two clocks are compared by.
///
/// Of all flows those whose hashes are the smallest are kept, so that two files of the same traffic
/// keep the same ones however much there is of it, and memory is bounded.
public struct EventSample: Sendable {
  /// Flows kept.
  static let most = 4_096
  /// The same flow again after so long, in nanoseconds, is no retransmission: such flows recur, and
  /// nobody can tell which of them another file met.
  private static let burst: Int64 = 60_000_000_000

  /// A flow of the sample.
  struct Event: Sendable {
    var first: Int64
    var last: Int64
    /// The source port and, where it is known, the identification of the first packet.
    var port: UInt16
    var identification: UInt16?
  }

  /// The evidence, as the user named it.
  public let path: String
  private var events: [UInt64: Event] = [:]
  private var bound = UInt64.max

  /// An empty sample.
  public init(path: String) { self.path = path }

  /// Takes the packets of a batch.
  public mutating func consume(_ batch: ObservationBatch) {
    for k in 0..<batch.count {
      let packet = batch.observations[k]
      guard
        packet.marks.isDisjoint(with: [.visit, .veiled, .timeUncertain, .multicast, .broadcast]),
        packet.marks.contains(.ports)
      else { continue }
      let key = EventSample.key(packet)
      if key <= bound { take(packet, key) }
    }
  }

  private mutating func take(_ packet: Observation, _ key: UInt64) {
    if var known = events[key] {
      known.first = min(known.first, packet.time)
      known.last = max(known.last, packet.time)
      events[key] = known
      return
    }
    events[key] = Event(
      first: packet.time, last: packet.time, port: packet.sourcePort,
      identification: packet.marks.contains(.identification) ? packet.identification : nil)
    if events.count > 2 * EventSample.most { prune() }
  }

  private mutating func prune() {
    let keys = events.keys.sorted()
    bound = keys[EventSample.most - 1]
    events = events.filter { $0.key <= bound }
  }

  /// Flows that met both pieces of evidence once: the time in this one, and that in the other.
  func common(with other: EventSample) -> [(mine: Event, theirs: Event)] {
    events.keys.sorted().compactMap { key in
      guard let mine = events[key], let theirs = other.events[key],
        mine.last - mine.first <= EventSample.burst,
        theirs.last - theirs.first <= EventSample.burst
      else { return nil }
      if let a = mine.identification, let b = theirs.identification, a != b { return nil }
      return (mine, theirs)
    }
  }

  private static func key(_ packet: Observation) -> UInt64 {
    var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
    func mix(_ value: UInt64) {
      hash = (hash ^ value) &* 0xff51_afd7_ed55_8ccd
      hash ^= hash >> 32
    }
    mix(packet.source.high)
    mix(packet.source.low)
    mix(packet.destination.high)
    mix(packet.destination.low)
    mix(
      UInt64(packet.transport.rawValue) << 32 | UInt64(packet.sourcePort) << 16
        | UInt64(packet.destinationPort))
    return hash
  }
}

/// How far the clocks of two pieces of evidence are apart, by the packets that both met.
public struct ClockDifference: Hashable, Sendable {
  /// Flows that must agree.
  static let leastEvents = 12
  /// As many different source ports, or identifications, must be among them: what comes again and
  /// again from one port is met by different files on different days.
  static let leastKinds = 8
  /// So far apart agreeing differences may lie, in nanoseconds: stamps of whole seconds, and a
  /// device that logs a packet a moment after it passed.
  private static let width: Int64 = 3_000_000_000
  /// Beyond this, in nanoseconds, no zone and no clock explains a difference.
  private static let furthest: Int64 = 15 * 3_600 * 1_000_000_000

  /// Whose clock is meant.
  public let path: String
  /// By whose clock.
  public let reference: String
  /// Seconds that the clock is ahead: the middle of those found, and the least and the most.
  public let seconds: Double
  /// The least difference found.
  public let low: Double
  /// The greatest difference found.
  public let high: Double
  /// Flows that agree.
  public let events: Int

  /// Compares two samples; nil where too little agrees to say anything.
  ///
  /// - Parameters:
  ///   - sample: of the evidence whose clock is meant.
  ///   - reference: of the other.
  public init?(_ sample: EventSample, reference: EventSample) {
    let common = sample.common(with: reference).map { pair in
      (
        step: pair.mine.first &- pair.theirs.first,
        kind: UInt32(pair.mine.port) << 16 | UInt32(pair.mine.identification ?? 0)
      )
    }.filter { $0.step.magnitude <= UInt64(ClockDifference.furthest) }
      .sorted { ($0.step, $0.kind) < ($1.step, $1.kind) }
    // The fullest window of agreeing differences.
    var best = 0..<0
    var from = 0
    for to in common.indices {
      while common[to].step - common[from].step > ClockDifference.width { from += 1 }
      if to + 1 - from > best.count { best = from..<(to + 1) }
    }
    let agreeing = common[best]
    guard best.count >= ClockDifference.leastEvents, best.count * 2 > common.count,
      Set(agreeing.map(\.kind)).count >= ClockDifference.leastKinds
    else { return nil }
    path = sample.path
    self.reference = reference.path
    seconds = Double(common[best.lowerBound + best.count / 2].step) / 1e9
    low = Double(common[best.lowerBound].step) / 1e9
    high = Double(common[best.upperBound - 1].step) / 1e9
    events = best.count
  }

  /// Whether the clocks differ by more than stamps of whole seconds and the path between may make.
  public var isOff: Bool { low > 2 || high < -2 }
}

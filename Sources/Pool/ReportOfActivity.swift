public import Detection
public import Observations

extension Report {
  /// What a sensor would report of an activity that it diagnosed; empty where nothing may be reported:
  /// where the subject is no address, is of the sensor's own network, or forged by hardware that is known.
  ///
  /// An activity of several days becomes a report for each day. How its packets are spread over them is not
  /// known here, so that each day's are between none and all of them.
  ///
  /// - Parameters:
  ///   - activity: what is known about it.
  ///   - verdict: what was made of it.
  ///   - knowledge: the version of the knowledge.
  ///   - pseudonym: names targets: `SensorKey.pseudonym(of:)`.
  /// - Returns: the reports, in order of time.
  public static func of(
    _ activity: ActivityEvidence, verdict: SensorVerdict?, knowledge: String,
    pseudonym: (Address) -> Pseudonym
  ) -> [Report] {
    guard case .address(let subject) = activity.subject, let manner = activity.shape.manner,
      activity.traffic.direction != .outbound, activity.traffic.direction != .internal
    else { return [] }
    let traffic = activity.traffic
    let shape = ReportShape(
      transport: traffic.transport, direction: traffic.direction, manner: manner,
      icmp: activity.message)
    let ports =
      traffic.transport.hasPorts
      ? traffic.destinationPorts.flatMap { $0.prefix(PoolLimits.portsOfReport + 1) } : []
    let days = (activity.first.wholeSeconds, max(activity.first, activity.last).wholeSeconds)
    let first = Day(activity.first).rawValue
    let last = Day(max(activity.first, activity.last)).rawValue
    guard last - first < mostDays else { return [] }
    return (first...last).map { day in
      let start = Day(rawValue: day).start.wholeSeconds
      let whole = first == last
      let packets = CountRange(traffic.packets)
      let targets = CountRange(traffic.destinations)
      return Report(
        subject: subject, shape: shape, ports: ports,
        morePorts: traffic.destinationPorts.contains { $0.count > PoolLimits.portsOfReport },
        first: Timestamp(seconds: max(days.0, start)),
        last: Timestamp(seconds: min(days.1, start + 86_399)),
        packets: whole ? packets : CountRange(low: 0, high: packets.high),
        targets: whole ? targets : CountRange(low: 0, high: targets.high),
        pseudonyms: traffic.examples.map(pseudonym), pattern: activity.pattern,
        verdict: verdict, knowledge: knowledge,
        vantage: Vantage(
          activity.capabilities.filter { $0.value == .available }.map(\.key)),
        mayBeForged: !activity.showsAnswers)
    }.filter { $0.problem == nil }
  }

  /// An activity of more days is no single one.
  private static let mostDays = 31
}

extension CountRange {
  /// A bound in whole numbers.
  fileprivate init(_ bound: Bound) {
    func whole(_ value: Double) -> UInt64 {
      value.isFinite ? UInt64(min(max(0, value.rounded()), 1e14)) : 100_000_000_000_000
    }
    self.init(low: min(whole(bound.low), whole(bound.high)), high: whole(bound.high))
  }
}

extension ActivityShape {
  /// The manner that a report states; nil for what says nothing about a single source elsewhere.
  fileprivate var manner: ReportShape.Manner? {
    switch self {
    case .service: .service
    case .manyPorts: .manyPorts
    case .misreadHeader: .misreadHeader
    case .unaskedReplies: .unaskedReplies
    case .broadcasts: .broadcasts
    case .peers: .peers
    case .flood, .addressClaims, .specialPurpose, .nameAsked: nil
    }
  }
}

extension ActivityEvidence {
  fileprivate var message: ReportShape.ICMPMessage? {
    let transport = traffic.transport
    guard transport == .icmp || transport == .icmpv6 else { return nil }
    // The pattern holds the type times 256 and the code, where all packets have the same.
    let exact = pattern?.destinationPort
    switch shape {
    case .service(_, let type), .unaskedReplies(_, let type), .broadcasts(_, let type):
      let code = exact.flatMap { $0 >> 8 == type ? UInt8(truncatingIfNeeded: $0) : nil }
      return ReportShape.ICMPMessage(type: UInt8(truncatingIfNeeded: type), code: code)
    default:
      return ReportShape.ICMPMessage(
        type: UInt8(truncatingIfNeeded: (exact ?? 0) >> 8),
        code: exact.map { UInt8(truncatingIfNeeded: $0) })
    }
  }

  /// Whether something shows that answers reached the source: a connection that was completed. Whoever
  /// forges a source never sees the number that he would have to acknowledge (RFC 6528).
  fileprivate var showsAnswers: Bool {
    let established = finding(.connectionStates)?.values["established"]?.numeric ?? 0
    return traffic.transport == .tcp && established > 0
  }
}

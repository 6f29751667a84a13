public import Detection
public import Observations
public import Pool

/// What a sensor would tell a pool of some activities, and what it keeps to itself.
public struct Outgoing: Sendable {
  /// Why an activity, or a day of it, is not told.
  public enum Withheld: String, CaseIterable, Hashable, Sendable, Comparable {
    /// Its subject is on the sensor's own side: telling would name the sensor's network.
    case own
    /// Its subject is no address, or one that means nothing elsewhere.
    case noPublicAddress = "no-public-address"
    /// It is older than pools take in, or of the future.
    case outOfTime = "out-of-time"
    /// What was done has no form that reports could have.
    case noForm = "no-form"

    /// In order of declaration.
    public static func < (a: Withheld, b: Withheld) -> Bool {
      (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
    }

    /// For people: what is withheld, behind its number.
    public var words: String {
      switch self {
      case .own: "of your own network"
      case .noPublicAddress: "of no public address"
      case .outOfTime: "older than the pool takes in, or of the future"
      case .noForm: "of a kind that reports have no form for"
      }
    }
  }

  /// What would be told, in the order of the activities and of time.
  public private(set) var reports: [Report] = []
  /// How many activities or days of them are withheld, by reason.
  public private(set) var withheld: [Withheld: Int] = [:]

  private let key: SensorKey
  private let knowledge: String
  private let now: Timestamp
  private let rules: AdmissionRules

  /// Nothing yet.
  ///
  /// - Parameters:
  ///   - key: the sensor's; names of targets are made with it.
  ///   - knowledge: the version of the knowledge behind verdicts.
  ///   - now: the time, by which reports may be too old.
  ///   - rules: what pools take in.
  public init(
    key: SensorKey, knowledge: String, now: Timestamp, rules: AdmissionRules = AdmissionRules()
  ) {
    self.key = key
    self.knowledge = String(
      knowledge.unicodeScalars.filter { (0x20...0x7e).contains($0.value) }
        .prefix(PoolLimits.knowledgeBytes).map(Character.init))
    self.now = now
    self.rules = rules
  }

  /// Takes an activity with what the sensor makes of it.
  ///
  /// - Parameters:
  ///   - evidence: the activity.
  ///   - verdict: the article that earned it; nil for none.
  public mutating func add(_ evidence: ActivityEvidence, verdict: SensorVerdict?) {
    guard ![.outbound, .internal].contains(evidence.traffic.direction) else {
      return withhold(.own)
    }
    guard case .address(let subject) = evidence.subject,
      !subject.isPrivate || rules.takesPrivateSubjects
    else { return withhold(.noPublicAddress) }
    let key = self.key
    let parts = Report.of(evidence, verdict: verdict, knowledge: knowledge) {
      key.pseudonym(of: $0)
    }
    if parts.isEmpty { withhold(.noForm) }
    let latest = now.wholeSeconds + rules.secondsAhead
    let earliest = now.wholeSeconds - rules.daysBack * 86_400
    for report in parts {
      if report.first.wholeSeconds >= earliest, report.last.wholeSeconds <= latest {
        reports.append(report)
      } else {
        withhold(.outOfTime)
      }
    }
  }

  private mutating func withhold(_ reason: Withheld) { withheld[reason, default: 0] += 1 }
}

extension Report {
  /// All that a pool would be told by this report, on a line; targets stand in it as their number.
  public var summary: String {
    var words = ["\(subject)", "\(shape.direction.rawValue) \(shape.transport)"]
    if let icmp = shape.icmp { words.append("type \(icmp.type)") }
    if !ports.isEmpty {
      words.append(
        "port " + ports.map(String.init).joined(separator: ",") + (morePorts ? " and more" : ""))
    }
    words.append("(\(shape.manner))")
    words.append("\(first) to \(last)")
    words.append("\(packets.words) packets to \(targets.words) targets")
    words.append("\(pseudonyms.count) of them under names that only this sensor can make")
    words.append(pattern == nil ? "no pattern" : "with its pattern")
    words.append(
      verdict.map { "verdict \($0.article) \(Double($0.posterior) / 10_000)" } ?? "no verdict")
    words.append("knowledge \(knowledge)")
    words.append("seen by: " + vantage.capabilities.map(\.rawValue).joined(separator: " "))
    words.append(mayBeForged ? "may be forged" : "answers reached it")
    return words.joined(separator: ", ")
  }
}

extension CountRange {
  fileprivate var words: String { low == high ? "\(low)" : "\(low) to \(high)" }
}

import Detection
public import Diagnosis
public import Observations

/// Why nobody may be named to others for an activity.
public enum Obstacle: Hashable, Sendable {
  /// No article earned the verdict.
  case unexplained
  /// The cause is an innocent one.
  case innocent(article: String)
  /// The subject is no address: a hardware address, a port, a network.
  case noAddress(kind: String)
  /// The address is nobody's in particular: private, link-local, multicast, veiled and the like.
  case notPublic(String)
  /// It is one of the user's own.
  case own
  /// The source may be forged: nothing shows that its owner sent this.
  case forgeable(because: String)

  /// The reason as part of a sentence.
  public var words: String {
    switch self {
    case .unexplained: "no cause has earned a verdict: nobody can be accused of the unexplained"
    case .innocent(let article): "the cause is an innocent one (\(article))"
    case .noAddress(let kind): "the subject is a \(kind), which names no network to turn to"
    case .notPublic(let what): "the address is \(what): it is nobody's in the Internet"
    case .own: "the address is your own: the culprit is in your house, not in another's"
    case .forgeable(let because): "the source may be forged: \(because)"
    }
  }
}

/// What may be said of an activity to others, and with which reservations.
///
/// A false accusation is the worst that an export can do, so that everything that leaves the house
/// (indicators, rules, reports of abuse) asks here first.
public struct Standing: Sendable {
  /// Why nobody may be named for it; empty where somebody may.
  public var obstacles: [Obstacle] = []
  /// What must be said beside the name: others may share the address, and the like.
  public var cautions: [String] = []

  /// Whether its subject may be named as the sender.
  public var mayBeNamed: Bool { obstacles.isEmpty }

  /// What may be said of an activity.
  ///
  /// - Parameters:
  ///   - activity: the activity.
  ///   - home: the user's own networks.
  public init(_ activity: Activity, home: [Prefix]) {
    let evidence = activity.evidence
    if activity.diagnosis.verdict == nil {
      obstacles.append(.unexplained)
    } else if activity.severity == .info {
      obstacles.append(.innocent(article: activity.diagnosis.verdict ?? ""))
    }
    guard case .address(let address) = evidence.subject else {
      obstacles.append(.noAddress(kind: evidence.subject.words))
      return
    }
    if let what = address.notPublic { obstacles.append(.notPublic(what)) }
    let isOwn = [.outbound, .internal].contains(evidence.traffic.direction)
    if isOwn || home.contains(where: { $0.contains(address) }) { obstacles.append(.own) }
    switch SourceProof(activity) {
    case .none(let because): obstacles.append(.forgeable(because: because))
    case .interest:
      cautions.append(
        "no conversation was seen, so that a forged source is not excluded; but who scans by TCP "
          + "must be able to read the answers (decoys may be mixed in)")
    case .conversation: break
    }
    cautions += Standing.sharing(evidence)
  }

  /// Whoever else may stand behind the address.
  private static func sharing(_ evidence: ActivityEvidence) -> [String] {
    var words: [String] = []
    if let behind = evidence.finding(.hostsBehind), let low = behind.values["low"]?.numeric,
      behind.values["applicable"] == .flag(true), low >= 2
    {
      words.append("at least \(Int(clamping: low)) hosts stand behind this address (NAT)")
    }
    if evidence.finding(.addressTranslation)?.values["role"] == .text("outside") {
      words.append("a log of translations says that the address stands for others (NAT)")
    }
    if case .text(let name)? = evidence.finding(.content)?.values["protocol"], name == "DNS" {
      words.append("it sends DNS: a name server's address serves many who did nothing")
    }
    words.append(
      "addresses change hands and may be shared: this one is known for the times given, and for no others"
    )
    return words
  }
}

/// How sure it is that the address is the sender's.
private enum SourceProof {
  /// A conversation shows that the sender reads what is sent to it.
  case conversation
  /// Nothing shows it, but the activity makes no sense with a forged source.
  case interest
  case none(String)

  init(_ activity: Activity) {
    let evidence = activity.evidence
    func number(_ kind: FindingKind, _ name: String) -> Double {
      evidence.finding(kind)?.values[name]?.numeric ?? 0
    }
    let isForged =
      number(.forgedSource, "packets") > 0 || evidence.finding(.spoofedFlood) != nil
      || activity.diagnosis.verdict == "spoofed-flood"
    if isForged {
      self = .none("the evidence itself shows forged sources")
    } else if number(.connectionStates, "established") > 0
      || number(.shareFollowUp, "followed") > 0
    {
      self = .conversation
    } else if evidence.traffic.transport == .tcp {
      self = .interest
    } else {
      self = .none(
        "\(evidence.traffic.transport.description.uppercased()) in one direction proves no sender; "
          + "a conversation, or the log of the sender's own network, would")
    }
  }
}

extension Subject {
  /// The kind, as people call it.
  fileprivate var words: String {
    switch self {
    case .address: "address"
    case .mac: "hardware address"
    case .network: "network"
    case .port: "port"
    }
  }
}

extension Address {
  /// What keeps it from being somebody's in the Internet; nil where nothing does.
  fileprivate var notPublic: String? {
    if isVeiled { return "veiled" }
    if isUnspecified { return "not known" }
    if isLoopback { return "a loopback address" }
    if isLinkLocal { return "link-local" }
    if isPrivate { return "private" }
    if isMulticast || isLimitedBroadcast { return "multicast or broadcast" }
    if isIPv4, ipv4 >> 28 == 0xf || ipv4 >> 24 == 0 { return "reserved" }
    return nil
  }
}

extension Int {
  /// The whole number nearest below; the ends of the range for what lies beyond.
  init(clamping value: Double) {
    self = Int(exactly: value.rounded(.down)) ?? (value < 0 ? .min : .max)
  }
}

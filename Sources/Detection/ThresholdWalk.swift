internal import Observations

/// The threshold random walk of Jung, Paxson, Berger and Balakrishnan (2004): after each first contact of a
/// source, how much likelier its successes and failures are of a scanner than of an ordinary host.
public struct ThresholdWalk: Hashable, Sendable {
  /// What the walk has come to.
  public enum Verdict: String, Hashable, Sendable {
    /// The upper threshold was passed.
    case scanner
    /// The lower threshold was passed.
    case ordinary
    /// Neither was.
    case undecided
  }

  /// The chance of an ordinary host's first contact to succeed.
  public let ordinarySuccess: Double
  /// The chance of a scanner's.
  public let scannerSuccess: Double
  /// The logarithm of the likelihood ratio so far.
  public private(set) var value = 0.0
  /// First contacts so far.
  public private(set) var contacts = 0

  /// The share of ordinary hosts that may be called scanners.
  public static let falseShare = 0.01
  /// The share of scanners that must be.
  public static let detectedShare = 0.99
  /// The logarithm of the ratio at which the walk ends at a scanner …
  public static let upper = Statistics.ln(detectedShare / falseShare)
  /// … and at an ordinary host.
  public static let lower = Statistics.ln((1 - detectedShare) / (1 - falseShare))

  /// The published chances; nil where ordinary hosts do not succeed more often than scanners.
  public init?(ordinarySuccess: Double = 0.8, scannerSuccess: Double = 0.2) {
    guard scannerSuccess > 0, ordinarySuccess < 1, scannerSuccess < ordinarySuccess else {
      return nil
    }
    self.ordinarySuccess = ordinarySuccess
    self.scannerSuccess = scannerSuccess
  }

  private var success: Double { Statistics.ln(scannerSuccess / ordinarySuccess) }
  private var failure: Double { Statistics.ln((1 - scannerSuccess) / (1 - ordinarySuccess)) }

  /// Takes first contacts, of which the order does not matter for where the walk stands.
  public mutating func take(successes: Int, failures: Int) {
    value += Double(successes) * success + Double(failures) * failure
    contacts += successes + failures
  }

  /// What the walk has come to where it stands.
  public var verdict: Verdict {
    // Rounding must not keep a walk from a threshold that it meets exactly.
    if value >= ThresholdWalk.upper - 1e-9 { return .scanner }
    return value <= ThresholdWalk.lower + 1e-9 ? .ordinary : .undecided
  }

  /// How a walk that ends at the first threshold fares.
  public struct Odds: Hashable, Sendable {
    /// The chance to end at the upper threshold.
    public var upper: Double
    /// First contacts until it ends, on average.
    public var contacts: Double
  }

  /// The exact odds of a source whose first contacts succeed with a given chance: the gambler's ruin where a
  /// success outweighs a failure exactly, else summed over all ways of being undecided after n contacts.
  public func odds(success chance: Double) -> Odds {
    var undecided = [1.0]
    var odds = Odds(upper: 0, contacts: 0)
    for number in 1...10_000 {
      odds.contacts += undecided.reduce(0, +)
      var next = [Double](repeating: 0, count: number + 1)
      for (successes, mass) in undecided.enumerated() where mass > 0 {
        next[successes + 1] += mass * chance
        next[successes] += mass * (1 - chance)
      }
      var left = 0.0
      for (successes, mass) in next.enumerated() where mass > 0 {
        var walk = self
        walk.value = 0
        walk.take(successes: successes, failures: number - successes)
        switch walk.verdict {
        case .scanner: odds.upper += mass
        case .ordinary: break
        case .undecided:
          left += mass
          continue
        }
        next[successes] = 0
      }
      undecided = next
      if left < 1e-12 { break }
    }
    return odds
  }
}

/// How first contacts over TCP fared, of hosts that did nothing notable: what the walk is measured by.
struct ContactTally: Sendable {
  private(set) var hosts = 0
  private(set) var contacts = 0.0
  private(set) var successes = 0.0

  /// No host counts for more than this many contacts.
  private static let most = 10.0
  static let leastHosts = 20
  static let leastContacts = 100.0

  mutating func take(contacts: Int, answered: Int) {
    guard contacts > 0 else { return }
    let weight = min(1, ContactTally.most / Double(contacts))
    hosts += 1
    self.contacts += weight * Double(contacts)
    successes += weight * Double(min(answered, contacts))
  }

  /// Adds what was counted of other hosts.
  mutating func append(_ other: ContactTally) {
    hosts += other.hosts
    contacts += other.contacts
    successes += other.successes
  }

  /// The share that succeeded; nil where too few were seen to say.
  var share: Double? {
    hosts >= ContactTally.leastHosts && contacts >= ContactTally.leastContacts
      ? successes / contacts : nil
  }
}

extension Finishing {
  /// Counts how the contacts of a host that did nothing notable fared.
  mutating func tallyContacts(_ entries: [Entry]) {
    guard facts.showsReplies else { return }
    var (tried, answered) = (0, 0)
    for entry in entries
    where entry.service.key.transport == .tcp
      && entry.service.key.kind == ServiceKey.Kind.attempt && entry.service.profile != 0
    {
      let profile = books.profiles[Int(entry.service.profile)]
      tried += Int(profile.targets)
      answered += Int(min(profile.answered, profile.targets))
    }
    result.contacts.take(contacts: tried, answered: answered)
  }
}

extension FindingBuilder {
  /// The walk over the subject's first contacts, or why there can be none.
  ///
  /// Only the counts of successes and failures are kept, so the walk is given where it ends after all of
  /// them; whichever threshold it had met before, that a likelihood ratio of 99 comes up has a chance of
  /// one in 99 at most.
  func thresholdWalk(_ ordinary: ContactTally) -> Finding? {
    guard case .service(let transport, let port) = draft.shape, transport.hasPorts,
      profile.targets > 0
    else { return nil }
    if let obstacle = walkObstacle(transport, port, ordinary) {
      return finding(
        .thresholdWalk, "the threshold random walk is not applicable: \(obstacle)",
        [
          "applicable": .flag(false), "verdict": .text("notApplicable"),
          "because": .text(obstacle),
        ])
    }
    let measured = ordinary.share.map { min(0.99, $0) }
    guard var walk = ThresholdWalk(ordinarySuccess: measured ?? 0.8) else { return nil }
    let contacts = Int(profile.targets)
    let failures = contacts - min(contacts, Int(profile.answered))
    walk.take(successes: contacts - failures, failures: failures)
    let odds = walk.odds(success: walk.scannerSuccess)
    let decibans = walk.value * 10 / Statistics.ln(10)
    let because =
      measured.map {
        "of \(ordinary.hosts) ordinary hosts' contacts \(Int(($0 * 100).rounded())) % succeed here"
      }
      ?? "too few ordinary hosts were seen to measure how theirs fare; 80 % is the published value"
    return finding(
      .thresholdWalk,
      "\(failures) of \(contacts) first contacts failed: the threshold random walk stands at "
        + "\(Int(decibans.rounded())) dB, \(walk.verdict.rawValue) (\(because))",
      [
        "applicable": .flag(true), "verdict": .text(walk.verdict.rawValue),
        "because": .text(because), "contacts": .integer(contacts), "failures": .integer(failures),
        "standsAt": .number(decibans), "ordinarySuccess": .number(walk.ordinarySuccess),
        "scannerSuccess": .number(walk.scannerSuccess), "measured": .flag(measured != nil),
        "contactsNeeded": .number(odds.contacts), "missedShare": .number(1 - odds.upper),
        "falseShare": .number(walk.odds(success: walk.ordinarySuccess).upper),
      ])
  }

  /// The least by which ordinary hosts must succeed more often than scanners.
  private static let leastDifference = 0.2

  private func walkObstacle(
    _ transport: Transport, _ port: UInt16, _ ordinary: ContactTally
  ) -> String? {
    if draft.facts.refusalsOnly {
      return "\(draft.path) records refused packets only, so that every contact would seem to fail"
    }
    if transport == .udp, port == 137 {
      return "name lookups of innocent hosts mostly fail, too"
    }
    if transport != .tcp { return "only over TCP is it plain whether a contact succeeded" }
    if !draft.facts.showsReplies(of: draft.subject) {
      return "\(draft.path) does not show whether contacts were answered"
    }
    if profile.answered + profile.refused == 0, ordinary.successes == 0 {
      return "nobody's contacts are answered in \(draft.path), so answers may not be visible in it"
    }
    if let share = ordinary.share, share < 0.2 + FindingBuilder.leastDifference {
      return "the contacts of ordinary hosts fail nearly as often here "
        + "(\(Int(((1 - share) * 100).rounded())) %)"
    }
    return nil
  }
}

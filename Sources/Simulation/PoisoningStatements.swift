internal import Pool

/// What a pool says of a source that somebody might want to change.
public enum PoisonedStatement: String, CaseIterable, Hashable, Sendable {
  /// Whether anything is said of the source at all.
  case published
  /// A verdict stands there that no honest sensor gave.
  case verdictAdded = "verdict-added"
  /// Another verdict than that of the honest sensors stands first.
  case lead
  /// The verdict of the honest sensors stands there no more.
  case verdictLost = "verdict-lost"
  /// Whether it says that sensors disagree.
  case contested
  /// It says that several networks would have to collude to forge it.
  case firm
  /// A service stands there that no honest sensor met.
  case serviceAdded = "service-added"
  /// The service that honest sensors met stands there no more.
  case serviceLost = "service-lost"
  /// How many networks met it, in words.
  case prevalence

  /// A few words for a table's head.
  public var words: String {
    switch self {
    case .published: "published"
    case .verdictAdded: "verdict added"
    case .lead: "other verdict first"
    case .verdictLost: "verdict lost"
    case .contested: "\u{201c}sensors disagree\u{201d}"
    case .firm: "\u{201c}several would have to\u{201d}"
    case .serviceAdded: "service added"
    case .serviceLost: "service lost"
    case .prevalence: "prevalence"
    }
  }
}

/// The numbers of an attack: all that the documented bounds depend on.
public struct PoisoningForce: Hashable, Sendable {
  /// Honest networks that met the source and agree on a verdict.
  public var honest: Int
  /// Networks with enrolled sensors of the attacker's.
  public var fake: Int
  /// Of the honest networks that met the source, those that forged packets reach.
  public var reached: Int
  /// Networks of honest sensors that never met the source, but forged packets.
  public var reachedOthers: Int

  /// An attack's numbers.
  public init(honest: Int, fake: Int, reached: Int = 0, reachedOthers: Int = 0) {
    self.honest = honest
    self.fake = fake
    self.reached = reached
    self.reachedOthers = reachedOthers
  }

  /// Networks that say what the attacker wants.
  private var voices: Int { fake + reached + reachedOthers }
  /// Networks that say nothing else.
  private var others: Int { fake + reachedOthers }

  /// Whether the documented numbers leave it open that a statement is changed. Outside of them it is not
  /// changed, whatever the sensors send.
  ///
  /// Holds where the honest networks are none, or at least as many as a statement needs, and all networks
  /// together no more than `SourceTally.mostWords`: of more, a sample decides.
  ///
  /// - Parameters:
  ///   - statement: what is said.
  ///   - story: about which source.
  ///   - fewest: how many networks a statement needs.
  /// - Returns: false where nothing can change it.
  public func mayFlip(_ statement: PoisonedStatement, of story: PoisoningStory, fewest: Int) -> Bool
  {
    switch statement {
    case .published: honest < fewest && honest + others >= fewest
    case .verdictAdded: voices >= fewest && 3 * voices >= honest + others
    case .lead: mayLead(story, fewest: fewest)
    case .verdictLost: mayLead(story, fewest: fewest)
    case .contested:
      // About a stranger the attacker's own networks have to disagree.
      others >= (honest == 0 ? 2 * fewest : fewest) && 2 * others >= honest
    case .firm: !story.isFirm && fake >= fewest
    case .serviceAdded: voices >= fewest
    case .serviceLost:
      honest > 0 && voices >= fewest && level(voices) >= level(honest)
    case .prevalence: level(honest + others) != level(honest)
    }
  }

  private func mayLead(_ story: PoisoningStory, fewest: Int) -> Bool {
    guard honest > 0, voices >= fewest else { return false }
    // A verdict that less than a third gave is not told, whatever comes after it.
    if others > 2 * honest { return true }
    let (attack, defence) = (
      Publication.coarse(UInt64(voices)), Publication.coarse(UInt64(honest))
    )
    return story.isInnocent ? attack > defence : attack >= defence
  }

  private func level(_ networks: Int) -> Prevalence { Prevalence(networks: UInt64(networks)) }
}

/// The sources that an attacker wants something said about.
public enum PoisoningStory: String, CaseIterable, Hashable, Sendable {
  /// A server that asks its visitors for their names and harms nobody.
  case innocentServer = "innocent-server"
  /// A host with a worm, with which sensors completed connections.
  case wormHost = "worm-host"
  /// An address that no sensor met.
  case stranger

  /// Whether the honest sensors' verdict accuses nobody.
  public var isInnocent: Bool { self != .wormHost }
  /// Whether honest sensors report of it what packets alone cannot forge.
  public var isFirm: Bool { self == .wormHost }
}

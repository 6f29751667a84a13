internal import Observations
public import Pool

/// How many networks an attacker needs to change each statement, as measured.
public struct PoisoningCurve: Sendable {
  /// One source with so many honest networks.
  public struct Row: Sendable {
    /// About which source.
    public var story: PoisoningStory
    /// Networks of honest sensors that met it.
    public var honest: Int
    /// The fewest networks with fake sensors that change a statement; without those that as many cannot.
    public var fake: [PoisonedStatement: Int] = [:]
    /// The fewest honest networks that forged packets must reach.
    public var reached: [PoisonedStatement: Int] = [:]
  }

  /// By story and honest networks.
  public let rows: [Row]

  /// The numbers of honest networks that are tried.
  public static let honest = [3, 5, 10, 20]
  /// Tries every plan with more and more networks.
  ///
  /// - Parameter rules: what is published.
  /// - Throws: `BatchError`: the simulation is wrong.
  public init(rules: Publication = Poisoning.rules) throws(BatchError) {
    var rows: [Row] = []
    for story in PoisoningStory.allCases {
      for honest in story == .stranger ? [0] : PoisoningCurve.honest {
        rows.append(try PoisoningCurve.row(story, honest, rules))
      }
    }
    self.rows = rows
  }

  private static func row(
    _ story: PoisoningStory, _ honest: Int, _ rules: Publication
  ) throws(BatchError) -> Row {
    var row = Row(story: story, honest: honest)
    let start = try Poisoning(story, honest: honest, rules: rules)
    for plan in Poisoning.Plan.catalogue {
      var attack = start
      let most = SourceTally.mostWords - honest
      for number in 1...min(2 * honest + 10, most) {
        try attack.addFake(plan)
        for flip in attack.flipped { row.fake[flip] = min(row.fake[flip] ?? .max, number) }
      }
      for others in [false, true] {
        attack = start
        for _ in 0..<(others ? min(most, 2 * honest + 10) : honest) {
          try attack.reach(plan, others: others)
          for flip in attack.flipped {
            let number = attack.force.reached + attack.force.reachedOthers
            row.reached[flip] = min(row.reached[flip] ?? .max, number)
          }
        }
      }
    }
    return row
  }

  /// How many packets to addresses of chance reach so many networks, on average: of a pool of so many, each
  /// watching so many addresses of IPv4. Whoever knows where sensors are needs one packet for each.
  ///
  /// - Parameters:
  ///   - reached: networks to be reached.
  ///   - networks: networks there are.
  ///   - watched: addresses that each watches.
  /// - Returns: packets; nil where there are not as many networks.
  public static func packets(toReach reached: Int, of networks: Int, watching watched: Int)
    -> UInt64?
  {
    guard reached <= networks, watched > 0 else { return nil }
    // Each further network is met as soon as one of those left is hit: sums of geometric waits.
    let sum = (0..<max(0, reached)).reduce(0.0) { $0 + 1 / Double(networks - $1) }
    return UInt64(sum * 4_294_967_296 / Double(watched))
  }
}

/// Attempts of chance, and what they changed.
public struct PoisoningAttempts: Sendable {
  /// Attempts made.
  public private(set) var made = 0
  /// Statements that an attempt within the documented numbers could have changed, and how many it did:
  /// none, if the documentation is right.
  public private(set) var within: [PoisonedStatement: (tried: Int, flipped: Int)] = [:]
  /// The same of attempts beyond the documented numbers.
  public private(set) var beyond: [PoisonedStatement: (tried: Int, flipped: Int)] = [:]

  /// Statements changed within the documented numbers.
  public var flipsWithin: Int { within.values.reduce(0) { $0 + $1.flipped } }

  /// Makes attempts.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - seed: where chance begins.
  ///   - rules: what is published; without a key.
  /// - Throws: `BatchError`: the simulation is wrong.
  public init(
    _ count: Int, seed: UInt64, rules: Publication = Poisoning.rules
  ) throws(BatchError) {
    let fewest = Int(clamping: rules.fewestNetworks)
    for number in 0..<max(0, count) {
      var chance = RandomSource(seed: seed, stream: UInt64(number))
      let attack = try PoisoningAttempts.attack(&chance, fewest: fewest, rules: rules)
      let (force, flipped) = (attack.force, attack.flipped)
      made += 1
      for statement in PoisonedStatement.allCases {
        let count = flipped.contains(statement) ? 1 : 0
        if force.mayFlip(statement, of: attack.story, fewest: fewest) {
          let sum = beyond[statement] ?? (0, 0)
          beyond[statement] = (sum.tried + 1, sum.flipped + count)
        } else {
          let sum = within[statement] ?? (0, 0)
          within[statement] = (sum.tried + 1, sum.flipped + count)
        }
      }
    }
  }

  /// One attack: half of them with few networks, since that is what most attackers have.
  private static func attack(
    _ chance: inout RandomSource, fewest: Int, rules: Publication
  ) throws(BatchError) -> Poisoning {
    let story = chance.pick(PoisoningStory.allCases)
    let honest = chance.within(fewest...14)
    var attack = try Poisoning(story, honest: honest, rules: rules)
    let most = chance.chance(500) ? fewest + 1 : honest * 5 / 2
    let plans = (0..<chance.within(1...3)).map { _ in
      Poisoning.Plan(
        articles: chance.pick([0, 1, 2, 5, 16]), services: chance.pick([1, 2, 5, 17]),
        sensors: chance.within(1...3), isFirm: chance.chance(500),
        isSplit: chance.chance(200))
    }
    for _ in 0..<chance.within(0...most) { try attack.addFake(chance.pick(plans)) }
    guard chance.chance(500) else { return attack }
    for _ in 0..<chance.within(0...min(most, honest)) {
      try attack.reach(chance.pick(plans), others: chance.chance(300))
    }
    return attack
  }
}

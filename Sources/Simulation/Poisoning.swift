internal import Observations
public import Pool

/// An attack on what a pool says: sensors of the attacker's in networks of his, and packets under forged
/// sources at honest sensors. What is said before and after comes out of the pool's own code.
///
/// Sources whose honest networks agree on one verdict: where they disagree among themselves, or are fewer
/// than a statement needs, the attacker needs correspondingly fewer.
public struct Poisoning: Sendable {
  /// What the attacker's sensors, or those that he deceives, are made to say.
  public struct Plan: Hashable, Sendable {
    /// Verdicts that no honest sensor gave, at most 16.
    public var articles: Int
    /// Services that no honest sensor met, at most 64.
    public var services: Int
    /// Sensors in each network of his.
    public var sensors: Int
    /// Whether his sensors state connections that were completed.
    public var isFirm: Bool
    /// Whether half of his networks have verdicts of their own.
    public var isSplit: Bool

    /// A plan out of its parts.
    public init(
      articles: Int = 1, services: Int = 1, sensors: Int = 1, isFirm: Bool = false,
      isSplit: Bool = false
    ) {
      self.articles = min(max(0, articles), 16)
      self.services = min(max(1, services), 64)
      self.sensors = max(1, sensors)
      self.isFirm = isFirm
      self.isSplit = isSplit
    }

    /// Plans that between them do the most that can be done with a given number of networks.
    public static let catalogue = [
      Plan(isFirm: true), Plan(articles: 5, services: 16),
      Plan(isSplit: true), Plan(articles: 0, isFirm: true),
    ]
  }

  /// About which source.
  public let story: PoisoningStory
  private let rules: Publication
  private var pool: PoisonedPool
  private let before: PublicSource?
  private let honest: Int
  private var fakes = 0
  private var reached = 0
  private var reachedOthers = 0

  /// The article that honest sensors come to for the innocent server.
  static let innocentArticle = "reverse-name-lookup"
  private static let wormArticle = "share-worm"

  /// The pool's rules in this simulation: no key, since the attacker is granted the lowest threshold.
  public static let rules = Publication(innocent: [innocentArticle])

  /// A pool before the attack.
  ///
  /// - Parameters:
  ///   - story: about which source.
  ///   - honest: how many networks met it; of a stranger none.
  ///   - rules: what is published.
  /// - Throws: `BatchError`: the simulation is wrong.
  public init(
    _ story: PoisoningStory, honest: Int, rules: Publication = Poisoning.rules
  ) throws(BatchError) {
    self.story = story
    self.honest = story == .stranger ? 0 : max(0, honest)
    self.rules = rules
    pool = PoisonedPool(source: Address(ipv4: 0xc633_6407))
    for number in 0..<self.honest {
      try pool.take(
        [
          PoisonedPool.Statement(
            service: Poisoning.service(of: story), article: Poisoning.article(of: story),
            isFirm: story.isFirm, hour: Int64(number % 24))
        ], from: PoisonedPool.member(number, kind: 10))
    }
    before = pool.published(by: rules)
  }

  private static func service(of story: PoisoningStory) -> Service {
    story == .wormHost
      ? Service(transport: .tcp, port: 60_445) : Service(transport: .udp, port: 60_137)
  }

  private static func article(of story: PoisoningStory) -> String {
    story == .wormHost ? wormArticle : innocentArticle
  }

  /// The numbers of the attack so far.
  public var force: PoisoningForce {
    PoisoningForce(honest: honest, fake: fakes, reached: reached, reachedOthers: reachedOthers)
  }

  /// Adds a network of the attacker's.
  public mutating func addFake(_ plan: Plan) throws(BatchError) {
    for sensor in 0..<plan.sensors {
      try pool.take(
        Poisoning.statements(plan, network: fakes, isFirm: plan.isFirm),
        from: PoisonedPool.member(fakes * 64 + sensor, kind: 20, network: fakes))
    }
    fakes += 1
  }

  /// Has forged packets reach one more network: first those that met the source, then others; or others at
  /// once.
  public mutating func reach(_ plan: Plan, others: Bool = false) throws(BatchError) {
    let inside = !others && reached < honest
    let number = inside ? reached : 1_000 + reachedOthers
    try pool.take(
      Poisoning.statements(plan, network: number, isFirm: false),
      from: PoisonedPool.member(number, kind: 10))
    if inside { reached += 1 } else { reachedOthers += 1 }
  }

  private static func statements(
    _ plan: Plan, network: Int, isFirm: Bool
  ) -> [PoisonedPool.Statement] {
    // Low ports and early names stand first among equals: the best that an attacker can choose.
    (0..<max(1, plan.articles, plan.services)).map { number in
      let name = "a-scan-\(number)" + (plan.isSplit && network % 2 == 1 ? "-too" : "")
      return PoisonedPool.Statement(
        service: Service(transport: .tcp, port: UInt16(1 + number % plan.services)),
        article: number < plan.articles ? name : nil,
        isFirm: isFirm, hour: Int64(number % 24))
    }
  }

  /// The statements that are not what they were before the attack.
  public var flipped: Set<PoisonedStatement> {
    let after = pool.published(by: rules)
    let (service, article) = (Poisoning.service(of: story), Poisoning.article(of: story))
    var found: Set<PoisonedStatement> = []
    func note(_ statement: PoisonedStatement, _ isSo: Bool) { if isSo { found.insert(statement) } }
    note(.published, (before == nil) != (after == nil))
    note(.verdictAdded, after?.verdicts.contains { $0 != article } == true)
    note(.lead, before?.verdicts.first != nil && after?.verdicts.first != before?.verdicts.first)
    note(.verdictLost, before != nil && after?.verdicts.contains(article) != true)
    note(.contested, (after?.isContested ?? false) != (before?.isContested ?? false))
    note(
      .firm, after?.forgery == .severalWouldHaveTo && before?.forgery != .severalWouldHaveTo)
    note(.serviceAdded, after?.services.contains { $0 != service } == true)
    note(.serviceLost, before != nil && after?.services.contains(service) != true)
    note(.prevalence, (after?.prevalence ?? .few) != (before?.prevalence ?? .few))
    return found
  }
}

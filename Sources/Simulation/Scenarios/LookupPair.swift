import Observations

extension Scenario {
  /// A server that looks up by NetBIOS those visitors whose names the DNS does not give.
  static let reverseLookup = Scenario(
    id: "reverse-lookup",
    summary:
      "a web server asks its visitors of a moment ago for their NetBIOS names; twin of opaserv"
  ) { recipe in LookupPair(recipe, worm: false).files() }

  /// The same lookups, aimed by a share worm.
  static let opaserv = Scenario(
    id: "opaserv",
    summary: "a share worm asks addresses near and far for NetBIOS names; twin of reverse-lookup"
  ) { recipe in LookupPair(recipe, worm: true).files() }
}

/// Two stories that differ in nothing but the lookups' targets and what follows an answer: same
/// packets in number and size, same rate, same visitors, for the same seed.
///
/// What both share is drawn from streams of chance that the difference never touches.
struct LookupPair {
  static let server: UInt32 = 0xcb00_7114
  static let resolver: UInt32 = 0xc633_6435
  static let start = Clock.midnight(year: 2002, month: 10, day: 14) + 13 * Clock.hour
  static let length = 2 * Clock.hour
  /// The visitors' log begins before the capture.
  static let logAhead = 30 * Clock.minute
  static let sharePort: UInt16 = 139
  private static let visitGap = 5_900 * Clock.millisecond
  private static let lookedUpPerMille: UInt64 = 970
  private static let otherGap = 360 * Clock.second
  private static let answeringPerMille: UInt64 = 45

  /// How the i-th lookup ends, in both stories.
  struct Fate {
    /// After how long the target answers the first try; nil where it never does.
    var answer: Int64?
    /// When the twin's conversation of the same size takes place, and with whom.
    var twinTime: Int64
    var twin: UInt32
  }

  let recipe: Recipe
  let worm: Bool
  let network = Network(base: 0xcb00_7110, length: 28, gateway: 0xcb00_7111, own: server)
  let visits: [Visit]
  let lookups: [NameLookup]
  let fates: [Fate]

  static var end: Int64 { start + length }

  init(_ recipe: Recipe, worm: Bool) {
    self.recipe = recipe
    self.worm = worm
    var strangers = PublicAddresses(random: recipe.random(2), home: LookupPair.server)
    var random = recipe.random(3)
    let stream = VisitorStream(meanGap: LookupPair.visitGap, returning: 80, failing: 550)
    visits = stream.visits(
      from: LookupPair.start - LookupPair.logAhead, to: LookupPair.end, strangers: &strangers,
      &random)
    let solicited = LookupPair.solicited(visits, strangers: &strangers, recipe)
    lookups =
      worm ? LookupPair.wormLookups(count: solicited.count, recipe) : solicited
    var ending = recipe.random(5)
    fates = solicited.map { _ in
      Fate(
        answer: ending.chance(LookupPair.answeringPerMille)
          ? ending.microseconds(30_000...250_000) : nil,
        twinTime: LookupPair.start + ending.microseconds(0...LookupPair.length - Clock.minute),
        twin: strangers.next())
    }
  }

  private static func solicited(
    _ visits: [Visit], strangers: inout PublicAddresses, _ recipe: Recipe
  ) -> [NameLookup] {
    var random = recipe.random(4)
    var all: [NameLookup] = []
    for visit in visits {
      guard let query = visit.query, query.result.failed, query.answered >= start,
        random.chance(lookedUpPerMille)
      else { continue }
      all.append(
        NameLookup(
          time: query.answered + random.microseconds(10_000...400_000), target: visit.address,
          failed: query.answered, visited: visit.time))
    }
    var time = start + random.exponential(mean: otherGap)
    while time < end {
      all.append(NameLookup(time: time, target: strangers.next()))
      time += random.exponential(mean: otherGap)
    }
    return all.sorted { ($0.time, $0.target) < ($1.time, $1.target) }
  }

  /// As many lookups at times of the worm's own.
  private static func wormLookups(count: Int, _ recipe: Recipe) -> [NameLookup] {
    var random = recipe.random(6)
    var walk = LocalPreferenceWalk(home: server, random: recipe.random(7))
    let times = (0..<count).map { _ in start + random.microseconds(0...length) }.sorted()
    return times.enumerated().map { index, time in
      NameLookup(time: time, target: walk.target(index, of: count))
    }
  }
}

/// How a share worm chooses: its own /24, the /24s beside it, its /16, then random subnets, each
/// walked from one address to the next.
struct LocalPreferenceWalk {
  private let home: UInt32
  private var random: RandomSource
  private var strangers: PublicAddresses
  private var base: UInt32 = 0
  private var left = 0
  private var host: UInt32 = 0
  /// In 1,000 of all targets: where the own /24, its neighbours, and the /16 end.
  private static let bounds = (own: 200, beside: 450, near: 600)
  private static let runLength = 24...40

  init(home: UInt32, random: RandomSource) {
    self.home = home
    var drawing = random
    strangers = PublicAddresses(
      random: RandomSource(seed: drawing.next(), stream: 1), home: home)
    self.random = drawing
  }

  /// The target with a number; numbers must be asked for in order.
  mutating func target(_ index: Int, of count: Int) -> UInt32 {
    let share = index * 1_000 / max(1, count)
    let bounds = LocalPreferenceWalk.bounds
    if share < bounds.own {
      // Upwards from behind its own small subnet, as a host counts that began at its own address.
      return home & 0xffff_ff00 | UInt32(33 + index % 221)
    }
    if share < bounds.beside {
      let number = index - count * bounds.own / 1_000
      let block = home >> 8 &+ (number % 2 == 0 ? 1 : UInt32.max)
      return block << 8 | UInt32(max(0, number) / 2 % 254 + 1)
    }
    if left == 0 {
      left = random.within(LocalPreferenceWalk.runLength)
      host = UInt32(random.within(1...200))
      base =
        share < bounds.near
        ? home & 0xffff_0000 | UInt32(random.within(0...99)) << 8
        : strangers.next() & 0xffff_ff00
    }
    left -= 1
    host += 1
    return base | host
  }
}

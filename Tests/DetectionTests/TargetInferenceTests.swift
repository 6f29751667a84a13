import Detection
import Testing

/// Choosers of targets with a known rule, by seed.
private struct Chooser {
  var random: SplitMix
  private(set) var source: UInt32 = 0

  init(seed: Int) {
    random = SplitMix(state: UInt64(seed) &* 7_919)
    source = anywhere()
  }

  mutating func below(_ bound: UInt32) -> UInt32 { UInt32(random.next() % UInt64(bound)) }

  /// Any address of the classes A to C.
  mutating func anywhere() -> UInt32 { (below(223) + 1) << 24 | below(1 << 24) }

  mutating func draw(_ rule: String, _ count: Int) -> [UInt32] {
    let start = anywhere()
    switch rule {
    case "sequential": return (0..<UInt32(count)).map { start &+ $0 }
    case "downwards": return (0..<UInt32(count)).map { start &- $0 }
    case "stride": return (0..<UInt32(count)).map { start &+ $0 &* 256 }
    case "bitReversed":
      return (0..<UInt32(count)).map { (start & 0xffff_0000) | (Chooser.reversed($0) >> 16) }
    case "threads": return threads(count)
    case "codeRed2": return near(count, [0, 3, 4, 1], of: 8)
    case "nimda": return near(count, [0, 2, 1, 1], of: 4)
    case "near": return near(count, [1, 1, 0, 6], of: 8)
    case "slammer": return slammer(count)
    case "linear": return linear(count)
    case "conficker": return (0..<count).map { _ in anywhere() & 0xff7f_ff7f }
    case "list": return list(count)
    case "network": return (0..<count).map { _ in start & 0xffff_0000 | below(65_536) }
    default: return (0..<count).map { _ in anywhere() }
    }
  }

  static func reversed(_ value: UInt32) -> UInt32 {
    (0..<32).reduce(UInt32(0)) { $0 << 1 | (value >> UInt32($1) & 1) }
  }

  /// Four walkers, whose turns are drawn.
  private mutating func threads(_ count: Int) -> [UInt32] {
    var places = (0..<4).map { _ in anywhere() }
    return (0..<count).map { _ in
      let turn = Int(below(4))
      places[turn] = places[turn] &+ 1
      return places[turn]
    }
  }

  private mutating func near(_ count: Int, _ weights: [UInt32], of all: UInt32) -> [UInt32] {
    (0..<count).map { _ in
      var turn = below(all)
      for (level, bits) in [UInt32(8), 16, 24].enumerated() {
        if turn < weights[level] { return (source >> bits) << bits | below(1 << bits) }
        turn -= weights[level]
      }
      return anywhere()
    }
  }

  private mutating func slammer(_ count: Int) -> [UInt32] {
    let increments: [UInt32] = [0x8821_5000, 0x8831_fa24, 0x8833_6870]
    let increment = increments[Int(below(3))]
    var number = UInt32(truncatingIfNeeded: random.next())
    var targets: [UInt32] = []
    while targets.count < count {
      number = number &* 214_013 &+ increment
      if number.byteSwapped < 0xe000_0000 { targets.append(number.byteSwapped) }
    }
    return targets
  }

  private mutating func linear(_ count: Int) -> [UInt32] {
    var number = UInt32(truncatingIfNeeded: random.next())
    var targets: [UInt32] = []
    while targets.count < count {
      number = number &* 1_664_525 &+ 1_013_904_223
      if number < 0xe000_0000 { targets.append(number) }
    }
    return targets
  }

  /// Hosts of networks that hold several, in any order.
  private mutating func list(_ count: Int) -> [UInt32] {
    let networks = (0..<max(4, count / 4)).map { _ in anywhere() & 0xffff_ff00 }
    return (0..<count).map { _ in networks[Int(below(UInt32(networks.count)))] | below(256) }
  }

  /// What a sensor gets of it: one in ten is lost, one in twenty overtaken by the next.
  mutating func seen(_ targets: [UInt32]) -> [UInt32] {
    var kept = targets.filter { _ in below(10) != 0 }
    for i in kept.indices.dropLast() where below(20) == 0 { kept.swapAt(i, i + 1) }
    var met: Set<UInt32> = []
    return kept.filter { met.insert($0).inserted }
  }
}

@Suite struct TargetInferenceTests {
  private static let rules: [(rule: String, model: TargetModel)] = [
    ("sequential", .sequential), ("downwards", .sequential), ("threads", .sequential),
    ("stride", .stride), ("bitReversed", .bitReversed), ("codeRed2", .localPreference),
    ("nimda", .localPreference), ("near", .localPreference), ("slammer", .generator),
    ("linear", .generator), ("conficker", .generator), ("list", .list), ("network", .network),
    ("uniform", .uniform),
  ]

  @Test(arguments: rules)
  func twoHundredTargetsTellTheModel(rule: String, model: TargetModel) {
    var right = 0
    var others: [TargetModel: Int] = [:]
    for seed in 1...50 {
      var chooser = Chooser(seed: seed)
      let targets = chooser.seen(chooser.draw(rule, 222))
      let verdict = TargetInference(targets, source: chooser.source, view: .whole)
      right += verdict.model == model ? 1 : 0
      if verdict.model != model { others[verdict.model, default: 0] += 1 }
    }
    #expect(right >= 48, "\(rule): \(others)")
    #expect(others.keys.allSatisfy { $0 == .undetermined }, "\(rule): \(others)")
  }

  /// Below that the answer may be missing, but is hardly ever wrong.
  @Test(arguments: rules)
  func fewTargetsAreUndeterminedRatherThanWrong(rule: String, model: TargetModel) {
    var wrong: [TargetModel: Int] = [:]
    for seed in 51...60 {
      for count in [12, 36, 60] {
        var chooser = Chooser(seed: seed)
        let targets = chooser.seen(chooser.draw(rule, count))
        let verdict = TargetInference(targets, source: chooser.source, view: .whole)
        // A quarter of the space is all of it until enough are seen.
        let isBlind = rule == "conficker" && verdict.model == .uniform
        if verdict.model != model, verdict.model != .undetermined, !isBlind {
          wrong[verdict.model, default: 0] += 1
        }
        if targets.count < TargetInference.leastTargets { #expect(verdict.model == .undetermined) }
      }
    }
    #expect(wrong.values.reduce(0, +) <= 1, "\(rule): \(wrong)")
  }

  @Test func knownGeneratorsAreNamed() {
    for (rule, name) in [("slammer", "slammer"), ("linear", "linear"), ("conficker", "conficker")] {
      var chooser = Chooser(seed: 3)
      let targets = chooser.draw(rule, 200)
      let verdict = TargetInference(targets, source: chooser.source, view: .whole)
      #expect(verdict.generator == name)
    }
    var names: [String: Int] = [:]
    for seed in 1...10 {
      for rule in ["codeRed2", "nimda", "near"] {
        var chooser = Chooser(seed: seed)
        let targets = chooser.draw(rule, 400)
        let verdict = TargetInference(targets, source: chooser.source, view: .whole)
        names["\(rule) \(verdict.generator)", default: 0] += 1
      }
    }
    #expect(names["codeRed2 codeRed2"] ?? 0 >= 8)
    #expect(names["nimda nimda"] ?? 0 >= 8)
    #expect(names["near none"] == 10)
  }

  /// What was foretold is what the chooser does next.
  @Test(arguments: ["sequential", "downwards", "stride", "bitReversed", "slammer", "linear"])
  func whatIsForetoldComes(rule: String) throws {
    for seed in 1...8 {
      var chooser = Chooser(seed: seed)
      let all = chooser.draw(rule, 140)
      let verdict = TargetInference(Array(all.prefix(120)), source: chooser.source, view: .whole)
      let prediction = try #require(verdict.prediction)
      #expect(prediction.isKept && prediction.hits == prediction.tested)
      // Classes D and E are drawn and never met.
      let later = Set(all.dropFirst(120))
      #expect(prediction.next.allSatisfy { later.contains($0) || $0 >= 0xe000_0000 })
    }
  }

  /// A rule that is given up half way is no verdict.
  @Test(arguments: 1...10)
  func aBrokenForecastWithdrawsTheVerdict(seed: Int) {
    var chooser = Chooser(seed: seed)
    let targets = chooser.draw("sequential", 150) + chooser.draw("uniform", 100)
    let verdict = TargetInference(targets, source: chooser.source, view: .whole)
    #expect(verdict.model == .undetermined)
    #expect(verdict.prediction?.isKept != true)
    let moved = chooser.draw("nimda", 100) + chooser.draw("uniform", 100)
    #expect(TargetInference(moved, source: chooser.source, view: .whole).model == .undetermined)
  }

  /// Seen from one network, blind draws, lists and preferences look alike; an order does not.
  @Test(arguments: 1...12)
  func aWatchedNetworkShowsOrderOnly(seed: Int) {
    var chooser = Chooser(seed: seed)
    for bits in [UInt32(8), 9, 12] {
      let base = (chooser.anywhere() >> bits) << bits
      var met: Set<UInt32> = []
      let blind = (0..<400).map { _ in base | chooser.below(1 << bits) }.filter {
        met.insert($0).inserted
      }.prefix(200)
      let verdict = TargetInference(
        Array(blind), source: chooser.source, view: .watched(Array(blind)))
      #expect(verdict.model == .undetermined, "\(bits): \(verdict.model)")
      let walk = chooser.seen((0..<UInt32(1 << bits)).map { base + $0 })
      let ordered = TargetInference(walk, source: chooser.source, view: .watched(walk))
      #expect(ordered.model == .sequential)
      // One address in twelve is watched.
      let sparse = walk.filter { $0 % 12 == 5 }
      guard sparse.count >= TargetInference.leastTargets else { continue }
      let part = TargetInference(sparse, source: chooser.source, view: .watched(sparse))
      #expect(part.model == .sequential || part.model == .stride)
    }
  }

  /// Visitors come in crowds of one network, in no order within it.
  @Test(arguments: 1...30)
  func crowdsOfVisitorsAreNoWalk(seed: Int) {
    var chooser = Chooser(seed: seed)
    var met: Set<UInt32> = []
    let visitors = (0..<25).flatMap { _ -> [UInt32] in
      let network = chooser.anywhere() & 0xffff_ff00
      return (0..<10).map { _ in network | chooser.below(256) }
    }.filter { met.insert($0).inserted }
    let verdict = TargetInference(visitors, source: chooser.source, view: .whole)
    #expect(verdict.model == .list || verdict.model == .undetermined)
    let sorted = TargetInference(visitors.sorted(), source: chooser.source, view: .whole)
    #expect(sorted.model == .list || sorted.model == .undetermined)
  }

  /// Hosts that lie side by side, in any order: one block of them, or several farms.
  @Test(arguments: 1...12)
  func neighboursInNoOrderAreNoWalk(seed: Int) {
    var chooser = Chooser(seed: seed)
    for (farms, each) in [(1, 40), (1, 150), (2, 30), (5, 10), (8, 12), (20, 5)] {
      var targets: [UInt32] = []
      for _ in 0..<farms {
        let base = (chooser.anywhere() & 0xffff_ff00) + chooser.below(90)
        targets += (0..<UInt32(each)).map { base + $0 }
      }
      for i in targets.indices.reversed() {
        targets.swapAt(i, Int(chooser.below(UInt32(i + 1))))
      }
      for view in [TargetView.whole, .watched(targets)] {
        let verdict = TargetInference(targets, source: chooser.source, view: view)
        #expect(
          [.network, .list, .undetermined].contains(verdict.model),
          "\(farms) of \(each): \(verdict.model)")
      }
    }
  }

  /// Twenty threads of one walker overtake each other.
  @Test func overtakingThreadsAreStillAWalk() {
    var found: [TargetModel: Int] = [:]
    for seed in 1...10 {
      var chooser = Chooser(seed: seed)
      var targets = chooser.draw("sequential", 240)
      for start in stride(from: 0, to: targets.count, by: 20) {
        for i in 0..<20 { targets.swapAt(start + i, start + Int(chooser.below(20))) }
      }
      let verdict = TargetInference(targets, source: chooser.source, view: .whole)
      found[verdict.model, default: 0] += 1
    }
    #expect(found.keys.allSatisfy { $0 == .sequential || $0 == .undetermined }, "\(found)")
  }

  /// The distance that is found bit by bit is the one that drawing finds.
  @Test func drawsBetweenAddressesAreCounted() {
    var random = SplitMix(state: 5)
    for generator in LinearGenerator.slammer {
      for _ in 0..<200 {
        let start = UInt32(truncatingIfNeeded: random.next())
        let many = UInt32(truncatingIfNeeded: random.next() % 500) + 1
        var target = start
        for _ in 0..<many { target = generator.next(after: target) }
        let draws = generator.draws(from: start, to: target)
        // Short cycles come round.
        var again = start
        for _ in 0..<(draws ?? 0) % 4_096 { again = generator.next(after: again) }
        #expect(draws != nil && draws ?? 0 <= many && again == target || target == start)
      }
    }
  }

  @Test func hostileTargetsAreNoTrouble() {
    let cases: [[UInt32]] = [
      [], [0], [UInt32](repeating: 7, count: 100),
      (0..<100).map { $0 % 2 == 0 ? 0 : .max }, (0..<600).map { .max - $0 },
      (0..<600).map { $0 &* 0x8000_0000 }, [UInt32](repeating: 0, count: 600),
    ]
    for targets in cases {
      for view in [TargetView.whole, .watched(targets)] {
        let verdict = TargetInference(targets, source: nil, view: view)
        #expect(!verdict.because.isEmpty)
        #expect(verdict.lead.isFinite)
      }
    }
  }
}

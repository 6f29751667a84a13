internal import Observations
internal import Pool

/// The search for a pool's sensors by sending packets and looking at what is published (Bethencourt,
/// Franklin and Vernon, "Mapping Internet Sensors with Probe Response Attacks", 2005; Shinoda, Ikai and Itoh,
/// "Vulnerabilities of Passive Internet Threat Monitors", 2005).
///
/// The attacker forges what sources he likes, knows how many networks have sensors and every rule, and in the
/// whole Internet nothing else happens that could hide what he does. He has found a sensor if the one /24 that
/// he names has one.
public struct ProbeResponse: Sendable {
  /// How he goes about it.
  public enum Strategy: String, CaseIterable, Hashable, Sendable {
    /// Each stretch of the Internet gets packets under a source of its own; what is published is divided.
    case sourceMarks = "source-marks"
    /// Each stretch gets packets to a port of its own.
    case portMarks = "port-marks"
    /// Sources of which something is known already, silent since, are forged: what changes of what is said
    /// of them, the last day included, tells of their stretch.
    case borrowedSources = "borrowed-sources"
    /// Many forged sources at busy ports: the counts tell.
    case volume
    /// Searches for the place where so many networks are reached that something is published.
    case thresholdSearch = "threshold-search"
    /// Sensors of his own in two networks report every mark, so that fewer others are needed.
    case ownSensors = "own-sensors"
  }

  /// What protects the pool.
  public enum Protection: String, CaseIterable, Hashable, Sendable {
    /// What one network met is published at once.
    case off
    /// Three networks are needed, and a day's delay.
    case networks
    /// Three to five networks and a delay, which of them unknown for each source.
    case keyed
  }

  /// What came of it.
  public struct Outcome: Hashable, Sendable {
    /// Whether he named a network with a sensor.
    public var found: Bool
    /// Packets sent.
    public var probes: Int
    /// Days that passed.
    public var days: Int
  }

  private var pool: ProbedPool
  private var chance: RandomSource
  private let sensors: Int
  private let budget: Int
  private let daysLeft: Int
  /// Marks per stretch: under a key any one may need more networks than others.
  private let repeats: Int
  /// Networks with sensors of his own, where he has any.
  private let own: Int
  private var marks: UInt32 = 0

  /// One attempt.
  ///
  /// - Parameters:
  ///   - strategy: how.
  ///   - protection: against what.
  ///   - sensors: networks with sensors, one place each, of 2²⁴.
  ///   - budget: packets that may be sent, at least 1.
  ///   - days: days it may take.
  ///   - seed: where chance begins.
  /// - Returns: what came of it.
  public static func attempt(
    _ strategy: Strategy, against protection: Protection, sensors: Int, budget: Int,
    days: Int = 90, seed: UInt64
  ) -> Outcome {
    var attack = ProbeResponse(strategy, protection, sensors, max(1, budget), days, seed)
    let place =
      switch strategy {
      case .sourceMarks: attack.descend(256) { $0.bySources($1, own: 0) }
      case .portMarks: attack.descend(256) { $0.byPorts($1) }
      case .borrowedSources: attack.byBorrowing()
      case .volume: attack.byVolume()
      case .thresholdSearch: attack.byThreshold()
      case .ownSensors: attack.descend(256) { $0.bySources($1, own: $0.own) }
      }
    return Outcome(
      found: place.map { attack.pool.hasSensor(at: $0) } ?? false, probes: attack.pool.probes,
      days: attack.pool.day)
  }

  private init(
    _ strategy: Strategy, _ protection: Protection, _ sensors: Int, _ budget: Int, _ days: Int,
    _ seed: UInt64
  ) {
    var chance = RandomSource(seed: seed, stream: 0x7072_6f62_65)
    let secret = (0..<32).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
    let rules =
      switch protection {
      case .off: Publication(fewestNetworks: 1, hoursOfDelay: 0)
      case .networks: Publication()
      case .keyed: Publication(key: PublicationKey(bytes: secret))
      }
    self.sensors = max(1, sensors)
    self.budget = budget
    daysLeft = days
    repeats = protection == .keyed && strategy != .borrowedSources ? 4 : 1
    own = protection == .off ? 0 : 2
    pool = ProbedPool(sensors: self.sensors, rules: rules, chance: &chance)
    self.chance = chance
  }

  private mutating func freshSource() -> Address {
    marks += 1
    return Address(ipv4: 0x2000_0000 + marks)
  }

  private var mayGoOn: Bool { pool.day < daysLeft && pool.probes < budget }

  /// A stretch of chance of so many places.
  private mutating func stretch(_ length: Int) -> Range<Int> {
    let length = min(max(1, length), ProbedPool.places)
    let start = chance.within(0...(ProbedPool.places - length))
    return start..<start + length
  }

  private static func parts(_ range: Range<Int>, _ count: Int) -> [Range<Int>] {
    let count = min(count, range.count)
    return (0..<count).map { number in
      let low = range.lowerBound + range.count * number / count
      return low..<range.lowerBound + range.count * (number + 1) / count
    }
  }

  /// Marks the parts of a stretch, takes one that shows, and goes on with it.
  private mutating func descend(
    _ width: Int, mark: (inout ProbeResponse, [Range<Int>]) -> [Range<Int>]
  ) -> Int? {
    // The first round costs most; what is left is for the others.
    var range = stretch(budget * 3 / 4 / repeats)
    while mayGoOn {
      let showing = mark(&self, ProbeResponse.parts(range, width))
      guard !showing.isEmpty else { return nil }
      range = chance.pick(showing)
      if range.count == 1 { return range.lowerBound }
    }
    return nil
  }

  private mutating func bySources(_ parts: [Range<Int>], own: Int) -> [Range<Int>] {
    var marked: [(Address, Range<Int>)] = []
    for part in parts {
      for _ in 0..<repeats {
        let source = freshSource()
        pool.submit(source, networks: own)
        pool.probe(part, from: source)
        marked.append((source, part))
      }
    }
    pool.wait()
    return marked.filter { pool.look($0.0) != nil }.map(\.1)
  }

  private mutating func byPorts(_ parts: [Range<Int>]) -> [Range<Int>] {
    let day = pool.day
    let source = freshSource()
    let marked = parts.enumerated().flatMap { number, part in
      (0..<repeats).map { (port: UInt16(1_024 + number * repeats + $0), part: part) }
    }
    for mark in marked { pool.probe(mark.part, from: source, port: mark.port) }
    pool.wait()
    return marked.filter { pool.looks(port: $0.port, day: day) }.map(\.part)
  }

  /// Sources that were met before: many by few networks, few by many.
  private mutating func byBorrowing() -> Int? {
    let known = (0..<64).map { Address(ipv4: 0x3000_0000 + UInt32($0)) }
    for (number, source) in known.enumerated() {
      pool.meet(source, networks: 1 + 64 / (1 + number), port: 445, chance: &chance)
    }
    pool.wait()
    return descend(known.count) { attack, parts in
      let before = known.map { attack.pool.look($0) }
      for (source, part) in zip(known, parts) {
        attack.pool.probe(part, from: source, port: 80, isFirm: true)
      }
      attack.pool.wait()
      return zip(zip(known, before), parts).filter { attack.pool.look($0.0.0) != $0.0.1 }
        .map(\.1)
    }
  }

  private mutating func byVolume() -> Int? {
    let (crowd, busy) = (8, UInt64(3))
    var range = stretch(budget * 3 / 4 / crowd)
    while mayGoOn {
      let day = pool.day
      let parts = ProbeResponse.parts(range, 256)
      for (number, part) in parts.enumerated() {
        for _ in 0..<crowd { pool.probe(part, from: freshSource(), port: UInt16(1_024 + number)) }
      }
      pool.wait()
      let showing = parts.enumerated().filter { number, _ in
        pool.count(port: UInt16(1_024 + number), day: day, beside: busy)
          != Publication.coarse(busy)
      }.map(\.element)
      guard !showing.isEmpty else { return nil }
      range = chance.pick(showing)
      if range.count == 1 { return range.lowerBound }
    }
    return nil
  }

  /// Whether a stretch reaches networks enough: any of some marks is published.
  private mutating func reaches(_ ranges: [Range<Int>]) -> [Bool] {
    let sources = ranges.map { range in
      (0..<repeats).map { _ in
        let source = freshSource()
        pool.probe(range, from: source)
        return source
      }
    }
    pool.wait()
    return sources.map { $0.contains { pool.look($0) != nil } }
  }

  /// Finds a stretch that is published, then where within it it begins to be.
  private mutating func byThreshold() -> Int? {
    // Of networks as dense as these, so long a stretch reaches three in every second case.
    let length = min(ProbedPool.places, ProbedPool.places * 8 / 3 / sensors + 1)
    var found: Range<Int>?
    while found == nil, mayGoOn, pool.probes + length * repeats <= budget {
      let range = stretch(length)
      if reaches([range])[0] { found = range }
    }
    guard let found else { return nil }
    var (low, high) = (found.lowerBound, found.upperBound)
    while high - low > 1, mayGoOn {
      let ends = ProbeResponse.parts(low..<high, 4).dropLast().map(\.upperBound)
      let cost = ends.reduce(0) { $0 + $1 - found.lowerBound } * repeats
      guard pool.probes + cost <= budget else { return nil }
      let answers = reaches(ends.map { found.lowerBound..<$0 })
      for (end, isReached) in zip(ends, answers).reversed() where isReached { high = end }
      for (end, isReached) in zip(ends, answers) where !isReached && end < high { low = end }
    }
    return high - low == 1 ? low : nil
  }
}

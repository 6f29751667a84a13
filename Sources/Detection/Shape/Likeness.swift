public import Observations

/// How alike two patterns are, feature by feature, over the features known of both.
///
/// Each shared feature has a similarity and a weight; the total is their weighted mean. Weights say
/// how much an agreement tells: many programs send from an ever-changing port, hardly any from port
/// 770, and the first bytes of a payload tell most. They are judgements, not measurements.
public struct Likeness: Hashable, Sendable {
  /// What is compared, in the order of telling.
  public enum Name: String, CaseIterable, Hashable, Sendable {
    /// The transport.
    case transport
    /// How the source port is chosen, or which it is.
    case sourcePort
    /// The destination port where there is but one.
    case destinationPort
    /// The steps of the destination ports and their direction.
    case portStep
    /// How many destination ports there are.
    case portSpread
    /// The order of targets.
    case targetOrder
    /// Packets in a burst.
    case burstSize
    /// Seconds between packets of a burst.
    case gapWithin
    /// Seconds from burst to burst.
    case gapBetween
    /// The length of packets.
    case length
    /// The length of payloads.
    case payloadLength
    /// The first bytes of payloads.
    case payloadKey
    /// TCP flags.
    case tcpFlags
  }

  /// One feature that both patterns have.
  public struct Feature: Hashable, Sendable {
    /// What was compared.
    public var name: Name
    /// From 0 (unlike) to 1 (the same).
    public var similarity: Double
    /// How much it counts, above 0.
    public var weight: Double
    /// One sentence in plain words, without a trailing stop, made of numbers and words only.
    public var explanation: String
  }

  /// The one pattern.
  public let first: Pattern
  /// The other pattern.
  public let second: Pattern
  /// The number of features known of both.
  public let shared: Int
  /// The weighted mean of similarities, 0...1; nil where fewer than `fewestShared` features are shared:
  /// then there is nothing in common to compare.
  public let total: Double?
  /// Weight of what agrees less weight of what differs, which orders pairs equally alike by how much
  /// the likeness tells.
  public let support: Double

  /// The fewest shared features that make a total.
  public static let fewestShared = 3
  /// Two patterns are called alike from this total on …
  public static let alikeTotal = 0.75
  /// … if at least so many features are shared.
  public static let alikeShared = 4

  /// The likeness of two patterns; the order of the two changes nothing but the wording.
  public init(_ first: Pattern, _ second: Pattern) {
    self.first = first
    self.second = second
    var shared = 0
    var weights = 0.0
    var agreement = 0.0
    for name in Name.allCases {
      guard let measure = Likeness.measure(name, first, second) else { continue }
      shared += 1
      weights += measure.weight
      agreement += measure.weight * measure.similarity
    }
    self.shared = shared
    total = shared >= Likeness.fewestShared ? min(1, agreement / weights) : nil
    support = 2 * agreement - weights
  }

  /// Whether the two are called alike.
  public var isAlike: Bool {
    (total ?? 0) >= Likeness.alikeTotal && shared >= Likeness.alikeShared
  }

  /// Whether something rare agrees, a feature of weight `rareWeight` at least: two activities may be
  /// alike in nothing but what half of all traffic has.
  public var isTelling: Bool {
    features.contains {
      $0.weight >= Likeness.rareWeight && $0.similarity >= Likeness.alikeTotal
    }
  }

  /// The weight from which on an agreement is called rare.
  public static let rareWeight = 3.0

  /// The shared features.
  public var features: [Feature] {
    Name.allCases.compactMap { name in
      Likeness.measure(name, first, second).map {
        Feature(
          name: name, similarity: $0.similarity, weight: $0.weight,
          explanation: LikenessWording.sentence(name, first, second))
      }
    }
  }
}

extension Likeness {
  typealias Measure = (similarity: Double, weight: Double)

  /// Similarity and weight of a feature; nil where one of the two lacks it, and where it would only say
  /// again what another feature says.
  static func measure(_ name: Name, _ a: Pattern, _ b: Pattern) -> Measure? {
    switch name {
    case .transport: (a.transport == b.transport ? 1 : 0, 1)
    case .sourcePort: sourcePort(a.sourcePort, b.sourcePort)
    case .destinationPort: equal(a.destinationPort, b.destinationPort, weight: 2)
    case .portStep: portStep(a, b)
    case .portSpread: portSpread(a, b)
    case .targetOrder: targetOrder(a.targetOrder, b.targetOrder)
    case .burstSize: burstSize(a.burstSize, b.burstSize)
    case .gapWithin: doublings(a.gapWithin, b.gapWithin, range: 6, weight: 0.7)
    case .gapBetween: doublings(a.gapBetween, b.gapBetween, range: 6, weight: 0.7)
    case .length: length(a, b)
    case .payloadLength: equal(a.payloadLength, b.payloadLength, weight: 0.5)
    case .payloadKey: equal(a.payloadKey, b.payloadKey, weight: 4)
    case .tcpFlags: tcpFlags(a.tcpFlags, b.tcpFlags)
    }
  }

  private static func equal<Value: Equatable>(
    _ a: Value?, _ b: Value?, weight: Double
  ) -> Measure? {
    guard let a, let b else { return nil }
    return (a == b ? 1 : 0, weight)
  }

  /// Ports that services everywhere send from; to share one of them tells less.
  private static let usualSources: Set<UInt16> = [
    25, 53, 67, 68, 80, 123, 137, 138, 161, 443, 500, 520, 1_900, 5_353,
  ]

  private static func rarity(_ mode: Pattern.SourcePort) -> Double {
    switch mode {
    case .fixed(let port) where usualSources.contains(port): 2
    case .fixed(let port): port < 1_024 ? 3.5 : 3
    case .sequential: 1.5
    case .few: 1
    case .ephemeral: 0.5
    }
  }

  private static func sourcePort(_ a: Pattern.SourcePort?, _ b: Pattern.SourcePort?) -> Measure? {
    guard let a, let b else { return nil }
    let weight = max(rarity(a), rarity(b))
    if a == b { return (1, weight) }
    if case .fixed(let x) = a, case .fixed(let y) = b, min(x, y) >= 1_024 {
      // Some programs take any port and keep it: the habit agrees, not the number.
      return (0.25, weight)
    }
    return (0, weight)
  }

  private static func portStep(_ a: Pattern, _ b: Pattern) -> Measure? {
    guard let x = a.portStep, let y = b.portStep, x != 0 || y != 0 else { return nil }
    guard x == y else { return (0, 3) }
    if a.portDirection == b.portDirection { return (1, 3) }
    return (a.portDirection == nil || b.portDirection == nil ? 0.9 : 0.85, 3)
  }

  private static func portSpread(_ a: Pattern, _ b: Pattern) -> Measure? {
    guard let x = a.portSpread, let y = b.portSpread else { return nil }
    // Two constant ports are compared as destination ports.
    if a.destinationPort != nil, b.destinationPort != nil { return nil }
    return (x == y ? 1 : clamped(1 - abs(x - y)), 0.5)
  }

  private static func rarity(_ order: Pattern.TargetOrder) -> Double {
    switch order {
    case .broadcast: 2
    case .sequential: 1.5
    case .one, .unordered: 0.7
    }
  }

  private static func targetOrder(
    _ a: Pattern.TargetOrder?, _ b: Pattern.TargetOrder?
  ) -> Measure? {
    guard let a, let b else { return nil }
    if a == b { return (1, rarity(a)) }
    // What a log shows as one address may be the broadcast address of a network it does not know.
    let mayAgree = [a, b].contains(.one) && [a, b].contains(.broadcast)
    return mayAgree ? (0.7, 0.7) : (0, max(rarity(a), rarity(b)))
  }

  private static func burstSize(_ a: Double?, _ b: Double?) -> Measure? {
    guard let x = a, let y = b else { return nil }
    return doublings(a, b, range: 2, weight: x <= 1 && y <= 1 ? 0.5 : 1.5)
  }

  private static func length(_ a: Pattern, _ b: Pattern) -> Measure? {
    guard let x = a.length, let y = b.length else { return nil }
    let difference = abs(Int(x) - Int(y))
    let weight = max(0.1, clamped(min(a.lengthShare ?? 1, b.lengthShare ?? 1)))
    return (difference == 0 ? 1 : difference <= 8 ? 0.5 : 0, weight)
  }

  private static func tcpFlags(_ a: TCPFlags?, _ b: TCPFlags?) -> Measure? {
    guard let a, let b else { return nil }
    let all = a.union(b).rawValue.nonzeroBitCount
    let common = a.intersection(b).rawValue.nonzeroBitCount
    return (all == 0 ? 1 : Double(common) / Double(all), 0.5)
  }

  /// 1 for equal measures, 0 for such as differ by a factor of 2^`range` or more.
  private static func doublings(
    _ a: Double?, _ b: Double?, range: Double, weight: Double
  ) -> Measure? {
    guard let a, let b else { return nil }
    if a == b { return (1, weight) }
    let distance = abs(Statistics.ln(positive(a) / positive(b))) / Statistics.ln(2)
    return (clamped(1 - distance / range), weight)
  }

  /// A measure as something a ratio can be made of; a microsecond is the least that tells.
  private static func positive(_ value: Double) -> Double {
    value.isFinite ? max(1e-6, value) : 1e12
  }

  private static func clamped(_ value: Double) -> Double { value >= 0 ? min(1, value) : 0 }
}

public import Observations

/// How many hosts send from behind one address, told by how many counters of IP identifications there
/// are (Bellovin, IMW 2002) and by classes of time to live.
///
/// It applies only where hosts count. Many of today's draw identifications at random, keep a counter
/// for each destination, or send zero: then nothing is stated but why.
///
/// Bellovin counts chains of 50 packets and more in long records; a trace is short, so
/// `chainPackets` suffice here, and the answer is an interval.
public struct HostsBehind: Hashable, Sendable {
  /// Why the question could not be answered.
  public enum Obstacle: String, Hashable, Sendable {
    /// Fewer than `fewestPackets` packets with an identification.
    case tooFew
    /// Nearly all identifications are zero, as RFC 6864 permits.
    case zero
    /// Identifications are spread evenly over all numbers.
    case random
    /// Less than half of the packets belong to counters.
    case noCounters
    /// There are several counters, but each serves one destination only: one host that counts for each
    /// destination looks the same as several hosts.
    case perDestination

    /// The counters lie closer together than those of several hosts would by chance: one counter whose
    /// packets are not in order of time falls apart like that.
    case crowded

    /// The reason in a clause.
    public var because: String {
      switch self {
      case .tooFew: "fewer than \(HostsBehind.fewestPackets) packets show an IP identification"
      case .zero: "the IP identifications are zero"
      case .random: "the IP identifications look random"
      case .noCounters: "the IP identifications do not form counters"
      case .crowded:
        "the IP identifications lie closer together than counters of several hosts would, out of order"
      case .perDestination: "each counter serves one destination only, which one host may do alone"
      }
    }
  }

  /// The number of hosts: `estimate` is the likeliest.
  public struct Estimate: Hashable, Sendable {
    /// Counters found; at least 1.
    public var estimate: Int
    /// At least so many: counters running at the same time, or classes of time to live among them.
    public var low: Int
    /// At most so many, counting short chains, and one host more where many packets belong to no
    /// counter.
    public var high: Int
  }

  /// The number of hosts; nil where the question could not be answered.
  public var hosts: Estimate?
  /// Why not; nil where it could.
  public var obstacle: Obstacle?
  /// Chains that were counted, 0 where not applicable.
  public var chains: Int
  /// Usual initial times to live (32, 64, 128, 255) among the packets that have at least a twentieth
  /// of them and three packets.
  public var ttlClasses: Int
  /// Packets with an identification.
  public var packets: Int

  /// The fewest packets with an identification that can be judged.
  public static let fewestPackets = 16
  /// A silence after which counters are looked for anew: 5 min.
  static let silence: Int64 = 300_000_000_000
  /// The fewest packets of a chain that counts.
  public static let chainPackets = 8
  /// The fewest packets of a chain that may be a host's.
  static let shortChainPackets = 4

  /// The estimate from a trace in order of time.
  ///
  /// Counters go on unseen while nothing is heard, so each stretch without a silence of `silence` is
  /// judged by itself; the one that shows most hosts counts.
  public init(_ trace: [TracedPacket]) {
    var stretches: [ArraySlice<TracedPacket>] = []
    var start = 0
    for number in trace.indices.dropFirst()
    where trace[number].time &- trace[number - 1].time > HostsBehind.silence {
      stretches.append(trace[start..<number])
      start = number
    }
    stretches.append(trace[start...])
    let judged = stretches.filter { $0.count >= HostsBehind.fewestPackets }.map {
      HostsBehind(stretch: Array($0))
    }
    let known = judged.filter { $0.hosts != nil }
    let best = known.max {
      ($0.hosts?.low ?? 0, $0.hosts?.estimate ?? 0, $0.packets)
        < ($1.hosts?.low ?? 0, $1.hosts?.estimate ?? 0, $1.packets)
    }
    if let best, 2 * known.reduce(0, { $0 + $1.packets }) >= judged.reduce(0, { $0 + $1.packets }) {
      self = best
    } else {
      self.init(stretch: trace)
    }
  }

  private init(stretch trace: [TracedPacket]) {
    let shown = trace.filter(\.hasIdentification)
    let counted = shown.filter { $0.identification != 0 }
    packets = shown.count
    ttlClasses = HostsBehind.classes(trace)
    chains = 0
    guard shown.count >= HostsBehind.fewestPackets else {
      obstacle = .tooFew
      return
    }
    guard counted.count >= HostsBehind.fewestPackets else {
      obstacle = .zero
      return
    }
    if HostsBehind.isUniform(counted) {
      obstacle = .random
      return
    }
    let all = IdentificationChains(counted).chains
    let long = all.filter { $0.packets >= HostsBehind.chainPackets }
    let inLong = long.reduce(0) { $0 + $1.packets }
    // A packet sent again is in its chain, though not counted there.
    let distinct = HostsBehind.distinct(counted)
    guard 2 * inLong >= distinct, !long.isEmpty else {
      obstacle = .noCounters
      return
    }
    if long.count > 1, long.allSatisfy({ !$0.hasManyTargets }),
      Set(long.map(\.target)).count == long.count
    {
      obstacle = .perDestination
      return
    }
    if IdentificationChains.areCrowded(long) {
      obstacle = .crowded
      return
    }
    chains = long.count
    let short = all.count { $0.packets >= HostsBehind.shortChainPackets }
    let rest = trace.count - counted.count + max(0, distinct - inLong)
    hosts = Estimate(
      estimate: long.count,
      low: max(
        1, IdentificationChains.mostAtOnce(long), Set(long.map(\.ttlClass).filter { $0 > 0 }).count),
      high: short + (10 * rest >= trace.count ? 1 : 0))
  }

  /// Packets, those of the same number taken once.
  private static func distinct(_ packets: [TracedPacket]) -> Int {
    Set(packets.map(\.identification)).count
  }

  private static func classes(_ trace: [TracedPacket]) -> Int {
    var counts: [UInt8: Int] = [:]
    for packet in trace where packet.timeToLive > 0 {
      counts[IdentificationChains.ttlClass(packet.timeToLive), default: 0] += 1
    }
    let all = counts.values.reduce(0, +)
    return counts.values.count { $0 >= 3 && 20 * $0 >= all }
  }

  /// Whether identifications fill the range evenly in either byte order: χ² over 16 equal ranges, not
  /// rejected at 1 % (30.58 with 15 degrees of freedom). Counters stand out in their own byte order.
  private static func isUniform(_ packets: [TracedPacket]) -> Bool {
    func statistic(_ numbers: some Sequence<UInt16>) -> Double {
      var bins = [Int](repeating: 0, count: 16)
      for number in numbers { bins[Int(number >> 12)] += 1 }
      let expected = Double(packets.count) / 16
      return bins.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    }
    let limit = 30.58
    return statistic(packets.lazy.map(\.identification)) < limit
      && statistic(packets.lazy.map(\.identification.byteSwapped)) < limit
  }

  /// The values of a finding of kind `hosts-behind`; the numbers only where `applicable`.
  public var values: [String: FindingValue] {
    var result: [String: FindingValue] = [
      "applicable": .flag(hosts != nil), "chains": .integer(chains),
      "ttlClasses": .integer(ttlClasses), "packets": .integer(packets),
    ]
    if let hosts {
      result["estimate"] = .integer(hosts.estimate)
      result["low"] = .integer(hosts.low)
      result["high"] = .integer(hosts.high)
    }
    return result
  }
}

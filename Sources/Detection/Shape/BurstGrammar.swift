public import Observations

/// How the packets of an activity come in bursts: how many, how far apart, and whether the
/// destination ports within a burst count up or down.
///
/// Where one source port sends at least four fifths of the packets, only its packets are looked at,
/// so that a stray packet before or between does not hide the order; otherwise all are. A pause of
/// `longPause` ends a burst, and so does one of `shortPause` that is ten times the usual gap, the
/// usual gap being the median of those shorter than `shortPause`. Times that are all whole seconds
/// are a log's, which shows a gap by up to a second too long: there it takes `wholePause`.
public struct BurstGrammar: Hashable, Sendable {
  /// How destination ports follow one another within bursts.
  public enum PortOrder: String, Hashable, Sendable {
    /// Three quarters of the runs, which are at least half of the bursts that could be runs, go up.
    case ascending
    /// The same, down.
    case descending
    /// One destination port only.
    case constant
    /// Anything else.
    case mixed
  }

  /// Number of bursts, at least 2.
  public var bursts: Int
  /// Median number of packets in a burst.
  public var burstSize: Double
  /// Median seconds from the beginning of a burst to that of the next.
  public var gapSeconds: Double
  /// Median seconds between packets within a burst; nil where every burst is a single packet. 0 in a
  /// log of whole seconds means less than one.
  public var withinSeconds: Double?
  /// Bursts of at least three packets.
  public var longBursts: Int
  /// Of these, bursts whose destination ports all step by one in the same direction. Tries of the same
  /// port in succession count once, and at least three ports make a run.
  public var runs: Int
  /// How the ports of the runs go.
  public var portOrder: PortOrder
  /// The source port of at least four fifths of the packets; nil where various.
  public var sourcePort: UInt16?
  /// Packets looked at: all of the trace.
  public var sampled: Int

  /// The share of packets that a source port must send to be the only one looked at.
  public static let fixedShare = 0.8
  /// Seconds of silence that always end a burst.
  public static let longPause = 2.0
  /// Seconds of silence that end a burst where the usual gap is a tenth of it or less.
  public static let shortPause = 1.0
  /// Seconds of silence that end a burst by a clock of whole seconds.
  public static let wholePause = 3.0
  /// The fewest packets that show anything.
  public static let fewestPackets = 6

  /// The grammar of a trace in order of time; nil below two bursts or six packets.
  public init?(_ trace: [TracedPacket]) {
    let port = BurstGrammar.fixedPort(trace)
    let packets = port == nil ? trace : trace.filter { $0.sourcePort == port }
    guard packets.count >= BurstGrammar.fewestPackets else { return nil }
    let found = BurstGrammar.split(packets)
    guard found.count >= 2 else { return nil }
    bursts = found.count
    burstSize = Statistics.median(found.map { Double($0.count) }) ?? 0
    gapSeconds =
      Statistics.median(
        zip(found, found.dropFirst()).map {
          TraceMeasures.seconds(from: packets[$0.lowerBound].time, to: packets[$1.lowerBound].time)
        }) ?? 0
    withinSeconds = Statistics.median(
      found.flatMap { burst in
        burst.dropFirst().map {
          TraceMeasures.seconds(from: packets[$0 - 1].time, to: packets[$0].time)
        }
      })
    let long = found.filter { $0.count >= 3 }
    let steps = long.map { BurstGrammar.step(packets[$0].map(\.destinationPort)) }
    longBursts = long.count
    runs = steps.count { $0 != 0 }
    portOrder = BurstGrammar.order(steps, ports: packets.map(\.destinationPort))
    sourcePort = port
    sampled = trace.count
  }

  /// Where the bursts of packets in order of time lie.
  static func split(_ packets: [TracedPacket]) -> [Range<Int>] {
    let gaps = zip(packets, packets.dropFirst()).map {
      TraceMeasures.seconds(from: $0.time, to: $1.time)
    }
    let usual = Statistics.median(gaps.filter { $0 < shortPause })
    var pause = longPause
    if TraceMeasures.hasWholeSeconds(packets) {
      pause = wholePause
    } else if let usual {
      pause = min(longPause, max(shortPause, 10 * usual))
    }
    var result: [Range<Int>] = []
    var start = 0
    for (index, gap) in gaps.enumerated() where gap >= pause {
      result.append(start..<(index + 1))
      start = index + 1
    }
    if start < packets.count { result.append(start..<packets.count) }
    return result
  }

  /// The source port of at least four fifths of the packets.
  static func fixedPort(_ trace: [TracedPacket]) -> UInt16? {
    guard let most = TraceMeasures.commonest(trace.lazy.map(\.sourcePort)),
      Double(most.count) >= fixedShare * Double(trace.count)
    else { return nil }
    return most.value
  }

  /// +1 or -1 where the ports are a run up or down; else 0.
  private static func step(_ ports: [UInt16]) -> Int {
    let collapsed = TraceMeasures.collapsed(ports)
    guard collapsed.count >= 3 else { return 0 }
    let steps = zip(collapsed, collapsed.dropFirst()).map { Int($1) - Int($0) }
    if steps.allSatisfy({ $0 == 1 }) { return 1 }
    return steps.allSatisfy { $0 == -1 } ? -1 : 0
  }

  private static func order(_ steps: [Int], ports: [UInt16]) -> PortOrder {
    if ports.allSatisfy({ $0 == ports.first }) { return .constant }
    let up = steps.count { $0 > 0 }
    let down = steps.count { $0 < 0 }
    guard up + down > 0, 2 * (up + down) >= steps.count else { return .mixed }
    if 4 * up >= 3 * (up + down) { return .ascending }
    return 4 * down >= 3 * (up + down) ? .descending : .mixed
  }

  /// The step from one destination port to the next: +1 or -1, or 0 where mixed or constant.
  public var portStep: Int {
    switch portOrder {
    case .ascending: 1
    case .descending: -1
    case .constant, .mixed: 0
    }
  }

  /// The values of a finding of kind `burst-grammar`. `runShare` is there only with bursts of three
  /// packets, `withinSeconds` only with bursts of two.
  public var values: [String: FindingValue] {
    var result: [String: FindingValue] = [
      "bursts": .integer(bursts), "burstSize": .number(burstSize),
      "gapSeconds": .number(gapSeconds), "runs": .integer(runs), "portStep": .integer(portStep),
      "portOrder": .text(portOrder.rawValue),
      "sourcePort": .integer(sourcePort.map(Int.init) ?? -1),
      "sampled": .integer(sampled),
    ]
    if let withinSeconds { result["withinSeconds"] = .number(withinSeconds) }
    if longBursts > 0 { result["runShare"] = .number(Double(runs) / Double(longBursts)) }
    return result
  }
}

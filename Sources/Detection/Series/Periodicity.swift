internal import Observations

/// How regularly events recur, by the measures that RITA publishes for the times of connections: the
/// skew of the gaps by their quartiles (Bowley) and their scatter about the median (MAD), each 0…1.
///
/// A high score is no accusation: most of what recurs regularly are clocks, mail clients and monitors.
public struct Periodicity: Hashable, Sendable {
  /// Events at different seconds.
  public var events: Int
  /// The median of the gaps, in seconds, and the median distance from it.
  public var interval: Double, scatter: Double
  /// How symmetric the gaps are, and how close to their median, 0…1.
  public var skewScore: Double, scatterScore: Double
  /// The mean of both.
  public var score: Double { (skewScore + scatterScore) / 2 }

  /// Events below which nothing is said …
  public static let leastEvents = 4
  /// … and below which it is said that they are few.
  public static let enoughEvents = 24
  /// Scores below which nothing is said: the lowest of RITA's bands.
  static let leastScore = 0.5
  /// Quartiles closer than this, in seconds, show no skew.
  private static let leastSpread = 10.0

  /// The gaps between events at different whole seconds; nil for fewer than `leastEvents` of them.
  ///
  /// - Parameter times: nanoseconds since the epoch, in any order.
  public init?(_ times: [Int64]) {
    let seconds = Set(times.map { $0 / 1_000_000_000 }).sorted()
    guard seconds.count >= Periodicity.leastEvents else { return nil }
    let gaps = zip(seconds, seconds.dropFirst()).map { Double($1) - Double($0) }
    self.init(gaps: gaps)
  }

  /// The same of gaps in seconds; nil for fewer than three.
  public init?(gaps: [Double]) {
    guard gaps.count >= Periodicity.leastEvents - 1, let median = Statistics.median(gaps) else {
      return nil
    }
    let sorted = gaps.sorted()
    // Quartiles as RITA takes them: the medians of the halves on both sides of the median.
    let half = sorted.count / 2
    let low = Statistics.median(Array(sorted.prefix(half))) ?? median
    let high = Statistics.median(Array(sorted.suffix(half))) ?? median
    events = gaps.count + 1
    interval = median
    scatter = Statistics.median(gaps.map { abs($0 - median) }) ?? 0
    let isPlain = high - low < Periodicity.leastSpread || median == low || median == high
    skewScore = isPlain ? 1 : 1 - abs((low + high - 2 * median) / (high - low))
    scatterScore = median < 1 ? 1 : max(0, (median - scatter) / median)
  }

  /// What innocent things recur at a period, of the software that names it.
  private static let known: [(seconds: Double, what: String)] = [
    (1, "ping"), (5, "NetBIOS or DHCP tries, monitors"), (10, "keep-alives of routing protocols"),
    (15, "monitors that scrape"), (30, "RIP updates, SSDP, health checks"),
    (60, "cron, status polls, ARP refresh"), (64, "NTP"), (128, "NTP"), (256, "NTP"), (512, "NTP"),
    (1_024, "NTP"), (120, "mail clients, browsers' announcements"),
    (300, "SNMP polls as of MRTG, backups of states"), (600, "mail clients, DHCP leases"),
    (720, "announcements of the Windows network neighbourhood"),
    (900, "group policies, calendars"), (1_800, "mail queues, license checks"),
    (3_600, "cron.hourly, update checks"), (5_400, "Windows group policy"),
    (21_600, "name and lease renewals"), (43_200, "lease renewals"),
    (86_400, "daily jobs: backups, updates, reports"), (604_800, "weekly jobs"),
  ]

  static let unknown = "nothing known"

  /// What is known to recur about so often: within two hundredths or half a second; "nothing known"
  /// where nothing is.
  public var usual: String {
    Periodicity.known.first { abs($0.seconds - interval) <= max(0.5, 0.02 * $0.seconds) }?.what
      ?? Periodicity.unknown
  }
}

extension FindingBuilder {
  /// How regularly the activity's bursts begin, as far as its first packets and contacts are kept.
  func periodicity() -> Finding? {
    guard draft.flood == nil, let found = Periodicity(Periodicity.beginnings(of: draft)),
      found.score >= Periodicity.leastScore
    else { return nil }
    let score = (found.score * 100).rounded() / 100
    let few = found.events < Periodicity.enoughEvents ? ", of few events" : ""
    return finding(
      .periodicity,
      "regularity \(score)\(few): bursts begin \(FindingBuilder.rate(found.interval)) s apart, half of "
        + "them within \(FindingBuilder.rate(found.scatter)) s of that; at such a period run: "
        + "\(found.usual)",
      [
        "score": .number(found.score), "skewScore": .number(found.skewScore),
        "scatterScore": .number(found.scatterScore), "intervalSeconds": .number(found.interval),
        "scatterSeconds": .number(found.scatter), "events": .integer(found.events),
        "isEnough": .flag(found.events >= Periodicity.enoughEvents), "usual": .text(found.usual),
        "isUsual": .flag(found.usual != Periodicity.unknown),
      ], count: found.events)
  }
}

extension Periodicity {
  /// When bursts begin: packets after a pause of five seconds, or the single packets of what has no
  /// pauses.
  fileprivate static func beginnings(of draft: Draft) -> [Int64] {
    let kept = draft.records.count > draft.trace.count
    let times = (kept ? draft.records.map(\.time) : draft.trace.map(\.time)).sorted()
    var begun: [Int64] = []
    var last: Int64?
    for time in times {
      if last.map({ time &- $0 >= pause }) ?? true { begun.append(time) }
      last = time
    }
    return begun.count >= leastEvents ? begun : times
  }

  private static let pause: Int64 = 5_000_000_000
}

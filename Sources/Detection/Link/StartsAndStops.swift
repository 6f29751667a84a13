internal import Observations

/// Which host's coming and going an activity keeps step with.
///
/// Joins and leaves are those within the stream: its own beginning and end are none. Of K beginnings of
/// the activity, each falls by chance into one of the windows behind J joins with probability J·w/T; the
/// same for ends and leaves. What is reported is the binomial tail, times the hosts and windows tried.
struct StartsAndStops {
  /// Windows tried, in seconds.
  static let windows: [Int64] = [10, 30, 60, 120]
  /// Joins or leaves below which nothing is said.
  static let least = 3

  var host: StationBook.Station
  var joins = 0, joinsFollowed = 0, leaves = 0, leavesFollowed = 0
  var delay = 0.0
  var window: Int64 = 0
  var pValue = 1.0
  var candidates = 0

  /// The host that fits best; nil where none came or went often enough.
  static func best(
    _ episodes: Episodes, among stations: [StationBook.Station], span: ClosedRange<Int64>
  ) -> StartsAndStops? {
    var best: StartsAndStops?
    var tried = 0
    for station in stations {
      guard let candidate = StartsAndStops(station, episodes, span) else { continue }
      tried += 1
      if candidate.pValue < (best?.pValue ?? 2) { best = candidate }
    }
    best?.candidates = tried
    if let p = best?.pValue {
      best?.pValue = min(1, p * Double(tried * windows.count * windows.count))
    }
    return best
  }

  private init?(
    _ station: StationBook.Station, _ episodes: Episodes, _ span: ClosedRange<Int64>
  ) {
    host = station
    let margin = StationBook.silence
    let joined = station.presences.map(\.lowerBound).filter { $0 > span.lowerBound &+ margin }
    let left = station.presences.map(\.upperBound).filter { $0 < span.upperBound &- margin }
    (joins, leaves) = (joined.count, left.count)
    guard joins >= StartsAndStops.least || leaves >= StartsAndStops.least else { return nil }
    let begins = episodes.runs.map(\.lowerBound).filter { $0 > span.lowerBound &+ margin }
    let ends = episodes.runs.map(\.upperBound).filter { $0 < span.upperBound &- margin }
    let total = max(1, Double(span.upperBound) - Double(span.lowerBound))
    var (first, second) = (1.0, 1.0)
    for seconds in StartsAndStops.windows {
      let width = seconds * 1_000_000_000
      let delays = begins.compactMap { begin -> Double? in
        guard let join = joined.last(where: { $0 <= begin }), begin &- join <= width else {
          return nil
        }
        return (Double(begin) - Double(join)) / 1e9
      }
      let p = StartsAndStops.tail(
        delays.count, of: begins.count, share: Double(joins) * Double(width) / total)
      if p < first {
        first = p
        window = seconds
        joinsFollowed = joined.count { join in
          begins.contains { $0 >= join && $0 &- join <= width }
        }
        delay = Statistics.median(delays) ?? 0
      }
      let ended = ends.count { end in
        left.contains { $0 &- end <= width && end &- $0 <= 5_000_000_000 }
      }
      let q = StartsAndStops.tail(
        ended, of: ends.count, share: Double(leaves) * Double(width) / total)
      if q < second {
        second = q
        leavesFollowed = left.count { leave in
          ends.contains { leave &- $0 <= width && $0 &- leave <= 5_000_000_000 }
        }
      }
    }
    guard joinsFollowed >= StartsAndStops.least || leavesFollowed >= StartsAndStops.least else {
      return nil
    }
    pValue = first * second
  }

  /// P(at least k of n), each with probability `share`.
  static func tail(_ k: Int, of n: Int, share: Double) -> Double {
    guard k > 0 else { return 1 }
    let p = min(1, max(share, 1e-12))
    var sum = 0.0
    for i in k...max(k, n) where i <= n {
      sum += Statistics.exponential(
        Statistics.logChoose(Double(n), Double(i)) + Double(i) * Statistics.ln(p)
          + Double(n - i) * (p < 1 ? Statistics.ln(1 - p) : (i == n ? 0 : -.infinity)))
    }
    return min(1, sum)
  }
}

/// Whether a server's file service failed while an activity went on, and its host still answered.
struct SymptomAlignment {
  var server: UInt32
  var asked = 0.0, answered = 0.0
  var insideAsked = 0.0, insideAnswered = 0.0
  var pings = 0.0, pongs = 0.0
  var lag: Int64 = 0
  var pValue = 1.0

  /// Attempts at a server below which nothing is said of it.
  static let least: UInt32 = 10

  static func best(_ episodes: Episodes, _ link: LinkView) -> SymptomAlignment? {
    var best: SymptomAlignment?
    var tried = 0
    for (server, minutes) in link.servers {
      for lag in Int64(0)...5 {
        tried += 1
        let one = SymptomAlignment(server, minutes, episodes, lag)
        if one.insideAsked > 0, one.pValue < (best?.pValue ?? 2) { best = one }
      }
    }
    if let p = best?.pValue { best?.pValue = min(1, p * Double(tried)) }
    return best
  }

  private init(
    _ server: UInt32, _ minutes: [(minute: Int64, counts: ServerHealth.Minute)],
    _ episodes: Episodes, _ lag: Int64
  ) {
    self.server = server
    self.lag = lag
    for (minute, counts) in minutes {
      let middle = minute * 60_000_000_000 + 30_000_000_000
      let replied = Double(min(counts.asked, counts.answered))
      asked += Double(counts.asked)
      answered += replied
      guard episodes.contains(middle, lag: lag * 60_000_000_000) else { continue }
      insideAsked += Double(counts.asked)
      insideAnswered += replied
      pings += Double(counts.pings)
      pongs += Double(min(counts.pings, counts.pongs))
    }
    pValue = Statistics.hypergeometricTail(
      population: asked, marked: asked - answered, sample: insideAsked,
      drawn: insideAsked - insideAnswered)
  }
}

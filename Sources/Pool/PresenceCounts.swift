internal import Glibc
internal import Observations

/// What days of sightings say of when sources were there: all that `PresenceModel` needs of them.
struct PresenceCounts {
  /// Fewer networks do not make a source widely met; at least 1.
  let fewest: Int
  /// Beyond so many networks it is not told by how many a source was met.
  private static let mostSpread = 64

  /// The number of days.
  var days: Int
  /// The different sets of networks that watched, each as its networks' relative sizes, 1 on average, the
  /// largest first.
  var sets: [[Double]] = []
  /// The set of each day; nil where too few watched.
  var setOfDay: [Int?] = []
  /// Sources that were seen on one day only, by it.
  var single: [Double]
  /// Sources that were seen on several days, by the first.
  var first: [Double]
  /// Sightings between a source's first and last.
  var between: [Double]
  /// Days between a source's first and last on which it was not seen.
  var missed: [Double]
  /// Sources that were seen on several days, by the last.
  var last: [Double]
  /// For each set, sightings between first and last by the number of networks.
  var spread: [[Double]] = []
  /// The logarithm of the packets of one source per day to a network of average size.
  var probingByPackets = 0.0
  /// By how much packets of a source's days scatter more than by chance; at least 1.
  var packetScatter = 1.0
  /// Sources.
  var sources: Double { single.reduce(0, +) + first.reduce(0, +) }

  /// One sighting.
  struct Seen {
    var day: Int
    var networks: Int
    var packets: Double
  }

  /// - Parameters:
  ///   - histories: each source's sightings in order of day.
  ///   - sizes: each day's networks by their relative sizes.
  ///   - fewest: networks that make a source widely met.
  init(_ histories: [[Seen]], sizes: [[Double]], fewest: Int) {
    self.fewest = max(1, fewest)
    days = sizes.count
    let none = [Double](repeating: 0, count: days)
    (single, first, between, missed, last) = (none, none, none, none, none)
    layOut(sizes)
    for history in histories {
      guard let begin = history.first, let end = history.last else { continue }
      guard history.count > 1 else {
        single[begin.day] += 1
        continue
      }
      first[begin.day] += 1
      last[end.day] += 1
      for day in begin.day..<end.day where day > begin.day { missed[day] += 1 }
      for seen in history.dropFirst().dropLast() {
        missed[seen.day] -= 1
        between[seen.day] += 1
        guard let set = setOfDay[seen.day], seen.networks < spread[set].count else { continue }
        spread[set][seen.networks] += 1
      }
    }
    measurePackets(histories, sizes)
  }

  private mutating func layOut(_ sizes: [[Double]]) {
    let all = sizes.flatMap(\.self)
    let mean = all.isEmpty ? 1 : all.reduce(0, +) / Double(all.count)
    var places: [[Double]: Int] = [:]
    for day in sizes {
      guard day.count >= fewest, mean > 0 else {
        setOfDay.append(nil)
        continue
      }
      let set = day.map { $0 / mean }.sorted(by: >)
      let place = places[set] ?? sets.count
      if place == sets.count {
        places[set] = place
        sets.append(set)
        let bins = set.count <= PresenceCounts.mostSpread ? set.count + 1 : 0
        spread.append(Array(repeating: 0, count: bins))
      }
      setOfDay.append(place)
    }
  }

  /// Days between the first and last sighting are whole; where there are none, all days serve.
  private mutating func measurePackets(_ histories: [[Seen]], _ sizes: [[Double]]) {
    var (packets, exposure) = (0.0, 0.0)
    var (scatter, freedom) = (0.0, 0.0)
    func size(_ seen: Seen) -> Double {
      setOfDay[seen.day].map { sets[$0].reduce(0, +) } ?? 0
    }
    for history in histories {
      let whole = history.count > 2 ? history.dropFirst().dropLast() : []
      let (sum, watched) = whole.reduce((0.0, 0.0)) { ($0.0 + $1.packets, $0.1 + size($1)) }
      packets += sum
      exposure += watched
      guard whole.count > 1, sum > 0, watched > 0 else { continue }
      for seen in whole {
        let expected = sum * size(seen) / watched
        guard expected > 0 else { continue }
        scatter += (seen.packets - expected) * (seen.packets - expected) / expected
      }
      freedom += Double(whole.count - 1)
    }
    if packets <= 0 || exposure <= 0 {
      for seen in histories.joined() {
        packets += seen.packets
        exposure += size(seen)
      }
    }
    probingByPackets = log(max(packets, 1) / max(exposure, 1e-9))
    if freedom >= 10 { packetScatter = max(1, scatter / freedom) }
  }
}

internal import Glibc

/// How sources come, are met and leave, as far as days of sightings tell it (an open population in the
/// way of Jolly 1965 and Seber 1965, put as Schwarz and Arnason 1996 do, with days cut by arrival and
/// departure).
///
/// Sources come by chance at a rate that changes by the same factor from day to day, stay for a time
/// without memory, and meanwhile send probes by chance, at one rate for all, to each watched address. A day
/// shows a source where enough networks met it on that day. Times are in days.
struct PresenceModel {
  /// The five numbers that are sought, as logarithms.
  enum Parameter: Int, CaseIterable {
    /// Sources that are there when the window begins.
    case present
    /// Arrivals per day in the middle of the window.
    case arrivals
    /// The factor by which arrivals change from day to day.
    case growth
    /// One over the mean stay.
    case leaving
    /// Probes of one source per day to a network of average size.
    case probing
  }

  typealias Point = [Double]

  let counts: PresenceCounts

  /// What a day of some networks shows, for given rates of leaving and probing.
  struct DayChance {
    /// Seen, of those who stay all day and beyond.
    var whole = 0.0
    /// There in the morning, gone in the evening, and seen or not.
    var leavingSeen = 0.0
    /// Of one arrival: still there in the evening, seen.
    var comingSeen = 0.0
    /// Of one arrival: gone by the evening, seen.
    var passingSeen = 0.0
  }

  /// Everything about each day that follows from a point.
  struct Course {
    var chances: [DayChance] = []
    var survival = 0.0
    /// Of one arrival: still there in the evening.
    var coming = 0.0
    /// Of one arrival: gone by the evening.
    var passing = 0.0
    /// Arrivals of each day.
    var arrivals: [Double] = []
    /// There in the morning and not seen so far; one more for the end.
    var unseen: [Double] = []
    /// Seen for the first time, and there in the evening.
    var firstThere: [Double] = []
    /// Seen for the first time, and gone in the evening.
    var firstGone: [Double] = []
    /// Of those there in the evening: never seen again.
    var neverAgain: [Double] = []
    /// Of those there in the evening: never seen again, and there at the end.
    var hiddenToTheEnd: [Double] = []
  }

  func course(_ point: Point) -> Course {
    let leaving = exp(point[Parameter.leaving.rawValue])
    let probing = exp(point[Parameter.probing.rawValue])
    let days = counts.days
    var course = Course()
    let ofSets = counts.sets.map { chance(of: $0, leaving, probing) }
    course.chances = counts.setOfDay.map { $0.map { ofSets[$0] } ?? DayChance() }
    course.survival = exp(-leaving)
    course.coming = leaving < 1e-9 ? 1 : (1 - course.survival) / leaving
    course.passing = 1 - course.coming
    let middle = Double(days - 1) / 2
    let (level, slope) = (
      point[Parameter.arrivals.rawValue], point[Parameter.growth.rawValue]
    )
    course.arrivals = (0..<days).map { exp(level + slope * (Double($0) - middle)) }
    var unseen = exp(point[Parameter.present.rawValue])
    course.unseen = [unseen]
    for day in 0..<days {
      let (chance, new) = (course.chances[day], course.arrivals[day])
      course.firstThere.append(
        unseen * course.survival * chance.whole + new * chance.comingSeen)
      course.firstGone.append(unseen * chance.leavingSeen + new * chance.passingSeen)
      unseen =
        unseen * course.survival * (1 - chance.whole) + new * (course.coming - chance.comingSeen)
      course.unseen.append(unseen)
    }
    course.neverAgain = Array(repeating: 1, count: days)
    course.hiddenToTheEnd = course.neverAgain
    for day in stride(from: days - 2, through: 0, by: -1) {
      let chance = course.chances[day + 1]
      let missed = course.survival * (1 - chance.whole)
      let gone = 1 - course.survival - chance.leavingSeen
      course.neverAgain[day] = gone + missed * course.neverAgain[day + 1]
      course.hiddenToTheEnd[day] = missed * course.hiddenToTheEnd[day + 1]
    }
    return course
  }

  /// The logarithm of the likelihood, with the little that is known beforehand: half an event each of
  /// arrival, presence and departure, growth by no more than a few times a day, and probes in bursts of no
  /// more than a few packets.
  func likelihood(_ point: Point) -> Double {
    guard point.allSatisfy({ abs($0) < 40 }) else { return -.infinity }
    let course = course(point)
    var sum = 0.0
    func add(_ count: Double, _ value: Double) {
      if count > 0 { sum += count * log(max(value, 1e-300)) }
    }
    for day in 0..<counts.days {
      let chance = course.chances[day]
      let whole = course.survival * chance.whole
      let (there, gone) = (course.firstThere[day], course.firstGone[day])
      add(counts.single[day], there * course.neverAgain[day] + gone)
      add(counts.first[day], there)
      add(counts.between[day], whole)
      add(counts.missed[day], course.survival - whole)
      add(counts.last[day], whole * course.neverAgain[day] + chance.leavingSeen)
      sum -= there + gone
    }
    sum += spreadLikelihood(exp(point[Parameter.probing.rawValue]))
    for parameter in [Parameter.present, .arrivals, .leaving] {
      sum += 0.5 * point[parameter.rawValue]
    }
    let growth = point[Parameter.growth.rawValue]
    let bursts =
      (point[Parameter.probing.rawValue] - counts.probingByPackets) / PresenceModel.burstDeviation
    return sum - growth * growth / 2 - bursts * bursts / 2
  }

  /// Packets tell the rate of probing but for the number of packets that a probe has: a standard deviation
  /// of the logarithm.
  private static let burstDeviation = 1.5

  /// By how many networks sources were met on days that they were there from end to end.
  private func spreadLikelihood(_ probing: Double) -> Double {
    var sum = 0.0
    for (set, spread) in zip(counts.sets, counts.spread) where !spread.isEmpty {
      let chances = PresenceModel.numbers(set.map { -expm1(-probing * $0) }, upTo: set.count)
      let seen = chances.dropFirst(counts.fewest).reduce(0, +)
      for (number, count) in spread.enumerated()
      where count > 0 && number >= counts.fewest {
        sum += count * log(max(chances[number], 1e-300) / max(seen, 1e-300))
      }
    }
    return sum
  }

  /// The probability of each number of successes up to some number, of independent chances.
  static func numbers(_ chances: [Double], upTo most: Int) -> [Double] {
    var result = [Double](repeating: 0, count: most + 1)
    result[0] = 1
    var tried = 0
    for chance in chances {
      tried += 1
      for number in stride(from: min(tried, most), through: 1, by: -1) {
        result[number] = result[number] * (1 - chance) + result[number - 1] * chance
      }
      result[0] *= 1 - chance
    }
    return result
  }

  /// The probability that a source that is there for part of a day is met by enough networks.
  private func seen(_ set: [Double], _ probing: Double) -> Double {
    guard counts.fewest <= 3 else {
      let chances = set.map { -expm1(-probing * $0) }
      let few = PresenceModel.numbers(chances, upTo: min(counts.fewest - 1, set.count))
      return max(0, 1 - few.reduce(0, +))
    }
    // Up to three by hand: this is most of the work.
    var (none, one, two) = (1.0, 0.0, 0.0)
    for weight in set {
      // Sets begin with the largest networks.
      if none + one + two < 1e-12 { return 1 }
      let missed = exp(-probing * weight)
      let met = 1 - missed
      two = two * missed + one * met
      one = one * missed + none * met
      none *= missed
    }
    return max(0, 1 - none - (counts.fewest > 1 ? one : 0) - (counts.fewest > 2 ? two : 0))
  }

  private func chance(
    of set: [Double], _ leaving: Double, _ probing: Double
  ) -> DayChance {
    var chance = DayChance()
    chance.whole = seen(set, probing)
    for (part, weight) in Quadrature.nodes {
      let seen = weight * seen(set, probing * part)
      let staying = exp(-leaving * part)
      chance.leavingSeen += seen * leaving * staying
      chance.comingSeen += seen * staying
      chance.passingSeen += seen * leaving * staying * (1 - part)
    }
    return chance
  }
}

/// Gauss and Legendre's rule on 0...1 with ten points.
enum Quadrature {
  static let nodes: [(place: Double, weight: Double)] = {
    let half: [(Double, Double)] = [
      (0.148_874_338_981_631_2, 0.295_524_224_714_752_9),
      (0.433_395_394_129_247_2, 0.269_266_719_309_996_4),
      (0.679_409_568_299_024_4, 0.219_086_362_515_982_0),
      (0.865_063_366_688_984_5, 0.149_451_349_150_580_6),
      (0.973_906_528_517_171_7, 0.066_671_344_308_688_14),
    ]
    var nodes: [(place: Double, weight: Double)] = []
    for (place, weight) in half {
      nodes.append(((1 - place) / 2, weight / 2))
      nodes.append(((1 + place) / 2, weight / 2))
    }
    return nodes
  }()
}

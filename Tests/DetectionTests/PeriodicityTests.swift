import Detection
import Testing

@Suite struct PeriodicityTests {
  /// Gaps whose quartiles and medians can be read off.
  @Test(
    arguments: [
      // All alike: no skew, no scatter.
      ([60, 60, 60, 60], 1, 1),
      // Quartiles 20, 60, 100: symmetric; the median distance from 60 is 30.
      ([10, 30, 60, 90, 110], 1, 0.5),
      // Quartiles 15, 40, 150: (15 + 150 − 80) / 135; the median distance from 40 is 30.
      ([10, 20, 40, 100, 200], 1 - 85.0 / 135, 1 - 30.0 / 40),
      // The median is a quartile: taken as no skew.
      ([60, 60, 60, 60, 600], 1, 1),
      // Quartiles closer than ten seconds: the same.
      ([50, 51, 52, 58, 59], 1, 1 - 2.0 / 52),
      // Below a second the scatter counts for nothing.
      ([0, 0, 0, 0], 1, 1),
    ] as [([Double], Double, Double)])
  func scoresOfKnownGaps(gaps: [Double], skew: Double, scatter: Double) throws {
    let found = try #require(Periodicity(gaps: gaps))
    #expect(abs(found.skewScore - skew) < 1e-12)
    #expect(abs(found.scatterScore - scatter) < 1e-12)
    #expect(found.score == (found.skewScore + found.scatterScore) / 2)
  }

  /// The times, and the scores to three places, that RITA's own tests hold its score of times to (activecm/rita,
  /// analysis/beacons_test.go): a count, a clock, one with jitter, two periods by turns, no rule at all.
  @Test(
    arguments: [
      (1, Array(repeating: 1, count: 9), 0, 0, 1),
      (1_517_338_924, Array(repeating: 60, count: 9), 0, 0, 1),
      (1_517_338_924, [98, 99, 99, 100, 100, 100, 101, 101, 102], 0, 1, 0.995),
      (1_517_338_924, [98, 300, 98, 300, 98, 300, 98, 300, 98, 300], 0, 101, 0.746),
      (1_517_338_924, [1, 299, 25, 4_975, 90, 2, 42, 500, 1_500], 0.845, 89, 0.083),
    ] as [(Int64, [Int64], Double, Double, Double)])
  func scoresThatArePublished(
    first: Int64, gaps: [Int64], skew: Double, scatter: Double, score: Double
  ) throws {
    var times = [first * 1_000_000_000]
    for gap in gaps { times.append(times[times.count - 1] + gap * 1_000_000_000) }
    let found = try #require(Periodicity(times))
    #expect(abs(1 - found.skewScore - skew) < 1e-3)
    #expect(abs(found.scatter - scatter) < 1e-3)
    #expect(abs(found.score - score) < 1e-3)
  }

  @Test func fewerThanFourEventsSayNothing() {
    #expect(Periodicity([]) == nil)
    #expect(Periodicity([1, 2, 3].map { $0 * 60_000_000_000 }) == nil)
    // Events within one second are one.
    #expect(Periodicity([0, 1, 2, 3, 4, 60_000_000_000, 120_000_000_000]) == nil)
    #expect(Periodicity([0, 60, 120, 180].map { $0 * 1_000_000_000 })?.score == 1)
  }

  /// A clock with jitter scores high, memoryless events low; order does not matter.
  @Test(arguments: 1...30)
  func clocksAreToldFromChance(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    var clock: [Int64] = []
    var chance: [Int64] = []
    var now = 0.0
    for k in 0..<200 {
      clock.append(Int64((Double(k) * 300 + 10 * random.unit()) * 1e9))
      now += -300 * logarithm(max(1e-12, random.unit()))
      chance.append(Int64(now * 1e9))
    }
    let regular = try #require(Periodicity(clock))
    let other = try #require(Periodicity(chance))
    #expect(regular.score > 0.95)
    #expect(other.score < 0.75)
    #expect(regular.usual != "nothing known")
    #expect(Periodicity(clock.reversed()) == regular)
  }

  /// Natural logarithm by its series, so that no library is needed here.
  private func logarithm(_ value: Double) -> Double {
    var (scaled, powers) = (value, 0.0)
    while scaled < 0.75 {
      scaled *= 2
      powers += 1
    }
    let ratio = (scaled - 1) / (scaled + 1)
    var (term, sum) = (ratio, 0.0)
    for k in stride(from: 1.0, through: 41, by: 2) {
      sum += term / k
      term *= ratio * ratio
    }
    return 2 * sum - powers * 0.693_147_180_559_945_3
  }
}

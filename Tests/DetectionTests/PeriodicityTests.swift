import Detection
import Testing

@Suite struct PeriodicityTests {
  /// Gaps whose quartiles and medians can be read off.
  @Test(
    arguments: [
      // All alike: no skew, no scatter.
      ([60, 60, 60, 60], 1, 1),
      // Quartiles 30, 60, 90: symmetric; the median distance from 60 is 30.
      ([10, 30, 60, 90, 110], 1, 0.5),
      // Quartiles 20, 40, 100: (20 + 100 − 80) / 80 is a half; the median distance from 40 is 20.
      ([10, 20, 40, 100, 200], 0.5, 1 - 30.0 / 40),
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

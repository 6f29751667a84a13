import Detection
import Testing

@Suite struct StatisticsTests {
  /// The tail by counting all draws, for populations small enough to count.
  private func bruteTail(_ population: Int, _ marked: Int, _ sample: Int, _ drawn: Int) -> Double {
    func choose(_ n: Int, _ k: Int) -> Double {
      guard k >= 0, k <= n else { return 0 }
      return (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
    }
    return (drawn...max(drawn, min(marked, sample))).reduce(0.0) {
      $0 + choose(marked, $1) * choose(population - marked, sample - $1)
    } / choose(population, sample)
  }

  @Test func hypergeometricTailAgreesWithCounting() {
    for population in [5, 12, 30] {
      for marked in 0...population {
        for sample in stride(from: 0, through: population, by: 3) {
          for drawn in 0...min(marked, sample) {
            let exact = drawn == 0 ? 1 : bruteTail(population, marked, sample, drawn)
            let tail = Statistics.hypergeometricTail(
              population: Double(population), marked: Double(marked), sample: Double(sample),
              drawn: Double(drawn))
            #expect(abs(tail - exact) < 1e-9, "\(population) \(marked) \(sample) \(drawn)")
          }
        }
      }
    }
  }

  @Test func impossibleDrawsHaveNoChance() {
    #expect(
      Statistics.hypergeometricTail(population: 100, marked: 5, sample: 5, drawn: 6) == 0)
    #expect(
      Statistics.hypergeometricTail(population: 4e9, marked: 1e4, sample: 500, drawn: 480) < 1e-300)
  }

  @Test func chiSquareTailAtKnownPoints() {
    #expect(abs(Statistics.chiSquareTail(3.841_458_8) - 0.05) < 1e-6)
    #expect(abs(Statistics.chiSquareTail(10.827_566) - 0.001) < 1e-7)
  }

  @Test func medians() {
    #expect(Statistics.median([]) == nil)
    #expect(Statistics.median([3, 1, 2]) == 2)
    #expect(Statistics.median([4, 1, 2, 3]) == 2.5)
  }
}

@Suite struct RateStepTests {
  /// Counts of a series with two rates, over-dispersed by bursts of `burst` events.
  private func series(
    seed: UInt64, bins: Int, at: Int, before: Double, after: Double, burst: UInt32
  ) -> [UInt32] {
    var random = SplitMix(state: seed)
    return (0..<bins).map { bin in
      let rate = (bin < at ? before : after) / Double(burst)
      // A binomial of many small chances stands in for Poisson.
      return (0..<200).reduce(UInt32(0)) { sum, _ in
        sum + (random.unit() < rate / 200 ? burst : 0)
      }
    }
  }

  @Test(arguments: 1...40)
  func aStepIsFoundWithinABin(seed: Int) throws {
    let counts = series(
      seed: UInt64(seed), bins: 336, at: 300, before: 0.5, after: 60, burst: 1)
    let step = try #require(RateStep.find(counts))
    #expect(step.onset.lowerBound <= 301 && step.onset.upperBound >= 299)
    #expect(step.onset.count <= 3)
    #expect(abs(step.after - 60) < 8)
  }

  @Test(arguments: 1...200)
  func aSteadyRateHasNoStep(seed: Int) {
    for burst in [UInt32(1), 5, 20] {
      let counts = series(
        seed: UInt64(seed), bins: 168, at: 0, before: 20, after: 20, burst: burst)
      #expect(RateStep.find(counts) == nil)
    }
  }

  @Test func aFallAndAShortSeriesAreNoSteps() {
    #expect(
      RateStep.find(series(seed: 1, bins: 100, at: 50, before: 60, after: 2, burst: 1)) == nil)
    #expect(RateStep.find([UInt32](repeating: 100, count: 23)) == nil)
    #expect(RateStep.find([]) == nil)
  }
}

/// SplitMix64, so that tests draw the same numbers everywhere.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
}

import Detection
import Observations
import Testing

@Suite struct ArithmeticTests {
  /// Against the sums of Poisson's law, which the interval's bounds leave 2.5 % on either side.
  @Test(arguments: [10, 11, 25, 60, 150])
  func countIntervalsAreExactEnough(count: Int) {
    let interval = CountInterval(count)
    func atMost(_ n: Int, _ mean: Double) -> Double {
      var term = 1.0
      for _ in 0..<40 { term *= 1 }
      // e to the power of minus the mean, by squaring.
      var base = 1 - mean / 0x1p40
      for _ in 0..<40 { base *= base }
      term = base
      var sum = term
      for k in 1...max(1, n) where n > 0 {
        term *= mean / Double(k)
        sum += term
      }
      return sum
    }
    #expect(abs(1 - atMost(count - 1, interval.low) - 0.025) < 0.002)
    #expect(abs(atMost(count, interval.high) - 0.025) < 0.002)
  }

  /// Ten tries a second: after how long telescopes of several sizes meet them (Moore and others 2004).
  @Test(
    arguments: [
      (16_777_216.0, 0.05, 1.3), (16_777_216, 0.5, 18), (16_777_216, 0.95, 77),
      (65_536, 0.05, 336), (65_536, 0.5, 4_543), (65_536, 0.95, 19_630),
      (256, 0.05, 86_050), (256, 0.5, 1_163_000), (256, 0.95, 5_026_000),
      (1, 0.5, 297_704_000),
    ])
  func telescopesMeetScannersAfter(addresses: Double, share: Double, seconds: Double) throws {
    let telescope = try #require(Telescope(addresses: addresses))
    let found = telescope.secondsToSee(share, perSecond: 10)
    #expect(abs(found / seconds - 1) < 0.04, "\(found)")
    #expect(abs(telescope.chanceToSee(perSecond: 10, within: found) - share) < 0.003)
  }

  /// The quantile is what simulated scanners need (three standard errors of 4,000 draws).
  @Test func simulatedScannersAreMetAsSaid() throws {
    let telescope = try #require(Telescope(addresses: 65_536))
    let seconds = telescope.secondsToSee(0.5, perSecond: 10)
    var random = SplitMix(state: 3)
    var met = 0
    for _ in 0..<4_000 {
      // Whether any of so many tries falls among one in 65,536, drawn in one go of at most 64 bits each.
      met += (0..<Int(seconds * 10) / 64).contains { _ in random.next() % 1_024 == 0 } ? 1 : 0
    }
    // 64 tries at one in 65,536 are one draw of one in 1,024.03.
    #expect(abs(Double(met) / 4_000 - 0.5) < 3 * 0.008)
  }

  @Test func ratesAreRefusedBelowTenEvents() throws {
    let telescope = try #require(Telescope(addresses: 256))
    #expect(telescope.rate(events: 9, seconds: 1_000) == nil)
    #expect(telescope.rate(events: 10, seconds: 0) == nil)
    let rate = try #require(telescope.rate(events: 100, seconds: 3_600))
    #expect(abs(rate.perSecond - 100.0 / 3_600 * 16_777_216) < 1)
    #expect(rate.low < rate.perSecond && rate.perSecond < rate.high)
    #expect(Telescope(addresses: 0) == nil)
    #expect(Telescope(addresses: 1e12) == nil)
    // One address that is met twice within a day is no blind scan at ten a second.
    let single = try #require(Telescope(addresses: 1))
    #expect(single.chanceOf(events: 2, perSecond: 10, seconds: 86_400) < 1e-7)
    #expect(single.chanceOf(events: 0, perSecond: 10, seconds: 86_400) == 1)
    let wide = try #require(Telescope(addresses: 16_777_216))
    #expect(abs(wide.chanceOf(events: 34, perSecond: 10, seconds: 864) - 0.5) < 0.1)
  }

  /// The published numbers of two worms, and where the model misses them.
  @Test func theLogisticModelAgainstWhatWasMeasured() throws {
    let slammer = try #require(Epidemic(hosts: 75_000, doubling: 8.5))
    #expect(abs(slammer.growth - 0.0815) < 0.0001)
    #expect(abs(slammer.triesPerSecond - 4_670) < 2)
    #expect(abs(slammer.seconds(to: 0.9) / 60 - 2.7) < 0.05)
    let slow = try #require(Epidemic(hosts: 359_000, doubling: 37 * 60))
    #expect(abs(slow.growth * 3_600 - 1.12) < 0.01)
    #expect(abs(slow.peak * 60 - 1_680) < 5)
    #expect(abs(slow.seconds(to: 0.9) / 3_600 - 13.3) < 0.1)
    let fast = try #require(
      Epidemic(hosts: 359_000, triesPerSecond: 1.8 / 3_600 * Telescope.space / 359_000))
    #expect(abs(fast.growth * 3_600 - 1.8) < 1e-9)
    #expect(abs(fast.peak * 60 - 2_690) < 5)
    #expect(abs(fast.seconds(to: 0.9) / 3_600 - 8.3) < 0.1)
    let measured = MeasuredEpidemic.all
    #expect(measured.map(\.name) == ["Slammer", "Code Red"])
    #expect(measured[0].words.contains("the model does not hold"))
    #expect(!measured[1].words.contains("the model does not hold"))
    #expect(Epidemic(hosts: 1, doubling: 8) == nil)
    #expect(Epidemic(hosts: 100, doubling: 0) == nil)
  }

  @Test func recaptureIsChapmans() throws {
    let found = try #require(Recapture(first: 1_200, second: 1_100, common: 400))
    #expect(Int(found.estimate.rounded()) == 3_297)
    #expect(Int(found.error.rounded()) == 107)
    #expect(Recapture(first: 100, second: 100, common: 9) == nil)
    #expect(Recapture(first: 5, second: 100, common: 50) == nil)
    #expect(try #require(Recapture(first: 50, second: 50, common: 50)).low >= 50)
  }

  /// Two blind samples of a known population: the interval holds it about 19 times in 20.
  @Test func recaptureHoldsTheTruth() throws {
    var random = SplitMix(state: 8)
    var held = 0
    for _ in 0..<200 {
      var (first, second, common) = (0, 0, 0)
      for _ in 0..<2_000 {
        let (a, b) = (random.unit() < 0.3, random.unit() < 0.2)
        first += a ? 1 : 0
        second += b ? 1 : 0
        common += a && b ? 1 : 0
      }
      let found = try #require(Recapture(first: first, second: second, common: common))
      held += found.low <= 2_000 && found.high >= 2_000 ? 1 : 0
    }
    #expect(held >= 180)
  }

  /// Sightings whose rate doubles in a known time; steady ones have none.
  @Test(arguments: 1...30)
  func growthIsFoundWhereItIs(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    // The inverse of the share up to a time, for six doublings in an hour: 63 parts.
    var grown: [Double] = []
    for _ in 0..<120 {
      let part = 1 + 63 * random.unit()
      // The base-2 logarithm by halving.
      var (low, high) = (0.0, 6.0)
      for _ in 0..<40 {
        let middle = (low + high) / 2
        var power = 1.0
        for _ in 0..<Int(middle) { power *= 2 }
        let rest = middle - Double(Int(middle))
        // 2 to the power of what is left, by its series.
        power *=
          1 + 0.693_147 * rest
          * (1 + 0.346_574 * rest * (1 + 0.231_049 * rest * (1 + 0.173_287 * rest)))
        if power < part { low = middle } else { high = middle }
      }
      grown.append(low * 600)
    }
    let found = try #require(Growth(grown, length: 3_600))
    let doubling = try #require(found.doubling)
    #expect(doubling > 420 && doubling < 860)
    let steady = try #require(Growth((0..<120).map { _ in 3_600 * random.unit() }, length: 3_600))
    #expect(steady.low < 0.693 / 900)
    #expect(Growth([Double](repeating: 1, count: 19), length: 10) == nil)
  }

  @Test func aStrangersRateIsSaidOfAllAddresses() throws {
    var traffic = Traffic1()
    for k in 0..<200 {
      traffic.packet(
        "203.0.113.9", 40_000, "198.51.100.\(k)", 445, .tcp, flags: .syn, action: .blocked,
        path: .inbound)
      traffic.wait(10)
    }
    let result = traffic.run(isCapture: false, refusalsOnly: true)
    let home = try #require(Prefix("198.51.100.0/24"))
    let one = try #require(
      Correlation(streams: [result], visits: [], home: [home]).activities.first)
    let found = try #require(one.finding(.scanRate))
    #expect(found.values["watched"] == .number(256))
    #expect(abs((found.values["perSecond"]?.numeric ?? 0) - 0.1) < 0.001)
    let blind = found.values["blindPerSecond"]?.numeric ?? 0
    #expect(abs(blind / (0.1 * 16_777_216) - 1) < 0.01)
    #expect((found.values["slowScanChance"]?.numeric ?? 1) < 1e-12)
    #expect(found.values["tooSlowFor"] == .text("none"))
  }
}

import Foundation
import Observations
import Pool
import Testing

/// Estimates against worlds whose truth is known: intervals of 90 % must hold it that often.
@Suite struct EstimateTests {
  /// A number of events whose mean is known.
  private func poisson(_ mean: Double, _ chance: inout Chance) -> Int {
    var (count, left) = (0, mean)
    while left > 0 {
      left += log(1 - chance.share())
      if left > 0 { count += 1 }
    }
    return count
  }

  /// How many of some worlds' truths lie within the interval; the bound allows four standard errors.
  private func covers(
    _ rounds: Int = 200, atLeast share: Double = 0.82,
    _ world: (inout Chance) -> (truth: Double, result: EstimateResult)
  ) throws {
    var (held, ratio) = (0, 0.0)
    for round in 0..<rounds {
      var chance = Chance(UInt64(round) &* 7_919 &+ 3)
      let (truth, result) = world(&chance)
      let estimate = try #require(result.estimate, "\(result)")
      #expect(estimate.low <= estimate.value && estimate.value <= estimate.high)
      #expect(!estimate.assumptions.isEmpty)
      if (estimate.low...estimate.high).contains(truth) { held += 1 }
      ratio += estimate.value / truth
    }
    #expect(Double(held) / Double(rounds) >= share, "\(held) of \(rounds)")
    #expect(abs(ratio / Double(rounds) - 1) < 0.1, "mean ratio \(ratio / Double(rounds))")
  }

  @Test func populationsAreFoundByCaptureAndRecapture() throws {
    try covers { chance in
      var (one, other) = (Set<Address>(), Set<Address>())
      let size = 500 + chance.below(500)
      for number in 0..<size as Range<Int> {
        let address = Address(ipv4: UInt32(number + 1))
        if chance.share() < 0.3 { one.insert(address) }
        if chance.share() < 0.2 { other.insert(address) }
      }
      let result = Estimates.population(first: one, second: other) { _ in true }
      return (Double(size), result)
    }
  }

  /// The second group has no IPv6: without the correction its silence would count as absence.
  @Test func whoCouldNotSeeIsNoWitness() throws {
    try covers { chance in
      var (one, other) = (Set<Address>(), Set<Address>())
      for number in 0..<600 as Range<Int> {
        let four = Address(ipv4: UInt32(number + 1))
        let six = Address(high: 0x2001_0db8_0000_0000, low: UInt64(number))
        if chance.share() < 0.3 { one.insert(four) }
        if chance.share() < 0.3 { one.insert(six) }
        if chance.share() < 0.3 { other.insert(four) }
      }
      return (600, Estimates.population(first: one, second: other, couldBeMetByBoth: \.isIPv4))
    }
  }

  @Test func intervalsOfProbesAreFound() throws {
    try covers { chance in
      let (addresses, seconds, interval) = (256.0, 86_400.0, 200_000.0)
      let probes = poisson(addresses * seconds / interval, &chance)
      return (
        interval,
        Estimates.probeInterval(probes: probes, addresses: addresses, seconds: seconds)
      )
    }
  }

  @Test func sharesAreFound() throws {
    try covers { chance in
      let part = (0..<80).count { _ in chance.share() < 0.35 }
      return (0.35, Estimates.share(of: part, among: 80, denominator: "activities"))
    }
  }

  /// An epidemic that grows by a fifth each day, watched by ever more sensors.
  @Test func growthIsToldFromMoreSensors() throws {
    try covers { chance in
      let counts = (0..<14).map { day in
        let exposure = Double(5 + 3 * day)
        return ExposedCount(
          events: poisson(0.4 * pow(1.2, Double(day)) * exposure, &chance), exposure: exposure)
      }
      return (1.2, Estimates.growth(counts))
    }
  }

  /// Counts that scatter twice as much as chance has it.
  @Test func growthAllowsForScatter() throws {
    try covers { chance in
      let counts = (0..<20).map { _ in
        let burst = chance.coin() ? 0.4 : 1.6
        return ExposedCount(events: poisson(30 * burst, &chance), exposure: 1)
      }
      return (1, Estimates.growth(counts))
    }
  }

  private func spans(
    _ chance: inout Chance, stay: Double, perDay: Double, days: Double
  ) -> [SourceSpan] {
    var (result, now) = ([SourceSpan](), -10 * stay)
    while true {
      now -= log(1 - chance.share()) / perDay
      if now > days { return result }
      let end = now - stay * log(1 - chance.share())
      // Met every half hour or so while it is there.
      var (time, first, last) = (now, Double?.none, 0.0)
      while true {
        time -= log(1 - chance.share()) / 48
        guard time < min(end, days) else { break }
        if time >= 0 {
          first = first ?? time
          last = time
        }
      }
      guard let first else { continue }
      func stamp(_ day: Double) -> Timestamp {
        Timestamp(seconds: noon.wholeSeconds + Int64(day * 86_400))
      }
      result.append(SourceSpan(first: stamp(first), last: stamp(last)))
    }
  }

  @Test func arrivalsAndStaysAreFound() throws {
    let window = noon...Timestamp(seconds: noon.wholeSeconds + 20 * 86_400)
    try covers(60) { chance in
      let spans = spans(&chance, stay: 2, perDay: 6, days: 20)
      return (2, Estimates.stay(spans, window: window, quiet: 21_600))
    }
    try covers(60) { chance in
      let spans = spans(&chance, stay: 2, perDay: 6, days: 20)
      return (6, Estimates.arrivals(spans, window: window, quiet: 21_600))
    }
  }

  @Test func littleIsNoEstimate() {
    let some = Set((0..<9).map { Address(ipv4: UInt32($0 + 1)) })
    #expect(
      Estimates.population(first: some, second: some) { _ in true }
        == .refused(because: "9 sources met by both groups, and 10 are needed"))
    #expect(Estimates.probeInterval(probes: 9, addresses: 1, seconds: 1).estimate == nil)
    #expect(Estimates.probeInterval(probes: 90, addresses: 0, seconds: 1).estimate == nil)
    #expect(Estimates.share(of: 9, among: 9, denominator: "x").estimate == nil)
    #expect(Estimates.share(of: 90, among: 20, denominator: "x").estimate == nil)
    #expect(Estimates.active(DistinctCount(value: 9, isExact: true)).estimate == nil)
    #expect(Estimates.growth([]).estimate == nil)
    let late = (0..<9).map { ExposedCount(events: $0 == 8 ? 50 : 0, exposure: 1) }
    #expect(Estimates.growth(late).estimate == nil)
    let dark = (0..<9).map { _ in ExposedCount(events: 50, exposure: 0) }
    #expect(Estimates.growth(dark).estimate == nil)
    #expect(Estimates.arrivals([], window: noon...noon, quiet: 60).estimate == nil)
  }
}

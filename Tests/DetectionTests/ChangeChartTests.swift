import Detection
import Observations
import Testing

/// Counts with a given mean and, for a dispersion of two and more, that variance over mean: bursts of a
/// geometric number of events, of which a Poisson number come (a compound of variance over mean 2 m − 1
/// for bursts of m events on average).
private func counts(
  _ random: inout SplitMix, _ hours: Int, mean: Double, dispersion: Double
) -> [UInt32] {
  let burst = (dispersion + 1) / 2
  var limit = 1 - mean / burst / 0x1p40
  for _ in 0..<40 { limit *= limit }
  return (0..<hours).map { _ in
    var total: UInt32 = 0
    // Poisson by multiplying draws until they fall below e to the power of minus the mean (Knuth).
    var product = random.unit()
    while product > limit {
      total += 1
      while random.unit() < 1 - 1 / burst { total += 1 }
      product *= random.unit()
    }
    return total
  }
}

@Suite struct ChangeChartTests {
  @Test func theReferenceIsThatOfTheTextbook() throws {
    // Poisson, doubled: λ / ln 2. For 12.5 an hour that is 18.0.
    let chart = try #require(ChangeChart(rate: 12.5, dispersion: 1))
    #expect(abs(chart.reference - 18.03) < 0.01)
    // With scatter it lies between the rates all the same, nearer to the usual one.
    for rate in [0.1, 1, 12.5, 300, 1e5] {
      for dispersion in [1.5, 3, 10, 100] {
        let wide = try #require(ChangeChart(rate: rate, dispersion: dispersion))
        #expect(wide.reference > rate && wide.reference < 2 * rate)
        #expect(wide.threshold > 0 && wide.threshold.isFinite)
      }
    }
    #expect(ChangeChart(rate: 0, dispersion: 1) == nil)
    #expect(ChangeChart(rate: .infinity, dispersion: 1) == nil)
    #expect(ChangeChart(rate: .nan, dispersion: .nan) == nil)
  }

  /// A series of one rate raises an alarm in 30 days at most, on average, and not much less often.
  @Test(arguments: [(0.5, 1.0), (2, 1), (12.5, 1), (5, 3), (12.5, 5)])
  func falseAlarmsAreAsRareAsSet(rate: Double, dispersion: Double) throws {
    let chart = try #require(ChangeChart(rate: rate, dispersion: dispersion))
    var random = SplitMix(state: 41)
    var hours = 0.0
    let runs = 60
    for _ in 0..<runs {
      let series = counts(&random, 4_000, mean: rate, dispersion: dispersion)
      hours += Double(chart.alarms(series).first.map { $0.alarm + 1 } ?? 4_000)
    }
    let mean = hours / Double(runs)
    // The time to an alarm scatters as much as it lasts; series that end without one make it shorter.
    #expect(mean > 720 * 0.6, "\(mean)")
    #expect(mean < 720 * 2.5, "\(mean)")
  }

  @Test(arguments: 1...20)
  func aDoubledRateIsNoticedAndItsOnsetFound(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    let chart = try #require(ChangeChart(rate: 20, dispersion: 2))
    let before = counts(&random, 100, mean: 20, dispersion: 2)
    let after = counts(&random, 100, mean: 40, dispersion: 2)
    let alarms = chart.alarms(before + after)
    // One series in ten has a false alarm before, which may still last.
    guard alarms.allSatisfy({ $0.alarm >= 100 }) else { return }
    let first = try #require(alarms.first)
    #expect(first.alarm < 110)
    #expect((90...105).contains(first.onset))
  }

  /// A source that tries one service, so many times an hour, beside others that go on as ever.
  private func activity(_ perHour: [Int], others: [Int]) -> ActivityEvidence? {
    var traffic = Traffic1()
    traffic.now = 1_200_000_000_000_000_000 / 3_600_000_000_000 * 3_600_000_000_000
    for (hour, count) in perHour.enumerated() {
      let start = traffic.now
      for k in 0..<count {
        let number = hour * 61 + k
        traffic.packet(
          "203.0.113.9", 40_000, "198.51.\(number / 250 % 250).\(number % 250)", 445, .tcp,
          flags: .syn,
          action: .blocked)
        traffic.wait(30)
      }
      for k in 0..<others[hour] {
        traffic.packet(
          "203.0.113.77", 40_000, "198.51.100.\(k % 9)", 23, .tcp, flags: .syn, action: .blocked)
        traffic.wait(20)
      }
      traffic.now = start + 3_600_000_000_000
    }
    return traffic.activities(isCapture: false, refusalsOnly: true).first {
      $0.subject.value == "203.0.113.9"
    }
  }

  @Test func aChangeIsToldFromOneOfTheLog() throws {
    let quiet = [Int](repeating: 20, count: 60)
    let loud = quiet + [Int](repeating: 60, count: 40)
    let steady = [Int](repeating: 10, count: 100)
    let alone = try #require(activity(loud, others: steady)?.finding(.rateChange))
    #expect(alone.values["alarms"] == .integer(1))
    #expect(alone.values["wholeEvidence"] == .flag(false))
    guard case .time(let from)? = alone.values["onsetFrom"] else {
      Issue.record("no onset")
      return
    }
    let hour = (from.nanoseconds - 1_200_000_000_000_000_000) / 3_600_000_000_000
    #expect((59...61).contains(hour))
    let more = [Int](repeating: 10, count: 60) + [Int](repeating: 30, count: 40)
    let whole = try #require(activity(loud, others: more)?.finding(.rateChange))
    #expect(whole.values["wholeEvidence"] == .flag(true))
    let none = activity([Int](repeating: 20, count: 100), others: steady)
    #expect(none != nil && none?.finding(.rateChange) == nil)
  }
}

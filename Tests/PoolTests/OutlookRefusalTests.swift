import Observations
import Pool
import Simulation
import Testing

/// What an outlook does not say, and what moves it.
@Suite struct OutlookRefusalTests {
  private let key = SampleKey(high: 3, low: 4)

  private func settings(_ change: (inout Epidemic.Settings) -> Void = { _ in }) -> Epidemic.Settings
  {
    var settings = Epidemic.Settings(seed: 11, firstDay: Day(rawValue: 20_650))
    change(&settings)
    return settings
  }

  private func outlook(_ epidemic: Epidemic) -> Outlook {
    let (digests, exposures) = epidemic.digests(key: key)
    return Outlook(of: digests, exposures: exposures, in: epidemic.days)
  }

  private func all(_ outlook: Outlook) -> [EstimateResult] {
    [
      outlook.active, outlook.population, outlook.arrivals, outlook.stay, outlook.growth,
      outlook.probeInterval,
    ]
  }

  private func reason(_ result: EstimateResult) -> String {
    if case .refused(let because) = result { because } else { "" }
  }

  @Test func tooLittleIsNoOutlook() {
    let cases: [(epidemic: Epidemic, because: String)] = [
      (
        Epidemic(
          settings {
            $0.present = 3
            $0.arrivalsPerDay = 0.1
          }), "fewer than 10 sources that 3 networks met on one day"
      ),
      (
        Epidemic(settings { $0.sensors = Array($0.sensors.prefix(2)) }),
        "fewer than 10 sources that 3 networks met on one day"
      ),
      (
        Epidemic(settings { $0.days = 4 }),
        "4 days on which enough networks reported, and 5 are needed"
      ),
    ]
    for (epidemic, because) in cases {
      for result in all(outlook(epidemic)) { #expect(reason(result) == because) }
    }
    let days = Day(rawValue: 5)...Day(rawValue: 9)
    let nothing = Outlook(of: [], exposures: [], in: days)
    #expect(all(nothing).allSatisfy { $0.estimate == nil } && nothing.shares.isEmpty)
  }

  @Test func whereNobodyLeftNothingIsSaidOfStays() {
    let outlook = outlook(
      Epidemic(
        settings {
          $0.stay = 2_000
          $0.arrivalsPerDay = 0.01
        }))
    #expect(outlook.stay.estimate == nil && outlook.arrivals.estimate == nil)
    #expect(outlook.growth.estimate == nil)
    #expect(outlook.active.estimate.map { ($0.low...$0.high).contains(60) } == true)
  }

  @Test func unknownAddressesRefuseTheProbeIntervalOnly() throws {
    let epidemic = Epidemic(settings())
    var (digests, exposures) = epidemic.digests(key: key)
    for place in exposures.indices { exposures[place].networks[1].watched = nil }
    let outlook = Outlook(of: digests, exposures: exposures, in: epidemic.days)
    #expect(
      reason(outlook.probeInterval)
        == "of 1 of the 5 networks it is not stated how many addresses they watch")
    let active = try #require(outlook.active.estimate)
    #expect(
      active.assumptions.contains("all networks are taken to watch as many addresses as each other")
    )
    digests.reverse()
    exposures.reverse()
    #expect(Outlook(of: digests, exposures: exposures, in: epidemic.days) == outlook)
  }

  /// Days before and after everything that was watched change nothing.
  @Test func emptyDaysAtTheEndsAreLeftOut() {
    let epidemic = Epidemic(settings())
    let (digests, exposures) = epidemic.digests(key: key)
    let wide = epidemic.days.lowerBound.advanced(by: -9)...epidemic.days.upperBound.advanced(by: 7)
    let lone = DayExposure(
      day: wide.upperBound, networks: Array(exposures[0].networks.prefix(2)))
    let outlook = Outlook(of: digests, exposures: exposures + [lone], in: wide)
    #expect(outlook == Outlook(of: digests, exposures: exposures, in: epidemic.days))
    #expect(outlook.days == epidemic.days)
  }

  /// Nobody who sends to one network, however much, moves anything that is said.
  @Test func oneNetworkMovesNothing() {
    let plain = outlook(Epidemic(settings()))
    #expect(all(plain).allSatisfy { $0.estimate != nil })
    #expect(outlook(Epidemic(settings { $0.variants = [.forged] })) == plain)
  }

  @Test func publishedNumbersAreCoarse() throws {
    let exact = outlook(Epidemic(settings()))
    for (one, other) in zip(all(exact), all(exact.published)) {
      let (before, after) = (try #require(one.estimate), try #require(other.estimate))
      #expect(after.low <= before.low && after.high >= before.high)
      #expect(abs(after.value / before.value - 1) <= 0.05)
      #expect(after.events <= before.events && after.assumptions == before.assumptions)
      for number in [after.value, after.low, after.high] {
        let digits = "\(number)".filter(\.isNumber).drop { $0 == "0" }
        #expect(digits.reversed().drop { $0 == "0" }.count <= 3, "\(number)")
      }
    }
    #expect(exact.published.published == exact.published)
  }

  /// An epidemic's batches tell what its own digests tell.
  @Test(arguments: [
    [], [Epidemic.Variant.forged], [.changingAddresses], [.blindSensors, .comingSensors],
  ])
  func batchesTellTheSame(_ variants: [Epidemic.Variant]) {
    let epidemic = Epidemic(
      settings {
        $0.days = 5
        $0.variants = Set(variants)
      })
    let submissions = epidemic.submissions()
    #expect(submissions == Epidemic(epidemic.settings).submissions())
    #expect(submissions.allSatisfy { $0.batch.problem == nil })
    let trend = TrendKey.service(epidemic.settings.service)
    let digests = epidemic.days.compactMap { day in
      var sightings: [Address: [SourceSighting]] = [:]
      for submission in submissions {
        for report in submission.batch.reports where Day(report.first) == day {
          sightings[report.subject, default: []].append(
            SourceSighting(report, network: submission.network))
        }
      }
      var maker = DayDigestMaker(day: day, key: key)
      for (source, met) in sightings { maker.add(source, met) }
      return maker.digests()[trend]
    }
    #expect(digests == epidemic.digests(key: key).digests)
    #expect(digests.count == 5)
  }
}

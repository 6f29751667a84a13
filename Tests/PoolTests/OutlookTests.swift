import Observations
import Pool
import Simulation
import Testing

/// Estimates against simulated epidemics: intervals of 90 % must hold the truth of 85 to 95 % of them.
@Suite struct OutlookTests {
  /// An epidemic whose numbers all follow from its seed.
  static func epidemic(_ seed: UInt64, _ variants: Set<Epidemic.Variant> = []) -> Epidemic {
    var chance = Chance(seed &* 104_729 &+ 17)
    var settings = Epidemic.Settings(
      seed: seed, firstDay: Day(rawValue: 20_600 + chance.below(300)))
    settings.days = 10 + chance.below(8)
    settings.sensors = (0..<(4 + chance.below(4))).map { _ in
      Epidemic.Sensor(watched: UInt64(64 << chance.below(4)), days: 0..<settings.days)
    }
    settings.present = 20 + chance.below(60)
    settings.arrivalsPerDay = 10 + 15 * chance.share()
    settings.growth = 0.9 + 0.25 * chance.share()
    settings.stay = 2 + 5 * chance.share()
    let watched = settings.sensors.reduce(0) { $0 + Double($1.watched) }
    // Five to fifteen probes of each host reach sensors in a day.
    settings.probesPerAddress = (5 + 10 * chance.share()) / watched
    settings.packetsOfProbe = 1 + chance.below(3)
    settings.variants = variants
    return Epidemic(settings)
  }

  struct Line {
    var name: String
    var truth: Double
    var result: EstimateResult
  }

  /// Estimates and truth; sources of numbers from `cut` on are left out, as where there are too many to keep.
  static func lines(
    _ epidemic: Epidemic, cut: UInt64 = .max, fewest: UInt64 = Publication.fewestOfPublicPool
  ) -> [Line] {
    var (digests, exposures) = epidemic.digests(
      key: SampleKey(high: 1, low: 2), fewestNetworks: fewest)
    for place in digests.indices where cut < digests[place].cut {
      digests[place].cut = cut
      digests[place].sample.removeAll { $0.number >= cut }
    }
    let outlook = Outlook(
      of: digests, exposures: exposures, in: epidemic.days, fewestNetworks: fewest)
    let truth = epidemic.truth
    var lines = [
      Line(name: "active", truth: truth.active, result: outlook.active),
      Line(name: "population", truth: truth.population, result: outlook.population),
      Line(name: "arrivals", truth: truth.arrivalsPerDay, result: outlook.arrivals),
      Line(name: "stay", truth: truth.stayDays, result: outlook.stay),
      Line(name: "growth", truth: truth.growthPerDay, result: outlook.growth),
      Line(
        name: "probe interval", truth: truth.probeIntervalSeconds, result: outlook.probeInterval),
    ]
    let share = outlook.shares.first { $0.article == "opaserv-share-worm" }
    lines.append(
      Line(
        name: "share", truth: truth.shares["opaserv-share-worm"] ?? 0,
        result: share?.share ?? .refused(because: "none")))
    return lines
  }

  /// The estimates of some epidemics, kind by kind.
  static func coverage(
    of epidemics: Range<Int>, _ variants: Set<Epidemic.Variant> = [], cut: UInt64 = .max,
    fewest: UInt64 = Publication.fewestOfPublicPool
  ) async -> [Coverage] {
    let all = await withTaskGroup(of: [[Line]].self) { group in
      for part in 0..<4 {
        group.addTask {
          stride(from: epidemics.lowerBound + part, to: epidemics.upperBound, by: 4).map {
            OutlookTests.lines(
              OutlookTests.epidemic(UInt64($0), variants), cut: cut, fewest: fewest)
          }
        }
      }
      return await group.reduce(into: [[Line]]()) { $0 += $1 }
    }
    return (all.first ?? []).indices.map { place in Coverage(all.map { $0[place] }) }
  }

  @Test func intervalsHoldTheTruthOfNineInTen() async throws {
    for table in await Self.coverage(of: 1..<201) {
      #expect(table.refused == 0, "\(table)")
      #expect((0.85...0.95).contains(table.share), "\(table)")
      #expect(abs(table.ratio - 1) < 0.05, "\(table)")
    }
  }

  /// Sensors that begin late, end early or pause, that do not let the service through, a flood of forged
  /// sources at one network, and sources of which half are left out: the same estimates, held to four
  /// standard errors.
  @Test(arguments: [
    Epidemic.Variant.comingSensors, .blindSensors, .forged, nil,
  ])
  func whatCouldBeSeenIsAllowedFor(_ variant: Epidemic.Variant?) async throws {
    let tables = await Self.coverage(
      of: 301..<331, variant.map { [$0] } ?? [], cut: variant == nil ? .max / 2 : .max)
    for table in tables {
      #expect(table.refused == 0 && table.share > 0.68, "\(table)")
      #expect(abs(table.ratio - 1) < 0.1, "\(table)")
    }
  }

  /// A pool of one organisation concludes from what one network met, one that is large from what four did:
  /// the same estimates, held to four standard errors.
  @Test(arguments: [1, 2, 4] as [UInt64])
  func whateverIsEnoughTheTruthIsHeld(_ fewest: UInt64) async throws {
    for table in await Self.coverage(of: 401..<431, fewest: fewest) {
      #expect(table.refused <= (fewest > 3 ? 6 : 0) && table.share > 0.68, "\(table)")
      #expect(abs(table.ratio - 1) < 0.1, "\(table)")
    }
  }

  /// How estimates of one kind compare with the truth.
  struct Coverage: CustomStringConvertible {
    var name: String
    var estimates = 0
    var refused = 0
    var held = 0
    /// Truths below and above the interval.
    var below = 0
    var above = 0
    /// The mean of estimates over truths, and of the intervals' lengths over estimates.
    var ratio = 0.0
    var width = 0.0
    var share: Double { Double(held) / Double(max(1, estimates)) }

    init(_ lines: [Line]) {
      name = lines.first?.name ?? ""
      for line in lines {
        guard let estimate = line.result.estimate else {
          refused += 1
          continue
        }
        estimates += 1
        if line.truth < estimate.low { below += 1 }
        if line.truth > estimate.high { above += 1 }
        if (estimate.low...estimate.high).contains(line.truth) { held += 1 }
        ratio += estimate.value / line.truth
        width += (estimate.high - estimate.low) / estimate.value
      }
      ratio /= Double(max(1, estimates))
      width /= Double(max(1, estimates))
    }

    var description: String {
      "\(name): \(held) of \(estimates) held, truth below \(below), above \(above), "
        + "\(refused) refused, mean ratio \(ratio), mean width \(width)"
    }
  }
}

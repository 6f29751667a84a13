import Observations
import Pool
import Simulation
import Testing

/// Estimates against simulated epidemics: intervals of 90 % must hold the truth of 85 to 95 % of them.
@Suite struct OutlookTests {
  /// An epidemic whose numbers all follow from its seed.
  static func epidemic(_ seed: UInt64) -> Epidemic {
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
    return Epidemic(settings)
  }

  struct Line {
    var name: String
    var truth: Double
    var result: EstimateResult
  }

  static func lines(_ epidemic: Epidemic) -> [Line] {
    let (digests, exposures) = epidemic.digests(key: SampleKey(high: 1, low: 2))
    let outlook = Outlook(of: digests, exposures: exposures, in: epidemic.days)
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

  @Test func intervalsHoldTheTruthOfNineInTen() async throws {
    let epidemics = 200
    let all = await withTaskGroup(of: [[Line]].self) { group in
      for part in 0..<4 {
        group.addTask {
          stride(from: part, to: epidemics, by: 4).map {
            OutlookTests.lines(OutlookTests.epidemic(UInt64($0 + 1)))
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    for place in all[0].indices {
      let table = Coverage(all.map { $0[place] })
      #expect(table.refused == 0, "\(table)")
      #expect((0.85...0.95).contains(table.share), "\(table)")
      #expect(abs(table.ratio - 1) < 0.05, "\(table)")
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

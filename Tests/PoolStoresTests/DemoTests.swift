import Observations
import Pool
import PoolStores
import Simulation
import Testing

/// The demo's story, as everybody may read it.
@Suite struct DemoOutlookTests {
  private let now = Timestamp(seconds: 1_790_000_000)

  @Test func theTruthLiesWithinWhatIsSaid() async throws {
    let folders = Folders()
    let store = try SQLiteStore(folder: folders.next())
    let demo = PoolDemo(now: now)
    #expect(try await demo.fill(store) > 1_000)
    #expect(try await demo.fill(store) == 0)
    #expect(try await store.sensors().map(\.watched).allSatisfy { $0 != nil })
    let key = TrendKey.service(PoolDemo.service)
    let outlook = Outlook(
      of: try await store.digests(key, in: demo.days),
      exposures: try await store.exposures(in: demo.days), in: demo.days
    ).published
    let truth = demo.truth
    let said: [(name: String, truth: Double, result: EstimateResult)] = [
      ("active", truth.active, outlook.active),
      ("population", truth.population, outlook.population),
      ("arrivals", truth.arrivalsPerDay, outlook.arrivals),
      ("stay", truth.stayDays, outlook.stay), ("growth", truth.growthPerDay, outlook.growth),
      ("probe interval", truth.probeIntervalSeconds, outlook.probeInterval),
    ]
    for (name, truth, result) in said {
      let estimate = try #require(result.estimate, "\(name): \(result)")
      #expect((estimate.low...estimate.high).contains(truth), "\(name): \(truth), \(estimate)")
      #expect(estimate.high < 4 * estimate.low, "\(name) says little: \(estimate)")
    }
    let leading = try #require(outlook.shares.first)
    let share = try #require(leading.share.estimate)
    #expect(leading.article == "opaserv-share-worm")
    #expect((share.low...share.high).contains(truth.shares[leading.article] ?? 0))
    #expect(outlook.shares.map(\.article).contains("reverse-name-lookup"))
    #expect(try await store.check().isEmpty)
  }

  @Test func sameSeedSameBatches() {
    let one = PoolDemo(now: now, seed: 9).submissions()
    #expect(one == PoolDemo(now: now, seed: 9).submissions())
    #expect(one.map(\.digest) != PoolDemo(now: now, seed: 10).submissions().map(\.digest))
    for submission in one { #expect(submission.batch.problem == nil) }
    #expect(one.allSatisfy { $0.batch.reports.contains { $0.pattern != nil } })
  }
}

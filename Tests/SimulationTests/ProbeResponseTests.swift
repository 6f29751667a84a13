import Simulation
import Testing

/// Whether what is published tells where sensors are.
@Suite struct ProbeResponseTests {
  private static let outside: [ProbeResponse.Strategy] = [
    .sourceMarks, .portMarks, .borrowedSources, .volume, .thresholdSearch,
  ]

  private func found(
    _ strategy: ProbeResponse.Strategy, _ protection: ProbeResponse.Protection, tenths: Int,
    attempts: Int
  ) -> Int {
    let budget = ProbeTable.budget(tenths: tenths, sensors: 100)
    return (0..<attempts).count { seed in
      let outcome = ProbeResponse.attempt(
        strategy, against: protection, sensors: 100, budget: budget, seed: UInt64(seed))
      return outcome.found
    }
  }

  /// The documented budget: packets that reach a tenth of a sensor on average.
  @Test(arguments: outside)
  func withinTheDocumentedBudgetNobodyFindsASensor(_ strategy: ProbeResponse.Strategy) {
    #expect(found(strategy, .keyed, tenths: 1, attempts: 100) == 0)
    #expect(found(strategy, .networks, tenths: 1, attempts: 100) == 0)
  }

  /// Ten times as many packets are documented to find one in less than one attempt of twenty.
  @Test(arguments: outside)
  func beyondItFewDo(_ strategy: ProbeResponse.Strategy) {
    #expect(found(strategy, .keyed, tenths: 10, attempts: 60) <= 2)
  }

  /// The same packets find a sensor where what one network met is published at once.
  @Test(arguments: [ProbeResponse.Strategy.sourceMarks, .portMarks, .borrowedSources])
  func withoutProtectionTheyDo(_ strategy: ProbeResponse.Strategy) {
    #expect(found(strategy, .off, tenths: 10, attempts: 20) >= 8)
    #expect(found(strategy, .off, tenths: 100, attempts: 10) >= 9)
  }

  /// What the documentation admits: whoever has sensors of his own, or very many packets and time.
  @Test func admittedAttacksSucceed() {
    #expect(found(.ownSensors, .networks, tenths: 100, attempts: 10) >= 8)
    #expect(found(.thresholdSearch, .networks, tenths: 1_000, attempts: 10) >= 8)
    #expect(found(.thresholdSearch, .keyed, tenths: 1_000, attempts: 10) <= 2)
  }
}

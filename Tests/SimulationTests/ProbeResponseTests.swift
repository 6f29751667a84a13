import Simulation
import Testing

/// Whether what is published tells where sensors are.
@Suite struct ProbeResponseTests {
  @Test func measure() throws {
    let full = 1 << 24
    for protection in ProbeResponse.Protection.allCases {
      for strategy in ProbeResponse.Strategy.allCases {
        var line = "\(protection) \(strategy):"
        for divisor in [1_000, 300, 100, 30, 10, 3, 1] {
          let outcomes = (0..<20).map {
            ProbeResponse.attempt(
              strategy, against: protection, sensors: 100, budget: full / divisor, seed: $0)
          }
          let found = outcomes.filter(\.found)
          let days = found.map(\.days).reduce(0, +) / max(1, found.count)
          line += " 1/\(divisor): \(found.count) (\(days)d)"
        }
        print(line)
      }
    }
  }
}

import Pool
import Simulation
import Testing

/// What it takes to change what a pool says.
@Suite struct PoisoningTests {
  @Test func attemptsWithinTheDocumentedNumbersFlipNothing() throws {
    let attempts = try PoisoningAttempts(1_000, seed: 1)
    #expect(attempts.made == 1_000)
    #expect(attempts.flipsWithin == 0, "\(attempts.within.filter { $0.value.flipped > 0 })")
    for statement in PoisonedStatement.allCases {
      let (tried, _) = try #require(attempts.within[statement], "\(statement)")
      #expect(tried >= 100, "\(statement) was hardly tried")
      let (_, flipped) = try #require(attempts.beyond[statement], "\(statement)")
      #expect(flipped > 0, "\(statement) is never changed: the test cannot fail")
    }
  }

  /// The documented numbers are tight: as many networks as they name suffice, for every statement.
  @Test func documentedNumbersAreTheFewest() throws {
    for row in try PoisoningCurve().rows {
      for statement in PoisonedStatement.allCases {
        let fake = (1...min(2 * row.honest + 10, 64 - row.honest)).first {
          PoisoningForce(honest: row.honest, fake: $0).mayFlip(
            statement, of: row.story, fewest: 3)
        }
        #expect(row.fake[statement] == fake, "\(row.story) \(row.honest) \(statement)")
      }
    }
  }
}

import Foundation
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

  /// `docs/trust.md` says what is measured now: `UPDATE_BASELINES=1` writes its tables anew.
  @Test func tablesAreUpToDate() throws {
    let tables = try PoisoningCurve().tables
    let kept = try String(contentsOf: Self.document, encoding: .utf8)
    let parts = kept.components(separatedBy: Self.border)
    try #require(parts.count == 2)
    if ProcessInfo.processInfo.environment["UPDATE_BASELINES"] == "1" {
      try (parts[0] + Self.border + tables).write(
        to: Self.document, atomically: true, encoding: .utf8)
      return
    }
    #expect(parts[1] == tables, "the rules or the attacks changed: UPDATE_BASELINES=1")
  }

  private static let border =
    "<!-- below: written by UPDATE_BASELINES=1 swift test --filter PoisoningTests -->\n\n"
  private static let document = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/trust.md")
}

import ArgumentParser
import Reporting
import Simulation

/// `culprit simulate poisoning`: what it takes to change what a pool says.
struct SimulatePoisoning: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "poisoning",
    abstract: "How many fake sensors, and how many forged packets, change what a pool says.",
    discussion: """
      Sensors of an attacker's, and packets under forged sources at honest sensors, are tried against \
      the pool's own rules, in memory. The numbers are explained in docs/trust.md.

      Example:
        culprit simulate poisoning --attempts 1000
      """)

  @Option(help: "Where chance begins.")
  var seed: UInt64 = 1

  @Option(help: "Attempts of chance, at most 100000; 0 for the tables alone.")
  var attempts = 1_000

  @Flag(help: "Write JSON.")
  var json = false

  func validate() throws {
    guard (0...100_000).contains(attempts) else {
      throw ValidationError("--attempts must lie between 0 and 100000")
    }
  }

  func run() throws {
    let curve = try PoisoningCurve()
    let made = try PoisoningAttempts(attempts, seed: seed)
    if json {
      try Terminal.show(SimulatePoisoning.json(curve, made).document())
    } else {
      let said = made.made == 0 ? "" : "\n" + made.lines.joined(separator: "\n") + "\n"
      try Terminal.show(curve.tables + said)
    }
  }

  private static func json(_ curve: PoisoningCurve, _ attempts: PoisoningAttempts) -> JSONValue {
    func numbers(_ values: [PoisonedStatement: Int]) -> JSONValue {
      .object(
        PoisonedStatement.allCases.compactMap { statement in
          values[statement].map { (statement.rawValue, .integer($0)) }
        })
    }
    func sums(_ values: [PoisonedStatement: (tried: Int, flipped: Int)]) -> JSONValue {
      .object(
        PoisonedStatement.allCases.compactMap { statement in
          values[statement].map {
            (
              statement.rawValue,
              .object([("tried", .integer($0.tried)), ("flipped", .integer($0.flipped))])
            )
          }
        })
    }
    return .object([
      (
        "fewest",
        .array(
          curve.rows.map { row in
            .object([
              ("story", .string(row.story.rawValue)), ("honestNetworks", .integer(row.honest)),
              ("fakeNetworks", numbers(row.fake)), ("reachedNetworks", numbers(row.reached)),
            ])
          })
      ),
      (
        "attempts",
        .object([
          ("made", .integer(attempts.made)), ("within", sums(attempts.within)),
          ("beyond", sums(attempts.beyond)),
        ])
      ),
    ])
  }
}

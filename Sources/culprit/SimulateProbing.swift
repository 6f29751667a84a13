import ArgumentParser
import Simulation

/// `culprit simulate probing`: whether what a pool publishes tells where its sensors are.
struct SimulateProbing: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probing",
    abstract: "How many packets it takes to find a sensor by what a pool publishes.",
    discussion: """
      Packets under forged sources are sent, in memory, and what the pool's own rules publish is \
      looked at. The ways of searching are explained in docs/trust.md.

      Example:
        culprit simulate probing --attempts 20
      """)

  @Option(help: "Where chance begins.")
  var seed: UInt64 = 1

  @Option(help: "Attempts for each cell of the table, at most 1000.")
  var attempts = 40

  @Option(help: "Networks with sensors, at most 10000.")
  var sensors = 100

  func validate() throws {
    guard (1...1_000).contains(attempts) else {
      throw ValidationError("--attempts must lie between 1 and 1000")
    }
    guard (1...10_000).contains(sensors) else {
      throw ValidationError("--sensors must lie between 1 and 10000")
    }
  }

  func run() throws {
    try Terminal.show(ProbeTable(attempts: attempts, sensors: sensors, seed: seed).text)
  }
}

import ArgumentParser
import FoundationEssentials
import Observations
import Pool
import PoolServer
import PoolStores

extension PoolCommand {
  /// `culprit pool upkeep`.
  struct Upkeep: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Do now what a server does now and then: sum finished days up, open and close incidents, "
        + "forget what is too old.",
      discussion: """
        Example:
          culprit pool upkeep --store sqlite:/var/lib/culprit/pool
        """)
    @OptionGroup var place: Place

    @Option(help: ArgumentHelp("The settings of culprit serve (YAML).", valueName: "file"))
    var config: String?

    @Option(
      help: "The present time (RFC 3339). Default: this machine's clock.",
      transform: Timestamp.argument)
    var now: Timestamp?

    func run() throws {
      var settings = ServeSettings()
      if let config { try settings.take(file: config) }
      try settings.take(environment: ProcessInfo.processInfo.environment)
      var place = place
      if place.store == nil { place.store = settings.store }
      let now = now ?? .present
      var options = PoolServerOptions(clock: { now })
      settings.apply(to: &options)
      let chosen = options
      let days = try place.use { store in
        try await PoolUpkeep(store: store, options: chosen).run(at: now, isStart: true)
        let today = Day(now)
        return try await store.digestedDays(
          in: today.advanced(by: -30)...today, fewestNetworks: chosen.networksOfStatement)
      }
      try Terminal.show("days summed up: \(days.count)\n")
    }
  }
}

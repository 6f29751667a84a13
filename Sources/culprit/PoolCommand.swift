import ArgumentParser
import FoundationEssentials
import Pool
import PoolStores
import Reporting

/// `culprit pool`: the upkeep of a pool's store, while no server uses it.
struct PoolCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pool",
    abstract: "Look after a pool's store: check it, compact it, copy it, move it.",
    discussion: """
      A store is used by one process at a time: stop the server first, except for check.

      Examples:
        culprit pool check --store sqlite:/var/lib/culprit/pool
        culprit pool export --store sqlite:/var/lib/culprit/pool > pool.jsonl
      """,
    subcommands: [
      Check.self, Upkeep.self, Compact.self, Copy.self, Export.self, Import.self,
    ])

  /// Which store is meant.
  struct Place: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "sqlite: and a folder. Default: the folder that culprit serve uses.", valueName: "store"))
    var store: String?

    /// Does something with the store.
    func use<Value: Sendable>(
      readOnly: Bool = false, making: Bool = false,
      _ work: @escaping @Sendable (SQLiteStore) async throws -> Value
    ) throws -> Value {
      let folder = try StorePlace.folder(store)
      guard making || FileManager.default.fileExists(atPath: folder + "/main.sqlite") else {
        throw CommandError.missing("\(folder) holds no store")
      }
      return try waiting {
        do {
          var options = SQLiteOptions()
          options.readOnly = readOnly
          let store = try SQLiteStore(folder: folder, options: options)
          let value = try await work(store)
          try await store.close()
          return value
        } catch let error as StoreError { throw CommandError(error, about: folder) }
      }
    }
  }
}

extension PoolCommand {
  /// `culprit pool check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Look at everything in a store, and say what contradicts itself.",
      discussion: """
        Example:
          culprit pool check --store sqlite:/var/lib/culprit/pool
        """)
    @OptionGroup var place: Place

    func run() throws {
      let problems = try place.use(readOnly: true) { try await $0.check() }
      for problem in problems { try Terminal.show("\(inert(problem))\n") }
      try Terminal.show("problems: \(problems.count)\n")
      if !problems.isEmpty { throw CommandError.data("the store contradicts itself") }
    }
  }

  /// `culprit pool compact`.
  struct Compact: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give room that is not used any more back to the disk.",
      discussion: """
        Example:
          culprit pool compact
        """)
    @OptionGroup var place: Place

    func run() throws {
      try place.use { try await $0.compact() }
      try Terminal.show("compacted\n")
    }
  }

  /// `culprit pool copy`.
  struct Copy: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copy a store, whole and as of one moment, into a new folder.",
      discussion: """
        Example:
          culprit pool copy /var/backups/pool
        """)
    @Argument(help: ArgumentHelp("The new folder.", valueName: "folder")) var target: String
    @OptionGroup var place: Place

    func run() throws {
      let target = self.target
      try place.use { try await $0.backUp(to: target) }
      try Terminal.show("copied\n")
    }
  }

  /// `culprit pool export`.
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write sensors, batches and incidents as JSON Lines.",
      discussion: """
        Example:
          culprit pool export > pool.jsonl
        """)
    @OptionGroup var place: Place

    func run() throws {
      try place.use { try await $0.export { try Terminal.show($0) } }
    }
  }

  /// `culprit pool import`.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take in what another store exported.",
      discussion: """
        What is there already stays as it is; a line that is damaged is left out and counted.

        Example:
          culprit pool import pool.jsonl --store sqlite:/var/lib/culprit/pool
        """)
    @Argument(help: ArgumentHelp("The file.", valueName: "file")) var path: String
    @OptionGroup var place: Place

    func run() throws {
      guard let file = FileManager.default.contents(atPath: path) else {
        throw CommandError.missing("cannot read \(path)")
      }
      let lines = [UInt8](file).split(separator: 0x0a).map(Array.init)
      let result = try place.use(making: true) { try await $0.importLines(lines) }
      try Terminal.show(
        """
        new batches: \(result.batches)
        batches that were there: \(result.duplicates)
        batches whose reports were forgotten: \(result.incomplete)
        new sensors: \(result.sensors)
        new incidents: \(result.incidents)
        damaged lines: \(result.refused.count)

        """)
      if !result.refused.isEmpty { throw CommandError.data("lines that are damaged were left out") }
    }
  }
}

import ArgumentParser
import FoundationEssentials
import Observations
import Pool
import PoolStores
import Reporting
import Simulation
import Synchronization

/// `culprit simulate epidemic`: what a pool's sensors meet of a worm that spreads, with the truth.
struct SimulateEpidemic: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "epidemic",
    abstract: "Make a worm's epidemic as a pool's sensors meet it, with the truth.",
    discussion: """
      batches.jsonl holds sensors and batches as `culprit pool export` writes them, for `culprit pool \
      import`; truth.json tells what the estimates should find.

      Example:
        culprit simulate epidemic --seed 3 --sensors 8 --days 20 --output epidemic
      """)

  @Option(help: "Where chance begins.")
  var seed: UInt64 = 1

  @Option(help: "How many sensors, each in a network of its own: 1 to 200.")
  var sensors = 5

  @Option(help: "How many days: 1 to 60.")
  var days = 14

  @Option(help: "The first day, like 2026-09-01.")
  var begin = "2026-09-01"

  @Option(
    help: ArgumentHelp(
      "What is unlike the plain story: "
        + Epidemic.Variant.allCases.map(\.rawValue).joined(separator: ", ")
        + "; may be given again.", valueName: "variant"))
  var variant: [String] = []

  @Option(help: ArgumentHelp("Folder to write to; made if it is not there.", valueName: "folder"))
  var output: String

  func validate() throws {
    guard (1...200).contains(sensors) else {
      throw ValidationError("the number of sensors must lie between 1 and 200")
    }
    guard (1...60).contains(days) else {
      throw ValidationError("the number of days must lie between 1 and 60")
    }
    for name in variant where Epidemic.Variant(rawValue: name) == nil {
      throw ValidationError("there is no variant '\(name)'")
    }
    if Timestamp(begin) == nil {
      throw ValidationError("'\(begin)' is no day; write it like 2026-11-22")
    }
  }

  func run() throws {
    let first = Timestamp(begin) ?? Timestamp(seconds: 0)
    var settings = Epidemic.Settings(seed: seed, firstDay: Day(first))
    settings.days = days
    settings.sensors = (0..<sensors).map { number in
      Epidemic.Sensor(watched: [512, 256, 384, 256, 128][number % 5], days: 0..<days)
    }
    settings.variants = Set(variant.compactMap { Epidemic.Variant(rawValue: $0) })
    let epidemic = Epidemic(settings)
    let folder = output
    try waiting {
      do {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
      } catch { throw CommandError.cannotCreate(folder, because: Terminal.explain(error)) }
      try Terminal.save(epidemic.truth.file, to: "\(folder)/truth.json")
      try await SimulateEpidemic.write(epidemic, to: "\(folder)/batches.jsonl")
    }
  }

  /// Writes what a store that holds all of it would export.
  private static func write(_ epidemic: Epidemic, to path: String) async throws {
    let folder = try StorePlace.folder(nil, isTemporary: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var all: [UInt8] = []
    do throws(StoreError) {
      let store = try SQLiteStore(folder: folder)
      _ = try await epidemic.fill(store)
      let lines = Mutex<[UInt8]>([])
      try await store.export { line in lines.withLock { $0 += line } }
      try await store.close()
      all = lines.withLock { $0 }
    } catch { throw CommandError(error, about: path) }
    try Terminal.save(all, to: path)
  }
}

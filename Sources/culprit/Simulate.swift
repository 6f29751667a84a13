import ArgumentParser
import FoundationEssentials
import Reporting
import Simulation

/// `culprit simulate`: what has a known truth.
///
/// A scenario needs no word before its name; what else is simulated is a command of its own, in a file of
/// its own.
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make evidence or an epidemic whose truth is known; try attacks on a pool.",
    discussion: """
      Without anything, the scenarios are listed. The same seed makes the same bytes everywhere; \
      truth.json tells what is in them and is never read by analyze.

      Examples:
        culprit simulate
        culprit simulate sbs2003 --seed 1 --output sbs2003
        culprit simulate cadlock770 --variant altered --output altered
      """,
    subcommands: [
      SimulateScenario.self, SimulateEpidemic.self, SimulatePoisoning.self, SimulateProbing.self,
    ],
    defaultSubcommand: SimulateScenario.self)
}

/// `culprit simulate NAME`: evidence with known truth.
struct SimulateScenario: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scenario",
    abstract: "Make evidence whose truth is known; without a name, list the scenarios.",
    discussion: """
      The word itself may be left out.

      Example:
        culprit simulate scenario sbs2003 --seed 1 --output sbs2003
      """)

  @Argument(help: "Which one; none lists them.")
  var scenario: String?

  @Option(help: "Where chance begins.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Folder to write to; made if it is not there.", valueName: "folder"))
  var output: String?

  @Option(help: "A variant of the scenario.")
  var variant: String?

  @Option(
    help: ArgumentHelp("Cut packets of captures to this many bytes.", valueName: "bytes"))
  var snapLength: Int?

  @Flag(help: "Write into the folder although it holds other files.")
  var force = false

  func validate() throws {
    if scenario != nil, output == nil { throw ValidationError("--output is missing: the folder") }
    if let snapLength, !(1...65_535).contains(snapLength) {
      throw ValidationError("the snap length must lie between 1 and 65535")
    }
  }

  func run() throws {
    guard let scenario, let output else { return try list() }
    guard let found = Scenarios.named(scenario) else {
      throw CommandError.usage(
        "there is no scenario '\(scenario)'; there are "
          + Scenarios.all.map(\.id).joined(separator: ", "))
    }
    if let variant, !found.variants.contains(variant) {
      let known = found.variants.isEmpty ? "none" : found.variants.joined(separator: ", ")
      throw CommandError.usage(
        "\(scenario) has no variant '\(variant)'; its variants: \(known)")
    }
    if let names = found.largeFileNames(variant: variant) {
      try prepare(output, for: names)
      return try stream(found, to: output)
    }
    let files = found.make(seed: seed, variant: variant, snapLength: snapLength)
    try prepare(output, for: files.map(\.name))
    for file in files {
      try Terminal.save(file.bytes, to: "\(output)/\(file.name)")
    }
  }

  /// Writes files piece by piece that are too large to be held in memory.
  private func stream(_ scenario: Scenario, to folder: String) throws {
    var files: [String: PieceFile] = [:]
    try scenario.stream(seed: seed, variant: variant, snapLength: snapLength) { name, piece in
      let file = try files[name] ?? PieceFile("\(folder)/\(name)")
      files[name] = file
      try file.write(piece)
    }
    for file in files.values { try file.close() }
  }

  private func list() throws {
    var page = TextPage(style: TextStyle())
    for scenario in Scenarios.all {
      var text = scenario.summary
      if !scenario.variants.isEmpty {
        text += " (variants: \(scenario.variants.joined(separator: ", ")))"
      }
      page.field(scenario.id, text, width: 16)
    }
    try Terminal.show(page.text)
  }

  /// Makes the folder; refuses one that holds files which the scenario would not replace.
  private func prepare(_ folder: String, for names: [String]) throws {
    let manager = FileManager.default
    do {
      try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let others = try manager.contentsOfDirectory(atPath: folder).filter { !names.contains($0) }
      if let other = others.sorted().first, !force {
        throw CommandError.cannotCreate(
          folder, because: "it holds other files, such as \(other); --force writes nevertheless")
      }
    } catch let error as CommandError {
      throw error
    } catch {
      throw CommandError.cannotCreate(folder, because: Terminal.explain(error))
    }
  }
}

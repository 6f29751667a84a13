import Analysis
import ArgumentParser
import Intake
import Observations

/// What an analysis may be told; shared by the commands that make one.
struct AnalysisArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A network of your own, like 192.0.2.0/24; may be given again.", valueName: "prefix"))
  var home: [Prefix] = []

  @Option(
    name: .customLong("note"),
    help: ArgumentHelp(
      "Something done, changed or noticed: 'TIME[..TIME] TEXT'; may be given again. Each is tested.",
      valueName: "note"))
  var notes: [String] = []

  @Option(help: "Leave out what happened before this time.", transform: Timestamp.argument)
  var since: Timestamp?

  @Option(help: "Leave out what happened after this time.", transform: Timestamp.argument)
  var until: Timestamp?

  @Option(help: "Threads to work with, 1 to 64. The report is the same for any number.")
  var threads: Int?

  @Flag(help: "Show no progress on standard error.")
  var quiet = false

  @Option(
    help: ArgumentHelp("Use the articles (*.yaml) of this folder instead.", valueName: "folder"))
  var knowledge: String?

  func validate() throws {
    if let threads, !(1...64).contains(threads) {
      throw ValidationError("the number of threads must lie between 1 and 64")
    }
    if let since, let until, until < since {
      throw ValidationError("--until lies before --since")
    }
  }

  /// Whether someone is to see how far it has got.
  var showsProgress: Bool { !quiet && Terminal.hasWatcher }

  /// The options of an analysis.
  func options(_ reading: ReadingOptions) throws -> AnalysisOptions {
    var options = AnalysisOptions(now: reading.now ?? .present)
    options.threads = threads ?? Terminal.processors
    options.home = home
    options.zone = reading.zone
    options.columns = reading.columns
    options.year = reading.year
    options.match = reading.match
    options.since = since
    options.until = until
    options.notes = try notes.map { text in
      guard let note = Note(argument: text, zone: reading.zone) else {
        throw ValidationError(
          "'\(text)' is not a note; write it like '2008-10-14T10:00..2008-10-14T12:00 LAN cables pulled'"
        )
      }
      return note
    }
    if showsProgress { options.progress = { Terminal.progress($0) } }
    return options
  }
}

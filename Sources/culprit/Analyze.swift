import Analysis
import ArgumentParser
import Diagnosis
import Intake
import Knowledge
import Observations
import Reporting

/// `culprit analyze`: evidence in, a report out.
struct Analyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find out what is behind the traffic in some evidence.",
    discussion: """
      Give it captures, firewall logs and the logs of your mail or web server, as files or whole \
      folders, in any order and mixture; - is standard input. What each one is, it finds out itself.

      Examples:
        culprit analyze router.syslog wan.pcap visitors.log
        culprit analyze case-folder --home 203.0.113.0/24 --zone +01:00
        culprit analyze - --format json --fail-on medium < capture.pcap
      """)

  @Argument(help: "Files and folders; - for standard input.")
  var paths: [String]

  @Option(help: "Form of the report.")
  var format = ReportFormat.text

  @Option(help: ArgumentHelp("Write the report to this file.", valueName: "file"))
  var output: String?

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

  @Flag(name: .customLong("hash"), help: "Also hash files above 64 MiB.")
  var hashLargeFiles = false

  @Flag(help: "Show no progress on standard error.")
  var quiet = false

  @Option(help: "End with status 1 if an incident is at least this severe.")
  var failOn: Severity?

  @Option(
    help: ArgumentHelp("Use the articles (*.yaml) of this folder instead.", valueName: "folder"))
  var knowledge: String?

  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if let threads, !(1...64).contains(threads) {
      throw ValidationError("the number of threads must lie between 1 and 64")
    }
    if let since, let until, until < since {
      throw ValidationError("--until lies before --since")
    }
  }

  func run() throws {
    let articles = try KnowledgeSource.load(knowledge)
    let showsProgress = !quiet && Terminal.hasWatcher
    var options = AnalysisOptions(now: reading.now ?? .present)
    options.threads = threads ?? Terminal.processors
    options.home = home
    options.zone = reading.zone
    options.columns = reading.columns
    options.year = reading.year
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
    options.hashLargeFiles = hashLargeFiles
    if showsProgress { options.progress = { Terminal.progress($0) } }
    defer { if showsProgress { Terminal.endProgress() } }
    let analysis = try analyze(paths: paths, options: options, knowledge: articles)
    if showsProgress { Terminal.endProgress() }
    try deliver(analysis)
    if let failOn, analysis.incidents.contains(where: { $0.severity >= failOn }) {
      throw ExitCode(1)
    }
  }

  private func deliver(_ analysis: Analysis) throws {
    let report =
      switch format {
      case .text:
        renderText(
          analysis,
          style: TextStyle(
            color: output == nil && Terminal.mayColor(noColor: reading.noColor)))
      case .json: renderJSON(analysis)
      }
    if let output {
      try Terminal.save(Array(report.utf8), to: output)
    } else {
      try Terminal.show(report)
    }
  }
}

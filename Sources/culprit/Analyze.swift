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
        culprit analyze case-folder --format html --output report.html
        culprit analyze wan.pcap --match 'udp port 137 or udp port 53'
        culprit analyze case-folder --format stix --output case.json

      Forms beside text, json and html:
      \(AnalysisForm.meanings)
      """)

  @Argument(help: "Files and folders; - for standard input.")
  var paths: [String]

  @Option(help: "Form of the report.")
  var format = AnalysisForm.text

  @Option(help: ArgumentHelp("Write the report to this file.", valueName: "file"))
  var output: String?

  @Flag(name: .customLong("hash"), help: "Also hash files above 64 MiB.")
  var hashLargeFiles = false

  @Option(help: "End with status 1 if an incident is at least this severe.")
  var failOn: Severity?

  @OptionGroup var export: ExportArguments
  @OptionGroup var analysis: AnalysisArguments
  @OptionGroup var reading: ReadingOptions

  func run() throws {
    let articles = try KnowledgeSource.load(analysis.knowledge)
    let showsProgress = analysis.showsProgress
    var options = try analysis.options(reading)
    options.hashLargeFiles = hashLargeFiles
    defer { if showsProgress { Terminal.endProgress() } }
    let found = try analyze(paths: paths, options: options, knowledge: articles)
    if showsProgress { Terminal.endProgress() }
    try deliver(found, options)
    if let failOn, found.incidents.contains(where: { $0.severity >= failOn }) {
      throw ExitCode(1)
    }
  }

  private func deliver(_ analysis: Analysis, _ options: AnalysisOptions) throws {
    let report =
      switch format {
      case .text:
        renderText(
          analysis,
          style: TextStyle(
            color: output == nil && Terminal.mayColor(noColor: reading.noColor)))
      case .json: renderJSON(analysis, threads: options.threads)
      case .html: renderHTML(analysis.withExcerpts())
      case .export(let form):
        try form.text(
          of: analysis, incidents: nil, paths: paths, reading: options,
          options: export.options(now: options.now))
      }
    if let output {
      try Terminal.save(Array(report.utf8), to: output)
    } else {
      try Terminal.show(report)
    }
  }
}

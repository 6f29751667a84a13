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

  @Flag(help: "Also tell what each verdict hangs on: what changes when a piece is taken away.")
  var why = false

  @Option(
    help: ArgumentHelp(
      "Also tell what changed since an earlier report (--format json).", valueName: "file"))
  var sinceLast: String?

  @Option(
    help: ArgumentHelp(
      "Also tell what the published rules of other programs would have said: "
        + PeerComparison.names.joined(separator: ",") + ".", valueName: "programs"),
    transform: Analyze.peers)
  var compare = PeerNames()

  @OptionGroup var layout: LayoutArguments
  @OptionGroup var export: ExportArguments
  @OptionGroup var submission: SubmitArguments
  @OptionGroup var analysis: AnalysisArguments
  @OptionGroup var reading: ReadingOptions

  func run() throws {
    let articles = try KnowledgeSource.load(analysis.knowledge)
    let showsProgress = analysis.showsProgress
    var options = try analysis.options(reading)
    options.hashLargeFiles = hashLargeFiles
    defer { if showsProgress { Terminal.endProgress() } }
    var found = try analyze(paths: paths, options: options, knowledge: articles)
    if why { found.workOutWhy(using: articles) }
    if showsProgress { Terminal.endProgress() }
    try deliver(found, options)
    try submission.run(found, now: options.now)
    if let failOn, found.incidents.contains(where: { $0.severity >= failOn }) {
      throw ExitCode(1)
    }
  }

  private static func peers(_ text: String) throws -> PeerNames {
    let names = text.split(separator: ",").map(String.init)
    if let wrong = names.first(where: { !PeerComparison.names.contains($0) }) {
      throw ValidationError(
        "nothing is known of the rules of '\(wrong)'; known are "
          + PeerComparison.names.joined(separator: ", "))
    }
    return PeerNames(names: names)
  }

  func validate() throws {
    guard sinceLast != nil || !compare.names.isEmpty || why else { return }
    switch format {
    case .text, .json, .html: break
    default:
      throw ValidationError(
        "--why, --since-last and --compare are told in text, JSON and HTML only")
    }
    if !compare.names.isEmpty, paths.contains("-") {
      throw ValidationError("standard input cannot be read twice: give a file to --compare")
    }
  }

  private func compared(
    _ analysis: Analysis, _ options: AnalysisOptions
  ) throws -> PeerComparison? {
    guard !compare.names.isEmpty else { return nil }
    var attempts = Attempts()
    try allPackets(of: paths, options: options, clocks: analysis.clocks) { packet, _, format in
      attempts.take(packet, format: format)
    }
    return PeerComparison(compare.names, attempts: attempts, analysis: analysis)
  }

  private func deliver(_ analysis: Analysis, _ options: AnalysisOptions) throws {
    let changes = try sinceLast.map { SinceLast(from: try EarlierAnalysis.read($0), to: analysis) }
    let comparison = try compared(analysis, options)
    let style = layout.style(
      color: output == nil && Terminal.mayColor(noColor: reading.noColor))
    let report =
      switch format {
      case .text:
        ([renderText(analysis, style: style)]
          + [changes?.text(path: sinceLast ?? "", style: style), comparison?.text(style: style)]
          .compactMap(\.self)).joined(separator: "\n")
      case .json:
        renderJSON(
          analysis, sinceLast: changes, comparison: comparison, threads: options.threads)
      case .html:
        renderHTML(
          analysis.withExcerpts(paths: paths, options: options),
          sinceLast: changes.map { ($0, sinceLast ?? "") }, comparison: comparison)
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

/// The programs whose rules are asked.
struct PeerNames {
  var names: [String] = []
}

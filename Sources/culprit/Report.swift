import Analysis
import ArgumentParser
import Diagnosis
import Intake
import Observations
import Reporting

/// `culprit report`: one incident, in any form.
struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give one incident out: as text, for other programs, or as the draft of a mail.",
    discussion: """
      The evidence is analysed as by culprit analyze, with the same options; or an earlier report \
      (--analysis) says what the incident is. Nothing is ever sent. What accuses somebody (indicators, \
      rules, reports of abuse) is made only where a verdict does, and of no source that may be forged.

      Examples:
        culprit report 5f0c21d9a3b47e66 case-folder
        culprit report 5f0c --analysis report.json --format stix
        culprit report 5f0c case-folder --format mail --reporter 'Example Org <abuse@example.org>'

      Forms beside text, json and html:
      \(AnalysisForm.meanings)
      """)

  @Argument(help: "The incident's id, or its beginning, as the report gives it.")
  var id: String

  @Argument(help: "The evidence: files and folders; none where --analysis is enough.")
  var paths: [String] = []

  @Option(help: "Form of the report.")
  var format = AnalysisForm.text

  @Option(help: ArgumentHelp("Write to this file.", valueName: "file"))
  var output: String?

  @Option(
    name: .customLong("analysis"),
    help: ArgumentHelp(
      "Take the incident from this report (--format json).", valueName: "file"))
  var report: String?

  @Option(help: ArgumentHelp("Only this activity of the incident, from 1.", valueName: "number"))
  var activity: Int?

  @OptionGroup var layout: LayoutArguments
  @OptionGroup var export: ExportArguments
  @OptionGroup var analysis: AnalysisArguments
  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if id.isEmpty { throw ValidationError("the id of an incident is needed") }
    if paths.isEmpty, report == nil {
      throw ValidationError("give the evidence, or its report with --analysis FILE.json")
    }
    if let activity, activity < 1 { throw ValidationError("activities are counted from 1") }
  }

  func run() throws {
    let showsProgress = analysis.showsProgress
    let options = try analysis.options(reading)
    defer { if showsProgress { Terminal.endProgress() } }
    var found = try known(options)
    if showsProgress { Terminal.endProgress() }
    let incident = try chosen(of: found)
    found.incidents = [incident]
    let text =
      switch format {
      case .text:
        renderText(
          found,
          style: layout.style(
            color: output == nil && Terminal.mayColor(noColor: reading.noColor)))
      case .json: renderJSON(found)
      case .html:
        // An earlier report may name any file: only what was itself read is quoted.
        renderHTML(
          report == nil ? found.withExcerpts(paths: paths, options: options) : found)
      case .export(let form):
        try form.text(
          of: found, incidents: [incident], paths: paths, reading: options,
          options: export.options(now: options.now))
      }
    if let output {
      try Terminal.save(Array(text.utf8), to: output)
    } else {
      try Terminal.show(text)
    }
  }

  private func known(_ options: AnalysisOptions) throws -> Analysis {
    guard let report else {
      return try analyze(
        paths: paths, options: options, knowledge: try KnowledgeSource.load(analysis.knowledge))
    }
    return try EarlierAnalysis.read(report)
  }

  private func chosen(of analysis: Analysis) throws -> Incident {
    let meant = analysis.incidents.filter { $0.id.hasPrefix(id.lowercased()) }
    guard var incident = meant.first, meant.count == 1 else {
      let there = analysis.incidents.prefix(10).map {
        "\($0.id) (\($0.subject.kind) \($0.subject.value))"
      }
      throw CommandError.usage(
        (meant.isEmpty ? "no incident \(id)" : "\(id) begins the ids of several incidents")
          + (there.isEmpty ? ": there are none" : "; there are \(there.joined(separator: ", "))"))
    }
    guard let activity else { return incident }
    guard incident.activities.indices.contains(activity - 1) else {
      throw CommandError.usage("incident \(incident.id) has no activity \(activity)")
    }
    incident.activities = [incident.activities[activity - 1]]
    incident.severity = incident.activities[0].severity
    return incident
  }
}

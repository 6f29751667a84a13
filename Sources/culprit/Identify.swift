import Analysis
import ArgumentParser
import Intake
import Observations
import Reporting

/// `culprit identify`: what each file is.
struct Identify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what each file is: kind, format, records, time range, problems.",
    discussion: """
      Example:
        culprit identify case-folder
      """)

  @Argument(help: "Files and folders; - for standard input.")
  var paths: [String]

  @OptionGroup var reading: ReadingOptions

  func run() throws {
    var options = IntakeOptions(now: reading.now ?? .present)
    options.zoneOffsetSeconds = reading.zone
    options.year = reading.year
    let files = try identify(paths: paths, options: options)
    let style = TextStyle(color: Terminal.mayColor(noColor: reading.noColor))
    try Terminal.show(renderEvidence(files.map(evidence), style: style))
  }

  private func evidence(_ file: IdentifiedFile) -> Analysis.Evidence {
    if let unread = file.unread, unread.isEvidence { return Analysis.Evidence(unread: unread) }
    return Analysis.Evidence(
      path: file.path, kind: file.kind, format: file.format, records: file.records,
      observations: file.observations, first: file.first, last: file.last, bytes: file.bytes,
      sha256: nil, vantage: file.refusal ?? "",
      problems: file.problems.entries.map { entry in
        .init(
          kind: entry.anomaly.name, meaning: entry.anomaly.meaning, count: entry.count,
          first: entry.first)
      }, dropped: file.dropped, comments: file.comments)
  }
}

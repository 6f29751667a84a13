import Analysis
import ArgumentParser
import Observations
import Reporting

/// `culprit alike`: whether the same pattern is in several pieces of evidence.
struct Alike: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Say how alike the patterns in two or more pieces of evidence are, feature by feature.",
    discussion: """
      A pattern is the shape of an activity with addresses left out, so that the same doings are \
      found in captures and logs of different networks, addresses masked or not. Two activities are \
      called alike from 75 % on, with four features in common at least. The status is 0 whenever the \
      evidence could be read, alike or not.

      Examples:
        culprit alike lan.pcap someone-elses.log
        culprit alike 2001-case 2002-case --format json
      """)

  @Argument(help: "Files and folders, two at least; - for standard input.")
  var paths: [String]

  @Option(help: "Form of the report.")
  var format = ReportFormat.text

  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if paths.count < 2 {
      throw ValidationError("there must be two files or folders at least to compare")
    }
    if paths.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input can be read only once")
    }
  }

  func run() throws {
    var options = AnalysisOptions(now: reading.now ?? .present)
    options.threads = Terminal.processors
    options.zone = reading.zone
    options.columns = reading.columns
    options.year = reading.year
    options.match = reading.match
    let sides = try paths.map { path in
      AlikeSide(name: path, activities: try activities(paths: [path], options: options))
    }
    let report = AlikeReport(sides)
    switch format {
    case .text:
      let style = TextStyle(color: Terminal.mayColor(noColor: reading.noColor))
      try Terminal.show(renderText(report, style: style))
    case .json: try Terminal.show(renderJSON(report))
    }
  }
}

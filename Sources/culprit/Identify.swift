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
      Of a log it says which formats its lines have, where they begin, and which lines it does not \
      know; --unread writes those so that you can show them to somebody who teaches them to culprit.

      Examples:
        culprit identify case-folder
        culprit identify firewall.log.gz --unread unread.txt
        culprit identify wan.pcap --match 'udp port 137'
      """)

  @Argument(help: "Files and folders; - for standard input.")
  var paths: [String]

  @Option(
    help: ArgumentHelp(
      "Write all lines that no format knows to this file, without what identifies anybody; - is "
        + "standard output, in place of the report.", valueName: "file"))
  var unread: String?

  @OptionGroup var reading: ReadingOptions

  func run() throws {
    var options = IntakeOptions(now: reading.now ?? .present)
    options.zone = reading.zone
    options.columns = reading.columns
    options.year = reading.year
    options.match = reading.match
    let lines = try unread.map { try UnreadLines(path: $0) }
    let files = try identify(
      paths: paths, options: options, unread: lines.map { lines in { lines.add($0, $1, $2) } })
    try lines?.finish()
    if unread == "-" { return }
    let style = TextStyle(color: Terminal.mayColor(noColor: reading.noColor))
    try Terminal.show(renderEvidence(files.map(evidence), style: style))
  }

  private func evidence(_ file: IdentifiedFile) -> Analysis.Evidence {
    if let unread = file.unread, unread.isEvidence { return Analysis.Evidence(unread: unread) }
    var told = Analysis.Evidence(
      path: file.path, kind: file.kind, format: file.format, records: file.records,
      observations: file.observations, first: file.first, last: file.last, bytes: file.bytes,
      sha256: nil, vantage: file.refusal ?? file.matching?.refusals.joined(separator: "; ") ?? "",
      problems: file.problems.entries.map { entry in
        .init(
          kind: entry.anomaly.name, meaning: file.facts.meaning(of: entry.anomaly),
          count: entry.count,
          first: entry.first)
      }, dropped: file.dropped, comments: file.comments)
    told.compression = file.compression
    (told.links, told.longestCut) = (file.links, file.longestCut)
    told.leftOut = file.matching?.leftOut.count
    told.facts = file.facts
    told.formats = file.formats.map(Analysis.Evidence.Share.init)
    told.unread = file.unreadLines.map { .init(place: $0.place, text: $0.text) }
    told.unreadCount = file.unreadCount
    return told
  }
}

import Analysis
import ArgumentParser
import Diagnosis
import Glibc
import Intake
import Observations
import Reporting

/// `culprit extract`: an incident's packets, out of the captures they lie in.
struct Extract: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take an incident's packets out of its captures, as pcapng with comments.",
    discussion: """
      The evidence is analysed as by culprit analyze, with the same options; or an earlier report \
      (--analysis) says what the incident is. Every packet of it is written, answers too, as its \
      capture holds it. What a finding rests on carries the finding as a comment, which Wireshark \
      shows and finds (frame.comment). Of an incident that only logs tell of, --lines gives the lines.

      Examples:
        culprit extract 5f0c21d9a3b47e66 case-folder --output incident.pcapng
        culprit extract 5f0c wan.pcap --activity 2 | tshark -r - -Y frame.comment
        culprit extract 5f0c case-folder --analysis report.json --output incident.pcapng
        culprit extract 5f0c router.syslog --lines
      """)

  @Argument(help: "The incident's id, or its beginning, as the report gives it.")
  var id: String

  @Argument(help: "The evidence: files and folders.")
  var paths: [String]

  @Option(help: ArgumentHelp("Write to this file; it must not exist.", valueName: "file"))
  var output: String?

  @Flag(help: "Overwrite the file.")
  var force = false

  @Option(help: ArgumentHelp("Only this activity of the incident, from 1.", valueName: "number"))
  var activity: Int?

  @Flag(help: "Write the lines of logs that tell of the incident, as they are.")
  var lines = false

  @Option(
    name: .customLong("analysis"),
    help: ArgumentHelp(
      "Take the incident from this report (--format json) of the same evidence.",
      valueName: "file"))
  var report: String?

  @OptionGroup var analysis: AnalysisArguments

  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if id.isEmpty { throw ValidationError("the id of an incident is needed") }
    if paths.contains("-"), report == nil {
      throw ValidationError(
        "standard input cannot be read twice: give a file, or --analysis with its report")
    }
    if let activity, activity < 1 { throw ValidationError("activities are counted from 1") }
    if output == nil, !lines, isatty(STDOUT_FILENO) == 1 {
      throw ValidationError("packets are not for a terminal: give --output FILE, or a pipe")
    }
  }

  func run() throws {
    if let output, !force, unsafe access(output, F_OK) == 0 {
      throw CommandError.cannotCreate(output, because: "it exists; --force overwrites it")
    }
    let showsProgress = analysis.showsProgress
    defer { if showsProgress { Terminal.endProgress() } }
    let options = try analysis.options(reading)
    let wanted = try wanted(options)
    let sink = try ExtractSink(output, isText: lines)
    let outcome = try extract(
      wanted, paths: paths, options: options, lines: lines,
      application: "culprit \(culpritVersion)",
      write: sink.write)
    if showsProgress { Terminal.endProgress() }
    try check(outcome, wanted)
    try sink.close()
    if outcome.unwritable > 0 {
      Terminal.complain("\(outcome.unwritable) packets have a link that pcapng has no number for")
    }
    if output != nil { Terminal.complain("\(outcome.count) \(lines ? "lines" : "packets")") }
  }

  private func wanted(_ options: AnalysisOptions) throws -> Extraction {
    let found =
      try report.map(EarlierAnalysis.read)
      ?? analyze(
        paths: paths, options: options, knowledge: try KnowledgeSource.load(analysis.knowledge))
    let known = found.incidents.map { incident in
      Extraction(incident, activity: activity)
        ?? Extraction(incident: incident.id, subject: incident.subject, parts: [], paths: [])
    }
    let meant = known.filter { $0.incident.hasPrefix(id.lowercased()) }
    guard let one = meant.first, meant.count == 1 else {
      let there = known.prefix(10).map {
        "\($0.incident) (\($0.subject.kind) \($0.subject.value))"
      }
      throw CommandError.usage(
        (meant.isEmpty ? "no incident \(id)" : "\(id) begins the ids of several incidents")
          + (there.isEmpty ? ": there are none" : "; there are \(there.joined(separator: ", "))")
          + (known.count > there.count ? " and \(known.count - there.count) more" : ""))
    }
    if one.parts.isEmpty {
      throw CommandError.usage("incident \(one.incident) has no activity \(activity ?? 0)")
    }
    return one
  }

  private func check(_ outcome: ExtractionOutcome, _ wanted: Extraction) throws {
    if lines {
      guard outcome.count > 0 else {
        throw CommandError.data(
          outcome.logs.isEmpty
            ? "no log tells of incident \(wanted.incident); without --lines its packets are written"
            : "no line of \(outcome.logs.joined(separator: ", ")) is of incident \(wanted.incident)"
        )
      }
      return
    }
    guard outcome.captures.isEmpty || outcome.count == 0 else { return }
    throw CommandError.data(
      outcome.captures.isEmpty
        ? "no capture holds packets of incident \(wanted.incident)"
          + (outcome.logs.isEmpty
            ? ""
            : ": it is known from \(outcome.logs.joined(separator: ", ")); --lines gives the lines")
        : "no packet of \(outcome.captures.joined(separator: ", ")) is of incident "
          + "\(wanted.incident): is it the evidence that was analysed?")
  }
}

/// Where records go: a file that comes into being with the first of them, or standard output.
private final class ExtractSink {
  private let path: String?
  private let isText: Bool
  private var file: PieceFile?

  init(_ path: String?, isText: Bool) throws {
    self.path = path
    self.isText = isText
  }

  func write(_ bytes: [UInt8]) throws {
    guard let path else {
      // A line out of a log must not drive a terminal.
      if isText, isatty(STDOUT_FILENO) == 1 {
        return try Terminal.show(inert(String(decoding: bytes.dropLast(), as: UTF8.self)) + "\n")
      }
      return try Terminal.show(bytes)
    }
    if file == nil { file = try PieceFile(path) }
    try file?.write(bytes)
  }

  func close() throws { try file?.close() }
}

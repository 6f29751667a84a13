import Analysis
public import ArgumentParser
import Diagnosis
import Observations
public import Reporting

/// The forms that an analysis can be given out in: text, JSON, HTML, and what other programs take.
enum AnalysisForm: ExpressibleByArgument {
  case text, json, html
  case export(ExportForm)

  init?(argument: String) {
    switch argument {
    case "text": self = .text
    case "json": self = .json
    case "html": self = .html
    default:
      guard let form = ExportForm.all.first(where: { $0.name == argument }) else { return nil }
      self = .export(form)
    }
  }

  static var allValueStrings: [String] { ["text", "json", "html"] + ExportForm.all.map(\.name) }

  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }

  var defaultValueDescription: String { "text" }

  /// What each of them is, a line each.
  static var meanings: String {
    let width = ExportForm.all.map(\.name.count).max() ?? 0
    return ExportForm.all.map { form in
      "  \(form.name)\(String(repeating: " ", count: width - form.name.count))  \(form.meaning)"
    }.joined(separator: "\n")
  }
}

/// What exports may be told; shared by the commands that make some.
struct ExportArguments: ParsableArguments {
  @Option(
    help: "Addresses of targets in exports: hidden, obscured (first octet 10), or kept as they are."
  )
  var targets = TargetVeil.hidden

  @Option(
    help: ArgumentHelp(
      "Who reports, like 'Example Org <abuse@example.org>'; reports of abuse must say.",
      valueName: "who"), transform: ExportArguments.mailbox)
  var reporter: Reporter?

  @Option(
    help: ArgumentHelp("To whom the draft of an abuse mail goes.", valueName: "address"),
    transform: ExportArguments.mailbox)
  var to: Reporter?

  @Option(help: ArgumentHelp("Your number at DShield.", valueName: "number"))
  var author = "0"

  func validate() throws {
    guard !author.isEmpty, author.utf8.count <= 20,
      author.utf8.allSatisfy({ (48...57).contains($0) })
    else { throw ValidationError("an author's number at DShield has digits only") }
  }

  private static func mailbox(_ text: String) throws -> Reporter {
    guard let reporter = Reporter(text) else {
      throw ValidationError(
        "'\(text)' is no address of mail; write it like 'Example Org <abuse@example.org>'")
    }
    return reporter
  }

  /// What exports are told.
  func options(now: Timestamp) -> ExportOptions {
    var options = ExportOptions(now: now)
    options.targets = targets
    options.reporter = reporter
    options.recipient = to
    options.author = author
    return options
  }
}

extension TargetVeil: ExpressibleByArgument {}

extension ExportForm {
  /// The text of incidents in this form.
  ///
  /// - Parameters:
  ///   - analysis: the analysis.
  ///   - incidents: those meant; nil for all.
  ///   - paths: the evidence; empty where only a report is there.
  ///   - reading: how the evidence is read.
  ///   - options: what the user said.
  /// - Returns: the text.
  /// - Throws: `CommandError` where it cannot be made.
  func text(
    of analysis: Analysis, incidents: [Incident]?, paths: [String], reading: AnalysisOptions,
    options: ExportOptions
  ) throws -> String {
    var export = Export(analysis, incidents: incidents, options: options)
    if !paths.isEmpty, !paths.contains("-") {
      try export.readPackets(
        for: self, of: incidents ?? analysis.incidents, paths: paths, options: reading)
    }
    do {
      return try render(export)
    } catch { throw CommandError.data("\(error)") }
  }
}

import ArgumentParser
import HostEvidence
import Knowledge
import Observations
import Reporting

/// `culprit explain`: what is known about a word of a report.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what is known about an article, a port, a finding or a problem.",
    discussion: """
      Examples:
        culprit explain reverse-name-lookup
        culprit explain 137
        culprit explain solicited-probes
        culprit explain captureCut
        culprit explain instruments
        culprit explain netstat
      """)

  @Argument(
    help: ArgumentHelp(
      "An article's id or a word of its title, a port, a kind of finding or problem, a tool that "
        + "lists sockets; 'instruments' for all of these."))
  var word: String

  @Option(
    help: ArgumentHelp("Use the articles (*.yaml) of this folder instead.", valueName: "folder"))
  var knowledge: String?

  @Flag(help: "Never colour text. The environment variable NO_COLOR does the same.")
  var noColor = false

  func run() throws {
    let found = try KnowledgeSource.load(knowledge).find(word)
    var page = TextPage(style: TextStyle(color: Terminal.mayColor(noColor: noColor)))
    if let anomaly = Anomaly.allCases.first(where: { $0.name.lowercased() == word.lowercased() }) {
      page.paragraph("\(anomaly.name), a problem in evidence: \(anomaly.meaning)", hang: 2)
    }
    for article in found {
      page.blank()
      page.article(article)
    }
    let tools =
      word.lowercased() == "instruments" ? InstrumentMatrix.page : InstrumentMatrix.page(of: word)
    guard !page.text.isEmpty || tools != nil else {
      throw CommandError.usage(
        "nothing is known about '\(word)'; culprit knowledge list shows the articles")
    }
    try Terminal.show(page.text + (tools ?? ""))
  }
}

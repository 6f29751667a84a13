import ArgumentParser
import Foundation
import Knowledge
import Reporting

/// `culprit knowledge`: the articles behind the verdicts.
struct KnowledgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "knowledge",
    abstract: "List, show, check or print the articles behind the verdicts.",
    discussion: """
      Examples:
        culprit knowledge list
        culprit knowledge show horizontal-scan
        culprit knowledge check --knowledge my-articles
        culprit knowledge pages docs/knowledge
      """,
    subcommands: [List.self, Show.self, Check.self, Pages.self])

  /// Where the articles are.
  struct Place: ParsableArguments {
    @Option(
      help: ArgumentHelp("Use the articles (*.yaml) of this folder instead.", valueName: "folder"))
    var knowledge: String?
  }

  /// `culprit knowledge list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A line for each article.",
      discussion: """
        Example:
          culprit knowledge list
        """)
    @OptionGroup var place: Place

    func run() throws {
      var page = TextPage(style: TextStyle())
      for article in try KnowledgeSource.load(place.knowledge).articles {
        page.field(article.id, article.title, width: 26)
      }
      try Terminal.show(page.text)
    }
  }

  /// `culprit knowledge show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "One article in full.",
      discussion: """
        Example:
          culprit knowledge show reverse-name-lookup
        """)
    @Argument(help: "The article's id.") var id: String
    @OptionGroup var place: Place

    func run() throws {
      guard let article = try KnowledgeSource.load(place.knowledge).article(id) else {
        throw CommandError.usage(
          "there is no article '\(id)'; culprit knowledge list shows those there are")
      }
      var page = TextPage(style: TextStyle(color: Terminal.mayColor(noColor: false)))
      page.article(article)
      try Terminal.show(page.text)
    }
  }

  /// `culprit knowledge check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Hold every article against the rules; status 65 if one breaks them.",
      discussion: """
        Example:
          culprit knowledge check --knowledge my-articles
        """)
    @OptionGroup var place: Place

    func run() throws {
      let base = try KnowledgeSource.load(place.knowledge)
      let problems = base.check()
      guard problems.isEmpty else {
        var page = TextPage(style: TextStyle())
        for problem in problems { page.item("-", "\(problem)") }
        try Terminal.show(page.text)
        throw CommandError.data("problems found in the articles: \(problems.count)")
      }
      try Terminal.show("articles: \(base.articles.count), problems: 0\n")
    }
  }

  /// `culprit knowledge pages`.
  struct Pages: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a page of Markdown for each article, and a list of them, into a folder.",
      discussion: """
        Example:
          culprit knowledge pages docs/knowledge
        """)
    @Argument(help: "The folder; it is made where there is none.") var folder: String
    @OptionGroup var place: Place

    func run() throws {
      let files = ArticlePages.files(of: try KnowledgeSource.load(place.knowledge))
      do {
        let folder = URL(filePath: self.folder, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for file in files {
          try Data(file.text.utf8).write(to: folder.appending(path: file.name))
        }
      } catch {
        throw CommandError.cannotCreate(self.folder, because: error.localizedDescription)
      }
      try Terminal.show("pages written: \(files.count)\n")
    }
  }
}

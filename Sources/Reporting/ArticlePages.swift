public import Knowledge

/// The articles as pages of Markdown, to be read without the program.
public enum ArticlePages {
  /// A file for each article and `README.md`, which lists them; in order of name.
  ///
  /// - Parameter base: the articles.
  /// - Returns: names without a folder, and texts.
  public static func files(of base: KnowledgeBase) -> [(name: String, text: String)] {
    let pages = base.articles.map { (name: "\($0.id).md", text: page($0)) }
    return (pages + [(name: "README.md", text: index(base.articles))]).sorted { $0.name < $1.name }
  }

  private static func index(_ articles: [Article]) -> String {
    var text = """
      # What Culprit knows

      One page for each article, made of `Sources/Knowledge/Articles/` by `culprit knowledge pages`. Weights are
      decibans against "unexplained": 10 of them are a factor of ten.

      """
    let groups: [(title: String, articles: [Article])] = [
      ("Worms", articles.filter { $0.answers == .cause && $0.id.hasSuffix("-worm") }),
      (
        "Other causes of harm or doubt",
        articles.filter { $0.answers == .cause && !$0.id.hasSuffix("-worm") && !$0.innocent }
      ),
      ("Causes that harm nobody", articles.filter { $0.answers == .cause && $0.innocent }),
      ("Which part of a host sends", articles.filter { $0.answers == .sender }),
      ("Why a host looks like this", articles.filter { $0.answers == .state }),
    ]
    for group in groups where !group.articles.isEmpty {
      text += "\n## \(group.title)\n\n"
      for article in group.articles {
        text += "- [\(escaped(article.title))](\(article.id).md)\n"
      }
    }
    return text
  }

  private static func page(_ article: Article) -> String {
    var text = "# \(escaped(article.title))\n\n"
    let kind = article.innocent ? "harms nobody" : "severity \(article.severity)"
    text += "`\(article.id)` · \(kind)"
    if !article.ports.isEmpty {
      text += " · ports \(article.ports.map { "\($0)" }.joined(separator: ", "))"
    }
    text += "\n\n\(escaped(article.summary))\n"
    text += list("What helps", article.cure)
    text += table(article)
    text += list(
      "What would settle it", article.settles.sorted { $0.cost < $1.cost }.map(\.ask))
    if !article.next.isEmpty {
      text += "\n## What to type\n\n"
      for command in article.next {
        text += "- \(command.system.rawValue): \(code(command.run)): \(escaped(command.shows))\n"
      }
    }
    text += list("What to keep", article.keep)
    text += list("What stays open", article.open.map(\.text.text))
    text += list(
      "Sources",
      article.sources.map { "\($0.fact) (\($0.source ?? "from memory, checked against nothing"))" })
    return text
  }

  private static func table(_ article: Article) -> String {
    guard !article.indicators.isEmpty else { return "" }
    var text = "\n## What speaks for and against it\n\n"
    text += "| sign | for | against | in words |\n|---|---|---|---|\n"
    for indicator in article.indicators {
      let weights = [indicator.supports.decibans, indicator.otherwise?.decibans].compactMap { $0 }
      let plus = weights.first { $0 > 0 }.map(number) ?? ""
      let minus = weights.first { $0 < 0 }.map(number) ?? ""
      text +=
        "| `\(indicator.id)` | \(plus) | \(minus) | \(escaped(indicator.supports.because.text)) |\n"
    }
    return text + "\nBefore any of these: \(number(article.prior)).\n"
  }

  private static func number(_ decibans: Double) -> String {
    Wording.decimal(decibans, places: 1)
  }

  private static func list(_ title: String, _ items: [String]) -> String {
    guard !items.isEmpty else { return "" }
    return "\n## \(title)\n\n" + items.map { "- \(escaped($0))\n" }.joined()
  }

  /// Nothing in it is taken for Markdown or HTML.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\", "`", "*", "_", "[", "]", "|", "#", "~": result += "\\\(character)"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      default: result.append(character.isNewline ? " " : character)
      }
    }
    return result
  }

  /// Text as it is to be typed; a backtick in it asks for a longer fence.
  private static func code(_ text: String) -> String {
    let line = String(text.map { $0.isNewline ? " " : $0 })
    return line.contains("`") ? "`` \(line) ``" : "`\(line)`"
  }
}

import FoundationEssentials
import Knowledge
import Reporting

/// Where the articles come from.
enum KnowledgeSource {
  /// The built-in articles, or those of a folder.
  static func load(_ folder: String?) throws -> KnowledgeBase {
    guard let folder else { return try KnowledgeBase.load() }
    let files = try read(folder)
    do {
      return try KnowledgeBase.load(directory: files)
    } catch {
      throw CommandError.data("\(error)")
    }
  }

  /// The articles of a folder as text, in order of name.
  private static func read(_ folder: String) throws -> [(name: String, text: String)] {
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { $0.hasSuffix(".yaml") }.sorted()
      guard !names.isEmpty else {
        throw CommandError.missing("\(folder) holds no article (*.yaml)")
      }
      return try names.map { name in
        let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
        return (name: name, text: String(decoding: bytes, as: UTF8.self))
      }
    } catch let error as CommandError {
      throw error
    } catch {
      throw CommandError.missing("cannot read \(folder): \(Terminal.explain(error))")
    }
  }
}

extension TextPage {
  /// An article for people: what it is, what to do, and who says so.
  mutating func article(_ article: Article) {
    paragraph("\(article.id): \(article.title)", hang: 2, emphasis: .strong)
    paragraph(
      article.innocent ? "innocent: nobody does harm by it" : "severity \(article.severity)",
      indent: 2)
    blank()
    paragraph(article.summary, indent: 2, prose: true)
    if !article.ports.isEmpty {
      blank()
      paragraph("ports: \(article.ports.map(String.init).joined(separator: ", "))", indent: 2)
    }
    list("WHAT TO DO", article.cure)
    list("WHAT WOULD SETTLE IT", article.settles.map(\.ask))
    if !article.next.isEmpty {
      blank()
      commands(article.next, indent: 2)
    }
    list("KEEP", article.keep)
    list(
      "SOURCES",
      article.sources.map { source in
        "\(source.fact) (\(source.source ?? "from memory, checked against nothing"))"
      })
  }

  private mutating func list(_ title: String, _ items: [String]) {
    guard !items.isEmpty else { return }
    blank()
    paragraph(title, indent: 2, emphasis: .strong)
    for text in items { item("-", text, indent: 4) }
  }
}

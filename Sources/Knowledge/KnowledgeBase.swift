import Observations

/// The articles.
public struct KnowledgeBase: Sendable {
  /// In order of id.
  public let articles: [Article]
  /// Number of articles and a digest (FNV-1a, 64 bits) of their files: `8 articles, 0f1e…`.
  public let version: String

  /// The articles that are compiled in.
  public static func load() throws(KnowledgeProblem) -> KnowledgeBase {
    try load(
      directory: embeddedArticles.map { ($0.name, String(decoding: $0.bytes, as: UTF8.self)) })
  }

  /// Articles from files, by name and text. Order does not matter.
  public static func load(
    directory files: [(name: String, text: String)]
  ) throws(KnowledgeProblem) -> KnowledgeBase {
    var articles: [Article] = []
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    for file in files.sorted(by: { ($0.name, $0.text) < ($1.name, $1.text) }) {
      articles.append(try ArticleReader.read(name: file.name, text: file.text))
      for byte in file.text.utf8 { digest = (digest ^ UInt64(byte)) &* 0x0100_0000_01b3 }
    }
    let hexadecimal = String(digest, radix: 16)
    let padded = String(repeating: "0", count: 16 - hexadecimal.count) + hexadecimal
    return KnowledgeBase(articles: articles, version: "\(articles.count) articles, \(padded)")
  }

  /// A knowledge base of articles already read.
  public init(articles: [Article], version: String) {
    self.articles = articles.sorted { ($0.id, $0.file) < ($1.id, $1.file) }
    self.version = version
  }

  /// The article of an id.
  public func article(_ id: String) -> Article? { articles.first { $0.id == id } }

  /// Articles for a word someone asks about: an id, a port (`137`, `udp/137`), a kind of finding,
  /// or words of a title. The first of these that finds anything counts.
  public func find(_ query: String) -> [Article] {
    let word = query.lowercased()
    if let exact = article(word) { return [exact] }
    if let port = word.split(separator: "/").last.flatMap({ UInt16($0) }) {
      return articles.filter { $0.ports.contains(port) }
    }
    if let kind = FindingKind(rawValue: word) {
      return articles.filter { $0.conditions.contains { $0.kinds.contains(kind) } }
    }
    let wanted = KnowledgeBase.words(word)
    guard !wanted.isEmpty else { return [] }
    return articles.filter {
      let words = KnowledgeBase.words($0.title.lowercased()) + KnowledgeBase.words($0.id)
      return wanted.allSatisfy { want in words.contains { $0.hasPrefix(want) } }
    }
  }

  private static func words(_ text: String) -> [Substring] {
    text.split { !$0.isLetter && !$0.isNumber }
  }
}

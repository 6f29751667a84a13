public import Detection
public import Knowledge
internal import Observations

/// Which part of a host may send an activity's packets, by one article, and how to learn more.
public struct SenderStatement: Hashable, Sendable {
  /// The article's id.
  public var article: String
  /// The article's title.
  public var title: String
  /// The statement.
  public var sentence: String
  /// What it leaves open, one sentence each.
  public var open: [String]
  /// Commands that show more, exactly as to be typed.
  public var next: [NextCommand]

  /// A statement out of its parts.
  public init(
    article: String, title: String, sentence: String, open: [String], next: [NextCommand]
  ) {
    self.article = article
    self.title = title
    self.sentence = sentence
    self.open = open
    self.next = next
  }
}

/// What the articles say of the part of a host that sends: every one whose conditions hold. They do
/// not compete: a mail gateway asks, and the kernel sends for it.
///
/// - Parameters:
///   - evidence: the activity.
///   - knowledge: the articles.
/// - Returns: the statements, in order of the articles' ids.
public func senders(
  of evidence: ActivityEvidence, using knowledge: KnowledgeBase
) -> [SenderStatement] {
  knowledge.articles.compactMap { article in
    guard article.answers == .sender, isCandidate(article, for: evidence),
      let sentence = article.sentences.lazy.compactMap({ $0.filled(from: evidence) }).first
    else { return nil }
    let open = article.open.compactMap { remark -> String? in
      if let when = remark.when, when.holds(for: evidence) != true { return nil }
      return remark.text.filled(from: evidence)
    }
    return SenderStatement(
      article: article.id, title: article.title, sentence: sentence, open: open,
      next: article.next.filter { $0.isFor(evidence) })
  }
}

extension NextCommand {
  /// Whether it can be run on the activity's host, as far as its system is known.
  func isFor(_ evidence: ActivityEvidence) -> Bool {
    guard case .text(let name)? = evidence.finding(.packetOwner)?.values["system"] else {
      return true
    }
    return name == system.rawValue || name == "unknown"
  }
}

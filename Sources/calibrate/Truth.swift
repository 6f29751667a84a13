import Foundation
import Simulation

/// What a story says of itself.
struct Truth: Sendable {
  /// Whose activity it is about; nil where there is none to be raised.
  let subject: String?
  /// The article that explains it; nil where none of ours does.
  let article: String?
  /// The article that must not be given.
  let mustNot: String?
  /// Whether it says what the cause is. Stories of which part of a host sends may leave that open.
  let tellsCause: Bool
  /// The article on senders that its tables of sockets must earn.
  let sender: String?
  /// The article on senders that they must not.
  let notSender: String?
  /// The whole of it: who is named in it has a part in the story.
  private let text: String

  /// What is known of real evidence.
  init(subject: String?, article: String?) {
    (self.subject, self.article, mustNot, sender, notSender) = (subject, article, nil, nil, nil)
    (tellsCause, text) = (true, "")
  }

  init?(_ files: [SimulatedFile]) {
    guard let file = files.first(where: { $0.name == "truth.json" }),
      let root = try? JSONSerialization.jsonObject(with: Data(file.bytes)) as? [String: Any],
      let subject = (root["subject"] as? [String: Any])?["value"] as? String
    else { return nil }
    self.subject = subject
    article = root["article"] as? String
    mustNot = root["mustNot"] as? String
    sender = root["hostCause"] as? String
    notSender = root["notHostCause"] as? String
    tellsCause = article != nil || sender == nil && notSender == nil
    text = String(decoding: file.bytes, as: UTF8.self)
  }

  /// Whether the story speaks of an address.
  func names(_ address: String) -> Bool { text.contains("\"\(address)\"") }

  /// What is right to say: the article, or that no article explains it.
  var expected: String { article ?? "unexplained" }

  /// Whether an article, or "unexplained", is right to say: the truth's own, or one that merely describes what
  /// the truth's subject does.
  func allows(_ said: String) -> Bool {
    said == expected || article.map { Truth.describes(said, $0) } ?? false
  }

  /// Articles that say what is seen, and by their own words not what is behind it.
  static let descriptions: Set<String> = ["horizontal-scan", "vertical-scan", "unknown-worm"]

  /// Whether a description holds of a cause. What an innocent cause does is not described by what accuses it.
  private static func describes(_ description: String, _ cause: String) -> Bool {
    let isWorm = cause.hasSuffix("-worm")
    switch description {
    case "horizontal-scan":
      return isWorm
        || ["declared-scanner", "sip-scanner", "reinfection-by-neighbour"].contains(cause)
    case "unknown-worm": return isWorm
    default: return false
    }
  }
}

public import Analysis
import Diagnosis
public import Observations

/// What the published rules of other programs would have said of the same evidence, beside what we say.
public struct PeerComparison: Sendable {
  /// The programs that can be asked, by name.
  public static var names: [String] { PeerRules.all.map(\.name) }

  /// One program's answers.
  struct Answer: Sendable {
    var peer: PeerRules
    /// Why this evidence could not be asked; nil where it was.
    var silent: String?
    /// By source, in order of address.
    var hits: [(source: Address, hits: [PeerHit])]
  }

  private(set) var answers: [Answer] = []
  /// What we say of a source: the verdicts of its activities.
  private let ours: [Address: [String]]
  /// Attempts that were left out because there were too many.
  private let left: Int

  /// What programs would have said.
  ///
  /// - Parameters:
  ///   - names: which.
  ///   - attempts: all attempts of the evidence.
  ///   - analysis: what we say.
  public init(_ names: [String], attempts: Attempts, analysis: Analysis) {
    var attempts = attempts
    attempts.settle()
    left = attempts.left
    var ours: [Address: [String]] = [:]
    for incident in analysis.incidents {
      guard case .address(let address) = incident.subject else { continue }
      ours[address, default: []] += incident.activities.map {
        $0.diagnosis.verdict ?? "unexplained"
      }
    }
    self.ours = ours
    let start = attempts.bySource.values.compactMap { $0.first?.time }.min() ?? 0
    for peer in PeerRules.all where names.contains(peer.name) {
      let silent = peer.silent(attempts)
      let hits =
        silent != nil
        ? []
        : attempts.bySource.map { (source: $0.key, hits: peer.judge($0.value, start)) }
          .filter { !$0.hits.isEmpty }.sorted { $0.source < $1.source }
      answers.append(Answer(peer: peer, silent: silent, hits: hits))
    }
  }

  /// Sources that a program flags, by its name; empty where it was not asked.
  public func flagged(by name: String) -> [Address] {
    answers.first { $0.peer.name == name }?.hits.map(\.source) ?? []
  }

  /// The rules of a program that a source meets, as they are published.
  ///
  /// - Parameters:
  ///   - name: the program.
  ///   - source: the source.
  /// - Returns: the names of the rules, in its order.
  public func rules(of name: String, against source: Address) -> [String] {
    answers.first { $0.peer.name == name }?.hits.first { $0.source == source }?.hits.map(\.rule)
      ?? []
  }

  /// What we say of a source, in a few words.
  private func ourWords(_ source: Address) -> String {
    guard let verdicts = ours[source] else { return "not raised by us" }
    var known: Set<String> = []
    return "we: " + verdicts.filter { known.insert($0).inserted }.joined(separator: ", ")
  }

  /// One program's answers in words.
  struct Told {
    /// A rule that a source meets.
    struct Hit {
      let source: String
      let rule: String
      /// What was counted, and when.
      let measured: String
      let ours: String
    }
    let name: String
    let rules: String
    let source: String
    let limits: [String]
    /// Why it cannot be asked; nil where it was.
    let silent: String?
    let hits: [Hit]
    /// How many sources those are.
    let sources: Int
    let summary: String
  }

  /// That not all was asked; nil where it was.
  var part: String? {
    left == 0 ? nil : "ONLY A PART WAS ASKED: \(left) attempts found no room."
  }

  /// All answers in words; of each program so many sources.
  func told(most: Int = .max) -> [Told] {
    answers.map { answer in
      let hits = answer.hits.prefix(most).flatMap { entry in
        entry.hits.map { hit in
          Told.Hit(
            source: entry.source.description, rule: hit.rule,
            measured: "\(hit.measured), \(shortTime(hit.time)) UTC", ours: ourWords(entry.source))
        }
      }
      return Told(
        name: answer.peer.name, rules: answer.peer.rules, source: answer.peer.source,
        limits: answer.peer.limits, silent: answer.silent, hits: hits, sources: answer.hits.count,
        summary: summary(answer))
    }
  }

  /// Sources told one by one in text.
  private static let sourcesTold = 10

  /// As text for people.
  ///
  /// - Parameter style: how it looks.
  /// - Returns: the text.
  public func text(style: TextStyle) -> String {
    var page = TextPage(style: style)
    page.section("WHAT OTHERS' PUBLISHED RULES WOULD HAVE SAID")
    if let part { page.paragraph(part, hang: 2) }
    for answer in told(most: PeerComparison.sourcesTold) {
      page.blank()
      page.paragraph("\(answer.name): \(answer.rules)", hang: 2, emphasis: .strong)
      page.paragraph("published in \(answer.source)", indent: 2)
      if let silent = answer.silent {
        page.paragraph("CANNOT BE ASKED: \(silent)", indent: 2, hang: 2)
        continue
      }
      for limit in answer.limits { page.item("-", "mind: \(limit)", indent: 2) }
      if answer.hits.isEmpty { page.paragraph("It would have said nothing.", indent: 2) }
      for hit in answer.hits {
        page.item("-", "\(hit.source): \(hit.rule), \(hit.measured); \(hit.ours)", indent: 2)
      }
      let more = answer.sources - PeerComparison.sourcesTold
      if more > 0 { page.paragraph("and \(more) more sources", indent: 2) }
      page.paragraph(answer.summary, indent: 2)
    }
    return page.text
  }

  private func summary(_ answer: Answer) -> String {
    let flagged = Set(answer.hits.map(\.source))
    let quiet = flagged.filter { ours[$0] == nil }.count
    let missed = ours.keys.filter { !flagged.contains($0) }.count
    return "\(counted(UInt64(flagged.count), "source", "sources")) flagged, \(quiet) of them not "
      + "raised by us; \(missed) raised by us and not flagged."
  }

  /// For programs.
  var json: JSONValue {
    .array(
      answers.map { answer in
        .object([
          ("program", .string(answer.peer.name)), ("rules", .string(answer.peer.rules)),
          ("source", .string(answer.peer.source)), ("cannotBeAsked", .text(answer.silent)),
          ("limits", .array(answer.peer.limits.map(JSONValue.string))),
          (
            "flagged",
            .array(
              answer.hits.flatMap { entry in
                entry.hits.map { hit in
                  .object([
                    ("address", .string(entry.source.description)), ("rule", .string(hit.rule)),
                    ("measured", .string(hit.measured)), ("time", .string(hit.time.description)),
                    (
                      "ours",
                      ours[entry.source].map { .array($0.map(JSONValue.string)) } ?? .null
                    ),
                  ])
                }
              })
          ),
          (
            "notFlagged",
            .array(
              ours.keys.filter { address in !answer.hits.contains { $0.source == address } }
                .sorted()
                .map { .string($0.description) })
          ),
        ])
      })
  }
}

import Analysis
import Detection
import Diagnosis
import Foundation
import Knowledge
import Observations
import Simulation

/// One piece of evidence whose truth is known: a story, what was done to it, and a seed.
struct Case: Sendable {
  let scenario: Scenario
  let variant: String?
  let degradation: Degradation
  let seed: UInt64
  /// Articles that are taken out of the knowledge base first.
  var without: Set<String> = []

  var name: String {
    "\(scenario.id)\(variant.map { "/" + $0 } ?? "") \(degradation.name) \(seed)"
  }

  /// Whether it belongs to the half that weights are fitted on.
  var isFitted: Bool { seed % 2 == 1 }
}

/// What an analysis made of evidence whose truth is known.
struct Outcome: Sendable {
  /// A hypothesis with its weight against "unexplained", in decibans.
  struct Weighed: Codable, Sendable {
    var article: String
    var decibans: Double
    /// Indicators the evidence could not show.
    var unseen = 0
  }
  /// The made evidence; nil of real evidence.
  let of: Case?
  /// What the evidence is called in the tables.
  let name: String
  let truth: Truth
  /// Of the subject's activity that the truth speaks of; empty where nothing was raised.
  let hypotheses: [Weighed]
  /// The verdict on it.
  let verdict: String?
  /// Articles on senders that spoke.
  let senders: Set<String>
  /// Sources in the evidence that are known to have done nothing, and those of them that were accused.
  let innocents: Int
  let accused: [String]

  /// Says that two claim an address, of whichever of them: nobody is accused by it.
  private static let conflicts: Set<String> = ["duplicate-address"]

  /// Runs a case in a folder of its own; nil where the story has no such evidence.
  static func run(_ each: Case, _ knowledge: KnowledgeBase) throws -> Outcome? {
    let files = each.scenario.make(seed: each.seed, variant: each.variant)
    guard let truth = Truth(files),
      let evidence = each.degradation.degraded(files, seed: each.seed)
    else { return nil }
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "calibrate-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for file in evidence {
      try Data(file.bytes).write(to: folder.appending(path: file.name))
    }
    let base =
      each.without.isEmpty
      ? knowledge
      : KnowledgeBase(
        articles: knowledge.articles.filter { !each.without.contains($0.id) }, version: "")
    let options = AnalysisOptions(
      now: CivilTime(year: 2026, month: 1, day: 1).timestamp)
    guard
      let analysis = try? analyze(paths: [folder.path], options: options, knowledge: base)
    else { return nil }
    return Outcome(each, each.name, truth, analysis, base)
  }

  init(
    _ each: Case?, _ name: String, _ truth: Truth, _ analysis: Analysis, _ knowledge: KnowledgeBase
  ) {
    (of, self.name, self.truth) = (each, name, truth)
    let own = analysis.incidents.filter { $0.subject.value == truth.subject }
      .flatMap(\.activities)
    // The activity that the truth speaks of: where its article stands best, else the largest.
    func standing(_ activity: Activity) -> Double {
      activity.diagnosis.hypotheses.first { $0.article == truth.article }?.posterior ?? -1
    }
    let main = own.max {
      (standing($0), $0.evidence.traffic.packets.low)
        < (standing($1), $1.evidence.traffic.packets.low)
    }
    let unexplained =
      (main?.diagnosis.hypotheses.first { $0.article == "unexplained" }?.posterior ?? 1)
      - Weighing.doubt
    hypotheses = (main?.diagnosis.hypotheses ?? []).map {
      Weighed(
        article: $0.article,
        decibans: $0.article == "unexplained"
          ? 0
          : (10 * log10(max($0.posterior, 1e-15) / max(unexplained, 1e-15)) + Weighing.handicap)
            / Weighing.steepness,
        unseen: $0.unseen.count)
    }
    verdict = main?.diagnosis.verdict
    senders = Set(own.flatMap { $0.senders.map(\.article) })
    let isInnocent = truth.article.map { knowledge.article($0)?.innocent == true } ?? false
    let rest = analysis.incidents.filter { isInnocent || $0.subject.value != truth.subject }
    innocents = rest.count + analysis.quiet.reduce(0) { $0 + $1.count }
    accused = rest.filter {
      $0.subject.value == truth.subject || !truth.names($0.subject.value)
    }.flatMap { incident in
      incident.activities.compactMap(\.diagnosis.verdict).filter {
        knowledge.article($0)?.innocent == false && $0 != truth.article
          && !Outcome.conflicts.contains($0)
      }.map { "\(incident.subject.value) \($0)" }
    }
  }

  /// The leading hypothesis and its posterior, as one fit states it; nil where nothing was raised.
  func leader(_ fit: Fit = .applied) -> (article: String, posterior: Double)? {
    let posteriors = zip(
      hypotheses,
      softmax(
        hypotheses.map {
          $0.article == "unexplained" ? 0 : fit.steepness * $0.decibans - fit.handicap
        })
    ).map { $1 * (1 - Weighing.doubt) + ($0.article == "unexplained" ? Weighing.doubt : 0) }
    guard let at = posteriors.indices.max(by: { posteriors[$0] < posteriors[$1] }) else {
      return nil
    }
    return (hypotheses[at].article, posteriors[at])
  }

  /// The case and what was made of it, as a line of JSON.
  func line() throws -> String {
    struct Line: Encodable {
      let name, expected: String
      let isRight: Bool?
      let verdict: String?
      let senders: [String]
      let hypotheses: [Weighed]
      let accused: [String]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let line = Line(
      name: name, expected: truth.expected,
      isRight: truth.tellsCause ? leader().map { truth.allows($0.article) } : nil,
      verdict: verdict, senders: senders.sorted(), hypotheses: hypotheses, accused: accused)
    return String(decoding: try encoder.encode(line), as: UTF8.self)
  }
}

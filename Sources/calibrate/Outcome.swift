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
}

/// What a story says of itself.
struct Truth: Sendable {
  /// Whose activity it is about.
  let subject: String
  /// The article that explains it; nil where none of ours does.
  let article: String?
  /// The whole of it: who is named in it has a part in the story.
  private let text: String

  init?(_ files: [SimulatedFile]) {
    guard let file = files.first(where: { $0.name == "truth.json" }),
      let root = try? JSONSerialization.jsonObject(with: Data(file.bytes)) as? [String: Any],
      let subject = (root["subject"] as? [String: Any])?["value"] as? String
    else { return nil }
    self.subject = subject
    article = root["article"] as? String
    text = String(decoding: file.bytes, as: UTF8.self)
  }

  /// Whether the story speaks of an address.
  func names(_ address: String) -> Bool { text.contains("\"\(address)\"") }
}

/// What an analysis made of a case.
struct Outcome: Sendable {
  /// A hypothesis with its weight against "unexplained", in decibans.
  struct Weighed: Sendable {
    var article: String
    var decibans: Double
  }
  let of: Case
  let truth: Truth
  /// Of the subject's activity that the truth speaks of; empty where nothing was raised.
  let hypotheses: [Weighed]
  /// The verdict on it.
  let verdict: String?
  /// All verdicts on the subject.
  let verdicts: Set<String>
  /// Sources in the evidence beside the subject, and those of them that were accused.
  let others: Int
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
    return Outcome(each, truth, analysis, base)
  }

  private init(_ each: Case, _ truth: Truth, _ analysis: Analysis, _ knowledge: KnowledgeBase) {
    (of, self.truth) = (each, truth)
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
      main?.diagnosis.hypotheses.first { $0.article == "unexplained" }?.posterior ?? 1
    hypotheses = (main?.diagnosis.hypotheses ?? []).map {
      Weighed(
        article: $0.article,
        decibans: 10 * log10(max($0.posterior, 1e-15) / max(unexplained, 1e-15)))
    }
    verdict = main?.diagnosis.verdict
    verdicts = Set(own.compactMap(\.diagnosis.verdict))
    let rest = analysis.incidents.filter { $0.subject.value != truth.subject }
    others = rest.count + analysis.quiet.reduce(0) { $0 + $1.count }
    accused = rest.filter { !truth.names($0.subject.value) }.flatMap { incident in
      incident.activities.compactMap(\.diagnosis.verdict).filter {
        knowledge.article($0)?.innocent == false && $0 != truth.article
          && !Outcome.conflicts.contains($0)
      }.map { "\(incident.subject.value) \($0)" }
    }
  }

  /// The leading hypothesis and its posterior, where all weights are scaled by `scale`; nil where
  /// nothing was raised.
  func leader(scale: Double) -> (article: String, posterior: Double)? {
    guard let best = hypotheses.max(by: { $0.decibans < $1.decibans }) else { return nil }
    let posteriors = softmax(hypotheses.map { $0.decibans * scale })
    guard let at = hypotheses.firstIndex(where: { $0.article == best.article }) else { return nil }
    return (best.article, posteriors[at])
  }

  /// What is right to say: the article, or that no article explains it.
  var expected: String { truth.article ?? "unexplained" }
}

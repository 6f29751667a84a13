// Diagnosis: from an activity's findings to weighed hypotheses, and from activities to incidents.
//
// Weights are decibans against "unexplained", which always competes at 0. `Weighing` states the
// bounds: a single indicator counts at most ±10, a group of correlated ones at most ±12 together,
// and since every prior is at most −2.5 no group alone earns a verdict. The posterior is the
// softmax over prior plus capped sums, bent by what calibration found. Nothing here depends on the order of findings or articles.
public import Detection
public import Knowledge
import Observations

/// Weighs the articles that answer a question against each other on one activity's evidence.
public func diagnose(
  _ evidence: ActivityEvidence, using knowledge: KnowledgeBase,
  answering question: Question = .cause
) -> Diagnosis {
  let candidates = knowledge.articles.filter {
    $0.answers == question && isCandidate($0, for: evidence)
  }
  .map { Scored(article: $0, evidence: evidence) }
  let posteriors = posteriors(of: candidates.map(\.decibans))
  var ranked: [(scored: Scored?, decibans: Double, hypothesis: Hypothesis)] = []
  for (index, scored) in candidates.enumerated() {
    ranked.append((scored, scored.decibans, scored.hypothesis(posterior: posteriors[index])))
  }
  let unexplained = Hypothesis(
    article: "unexplained", title: "Unexplained: a cause no article describes",
    posterior: posteriors[candidates.count], supporting: [], opposing: [], unseen: [])
  ranked.append((nil, 0, unexplained))
  ranked.sort {
    ($1.hypothesis.posterior, $1.decibans, $0.hypothesis.article)
      < ($0.hypothesis.posterior, $0.decibans, $1.hypothesis.article)
  }
  let leader = ranked[0]
  // In decibans of evidence; where "unexplained" leads by its handicap alone, there is none.
  let lead = ranked.count > 1 ? max(0, leader.decibans - ranked[1].decibans) : 0
  let earned =
    leader.hypothesis.posterior >= Weighing.posteriorNeeded && lead >= Weighing.leadNeeded
  let winner = earned ? leader.scored?.article : nil
  let hypotheses = ranked.map(\.hypothesis)
  let alive = Set(hypotheses.filter { $0.posterior >= Diagnosis.rivalFloor }.map(\.article))
  var diagnosis = Diagnosis(
    verdict: winner?.id, posterior: leader.hypothesis.posterior, lead: lead,
    settledBy: requests(
      of: candidates, alive: alive, for: evidence,
      articles: knowledge.articles.filter { $0.answers == question }),
    hypotheses: hypotheses,
    sentence: sentence(winner, hypotheses, evidence),
    open: openQuestions(winner, hypotheses, evidence),
    keep: unique(
      (winner.map { [$0] } ?? ranked.prefix(3).compactMap(\.scored?.article)).flatMap(\.keep)),
    notDiagnostic: notDiagnostic(candidates, evidence))
  diagnosis.cure = winner?.cure ?? []
  diagnosis.next = winner?.next.filter { $0.isFor(evidence) } ?? []
  return diagnosis
}

/// Whether everything an article requires is known to hold and nothing it excludes is.
func isCandidate(_ article: Article, for evidence: ActivityEvidence) -> Bool {
  !article.requires.isEmpty && article.requires.allSatisfy { $0.holds(for: evidence) == true }
    && !article.excludes.contains { $0.holds(for: evidence) == true }
}

/// What articles with these sums of decibans state as their posteriors, and last what is left to
/// "unexplained". See `Weighing.steepness`.
public func posteriors(of decibans: [Double]) -> [Double] {
  softmax(decibans.map { Weighing.steepness * $0 - Weighing.handicap } + [0])
}

/// Probabilities out of decibans; they add up to 1.
public func softmax(_ decibans: [Double]) -> [Double] {
  let top = decibans.max() ?? 0
  let odds = decibans.map { powerOfTen(($0 - top) / 10) }
  let sum = odds.reduce(0, +)
  return odds.map { $0 / sum }
}

func unique(_ texts: [String]) -> [String] {
  var seen: Set<String> = []
  return texts.filter { seen.insert($0).inserted }
}

private func sentence(
  _ winner: Article?, _ hypotheses: [Hypothesis], _ evidence: ActivityEvidence
) -> String {
  if let winner {
    for template in winner.sentences {
      if let text = template.filled(from: evidence) { return text }
    }
    return "\(evidence.subject.value): \(winner.title)"
  }
  let best = hypotheses.first { $0.article != "unexplained" }
  let opening = "Unexplained: \(label(of: evidence)) by \(evidence.subject.value)"
  guard let best else { return opening + "; no article speaks of such traffic" }
  let share = Wording.text(.number(best.posterior), named: "share")
  return opening + "; \"\(best.title)\" reaches \(share), which the evidence does not carry further"
}

private func openQuestions(
  _ winner: Article?, _ hypotheses: [Hypothesis], _ evidence: ActivityEvidence
) -> [String] {
  var open: [String] = []
  for remark in winner?.open ?? [] {
    if let when = remark.when, when.holds(for: evidence) != true { continue }
    let focused = remark.when?.focused(evidence) ?? evidence
    if let text = remark.text.filled(from: focused) { open.append(text) }
  }
  for rival in hypotheses where rival.article != "unexplained" && rival.article != winner?.id {
    guard rival.posterior >= Diagnosis.rivalFloor else { continue }
    let share = Wording.text(.number(rival.posterior), named: "share")
    open.append("Not excluded: \(rival.article) (\(rival.title)), \(share)")
  }
  if let step = evidence.finding(.rateStep), winner?.explainsOnset?.holds(for: evidence) != true {
    let between =
      if let from = step.value("onsetFrom"), let to = step.value("onsetTo") {
        " between \(Wording.text(from, named: "onsetFrom"))"
          + " and \(Wording.text(to, named: "onsetTo"))"
      } else { "" }
    let why =
      winner == nil
      ? "no cause is established"
      : "the cause named does not say why its rate stepped up just then"
    open.append("Onset unexplained: the rate stepped up\(between), and \(why)")
  }
  return unique(open)
}

extension Diagnosis {
  /// Rivals with at least this posterior are named as open: some 19 decibans behind, on which no one should
  /// stake a host.
  public static let rivalFloor = 0.001
}

/// The findings that shift no hypothesis against another, `unexplained` (always 0) included.
private func notDiagnostic(_ candidates: [Scored], _ evidence: ActivityEvidence) -> [String] {
  evidence.findings.sorted { $0.kind < $1.kind }.filter { finding in
    candidates.allSatisfy { abs($0.contribution(of: finding.kind)) < 1e-9 }
  }.map(\.summary)
}

import Knowledge

/// What a calibration yields, and its page.
struct Result {
  /// What fits the other half best.
  let fit: Fit
  let judged: Measures
  let refitted: Measures
  /// The judged half again, a description counted as wrong.
  let strict: Measures
  /// The evidence folder; part of what was judged.
  let real: [Outcome]
  /// Whole evidence of families whose articles were taken out.
  let unknown: [Outcome]
  private let byDegradation: [(Degradation, Measures)]

  init(fitted: [Outcome], judged: [Outcome], real: [Outcome], unknown: [Outcome]) {
    fit = Fit.best(of: fitted)
    self.judged = Measures(judged)
    refitted = Measures(judged, fit)
    strict = Measures(judged, isStrict: true)
    self.real = real
    self.unknown = unknown
    byDegradation = Degradation.all.map { degradation in
      (degradation, Measures(judged.filter { $0.of?.degradation.name == degradation.name }))
    }
  }

  /// How many of the families that no article covers were left unexplained, merely described, and
  /// given another's name.
  var uncovered: (unexplained: Int, described: Int, misnamed: [String]) {
    var (unexplained, described) = (0, 0)
    var misnamed: [String] = []
    for outcome in unknown {
      guard let verdict = outcome.verdict else {
        unexplained += 1
        continue
      }
      if Truth.descriptions.contains(verdict) {
        described += 1
      } else {
        misnamed.append("\(outcome.name): \(verdict)")
      }
    }
    return (unexplained, described, misnamed)
  }

  private var accusedShare: Double {
    Double(judged.accused.count) / Double(max(1, judged.hosts))
  }

  private var misnamedShare: Double {
    Double(uncovered.misnamed.count) / Double(max(1, unknown.count))
  }

  /// What must not become worse.
  var figures: [(String, Double)] {
    [
      ("Brier score", judged.brier), ("largest distance of a bin", judged.worstBin),
      ("innocent hosts accused", accusedShare), ("uncovered families misnamed", misnamedShare),
    ]
  }

  /// Bounds that do not hold.
  var failures: [String] {
    zip(figures, [0.08, 0.1, 0.001, 0.1]).compactMap { figure, bound in
      figure.1 > bound
        ? "\(figure.0) is \(Result.text(figure.1)); it may be \(Result.text(bound))" : nil
    }
  }

  static func text(_ value: Double) -> String {
    let scaled = (value * 10_000).rounded() / 10_000
    return "\(scaled)"
  }

  private static func percent(_ part: Int, _ whole: Int) -> String {
    whole == 0 ? "–" : "\((Double(part) / Double(whole) * 1_000).rounded() / 10) %"
  }

  /// The page, in Markdown.
  var page: String {
    """
    # Calibration

    Made by `make calibrate`; not to be edited. Every story of the simulation that has a near miss, made
    with several seeds and then made worse, and \(real.count) pieces of real evidence whose makers tell what they
    are (`CULPRIT_EVIDENCE`). What the subject's leading hypothesis states as its posterior is held against
    whether it was right: the article that the truth names, or "unexplained" where none of ours covers it.
    The two constants below are fitted on odd seeds; the figures are of even ones and of the real evidence.
    Articles' weights were changed after a look at cases of other seeds, and at the real evidence: the
    stories are the same, only their details are new here.

    "A horizontal scan" is right of a worm, too: by its own words the article leaves open whether a worm, a
    person or a research project scans. It is not right of an innocent cause. Were it wrong of worms, the
    Brier score would be \(Result.text(strict.brier)).

    | figure | value | bound |
    |---|---|---|
    \(zip(figures, [0.08, 0.1, 0.001, 0.1]).map {
      "| \($0.0) | \(Result.text($0.1)) | \(Result.text($1)) |" }.joined(separator: "\n"))

    Judged: \(judged.judged) diagnoses; in \(judged.silent) cases nothing was raised about the subject.
    Innocent hosts: \(judged.hosts), the subjects of innocent causes among them.

    Posteriors follow from sums of weights by two constants, steepness \(Weighing.steepness) and handicap
    \(Weighing.handicap) dB (`Weighing`). Those that fit the other half best are \(fit.steepness) and \(fit.handicap) dB; with them the Brier
    score here would be \(Result.text(refitted.brier)), the largest distance of a bin \(Result.text(refitted.worstBin)).

    ## Reliability

    | stated | diagnoses | stated on average | right |
    |---|---|---|---|
    \(reliability)

    ## By what was done to the evidence

    | evidence | what | diagnoses | nothing raised | Brier | contradicting verdicts |
    |---|---|---|---|---|---|
    \(degradations)

    ## Real evidence

    | evidence | right | leading | stated | verdict |
    |---|---|---|---|---|
    \(reality)

    ## Which part of a host sends

    Of \(judged.senders.told) cases whose tables of sockets were made to show it, it was named in \(judged.senders.named) (the tables are
    missing from some, and nothing was raised in others); of \(judged.senders.mustNot) made to look like it, in \(judged.senders.misnamed).
    The stories that are about the sender alone do not say what the cause is, and are not judged above.

    ## What was said of what

    Rows: what is right. Columns: verdicts, "–" for none.

    \(confusion)

    ## Families that no article covers

    Whole evidence, analysed without the article that explains it: \(unknown.count) cases,
    \(uncovered.unexplained) unexplained, \(uncovered.described) described only (a scan is a scan whoever
    scans), \(uncovered.misnamed.count) given another's name
    (\(Result.percent(uncovered.misnamed.count, unknown.count))).
    \(Result.list(uncovered.misnamed))

    ## Verdicts that contradict the truth

    \(Result.list(judged.wrong))

    ## Hosts accused that had done nothing

    \(Result.list(judged.accused))

    """
  }

  private var reliability: String {
    judged.bins.enumerated().compactMap { place, bin in
      guard bin.count > 0 else { return nil }
      let range = "\(place * 10)–\(place * 10 + 10) %"
      return "| \(range) | \(bin.count) | \(Result.text(bin.stated)) | \(Result.text(bin.kept)) |"
    }.joined(separator: "\n")
  }

  private var reality: String {
    real.map { outcome in
      let leader = outcome.leader()
      let right = outcome.truth.subject == nil ? "nothing to raise" : outcome.truth.expected
      let said =
        leader?.article
        ?? (outcome.accused.isEmpty ? "nothing" : outcome.accused.joined(separator: ", "))
      return "| \(outcome.name) | \(right) | \(said) | "
        + "\(leader.map { Result.text($0.posterior) } ?? "–") | \(outcome.verdict ?? "–") |"
    }.joined(separator: "\n")
  }

  private var degradations: String {
    byDegradation.map { degradation, measures in
      "| \(degradation.name) | \(degradation.meaning) | \(measures.judged) | \(measures.silent) | "
        + "\(Result.text(measures.brier)) | \(measures.wrong.count) |"
    }.joined(separator: "\n")
  }

  private var confusion: String {
    judged.confusion.sorted { $0.key < $1.key }.map { right, said in
      let all = said.values.reduce(0, +)
      let parts = said.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
        "\($0.key == "-" ? "–" : $0.key) \(Result.percent($0.value, all))"
      }
      return "- \(right) (\(all)): \(parts.joined(separator: ", "))"
    }.joined(separator: "\n")
  }

  private static func list(_ lines: [String]) -> String {
    guard !lines.isEmpty else { return "None." }
    let counted = Dictionary(lines.map { ($0, 1) }, uniquingKeysWith: +)
    let shown = counted.sorted { $0.key < $1.key }.prefix(60).map { "- \($0.key)" }
    return shown.joined(separator: "\n")
      + (counted.count > shown.count ? "\n- … and \(counted.count - shown.count) more" : "")
  }
}

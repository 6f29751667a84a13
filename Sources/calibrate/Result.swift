/// What a calibration yields, and its page.
struct Result {
  let scale: Double
  let judged: Measures
  let scaled: Measures
  /// Whole evidence of families whose articles were taken out.
  let unknown: [Outcome]
  private let byDegradation: [(Degradation, Measures)]

  init(fitted: [Outcome], judged: [Outcome], unknown: [Outcome]) {
    let scale = Measures.fittedScale(fitted)
    self.scale = scale
    self.judged = Measures(judged)
    scaled = Measures(judged, scale: scale)
    self.unknown = unknown
    byDegradation = Degradation.all.map { degradation in
      (degradation, Measures(judged.filter { $0.of.degradation.name == degradation.name }))
    }
  }

  /// Articles that say what is seen, and not what is behind it: true of a worm as well.
  private static let descriptions: Set<String> = [
    "horizontal-scan", "vertical-scan", "unknown-worm",
  ]

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
      if Result.descriptions.contains(verdict) {
        described += 1
      } else {
        misnamed.append("\(outcome.of.name): \(verdict)")
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
    with several seeds and then made worse. What the subject's leading hypothesis states as its posterior
    is held against whether it was right: the article that the story's truth names, or "unexplained" where
    none of ours covers it. Fitted on odd seeds, judged on even ones, which is what the figures are of.

    | figure | value | bound |
    |---|---|---|
    \(zip(figures, [0.08, 0.1, 0.001, 0.1]).map {
      "| \($0.0) | \(Result.text($0.1)) | \(Result.text($1)) |" }.joined(separator: "\n"))

    Judged: \(judged.judged) diagnoses; in \(judged.silent) cases nothing was raised about the subject.
    Other hosts: \(judged.hosts). The scale of all weights that fits the other half best is
    \(Result.text(scale)) (1: as the articles have them); with it the Brier score here would be
    \(Result.text(scaled.brier)).

    ## Reliability

    | stated | diagnoses | stated on average | right |
    |---|---|---|---|
    \(reliability)

    ## By what was done to the evidence

    | evidence | what | diagnoses | nothing raised | Brier | contradicting verdicts |
    |---|---|---|---|---|---|
    \(degradations)

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

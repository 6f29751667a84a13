internal import Analysis
internal import Detection
internal import Diagnosis
internal import Knowledge
internal import Observations

/// Statements that several forms of a report make alike.
extension Diagnosis {
  /// The hypothesis that is shown first: the verdict's, or without one the nearest article.
  var leading: Hypothesis? {
    hypotheses.first { $0.article == verdict } ?? hypotheses.first { $0.article != "unexplained" }
  }

  /// What no hypothesis could be asked about: each reason once, with the indicators it silences; what
  /// only lacks a finding to ask stands together.
  var unseenReasons: [String] {
    var reasons: [String] = []
    var indicators: [String: [String]] = [:]
    for unseen in hypotheses.flatMap(\.unseen) {
      if indicators[unseen.because] == nil { reasons.append(unseen.because) }
      if indicators[unseen.because]?.contains(unseen.indicator) != true {
        indicators[unseen.because, default: []].append(unseen.indicator)
      }
    }
    let (start, end) = ("the question could not be put to this evidence (no ", " finding)")
    let missing = reasons.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }
    let told = reasons.filter { missing.count < 2 || !missing.contains($0) }.map {
      "\($0) (\((indicators[$0] ?? []).joined(separator: ", ")))"
    }
    guard missing.count > 1 else { return told }
    let findings = missing.map { String($0.dropFirst(start.count).dropLast(end.count)) }
    return told + [
      "questions that could not be put to this evidence, for want of these findings: "
        + findings.joined(separator: ", ")
    ]
  }

  /// The causes that a note moves: an indicator of notes quotes the words it rests on.
  func moved(by note: Finding) -> [String] {
    guard case .text(let words)? = note.values["text"] else { return [] }
    return hypotheses.flatMap { hypothesis in
      (hypothesis.supporting + hypothesis.opposing).filter {
        $0.finding == .noteTested && $0.because.hasPrefix("\"\(words)\"")
      }.map { indicator in
        let reason = indicator.because.dropFirst(words.count + 2).drop { $0 == ":" || $0 == " " }
        return "\(weight(indicator.decibans)) for \(hypothesis.article): \(reason)"
      }
    }
  }

  /// Its probability and its lead, or that there is none.
  var verdictWords: String {
    guard let verdict else { return "unexplained: no article earns it" }
    return "\(verdict), probability \(percent(posterior)), \(oneDecimal(lead)) dB ahead of the next"
  }
}

extension Hypothesis {
  /// What a cause is called: by its article and its title, unless they say the same.
  var name: String {
    if title.isEmpty { return article }
    return title.lowercased().hasPrefix(article) ? title : "\(article): \(title)"
  }
}

extension Analysis {
  /// Few activities are told one by one.
  static let fewActivities = 12

  /// The answers alone: the sentences of few activities; of many, how many have which cause, and the
  /// gravest.
  var inShort: [String] {
    let activities = incidents.flatMap(\.activities)
    if activities.count <= 6 { return activities.map(\.diagnosis.sentence) }
    let isFew = activities.count <= Analysis.fewActivities
    var seen: Set<String> = []
    return (isFew ? [] : causesInShort(activities))
      + activities.filter {
        $0.severity >= .medium && seen.insert($0.diagnosis.sentence).inserted
      }.prefix(isFew ? 5 : 3).map(\.diagnosis.sentence)
  }

  /// How many activities have which cause, where nobody would count them; the gravest causes first.
  private func causesInShort(_ activities: [Activity]) -> [String] {
    let byCause = Dictionary(grouping: activities) { $0.diagnosis.verdict ?? "" }
    let told = byCause.map { verdict, all in
      let most = all.map(\.severity).max() ?? .info
      let isOne = all.allSatisfy { $0.severity == most }
      let titles = Dictionary(articles.map { ($0.id, $0.title) }) { first, _ in first }
      let title =
        all[0].diagnosis.hypotheses.first { $0.article == verdict }?.title ?? titles[verdict] ?? ""
      let words =
        "\(verdict.isEmpty ? "Unexplained" : title.isEmpty ? verdict : title): "
        + counted(UInt64(all.count), "activity", "activities")
        + ", severity \(isOne ? "" : "up to ")\(most.rawValue)"
      return (most: most, count: all.count, verdict: verdict, words: words)
    }.sorted { ($1.most, $1.count, $0.verdict) < ($0.most, $0.count, $1.verdict) }
    let rest = told.dropFirst(6).reduce(0) { $0 + $1.count }
    return told.prefix(6).map(\.words)
      + (rest == 0 ? [] : ["\(counted(UInt64(rest), "activity", "activities")) of other causes"])
  }
}

internal import Observations

/// How a source chose its targets, as far as their order and places tell. Conditional on what was watched: a view
/// of one network cannot show a preference beyond it.
struct TargetChoice {
  /// Shares of first contacts, 0...1.
  var sequential: Double
  var same24: Double
  var same16: Double
  var same8: Double
  /// Share of targets that have another target in their own /24: lists of real hosts cluster, uniform draws do not.
  var neighbours: Double
  /// What comparing models yields.
  var inference: TargetInference

  /// Watching nothing but the own network, every target is local: that says nothing.
  private static let onlyLocalShare = 0.98

  init(_ draft: Draft, direction: Direction) {
    let profile = draft.profile
    let n = Double(max(1, profile.targets))
    sequential = profile.targets > 1 ? Double(profile.sequential) / (n - 1) : 0
    same24 = Double(profile.same24) / n
    same16 = Double(profile.same16) / n
    same8 = Double(profile.same8) / n
    neighbours = TargetChoice.neighbours(draft.members ?? [])
    let targets = TargetChoice.firstContacts(draft.records)
    let onlyLocal = same24 + same16 > TargetChoice.onlyLocalShare
    let isWhole = direction != .inbound && direction != .internal && !onlyLocal
    inference = TargetInference(
      targets, source: draft.subject.isIPv4 ? draft.subject.ipv4 : nil,
      view: isWhole ? .whole : .watched(targets))
  }

  /// Distinct targets in order, as many as models are fitted to.
  private static func firstContacts(_ records: [LookupRecord]) -> [UInt32] {
    var met: Set<UInt32> = []
    var targets: [UInt32] = []
    for record in records where met.insert(record.target).inserted {
      targets.append(record.target)
      if targets.count == TargetSequence.most { break }
    }
    return targets
  }

  private static func neighbours(_ members: [UInt32]) -> Double {
    guard members.count > 1 else { return 0 }
    var with = 0
    for i in members.indices {
      let before = i > 0 && members[i - 1] >> 8 == members[i] >> 8
      let after = i + 1 < members.count && members[i + 1] >> 8 == members[i] >> 8
      if before || after { with += 1 }
    }
    return Double(with) / Double(members.count)
  }
}

extension FindingBuilder {
  func targetChoice() -> Finding? {
    guard case .service = draft.shape, profile.targets > 0 else { return nil }
    let choice = TargetChoice(draft, direction: direction)
    let inference = choice.inference
    var values: [String: FindingValue] = [
      "targets": FindingBuilder.bound(draft.targets),
      "model": .text(inference.model.rawValue),
      "generator": .text(inference.generator),
      "runnerUp": .text(inference.runnerUp.rawValue),
      "lead": .number(inference.lead),
      "sequentialShare": .number(choice.sequential),
      "same24Share": .number(choice.same24),
      "same16Share": .number(choice.same16),
      "same8Share": .number(choice.same8),
      "neighbourShare": .number(choice.neighbours),
      "because": .text(inference.because),
    ]
    for (name, weight) in zip(["weight24", "weight16", "weight8"], inference.weights) {
      values[name] = .number(weight)
    }
    if inference.stride != 0 { values["step"] = .integer(inference.stride) }
    var summary = "targets: \(inference.because)"
    if let prediction = inference.prediction {
      values["foretold"] = .integer(prediction.hits)
      values["foretoldOf"] = .integer(prediction.tested)
      values["foretoldShare"] = FindingBuilder.share(prediction.hits, of: prediction.tested)
      values["foretoldByChance"] = .number(prediction.chance)
      values["foretoldPValue"] = .number(prediction.pValue)
      summary += FindingBuilder.words(prediction, inference.model)
      if prediction.isKept, !prediction.next.isEmpty {
        let next = prediction.next.map { Address(ipv4: $0).description }.joined(separator: ", ")
        values["next"] = .text(next)
        summary += "; next would be \(next)"
      }
    }
    return finding(.targetChoice, summary, values)
  }

  private static func words(_ prediction: TargetPrediction, _ model: TargetModel) -> String {
    guard prediction.isKept else { return "" }
    if model == .localPreference {
      return "; the second half of them keeps the shares of the first"
    }
    return
      "; fitted to the first half it foretells \(prediction.hits) of the \(prediction.tested) others "
      + "(by chance: \(FindingBuilder.chance(prediction.pValue)))"
  }
}

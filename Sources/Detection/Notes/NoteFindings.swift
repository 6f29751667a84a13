internal import Observations

extension Correlation {
  /// Every note that may concern an activity, tested on the evidence that covers it best.
  func noteFindings(_ group: Group, _ step: Finding?) -> [Finding] {
    notes.filter { note in note.host.map { $0 == group[0].draft.subject } ?? true }.compactMap {
      test($0, group, step)
    }
  }

  private func test(_ note: Note, _ group: Group, _ step: Finding?) -> Finding? {
    let from = note.from.nanoseconds
    let to = note.to?.nanoseconds
    var best: (test: NoteTest, draft: Draft)?
    for (draft, number) in group {
      guard let span = streams[number].span else { continue }
      let test = draft.test(span: span, from: from, to: to)
      if best == nil || best?.test.effect == .untestable && test.effect != .untestable {
        best = (test, draft)
      }
    }
    guard let best else { return nil }
    return FindingBuilder(best.draft, direction: .unknown).noteTested(
      note, best.test, coincides: coincides(note, step))
  }

  /// Whether the rate stepped while it lasted, or within a day of a change or a moment.
  private func coincides(_ note: Note, _ step: Finding?) -> Bool {
    guard case .time(let onset)? = step?.values["onsetFrom"],
      case .time(let until)? = step?.values["onsetTo"]
    else { return false }
    let end = (note.to ?? note.from).nanoseconds &+ (note.to == nil ? NoteTest.day : 0)
    return onset.nanoseconds <= end && note.from <= until
  }
}

extension Draft {
  /// Tests a note on the lookups and first contacts as kept, which is the finest there is; where they
  /// end before the time noted, on the counts of hours.
  fileprivate func test(span: ClosedRange<Int64>, from: Int64, to: Int64?) -> NoteTest {
    let times = records.map(\.time)
    guard UInt64(records.count) < UInt64(profile.tries), !hourly.isEmpty, let last = times.last
    else {
      return NoteTest(times, span: span, from: from, to: to)
    }
    let kept = span.lowerBound...max(span.lowerBound, min(span.upperBound, last))
    let fine = NoteTest(times, span: kept, from: from, to: to)
    if fine.effect != .untestable { return fine }
    var spread: [Int64] = []
    for (hour, count) in hourly {
      let half = NoteTest.hour / (2 &* Int64(count))
      for number in 0..<Int64(count) {
        spread.append(hour &* NoteTest.hour &+ (2 &* number &+ 1) &* half)
      }
    }
    return NoteTest(spread, span: span, from: from, to: to, resolution: NoteTest.hour)
  }
}

extension FindingBuilder {
  func noteTested(_ note: Note, _ test: NoteTest, coincides: Bool) -> Finding {
    var values: [String: FindingValue] = [
      "kind": .text(note.kind.rawValue), "about": .text(note.topic.rawValue),
      "effect": .text(test.effect.rawValue), "coincides": .flag(coincides),
      "text": .text(note.text), "from": .time(note.from),
    ]
    if let to = note.to { values["to"] = .time(to) }
    if let before = test.before { values["beforePerHour"] = .number(before) }
    if let during = test.during { values["duringPerHour"] = .number(during) }
    if let after = test.after { values["afterPerHour"] = .number(after) }
    if let pValue = test.pValue { values["pValue"] = .number(pValue) }
    if let ratio = test.ratio {
      values["ratio"] = .number(ratio.value)
      values["ratioLow"] = .number(ratio.low)
      if ratio.high.isFinite { values["ratioHigh"] = .number(ratio.high) }
    }
    return finding(.noteTested, NoteWording.summary(note, test, coincides: coincides), values)
  }
}

/// How a tested note is told.
enum NoteWording {
  static func summary(_ note: Note, _ test: NoteTest, coincides: Bool) -> String {
    let time = note.to.map { "\(note.from) to \($0)" } ?? "\(note.from)"
    let head = "\"\(note.text)\" (\(time)): "
    let step =
      coincides
      ? "; the step in the rate falls into it or follows within a day, which may be chance" : ""
    if let obstacle = test.obstacle { return head + "could not be tested: \(obstacle)" + step }
    var rates: [String] = []
    let stretch = test.momentHours.map { " in the \($0) h" } ?? ""
    if let before = test.before {
      rates.append("\(FindingBuilder.rate(before)) an hour\(stretch) before")
    }
    if let during = test.during {
      rates.append(
        "\(FindingBuilder.rate(during))\(stretch) \(stretch.isEmpty ? "during" : "after")")
    }
    if let after = test.after { rates.append("\(FindingBuilder.rate(after)) after") }
    var text = head + rates.joined(separator: ", ") + ": \(test.effect.rawValue)"
    if let ratio = test.ratio, ratio.high.isFinite {
      func short(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
      text += " (ratio \(short(ratio.value)), 95 %: \(short(ratio.low)) to \(short(ratio.high)))"
    }
    return text + step
  }
}

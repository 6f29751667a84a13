internal import Observations

/// Who had reached whom before it began to do the same, within one stream.
struct Propagation {
  /// How long after it was reached a host may begin, in seconds.
  static let window = 600.0
  /// A silence that parts one beginning from the next: 5 min.
  static let silence: Int64 = 300_000_000_000

  /// One subject's part.
  struct Part {
    var receivers = 0, becameSenders = 0
    var predecessors: Set<UInt32> = []
    var episodes = 0, episodesAfterProbe = 0
    var delays: [Double] = []
    var pValue = 1.0
  }

  private struct Probe {
    var time: Int64
    var sender: UInt32
  }

  private(set) var parts: [Address: Part] = [:]

  /// - Parameters:
  ///   - drafts: of one stream and shape.
  ///   - span: of the stream.
  init(_ drafts: [Draft], span: ClosedRange<Int64>) {
    var probes: [UInt32: [Probe]] = [:]
    var firsts: [UInt32: Int64] = [:]
    for draft in drafts where draft.subject.isIPv4 {
      firsts[draft.subject.ipv4] = draft.first
    }
    for draft in drafts where draft.subject.isIPv4 {
      // Only those who went on to send matter here.
      for record in draft.records where firsts[record.target] != nil {
        probes[record.target, default: []].append(
          Probe(time: record.time, sender: draft.subject.ipv4))
      }
    }
    let seconds = max(1, (Double(span.upperBound) - Double(span.lowerBound)) / 1e9)
    for draft in drafts where draft.subject.isIPv4 {
      var part = Part()
      part.receivers = draft.activeReceivers
      let mine = draft.subject.ipv4
      var reached: Set<UInt32> = []
      for record in draft.records where record.target != mine {
        if let first = firsts[record.target], first > record.time { reached.insert(record.target) }
      }
      part.becameSenders = reached.count
      part.receivers = max(part.receivers, reached.count)
      let arrived = (probes[mine] ?? []).filter { $0.sender != mine }.sorted { $0.time < $1.time }
      let runs = Episodes(of: draft.records.map(\.time).sorted(), silence: Propagation.silence).runs
      part.episodes = runs.count
      for run in runs {
        guard let probe = arrived.last(where: { $0.time <= run.lowerBound }) else { continue }
        let delay = (Double(run.lowerBound) - Double(probe.time)) / 1e9
        guard delay <= Propagation.window else { continue }
        part.episodesAfterProbe += 1
        part.predecessors.insert(probe.sender)
        part.delays.append(delay)
      }
      let rate = Double(arrived.count) / seconds
      let share = 1 - Statistics.exponential(-rate * Propagation.window)
      part.pValue = StartsAndStops.tail(part.episodesAfterProbe, of: runs.count, share: share)
      parts[draft.subject] = part
    }
  }
}

extension FindingBuilder {
  func propagation(_ part: Propagation.Part?) -> Finding? {
    guard let part, part.receivers > 0 || part.episodesAfterProbe > 0 else { return nil }
    var values: [String: FindingValue] = [
      "receivers": .integer(part.receivers), "becameSenders": .integer(part.becameSenders),
      "share": FindingBuilder.share(part.becameSenders, of: part.receivers),
      "predecessors": .integer(part.predecessors.count), "episodes": .integer(part.episodes),
      "episodesAfterProbe": .integer(part.episodesAfterProbe), "pValue": .number(part.pValue),
    ]
    var summary =
      "\(part.becameSenders) of \(part.receivers) receivers that could be seen went on to do the same"
    if part.episodesAfterProbe > 0 {
      let who = part.predecessors.sorted().prefix(3).map { Address(ipv4: $0).description }
      summary +=
        "; \(part.episodesAfterProbe) of its own \(part.episodes) beginnings came within "
        + "\(Int(Propagation.window / 60)) minutes after it was reached so by "
        + who.joined(separator: ", ")
    }
    if let delay = Statistics.median(part.delays) { values["medianDelaySeconds"] = .number(delay) }
    return finding(.propagation, summary, values)
  }
}

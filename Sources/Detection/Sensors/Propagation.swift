internal import Observations

/// Who had reached whom before it began to do the same, within one stream.
struct Propagation {
  /// How long after it was reached a host may begin, in seconds.
  static let window = 600.0
  /// Delays that are tried, in seconds; p-values count for so many times.
  static let windows = [60, 120, window]
  /// A silence that parts one beginning from the next: 5 min at least, and fifteen times the usual gap,
  /// which chance passes once in thirty thousand times.
  static let leastSilence: Int64 = 300_000_000_000
  static let usualGaps = 15.0

  /// One subject's part.
  struct Part {
    /// Receivers that could be seen, and those of them that began within the window after.
    var receivers = 0, becameSenders = 0
    /// The chance of as many beginnings among those reached before they began.
    var receiversPValue = 1.0
    var predecessors: Set<UInt32> = []
    var episodes = 0, episodesAfterProbe = 0
    var delays: [Double] = []
    var pValue = 1.0
    /// Who had reached it last before each beginning, and how long before.
    var links: [Link] = []
  }

  /// One beginning after being reached.
  struct Link: Hashable {
    var time: Int64
    var from: UInt32
    var to: UInt32
    var delay: Double
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
      part.follow(draft, firsts: firsts, seconds: seconds)
      let arrived = (probes[mine] ?? []).filter { $0.sender != mine }.sorted { $0.time < $1.time }
      let times = draft.records.map(\.time).sorted()
      let gaps = zip(times, times.dropFirst()).map { Double($1 &- $0) }
      let usual = (Statistics.median(gaps) ?? 0) * Propagation.usualGaps
      let silence = max(Propagation.leastSilence, Int64(min(usual, 1e17)))
      let runs = Episodes(of: times, silence: silence).runs
      part.episodes = runs.count
      for run in runs {
        guard let probe = arrived.last(where: { $0.time <= run.lowerBound }) else { continue }
        let delay = (Double(run.lowerBound) - Double(probe.time)) / 1e9
        guard delay <= Propagation.window else { continue }
        part.episodesAfterProbe += 1
        part.predecessors.insert(probe.sender)
        part.delays.append(delay)
        part.links.append(
          Link(time: run.lowerBound, from: probe.sender, to: mine, delay: delay))
      }
      let rate = Double(arrived.count) / seconds
      for window in Propagation.windows {
        let share = 1 - Statistics.exponential(-rate * window)
        let within = part.delays.count { $0 <= window }
        let p =
          Double(Propagation.windows.count)
          * StartsAndStops.tail(within, of: runs.count, share: share)
        part.pValue = min(part.pValue, p)
      }
      parts[draft.subject] = part
    }
  }
}

extension Propagation.Part {
  /// Whom a sender reached before they themselves began, and who of them began soon after.
  ///
  /// Chance is the binomial tail at the highest rate at which any of them was reached: no sender is
  /// blamed for receivers that it reaches all the time.
  fileprivate mutating func follow(_ draft: Draft, firsts: [UInt32: Int64], seconds: Double) {
    var last: [UInt32: Int64] = [:]
    var counts: [UInt32: Int] = [:]
    for record in draft.records where record.target != draft.subject.ipv4 {
      guard let first = firsts[record.target] else { continue }
      counts[record.target, default: 0] += 1
      if first > record.time { last[record.target] = max(last[record.target] ?? .min, record.time) }
    }
    receivers = max(receivers, last.count)
    let delays = last.compactMap { target, time in
      firsts[target].map { Double($0 &- time) / 1e9 }
    }
    becameSenders = delays.count { $0 <= Propagation.window }
    let often = last.keys.map { counts[$0] ?? 0 }.max() ?? 0
    for window in Propagation.windows {
      let share = 1 - Statistics.exponential(-Double(often) / seconds * window)
      let within = delays.count { $0 <= window }
      let p =
        Double(Propagation.windows.count)
        * StartsAndStops.tail(within, of: last.count, share: share)
      receiversPValue = min(receiversPValue, p)
    }
  }
}

extension Propagation {
  /// Beginnings after being reached that chance does not explain, in order of time.
  var links: [Link] {
    parts.values.filter { $0.pValue < 0.01 }.flatMap(\.links).sorted {
      ($0.time, $0.from, $0.to) < ($1.time, $1.from, $1.to)
    }
  }

  /// What is stated about the whole network; nil where nobody began after being reached.
  func finding(_ shape: ActivityShape, path: String) -> Finding? {
    let links = links
    guard case .service(let transport, let port) = shape, links.count >= 2 else { return nil }
    let told = links.prefix(10).map { link in
      "\(Address(ipv4: link.from)) reached \(Address(ipv4: link.to)), which began "
        + "\(Int(link.delay.rounded())) s later (\(Timestamp(nanoseconds: link.time)))"
    }
    let victims = Set(links.map(\.to))
    let again = links.count - victims.count
    return Finding(
      kind: .propagation,
      summary: "\(transport) port \(port) in \(path): " + told.joined(separator: "; ")
        + (links.count > 10 ? "; and \(links.count - 10) more" : ""),
      values: [
        "becameSenders": .integer(victims.count), "episodesAfterProbe": .integer(links.count),
        "predecessors": .integer(Set(links.map(\.from)).count), "episodes": .integer(again),
        "medianDelaySeconds": .number(Statistics.median(links.map(\.delay)) ?? 0),
      ], count: links.count, evidence: [])
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
      "receiversPValue": .number(part.receiversPValue),
    ]
    var summary =
      "\(part.becameSenders) of \(part.receivers) receivers that could be seen began to do the same "
      + "within \(Int(Propagation.window / 60)) minutes"
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

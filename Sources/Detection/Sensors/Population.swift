internal import Observations

/// What the strangers who try one service have in common.
///
/// A single source that met a sensor a few times can seldom be told from another cause; many of them
/// that share a habit can. Counted are sources from outside with four targets at least at one sensor,
/// and of these the ones that walk the addresses upwards: by chance one in 24 would.
struct Population {
  /// Sources below which nothing is said, and networks of 65,536 addresses they must come from.
  static let leastSources = 20
  static let leastNetworks = 10
  /// Targets at one sensor that show an order.
  static let leastTargets = 4
  /// Of the steps from one target to the next, those that must go up.
  static let orderedSteps = 0.9
  /// The longest time from one target of a pass to the next: an hour.
  private static let longestStep: Int64 = 3_600_000_000_000

  /// Sources whose order could be seen, by address: whether they walk, and whether they try once.
  private var sources: [UInt32: (walks: Bool, triesOnce: Bool)] = [:]

  /// Takes a sensor's part of a source, in any order of sensors.
  mutating func take(_ draft: Draft) {
    guard draft.subject.isIPv4, !draft.subject.isVeiled else { return }
    let records = draft.records.sorted { ($0.time, $0.target) < ($1.time, $1.target) }
    guard Set(records.lazy.map(\.target)).count >= Population.leastTargets else { return }
    // From one pass to the next nothing follows, nor from one network to another.
    let steps = zip(records, records.dropFirst()).filter { before, after in
      after.time &- before.time <= Population.longestStep && before.target != after.target
        && max(before.target, after.target) &- min(before.target, after.target) <= 65_536
    }
    let up = steps.count { $0.target < $1.target }
    let down = steps.count - up
    let walks = Double(up) >= Population.orderedSteps * Double(up + down) && up >= 3
    let once = draft.packets <= UInt64(draft.records.count) + UInt64(draft.records.count) / 4
    let known = sources[draft.subject.ipv4]
    sources[draft.subject.ipv4] = (
      (known?.walks ?? false) || walks, (known?.triesOnce ?? true) && once
    )
  }

  /// What is said of them; nil where they are too few or share no habit.
  func finding(transport: Transport, port: UInt16) -> Finding? {
    let networks = Set(sources.keys.map { $0 >> 16 }).count
    guard sources.count >= Population.leastSources, networks >= Population.leastNetworks else {
      return nil
    }
    let walkers = sources.values.count { $0.walks }
    let (low, high) = Statistics.wilson(walkers, of: sources.count)
    guard low >= 0.5 else { return nil }
    let once = sources.values.count { $0.walks && $0.triesOnce }
    func percent(_ value: Double) -> String { "\(Int((value * 100).rounded())) %" }
    let share = Double(walkers) / Double(sources.count)
    return Finding(
      kind: .population,
      summary:
        "\(transport) port \(port): of \(sources.count) strangers in \(networks) networks whose order "
        + "can be seen, \(walkers) walk the addresses upwards (\(percent(share)), 95 %: "
        + "\(percent(low)) to \(percent(high))), \(once) of them with one packet for each: one habit on "
        + "so many hosts is how a worm looks, or a tool that many run. It accuses no single one of "
        + "them; a server that looks up its visitors does not walk",
      values: [
        "sources": .integer(sources.count), "networks": .integer(networks),
        "walkers": .integer(walkers), "share": .number(share), "shareLow": .number(low),
        "shareHigh": .number(high), "once": .integer(once), "port": .integer(Int(port)),
      ], count: sources.count, evidence: [])
  }
}

extension Correlation {
  /// Says of each service what the strangers who try it have in common.
  mutating func statePopulations() {
    var populations: [ActivityShape: Population] = [:]
    for stream in streams {
      for draft in stream.drafts + stream.minor where direction(draft) != .outbound {
        guard case .service = draft.shape else { continue }
        populations[draft.shape, default: Population()].take(draft)
      }
    }
    for (shape, population) in populations.sorted(by: { $0.key < $1.key }) {
      guard case .service(let transport, let port) = shape,
        let finding = population.finding(transport: transport, port: port)
      else { continue }
      networkFindings.append(finding)
    }
  }
}

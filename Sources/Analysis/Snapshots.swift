internal import Detection
internal import Diagnosis
internal import HostEvidence
internal import Observations

/// How far back a look that can be compared is searched for.
private let reach = 16

/// What changed from each look at a host to the next of the same tool.
///
/// Looks with a time in them are put in the order of their times, the others in that of their paths.
/// Which came first of one of each cannot be told, and they are not compared.
///
/// - Parameters:
///   - tables: the tables with their paths.
///   - incidents: what left the hosts, whose beginning may lie between two looks.
/// - Returns: a finding for each pair of looks that can be compared.
func snapshotFindings(
  _ tables: [(path: String, table: SocketTable)], incidents: [Incident]
) -> [Finding] {
  guard tables.count > 1 else { return [] }
  let flows = incidents.flatMap(\.activities).compactMap { HostFlow($0.evidence) }
  let timed = tables.filter { $0.table.captured != nil }.sorted { a, b in
    if let first = a.table.captured, let second = b.table.captured, first != second {
      return first < second
    }
    return a.path < b.path
  }
  let others = tables.filter { $0.table.captured == nil }.sorted { $0.path < $1.path }
  return findings(timed, isTimed: true, flows) + findings(others, isTimed: false, flows)
}

private func findings(
  _ looks: [(path: String, table: SocketTable)], isTimed: Bool, _ flows: [HostFlow]
) -> [Finding] {
  looks.indices.compactMap { index in
    let after = looks[index]
    for before in looks[..<index].suffix(reach).reversed() {
      guard let comparison = SnapshotComparison(before: before.table, after: after.table) else {
        continue
      }
      let begun = flows.filter {
        after.table.mayBeHost(of: $0) && comparison.appeared(with: $0) != nil
      }
      return finding(
        comparison, from: before.path, to: after.path, isTimed: isTimed, begun: begun)
    }
    return nil
  }
}

private func finding(
  _ comparison: SnapshotComparison, from before: String, to after: String, isTimed: Bool,
  begun: [HostFlow]
) -> Finding {
  var values: [String: FindingValue] = [
    "socketsKept": .integer(comparison.socketsKept), "socketsNew": .integer(comparison.socketsNew),
    "socketsGone": .integer(comparison.socketsGone), "orderedBy": .text(isTimed ? "time" : "path"),
    "before": .text(before), "after": .text(after), "trafficBegan": .flag(!begun.isEmpty),
  ]
  if comparison.namesOwners {
    values["processesKept"] = .integer(comparison.processesKept.count)
    values["processesNew"] = .integer(comparison.processesNew.count)
    values["processesGone"] = .integer(comparison.processesGone.count)
    values["appeared"] = .text(names(comparison.processesNew))
  }
  if let pool = comparison.turnovers.first {
    values["pool"] = .text(pool.nature.rawValue)
    values["poolProcess"] = .text(pool.holder.label)
    values["poolKeptShare"] = .number(pool.keptShare)
  }
  return Finding(
    kind: .snapshotComparison,
    summary: sentence(comparison, from: before, to: after, isTimed: isTimed, begun: begun),
    values: values, count: comparison.socketsNew + comparison.socketsGone, evidence: [])
}

private func sentence(
  _ comparison: SnapshotComparison, from before: String, to after: String, isTimed: Bool,
  begun: [HostFlow]
) -> String {
  var text =
    "From \(before) to \(after) (in the order of their "
    + (isTimed ? "times" : "paths, for they state no time")
    + "): \(comparison.socketsKept) sockets "
    + "stayed, new: \(comparison.socketsNew), gone: \(comparison.socketsGone)"
  guard comparison.namesOwners else { return text + ". Their owners are not in them" }
  text += ". Processes that hold sockets: \(comparison.processesKept.count) stayed"
  text += ", new: \(comparison.processesNew.count)" + list(comparison.processesNew)
  text += ", gone: \(comparison.processesGone.count)" + list(comparison.processesGone)
  if comparison.namesSomeOnly {
    text += "; as the tables were taken, not every process need be named in them"
  }
  for count in comparison.counts {
    text += ". \(count.holder.label) held \(count.before) sockets and holds \(count.after)"
  }
  for pool in comparison.turnovers { text += ". " + pool.sentence }
  if !begun.isEmpty {
    let labels = Array(Set(begun.map { "\($0.label) of \($0.address)" })).sorted()
    text +=
      ". In between began: \(labels.prefix(3).joined(separator: ", "))"
      + (labels.count > 3 ? " and \(labels.count - 3) more" : "")
      + (comparison.processesNew.isEmpty
        ? "; no process that holds a socket came with it"
        : "; what came at that time need not be its cause")
  }
  return text
}

private func list(_ holders: [SocketHolder]) -> String {
  holders.isEmpty ? "" : " (\(names(holders)))"
}

private func names(_ holders: [SocketHolder]) -> String {
  holders.prefix(5).map(\.label).joined(separator: ", ")
    + (holders.count > 5 ? " and \(holders.count - 5) more" : "")
}

extension PoolTurnover {
  fileprivate var sentence: String {
    let kept = "\(kept) of the \(before) ports of \(holder.label) are still held, new: \(new)"
    switch nature {
    case .stable: return kept + ": a pool that is held, as a socket pool is"
    case .redrawn:
      return kept + " (\(Int(keptByChance.rounded())) would be in common by chance): drawn anew"
        + (isSameProcess ? " by the same process" : ", as when the service is started again")
    case .changing:
      return kept + ": they change, as where a socket is opened for each question"
    }
  }
}

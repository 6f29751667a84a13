internal import Detection
public import Diagnosis
internal import HostEvidence
internal import Knowledge
public import Observations

/// What a host's own tables show beside the flows, with what it was weighed to be.
public struct HostFinding: Sendable {
  /// The finding.
  public var finding: Finding
  /// The finding as something to be diagnosed, with what else is known of it; nil where no article is
  /// about such findings. Its times mean nothing: a pasted table seldom states one.
  public var state: Activity?
  /// What it has to do with what the wire shows, one sentence each.
  public var remarks: [String]
}

/// A pool of sockets with the tables that show it.
private struct SeenPool {
  var pool: SocketPool
  var table: SocketTable
  var paths: [String]

  /// Whether another table shows the same: two tools asked at the same time.
  func isShown(as other: SocketPool) -> Bool {
    let common = Set(pool.ports).intersection(other.ports).count
    return pool.holder == other.holder
      && common * 50 >= max(pool.ports.count, other.ports.count) * 49
  }
}

/// Weighs what the tables of sockets show against the articles about states of hosts.
func hostFindings(
  _ tables: [(path: String, table: SocketTable)], files: [FileJudgement], incidents: [Incident],
  knowledge: KnowledgeBase
) -> [HostFinding] {
  var pools: [SeenPool] = []
  for (path, table) in tables {
    for pool in table.pools {
      if let known = pools.firstIndex(where: { $0.isShown(as: pool) }) {
        pools[known].paths.append(path)
      } else {
        pools.append(SeenPool(pool: pool, table: table, paths: [path]))
      }
    }
  }
  let comparisons = snapshotFindings(tables, incidents: incidents)
  let states = pools.enumerated().map { index, seen in
    state(
      seen, number: index + 1, files: files, comparisons: comparisons, incidents: incidents,
      knowledge: knowledge)
  }
  return states + comparisons.map { HostFinding(finding: $0, state: nil, remarks: []) }
}

private func state(
  _ seen: SeenPool, number: Int, files: [FileJudgement], comparisons: [Finding],
  incidents: [Incident], knowledge: KnowledgeBase
) -> HostFinding {
  let finding = poolFinding(seen.pool, of: seen.table, paths: seen.paths)
  let others = [
    fileFinding(of: seen.pool.holder, files),
    comparisons.first { comparison in
      guard case .text(let path)? = comparison.values["after"] else { return false }
      return comparison.values["poolProcess"] == .text(seen.pool.holder.label)
        && seen.paths.contains(path)
    },
  ]
  let evidence = state(finding, with: others.compactMap { $0 })
  var diagnosis = diagnose(evidence, using: knowledge, answering: .state)
  diagnosis.next.removeAll { command in
    seen.table.system != .unknown && seen.table.system.rawValue != command.system.rawValue
  }
  let label = "\(seen.pool.ports.count) sockets of \(seen.pool.holder.label)"
  if diagnosis.verdict == nil {
    diagnosis.sentence = "Unexplained: \(label), which no article accounts for"
  }
  let isInnocent = diagnosis.verdict.flatMap(knowledge.article)?.innocent == true
  return HostFinding(
    finding: finding,
    state: Activity(
      id: "host-\(number)",
      label: label,
      evidence: evidence, diagnosis: diagnosis, severity: isInnocent ? .info : .low),
    remarks: remarks(seen.pool, of: seen.table, incidents))
}

/// A finding about a host in the form that is weighed.
private func state(_ finding: Finding, with others: [Finding]) -> ActivityEvidence {
  let never = Timestamp(nanoseconds: 0)
  let none = Bound(low: 0, high: 0)
  return ActivityEvidence(
    subject: .address(.unspecified), shape: .peers(transport: .udp, sourcePort: 0), first: never,
    last: never,
    traffic: Traffic(
      transport: .udp, sourcePorts: [], sourcePortCount: 0, destinationPorts: [],
      direction: .unknown, packets: none, bytes: nil, destinations: none, examples: []),
    findings: ([finding] + others).sorted { $0.kind < $1.kind },
    capabilities: [:], paths: [])
}

/// What was found of the program that holds the sockets, by its file's name.
private func fileFinding(of holder: SocketHolder, _ files: [FileJudgement]) -> Finding? {
  guard let name = holder.processName?.lowercased() else { return nil }
  let judged = files.filter {
    $0.name.lowercased().split { $0 == "/" || $0 == "\\" }.last.map(String.init) == name
  }
  // Several files of that name: the worst that is said of one of them.
  let worstFirst = ["differs", "unknown", "consistent", "matches"]
  guard
    let file = judged.min(by: {
      (worstFirst.firstIndex(of: $0.verdict.name) ?? 0)
        < (worstFirst.firstIndex(of: $1.verdict.name) ?? 0)
    })
  else { return nil }
  return Finding(
    kind: .fileVerdict, summary: "\(file.name): \(file.verdict.name)",
    values: ["verdict": .text(file.verdict.name), "name": .text(name)], count: file.claims.count,
    evidence: [])
}

/// Whether what the host sends can come out of the pool.
private func remarks(
  _ pool: SocketPool, of table: SocketTable, _ incidents: [Incident]
) -> [String] {
  let stated = table.statedAddresses
  return incidents.flatMap(\.activities).compactMap { activity in
    guard let flow = HostFlow(activity.evidence), flow.transport == .udp, !flow.isMisread,
      stated.isEmpty ? flow.isOurs : stated.contains(flow.address), !flow.localPorts.isEmpty
    else { return nil }
    let taken = flow.localPorts.filter { pool.ports.contains($0) }
    if taken.isEmpty {
      return
        "Not what sends \(activity.label): these leave by \(flow.portsText), which the pool does "
        + "not hold"
    }
    return "\(activity.label) may leave by it: the pool holds the port they come from"
  }
}

extension HostFlow {
  fileprivate var portsText: String {
    (localPorts.count == 1 ? "port " : "ports ")
      + localPorts.prefix(5).map(String.init).joined(separator: ", ")
  }
}

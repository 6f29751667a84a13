internal import Detection
public import Diagnosis
internal import HostEvidence
internal import Knowledge
public import Observations

/// What a host's own tables show beside the flows, with what it was weighed to be.
public struct HostFinding: Sendable {
  /// The finding.
  public var finding: Finding
  /// The finding as something to be diagnosed, with the file's verdict where there is one. Its times
  /// mean nothing: a pasted table seldom states one.
  public var state: Activity
  /// What it has to do with what the wire shows, one sentence each.
  public var remarks: [String]
}

/// Weighs what the tables of sockets show against the articles about states of hosts.
func hostFindings(
  _ tables: [(path: String, table: SocketTable)], files: [FileJudgement], incidents: [Incident],
  knowledge: KnowledgeBase
) -> [HostFinding] {
  var result: [HostFinding] = []
  for (path, table) in tables {
    for (pool, finding) in zip(table.pools, poolFindings([(path, table)])) {
      let evidence = state(finding, file: fileFinding(of: pool.holder, files))
      var diagnosis = diagnose(evidence, using: knowledge, answering: .state)
      diagnosis.next.removeAll { command in
        table.system != .unknown && table.system.rawValue != command.system.rawValue
      }
      let state = Activity(
        id: "host-\(result.count + 1)",
        label: "\(pool.ports.count) sockets of \(pool.holder.label)",
        evidence: evidence, diagnosis: diagnosis,
        severity: diagnosis.verdict.flatMap(knowledge.article)?.innocent == true ? .info : .low)
      result.append(
        HostFinding(
          finding: finding, state: state, remarks: remarks(pool, of: table, incidents)))
    }
  }
  return result
}

/// A finding about a host in the form that is weighed.
private func state(_ finding: Finding, file: Finding?) -> ActivityEvidence {
  let never = Timestamp(nanoseconds: 0)
  let none = Bound(low: 0, high: 0)
  return ActivityEvidence(
    subject: .address(.unspecified), shape: .peers(transport: .udp, sourcePort: 0), first: never,
    last: never,
    traffic: Traffic(
      transport: .udp, sourcePorts: [], sourcePortCount: 0, destinationPorts: [],
      direction: .unknown, packets: none, bytes: nil, destinations: none, examples: []),
    findings: ([finding] + (file.map { [$0] } ?? [])).sorted { $0.kind < $1.kind },
    capabilities: [:], paths: [])
}

/// What was found of the program that holds the sockets, by its file's name.
private func fileFinding(of holder: SocketHolder, _ files: [FileJudgement]) -> Finding? {
  guard let name = holder.processName?.lowercased() else { return nil }
  let judged = files.filter {
    $0.name.lowercased().split { $0 == "/" || $0 == "\\" }.last.map(String.init) == name
  }
  // Several files of that name: the worst that is said of one of them.
  func rank(_ verdict: FileVerdict) -> Int {
    switch verdict {
    case .differs: 0
    case .unknown: 1
    case .consistent: 2
    case .matches: 3
    }
  }
  guard let file = judged.min(by: { rank($0.verdict) < rank($1.verdict) }) else { return nil }
  let verdict =
    switch file.verdict {
    case .differs: "differs"
    case .unknown: "unknown"
    case .consistent: "consistent"
    case .matches: "matches"
    }
  return Finding(
    kind: .fileVerdict, summary: "\(file.name): \(verdict)",
    values: ["verdict": .text(verdict), "name": .text(name)], count: file.claims.count,
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

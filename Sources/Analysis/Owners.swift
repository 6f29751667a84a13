internal import Detection
internal import Diagnosis
internal import HostEvidence
internal import Intake
internal import Observations

extension Incident {
  /// The incident with what the hosts' socket tables say of each of its activities.
  func owned(by tables: [(path: String, table: SocketTable)]) -> Incident {
    guard !tables.isEmpty else { return self }
    var incident = self
    for index in incident.activities.indices {
      guard let flow = HostFlow(incident.activities[index].evidence) else { continue }
      incident.activities[index].owners = tables.compactMap { path, table in
        table.owner(of: flow, path: path).map { Owner($0) }
      }
    }
    return incident
  }
}

extension SocketTable {
  /// What was wrong with the table's text, by kind.
  var evidenceProblems: [Analysis.Evidence.Problem] {
    var found = SocketProblem.allCases.compactMap { problem -> Analysis.Evidence.Problem? in
      guard let count = problems.counts[problem] else { return nil }
      return Analysis.Evidence.Problem(
        kind: problem.rawValue, meaning: problem.meaning, count: UInt64(count),
        first: SocketTable.places(problems.places[problem] ?? []))
    }
    if unrecognisedLines > 0 {
      found.append(
        Analysis.Evidence.Problem(
          kind: "lineNotRecognised", meaning: "a line that no reader of socket tables knows",
          count: UInt64(unrecognisedLines), first: SocketTable.places(firstUnrecognised)))
    }
    return found
  }

  private static func places(_ lines: [Int]) -> [Place] {
    lines.map { Place(record: UInt64($0), offset: 0) }
  }
}

extension HostFlow {
  /// What left a host; nil where the activity is not one host's sending outward.
  init?(_ evidence: ActivityEvidence) {
    let isMisread = if case .misreadHeader = evidence.shape { true } else { false }
    let address: Address
    switch evidence.subject {
    case .address(let own): address = own
    // Whoever forges addresses may be the host that the table is of.
    case .mac where isMisread: address = .unspecified
    default: return nil
    }
    let traffic = evidence.traffic
    guard isMisread || traffic.direction != .inbound, evidence.first <= evidence.last else {
      return nil
    }
    self.init(
      address: address, transport: traffic.transport, localPorts: traffic.sourcePorts,
      seen: evidence.first...evidence.last, isMisread: isMisread,
      isOurs: traffic.direction == .outbound || traffic.direction == .internal)
  }
}

extension Owner {
  fileprivate init(_ ownership: Ownership) {
    self.init(
      flow: ownership.flow, status: ownership.status.rawValue, grade: ownership.grade.rawValue,
      process: ownership.process?.processName,
      processIdentifier: ownership.process?.processIdentifier, program: ownership.programPath,
      instrument: ownership.instrument, path: ownership.path, line: ownership.line,
      because: ownership.because)
  }
}

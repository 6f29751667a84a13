internal import Detection
internal import Diagnosis
internal import Observations

/// Whose sockets sent what, as packet filters said in their captures. The filter looked the socket up as the
/// packet passed, so that user and process are those of that moment; which program it was, it does
/// not say.
struct FilterClaims {
  /// Claims shown of one activity.
  private static let mostShown = 4

  private let claims: [(path: String, claim: CaptureFacts.Ownership)]

  init(_ evidence: [Analysis.Evidence]) {
    claims = evidence.flatMap { file in file.facts.owners.map { (file.path, $0) } }
  }

  var isEmpty: Bool { claims.isEmpty }

  /// What filters said of an activity's packets, those with most packets first.
  func owners(of activity: ActivityEvidence) -> [Owner] {
    guard case .address(let source) = activity.subject else { return [] }
    let traffic = activity.traffic
    let matching = claims.filter { path, claim in
      claim.source == source && claim.transport == traffic.transport
        && activity.paths.contains(path)
        && (!claim.transport.hasPorts
          || traffic.destinationPorts.contains { $0.contains(claim.port) })
    }
    return matching.prefix(FilterClaims.mostShown).map { owner($0.path, $0.claim, matching.count) }
  }

  private func owner(_ path: String, _ claim: CaptureFacts.Ownership, _ claims: Int) -> Owner {
    let port = claim.transport.hasPorts ? " to port \(claim.port)" : ""
    let process = claim.process == 0 ? "" : ", process \(claim.process),"
    return Owner(
      flow: "\(claim.transport)\(port)", status: claims == 1 ? "owned" : "ambiguous",
      grade: "stated", process: nil,
      processIdentifier: claim.process == 0 ? nil : claim.process, program: nil,
      instrument: "the packet filter", path: path, line: nil,
      because: "user \(claim.user)\(process) had the socket that sent \(claim.packets) of these "
        + "packets, as the filter found when it logged them; which program it was, it does not say")
  }
}

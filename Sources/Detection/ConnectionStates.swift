internal import Observations

extension FindingBuilder {
  /// What became of TCP connections tried; only where a capture followed enough of them from the
  /// beginning and shows that answers reach it.
  func connectionStates() -> Finding? {
    let profile = draft.profile
    guard case .service(.tcp, _) = draft.shape, draft.facts.isCapture, draft.unprofiled == 0,
      profile.targets > 0, profile.answered + profile.refused > 0
    else { return nil }
    let tried = Int(profile.targets)
    let refused = Int(profile.refused)
    let accepted = Int(profile.accepted)
    let established = min(accepted, Int(profile.established))
    let silent = max(0, tried - Int(profile.answered) - refused)
    var values: [String: FindingValue] = [
      "targets": .integer(tried), "refused": .integer(refused), "accepted": .integer(accepted),
      "established": .integer(established), "silent": .integer(silent),
    ]
    if accepted > 0 {
      values["establishedShare"] = FindingBuilder.share(established, of: accepted)
    }
    let left =
      accepted > 0 && established == 0
      ? ", and none of these connections was completed, as half-open scans leave them" : ""
    return finding(
      .connectionStates,
      "connections to \(tried) targets: \(refused) refused, \(accepted) accepted, "
        + "\(established) established; \(silent) targets without any answer" + left, values)
  }
}

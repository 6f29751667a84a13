internal import Intake
internal import Observations

/// What a match left out, and what that means for everything else that is said.
///
/// - Parameter matchings: what it did, by file; empty where none was asked for.
/// - Returns: one statement for all of it, and one for each file that could not be asked in full.
func matchAssumptions(
  _ matchings: [(path: String, outcome: MatchOutcome)]
) -> [Analysis.Assumption] {
  guard let expression = matchings.first?.outcome.expression else { return [] }
  let leftOut = matchings.reduce(UInt64(0)) {
    $0.addingReportingOverflow($1.outcome.leftOut.count).partialValue
  }
  let all = Analysis.Assumption(
    what: "match", value: expression,
    because: leftOut == 0
      ? "asked for; nothing had to be left out"
      : "asked for: packets or lines left out: \(leftOut). Everything said here is about the rest "
        + "only; what seems absent may have been left out, and that nothing is raised clears nobody"
  )
  return [all]
    + matchings.filter { !$0.outcome.refusals.isEmpty }.map { path, outcome in
      Analysis.Assumption(
        what: "match of \(path)", value: "\(outcome.leftOut.unanswerable) left out unasked",
        because: outcome.refusals.joined(separator: "; "))
    }
}

internal import HostEvidence
internal import Observations

/// What is to be said of files; rows of references that nothing handed in speaks of are left out.
func fileJudgements(_ claims: [FileClaim]) -> [FileJudgement] {
  FileJudge.judge(claims: claims).filter { judgement in
    judgement.claims.contains { $0.kind != .reference || !$0.changes.isEmpty }
  }
}

extension FileManifest {
  /// What was wrong with the list's lines.
  var evidenceProblems: [Analysis.Evidence.Problem] {
    guard badLineCount > 0 else { return [] }
    return [
      Analysis.Evidence.Problem(
        kind: "lineNotRecognised", meaning: "a line that says nothing of a file in this format",
        count: UInt64(badLineCount),
        first: firstBadLines.prefix(5).map { Place(record: UInt64($0.number), offset: 0) })
    ]
  }
}

internal import HostEvidence
public import Intake
internal import Observations

extension Analysis.Evidence {
  /// A piece of evidence that holds no stream of records: notes, what a host says of itself, what
  /// cannot be read.
  ///
  /// - Parameter file: the piece as it was recognised.
  public init(unread file: EvidenceFile) {
    let vantage: String
    switch file.kind {
    case .notes:
      vantage = file.refusal ?? "dated notes: each is tested on every activity it concerns"
    case .socketTable: vantage = file.socketTable?.sight ?? ""
    case .fileManifest, .program: vantage = file.refusal ?? file.fileManifest?.sight ?? ""
    case .truth: vantage = "a scenario's truth, never read as evidence"
    case .empty: vantage = "empty"
    default: vantage = file.refusal ?? "could not be opened again: moved or removed meanwhile"
    }
    self.init(
      path: file.path, kind: file.kind.rawValue, format: file.format, records: file.noteCount,
      observations: 0, first: file.notes.map(\.from).min(), last: file.notes.map(\.from).max(),
      bytes: file.size, sha256: nil, vantage: vantage,
      problems: file.noteProblems.entries.map {
        Problem(
          kind: $0.anomaly.name, meaning: $0.anomaly.meaning, count: $0.count, first: $0.first)
      } + (file.socketTable?.evidenceProblems ?? [])
        + (file.fileManifest?.evidenceProblems ?? []))
    compression = file.compression
  }
}

public import Observations

/// What a piece of evidence is, after reading all of it.
public struct IdentifiedFile: Sendable {
  /// As the user named it.
  public let path: String
  /// `capture`, `firewall-log`, `visitors-log`, `truth`, `unrecognised`, `empty`.
  public let kind: String
  /// Stable name of the format; nil where not recognised.
  public let format: String?
  /// Records met.
  public let records: UInt64
  /// Observations they gave.
  public let observations: UInt64
  /// The earliest time.
  public let first: Timestamp?
  /// The latest time.
  public let last: Timestamp?
  /// Size in bytes.
  public let bytes: UInt64
  /// What was wrong with its records.
  public let problems: ProblemLog
  /// Packets that it says itself were lost while it was taken.
  public let dropped: UInt64
  /// Comments that somebody attached to its packets.
  public let comments: UInt64
  /// Why nothing was read of it; nil where something was.
  public let refusal: String?
  /// The file as it was recognised, where no stream of records was read from it.
  public let unread: EvidenceFile?
}

/// Says what each file is, reading all of each.
///
/// - Parameters:
///   - paths: files, folders, or `-`; their order does not matter.
///   - options: what the user said.
/// - Returns: every file found, in order of path; those that cannot be read are among them.
/// - Throws: `IntakeError` where a path is missing.
public func identify(
  paths: [String], options: IntakeOptions
) throws(IntakeError) -> [IdentifiedFile] {
  let opened = try openEvidence(paths: paths, options: options, evenIfNothing: true)
  let batch = ObservationBatch()
  return opened.files.map { file in
    guard let stream = opened.stream(file) else {
      return IdentifiedFile(
        path: file.path, kind: file.kind.rawValue, format: file.format, records: file.noteCount,
        observations: 0, first: file.notes.map(\.from).min(), last: file.notes.map(\.from).max(),
        bytes: file.size, problems: file.noteProblems, dropped: 0, comments: 0,
        refusal: file.refusal, unread: file)
    }
    var more = true
    while more {
      batch.removeAll()
      more = stream.fill(batch)
    }
    return IdentifiedFile(
      path: file.path, kind: file.kind.rawValue, format: file.format, records: stream.records,
      observations: stream.observations, first: stream.first, last: stream.last,
      bytes: stream.bytes, problems: stream.problems, dropped: stream.dropped,
      comments: stream.comments, refusal: nil, unread: nil)
  }
}

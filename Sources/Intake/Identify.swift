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
  /// Names of a capture's link types.
  public let links: [String]
  /// The most bytes that a capture keeps of a packet that was longer; 0 where all are whole.
  public let longestCut: UInt64
  /// Comments that somebody attached to its packets.
  public let comments: UInt64
  /// What a capture tells beside its packets.
  public var facts = CaptureFacts()
  /// How it is compressed; nil where it is not.
  public let compression: String?
  /// The formats of a log's lines, the one with most lines first.
  public let formats: [FormatShare]
  /// The first lines that no format knows.
  public let unreadLines: [UnreadLine]
  /// How many there are.
  public let unreadCount: UInt64
  /// What a match did; nil where none was asked for.
  public let matching: MatchOutcome?
  /// Why nothing was read of it; nil where something was.
  public let refusal: String?
  /// The file as it was recognised, where no stream of records was read from it.
  public let unread: EvidenceFile?
}

/// A line of a log that no format knows.
public struct UnreadLine: Hashable, Sendable {
  /// So many are kept of a file.
  static let most = 5
  /// So many bytes are kept of a line.
  static let longest = 160
  /// Where it stands.
  public let place: Place
  /// Its beginning; bytes that are no UTF-8 are replaced.
  public let text: String

  init(_ line: RawSpan, _ place: Place) {
    self.place = place
    let kept = min(line.byteCount, UnreadLine.longest)
    let words = unsafe line.withUnsafeBytes { unsafe String(decoding: $0[..<kept], as: UTF8.self) }
    text = kept < line.byteCount ? words + "…" : words
  }
}

/// Says what each file is, reading all of each.
///
/// - Parameters:
///   - paths: files, folders, or `-`; their order does not matter.
///   - options: what the user said.
///   - unread: called with each line that no format knows: the file's path, the line, its place.
/// - Returns: every file found, in order of path; those that cannot be read are among them.
/// - Throws: `IntakeError` where a path is missing.
public func identify(
  paths: [String], options: IntakeOptions, unread: ((String, RawSpan, Place) -> Void)? = nil
) throws(IntakeError) -> [IdentifiedFile] {
  let opened = try openEvidence(paths: paths, options: options, evenIfNothing: true)
  return opened.files.map { file in
    opened.stream(file).map { IdentifiedFile(file, $0, unread) } ?? IdentifiedFile(unread: file)
  }
}

extension IdentifiedFile {
  /// A file of which no stream of records is read.
  fileprivate init(unread file: EvidenceFile) {
    self.init(
      path: file.path, kind: file.kind.rawValue, format: file.format, records: file.noteCount,
      observations: 0, first: file.notes.map(\.from).min(), last: file.notes.map(\.from).max(),
      bytes: file.size, problems: file.noteProblems, dropped: 0, links: [], longestCut: 0,
      comments: 0,
      compression: file.compression, formats: [], unreadLines: [], unreadCount: 0,
      matching: nil, refusal: file.refusal, unread: file)
  }

  /// A file read to its end.
  fileprivate init(
    _ file: EvidenceFile, _ stream: EvidenceStream, _ unread: ((String, RawSpan, Place) -> Void)?
  ) {
    var lines: [UnreadLine] = []
    var count: UInt64 = 0
    stream.onUnread { line, place in
      count += 1
      if lines.count < UnreadLine.most { lines.append(UnreadLine(line, place)) }
      unread?(file.path, line, place)
    }
    let batch = ObservationBatch()
    var more = true
    while more {
      batch.removeAll()
      more = stream.fill(batch)
    }
    self.init(
      path: file.path, kind: stream.kind.rawValue, format: stream.format, records: stream.records,
      observations: stream.observations, first: stream.first, last: stream.last,
      bytes: stream.bytes, problems: stream.problems, dropped: stream.dropped,
      links: stream.facts.links, longestCut: stream.facts.longestCut,
      comments: stream.comments, compression: file.compression, formats: stream.formats,
      unreadLines: lines, unreadCount: count, matching: stream.matching, refusal: nil, unread: nil)
    facts = stream.facts
  }
}

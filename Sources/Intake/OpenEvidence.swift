internal import Captures
internal import FirewallLogs
public import HostEvidence
public import Observations

/// The evidence of an analysis, recognised and ready to be read.
public struct OpenedEvidence: Sendable {
  /// A year taken for granted, and why.
  public struct YearAssumption: Hashable, Sendable {
    /// The log whose stamps give no year.
    public let path: String
    /// The year of its first stamp.
    public let year: Int
    /// Why this one.
    public let because: String
  }
  /// All files, in order of path.
  public let files: [EvidenceFile]
  /// Years that the evidence does not give.
  public let years: [YearAssumption]
  private let options: IntakeOptions

  init(files: [EvidenceFile], years: [YearAssumption], options: IntakeOptions) {
    self.files = files
    self.years = years
    self.options = options
  }

  /// The socket tables of all files, in order of path.
  public var socketTables: [(path: String, table: SocketTable)] {
    files.compactMap { file in file.socketTable.map { (file.path, $0) } }
  }
  /// What is said of files, by all pieces of evidence, in order of path.
  public var fileClaims: [FileClaim] { files.flatMap { $0.fileManifest?.claims ?? [] } }
  /// The notes of all files, in order of time.
  public var notes: [Note] { files.flatMap(\.notes).sorted { $0.from < $1.from } }

  /// The earliest time among a capture's first packets; nil where it has none.
  func beginning(of file: EvidenceFile) -> Timestamp? {
    guard let stream = EvidenceStream(file, options: options, hashes: false) else { return nil }
    stream.look(ObservationBatch())
    return stream.first
  }

  /// Opens a readable file from its beginning; nil where it has become unreadable meanwhile.
  public func stream(_ file: EvidenceFile) -> EvidenceStream? {
    stream(file, tap: nil)
  }

  func stream(_ file: EvidenceFile, tap: PacketTap?) -> EvidenceStream? {
    file.isReadable ? EvidenceStream(file, options: options, tap: tap) : nil
  }
}

/// Finds and recognises evidence.
///
/// - Parameters:
///   - paths: files, folders, or `-`; their order does not matter.
///   - options: what the user said.
///   - evenIfNothing: a list of unreadable files is an answer, too.
/// - Returns: every file found, readable or not.
/// - Throws: `IntakeError` where a path is missing, or nothing at all can be read.
public func openEvidence(
  paths: [String], options: IntakeOptions, evenIfNothing: Bool = false
) throws(IntakeError) -> OpenedEvidence {
  let entries = try EvidencePaths(paths).entries.flatMap(\.expanded)
    .sorted { $0.path < $1.path }
  var files = entries.map { EvidenceFile($0, options: options) }
  files.listCollected()
  files.listCopies()
  if !evenIfNothing, !files.contains(where: \.isEvidence) {
    throw nothing(paths, files)
  }
  let years = YearResolution(options: options).resolve(&files)
  return OpenedEvidence(files: files, years: years, options: options)
}

private func nothing(_ paths: [String], _ files: [EvidenceFile]) -> IntakeError {
  let only = files.count == 1 ? files.first : nil
  let path = only?.path ?? paths.sorted().joined(separator: ", ")
  let why: String
  switch only?.kind {
  case .empty?: why = "the file is empty"
  case .truth?: why = "truth.json is never read as evidence"
  default:
    why =
      only?.refusal
      ?? (files.isEmpty
        ? "the folder holds no files" : "none of \(files.count) files is a known kind of evidence")
  }
  return IntakeError(
    kind: only?.kind == .unreadable ? .unreadable : .nothingRecognised,
    path: path,
    description: "\(path): nothing to analyse: \(why); "
      + "give a packet capture (pcap), a firewall's log, a mail or web server's log, a table of "
      + "sockets (netstat, ss, lsof), or a list of files with their hashes")
}

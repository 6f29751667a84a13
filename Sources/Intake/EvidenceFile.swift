internal import Bundles
internal import Captures
internal import Compression
internal import FirewallLogs
public import HostEvidence
public import Observations

/// One piece of evidence, recognised by its content.
public struct EvidenceFile: Sendable {
  /// What a piece of evidence is.
  public enum Kind: String, Sendable {
    /// Packets.
    case capture
    /// What a firewall met.
    case firewallLog = "firewall-log"
    /// Who contacted a server.
    case visitorsLog = "visitors-log"
    /// A host's sockets, as a tool lists them.
    case socketTable = "socket-table"
    /// What lists say of files: checksums, versions, sizes, times.
    case fileManifest = "file-manifest"
    /// A program's file itself.
    case program
    /// Dated notes of the user's.
    case notes
    /// What a collection or bundle tells of itself: listed, not diagnosed.
    case collection
    /// What another file of the evidence holds, too: listed, not read twice.
    case copy
    /// A scenario's truth: listed, never read.
    case truth
    /// Nothing this program reads.
    case unrecognised
    /// The system does not let it be read.
    case unreadable
    /// No bytes at all.
    case empty
  }

  /// As the user named it.
  public let path: String
  /// What it is.
  public internal(set) var kind: Kind
  /// Its format's stable name; for something unreadable a name people know, where there is one.
  public internal(set) var format: String?
  /// How it is compressed: `gzip`, `zstd`, `xz`, `bzip2`, `lz4`; nil where it is not.
  public internal(set) var compression: String?
  /// Size in bytes when it was opened, as it is stored; 0 for standard input.
  public let size: UInt64
  /// Why nothing is read of it, in words; nil where it is read.
  public internal(set) var refusal: String?

  /// The notes in it, where it is a file of notes.
  public internal(set) var notes: [Note] = []
  /// Notes met, good or bad.
  public internal(set) var noteCount: UInt64 = 0
  /// What was wrong with its notes.
  public internal(set) var noteProblems = ProblemLog()

  /// The sockets in it, where it is a table of them.
  public internal(set) var socketTable: SocketTable?

  /// What is said of files in it, where it is a list of them; what was measured, where it is a program.
  public internal(set) var fileManifest: FileManifest?

  var recognition: LogRecognition?
  /// Stands for its first bytes as they are read; nil for what cannot be opened again.
  private(set) var headHash: Int?
  var context: LogContext
  let systemPath: SystemPath
  /// The member of a bundle that it is; nil for a file of its own.
  let member: StoredMember?
  /// Standard input and pipes cannot be opened twice: they are kept from their recognition on.
  var source: Kept?

  /// A source kept open, with what is already in its window.
  final class Kept: @unchecked Sendable {
    let source: ByteSource
    init(_ source: ByteSource) { self.source = source }
  }

  /// Whether records can be read from it.
  public var isReadable: Bool {
    kind == .capture || kind == .firewallLog || kind == .visitorsLog
  }
  /// Whether something is known from it that an analysis can speak of.
  public var isEvidence: Bool { isReadable || socketTable != nil || fileManifest != nil }

  /// Recognition looks at this many bytes.
  static let headLength = 65_536

  init(_ entry: EvidencePaths.Entry, options: IntakeOptions) {
    path = entry.path.text
    systemPath = entry.path
    member = entry.opened?.member
    size = entry.size
    kind = .unrecognised
    context = LogContext(year: options.year, zone: options.zone, now: options.now)
    if let refusal = entry.refusal {
      self.refusal = refusal
      if refusal.hasPrefix("cannot be read") { kind = .unreadable }
      return
    }
    if entry.path.name == "truth.json" {
      kind = .truth
      return
    }
    if listCollection(entry) { return }
    guard let source = ByteSource(path: entry.path, member: member) else {
      refusal = "cannot be read (\(SystemError.last))"
      kind = .unreadable
      return
    }
    while source.count < EvidenceFile.headLength,
      source.extend(limit: EvidenceFile.headLength, taken: { _ in })
    {}
    compression = source.compression?.rawValue
    if NotesFile.isNamed(CompressedName.plain(entry.path.name)) {
      readNotes(source, zone: options.zone)
      return
    }
    if entry.isRegular { headHash = source.windowHash(of: EvidenceFile.headLength) }
    recognise(source, isRegular: entry.isRegular, columns: options.columns?.map)
    if !isReadable { source.noteTrouble(in: &noteProblems, record: noteCount) }
    if let failure = source.failure, !isReadable {
      refusal = "cannot be read (\(failure))"
      kind = .unreadable
    }
    if !entry.isRegular { self.source = Kept(source) }
  }

  private mutating func readNotes(_ source: ByteSource, zone: ZoneRule) {
    while source.count <= NotesFile.longest,
      source.extend(limit: NotesFile.longest + 1, taken: { _ in })
    {}
    let bytes = source.withWindow { window in
      (0..<window.byteCount).map { unsafe window.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
    let file = NotesFile(bytes, path: path, zone: zone)
    kind = .notes
    format = "notes"
    (notes, noteCount, noteProblems) = (file.notes, file.entries, file.problems)
    refusal = file.complaint
  }

  private mutating func recognise(
    _ source: ByteSource, isRegular: Bool, columns: ColumnMap?
  ) {
    if refuseCompressed(source) { return }
    if source.count == 0 {
      kind = .empty
      return
    }
    let context = context
    if let reader = source.withWindow({ CaptureFormats.reader(for: $0)?.format }) {
      (kind, format) = (.capture, reader)
    } else if let log = source.withWindow({ LogFormats.recognise($0, context: context) }) {
      take(log)
    } else if let foreign = source.withWindow({ CaptureFormats.foreign($0) }) {
      refuse(foreign)
    } else if let archive = source.withWindow({ EvidenceFile.archive($0) }) {
      format = archive
      refusal = EvidenceFile.refusal(naming: archive)
    } else if readTable(source, columns) {
      return
    } else if !readOfHost(source), !lookFurther(source, isRegular: isRegular) {
      refusal = "no known format"
      let name = CompressedName.plain(systemPath.name)
      if let foreign = CaptureFormats.foreign(named: name) { refuse(foreign) }
    }
  }

  private mutating func refuse(_ foreign: ForeignCapture) {
    format = foreign.name
    refusal = "\(foreign.name) is not read; \(foreign.advice)"
  }

  /// Takes a table whose columns the user has explained; false where it is none.
  private mutating func readTable(_ source: ByteSource, _ columns: ColumnMap?) -> Bool {
    guard let columns else { return false }
    var explained = context
    explained.columns = columns
    guard let log = source.withWindow({ LogFormats.recognise($0, context: explained) }) else {
      return false
    }
    context = explained
    take(log)
    return true
  }

  private mutating func take(_ log: LogRecognition) {
    kind = log.kind == .firewall ? .firewallLog : .visitorsLog
    format = log.format
    recognition = log
  }

  /// Looks for a log whose head does not show it; false where there is none.
  private mutating func lookFurther(_ source: ByteSource, isRegular: Bool) -> Bool {
    // What was consumed already cannot be shown to a reader any more.
    guard source.offset == 0 else { return false }
    var wide = WideLook(context: context)
    let found =
      isRegular && source.compression == nil
      ? wide.look(across: source, size: size) : wide.look(further: source)
    guard let found else { return false }
    take(found)
    return true
  }
}

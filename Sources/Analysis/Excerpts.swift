internal import Detection
internal import Diagnosis
import Glibc
internal import Intake
public import Observations

/// A record of the evidence as a report quotes it.
public enum Excerpt: Sendable {
  /// The beginning of a log's line; bytes that are no UTF-8 are replaced.
  case line(String)
  /// A packet: what it says, and how it begins.
  case packet(PacketExcerpt)
}

/// A packet as a report quotes it.
public struct PacketExcerpt: Sendable {
  /// What it says, its time by the capture's own clock; nil where nothing of it is decoded.
  public var packet: Observation?
  /// Its first bytes.
  public var head: [UInt8]
  /// How many bytes of it the capture holds.
  public var held: Int
  /// How many were sent.
  public var sent: Int

  /// A packet out of its parts.
  ///
  /// - Parameters:
  ///   - packet: what it says; nil where nothing is decoded.
  ///   - head: its first bytes.
  ///   - held: how many bytes the capture holds.
  ///   - sent: how many were sent.
  public init(_ packet: Observation?, head: [UInt8], held: Int, sent: Int) {
    self.packet = packet
    self.head = head
    self.held = held
    self.sent = sent
  }
}

extension Analysis {
  /// The same with some of the records that its activities' findings refer to, for reports that quote
  /// them: of each activity the first and the last ones of each file.
  ///
  /// The evidence is read once more, captures and compressed logs as far as the last record that is
  /// wanted, lines of other logs where they stand. What cannot be read twice is not quoted, and said.
  ///
  /// - Parameters:
  ///   - paths: the evidence, as it was given to `analyze`; no other file is opened.
  ///   - options: what the user said, the same as there.
  /// - Returns: the analysis with its excerpts.
  public func withExcerpts(paths: [String], options: AnalysisOptions) -> Analysis {
    var quoting = self
    var wanted = quotedRecords()
    let twice = paths.filter(isReadTwice)
    for path in paths where !twice.contains(path) && wanted[path] != nil {
      quoting.unquoted[path] = "it cannot be read twice"
    }
    var options = intakeOptions(options)
    options.progress = nil
    guard !wanted.isEmpty, !twice.isEmpty,
      let opened = try? openEvidence(paths: twice, options: options)
    else { return quoting }
    for file in opened.files {
      guard let references = wanted.removeValue(forKey: file.path) else { continue }
      quoting.quote(references, of: file, in: opened)
    }
    return quoting
  }

  /// Records quoted of one file in all, and of one activity from either end of a file.
  private static let mostQuoted = 2_000
  private static let eachEnd = 2
  /// Of many activities fewer are told of each.
  private static let manyActivities = 12
  /// Files that are not read a second time beyond so many bytes.
  private static let mostReread: UInt64 = 2 << 30

  /// The records to be quoted, by file.
  private func quotedRecords() -> [String: Set<EvidenceReference>] {
    let activities = incidents.flatMap(\.activities)
    let each = activities.count > Analysis.manyActivities ? 1 : Analysis.eachEnd
    var wanted: [String: Set<EvidenceReference>] = [:]
    for activity in activities {
      let findings = activity.evidence.findings
      // Its traffic is the activity itself; other findings may be about others' packets.
      let own = Dictionary(
        grouping: findings.filter { $0.kind == .traffic }.flatMap(\.evidence), by: \.path)
      let all = Dictionary(grouping: findings.flatMap(\.evidence), by: \.path)
      for (path, references) in all.merging(own, uniquingKeysWith: { $1 })
      where wanted[path, default: []].count < Analysis.mostQuoted {
        let sorted = Set(references).sorted()
        wanted[path, default: []].formUnion(sorted.prefix(each) + sorted.suffix(each))
      }
    }
    return wanted
  }

  private mutating func quote(
    _ references: Set<EvidenceReference>, of file: EvidenceFile, in opened: OpenedEvidence
  ) {
    let isCapture = file.kind == .capture
    guard isCapture || file.kind == .firewallLog || file.kind == .visitorsLog else { return }
    if !isCapture, file.compression == nil, let lines = QuotedFile(file.path) {
      for reference in references {
        excerpts[reference] = lines.line(at: reference.offset).map(Excerpt.line)
      }
      return
    }
    let keys = Dictionary(
      references.map { (isCapture ? $0.record : $0.offset, $0) },
      uniquingKeysWith: { one, _ in one })
    var found: [EvidenceReference: Excerpt] = [:]
    let isWhole = opened.look(
      for: Set(keys.keys), in: file, headLength: isCapture ? 64 : QuotedFile.longest,
      most: Analysis.mostReread
    ) { seen in
      // Of a file that was written anew meanwhile nothing is quoted that stands elsewhere now.
      let key = isCapture ? seen.place.record : seen.place.offset
      guard let reference = keys[key], seen.place.offset == reference.offset else { return }
      found[reference] =
        isCapture
        ? .packet(
          PacketExcerpt(seen.packet, head: seen.head, held: seen.held, sent: seen.sent))
        : .line(QuotedFile.text(seen.head, isCut: seen.held > seen.head.count))
    }
    excerpts.merge(found) { $1 }
    guard !isWhole else { return }
    unquoted[file.path] =
      file.size > Analysis.mostReread
      ? "it was read a second time only as far as \(Analysis.mostReread >> 30) GiB"
      : "it could not be read to the end a second time"
  }
}

/// Whether a path names something that can be read again: a pipe cannot.
private func isReadTwice(_ path: String) -> Bool {
  var facts = stat()
  guard path != "-", unsafe stat(path, &facts) == 0 else { return false }
  return facts.st_mode & S_IFMT == S_IFREG || facts.st_mode & S_IFMT == S_IFDIR
}

/// A log that lines are quoted from.
private final class QuotedFile {
  /// Bytes of a line that are quoted.
  static let longest = 240

  private let descriptor: CInt

  /// Opens a regular file; nil for anything else, which might keep one waiting.
  init?(_ path: String) {
    let opened = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else { return nil }
    var facts = stat()
    guard unsafe fstat(opened, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      return nil
    }
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// The line that begins at a place, without its end.
  func line(at place: UInt64) -> String? {
    guard let from = off_t(exactly: place) else { return nil }
    var bytes = [UInt8](repeating: 0, count: QuotedFile.longest)
    let got = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe pread(descriptor, buffer.baseAddress, buffer.count, from)
    }
    guard got > 0 else { return nil }
    let end = bytes[..<got].firstIndex { $0 == 0x0a || $0 == 0x0d }
    return QuotedFile.text(
      Array(bytes[..<(end ?? got)]), isCut: end == nil && got == bytes.count)
  }

  /// A line's bytes as text.
  static func text(_ bytes: [UInt8], isCut: Bool) -> String {
    String(decoding: bytes, as: UTF8.self) + (isCut ? "…" : "")
  }
}

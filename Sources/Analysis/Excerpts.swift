internal import Detection
internal import Diagnosis
import Glibc
public import Observations

extension Analysis {
  /// The same with the lines of logs that its findings refer to.
  public func withExcerpts() -> Analysis {
    var quoting = self
    quoting.excerpts = readExcerpts()
    return quoting
  }

  /// Quotes at most so many records.
  private static let mostExcerpts = 2_000

  /// The lines of logs that findings refer to, read once more where they stand in files that are not
  /// compressed: for reports that quote them. A file that is gone or has changed since is not quoted,
  /// or as it is now.
  ///
  /// - Returns: the beginnings of the lines, by where they stand; bytes that are no UTF-8 are replaced.
  public func readExcerpts() -> [EvidenceReference: String] {
    let logs = Set(
      evidence.filter { $0.kind.hasSuffix("-log") && $0.compression == nil }.map(\.path))
    var wanted: [String: [EvidenceReference]] = [:]
    var count = 0
    for finding in incidents.flatMap(\.activities).flatMap(\.evidence.findings) {
      for reference in finding.evidence where logs.contains(reference.path) {
        guard count < Analysis.mostExcerpts else { break }
        wanted[reference.path, default: []].append(reference)
        count += 1
      }
    }
    var result: [EvidenceReference: String] = [:]
    for (path, references) in wanted {
      guard let file = QuotedFile(path) else { continue }
      for reference in references where result[reference] == nil {
        if let line = file.line(at: reference.offset) { result[reference] = line }
      }
    }
    return result
  }
}

/// A log that lines are quoted from.
private final class QuotedFile {
  /// Bytes of a line that are quoted.
  private static let longest = 240

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
    let text = String(decoding: bytes[..<(end ?? got)], as: UTF8.self)
    return end == nil && got == bytes.count ? text + "…" : text
  }
}

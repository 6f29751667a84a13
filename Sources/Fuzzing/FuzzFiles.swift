internal import Bundles
internal import Compression
internal import Glibc
internal import HostEvidence
internal import Intake
internal import Observations

extension Fuzzing {
  static func sockets(_ bytes: [UInt8], seed: UInt64) throws(Violation) {
    _ = SocketTables.recognise(bytes)
    let whole = SocketTables.read(bytes)
    var reader = SocketTableReader()
    for piece in pieces(bytes, seed) {
      unsafe reader.take(bytes.span.bytes.extracting(piece))
    }
    try require(reader.finish() == whole, "pieces changed what was read of a socket table")
  }

  static func manifest(_ bytes: [UInt8], seed: UInt64) throws(Violation) {
    _ = FileManifest.recognise(bytes)
    var whole = ManifestReader(source: "list")
    whole.feed(bytes)
    var cut = ManifestReader(source: "list")
    for piece in pieces(bytes, seed) { cut.feed(Array(bytes[piece])) }
    let (one, other) = (whole.finish(), cut.finish())
    try require(
      one?.claims == other?.claims && one?.lineCount == other?.lineCount,
      "pieces changed what was read of a list of files")
  }

  static func program(_ bytes: [UInt8]) {
    _ = MeasuredFile.programFormat(bytes)
    _ = MeasuredFile(path: "program", bytes: bytes).claim
  }

  /// At most 256 MiB are made of it.
  static func compressed(_ bytes: [UInt8], seed: UInt64) throws(Violation) {
    let bytes = Array(bytes.prefix(mostCompressed))
    guard let kind = unsafe CompressionKind.recognise(bytes.span.bytes) else { return }
    let piece = 1 + Int(seed)
    let one = expanded(bytes, kind, piece: .max, most: 1 << 28)
    let other = expanded(bytes, kind, piece: piece, most: 1 << 28)
    if one == other { return }
    // How far before the damage a decoder comes may hang on the pieces; what it made may not.
    let most = min(one.made, other.made)
    let (start, otherStart) = (
      expanded(bytes, kind, piece: .max, most: most),
      expanded(bytes, kind, piece: piece, most: most)
    )
    try require(
      one.isDamaged && other.isDamaged && start.sum == otherStart.sum,
      "pieces changed what was made of \(kind.rawValue) bytes")
  }

  private struct Expansion: Equatable {
    var made = 0
    var sum = 0
    var isDamaged = false
  }

  private static func expanded(
    _ bytes: [UInt8], _ kind: CompressionKind, piece: Int, most: Int
  ) -> Expansion {
    guard let decompressor = unsafe Decompressor(kind, head: [UInt8]().span.bytes) else {
      return Expansion()
    }
    var at = 0
    var expansion = Expansion()
    var output = [UInt8](repeating: 0, count: 1 << 16)
    while expansion.made < most {
      let count = unsafe output.withUnsafeMutableBytes { room in
        unsafe decompressor.read(into: room) { target in
          let count = min(target.count, piece, bytes.count - at)
          unsafe target.copyBytes(from: bytes[at..<(at + count)])
          at += count
          return count
        }
      }
      if count == 0 { break }
      let counted = min(count, most - expansion.made)
      expansion.made += counted
      for place in 0..<counted {
        expansion.sum = (expansion.sum &* 31) &+ Int(output[place])
      }
    }
    expansion.isDamaged = decompressor.trouble != nil
    return expansion
  }

  /// A file as the program opens it, twice: both times the same must come out.
  static func evidence(_ bytes: [UInt8], named name: String) throws(Violation) {
    var bytes = bytes
    if unsafe CompressionKind.recognise(bytes.span.bytes) != nil {
      bytes = Array(bytes.prefix(mostCompressed))
    }
    guard let file = ScratchFile(bytes, named: name) else {
      throw Violation(description: "no temporary file could be written")
    }
    let (one, other) = withExtendedLifetime(file) { (account(file.path), account(file.path)) }
    try require(one == other, "a second reading of the same file differs")
  }

  static func bundle(_ bytes: [UInt8]) throws(Violation) {
    guard let file = ScratchFile(bytes, named: "input") else {
      throw Violation(description: "no temporary file could be written")
    }
    if let opened = withExtendedLifetime(file, { try? openBundle(path: file.path) }) {
      try require(
        opened.verification.isVerified || opened.members.isEmpty,
        "members of a bundle that did not verify")
    }
  }

  /// What the program says of a file.
  private static func account(_ path: String) -> [String] {
    let options = IntakeOptions(now: Timestamp(seconds: 1_780_000_000))
    guard let opened = try? openEvidence(paths: [path], options: options, evenIfNothing: true)
    else { return ["not opened"] }
    var account: [String] = []
    let batch = ObservationBatch()
    for file in opened.files {
      account.append("\(file.kind) \(file.format ?? "-") \(file.refusal ?? "-") \(file.noteCount)")
      guard let stream = opened.stream(file) else { continue }
      var more = true
      while more {
        batch.removeAll()
        more = stream.fill(batch)
      }
      account.append(
        "\(stream.records) \(stream.observations) \(stream.first?.description ?? "-") "
          + "\(stream.last?.description ?? "-") \(stream.problems.entries.count)")
    }
    return account
  }

  private static func pieces(_ bytes: [UInt8], _ seed: UInt64) -> [Range<Int>] {
    let size = 1 + Int(seed & 0xff)
    return stride(from: 0, to: bytes.count, by: size).map { $0..<min($0 + size, bytes.count) }
  }
}

/// A file of one's own for as long as it is needed, in memory where the system has such a place: for what can
/// only be read by its path.
private final class ScratchFile {
  let path: String
  private let folder: String

  /// nil where none can be written.
  init?(_ bytes: [UInt8], named name: String) {
    guard let folder = ScratchFile.folder() else { return nil }
    self.folder = folder
    path = "\(folder)/\(name)"
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { return nil }
    // The pointer is used inside the closure only, and never past the array's count.
    let written = unsafe bytes.withUnsafeBytes { buffer in
      unsafe Glibc.write(file, buffer.baseAddress, buffer.count)
    }
    close(file)
    guard written == bytes.count else { return nil }
  }

  deinit {
    _ = unsafe unlink(path)
    _ = unsafe rmdir(folder)
  }

  private static func folder() -> String? {
    for place in ["/dev/shm", "/tmp"] {
      var template = Array("\(place)/culprit-fuzz-XXXXXX".utf8CString)
      // The call writes into the array, which ends with a zero.
      let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return false }
        return unsafe mkdtemp(start) != nil
      }
      if made {
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }
    return nil
  }
}

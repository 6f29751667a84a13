/// A list of files read: checksums, a package's list, a vendor's table, a tool's output.
public struct FileManifest: Sendable {
  /// A line that was not understood.
  public struct BadLine: Sendable, Hashable {
    /// Its number, from 1.
    public let number: Int
    /// Why.
    public let reason: String
  }

  /// The format's name.
  public let format: String
  /// What is said of files, in the order of the lines.
  public internal(set) var claims: [FileClaim] = []
  /// Lines with something on them.
  public internal(set) var lineCount = 0
  /// Lines that were not understood.
  public internal(set) var badLineCount = 0
  /// The first of them.
  public internal(set) var firstBadLines: [BadLine] = []
  /// Claims beyond the number that is kept.
  public internal(set) var claimsLeftOut = 0

  /// How many bad lines are kept with their places.
  public static let badLinesKept = 10
  /// How many claims are kept.
  public static let claimsKept = 1_000_000
  /// The names of the formats that are recognised, in the order in which they are tried.
  public static var formats: [String] { ManifestFormats.all.map { $0.name } }

  /// The name of the format that a text is in, by its content; nil where none fits.
  ///
  /// - Parameter bytes: the text's beginning.
  /// - Returns: one of `formats`, or nil.
  public static func recognise(_ bytes: [UInt8]) -> String? {
    var lines = ManifestLines()
    var sample: [ManifestLine] = []
    lines.feed(Array(bytes.prefix(ManifestReader.sampleSize))) { sample.append($0) }
    lines.finish { sample.append($0) }
    return ManifestFormats.best(for: sample)?.name
  }

  /// Reads a text that is in memory; nil where it is no manifest.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - source: what to call the evidence.
  ///   - kind: who says it, where that is known better than by the format.
  /// - Returns: the manifest, or nil.
  public static func read(
    _ bytes: [UInt8], source: String, kind: FileClaim.Kind? = nil
  ) -> FileManifest? {
    var reader = ManifestReader(source: source, kind: kind)
    reader.feed(bytes)
    return reader.finish()
  }
}

/// Reads a manifest piece by piece.
public struct ManifestReader {
  static let sampleSize = 1 << 16

  private let source: String
  private let kind: FileClaim.Kind?
  private var lines = ManifestLines()
  private var sample: [ManifestLine] = []
  private var sampleSize = 0
  private var format: (any ManifestFormat)?
  private var manifest: FileManifest?
  private var isNoManifest = false

  /// A reader that has seen nothing yet.
  ///
  /// - Parameters:
  ///   - source: what to call the evidence.
  ///   - kind: who says it, where that is known better than by the format.
  public init(source: String, kind: FileClaim.Kind? = nil) {
    self.source = source
    self.kind = kind
  }

  /// Takes further bytes.
  public mutating func feed(_ bytes: [UInt8]) {
    guard !isNoManifest else { return }
    var complete: [ManifestLine] = []
    // In pieces, so that the lines of a large array do not all stand in memory at once.
    var start = 0
    while start < bytes.count, !isNoManifest {
      let end = min(bytes.count, start + Self.sampleSize)
      lines.feed(Array(bytes[start..<end])) { complete.append($0) }
      sampleSize += end - start
      start = end
      take(complete, isEnd: false)
      complete.removeAll(keepingCapacity: true)
    }
  }

  /// What was read; nil where it is no manifest.
  public mutating func finish() -> FileManifest? {
    var complete: [ManifestLine] = []
    lines.finish { complete.append($0) }
    take(complete, isEnd: true)
    if var format, manifest != nil {
      record(format.finish(), number: nil)
    }
    return manifest
  }

  private mutating func take(_ complete: [ManifestLine], isEnd: Bool) {
    guard manifest == nil else {
      for line in complete { read(line) }
      return
    }
    sample += complete
    guard isEnd || sampleSize >= Self.sampleSize else { return }
    guard let found = ManifestFormats.best(for: sample) else {
      // A long first line may yet end, but nothing that begins like this is a list of files.
      isNoManifest = true
      sample = []
      return
    }
    format = found.init()
    manifest = FileManifest(format: found.name)
    for line in sample { read(line) }
    sample = []
  }

  private mutating func read(_ line: ManifestLine) {
    guard !line.text.trimmed.isEmpty || line.isCut else { return }
    manifest?.lineCount += 1
    if line.isCut {
      note(line.number, "longer than \(ManifestLines.longestLine) characters")
    } else if let outcome = format?.take(line.text, number: line.number) {
      record(outcome, number: line.number)
    }
  }

  private mutating func record(_ outcome: LineOutcome, number: Int?) {
    switch outcome {
    case .understood: break
    case .foreign(let reason): if let number { note(number, reason) }
    case .claims(let claims):
      for var claim in claims {
        guard let count = manifest?.claims.count, count < FileManifest.claimsKept else {
          manifest?.claimsLeftOut += 1
          continue
        }
        claim.origin = FileClaim.Origin(source: source, line: claim.origin.line ?? number)
        if let kind { claim.kind = kind }
        if format is DebianChecksums { claim.package = packageName }
        manifest?.claims.append(claim)
      }
    }
  }

  /// `tcpdump` for a source `…/tcpdump.md5sums`, as the package manager names its lists.
  private var packageName: String? {
    let name = source.split(separator: "/").last ?? ""
    return name.hasSuffix(".md5sums") ? String(name.dropLast(8)) : nil
  }

  private mutating func note(_ number: Int, _ reason: String) {
    manifest?.badLineCount += 1
    if let count = manifest?.firstBadLines.count, count < FileManifest.badLinesKept {
      manifest?.firstBadLines.append(.init(number: number, reason: reason))
    }
  }
}

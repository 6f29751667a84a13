/// What a format makes of a line.
enum LineOutcome {
  /// Claims of files; their origin is filled in by the reader.
  case claims([FileClaim])
  /// A heading, a rule, a command, the first of several lines: nothing to complain about.
  case understood
  /// Not of this format.
  case foreign(String)
}

/// A way to list files.
protocol ManifestFormat: Sendable {
  /// What people call it.
  static var name: String { get }
  init()
  /// Reads the next line that is not blank.
  mutating func take(_ line: String) -> LineOutcome
  /// The same with the line's number, for formats whose claims fill several lines.
  mutating func take(_ line: String, number: Int) -> LineOutcome
  /// What stands open at the end.
  mutating func finish() -> LineOutcome
}

extension ManifestFormat {
  mutating func take(_ line: String, number: Int) -> LineOutcome { take(line) }
  mutating func finish() -> LineOutcome { .understood }
}

/// The formats that are known.
enum ManifestFormats {
  /// In the order in which equals are preferred.
  static var all: [any ManifestFormat.Type] {
    [
      DebianChecksums.self, ChecksumLines.self, BSDChecksumLines.self, PackageVerification.self,
      ReferenceLibrary.self, VendorTable.self, CertutilOutput.self, PowerShellHashes.self,
      FileProperties.self, WheelRecord.self,
    ]
  }

  /// The format that makes most of the lines, where it makes sense of a tenth of them at least: a
  /// paste has prose around it, but one lucky line does not make a letter a manifest.
  static func best(for sample: [ManifestLine]) -> (any ManifestFormat.Type)? {
    let lines = sample.filter { !$0.isCut && !$0.text.trimmed.isEmpty }
    guard !lines.isEmpty else { return nil }
    var best: (format: any ManifestFormat.Type, claims: Int)?
    for format in all {
      let (claims, foreign) = score(format, lines)
      guard claims > (best?.claims ?? 0), claims * 10 >= foreign else { continue }
      best = (format, claims)
    }
    return best?.format
  }

  private static func score(
    _ format: any ManifestFormat.Type, _ lines: [ManifestLine]
  ) -> (claims: Int, foreign: Int) {
    var reader = format.init()
    var (claims, foreign) = (0, 0)
    for line in lines {
      switch reader.take(line.text) {
      case .claims(let found): claims += found.count
      case .foreign: foreign += 1
      case .understood: break
      }
    }
    if case .claims(let found) = reader.finish() { claims += found.count }
    return (claims, foreign)
  }

  /// Whether a line is a prompt with a command: `$ sha256sum *`, `C:\> certutil …`, `PS C:\> …`.
  static func isCommand(_ line: String) -> Bool {
    let text = line.trimmed
    if text.hasPrefix("$ ") || text == "$" || text.hasPrefix("# ") || text.hasPrefix("PS ") {
      return true
    }
    let head = text.prefix(200)
    if let mark = head.firstIndex(where: { $0 == ">" || $0 == "$" || $0 == "#" }) {
      let before = head[..<mark]
      // `C:\Users\me>` or `user@host:~$`.
      return before.dropFirst().hasPrefix(":\\") || (before.contains("@") && before.contains(":"))
    }
    return false
  }

  /// A claim whose place the reader fills in.
  static func claim(_ path: some StringProtocol, _ kind: FileClaim.Kind) -> FileClaim {
    FileClaim(path: String(path), kind: kind, origin: .init(source: ""))
  }
}

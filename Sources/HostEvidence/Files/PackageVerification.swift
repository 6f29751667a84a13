/// `rpm -V`: one letter for each attribute that changed since the package was installed.
struct PackageVerification: ManifestFormat {
  static let name = "rpm -V"

  /// The letters in their columns.
  private static let columns: [(Character, FileChange)] = [
    ("S", .size), ("M", .mode), ("5", .digest), ("D", .device), ("L", .linkTarget),
    ("U", .owner), ("G", .group), ("T", .modified), ("P", .capabilities),
  ]

  func take(_ line: String) -> LineOutcome {
    guard let slash = line.firstIndex(of: "/"), slash > line.startIndex else {
      return ManifestFormats.isCommand(line) ? .understood : .foreign("no attributes and a path")
    }
    let words = line[..<slash].split(separator: " ")
    guard let flags = words.first, words.count <= 2,
      words.count == 1 || (words[1].count == 1 && "cdglra".contains(words[1])),
      let changes = Self.changes(flags)
    else { return .foreign("no attributes and a path") }
    var claim = ManifestFormats.claim(line[slash...], .reference)
    claim.changes = changes
    claim.isConfiguration = words.count == 2 && words[1] == "c"
    return .claims([claim])
  }

  private static func changes(_ flags: Substring) -> Set<FileChange>? {
    if flags == "missing" { return [.missing] }
    guard (8...9).contains(flags.count) else { return nil }
    var changes: Set<FileChange> = []
    for (flag, (letter, change)) in zip(flags, columns) {
      switch flag {
      case ".": continue
      case "?": changes.insert(.unreadable)
      case letter: changes.insert(change)
      default: return nil
      }
    }
    return changes
  }
}

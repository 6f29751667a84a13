/// A file's properties as people and tools paste them: a line that names the file, then `MD5 = …`,
/// `Size: …`, `Modified: …` one below the other, or several hashes on one line.
struct FileProperties: ManifestFormat {
  static let name = "file properties"

  private enum Property {
    case file, folder, version, size, modified
    case hash(HashAlgorithm)
  }

  private static let properties: [String: Property] = [
    "file": .file, "filename": .file, "name": .file, "path": .file, "fullname": .file,
    "fullpath": .file, "filepath": .file, "module": .file, "folder": .folder,
    "foundinfolder": .folder, "infolder": .folder, "directory": .folder, "location": .folder,
    "version": .version, "fileversion": .version, "size": .size, "filesize": .size,
    "length": .size, "modified": .modified, "datemodified": .modified,
    "lastmodified": .modified, "lastwritetime": .modified, "filemodified": .modified,
    "modificationtime": .modified, "mtime": .modified,
  ]
  private static let programEndings = [".exe", ".dll", ".sys", ".ocx", ".com", ".drv", ".scr"]
  private static let hashesKept = 16

  private var open: FileClaim?
  private var folder: String?

  mutating func take(_ line: String) -> LineOutcome { take(line, number: 0) }

  mutating func take(_ line: String, number: Int) -> LineOutcome {
    let text = line.trimmed
    if let path = Self.path(text) ?? Self.announced(text) { return begin(path, number) }
    guard let (key, value) = Self.pair(text) else {
      return ManifestFormats.isCommand(line) ? .understood : .foreign("no property of a file")
    }
    return take(key, value, number)
  }

  mutating func finish() -> LineOutcome { close() }

  private mutating func take(_ key: String, _ value: String, _ number: Int) -> LineOutcome {
    guard let property = Self.property(key) else {
      return open == nil ? .foreign("no property of a file") : .understood
    }
    if case .file = property { return begin(value, number) }
    guard open != nil else { return .foreign("a property before any file is named") }
    switch property {
    case .file: return .understood
    case .folder: folder = value
    case .version:
      guard value.first?.isNumber == true else { return .foreign("no version") }
      open?.version = value
    case .size:
      guard let size = Self.size(value) else { return .foreign("no size in bytes") }
      open?.size = size
    case .modified:
      guard let time = FileDates.moment(value) else { return .foreign("no date and time") }
      open?.modified = time
    case .hash(let algorithm):
      let digits = value.prefix { $0 != " " && $0 != "\t" && $0 != "," && $0 != ";" }
      guard let hash = FileHash(algorithm, digits) else {
        return .foreign("the hash is not \(algorithm.digitCount) hexadecimal digits")
      }
      if open?.hashes.count ?? 0 < Self.hashesKept { open?.hashes.append(hash) }
      // `MD5: … SHA-1: …` on one line.
      let rest = value[digits.endIndex...].drop { " \t,;".contains($0) }
      if let (key, value) = Self.pair(String(rest)), case .hash? = Self.property(key) {
        return take(key, value, number)
      }
    }
    return .understood
  }

  /// A file is named: what was said of the one before is complete.
  private mutating func begin(_ path: String, _ number: Int) -> LineOutcome {
    let outcome = close()
    guard !path.isEmpty else { return outcome }
    var claim = ManifestFormats.claim(path, .stated)
    claim.origin.line = number
    open = claim
    return outcome
  }

  /// A name and one property that is no hash may be anything that has a name.
  private mutating func close() -> LineOutcome {
    defer { (open, folder) = (nil, nil) }
    guard var claim = open else { return .understood }
    let said = [claim.version != nil, claim.size != nil, claim.modified != nil].count { $0 }
    guard !claim.hashes.isEmpty || said >= 2 else { return .understood }
    if let folder, !FilePlace(claim.path).isRooted {
      let sign = folder.contains("\\") ? "\\" : "/"
      claim.path = folder.hasSuffix(sign) ? folder + claim.path : folder + sign + claim.path
    }
    return .claims([claim])
  }

  /// A line that is a path from a root and nothing else, with or without a colon behind it.
  private static func path(_ text: String) -> String? {
    let path = text.hasSuffix(":") ? String(text.dropLast()) : text
    let isRooted =
      path.hasPrefix("/") || path.hasPrefix("\\\\")
      || (path.dropFirst().hasPrefix(":\\") && path.first?.isLetter == true)
    guard isRooted, path.utf8.count > 3, !path.contains(">"), !path.contains(" = "),
      !path.dropFirst(2).contains(":")
    else { return nil }
    return path
  }

  /// `Info about tool.exe on that system:`, with exactly one program named.
  private static func announced(_ text: String) -> String? {
    guard text.hasSuffix(":") || !text.contains(" "), text.utf8.count <= 200 else { return nil }
    let words = text.split { " \t:,;\"'()".contains($0) }
    let programs = words.filter { word in
      let name = word.lowercased()
      return programEndings.contains { name.hasSuffix($0) && name.utf8.count > $0.utf8.count }
    }
    guard programs.count == 1, !text.contains("\\"), !text.contains("=") else { return nil }
    return String(programs[0])
  }

  private static func pair(_ text: String) -> (key: String, value: String)? {
    guard let sign = text.firstIndex(where: { $0 == ":" || $0 == "=" }) else { return nil }
    let key = text[..<sign].trimmed
    guard !key.isEmpty, key.utf8.count <= 40 else { return nil }
    return (key, text[text.index(after: sign)...].trimmed)
  }

  private static func property(_ key: String) -> Property? {
    var plain = key.lowercased().filter { $0.isLetter || $0.isNumber }
    if let known = properties[plain] { return known }
    for ending in ["hash", "sum", "checksum", "digest"] where plain.hasSuffix(ending) {
      plain.removeLast(ending.count)
    }
    return HashAlgorithm(named: plain).map { .hash($0) }
  }

  /// `447,488 bytes`, `437 KB (447,488 bytes)`, `447488`; a rounded size alone is none.
  private static func size(_ text: String) -> UInt64? {
    var part = text[...]
    if let bytes = text.lowercased().firstRange(of: "bytes") {
      let count = text.lowercased().distance(
        from: text.startIndex, to: bytes.lowerBound)
      part = text.prefix(count)
      if let open = part.lastIndex(of: "(") { part = part[part.index(after: open)...] }
    }
    let digits = part.trimmed.filter { !",.'\u{A0} ".contains($0) }
    return UInt64(digits)
  }
}

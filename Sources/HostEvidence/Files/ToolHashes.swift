/// `certutil -hashfile`: a line that names the algorithm and the file, then the digits.
struct CertutilOutput: ManifestFormat {
  static let name = "certutil -hashfile"
  private var pending: (algorithm: HashAlgorithm, path: String)?

  mutating func take(_ line: String) -> LineOutcome {
    let text = line.trimmed
    if let (algorithm, path) = pending {
      pending = nil
      guard let hash = FileHash(algorithm, text.filter { $0 != " " }) else {
        return .foreign("not the \(algorithm.title) that was announced")
      }
      var claim = ManifestFormats.claim(path, .stated)
      claim.hashes = [hash]
      return .claims([claim])
    }
    if text.hasPrefix("CertUtil:") || ManifestFormats.isCommand(line) { return .understood }
    let head = text.prefix { $0 != " " }.split(separator: "-").first ?? ""
    guard text.hasSuffix(":"), let algorithm = HashAlgorithm(named: head) else {
      return .foreign("no announcement of a hash")
    }
    for mark in [" of file ", " of ", " der Datei "] {
      guard let found = text.firstRange(of: mark) else { continue }
      pending = (algorithm, String(text[found.upperBound...].dropLast()))
      return .understood
    }
    return .foreign("no announcement of a hash")
  }
}

/// PowerShell's `Get-FileHash`, as its table or as a list.
struct PowerShellHashes: ManifestFormat {
  static let name = "Get-FileHash"
  private var algorithm: HashAlgorithm?
  private var hash: FileHash?

  mutating func take(_ line: String) -> LineOutcome {
    let words = line.split(maxSplits: 2) { $0 == " " || $0 == "\t" }
    if let first = words.first, words.count >= 3 {
      if first == "Algorithm" || first.allSatisfy({ $0 == "-" }), words[1] != ":" {
        return .understood
      }
      if words[1] == ":" { return take(first, String(words[2]).trimmed) }
      if let algorithm = HashAlgorithm(named: first), let hash = FileHash(algorithm, words[1]) {
        var claim = ManifestFormats.claim(String(words[2]).trimmed, .stated)
        claim.hashes = [hash]
        return .claims([claim])
      }
    }
    return ManifestFormats.isCommand(line)
      ? .understood : .foreign("not an algorithm, a hash and a path")
  }

  private mutating func take(_ key: Substring, _ value: String) -> LineOutcome {
    switch key.lowercased() {
    case "algorithm":
      (algorithm, hash) = (HashAlgorithm(named: value), nil)
      return algorithm == nil ? .foreign("an unknown algorithm") : .understood
    case "hash":
      hash = algorithm.flatMap { FileHash($0, value) }
      return hash == nil ? .foreign("not the hash that was announced") : .understood
    case "path":
      guard let hash else { return .foreign("a path without a hash") }
      var claim = ManifestFormats.claim(value, .stated)
      claim.hashes = [hash]
      (algorithm, self.hash) = (nil, nil)
      return .claims([claim])
    default: return .foreign("not a field of a hash")
    }
  }
}

/// The register of known files of the National Software Reference Library: comma-separated with a
/// heading. It lists some files of a name, never all.
struct ReferenceLibrary: ManifestFormat {
  static let name = "NSRL"
  private var columns: [String] = []

  mutating func take(_ line: String) -> LineOutcome {
    guard let cells = DelimitedLine.cells(line) else {
      return .foreign("a quotation mark is left open")
    }
    let titles = cells.map { $0.lowercased() }
    // A table with versions is a vendor's, who knows every file of that name and version.
    if titles.contains("filename"), !titles.contains(where: { $0.contains("version") }),
      titles.contains(where: { HashAlgorithm(named: $0) != nil })
    {
      columns = titles
      return .understood
    }
    guard let place = columns.firstIndex(of: "filename") else {
      return .foreign("no heading before it")
    }
    guard cells.count == columns.count, !cells[place].isEmpty else {
      return .foreign("not as many cells as the heading has")
    }
    var claim = ManifestFormats.claim(cells[place], .reference)
    claim.isCatalogueEntry = true
    for (title, cell) in zip(columns, cells) where !cell.isEmpty {
      if let algorithm = HashAlgorithm(named: title) {
        guard let hash = FileHash(algorithm, cell) else {
          return .foreign("not a \(algorithm.title) hash")
        }
        claim.hashes.append(hash)
      } else if title == "filesize" {
        guard let size = UInt64(cell) else { return .foreign("no size") }
        claim.size = size
      }
    }
    return .claims([claim])
  }
}

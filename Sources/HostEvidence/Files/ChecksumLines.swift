/// `md5sum`, `sha1sum` … `sha512sum`, `shasum`: a hash, a blank, a mark for text or binary, a name.
struct ChecksumLines: ManifestFormat {
  static let name = "checksum list"

  func take(_ line: String) -> LineOutcome {
    guard let (hash, path) = Self.parse(line) else {
      return ManifestFormats.isCommand(line)
        ? .understood : .foreign("not a hash and a file name")
    }
    var claim = ManifestFormats.claim(path, .stated)
    claim.hashes = [hash]
    return .claims([claim])
  }

  /// The hash and the name on a line.
  static func parse(_ line: String) -> (FileHash, String)? {
    // A backslash in front says that backslashes and line ends in the name are escaped.
    let isEscaped = line.hasPrefix("\\")
    let body = isEscaped ? line.dropFirst() : line[...]
    guard let end = body.firstIndex(where: { $0 == " " || $0 == "\t" }),
      body[..<end].utf8.count >= 32, let hash = FileHash(nil, body[..<end])
    else { return nil }
    var name = body[body.index(after: end)...]
    // The kernel's tables of IPv6 addresses and routes: 32 digits, then a column of two.
    let column = name.prefix { $0 != " " }
    if column.utf8.count == 2, column.allSatisfy(\.isHexDigit), column.endIndex != name.endIndex {
      return nil
    }
    if let mark = name.first, " *U^".contains(mark), name.count > 1 { name = name.dropFirst() }
    guard !name.isEmpty else { return nil }
    return (hash, isEscaped ? unescaped(name) : String(name))
  }

  private static func unescaped(_ name: Substring) -> String {
    var result = ""
    var isEscape = false
    for character in name {
      if isEscape {
        switch character {
        case "n": result.append("\n")
        case "r": result.append("\r")
        default: result.append(character)
        }
        isEscape = false
      } else if character == "\\" {
        isEscape = true
      } else {
        result.append(character)
      }
    }
    return result
  }
}

/// The list of MD5 hashes that a Debian package brings: paths from the root without its slash.
struct DebianChecksums: ManifestFormat {
  static let name = "Debian md5sums"
  private static let roots = [
    "usr/", "etc/", "bin/", "sbin/", "lib/", "lib32/", "lib64/", "var/", "boot/", "opt/", "srv/",
  ]

  func take(_ line: String) -> LineOutcome {
    guard let (hash, path) = ChecksumLines.parse(line), hash.algorithm == .md5,
      Self.roots.contains(where: path.hasPrefix)
    else { return .foreign("not an MD5 hash and a path of the system") }
    var claim = ManifestFormats.claim(path, .reference)
    claim.hashes = [hash]
    return .claims([claim])
  }
}

/// BSD and openssl: `SHA256 (name) = digits`, `MD5(name)= digits`.
struct BSDChecksumLines: ManifestFormat {
  static let name = "BSD checksum list"

  func take(_ line: String) -> LineOutcome {
    let text = line.trimmed
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close,
      let algorithm = Self.algorithm(text[..<open]), text.index(after: open) < close
    else {
      return ManifestFormats.isCommand(line)
        ? .understood : .foreign("not an algorithm, a file name in brackets and a hash")
    }
    let rest = text[text.index(after: close)...].trimmed
    guard rest.hasPrefix("="), let hash = FileHash(algorithm, rest.dropFirst().trimmed) else {
      return .foreign("the hash is not \(algorithm.digitCount) hexadecimal digits")
    }
    var claim = ManifestFormats.claim(text[text.index(after: open)..<close], .stated)
    claim.hashes = [hash]
    return .claims([claim])
  }

  private static func algorithm(_ text: Substring) -> HashAlgorithm? {
    let name = text.trimmed.uppercased()
    return HashAlgorithm(named: name.hasPrefix("SHA2-") ? "SHA" + name.dropFirst(5) : name)
  }
}

extension MeasuredFile {
  /// What kind of program a file is, by its beginning: `PE` or `ELF`; nil where it is none.
  ///
  /// - Parameter head: the file's first bytes.
  /// - Returns: the format's name, or nil.
  public static func programFormat(_ head: [UInt8]) -> String? {
    let file = FileInMemory(bytes: head)
    if WindowsProgram(file) != nil { return "PE" }
    return UnixProgram(file) != nil ? "ELF" : nil
  }
}

extension MeasuredFile.Failure {
  /// Why, in a clause.
  public var words: String {
    switch self {
    case .unreadable(let number): "error \(number) of the system"
    case .notAFile: "not a regular file"
    case .tooLarge(let size): "\(size) bytes are more than is read"
    case .changedMeanwhile: "it changed while it was read"
    }
  }
}

extension FileManifest {
  /// What was measured of one file, as a list of one.
  ///
  /// - Parameters:
  ///   - format: the file's format.
  ///   - measured: what is said of it.
  public init(format: String, measured: FileClaim) {
    self.init(format: format, claims: [measured], lineCount: 1)
  }

  /// What its lines were, in one short statement.
  public var sight: String {
    let stated = claims.count { $0.kind == .stated }
    let reference = claims.count { $0.kind == .reference }
    var parts: [String] = []
    if stated > 0 { parts.append("\(stated) stated of files that were at hand") }
    if reference > 0 { parts.append("\(reference) by makers or registers, to compare with") }
    if claims.contains(where: { $0.kind == .measured }) {
      return
        "measured here: its hashes, and what it says of itself, which anybody can write into it"
    }
    if claimsLeftOut > 0 { parts.append("\(claimsLeftOut) beyond the bound left out") }
    return parts.isEmpty ? "no line of it speaks of a file" : parts.joined(separator: "; ")
  }
}

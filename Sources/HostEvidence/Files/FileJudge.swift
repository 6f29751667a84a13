/// Compares what is stated or measured of files with what references say.
public enum FileJudge {
  /// Claims of one file that are compared with each other; more are no honest evidence.
  public static let claimsCompared = 500

  /// Judges each file that is claimed; the order of the claims does not matter.
  ///
  /// - Parameter claims: all that is said.
  /// - Returns: one judgement for each file, by name.
  public static func judge(claims: [FileClaim]) -> [FileJudgement] {
    var judgements: [FileJudgement] = []
    FileGroups(claims).forEach { place, claims in
      judgements.append(FileCase(claims).judgement(of: place))
    }
    return judgements.sorted { $0.name < $1.name }
  }
}

/// All that is said of one file, and what comes of holding it against each other.
private struct FileCase {
  private let claims: [FileClaim]
  private let leftOut: Int
  /// Whether registers list files of that name, and none with these bytes.
  private let isInNoRegister: Bool
  private var comparisons: [FileComparison] = []
  /// Versions of rows that speak of another version than the file is.
  private var otherVersions: Set<String> = []

  private var references: [FileClaim] { claims.filter { $0.kind == .reference } }
  private var subjects: [FileClaim] { claims.filter { $0.kind != .reference } }

  init(_ all: [FileClaim]) {
    // A register may know thousands of files of one name; only one with these bytes says anything.
    let hashes = Set(all.filter { $0.kind != .reference }.flatMap(\.hashes))
    let applying = all.filter { claim in
      !claim.isCatalogueEntry || claim.hashes.contains(where: hashes.contains)
    }
    isInNoRegister = applying.count < all.count && !applying.contains(where: \.isCatalogueEntry)
    claims = Array(applying.sorted(by: Self.precedes).prefix(FileJudge.claimsCompared))
    leftOut = applying.count - claims.count
    let subjects = subjects
    let sources = Dictionary(grouping: references, by: \.origin.source)
    for subject in subjects {
      // The rows of one source are alternatives: a vendor lists one file for several systems.
      // Across sources nothing is excused: one that differs outweighs one that agrees.
      for rows in sources.values { compare(subject, with: rows) }
    }
    // What the user states and what we measured may contradict, but do not confirm each other.
    for measured in subjects where measured.kind == .measured {
      for stated in subjects where stated.kind == .stated {
        let comparison = FileComparison(measured, with: stated)
        if !comparison.hashesDiffering.isEmpty { comparisons.append(comparison) }
      }
    }
    for claim in claims where !claim.changes.isEmpty {
      comparisons.append(FileComparison(changesOf: claim))
    }
  }

  private mutating func compare(_ subject: FileClaim, with rows: [FileClaim]) {
    let all = rows.map { FileComparison(subject, with: $0) }
    let compared = all.filter { !$0.isEmpty }
    // A row without a hash, or for another machine, does not excuse one whose hash differs.
    let hashed = compared.filter(\.comparesHashes)
    if let best = (hashed.isEmpty ? compared : hashed).max(by: { $0.favour < $1.favour }) {
      comparisons.append(best)
    } else {
      otherVersions.formUnion(all.compactMap(\.otherVersion))
    }
  }

  func judgement(of place: FilePlace) -> FileJudgement {
    let verdict = verdict
    return FileJudgement(
      name: place.text, verdict: verdict, claims: claims,
      remarks: remarks(verdict) + furtherRemarks(verdict, place))
  }

  private var verdict: FileVerdict {
    let differences = Set(comparisons.flatMap(\.differences))
    if !differences.isEmpty {
      return .differs(
        in: differences.sorted {
          ($0.what, $0.expected, $0.found) < ($1.what, $1.expected, $1.found)
        }
      )
    }
    let hashes = Set(comparisons.flatMap(\.hashesAgreeing))
    if !hashes.isEmpty { return .matches(by: hashes.sorted()) }
    let agreements = Set(comparisons.flatMap(\.agreements))
    if !agreements.isEmpty {
      return .consistent(in: agreements.sorted { "\($0)" < "\($1)" })
    }
    if !otherVersions.isEmpty { return .unknown(why: otherVersionWords) }
    if claims.contains(where: { $0.changes.contains(.unreadable) }) {
      return .unknown(why: "the package manager could not read it")
    }
    if references.isEmpty, isInNoRegister {
      return .unknown(why: "a register knows other files of that name, which says nothing")
    }
    if references.isEmpty { return .unknown(why: "no reference for it to be compared with") }
    if subjects.isEmpty { return .unknown(why: "only a reference, nothing of the file itself") }
    return .unknown(why: "the claims have nothing in common that could be compared")
  }

  private var otherVersionWords: String {
    let own = Set(subjects.compactMap(\.version)).sorted().first ?? ""
    let listed = otherVersions.sorted().prefix(5).joined(separator: ", ")
    let more = otherVersions.count > 5 ? " and \(otherVersions.count - 5) more" : ""
    return "another version than this table's: \(own), where it has \(listed)\(more); "
      + "a table of that version would tell"
  }

  private func remarks(_ verdict: FileVerdict) -> [String] {
    switch verdict {
    case .matches(let by):
      guard by.allSatisfy(\.allowsForgedCollisions) else { return [] }
      let names = by.map(\.title).joined(separator: " and ")
      return ["two files with the same \(names) can be made on purpose"]
    case .consistent:
      return [
        "no hash compared: version, size and time can be copied",
        comparisons.contains { $0.isTimeInferred }
          ? "that the times agree is an inference: a zone is not stated" : nil,
      ].compactMap { $0 }
    case .differs(let differences):
      let agreeing = Set(comparisons.flatMap(\.hashesAgreeing)).sorted().map(\.title)
        .joined(separator: ", ")
      if differences.contains(where: \.isOfBytes) {
        return agreeing.isEmpty ? [] : ["yet another source agrees by \(agreeing)"]
      }
      return [besideTheBytes(agreeing)]
    case .unknown: return []
    }
  }

  /// What is known of the bytes where only what is kept beside them differs.
  private func besideTheBytes(_ agreeing: String) -> String {
    if !agreeing.isEmpty {
      return "its bytes agree by \(agreeing); what differs stands beside them"
    }
    let verified = claims.filter { !$0.changes.isEmpty }
    if verified.contains(where: { $0.changes.contains(.unreadable) }) {
      return "the package manager could not read all of it: nothing is said of its bytes"
    }
    return verified.isEmpty
      ? "no hash compared: nothing is said of its bytes"
      : "of its bytes the package manager reports no change"
  }

  private func furtherRemarks(_ verdict: FileVerdict, _ place: FilePlace) -> [String] {
    var remarks: [String] = []
    if case .unknown = verdict {
    } else if !otherVersions.isEmpty {
      remarks.append(otherVersionWords)
    }
    if claims.contains(where: { $0.isConfiguration && !$0.changes.isEmpty }) {
      remarks.append("a configuration file: it is there to be changed")
    }
    let given = Set(claims.compactMap(\.originalName)).sorted().filter { name in
      let plain = name.lowercased()
      return plain != place.name.lowercased() && plain != place.name.lowercased() + ".mui"
    }
    if let name = given.first {
      remarks.append(
        "it calls itself \(name), not \(place.name): renamed, or made under another name, as "
          + "genuine programs are, too")
    }
    if leftOut > 0 { remarks.append("\(leftOut) further claims of it were not compared") }
    return remarks
  }

  /// A fixed order, whatever order the claims came in.
  private static func precedes(_ one: FileClaim, _ other: FileClaim) -> Bool {
    func key(_ claim: FileClaim) -> (String, Int, String, String) {
      (claim.origin.source, claim.origin.line ?? 0, claim.path, claim.kind.rawValue)
    }
    if key(one) != key(other) { return key(one) < key(other) }
    func rest(_ claim: FileClaim) -> String {
      let hashes = claim.hashes.map(\.digits).joined(separator: " ")
      let changes = claim.changes.sorted().map(\.rawValue).joined(separator: " ")
      return "\(hashes)|\(claim.size ?? 0)|\(claim.version ?? "")|\(claim.modified?.text ?? "")|"
        + "\(claim.architecture ?? "")|\(claim.buildIdentifier ?? "")|\(changes)"
    }
    return rest(one) < rest(other)
  }
}

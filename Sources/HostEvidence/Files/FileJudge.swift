/// Compares what is stated or measured of files with what references say.
public enum FileJudge {
  /// Judges each file that is claimed; the order of the claims does not matter.
  ///
  /// - Parameter claims: all that is said.
  /// - Returns: one judgement for each file, by name.
  public static func judge(claims: [FileClaim]) -> [FileJudgement] {
    let placed = claims.map { (FilePlace($0.path), $0) }.filter { !$0.0.name.isEmpty }
    return Dictionary(grouping: placed) { $0.0.name }.values.flatMap { group in
      let places = Set(group.map { $0.0 })
      let whole = places.filter { place in
        !places.contains { $0 != place && place.canBe($0) }
      }
      return whole.map { place in
        judge(place, group.filter { $0.0.canBe(place) }.map { $0.1 }.sorted(by: precedes))
      }
    }.sorted { $0.name < $1.name }
  }

  private static func judge(_ place: FilePlace, _ claims: [FileClaim]) -> FileJudgement {
    let references = claims.filter { $0.kind == .reference }
    let subjects = claims.filter { $0.kind != .reference }
    var comparisons: [FileComparison] = []
    for subject in subjects {
      // The rows of one source are alternatives: a vendor lists one file for several systems.
      // Across sources nothing is excused: one that differs outweighs one that agrees.
      for rows in Dictionary(grouping: references, by: \.origin.source).values {
        let compared = rows.map { FileComparison(subject, with: $0) }.filter { !$0.isEmpty }
        // A row without a hash, or for another machine, does not excuse one whose hash differs.
        let hashed = compared.filter(\.comparesHashes)
        if let best = (hashed.isEmpty ? compared : hashed).max(by: { $0.favour < $1.favour }) {
          comparisons.append(best)
        }
      }
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
    let name = (place.isRooted ? "/" : "") + place.components.reversed().joined(separator: "/")
    let verdict = verdict(comparisons, references, subjects)
    return FileJudgement(
      name: name, verdict: verdict, claims: claims, remarks: remarks(verdict, comparisons))
  }

  private static func verdict(
    _ comparisons: [FileComparison], _ references: [FileClaim], _ subjects: [FileClaim]
  ) -> FileVerdict {
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
    if references.isEmpty { return .unknown(why: "no reference for it to be compared with") }
    if subjects.isEmpty { return .unknown(why: "only a reference, nothing of the file itself") }
    return .unknown(why: "the claims have nothing in common that could be compared")
  }

  private static func remarks(
    _ verdict: FileVerdict, _ comparisons: [FileComparison]
  ) -> [String] {
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
    case .differs:
      let agreeing = Set(comparisons.flatMap(\.hashesAgreeing)).sorted()
      return agreeing.isEmpty
        ? [] : ["yet another source agrees by \(agreeing.map(\.title).joined(separator: ", "))"]
    case .unknown: return []
    }
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

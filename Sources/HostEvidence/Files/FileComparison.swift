/// One claim held against another.
struct FileComparison {
  private(set) var hashesAgreeing: [HashAlgorithm] = []
  private(set) var hashesDiffering: [FileDifference] = []
  private(set) var agreements: [FileAgreement] = []
  private(set) var otherDifferences: [FileDifference] = []
  /// The version of the reference where it speaks of another one than the subject is: then nothing
  /// else that it says applies.
  private(set) var otherVersion: String?

  var differences: [FileDifference] { hashesDiffering + otherDifferences }

  var comparesHashes: Bool { !hashesAgreeing.isEmpty || !hashesDiffering.isEmpty }

  /// Whether nothing could be compared.
  var isEmpty: Bool { !comparesHashes && agreements.isEmpty && otherDifferences.isEmpty }

  var isTimeInferred: Bool {
    agreements.contains { if case .time(_, let isInferred) = $0 { isInferred } else { false } }
  }

  /// How well the reference fits, to choose among the rows of one source.
  var favour: Int {
    if !hashesDiffering.isEmpty { return -100 }
    return hashesAgreeing.count * 10 + agreements.count - otherDifferences.count * 20
  }

  init(_ subject: FileClaim, with reference: FileClaim) {
    if let one = subject.architecture, let other = reference.architecture,
      Self.machine(one) != Self.machine(other)
    {
      return
    }
    for expected in reference.hashes {
      let found = subject.hashes.filter { $0.algorithm == expected.algorithm }
      if found.isEmpty { continue }
      if found.allSatisfy({ $0 == expected }) {
        hashesAgreeing.append(expected.algorithm)
      } else if !reference.isCatalogueEntry {
        let digits = found.first { $0 != expected }?.digits ?? ""
        hashesDiffering.append(
          .init(
            what: expected.algorithm.title, expected: expected.digits, found: digits,
            isOfBytes: true))
      } else {
        // A register knows some files of that name; not to be this one of them says nothing.
        hashesAgreeing = []
        return
      }
    }
    // The bytes are the same: a name, date or version told otherwise is about something else.
    if !hashesAgreeing.isEmpty && hashesDiffering.isEmpty { return }
    if reference.isCatalogueEntry { return }
    // What a user states is held against the bytes whatever version it names.
    if reference.kind == .reference, hashesAgreeing.isEmpty, let one = subject.version,
      let other = reference.version,
      Self.numbers(one) != Self.numbers(other)
    {
      hashesDiffering = []
      otherVersion = other
      return
    }
    compareRest(subject, reference)
  }

  /// What a package manager found when it compared.
  init(changesOf claim: FileClaim) {
    otherDifferences = claim.changes.subtracting([.unreadable]).sorted().map {
      .init(
        what: $0.rawValue, expected: "as installed", found: "reported by the package manager",
        isOfBytes: $0.isOfBytes)
    }
  }

  private mutating func compareRest(_ subject: FileClaim, _ reference: FileClaim) {
    if let found = subject.size, let expected = reference.size {
      if found == expected {
        agreements.append(.size(found))
      } else {
        otherDifferences.append(
          .init(
            what: "size", expected: String(expected), found: String(found), isOfBytes: true))
      }
    }
    if let found = subject.version, let expected = reference.version {
      if Self.numbers(found) == Self.numbers(expected) {
        agreements.append(.version(found))
      } else {
        otherDifferences.append(
          .init(what: "version", expected: expected, found: found, isOfBytes: true))
      }
    }
    if let found = subject.modified, let expected = reference.modified {
      if let agreement = Self.agreement(found, expected) {
        agreements.append(agreement)
      } else {
        otherDifferences.append(
          .init(what: "time", expected: expected.text, found: found.text, isOfBytes: false))
      }
    }
  }

  /// `5.2.3790.4318 (srv03…)` by its first word, with trailing noughts of a dotted number dropped.
  private static func numbers(_ version: String) -> [String] {
    let word = version.split(separator: " ").first ?? ""
    var parts = word.split(separator: ".").map(String.init)
    while parts.count > 1, parts.last == "0" { parts.removeLast() }
    return parts
  }

  private static func machine(_ name: String) -> String {
    switch name.lowercased() {
    case "x64", "amd64", "x86_64", "x86-64": "x86-64"
    case "i386", "i686", "x86": "x86"
    case "aarch64", "arm64": "arm64"
    case "ia64", "ia-64": "ia-64"
    case let other: other
    }
  }

  /// Two times agree where they are equal, or where an unknown zone of up to 14 hours, in quarters
  /// of an hour, explains the difference.
  static func agreement(_ found: FileTime, _ expected: FileTime) -> FileAgreement? {
    let unit: Int64 =
      switch min(found.precision, expected.precision) {
      case .second: 1
      case .minute: 60
      case .day: 86_400
      }
    let bothKnown = found.minutesAheadOfUTC != nil && expected.minutesAheadOfUTC != nil
    var best: Int64?
    for one in found.readings {
      for other in expected.readings {
        let first = one - Int64(found.minutesAheadOfUTC ?? 0) * 60
        let second = other - Int64(expected.minutesAheadOfUTC ?? 0) * 60
        let difference =
          (first.flooredDivision(by: unit).0 - second.flooredDivision(by: unit).0) * unit
        let isExplained =
          bothKnown
          ? difference == 0
          : abs(difference) <= (unit == 86_400 ? 86_400 : 14 * 3600)
            && difference % (unit == 86_400 ? 86_400 : 900) == 0
        if isExplained, abs(difference) < abs(best ?? .max) { best = difference }
      }
    }
    guard let best else { return nil }
    return .time(minutesAhead: Int(best / 60), isInferred: !bothKnown)
  }
}

internal import Detection
internal import Intake
internal import Observations

/// What firewalls' logs say of translated addresses, ready to be asked about many activities.
struct Translations {
  private struct Stated {
    var path: String
    var translation: Translation
  }

  /// By the outside address and by the inside one.
  private var outside: [Address: [Stated]] = [:]
  private var inside: [Address: [Stated]] = [:]

  mutating func add(_ translations: [Translation], path: String) {
    for translation in translations {
      let stated = Stated(path: path, translation: translation)
      outside[translation.outside, default: []].append(stated)
      inside[translation.inside, default: []].append(stated)
    }
  }

  /// The activity with what is known of its subject's address at the time.
  func joined(_ evidence: ActivityEvidence) -> ActivityEvidence {
    guard case .address(let subject) = evidence.subject else { return evidence }
    let found =
      finding(outside[subject] ?? [], "outside", evidence)
      ?? finding(inside[subject] ?? [], "inside", evidence)
    guard let found else { return evidence }
    var joined = evidence
    joined.findings.append(found)
    joined.findings.sort { $0.kind < $1.kind }
    return joined
  }

  /// An address may be given to another host later: only what was so during the activity counts. A
  /// translation is logged when it is made, so one of the quarter of an hour before may still hold.
  private static let stillHolds = 900.0

  private func finding(
    _ stated: [Stated], _ role: String, _ evidence: ActivityEvidence
  ) -> Finding? {
    let meanwhile = stated.filter {
      evidence.first.seconds(since: $0.translation.last) <= Translations.stillHolds
        && evidence.last.seconds(since: $0.translation.first) >= 0
    }
    func other(_ stated: Stated) -> Address {
      role == "outside" ? stated.translation.inside : stated.translation.outside
    }
    guard
      let most = meanwhile.max(by: {
        ($0.translation.count, other($1)) < ($1.translation.count, other($0))
      })
    else { return nil }
    let total = meanwhile.reduce(0) { $0 + $1.translation.count }
    let addresses = Set(meanwhile.map(other)).count
    let share = Double(most.translation.count) / Double(max(total, 1))
    let counts =
      addresses == 1
      ? "\(other(most)) (\(total) times)"
      : "\(addresses) addresses, most often for \(other(most)) (\(most.translation.count) of \(total))"
    let summary =
      role == "outside"
      ? "\(most.path) says that \(evidence.subject.value) is a translated address: meanwhile it stood "
        + "for \(counts)"
      : "\(most.path) says that \(evidence.subject.value) went out as \(other(most)) meanwhile"
        + (addresses == 1 ? "" : " (\(addresses) addresses in all)")
    return Finding(
      kind: .addressTranslation, summary: summary,
      values: [
        "role": .text(role), "addresses": .integer(addresses),
        "translations": .integer(Int(clamping: total)), "address": .text("\(other(most))"),
        "share": .number(share), "path": .text(most.path),
      ], count: Int(clamping: total), evidence: [])
  }
}

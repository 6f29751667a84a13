public import Bundles

/// One bundle that was to be checked.
public struct CheckedBundle: Sendable {
  /// As the user named it.
  public let path: String
  /// What checking it gave, or why it could not be checked.
  public let outcome: Result<BundleVerification, BundleError>

  /// A bundle with what checking it gave.
  public init(path: String, outcome: Result<BundleVerification, BundleError>) {
    self.path = path
    self.outcome = outcome
  }
}

/// What checking bundles gave, as text: each in a few lines, with what that proves and what not. Those
/// that could not be checked are left out: their errors are told elsewhere.
public func renderText(_ bundles: [CheckedBundle], style: TextStyle) -> String {
  var page = TextPage(style: style)
  for bundle in bundles {
    switch bundle.outcome {
    case .success(let verification) where verification.isVerified: page.addVerified(verification)
    case .success(let verification): page.addRefused(verification)
    case .failure: break
    }
  }
  return page.text
}

/// What checking bundles gave, as JSON: `bundles`, each with `path`, `verified`, `signer`, `members` and
/// `problems`, or with `error` where it could not be checked.
public func renderJSON(_ bundles: [CheckedBundle]) -> String {
  JSONValue.object([
    ("culprit", .object([("version", .string(culpritVersion))])),
    ("bundles", .array(bundles.map(json))),
  ]).document()
}

private func json(_ bundle: CheckedBundle) -> JSONValue {
  switch bundle.outcome {
  case .failure(let error):
    return .object([
      ("path", .string(bundle.path)), ("verified", .bool(false)),
      ("error", .string(error.description)),
    ])
  case .success(let verification):
    return .object([
      ("path", .string(bundle.path)), ("verified", .bool(verification.isVerified)),
      ("bytes", .unsigned(verification.bytes)),
      ("signer", .text(verification.signer?.hexadecimal)),
      ("expectedSigner", verification.isExpectedSigner.map(JSONValue.bool) ?? .null),
      ("members", .array(verification.members.map(json))),
      ("problemCount", .integer(verification.problemCount)),
      ("problems", .array(verification.problems.map(json))),
    ])
  }
}

private func json(_ member: BundleVerification.Member) -> JSONValue {
  .object([
    ("path", .string(member.path)), ("bytes", .unsigned(member.size)),
    ("sha256", .string(member.sha256)),
  ])
}

private func json(_ problem: BundleProblem) -> JSONValue {
  .object([
    ("kind", .string(problem.kind.rawValue)), ("member", .text(problem.member)),
    ("description", .string(problem.description)),
  ])
}

extension TextPage {
  fileprivate mutating func addVerified(_ verification: BundleVerification) {
    let isExpected = verification.isExpectedSigner == true
    blank()
    paragraph("\(verification.path): verified", emphasis: .strong)
    let bytes = verification.members.reduce(UInt64(0)) { $0 + $1.size }
    paragraph(
      counted(UInt64(verification.members.count), "member", "members") + ", "
        + counted(bytes, "byte", "bytes")
        + ": as they were when the bundle was signed, none added and none left out.", indent: 2)
    addSigner(verification)
    if isExpected {
      paragraph(
        "This proves that whoever holds the expected key vouched for these members, and that "
          + "nothing changed since.", indent: 2)
    } else {
      paragraph(
        "This proves only that nothing changed since somebody signed it: the key came with the "
          + "bundle, and anybody can make one. Ask whoever collected it for the fingerprint over "
          + "another channel (by telephone, on paper), and name it with --signer.", indent: 2)
    }
    paragraph(
      "It does not prove that what was collected is true (a host that is broken into can lie), nor "
        + "the members' dates in the archive, which are not signed.", indent: 2)
  }

  fileprivate mutating func addRefused(_ verification: BundleVerification) {
    blank()
    paragraph("\(verification.path): NOT VERIFIED", emphasis: .alarm)
    for problem in verification.problems { item("-", problem.description, indent: 2) }
    let others = verification.problemCount - verification.problems.count
    if others > 0 { item("-", "and \(grouped(UInt64(others))) more", indent: 2) }
    addSigner(verification)
    let unchanged = verification.members.count
    if unchanged > 0 {
      let members = counted(UInt64(unchanged), "member", "members")
      paragraph(
        verification.signer == nil
          ? "\(members) fit a manifest that no valid signature covers."
          : "\(members) up to there fit the signed manifest.", indent: 2)
    }
    paragraph("Rely on nothing in it; have it sent again, or collected again.", indent: 2)
  }

  private mutating func addSigner(_ verification: BundleVerification) {
    guard let signer = verification.signer else { return }
    let whose =
      switch verification.isExpectedSigner {
      case true?: ", the expected key"
      case false?: ", which is not the expected key"
      case nil: ""
      }
    paragraph("signed by \(signer)\(whose)", indent: 2, hang: 2)
  }
}

import HostEvidence

/// What is to be said of one file, and what was held against what.
func json(_ file: FileJudgement) -> JSONValue {
  var by: [String] = []
  var agreements: [JSONValue] = []
  var differences: [JSONValue] = []
  var because: String?
  switch file.verdict {
  case .matches(let algorithms): by = algorithms.map(\.title)
  case .consistent(let found): agreements = found.map { .string($0.words) }
  case .differs(let found):
    differences = found.map { difference in
      .object([
        ("what", .string(difference.what)), ("expected", .string(difference.expected)),
        ("found", .string(difference.found)),
      ])
    }
  case .unknown(let why): because = why
  }
  return .object([
    ("name", .string(file.name)),
    ("verdict", .string(file.verdict.name)),
    ("by", .array(by.map(JSONValue.string))),
    ("agrees", .array(agreements)),
    ("differs", .array(differences)),
    ("because", .text(because)),
    ("remarks", .array(file.remarks.map(JSONValue.string))),
    ("claims", .array(file.claims.map(json))),
  ])
}

private func json(_ claim: FileClaim) -> JSONValue {
  .object([
    ("kind", .string(claim.kind.rawValue)),
    ("evidence", .string(claim.origin.source)),
    ("line", claim.origin.line.map { .integer($0) } ?? .null),
    ("path", .string(claim.path)),
    (
      "hashes",
      .object(claim.hashes.map { (key: $0.algorithm.title, value: .string($0.digits)) })
    ),
    ("size", claim.size.map { .unsigned($0) } ?? .null),
    ("version", .text(claim.version)),
    ("modified", .text(claim.modified?.text)),
  ])
}

extension FileAgreement {
  /// What agrees, in a few words.
  var words: String {
    switch self {
    case .version(let text): return "version \(text)"
    case .size(let bytes): return "size \(bytes)"
    case .time(let minutes, let isInferred):
      let hours = Double(minutes.magnitude) / 60
      let ahead =
        minutes == 0
        ? ""
        : ", its clock \(oneDecimal(hours)) h \(minutes > 0 ? "ahead of" : "behind") the reference's"
      return "time\(ahead)\(isInferred ? " (inferred: a zone is not stated)" : "")"
    }
  }
}

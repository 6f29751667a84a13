import Pool
import Reporting

/// What may stand in the places of paths, queries and bodies, as JSON Schema says it (draft 2020-12, which
/// OpenAPI 3.1 uses).
enum Schemas {
  static let text = JSONValue.object([("type", .string("string"))])
  static let address = JSONValue.object([
    ("type", .string("string")),
    (
      "anyOf",
      .array([
        .object([("format", .string("ipv4"))]), .object([("format", .string("ipv6"))]),
      ])
    ),
  ])
  static let length = number(16...128)
  static let transport = choice(["tcp", "udp"])
  static let port = number(0...65_535)
  static let article = pattern("^[a-z0-9-]{1,64}$")
  static let digest = pattern("^[0-9a-fA-F]{16}$")
  static let sensor = pattern("^[0-9a-f]{16}$")
  static let token = pattern("^[a-z2-7]{52}$")
  /// An incident's number: as many digits as are read.
  static let incident = number(1...999_999_999_999_999_999)
  static let states: JSONValue = {
    let one = "(" + IncidentState.allCases.map(\.rawValue).joined(separator: "|") + ")"
    return pattern("^\(one)(,\(one)){0,7}$")
  }()
  static let limit = number(1...100)

  static let enrolment = object([
    ("token", token), ("publicKey", pattern("^[0-9a-fA-F]{64}$")),
  ])
  static let event = object(
    [
      (
        "event",
        choice(["acknowledged", "escalated", "closed", "reopened", "commented", "confirmed"])
      ),
      ("by", short(IncidentRules.nameBytes / 4)),
    ],
    optional: [
      ("text", text), ("article", article), ("revision", number(0...1_000_000_000)),
    ])
  static let canary = object([
    ("address", address), ("note", short(Canary.noteBytes / 4)),
    ("by", short(IncidentRules.nameBytes / 4)),
  ])
  static let correction = object(
    [
      ("kind", choice(CorrectionRequest.Kind.allCases.map(\.rawValue))), ("address", address),
      ("text", short(CorrectionRequest.textCharacters)),
    ], optional: [("contact", short(CorrectionRequest.contactCharacters, fewest: 0))])
  /// A form of operators: the fields that all of them have.
  static let operatorForm = object([("token", token)])
  /// Bytes of our own encoding, of which no schema can say more.
  static let bytes = JSONValue.object([
    ("type", .string("string")), ("contentMediaType", .string("application/octet-stream")),
  ])

  static func pattern(_ pattern: String) -> JSONValue {
    .object([("type", .string("string")), ("pattern", .string(pattern))])
  }

  static func choice(_ values: [String]) -> JSONValue {
    .object([("type", .string("string")), ("enum", .array(values.map(JSONValue.string)))])
  }

  static func number(_ range: ClosedRange<Int>) -> JSONValue {
    .object([
      ("type", .string("integer")), ("minimum", .integer(range.lowerBound)),
      ("maximum", .integer(range.upperBound)),
    ])
  }

  /// A text of so many characters (code points).
  static func short(_ most: Int, fewest: Int = 1) -> JSONValue {
    .object([
      ("type", .string("string")), ("minLength", .integer(fewest)), ("maxLength", .integer(most)),
    ])
  }

  static func object(
    _ required: [(key: String, value: JSONValue)],
    optional: [(key: String, value: JSONValue)] = []
  ) -> JSONValue {
    .object([
      ("type", .string("object")), ("properties", .object(required + optional)),
      ("required", .array(required.map { .string($0.key) })),
    ])
  }

  /// An answer that has these members at least.
  static func answer(_ members: [String]) -> JSONValue {
    .object([
      ("type", .string("object")), ("required", .array(members.map(JSONValue.string))),
    ])
  }
}

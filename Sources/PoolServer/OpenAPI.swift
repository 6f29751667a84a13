import Reporting

/// The description of the server's routes by OpenAPI 3.1, made of the table that serves them.
enum OpenAPI {
  static func document(of routes: [Route]) -> JSONValue {
    var paths: [(key: String, value: JSONValue)] = []
    for route in routes where !paths.contains(where: { $0.key == route.path }) {
      let operations = routes.filter { $0.path == route.path }
      paths.append(
        (
          route.path,
          .object(operations.map { ($0.method.rawValue.lowercased(), operation($0)) })
        ))
    }
    return .object([
      ("openapi", .string("3.1.0")),
      (
        "info",
        .object([
          ("title", .string("A pool of Culprit")), ("version", .string(culpritVersion)),
          (
            "description",
            .string(
              "Sensors submit signed aggregates; anybody may look up. Nothing that locates a sensor or names "
                + "a victim is answered: counts are coarse and late. Packets that nobody had to answer can be "
                + "forged, and every answer says how far.")
          ),
        ])
      ), ("paths", .object(paths)),
      (
        "components",
        .object([
          ("schemas", .object([("Problem", problem)])),
          (
            "securitySchemes",
            .object([
              ("key", .object([("type", .string("http")), ("scheme", .string("bearer"))]))
            ])
          ),
        ])
      ),
    ])
  }

  private static func operation(_ route: Route) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [("summary", .string(route.summary))]
    let parameters =
      route.parameters.map { parameter($0, place: "path", isRequired: true) }
      + route.query.map { parameter($0, place: "query", isRequired: false) }
    if !parameters.isEmpty { members.append(("parameters", .array(parameters))) }
    if let takes = route.takes {
      members.append(
        (
          "requestBody",
          .object([("required", .bool(true)), ("content", content(takes, route.body))])
        ))
    }
    let common =
      (route.kind == .upkeep
        ? []
        : [
          (429, "Asked too often; Retry-After says when to ask again"),
          (401, "A key was shown that is not good"),
        ]) + (route.takes == nil ? [] : [(415, "A body of an encoding other than gzip")])
      + [(400, "The path or the query is malformed")]
    let stated = Set(route.answers.map(\.status))
    let answers = (route.answers + common.filter { !stated.contains($0.0) }).sorted {
      $0.status < $1.status
    }.map { answer in
      (key: String(answer.status), value: response(answer, route))
    }
    members.append(("responses", .object(answers)))
    if route.scope != nil {
      members.append(("security", .array([.object([("key", .array([]))])])))
    }
    return .object(members)
  }

  private static func parameter(
    _ parameter: Route.Parameter, place: String, isRequired: Bool
  ) -> JSONValue {
    .object([
      ("name", .string(parameter.name)), ("in", .string(place)), ("required", .bool(isRequired)),
      ("description", .string(parameter.meaning)),
      ("schema", parameter.schema), ("example", .string(parameter.example)),
    ])
  }

  private static func response(_ answer: (status: Int, meaning: String), _ route: Route)
    -> JSONValue
  {
    var members: [(key: String, value: JSONValue)] = [("description", .string(answer.meaning))]
    if answer.status == 503 || answer.status == 429 {
      members.append(
        (
          "headers",
          .object([
            (
              "Retry-After",
              .object([
                ("description", .string("Seconds to wait")),
                ("schema", .object([("type", .string("integer"))])),
              ])
            )
          ])
        ))
    }
    let isGood = (200..<300).contains(answer.status)
    if isGood {
      members.append(
        (
          "content",
          content(route.gives, route.members.isEmpty ? .object([]) : Schemas.answer(route.members))
        ))
    } else if answer.status >= 400, route.gives != "text/html" {
      members.append(
        (
          "content",
          content(
            "application/problem+json", .object([("$ref", .string("#/components/schemas/Problem"))])
          )
        ))
    }
    return .object(members)
  }

  private static func content(_ type: String, _ schema: JSONValue) -> JSONValue {
    .object([(type, .object([("schema", schema)]))])
  }

  private static let problem = JSONValue.object([
    ("type", .string("object")),
    (
      "properties",
      .object(
        [("type", "string"), ("title", "string"), ("status", "integer"), ("detail", "string")].map {
          (key: $0.0, value: JSONValue.object([("type", .string($0.1))]))
        })
    ),
  ])
}

import Pool

/// Everything that may be asked of a pool.
enum Routes {
  static let all: [Route] =
    machines + doors + staffMachines + canaries + people + feeds + operators + letters + upkeep

  static let address = Route.Parameter(
    name: "address", meaning: "An IPv4 or IPv6 address", example: "198.51.100.7",
    schema: Schemas.address)
  static let base = Route.Parameter(
    name: "base", meaning: "A block's first address", example: "198.51.100.0",
    schema: Schemas.address)
  static let length = Route.Parameter(
    name: "length", meaning: "Its leading bits: 16 or more for IPv4, 32 or more for IPv6",
    example: "24", schema: Schemas.length)
  static let transport = Route.Parameter(
    name: "transport", meaning: "tcp or udp", example: "udp", schema: Schemas.transport)
  static let port = Route.Parameter(
    name: "number", meaning: "A port", example: "137", schema: Schemas.port)
  static let article = Route.Parameter(
    name: "id", meaning: "An article's id", example: "reverse-name-lookup", schema: Schemas.article)
  static let unavailable = (
    status: 503, meaning: "The store cannot serve for now; Retry-After says when to ask again"
  )
  static let malformed = (status: 400, meaning: "What was sent or asked is malformed")
  static let unknown = (status: 404, meaning: "There is no such thing")

  private static let machines: [Route] = [
    Route(
      method: .post, path: "/api/v1/batches", summary: "Submit a signed batch of reports",
      takes: "application/octet-stream", members: ["result"], gives: "application/json",
      answers: [
        (200, "Stored, and there after a crash; or stored before, and nothing changed"),
        malformed, (401, "No sensor of this pool signed these bytes"),
        (403, "The sensor is suspended"), (408, "It did not arrive in time"),
        (409, "Another batch was stored under this number"),
        (413, "More bytes than a batch may have"),
        unavailable,
      ], kind: .submit, handle: { await $0.submit($1) }),
    Route(
      method: .post, path: "/api/v1/sensors", summary: "Enrol a sensor by a token for one use",
      takes: "application/json", body: Schemas.enrolment, members: ["sensor", "name"],
      gives: "application/json",
      answers: [
        (201, "The sensor may submit"), malformed,
        (401, "No such token, or it was used or has expired, or the key is known"),
        (408, "It did not arrive in time"), (413, "More bytes than an enrolment has"), unavailable,
      ], kind: .sensitive, handle: { await $0.enrol($1) }),
    Route(
      method: .get, path: "/api/v1/addresses/{address}", summary: "What is published of an address",
      parameters: [address], members: ["address", "published", "says", "rules"],
      gives: "application/json",
      answers: [
        (200, "What is published; the same for what is unknown and for what few have met"),
        malformed,
        unavailable,
      ], handle: { await $0.address($1) }),
    Route(
      method: .get, path: "/api/v1/prefixes/{base}/{length}",
      summary: "What is published of a block of addresses", parameters: [base, length],
      members: ["prefix", "published", "addresses", "more", "says", "rules"],
      gives: "application/json",
      answers: [(200, "What is published"), malformed, unknown, unavailable],
      isHeavy: true, handle: { await $0.prefix($1) }),
    Route(
      method: .get, path: "/api/v1/ports/{transport}/{number}",
      summary: "What is published of a port, by days", parameters: [transport, port],
      members: ["port", "published", "days", "outlook", "articles", "says", "rules"],
      gives: "application/json", answers: [(200, "What is published"), malformed, unavailable],
      isHeavy: true, handle: { await $0.port($1) }),
    Route(
      method: .get, path: "/api/v1/articles/{id}",
      summary: "What an article says, and how often sensors of many networks came to it",
      parameters: [article],
      members: ["article", "published", "days", "outlook", "articles", "says", "rules"],
      gives: "application/json",
      answers: [(200, "The article"), unknown, unavailable], isHeavy: true,
      handle: { await $0.article($1) }),
    Route(
      method: .get, path: "/api/v1/incidents", summary: "Published incidents, newest first",
      query: [state, before, limit], members: ["incidents", "next", "rules"],
      gives: "application/json",
      answers: [
        (200, "Incidents, and the number that the next page goes on before"), malformed,
        unavailable,
      ],
      handle: { await $0.incidentList($1) }),
    Route(
      method: .get, path: "/api/v1/incidents/{id}", summary: "A published incident",
      parameters: [incident], members: ["incident", "address", "state", "says"],
      gives: "application/json",
      answers: [(200, "The incident"), malformed, unknown, unavailable],
      handle: { await $0.incident($1) }),
    Route(
      method: .get, path: "/api/v1/patterns/{digest}", summary: "What is like a published pattern",
      parameters: [pattern], members: ["pattern", "published", "matches", "says", "rules"],
      gives: "application/json",
      answers: [
        (200, "What is alike; the same for what is unknown and for what few have met"), malformed,
        unavailable,
      ], isHeavy: true, handle: { await $0.pattern($1) }),
    Route(
      method: .post, path: "/api/v1/patterns/search",
      summary: "What is like a pattern whose features are sent", takes: "application/octet-stream",
      members: ["pattern", "published", "matches", "says", "rules"], gives: "application/json",
      answers: [
        (200, "What is alike"), malformed, (408, "It did not arrive in time"),
        (413, "More bytes than a pattern has"), unavailable,
      ], isHeavy: true, handle: { await $0.findPattern($1) }),
    Route(
      method: .get, path: "/api/v1/sensors", summary: "How many sensors there are, rounded down",
      members: ["sensorsAtLeast", "networksAtLeast", "rules"], gives: "application/json",
      answers: [(200, "Counts"), unavailable],
      handle: { await $0.sensorCount($1) }),
  ]

  private static let staffMachines: [Route] = [
    Route(
      method: .get, path: "/api/v1/incidents/{id}/details",
      summary: "An incident with its journal, for the staff", parameters: [incident],
      gives: "application/json",
      answers: [(200, "The incident"), malformed, noKey, notByKey, unknown, unavailable],
      scope: .details, handle: { await $0.incidentDetails($1) }),
    Route(
      method: .post, path: "/api/v1/incidents/{id}/events",
      summary: "Let something happen to an incident, for the staff", parameters: [incident],
      takes: "application/json", body: Schemas.event, members: ["incident", "state", "revision"],
      gives: "application/json",
      answers: [
        (200, "It happened"), malformed, noKey, notByKey, unknown,
        (408, "It did not arrive in time"), (409, "It cannot happen now"),
        (413, "More bytes than an event has"), unavailable,
      ], scope: .incidents, handle: { await $0.addEvent($1) }),
  ]

  static let noKey = (status: 401, meaning: "No key, or one that is not good any more")
  static let notByKey = (status: 403, meaning: "The key was not made for this")
  static let incident = Route.Parameter(
    name: "id", meaning: "An incident's number", example: "1", schema: Schemas.incident)
  static let pattern = Route.Parameter(
    name: "digest", meaning: "A pattern's digest, 16 hexadecimal digits",
    example: "0123456789abcdef", schema: Schemas.digest)
  static let state = Route.Parameter(
    name: "state", meaning: "Only these states, with commas between", example: "open,acknowledged",
    schema: Schemas.states)
  static let before = Route.Parameter(
    name: "before", meaning: "Only incidents of smaller numbers: the next of the page before",
    example: "100", schema: Schemas.incident)
  static let limit = Route.Parameter(
    name: "limit", meaning: "The most incidents, 1 to 100", example: "50", schema: Schemas.limit)

  private static let people: [Route] = [
    Route(
      method: .get, path: "/", summary: "What is happening now, for people", gives: "text/html",
      answers: [(200, "A page"), unavailable], handle: { await $0.homePage($1) }),
    Route(
      method: .get, path: "/lookup", summary: "The way from a search box to a page",
      query: [
        Route.Parameter(
          name: "what", meaning: "An address, a block, a port or an article", example: "udp/137")
      ], gives: "text/html", answers: [(303, "The page is elsewhere"), (404, "No such page")],
      handle: { $0.find($1) }),
    Route(
      method: .get, path: "/address/{address}", summary: "An address, for people",
      parameters: [address], gives: "text/html",
      answers: [(200, "A page"), malformed, unavailable],
      handle: { await $0.addressPage($1) }),
    Route(
      method: .get, path: "/prefix/{base}/{length}", summary: "A block, for people",
      parameters: [base, length], gives: "text/html",
      answers: [(200, "A page"), malformed, unknown, unavailable],
      isHeavy: true, handle: { await $0.prefixPage($1) }),
    Route(
      method: .get, path: "/port/{transport}/{number}", summary: "A port, for people",
      parameters: [transport, port], gives: "text/html",
      answers: [(200, "A page"), malformed, unavailable], isHeavy: true,
      handle: { await $0.portPage($1) }),
    Route(
      method: .get, path: "/port/{number}", summary: "A port of both transports, for people",
      parameters: [port], gives: "text/html", answers: [(200, "A page"), malformed],
      handle: { $0.portsPage($1) }),
    Route(
      method: .get, path: "/incidents", summary: "Incidents, for people", query: [state, before],
      gives: "text/html", answers: [(200, "A page"), malformed, unavailable],
      handle: { await $0.incidentsPage($1) }),
    Route(
      method: .get, path: "/incident/{id}", summary: "An incident, for people",
      parameters: [incident], gives: "text/html", answers: [(200, "A page"), unknown, unavailable],
      handle: { await $0.incidentPage($1) }),
    Route(
      method: .get, path: "/pattern/{digest}", summary: "A pattern, for people",
      parameters: [pattern], gives: "text/html",
      answers: [(200, "A page"), malformed, unavailable], isHeavy: true,
      handle: { await $0.patternPage($1) }),
    Route(
      method: .get, path: "/sensors", summary: "How to take part, for people", gives: "text/html",
      answers: [(200, "A page"), unavailable], handle: { await $0.sensorsPage($1) }),
    Route(
      method: .get, path: "/corrections", summary: "A form for those who are spoken of",
      query: [
        Route.Parameter(
          name: "address", meaning: "What stands in the form already", example: "198.51.100.7")
      ], gives: "text/html", answers: [(200, "A page")],
      handle: { $0.correctionsPage($1) }),
    Route(
      method: .post, path: "/corrections", summary: "Ask for a correction or an erasure",
      takes: Routes.form, body: Schemas.correction, gives: "text/html",
      answers: [
        (200, "It is noted"), malformed, (408, "It did not arrive in time"),
        (413, "More bytes than a form has"), unavailable,
      ], kind: .sensitive, handle: { await $0.fileCorrection($1) }),
    Route(
      method: .get, path: "/article/{id}", summary: "An article, for people",
      parameters: [article], gives: "text/html", answers: [(200, "A page"), unknown, unavailable],
      isHeavy: true, handle: { await $0.articlePage($1) }),
    Route(
      method: .get, path: "/style.css", summary: "How pages look", gives: "text/css",
      answers: [(200, "A style sheet")],
      kind: .upkeep, handle: { _, _ in Page.styleSheet }),
  ]

  static let form = "application/x-www-form-urlencoded"

  private static let upkeep: [Route] = [
    Route(
      method: .get, path: "/healthz", summary: "Whether the server can serve", gives: "text/plain",
      answers: [(200, "It can"), unavailable],
      kind: .upkeep, handle: { desk, _ in await desk.health() }),
    Route(
      method: .get, path: "/metrics", summary: "Counters in the text form of Prometheus",
      gives: "text/plain", answers: [(200, "Counters")],
      kind: .upkeep,
      handle: { desk, _ in
        .text(
          desk.counters.text + NoticeCounters.text(await desk.notices?.tally() ?? []),
          type: "text/plain; version=0.0.4; charset=utf-8")
      }),
    Route(
      method: .get, path: "/openapi.json", summary: "This description", gives: "application/json",
      answers: [(200, "A description by OpenAPI 3.1")],
      kind: .upkeep,
      handle: { _, _ in .json(OpenAPI.document(of: Routes.all)) }),
  ]
}

/// Everything that may be asked of a pool.
enum Routes {
  static let all: [Route] = machines + people + upkeep

  private static let address = Route.Parameter(
    name: "address", meaning: "An IPv4 or IPv6 address", example: "198.51.100.7")
  private static let base = Route.Parameter(
    name: "base", meaning: "A block's first address", example: "198.51.100.0")
  private static let length = Route.Parameter(
    name: "length", meaning: "Its leading bits: 16 or more for IPv4, 32 or more for IPv6",
    example: "24")
  private static let transport = Route.Parameter(
    name: "transport", meaning: "tcp or udp", example: "udp")
  private static let port = Route.Parameter(name: "number", meaning: "A port", example: "137")
  private static let article = Route.Parameter(
    name: "id", meaning: "An article's id", example: "reverse-name-lookup")
  private static let unavailable = (
    status: 503, meaning: "The store cannot serve for now; Retry-After says when to ask again"
  )
  private static let malformed = (status: 400, meaning: "What was sent or asked is malformed")
  private static let unknown = (status: 404, meaning: "There is no such thing")

  private static let machines: [Route] = [
    Route(
      method: .post, path: "/api/v1/batches", summary: "Submit a signed batch of reports",
      takes: "application/octet-stream", gives: "application/json",
      answers: [
        (200, "Stored, and there after a crash; or stored before, and nothing changed"),
        malformed, (401, "No sensor of this pool signed these bytes"),
        (403, "The sensor is suspended"), (408, "It did not arrive in time"),
        (409, "Another batch was stored under this number"),
        (413, "More bytes than a batch may have"),
        unavailable,
      ], handle: { await $0.submit($1) }),
    Route(
      method: .post, path: "/api/v1/sensors", summary: "Enrol a sensor by a token for one use",
      takes: "application/json", gives: "application/json",
      answers: [
        (201, "The sensor may submit"), malformed,
        (401, "No such token, or it was used or has expired, or the key is known"),
        (408, "It did not arrive in time"), (413, "More bytes than an enrolment has"), unavailable,
      ], handle: { await $0.enrol($1) }),
    Route(
      method: .get, path: "/api/v1/addresses/{address}", summary: "What is published of an address",
      parameters: [address], gives: "application/json",
      answers: [
        (200, "What is published; the same for what is unknown and for what few have met"),
        malformed,
        unavailable,
      ], handle: { await $0.address($1) }),
    Route(
      method: .get, path: "/api/v1/prefixes/{base}/{length}",
      summary: "What is published of a block of addresses", parameters: [base, length],
      gives: "application/json", answers: [(200, "What is published"), malformed, unavailable],
      handle: { await $0.prefix($1) }),
    Route(
      method: .get, path: "/api/v1/ports/{transport}/{number}",
      summary: "What is published of a port, by days", parameters: [transport, port],
      gives: "application/json", answers: [(200, "What is published"), malformed, unavailable],
      handle: { await $0.port($1) }),
    Route(
      method: .get, path: "/api/v1/articles/{id}",
      summary: "What an article says, and how often sensors of many networks came to it",
      parameters: [article], gives: "application/json",
      answers: [(200, "The article"), unknown, unavailable], handle: { await $0.article($1) }),
  ]

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
      answers: [(200, "A page"), malformed, unavailable], handle: { await $0.prefixPage($1) }),
    Route(
      method: .get, path: "/port/{transport}/{number}", summary: "A port, for people",
      parameters: [transport, port], gives: "text/html",
      answers: [(200, "A page"), malformed, unavailable], handle: { await $0.portPage($1) }),
    Route(
      method: .get, path: "/article/{id}", summary: "An article, for people",
      parameters: [article], gives: "text/html", answers: [(200, "A page"), unknown, unavailable],
      handle: { await $0.articlePage($1) }),
    Route(
      method: .get, path: "/style.css", summary: "How pages look", gives: "text/css",
      answers: [(200, "A style sheet")], handle: { _, _ in Page.styleSheet }),
  ]

  private static let upkeep: [Route] = [
    Route(
      method: .get, path: "/healthz", summary: "Whether the server can serve", gives: "text/plain",
      answers: [(200, "It can"), unavailable], handle: { desk, _ in await desk.health() }),
    Route(
      method: .get, path: "/metrics", summary: "Counters in the text form of Prometheus",
      gives: "text/plain", answers: [(200, "Counters")],
      handle: { desk, _ in
        .text(desk.counters.text, type: "text/plain; version=0.0.4; charset=utf-8")
      }),
    Route(
      method: .get, path: "/openapi.json", summary: "This description", gives: "application/json",
      answers: [(200, "A description by OpenAPI 3.1")],
      handle: { _, _ in .json(OpenAPI.document(of: Routes.all)) }),
  ]
}

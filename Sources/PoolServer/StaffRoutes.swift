import Pool
import Reporting

// Feeds, and what operators' browsers ask for.
extension Routes {
  static let feeds: [Route] = [
    Route(
      method: .get, path: "/feeds", summary: "The feeds, for people", gives: "text/html",
      answers: [(200, "A page")], handle: { $0.feedsPage($1) }),
    Route(
      method: .get, path: "/feeds/addresses.txt",
      summary: "Addresses with a harmful cause that nobody could forge, with reasons",
      gives: "text/plain", answers: [(200, "A list"), unavailable],
      isHeavy: true, handle: { await $0.textFeed($1) }),
    Route(
      method: .get, path: "/feeds/addresses.csv", summary: "Published addresses as a table",
      gives: "text/csv", answers: [(200, "A table"), unavailable],
      isHeavy: true, handle: { await $0.csvFeed($1) }),
    Route(
      method: .get, path: "/feeds/addresses.json", summary: "Published addresses",
      gives: "application/json", answers: [(200, "Addresses"), unavailable],
      isHeavy: true, handle: { await $0.jsonFeed($1) }),
    Route(
      method: .get, path: "/feeds/addresses.stix.json",
      summary: "Published addresses as observations by STIX 2.1",
      gives: "application/stix+json;version=2.1", answers: [(200, "A bundle"), unavailable],
      isHeavy: true, handle: { await $0.stixFeed($1) }),
    Route(
      method: .get, path: "/feeds/incidents.atom", summary: "The latest published incidents",
      gives: "application/atom+xml", answers: [(200, "A feed by RFC 4287"), unavailable],
      handle: { await $0.atomFeed($1) }),
  ]

  private static let id = Route.Parameter(
    name: "id", meaning: "A request's number", example: "1",
    schema: Schemas.incident)
  private static let sensor = Route.Parameter(
    name: "id", meaning: "A sensor's identity", example: "0123456789abcdef",
    schema: Schemas.sensor)
  private static let link = Route.Parameter(
    name: "token", meaning: "What stands in the link", example: String(repeating: "a", count: 52),
    schema: Schemas.token)
  private static let elsewhere = (status: 303, meaning: "Done, or sign in: the page is elsewhere")
  private static let foreign = (
    status: 403, meaning: "No page of this pool asked that, or nobody is signed in"
  )
  private static let late = (status: 408, meaning: "It did not arrive in time")
  private static let large = (status: 413, meaning: "More bytes than a form has")

  /// A page of operators.
  private static func page(
    _ path: String, _ summary: String, _ parameters: [Route.Parameter] = [],
    _ handle: @escaping @Sendable (Desk, Call) async -> ServerAnswer
  ) -> Route {
    Route(
      method: .get, path: path, summary: summary, parameters: parameters, gives: "text/html",
      answers: [(200, "A page"), elsewhere, foreign, unknown, unavailable], handle: handle)
  }

  /// A form of operators' pages.
  private static func form(
    _ path: String, _ summary: String, _ parameters: [Route.Parameter] = [],
    kind: RateLimiter.Kind = .look,
    _ handle: @escaping @Sendable (Desk, Call) async -> ServerAnswer
  ) -> Route {
    Route(
      method: .post, path: path, summary: summary, parameters: parameters, takes: form,
      body: kind == .sensitive ? .object([]) : Schemas.operatorForm, gives: "text/html",
      answers: [
        (200, "A page"), elsewhere, malformed, (401, "Name and password do not belong together"),
        foreign, unknown, late, (409, "It cannot be done now"), large, unavailable,
      ], kind: kind, handle: handle)
  }

  static let operators: [Route] = [
    page("/operator", "What operators look after") { await $0.operatorPage($1) },
    page("/operator/sign-in", "A form to sign in") { $0.signInPage($1) },
    form("/operator/sign-in", "Sign in", kind: .sensitive) { await $0.signIn($1) },
    form("/operator/sign-out", "Sign out") { await $0.signOut($1) },
    page("/operator/enter/{token}", "A form for a first entry", [link]) { $0.entryPage($1) },
    form("/operator/enter/{token}", "Become an operator", [link], kind: .sensitive) {
      await $0.enter($1)
    },
    form("/operator/requests/{id}", "Settle a request", [id]) { await $0.settleRequest($1) },
    form("/operator/sensors", "Make a token for a sensor") { await $0.issueToken($1) },
    page("/operator/sensors/{id}", "A sensor", [sensor]) { await $0.sensorPage($1) },
    form("/operator/sensors/{id}", "Suspend or restore a sensor", [sensor]) {
      await $0.changeSensor($1)
    },
    page("/operator/canaries", "Canaries") { await $0.canariesPage($1) },
    form("/operator/canaries", "Plant a canary") { await $0.plantCanary($1) },
    page("/operator/canaries/{address}", "A canary and who reported it", [canary]) {
      await $0.canaryPage($1)
    },
    form("/operator/canaries/{address}", "Withdraw a canary", [canary]) {
      await $0.withdrawCanary($1)
    },
    form("/operator/keys", "Make or end keys of programs") { await $0.changeKeys($1) },
    form("/operator/operators", "Let operators in or out") { await $0.changeOperators($1) },
    form("/incident/{id}", "Let something happen to an incident", [incident]) {
      await $0.changeIncident($1)
    },
  ]
}

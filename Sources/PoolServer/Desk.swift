import Knowledge
import Observations
import Pool
import Reporting

/// Takes batches in and answers questions out of a store.
struct Desk: Sendable {
  /// All parts of a store.
  typealias Store = ReportStore & IncidentStore & StaffStore

  let store: any Store
  let knowledge: KnowledgeBase
  let clock: @Sendable () -> Timestamp
  let rules: AdmissionRules
  let remark: String?
  let counters = Counters()
  let sessions = Sessions()
  let passwords = PasswordLine()
  /// Two of the store's four connections that read.
  let heavy = Turnstile(atOnce: 2, most: 32)
  let limiter: RateLimiter
  let publication: Publication
  let precisions = Precisions()
  let start = Beginning()
  let feeds = TimedCache<[PublicSource]>()
  let services = TimedCache<[WideService]>()
  let upkeep: PoolUpkeep
  let mailing = Mailing()
  let notices: (any NoticeTaker)?
  let letters: (any LetterSender)?
  let contacts: ContactTable
  /// Whether browsers reach the server by TLS, through a proxy or not.
  let isSecure: Bool

  init(
    store: any Store, knowledge: KnowledgeBase, options: PoolServerOptions,
    rules: AdmissionRules = AdmissionRules()
  ) {
    self.store = store
    self.knowledge = knowledge
    self.rules = rules
    clock = options.clock
    remark = options.remark
    limiter = RateLimiter(lookupsPerMinute: options.lookupsPerMinute)
    upkeep = PoolUpkeep(store: store, options: options)
    publication = Publication(
      fewestNetworks: options.networksOfStatement, key: options.publicationKey,
      innocent: Set(knowledge.articles.filter(\.innocent).map(\.id)))
    notices = options.notices
    letters = options.letters
    contacts = options.contacts
    isSecure = options.isSecure || options.certificate != nil
  }

  /// The days that questions are about: as many as single reports are kept for.
  static let days = 30

  /// The last days, the present one among them: for the staff.
  var span: ClosedRange<Day> {
    let today = Day(clock())
    return today.advanced(by: 1 - Desk.days)...today
  }

  /// The days that everybody may know of: whole ones, and over for long enough.
  func span(of subject: TrendKey) -> ClosedRange<Day> {
    publication.days(Desk.days, at: clock(), of: subject)
  }

  /// Answers a request; the second value names the route, for counting.
  func answer(method: String, target: String, call: Call) async -> (ServerAnswer, route: String) {
    guard let target = Target(target) else {
      return (.problem(400, "Bad path", "the path is malformed"), "none")
    }
    let (route, allowed) = Routes.find(method: method, target)
    guard let (route, parameters) = route else {
      guard !allowed.isEmpty else { return (.notFound, "none") }
      var answer = ServerAnswer.problem(
        405, "Method not allowed", "this path takes \(allowed.joined(separator: ", ")) only")
      answer.headers.append(("Allow", allowed.joined(separator: ", ")))
      return (answer, "none")
    }
    var call = call
    call.parameters = parameters
    call.query = target.query
    if let refusal = await limit(route, call) { return (refusal, route.path) }
    guard route.isHeavy else { return (await route.handle(self, call), route.path) }
    let answer = await heavy.pass { await route.handle(self, call) }
    return (answer ?? Desk.crowded, route.path)
  }

  /// The answer where very many ask for what is much work.
  private static let crowded: ServerAnswer = {
    var answer = ServerAnswer.problem(
      503, "Too much at once", "very many ask for what is much work; ask again in 5 s")
    answer.headers.append(("Retry-After", "5"))
    return answer
  }()

  /// The answer to whoever asks too often, or shows a key that is not good; nil for everybody else.
  private func limit(_ route: Route, _ call: Call) async -> ServerAnswer? {
    let now = clock()
    var weight = 1.0
    if call.key != nil || route.scope != nil {
      do {
        let key = try await goodKey(call.key, at: now)
        guard let key, route.scope.map({ key.scopes.contains($0) }) ?? true else {
          // Guessing keys is no faster than guessing passwords.
          let wait = limiter.wait(.sensitive, from: call.from, at: now)
          return wait.map(Desk.tooOften)
            ?? (key == nil
              ? .problem(401, "No key", "show a key of this pool that is still good")
              : .problem(403, "Not by this key", "the key was not made for this"))
        }
        if key.scopes.contains(.read) { weight = 0.1 }
      } catch { return Desk.unavailable(error) }
    }
    return limiter.wait(route.kind, from: call.from, at: now, weight: weight).map(Desk.tooOften)
  }

  private func goodKey(_ text: String?, at now: Timestamp) async throws(StoreError) -> AccessKey? {
    guard let token = text.flatMap({ EnrolmentToken($0) }),
      let key = try await store.accessKey(token.digest), key.expires > now
    else { return nil }
    return key
  }

  private static func tooOften(_ seconds: Int) -> ServerAnswer {
    var answer = ServerAnswer.problem(429, "Too often", "ask again in \(seconds) s")
    answer.headers.append(("Retry-After", String(seconds)))
    return answer
  }

  // MARK: what sensors send

  /// Takes a batch in.
  func submit(_ call: Call) async -> ServerAnswer {
    let (answer, outcome) = await takeIn(call)
    counters.count("culprit_pool_batches_total", [("outcome", outcome)])
    return answer
  }

  /// The answer, and a word for what became of the batch.
  private func takeIn(_ call: Call) async -> (ServerAnswer, String) {
    let signed: SignedBatch
    do { signed = try SignedBatch(bytes: call.body) } catch { return Desk.refusal(error) }
    guard let claimed = signed.claimedID else {
      return Desk.refusal(.truncated(offset: signed.body.count))
    }
    do {
      // Whose key is not known is answered as whoever signed wrongly: who is enrolled is nobody's matter.
      guard let sensor = try await store.sensor(claimed.sensor) else {
        return Desk.refusal(.badSignature)
      }
      let batch: Batch
      do { batch = try signed.verified(by: sensor.publicKey) } catch { return Desk.refusal(error) }
      let now = clock()
      if let problem = rules.problem(with: batch, of: sensor, at: now) {
        return Desk.refusal(problem)
      }
      let submission = Submission(
        batch: batch, digest: signed.digest,
        network: Independence.network(of: call.from, declared: sensor.declaredNetwork),
        received: now)
      switch try await store.append([submission]).first {
      case .stored(let reports):
        counters.count("culprit_pool_reports_total", by: UInt64(reports))
        await upkeep.note(batch, at: now)
        return (
          .json(.object([("result", .string("stored")), ("reports", .integer(reports))])), "stored"
        )
      case .duplicate:
        return (.json(.object([("result", .string("duplicate"))])), "duplicate")
      case .conflict, nil:
        return (
          .problem(
            409, "Another batch has this number",
            "a batch with number \(batch.id.sequence) was stored before, and it was not this one"),
          "conflict"
        )
      }
    } catch { return (Desk.unavailable(error), "unavailable") }
  }

  private static func refusal(_ error: BatchError) -> (ServerAnswer, String) {
    switch error {
    case .tooLong:
      (
        .problem(413, "Too large", "a batch has at most \(PoolLimits.bytesOfBatch) bytes"),
        "too-large"
      )
    case .badSignature, .otherSensor:
      (
        .problem(401, "Not signed", "no sensor of this pool signed these bytes"), "not-signed"
      )
    default: (.problem(400, "No batch", "these bytes are no batch: \(error)"), "malformed")
    }
  }

  private static func refusal(_ problem: AdmissionProblem) -> (ServerAnswer, String) {
    switch problem {
    case .suspended: (.problem(403, "Suspended", "this sensor is suspended"), "suspended")
    case .fromTheFuture(let index):
      (
        .problem(
          400, "Of the future", "report \(index) speaks of the future: check the sensor's clock"),
        "refused"
      )
    case .tooOld(let index):
      (
        .problem(400, "Too old", "report \(index) is older than anything that is kept"), "refused"
      )
    case .privateSubject(let index):
      (
        .problem(400, "Private address", "the subject of report \(index) means nothing elsewhere"),
        "refused"
      )
    }
  }

  /// A store that cannot serve.
  static func unavailable(_ error: StoreError) -> ServerAnswer {
    var seconds = 60
    if case .unavailable(_, let after) = error { seconds = max(1, after) }
    // What is wrong in detail is nothing for whoever asks; the log has it.
    var answer = ServerAnswer.problem(
      503, "Not available", "the pool's store cannot serve for now; ask again in \(seconds) s")
    answer.headers.append(("Retry-After", String(seconds)))
    answer.reason = "\(error)"
    return answer
  }

  /// Makes the bearer of a token a sensor.
  func enrol(_ call: Call) async -> ServerAnswer {
    guard call.body.count <= Enrolment.mostBytes else {
      return .problem(413, "Too large", "an enrolment has at most \(Enrolment.mostBytes) bytes")
    }
    guard let wish = Enrolment(json: call.body) else {
      return .problem(
        400, "No enrolment",
        "send {\"token\": 52 letters and digits, \"publicKey\": 64 hexadecimal digits}")
    }
    do {
      switch try await store.enrol(wish.token, publicKey: wish.publicKey, at: clock()) {
      case .enrolled(let sensor):
        counters.count("culprit_pool_sensors_enrolled_total")
        return .json(
          .object([
            ("sensor", .string(sensor.id.description)), ("name", .string(sensor.name)),
          ]), status: 201)
      case .refused:
        return .problem(
          401, "Not enrolled", "the token is not valid any more, or the key is known already")
      }
    } catch { return Desk.unavailable(error) }
  }

  /// Whether the store answers.
  func health() async -> ServerAnswer {
    do {
      _ = try await store.capabilities()
      return .text("ok\n")
    } catch { return Desk.unavailable(error) }
  }
}

extension Routes {
  /// The route of a request with what stands in its places; where there is none, the methods that the
  /// path takes.
  static func find(
    method: String, _ target: Target
  ) -> (route: (Route, [String: String])?, allowed: [String]) {
    let wanted = method == "HEAD" ? "GET" : method
    let matching = all.compactMap { route in
      route.match(target.segments).map { (route: route, parameters: $0) }
    }
    // Where a path is one of its own, others of which it could be a part do not count.
    let fewest = matching.map(\.parameters.count).min()
    let own = matching.filter { $0.parameters.count == fewest }
    if let found = own.first(where: { $0.route.method.rawValue == wanted }) {
      return ((found.route, found.parameters), [])
    }
    return (nil, own.map(\.route.method.rawValue))
  }
}

import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// Who may do what, and how he shows it.
@Suite struct OperatorTests {
  /// A pool with an operator who is signed in, and an incident.
  private final class Staffed {
    let pool: MadePool
    var session = ""

    init(_ pool: MadePool) async throws {
      self.pool = pool
      let link = pool.desk.sessions.issueLink(at: MadePool.now).text
      let entered = await send(
        "/operator/enter/\(link)", ["name": "Ann", "password": "correct horse battery"])
      #expect(entered.status == 303)
      session = try #require(Staffed.cookie(entered))
    }

    static func cookie(_ answer: ServerAnswer) -> String? {
      let field = answer.headers.first { $0.name == "Set-Cookie" }?.value
      return field?.split(separator: ";").first?.split(separator: "=").last.map(String.init)
    }

    func send(
      _ path: String, _ form: [String: String], site: String? = "same-origin"
    ) async -> ServerAnswer {
      var call = Call()
      call.session = session
      call.site = site
      let text = form.map { name, value in
        let bytes = value.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return "\(name)=\(bytes.joined())"
      }
      call.body = Array(text.joined(separator: "&").utf8)
      return await pool.desk.answer(method: "POST", target: path, call: call).0
    }

    func get(_ path: String) async -> ServerAnswer {
      var call = Call()
      call.session = session
      return await pool.desk.answer(method: "GET", target: path, call: call).0
    }

    var token: String {
      pool.desk.sessions.session(session, at: MadePool.now)?.formToken ?? ""
    }
  }

  private func staffed() async throws -> Staffed {
    let pool = try MadePool { $0.networksOfIncident = 1 }
    let keys = try await IncidentTests.sensors(1, in: pool)
    try await IncidentTests.report(to: pool, networks: 0..<1, keys: keys)
    try await pool.desk.upkeep.run(at: MadePool.now)
    return try await Staffed(pool)
  }

  @Test func aLinkIsGoodOnce() async throws {
    let pool = try MadePool()
    let staffed = try await Staffed(pool)
    let operators = try await pool.store.operators()
    #expect(operators.map(\.name) == ["Ann"])
    #expect(
      operators.allSatisfy { $0.password.hasPrefix("scrypt$") && !$0.password.contains("horse") })
    let link = pool.desk.sessions.issueLink(at: MadePool.now).text
    #expect(await pool.get("/operator/enter/\(link)").status == 200, "looking does not use it up")
    let password = "another long one"
    for (form, status) in [
      (["name": "", "password": password], 400), (["name": "Bob", "password": "short"], 400),
      (["name": "a\u{1b}[2J", "password": password], 400),
      (["name": "Ann", "password": password], 409), (["name": "Bob", "password": password], 303),
      (["name": "Eve", "password": password], 404),
    ] {
      #expect(await staffed.send("/operator/enter/\(link)", form).status == status, "\(form)")
    }
    #expect(await pool.get("/operator/enter/\(String(repeating: "a", count: 52))").status == 404)
    let late = pool.desk.sessions.issueLink(at: MadePool.now.later(-3_601)).text
    #expect(await pool.get("/operator/enter/\(late)").status == 404)
    #expect(try await pool.store.operators().map(\.name) == ["Ann", "Bob"])
  }

  /// Equal bytes alone are equal: whatever else was taken for a password or a form's token would open.
  @Test func nothingButTheSameIsEqual() {
    var chance = SystemRandomNumberGenerator()
    for length in 1...64 {
      let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &chance) }
      #expect(constantTimeEqual(bytes, bytes))
      #expect(!constantTimeEqual(bytes, bytes + [0]))
      for bit in 0..<length * 8 {
        var other = bytes
        other[bit / 8] ^= 1 << (bit % 8)
        #expect(!constantTimeEqual(bytes, other), "\(bytes) bit \(bit)")
        #expect(!constantTimeEqual(other, bytes), "\(bytes) bit \(bit)")
      }
    }
    for _ in 0..<10_000 {
      let (one, other) = (EnrolmentToken().text, EnrolmentToken().text)
      #expect(!constantTimeEqual(Array(one.utf8), Array(other.utf8)), "\(one) \(other)")
    }
    #expect(constantTimeEqual([], []))
  }

  /// Whoever has very many addresses is not slowed down by a limit for each.
  @Test func manyWhoSignInKeepNobodyElseWaiting() async throws {
    let staffed = try await staffed()
    staffed.session = ""
    let desk = staffed.pool.desk
    let answers = await withTaskGroup(of: ServerAnswer.self) { group in
      for number in 0..<200 {
        group.addTask {
          var call = Call()
          call.from = Address(ipv4: 0xc633_6400 + UInt32(number))
          call.body = Array("name=Ann&password=wrong%20horse%20battery".utf8)
          return await desk.answer(method: "POST", target: "/operator/sign-in", call: call).0
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let looked = answers.filter { $0.status == 401 }
    let sent = answers.filter { $0.status == 503 }
    #expect(looked.count >= PasswordLine.most && looked.count < 200)
    #expect(looked.count + sent.count == 200)
    #expect(sent.allSatisfy { $0.headers.contains { $0 == ("Retry-After", "10") } })
    let right = ["name": "Ann", "password": "correct horse battery"]
    #expect(await staffed.send("/operator/sign-in", right).status == 303)
  }

  @Test func onlyTheRightPasswordOpens() async throws {
    let staffed = try await staffed()
    staffed.session = ""
    for (name, password) in [
      ("Ann", "correct horse batterz"), ("Ann", ""), ("ann", "correct horse battery"),
      ("Nobody", "correct horse battery"), ("' OR 1=1 --", "x"),
    ] {
      let answer = await staffed.send("/operator/sign-in", ["name": name, "password": password])
      #expect(answer.status == 401, "\(name) \(answer.text)")
      #expect(Staffed.cookie(answer) == nil)
      #expect(!answer.text.contains("OR 1=1"))
    }
    let good = await staffed.send(
      "/operator/sign-in", ["name": "Ann", "password": "correct horse battery"])
    staffed.session = try #require(Staffed.cookie(good))
    #expect(await staffed.get("/operator").text.contains("Sign out Ann"))
    let field = good.headers.first { $0.name == "Set-Cookie" }?.value ?? ""
    #expect(field.contains("HttpOnly") && field.contains("SameSite=Strict"))
    #expect(await staffed.send("/operator/sign-out", ["token": staffed.token]).status == 303)
    #expect(await staffed.get("/operator").status == 403)
  }

  @Test func otherSitesCannotSendForms() async throws {
    let staffed = try await staffed()
    let form = ["do": "comment", "text": "hello", "token": staffed.token]
    for (form, site) in [
      (form.filter { $0.key != "token" }, "same-origin"),
      (form.merging(["token": EnrolmentToken().text]) { $1 }, "same-origin"), (form, "cross-site"),
      (form, "same-site"),
    ] {
      #expect(await staffed.send("/incident/1", form, site: site).status == 403)
    }
    let session = staffed.session
    staffed.session = ""
    #expect(await staffed.send("/incident/1", form).status == 403)
    staffed.session = session
    let id = IncidentID(rawValue: 1)
    #expect(try await staffed.pool.store.journal(id).count == 1, "nothing happened")
    #expect(await staffed.send("/incident/1", form).status == 303)
    #expect(try await staffed.pool.store.journal(id).count == 2)
  }

  @Test func visitsEnd() async throws {
    let sessions = Sessions()
    let token = sessions.open(for: "Ann", at: MadePool.now)
    #expect(sessions.session(token, at: MadePool.now.later(3_599)) != nil)
    #expect(sessions.session(token, at: MadePool.now.later(3_599 + 3_600)) == nil)
    let other = sessions.open(for: "Ann", at: MadePool.now)
    for hour in 1..<24 {
      let held = sessions.session(other, at: MadePool.now.later(Int64(hour) * 1_800))
      #expect((held != nil) == (hour < 24))
    }
    #expect(sessions.session(other, at: MadePool.now.later(12 * 3_600)) == nil)
    for bad in [nil, "", "x", String(repeating: "a", count: 52)] {
      #expect(sessions.session(bad, at: MadePool.now) == nil)
    }
  }

  @Test func incidentsAreHandledAndTextsAreInert() async throws {
    let staffed = try await staffed()
    let hostile = "<script>alert(1)</script>\u{1b}[2J'); DROP TABLE incident;--"
    func act(_ form: [String: String]) async -> Int {
      await staffed.send("/incident/1", form.merging(["token": staffed.token]) { $1 }).status
    }
    #expect(await act(["do": "comment", "text": hostile]) == 303)
    #expect(await act(["do": "comment", "text": ""]) == 409)
    #expect(await act(["do": "dance", "text": "x"]) == 400)
    #expect(await act(["do": "acknowledge", "revision": "1"]) == 409, "somebody else was faster")
    #expect(await act(["do": "acknowledge", "revision": "2"]) == 303)
    #expect(await act(["do": "confirm", "article": "horizontal-scan", "text": "asked"]) == 303)
    #expect(await act(["do": "confirm", "article": "No Such!", "text": "asked"]) == 409)
    #expect(await act(["do": "close", "text": "done"]) == 303)
    let page = await staffed.get("/incident/1")
    #expect(page.isPrivate && page.text.contains("&lt;script&gt;"))
    #expect(!page.text.contains("<script>") && !page.text.utf8.contains(0x1b))
    let incident = try #require(try await staffed.pool.store.incident(IncidentID(rawValue: 1)))
    #expect(incident.state == .closed && incident.cause?.article == "horizontal-scan")
  }

  @Test func sensorsAreSuspendedAndTheirReportsTakenBack() async throws {
    let staffed = try await staffed()
    let sensor = try #require(try await staffed.pool.store.sensors().first)
    let path = "/operator/sensors/\(sensor.id)"
    #expect(await staffed.get(path).status == 200)
    func act(_ form: [String: String]) async -> ServerAnswer {
      await staffed.send(path, form.merging(["token": staffed.token]) { $1 })
    }
    #expect(await act(["do": "suspend"]).status == 400, "a reason is needed")
    #expect(await act(["do": "suspend", "text": "lies"]).status == 303)
    #expect(try await staffed.pool.store.sensor(sensor.id)?.suspension != nil)
    #expect(await act(["do": "restore"]).status == 303)
    #expect(await act(["do": "retract", "text": "lies"]).text.contains("1 reports of 1 batches"))
    let subject = try #require(Address("198.51.100.7"))
    #expect(
      try await staffed.pool.store.summary(source: subject, in: staffed.pool.desk.span) == nil)
    let issued = await staffed.send(
      "/operator/sensors", ["name": "new", "network": "203.0.9.0/24", "token": staffed.token])
    let token = issued.text.split(separator: "<pre>").last?.prefix(52).description ?? ""
    let wish = "{\"token\":\"\(token)\",\"publicKey\":\"\(String(repeating: "ab", count: 32))\"}"
    #expect(await staffed.pool.post(Array(wish.utf8), to: "/api/v1/sensors").status == 201)
  }

  @Test func canariesArePlantedAndWithdrawnByForms() async throws {
    let staffed = try await staffed()
    let (store, canary) = (staffed.pool.store, try #require(Address("198.51.100.77")))
    func plant(_ address: String, _ note: String, _ deed: String = "plant") async -> Int {
      await staffed.send(
        "/operator/canaries",
        ["do": deed, "address": address, "note": note, "token": staffed.token]
      ).status
    }
    #expect(await plant("198.51.100.77", "a list", "dance") == 400)
    #expect(await plant("198.51.100.7", "a list") == 409, "a sensor met it")
    #expect(await plant("10.0.0.1", "a list") == 400)
    #expect(await plant("198.51.100.77", "<script>alert(1)</script>") == 303)
    #expect(await plant("198.51.100.77", "a list") == 409)
    let key = SensorKey()
    try await staffed.pool.enrol(key, network: "203.0.77.0/24")
    let report = try MadePool.report("198.51.100.77", forged: false)
    _ = await staffed.pool.post(try key.sign(sequence: 1, reports: [report]).bytes)
    try await staffed.pool.desk.upkeep.run(at: MadePool.now)
    for path in [
      "/operator/canaries", "/operator/canaries/198.51.100.77", "/operator/sensors/\(key.sensor)",
    ] {
      let page = await staffed.get(path)
      #expect(page.status == 200 && page.isPrivate, "\(path)")
      #expect(page.text.contains("1 firm") && page.text.contains(CanaryReading.firm.sentence))
      #expect(!page.text.contains("<script>"))
    }
    #expect(await staffed.get("/operator").text.contains("1 firm, 0 that can be forged, about 1"))
    #expect(await staffed.get("/address/198.51.100.77").text.contains("/operator/canaries/"))
    let path = "/operator/canaries/198.51.100.77"
    #expect(await staffed.send(path, ["do": "withdraw"]).status == 403, "no page's own form")
    #expect(
      await staffed.send(path, ["do": "withdraw", "token": staffed.token]).status == 303)
    #expect(
      await staffed.send(path, ["do": "withdraw", "token": staffed.token]).status == 404)
    #expect(try await store.canaries().map(\.withdrawn) == [MadePool.now])
    #expect(try await store.sensor(key.sensor)?.suspension == nil)
    #expect(await staffed.get("/operator/canaries/198.51.100.1").status == 404)
    staffed.session = ""
    for path in ["/operator/canaries", path] { #expect(await staffed.get(path).status == 403) }
    #expect(await !staffed.get("/address/\(canary)").text.contains("canar"))
  }

  @Test func keysOpenWhatTheyWereMadeFor() async throws {
    let staffed = try await staffed()
    func key(_ scopes: String) async -> String {
      let answer = await staffed.send(
        "/operator/keys",
        ["do": "issue", "name": "program", "scopes": scopes, "token": staffed.token])
      return answer.text.split(separator: "<pre>").last?.prefix(52).description ?? ""
    }
    let (reader, writer) = (await key("read details"), await key("read details incidents"))
    func ask(_ method: String, _ path: String, _ key: String?, _ body: String = "") async -> Int {
      var call = Call()
      call.key = key
      call.body = Array(body.utf8)
      return await staffed.pool.desk.answer(method: method, target: path, call: call).0.status
    }
    let event = "{\"event\":\"commented\",\"by\":\"robot\",\"text\":\"seen\"}"
    #expect(await ask("GET", "/api/v1/incidents/1/details", nil) == 401)
    #expect(await ask("GET", "/api/v1/incidents/1/details", "nonsense") == 401)
    #expect(await ask("GET", "/api/v1/incidents/1/details", reader) == 200)
    #expect(await ask("POST", "/api/v1/incidents/1/events", reader, event) == 403)
    #expect(await ask("POST", "/api/v1/incidents/1/events", writer, event) == 200)
    #expect(await ask("POST", "/api/v1/incidents/1/events", writer, "{}") == 400)
    #expect(await ask("POST", "/api/v1/incidents/9/events", writer, event) == 404)
    _ = await staffed.send(
      "/operator/keys", ["do": "remove", "name": "program", "token": staffed.token])
    #expect(await ask("GET", "/api/v1/incidents/1/details", reader) == 401)
  }

  @Test func whoIsSpokenOfIsHeard() async throws {
    let staffed = try await staffed()
    func ask(_ form: [String: String]) async -> Int {
      await staffed.send("/corrections", form, site: nil).status
    }
    let text = "=1+1 <b>not me</b>"
    #expect(await ask(["kind": "erasure", "address": "198.51.100.7", "text": text]) == 200)
    #expect(await ask(["kind": "erasure", "address": "nowhere", "text": text]) == 400)
    #expect(await ask(["kind": "erasure", "address": "198.51.100.7", "text": ""]) == 400)
    #expect(await ask(["kind": "gossip", "address": "198.51.100.7", "text": text]) == 400)
    let page = await staffed.get("/operator").text
    #expect(page.contains("erasure about") && page.contains("&lt;b&gt;not me"))
    #expect(
      await staffed.send(
        "/operator/requests/1", ["do": "erase", "text": "erased", "token": staffed.token]
      ).status == 303)
    let subject = try #require(Address("198.51.100.7"))
    #expect(
      try await staffed.pool.store.summary(source: subject, in: staffed.pool.desk.span) == nil)
    let settled = try await staffed.pool.store.requests(waitingOnly: false, limit: 10)
    #expect(settled.first?.settlement?.by == "Ann")
    #expect(try await staffed.pool.store.requests(waitingOnly: true, limit: 10).isEmpty)
  }

  @Test func whoAsksTooOftenWaits() async throws {
    let pool = try MadePool { $0.lookupsPerMinute = 5 }
    for number in 0..<7 {
      let answer = await pool.get("/api/v1/addresses/198.51.100.7")
      #expect(answer.status == (number < 5 ? 200 : 429))
      if number >= 5 { #expect(answer.headers.contains { $0.name == "Retry-After" }) }
    }
    #expect(await pool.get("/healthz").status == 200)
    let limiter = RateLimiter(lookupsPerMinute: 60)
    let address = try #require(Address("2001:db8::1"))
    for _ in 0..<60 { #expect(limiter.wait(.look, from: address, at: MadePool.now) == nil) }
    let neighbour = try #require(Address("2001:db8::ffff"))
    #expect(limiter.wait(.look, from: neighbour, at: MadePool.now) == 1)
    #expect(limiter.wait(.look, from: neighbour, at: MadePool.now.later(1)) == nil)
    let stranger = try #require(Address("2001:db8:0:1::1"))
    #expect(limiter.wait(.look, from: stranger, at: MadePool.now) == nil)
  }
}

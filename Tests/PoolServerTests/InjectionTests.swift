import Crypto
import Foundation
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// Markup, terminal codes, formulas and SQL through every field that takes text: each is refused, or comes
/// out as text that does nothing, and changes nothing else.
@Suite struct InjectionTests {
  static let texts = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'",
    "javascript:alert(1)", "\u{1b}[2J\u{1b}]0;owned\u{7}", "\u{9b}31m", "=cmd|'/c calc'!A1",
    "@SUM(1+1)*cmd|' /C calc'!A0", "+1-1", "-2+3", "'); DROP TABLE incident;--",
    "' OR '1'='1", "%s%n%x", "${7*7}{{7*7}}", "\u{202e}txt.exe", "a\r\nSet-Cookie: a=b",
    "a\0b", "../../../etc/passwd", "]]><!--", "&lt;b&gt;",
  ]

  /// A pool with an incident and an operator, whose visit is open.
  private struct Staffed {
    let pool: MadePool
    let session: String
    let token: String

    init(operator name: String = "Ann") async throws {
      pool = try MadePool { $0.networksOfIncident = 1 }
      let keys = try await IncidentTests.sensors(4, in: pool)
      try await IncidentTests.report(to: pool, networks: 0..<4, keys: keys)
      try await pool.desk.upkeep.run(at: MadePool.now)
      session = pool.desk.sessions.open(for: name, at: MadePool.now)
      token = pool.desk.sessions.session(session, at: MadePool.now)?.formToken ?? ""
    }

    func send(_ path: String, _ form: [String: String]) async -> ServerAnswer {
      var call = Call()
      call.session = session
      call.site = "same-origin"
      let fields = form.merging(["token": token]) { given, _ in given }
      let text = fields.map { "\($0)=\(InjectionTests.encoded($1))" }
      call.body = Array(text.joined(separator: "&").utf8)
      return await pool.desk.answer(method: "POST", target: path, call: call).0
    }

    func get(_ path: String) async -> ServerAnswer {
      var call = Call()
      call.session = session
      return await pool.desk.answer(method: "GET", target: path, call: call).0
    }

    /// What must be as it was: reports, incidents and sensors.
    func counts() async throws -> [Int] {
      let subject = try #require(Address("198.51.100.7"))
      let summary = try await pool.store.summary(source: subject, in: pool.desk.span)
      let incident = try await pool.store.incident(IncidentID(rawValue: 1))
      let other = try await pool.store.incident(IncidentID(rawValue: 2))
      return [
        Int(summary?.reports ?? 0), Int(incident?.reports ?? 0), other == nil ? 0 : 1,
        try await pool.store.sensors().count,
      ]
    }
  }

  private static func encoded(_ text: String) -> String {
    text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Whether an answer can do anything by one of the texts.
  private func expectInert(_ answer: ServerAnswer, _ place: String) {
    let text = answer.text
    #expect(!text.contains("<script>alert") && !text.contains("<img src=x"), "\(place)")
    #expect(!text.contains("]]><!--"), "\(place)")
    let isPage = answer.type.hasPrefix("text/html")
    for scalar in text.unicodeScalars {
      let isCode =
        (scalar.value < 0x20 && !"\r\n\t".unicodeScalars.contains(scalar))
        || (0x7f...0x9f).contains(scalar.value)
      #expect(!isCode, "\(place): U+\(String(scalar.value, radix: 16))")
      if isPage || answer.type.hasPrefix("text/csv") {
        #expect(scalar.value != 0x202e, "\(place) turns text around")
      }
    }
    for (name, value) in answer.headers {
      #expect(!value.contains { $0.isNewline }, "\(place): \(name)")
      #expect(!value.hasPrefix("javascript:") && !value.hasPrefix("//"), "\(place): \(name)")
    }
    guard answer.type.hasPrefix("text/csv") else { return }
    for line in text.split(separator: "\r\n") {
      for cell in line.split(separator: ",") {
        let first = cell.drop { $0 == "\"" }.first ?? "a"
        #expect(!"=+-@\t".contains(first), "\(place): \(line)")
      }
    }
  }

  @Test func formsOfOperators() async throws {
    let staffed = try await Staffed()
    let before = try await staffed.counts()
    let sensor = try #require(try await staffed.pool.store.sensors().first)
    for text in InjectionTests.texts {
      let forms: [(String, [String: String])] = [
        ("/incident/1", ["do": "comment", "text": text]),
        ("/incident/1", ["do": text, "text": "x"]),
        ("/incident/1", ["do": "confirm", "article": text, "text": text]),
        ("/incident/1", ["do": "acknowledge", "revision": text]),
        ("/incident/\(InjectionTests.encoded(text))", ["do": "comment", "text": text]),
        ("/operator/sensors", ["name": text, "network": "203.0.9.0/24"]),
        ("/operator/sensors", ["name": "a", "network": text, "watched": text]),
        ("/operator/sensors/\(sensor.id)", ["do": "suspend", "text": text]),
        ("/operator/sensors/\(sensor.id)", ["do": "restore"]),
        ("/operator/keys", ["do": "issue", "name": text, "scopes": "read"]),
        ("/operator/keys", ["do": "issue", "name": "a", "scopes": text]),
        ("/operator/keys", ["do": "remove", "name": text]),
        ("/operator/operators", ["do": "remove", "name": text]),
        ("/operator/requests/1", ["do": text, "text": text]),
        (
          "/corrections",
          ["kind": "correction", "address": "192.0.2.7", "text": text, "contact": text]
        ),
        ("/corrections", ["kind": text, "address": text, "text": text]),
      ]
      for (path, form) in forms {
        let answer = await staffed.send(path, form)
        #expect(answer.status < 500, "\(path) \(form): \(answer.status) \(answer.reason ?? "")")
        expectInert(answer, "\(path) \(form)")
      }
    }
    for path in [
      "/incident/1", "/operator", "/operator/sensors/\(sensor.id)", "/incidents",
      "/incident/1/mail",
      "/feeds/incidents.atom", "/metrics",
    ] { expectInert(await staffed.get(path), path) }
    let hostile = InjectionTests.texts[0]
    let stranger = ["name": hostile, "password": hostile]
    expectInert(await staffed.send("/operator/sign-in", stranger), "a stranger's name")
    // It was taken, and is shown.
    #expect(
      try await staffed.pool.store.requests(waitingOnly: false, limit: 100).allSatisfy {
        $0.settlement == nil
      }, "what was to be done is none of what can be")
    for (path, text) in [
      ("/incident/1", "&lt;script&gt;alert"), ("/incident/1", "DROP TABLE"),
      ("/operator", "&lt;script&gt;alert"), ("/operator", "=cmd|"),
    ] { #expect(await staffed.get(path).text.contains(text), "\(path): \(text)") }
    #expect(try await staffed.counts() == before)
    #expect(try await staffed.pool.store.check().isEmpty)
  }

  /// An operator's own name is shown on every page of his and in journals.
  @Test func namesOfOperators() async throws {
    // Markup, a formula, SQL and what turns text around are names, kept with a password, which takes its time.
    for text in [0, 4, 6, 10, 14, 15, 16].map({ InjectionTests.texts[$0] }) {
      let pool = try MadePool()
      let link = pool.desk.sessions.issueLink(at: MadePool.now).text
      var call = Call()
      call.site = "same-origin"
      let form = "name=\(InjectionTests.encoded(text))&password=correct+horse+battery"
      call.body = Array(form.utf8)
      let target = "/operator/enter/\(link)"
      let entered = await pool.desk.answer(method: "POST", target: target, call: call).0
      #expect([303, 400].contains(entered.status), "\(text)")
      expectInert(entered, text)
    }
    let staffed = try await Staffed(operator: "<script>alert(1)</script>\u{202e}")
    _ = await staffed.send("/incident/1", ["do": "comment", "text": "seen"])
    expectInert(await staffed.get("/incident/1"), "a journal")
    expectInert(await staffed.get("/operator"), "an operator's page")
  }

  @Test func questions() async throws {
    let staffed = try await Staffed()
    let before = try await staffed.counts()
    for text in InjectionTests.texts {
      let sought = InjectionTests.encoded(text)
      for path in [
        "/lookup?what=\(sought)", "/address/\(sought)", "/api/v1/addresses/\(sought)",
        "/prefix/\(sought)/24", "/port/\(sought)/1", "/article/\(sought)", "/pattern/\(sought)",
        "/api/v1/articles/\(sought)", "/incidents?state=\(sought)&before=\(sought)",
        "/api/v1/incidents?state=\(sought)&limit=\(sought)", "/corrections?address=\(sought)",
        "/\(sought)", "/operator/enter/\(sought)", "/api/v1/incidents/\(sought)/details",
      ] {
        let answer = await staffed.get(path)
        #expect((200..<500).contains(answer.status), "\(path): \(answer.status)")
        expectInert(answer, path)
      }
    }
    #expect(try await staffed.counts() == before)
    #expect(try await staffed.pool.store.check().isEmpty)
  }

  /// Sensors' texts are an article's id, which has no room for any of it, and the version of the knowledge,
  /// which is any printable text and shown nowhere.
  @Test func textsOfSensors() async throws {
    let staffed = try await Staffed()
    let keys = try await (0..<3).asyncMap { number in
      let key = SensorKey()
      try await staffed.pool.enrol(key, network: "192.88.\(number).0/24")
      return key
    }
    let before = try await staffed.counts()
    for (index, text) in InjectionTests.texts.enumerated() {
      for (isArticle, sequence) in [(true, 2 * index + 1), (false, 2 * index + 2)] {
        for key in keys {
          var report = try MadePool.report("20.0.0.\(index)", article: isArticle ? text : nil)
          if !isArticle { report.knowledge = text }
          let id = BatchID(sensor: key.sensor, sequence: Int64(sequence))
          let body = Batch(id: id, reports: [report]).encoded
          let answer = await staffed.pool.post(try HostileBatchTests.signed(body, by: key))
          let isPrintable = text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
          #expect(answer.status == (!isArticle && isPrintable ? 200 : 400), "\(text)")
          expectInert(answer, text)
        }
      }
    }
    try await staffed.pool.desk.upkeep.run(at: MadePool.now)
    for path in [
      "/", "/feeds/addresses.txt", "/feeds/addresses.csv", "/feeds/addresses.json",
      "/feeds/addresses.stix.json", "/feeds/incidents.atom", "/prefix/20.0.0.0/24",
      "/address/20.0.0.6",
      "/api/v1/addresses/20.0.0.6", "/incident/1",
    ] {
      let answer = await staffed.get(path)
      #expect(answer.status == 200, "\(path)")
      expectInert(answer, path)
      #expect(!answer.text.contains("cmd|") && !answer.text.contains("DROP TABLE"), "\(path)")
    }
    #expect(try await staffed.counts().prefix(2) == before.prefix(2))
    #expect(try await staffed.pool.store.check().isEmpty)
  }
}

extension Range<Int> {
  fileprivate func asyncMap<Value>(_ body: (Int) async throws -> Value) async throws -> [Value] {
    var values: [Value] = []
    for number in self { values.append(try await body(number)) }
    return values
  }
}

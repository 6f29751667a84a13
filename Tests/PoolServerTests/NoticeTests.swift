import Observations
import Pool
import PoolStores
import Synchronization
import Testing

@testable import PoolServer

/// Keeps what it is given.
final class MadeTaker: NoticeTaker, LetterSender {
  let notices = Mutex<[Notice]>([])
  let letters = Mutex<[Letter]>([])
  let problem = Mutex<String?>(nil)

  func take(_ more: [Notice]) async { notices.withLock { $0 += more } }

  func tally() async -> [NoticeTally] {
    [NoticeTally(destination: "made", waiting: 1, delivered: 2, lost: 3)]
  }

  func send(_ letter: Letter) async throws(DeliveryError) {
    if let problem = problem.withLock({ $0 }) { throw DeliveryError(problem) }
    letters.withLock { $0.append(letter) }
  }

  var kinds: [Notice.Kind] { notices.withLock { $0.map(\.kind) } }
}

@Suite struct NoticeTests {
  /// A pool in which three networks reported a source, and what its staff is told.
  private func pool(_ taker: MadeTaker, table: String = "") async throws -> MadePool {
    let contacts = try ContactTable(csv: table)
    let pool = try MadePool {
      $0.notices = taker
      $0.letters = taker
      $0.contacts = contacts
    }
    for index in 1...3 {
      let key = SensorKey()
      try await pool.enrol(key, network: "198.18.\(index).0/24")
      let report = try MadePool.report(article: "reverse-name-lookup")
      #expect(await pool.post(try key.sign(sequence: 1, reports: [report]).bytes).status == 200)
    }
    try await pool.desk.upkeep.clerk.run(at: MadePool.now, days: Desk.days)
    return pool
  }

  /// What an operator's browser asks.
  private func ask(
    _ pool: MadePool, _ method: String, _ target: String, form: [String: String] = [:]
  ) async -> ServerAnswer {
    let token = pool.desk.sessions.open(for: "ada", at: MadePool.now)
    var call = Call()
    call.session = token
    let shown = pool.desk.sessions.session(token, at: MadePool.now)?.formToken ?? ""
    call.body = Array(
      form.merging(["token": shown]) { $1 }.map { "\($0.key)=\($0.value)" }
        .joined(separator: "&").utf8)
    return await pool.desk.answer(method: method, target: target, call: call).0
  }

  @Test func theStaffIsToldOfAnIncidentsLife() async throws {
    let taker = MadeTaker()
    let pool = try await pool(taker)
    #expect(taker.kinds == [.opened])
    try await pool.desk.upkeep.clerk.run(at: MadePool.now, days: Desk.days)
    #expect(taker.kinds == [.opened], "nothing happened")
    let id = IncidentID(rawValue: 1)
    _ = try await pool.store.record(
      .escalated(by: "ada"), on: id, at: MadePool.now, ifRevision: nil)
    // Reports go on for three days: it is due again, as often as one looks.
    let later = MadePool.now.later(73 * 3_600)
    _ = try await pool.store.report(
      subject: try #require(Address("198.51.100.7")),
      .reported(reports: 1, networks: 3, last: later, article: nil), at: later)
    for _ in 0..<2 { try await pool.desk.upkeep.clerk.run(at: later, days: Desk.days) }
    #expect(taker.kinds == [.opened, .escalateAgain])
    let told = taker.notices.withLock { $0 }
    #expect(told.allSatisfy { $0.number == 1 && $0.subject == Address("198.51.100.7") })
    let quiet = later.later(8 * 86_400)
    try await pool.desk.upkeep.clerk.run(at: quiet, days: Desk.days)
    #expect(taker.kinds.last == .fellQuiet)
    let again = quiet.later(86_400)
    var report = try MadePool.report()
    (report.first, report.last) = (again, again)
    let batch = Batch(id: BatchID(sensor: SensorKey().sensor, sequence: 1), reports: [report])
    let network = try #require(Prefix("198.18.9.0/24"))
    _ = try await pool.store.append([Submission(batch: batch, network: network, received: again)])
    pool.desk.upkeep.clerk.note([report.subject])
    for _ in 0..<2 { try await pool.desk.upkeep.clerk.run(at: again, days: Desk.days) }
    #expect(taker.kinds == [.opened, .escalateAgain, .fellQuiet, .cameBack])
    #expect(taker.notices.withLock { $0.last?.identity } == "came-back-1-1")
  }

  @Test func requestsAreToldAndCounted() async throws {
    let taker = MadeTaker()
    let pool = try MadePool { $0.notices = taker }
    let answer = await pool.post(
      Array("kind=erasure&address=192.0.2.1&text=mine".utf8), to: "/corrections")
    #expect(answer.status == 200)
    let told = taker.notices.withLock { $0 }
    #expect(told.map(\.identity) == ["correction-1-0"])
    let metrics = await pool.get("/metrics").text
    #expect(metrics.contains("culprit_pool_notices_lost_total{destination=\"made\"} 3\n"))
    #expect(metrics.contains("# TYPE culprit_pool_notices_waiting gauge\n"))
  }

  @Test func aDraftIsForOperatorsAndGoesToWhomTheTableKnows() async throws {
    let pool = try await pool(
      MadeTaker(), table: "198.51.0.0/16,wide@example.net\n198.51.100.0/24,abuse@example.net\n")
    #expect(await pool.get("/incident/1/mail").status == 403)
    let page = await ask(pool, "GET", "/incident/1/mail")
    #expect(page.status == 200)
    for words in [
      "To: abuse@example.net", "HOW FAR IT CAN BE FORGED", "at least 2", "udp/137", "Send this",
    ] { #expect(page.text.contains(words), "\(words)") }
    for secret in ["198.18.", "198.18.1.0/24"] { #expect(!page.text.contains(secret)) }
    #expect(await ask(pool, "GET", "/incident/99/mail").status == 404)
  }

  @Test func itGoesOnceWhenAnOperatorPresses() async throws {
    let taker = MadeTaker()
    let pool = try await pool(taker)
    let revision = "\(try await pool.store.incident(IncidentID(rawValue: 1))?.revision ?? 0)"
    let form = ["do": "send", "to": "abuse@example.net", "revision": revision]
    var call = Call()
    call.body = Array("to=abuse@example.net&revision=\(revision)".utf8)
    #expect(
      await pool.desk.answer(method: "POST", target: "/incident/1/mail", call: call).0.status == 403
    )
    #expect(
      await ask(pool, "POST", "/incident/1/mail", form: ["revision": "0"]).status == 409)
    taker.problem.withLock { $0 = "550 not so" }
    let refused = await ask(pool, "POST", "/incident/1/mail", form: form)
    #expect(refused.status == 502 && refused.text.contains("550 not so"))
    #expect(taker.letters.withLock { $0.isEmpty })
    #expect(try await pool.store.incident(IncidentID(rawValue: 1))?.state == .open)
    taker.problem.withLock { $0 = nil }
    #expect(await ask(pool, "POST", "/incident/1/mail", form: form).status == 303)
    #expect(await ask(pool, "POST", "/incident/1/mail", form: form).status == 409)
    let sent = taker.letters.withLock { $0 }
    #expect(sent.map(\.to) == [["abuse@example.net"]])
    #expect(sent.first?.subject.hasPrefix("Traffic from 198.51.100.7") == true)
    #expect(try await pool.store.incident(IncidentID(rawValue: 1))?.state == .escalated)
    let journal = try await pool.store.journal(IncidentID(rawValue: 1)).map(\.event.words)
    #expect(journal.contains { $0.contains("ada: Sent by mail to abuse@example.net") })
  }

  @Test func whatIsNotPublishedIsNotWritten() async throws {
    let taker = MadeTaker()
    let pool = try MadePool {
      $0.letters = taker
      $0.networksOfIncident = 1
    }
    let key = SensorKey()
    try await pool.enrol(key)
    _ = await pool.post(try key.sign(sequence: 1, reports: [try MadePool.report()]).bytes)
    try await pool.desk.upkeep.clerk.run(at: MadePool.now, days: Desk.days)
    let page = await ask(pool, "GET", "/incident/1/mail")
    #expect(page.status == 200 && page.text.contains("Nothing is published about this address"))
    #expect(await ask(pool, "POST", "/incident/1/mail", form: ["revision": "1"]).status == 404)
    #expect(taker.letters.withLock { $0.isEmpty })
  }

  @Test(arguments: [
    ("198.51.100.7", "b@example.net"), ("198.51.7.7", "a@example.net"), ("192.0.2.1", nil),
    ("198.51.100.8", "c@example.net"), ("2001:db8:1::1", "six@example.net"), ("::1", nil),
  ])
  func theLongestBlockCounts(_ address: String, _ contact: String?) throws {
    let table = try ContactTable(
      csv: """
        # blocks
        198.51.0.0/16, a@example.net
        198.51.100.0/24,b@example.net
        198.51.100.8,c@example.net
        2001:db8::/32,wide@example.net

        2001:db8:1::/48,six@example.net
        """)
    #expect(table.contact(for: try #require(Address(address))) == contact)
  }

  @Test(arguments: [
    "198.51.100.0/24", "198.51.100.0/33,a@example.net", "x,a@example.net", "198.51.100.0/24,a",
    "198.51.100.0/24,a@example.net,b@example.net", "198.51.100.0/24,A <a@example.net>",
  ])
  func tablesThatAreNoneAreRefused(_ line: String) {
    #expect(throws: ContactTable.Problem.self) { try ContactTable(csv: "# x\n" + line) }
  }
}

import Compression
import Foundation
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// Clients that mean harm, on the wire. Each is answered with its error or left, nothing of theirs is
/// stored, and whoever comes next is served.
///
/// | what | where it is tried |
/// |---|---|
/// | gzip bombs, damaged gzip, other encodings; frames of requests that contradict themselves; floods of headers; chunks | here |
/// | paths: dots, zeros, double and overlong encodings, absolute forms, methods | here; more targets in `AnswerTests` |
/// | stated lengths beyond the bound, garbage instead of HTTP, cut bodies, a body that never ends | `WireTests` |
/// | signatures, bytes changed one by one, clocks, private subjects, suspended sensors, tokens used twice | `SubmitTests`; on the wire in `HostileBatchTests` |
/// | markup, terminal codes, formulas and SQL through every field that takes text | `InjectionTests`; some in `OperatorTests`, `AnswerTests`, `DShieldTests`, `ServeConfigTests` |
/// | forms of other sites, guesses of passwords and keys, too many questions | `OperatorTests` |
/// | full disks and media that cannot be written to | `HostileBatchTests`; below HTTP in `DamageTests` of the stores |
/// | damaged stores at the start | `DamagedStoreTests` of the command |
@Suite(.serialized) struct HostileTests {
  /// A request and the statuses that may answer it; an empty text stands for a connection that is left.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var statuses: Set<String>

    init(_ name: String, _ head: String, body: [UInt8] = [], _ statuses: String...) {
      testDescription = name
      bytes = Array(head.utf8) + body
      self.statuses = Set(statuses)
    }

    static func post(
      _ name: String, _ fields: String..., body: [UInt8] = [], _ status: String
    ) -> Case {
      let lines = fields.map { $0 + "\r\n" }.joined()
      let length =
        lines.lowercased().contains("transfer-encoding") || lines.contains("Content-Length")
        ? "" : "Content-Length: \(body.count)\r\n"
      return Case(
        name,
        "POST /api/v1/batches HTTP/1.1\r\nHost: a\r\n\(length)Connection: close\r\n\(lines)\r\n",
        body: body, status)
    }
  }

  static func status(_ answer: String) -> String {
    answer.hasPrefix("HTTP/1.1 ") ? String(answer.dropFirst(9).prefix(3)) : ""
  }

  /// Every case is answered as it must be, and the store and the server are as they were.
  private func expect(_ cases: [Case]) async throws {
    try await serving { port, pool in
      for one in cases {
        let answer = try await RawClient.ask(port, one.bytes, finish: true)
        let status = HostileTests.status(answer)
        #expect(one.statuses.contains(status), "\(one.testDescription): \(answer.prefix(200))")
        #expect(!answer.contains("culprit-server-"), "no path of the machine's is told")
      }
      let alive = try await RawClient.ask(
        port, "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(HostileTests.status(alive) == "200")
      #expect(try await pool.store.check().isEmpty)
      let subject = try #require(Address("198.51.100.7"))
      #expect(try await pool.store.summary(source: subject, in: pool.desk.span) == nil)
      #expect(try await pool.store.sensors().isEmpty)
    }
  }

  /// Bytes by gzip; a requirement would describe all of them.
  private static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let compressed = Gzip.compressed(bytes)
    return try #require(compressed)
  }

  private static let most = PoolLimits.bytesOfBatch + 64

  @Test func bodiesThatUnfoldOrLie() async throws {
    let zeros = [UInt8](repeating: 0, count: 2 * HostileTests.most)
    let bomb = try HostileTests.gzip(zeros)
    // As many bytes as a request may have, of nothing but zeros: gigabytes of them.
    let member = try HostileTests.gzip([UInt8](repeating: 0, count: 1_000_000))
    var members: [UInt8] = []
    while members.count + member.count <= HostileTests.most { members += member }
    var empty: [UInt8] = []
    for _ in 0..<50_000 {
      empty += [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    }
    let nested = try HostileTests.gzip(member)
    let gzip = "Content-Encoding: gzip"
    try await expect([
      .post("a bomb", gzip, body: bomb, "413"),
      .post("many bombs, one behind the other", gzip, body: members, "413"),
      .post("many members of nothing", gzip, body: empty, "400"),
      // What comes out is no batch, or one by nobody.
      .post("a member within a member is not unfolded twice", gzip, body: nested, "401"),
      .post("cut", gzip, body: Array(bomb.prefix(bomb.count / 2)), "400"),
      .post("cut within its head", gzip, body: [0x1f, 0x8b, 8], "400"),
      .post("garbage behind it", gzip, body: member + [1, 2, 3], "400"),
      .post("no gzip", gzip, body: Array("culprit".utf8), "400"),
      .post("nothing", gzip, body: [], "400"),
      .post("another encoding", "Content-Encoding: br", body: bomb, "415"),
      .post("two encodings", "Content-Encoding: gzip, gzip", body: nested, "415"),
      .post("two fields of encodings", gzip, gzip, body: nested, "415"),
      .post("no encoding that there is", "Content-Encoding: \u{22}", body: bomb, "415"),
    ])
  }

  @Test func framesThatContradictThemselves() async throws {
    let chunked = "Transfer-Encoding: chunked"
    let large = HostileTests.most + 1
    var whole = Array("\(String(large, radix: 16))\r\n".utf8)
    whole += [UInt8](repeating: 0x61, count: large)
    var small: [UInt8] = []
    for _ in 0..<(large / 1_024 + 1) {
      small += Array("400\r\n".utf8) + [UInt8](repeating: 0x61, count: 1_024) + [13, 10]
    }
    func text(_ text: String) -> [UInt8] { Array(text.utf8) }
    try await expect([
      .post("a chunk beyond the bound", chunked, body: whole, "413"),
      .post("small chunks, too many", chunked, body: small, "413"),
      .post("no size", chunked, body: text("zz\r\nabc\r\n0\r\n\r\n"), "400"),
      .post("a negative size", chunked, body: text("-1\r\nabc\r\n0\r\n\r\n"), "400"),
      .post(
        "a size beyond all numbers", chunked, body: text("ffffffffffffffffff\r\nabc\r\n"), "400"),
      .post("more than a chunk's size", chunked, body: text("1\r\nabc\r\n0\r\n\r\n"), "400"),
      .post("cut within chunks", chunked, body: text("5\r\nab"), "400"),
      .post("unknown transfer", "Transfer-Encoding: gzip", body: text("abc"), "400"),
      .post(
        "a length and chunks", "Content-Length: 3", chunked, body: text("0\r\n\r\nGET /"), "400"),
      .post("two lengths", "Content-Length: 3", "Content-Length: 4", body: text("abcd"), "400"),
      .post(
        "the same length twice", "Content-Length: 3", "Content-Length: 3", body: text("abc"), "400"),
      .post("no number", "Content-Length: abc", body: text("abc"), "400"),
      .post("a negative length", "Content-Length: -3", body: text("abc"), "400"),
      .post(
        "a length beyond all numbers", "Content-Length: 99999999999999999999", body: text("abc"),
        "400"),
    ])
  }

  @Test func headsThatFlood() async throws {
    func get(_ name: String, _ fields: String, _ statuses: Set<String>) -> Case {
      var one = Case(name, "GET /healthz HTTP/1.1\r\nHost: a\r\n\(fields)Connection: close\r\n\r\n")
      one.statuses = statuses
      return one
    }
    let field = String(repeating: "a", count: 9_000)
    let many = (0..<100).map { "X-\($0): 1\r\n" }.joined()
    let much = (0..<4).map { "X-\($0): \(field.prefix(6_000))\r\n" }.joined()
    try await expect([
      get("a long field", "X: \(field)\r\n", ["431", "400", ""]),
      get("many fields", many, ["431", "400", ""]),
      get("fields that are long together", much, ["431", "400", ""]),
      get("a field's name with a blank", "X : 1\r\n", ["400", ""]),
      get("a folded field", "X: 1\r\n b\r\n", ["200", "400"]),
      get("a zero within a field", "X: a\0b\r\n", ["400", ""]),
      get(
        "cookies without end", "Cookie: " + String(repeating: "a=b;", count: 1_000) + "\r\n",
        ["200"]),
      Case(
        "a target without end",
        "GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "400", "414", "431", ""),
    ])
  }

  /// Targets that try for files, and methods that are none of ours.
  @Test func targetsAndMethods() async throws {
    func line(_ line: String, _ statuses: Set<String>, host: String = "Host: a\r\n") -> Case {
      var one = Case(line, "\(line)\r\n\(host)Connection: close\r\n\r\n")
      one.statuses = statuses
      return one
    }
    let bad: Set = ["400", ""]
    try await expect(
      [
        "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/address/%00", "/address/a%00.html", "/address/%c0%ae%c0%ae", "/address/%c0%af",
        "/address/%e0%80%af", "/address/%ed%a0%80", "/address/%252e%252e", "/address/..;/x",
        "//etc/passwd",
        "*", "healthz",
        "/address/198.51.100.7%0d%0aSet-Cookie:%20a=b", "/address/\\..\\..\\etc",
      ].map {
        line(
          "GET \($0) HTTP/1.1", $0.hasSuffix(";/x") || $0.hasSuffix("etc") ? ["400", "404"] : bad)
      } + [
        line("GET /%252e%252e/etc HTTP/1.1", ["404"]),
        // Servers must take absolute forms (RFC 9112, 3.2.2); the host is nothing to ours.
        line("GET http://127.0.0.1/healthz HTTP/1.1", ["200"]),
        line("GET http://other.example/healthz HTTP/1.1", ["200"]),
        line("GET /lookup?what=%0d%0aSet-Cookie:%20a=b HTTP/1.1", ["404"]),
        line("GET /healthz HTTP/1.1", ["200"], host: "Host: evil.example\r\n"),
        line("GET /healthz HTTP/1.1", ["200", "400"], host: ""),
        line("GET /healthz HTTP/1.1", ["200", "400"], host: "Host: a\r\nHost: b\r\n"),
        line("GET /healthz HTTP/1.0", ["200"]), line("GET /healthz HTTP/0.9", bad),
        line("GET /healthz HTTP/9.9", ["400", "505", ""]), line("GET /healthz", bad),
        line("HEAD /api/v1/batches HTTP/1.1", ["405"]), line("OPTIONS / HTTP/1.1", ["405"]),
        line("OPTIONS * HTTP/1.1", bad), line("TRACE / HTTP/1.1", ["405"]),
        line("CONNECT other.example:25 HTTP/1.1", bad), line("DELETE / HTTP/1.1", ["405"]),
        line("PUT /api/v1/batches HTTP/1.1", ["405"]),
        line("get /healthz HTTP/1.1", ["400", "405", ""]),
        line("<script> / HTTP/1.1", ["400", "405", ""]),
      ])
  }

  /// What is sent behind a request is a request of its own, in order, and never part of another's.
  @Test func requestsBehindEachOther() async throws {
    try await serving { port, _ in
      let get = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
      let last = "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
      let post =
        "POST /api/v1/batches HTTP/1.1\r\nHost: a\r\nContent-Length: \(get.utf8.count)\r\n\r\n"
      let answer = try await RawClient.ask(
        port, String(repeating: get, count: 20) + post + get + last, finish: true)
      let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
      #expect(statuses == Array(repeating: "200", count: 20) + ["400", "404"])
    }
  }
}

import Foundation
import Observations
import Pool
import Reporting
import Testing

@testable import PoolNotices

/// Mail by a real server, and by servers that break the rules.
@Suite struct MailServerTests {
  private static let isThere = Peer.has("aiosmtpd") && MadeCertificate.canBeMade
  private static let hasPython = FileManager.default.isExecutableFile(atPath: Peer.python)
  private static let letter = Letter(
    to: ["staff@example.org", "more@example.net"], subject: "Gr\u{fc}\u{df}e",
    text: ".\nA line.\n..\n", identity: "notice-1")

  private func server(_ peer: Peer, host: String = "localhost") throws -> SMTPServer {
    var server = SMTPServer(
      host: host, from: try #require(Reporter("Pool <pool@example.org>")))
    server.port = peer.port
    server.seconds = 20
    return server
  }

  private func send(_ letter: Letter = letter, to server: SMTPServer) async -> String? {
    let client = SMTPClient(server: server) { Timestamp(seconds: 1_790_000_000) }
    do throws(DeliveryError) {
      try await client.send(letter)
      return nil
    } catch { return error.description }
  }

  @Test(
    .enabled(if: isThere, "python3-aiosmtpd and openssl are not installed: scripts/setup test"),
    arguments: ["localhost", "127.0.0.1"], SMTPServer.TLS.allCases)
  func mailGoesOverTLSWithAPassword(_ host: String, _ tls: SMTPServer.TLS) async throws {
    let folder = MadeFolder()
    let made = try MadeCertificate(in: folder.path, for: "DNS:localhost,IP:127.0.0.1")
    let peer = try await Peer("smtp.py", [made.certificate, made.key, "\(tls)"])
    var server = try server(peer, host: host)
    server.tls = tls
    server.authority = made.certificate
    (server.user, server.password) = ("pool", "gehe\u{ef}m")
    #expect(await send(to: server) == nil)
    let mail = try await peer.object()
    #expect(mail["tls"] as? Bool == true && mail["signedIn"] as? Bool == true)
    #expect(mail["from"] as? String == "pool@example.org")
    #expect(mail["to"] as? [String] == MailServerTests.letter.to)
    #expect(mail["hello"] as? String == "[127.0.0.1]")
    let data = try #require((mail["data"] as? String).flatMap { Data(base64Encoded: $0) })
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"))
    #expect(text.hasSuffix("\r\n\r\n=2E\r\nA line.\r\n=2E.\r\n\r\n"))
  }

  @Test(.enabled(if: isThere, "python3-aiosmtpd and openssl are not installed: scripts/setup test"))
  func whatTheServerRefusesIsSaid() async throws {
    let folder = MadeFolder()
    let made = try MadeCertificate(in: folder.path, for: "DNS:localhost")
    let peer = try await Peer("smtp.py", [made.certificate, made.key, "starttls"])
    var server = try server(peer)
    server.authority = made.certificate
    (server.user, server.password) = ("pool", "wrong")
    #expect(await send(to: server)?.contains("535") == true)
    server.password = "gehe\u{ef}m"
    var letter = MailServerTests.letter
    letter.to = ["staff@example.org", "nobody@example.org"]
    #expect(await send(letter, to: server)?.contains("550 5.1.1 nobody is here") == true)
    server.user = "pool\0admin"
    #expect(await send(to: server)?.contains("control characters") == true)
    #expect(await peer.rest().isEmpty, "no mail was taken")
  }

  @Test(
    .enabled(if: isThere, "python3-aiosmtpd and openssl are not installed: scripts/setup test"),
    arguments: [false, true], SMTPServer.TLS.allCases)
  func aCertificateThatIsNotGoodGetsNothing(
    _ isOurs: Bool, _ tls: SMTPServer.TLS
  ) async throws {
    let folder = MadeFolder()
    // Once of nobody whom this machine trusts, once of somebody trusted, for another name.
    let made = try MadeCertificate(in: folder.path, for: "DNS:elsewhere.example")
    let peer = try await Peer("smtp.py", [made.certificate, made.key, "\(tls)"])
    var server = try server(peer)
    server.tls = tls
    if isOurs { server.authority = made.certificate }
    (server.user, server.password) = ("pool", "gehe\u{ef}m")
    #expect(await send(to: server) != nil)
    // Not even with leave to go without TLS: it was offered, and is not good.
    server.allowsPlain = true
    #expect(await send(to: server) != nil)
    #expect(await peer.rest().isEmpty)
  }

  @Test(.enabled(if: isThere, "python3-aiosmtpd is not installed: scripts/setup test"))
  func withoutTLSNothingGoesUnlessItMay() async throws {
    let peer = try await Peer("smtp.py")
    var server = try server(peer)
    #expect(await send(to: server)?.contains("offers no TLS: nothing was sent") == true)
    server.allowsPlain = true
    #expect(await send(to: server) == nil)
    #expect(try await peer.object()["tls"] as? Bool == false)
    #expect(await peer.rest().isEmpty)
  }

  @Test(
    .enabled(if: hasPython, "there is no python3"),
    arguments: [
      "silent", "endless", "many", "nonsense", "gone", "stripped", "injected", "false",
    ], SMTPServer.TLS.allCases)
  func whoBreaksTheRulesLearnsNothing(_ kind: String, _ tls: SMTPServer.TLS) async throws {
    let peer = try await Peer("hostile.py", [kind])
    var server = try server(peer)
    server.tls = tls
    if kind == "silent" { server.seconds = 1 }
    (server.user, server.password) = ("pool", "secret")
    let problem = await send(to: server)
    #expect(problem != nil)
    let told = await peer.rest()
    #expect(!told.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") }, "\(told)")
    #expect((problem?.utf8.count ?? 0) < 1_000)
    if kind == "injected", tls == .starttls {
      #expect(problem?.contains("nobody can vouch for") == true)
    }
  }

  @Test func whoIsNotThereIsSaid() async throws {
    var server = SMTPServer(host: "127.0.0.1", from: try #require(Reporter("a@example.org")))
    server.port = 1
    #expect(await send(to: server)?.contains("cannot be reached") == true)
  }
}

@Suite struct WebhookTests {
  private static let hasPython = FileManager.default.isExecutableFile(atPath: Peer.python)
  private static let secret = "a secret of both sides"
  private static let notices = [
    Notice(
      .opened, at: Timestamp(seconds: 1_790_000_000), number: 7,
      subject: Address(ipv4: 0xc633_6407), article: "reverse-name-lookup")
  ]

  private func hook(_ peer: Peer, _ path: String, secret: String = secret) throws -> Webhook {
    let address = try #require(
      WebhookAddress("http://127.0.0.1:\(peer.port)\(path)", allowsPlain: true))
    return Webhook(
      address: address, secret: Array(secret.utf8), kinds: [.opened]
    ) { Timestamp(seconds: 1_790_000_100) }
  }

  @Test(.enabled(if: hasPython, "there is no python3"))
  func aReceiverCanTellWhoseItIs() async throws {
    let peer = try await Peer("receiver.py", [WebhookTests.secret])
    try await hook(peer, "/hook?a=b").deliver(WebhookTests.notices)
    let got = try await peer.object()
    #expect(got["good"] as? Bool == true && got["path"] as? String == "/hook?a=b")
    #expect(got["stamp"] as? String == "1790000100")
    #expect(got["type"] as? String == "application/json")
    let body = try #require(got["body"] as? [String: Any])
    let one = try #require((body["notices"] as? [[String: Any]])?.first)
    #expect(one["id"] as? String == "opened-7-0" && one["kind"] as? String == "opened")
    #expect(one["address"] as? String == "198.51.100.7" && one["path"] as? String == "/incident/7")
    #expect(one["at"] as? String == "2026-09-21T14:13:20Z")
  }

  @Test(.enabled(if: hasPython, "there is no python3"))
  func whatIsRefusedOrSentOnIsNotDelivered() async throws {
    let peer = try await Peer("receiver.py", [WebhookTests.secret])
    await #expect(throws: DeliveryError("the webhook answered 401")) {
      try await hook(peer, "/", secret: "a secret of somebody else").deliver(WebhookTests.notices)
    }
    await #expect(throws: DeliveryError("the webhook answered 307")) {
      try await hook(peer, "/elsewhere").deliver(WebhookTests.notices)
    }
    let paths = await peer.rest().compactMap {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["path"] as? String
    }
    #expect(paths == ["/", "/elsewhere"], "nothing is sent on")
  }
}

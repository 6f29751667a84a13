import Observations
import Pool
import Reporting
import Synchronization
import Testing

@testable import PoolNotices

@Suite struct MessageTests {
  private static let time = Timestamp(seconds: 1_790_000_000)

  private func message(_ change: (inout Letter) -> Void = { _ in }) throws -> String {
    var letter = Letter(
      to: ["staff@example.org"], subject: "Pool", text: "Hello.\n", identity: "notice-1")
    change(&letter)
    let from = try #require(Reporter("Pool <pool@example.org>"))
    return String(
      decoding: try MailMessage(letter, from: from, at: MessageTests.time).data, as: UTF8.self)
  }

  @Test func aMessageHasItsParts() throws {
    let text = try message { $0.to.append("more@example.net") }
    for line in [
      "Date: Mon, 21 Sep 2026 14:13:20 +0000", "From: \"Pool\" <pool@example.org>",
      "To: staff@example.org,", " more@example.net", "Subject: Pool",
      "Message-ID: <notice-1@example.org>", "Auto-Submitted: auto-generated",
    ] { #expect(text.split(separator: "\r\n").contains { $0 == line }, "\(line)") }
    #expect(text.hasSuffix("\r\n\r\nHello.\r\n\r\n.\r\n"))
  }

  @Test(arguments: [
    ["staff@example.org\r\nBcc: all@example.org"], ["<staff@example.org>"], [], ["staff"],
    ["a@example.org> SIZE=1"], ["\"a b\"@example.org"],
    [String(repeating: "a", count: 250) + "@example.org"],
    Array(repeating: "staff@example.org", count: 51),
  ])
  func recipientsThatAreNoneAreRefused(_ to: [String]) {
    #expect(throws: DeliveryError.self) { try message { $0.to = to } }
  }

  @Test(arguments: ["a\r\nBcc: b@example.org", "a\nb", "a\rb", "a\0b", "a\u{7f}b", ""])
  func subjectsThatWouldBreakOutAreRefused(_ subject: String) {
    #expect(throws: DeliveryError.self) { try message { $0.subject = subject } }
    #expect(throws: DeliveryError.self) { try message { $0.identity = subject } }
  }

  @Test func otherLettersAreEncoded() throws {
    let text = try message {
      $0.subject = "Gr\u{fc}\u{df}e \u{202e}evil"
      $0.text = "Stra\u{df}e\n"
    }
    #expect(text.contains("Subject: =?UTF-8?B?"))
    #expect(text.contains("Stra=C3=9Fe"))
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
  }

  /// What the staff is told, together.
  @Test func noticesAreOneLetter() async throws {
    final class Sender: LetterSender {
      let sent = Mutex<[Letter]>([])
      func send(_ letter: Letter) async throws(DeliveryError) {
        sent.withLock { $0.append(letter) }
      }
    }
    let sender = Sender()
    let staff = SMTPServer.Staff(sender: sender, to: ["staff@example.org"], kinds: [.opened])
    let notices = Notice.Kind.allCases.enumerated().map { index, kind in
      Notice(
        kind, at: MessageTests.time, number: Int64(index) + 1,
        subject: Address(ipv4: 0xc633_6407), article: index == 0 ? "reverse-name-lookup" : nil)
    }
    for _ in 0..<2 { try await staff.deliver(notices) }
    let letters = sender.sent.withLock { $0 }
    let letter = try #require(letters.first)
    #expect(letters == [letter, letter], "sent again, it is the same")
    #expect(
      letter.subject == "Pool: incident #1 began: 198.51.100.7, which most networks take for "
        + "reverse-name-lookup, and 4 more")
    for words in ["/incident/1\n", "/operator\n", "2026-09-21T14:13:20Z", "came back", "closed"] {
      #expect(letter.text.contains(words), "\(words)")
    }
    try await staff.deliver(Array(notices.dropFirst()))
    #expect(sender.sent.withLock { $0.last?.identity } != letter.identity)
  }

  @Test(arguments: [
    ("", ".\r\n"), ("a\r\n", "a\r\n.\r\n"), ("a", "a\r\n.\r\n"), (".\r\n", "..\r\n.\r\n"),
    ("a\r\n.b\r\n..\r\n", "a\r\n..b\r\n...\r\n.\r\n"), ("a.\r\n", "a.\r\n.\r\n"),
  ])
  func fullStopsInFrontAreDoubled(_ text: String, _ sent: String) {
    #expect(MailMessage.data(of: Array(text.utf8)) == Array(sent.utf8))
  }

  /// No text ends a message before its end, makes a line too long, or a bare line break.
  @Test func noTextBreaksOut() throws {
    let pieces = [".", "\n", "\r", "..", "a", "\r\n.\r\n", "From ", "\u{e4}", "=", " "]
    var state: UInt64 = 7
    for _ in 0..<200 {
      var text = ""
      for _ in 0..<40 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count]
      }
      let bytes = Array(try message { $0.text = text }.utf8)
      let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
      #expect(lines.dropLast().allSatisfy { $0.last == 0x0d && $0.count <= 79 })
      #expect(lines.allSatisfy { !$0.dropLast().contains(0x0d) })
      let ends = lines.indices.filter { lines[$0].elementsEqual([0x2e, 0x0d]) }
      #expect(ends == [lines.count - 2])
    }
  }
}

@Suite struct ReplyTests {
  private func parse(_ text: String) throws -> [SMTPReply] {
    var parser = SMTPReplyParser()
    return try text.utf8.compactMap { try parser.take($0) }
  }

  @Test func repliesOfSeveralLinesAreOne() throws {
    let replies = try parse("220 hello\r\n250-one\r\n250-two\r\n250 three\r\n354\r\n")
    #expect(replies.map(\.code) == [220, 250, 354])
    #expect(replies[1].lines == ["one", "two", "three"])
  }

  @Test(arguments: [
    "hello\r\n", "2\r\n", "250_x\r\n", "999 x\r\n", "250-one\r\n251 two\r\n", "\r\n",
    String(repeating: "2", count: 3_000), String(repeating: "250-x\r\n", count: 200),
  ])
  func whatIsNoReplyIsRefused(_ text: String) {
    #expect(throws: SMTPProblem.self) { try parse(text) }
  }

  @Test func whatIsShownIsInert() throws {
    let reply = try #require(try parse("550 \u{1b}[31mno\r\n").first)
    #expect(!reply.words.unicodeScalars.contains { $0.value < 0x20 })
  }
}

@Suite struct WebhookAddressTests {
  @Test(arguments: [
    ("https://example.org/hook?a=b", true, true), ("https://[::1]:8443", true, true),
    ("http://127.0.0.1:80/", false, true), ("ftp://example.org", false, false),
    ("https://", false, false), ("https://user:word@example.org/", false, false),
    ("https://example.org/\r\nX: y", false, false), ("https://:443/", false, false),
    ("https://example.org/#x", false, false), ("HTTPS://example.org", false, false),
    ("https:///x", false, false),
  ])
  func addressesAreCheckedStrictly(_ text: String, _ isGood: Bool, _ isGoodPlain: Bool) {
    #expect((WebhookAddress(text) != nil) == isGood)
    #expect((WebhookAddress(text, allowsPlain: true) != nil) == isGoodPlain)
  }

  /// RFC 4231, test case 2, with the form of ours around it.
  @Test func aSignatureIsThatOfTheWholeBody() {
    let one = Webhook.signature(
      of: Array("{}".utf8), timestamp: "1", secret: Array("Jefe".utf8))
    #expect(one.hasPrefix("v1=") && one.utf8.count == 67)
    #expect(
      one != Webhook.signature(of: Array("{}".utf8), timestamp: "2", secret: Array("Jefe".utf8)))
  }
}

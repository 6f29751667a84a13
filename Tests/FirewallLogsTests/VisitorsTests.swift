import FirewallLogs
import Observations
import Testing

/// Visitors' logs: one visit for each connection, whatever strangers write into the lines.
@Suite struct VisitorsTests {
  static func visits(_ format: String, _ lines: [String]) -> [String] {
    LogSupport.read(lines.joined(separator: "\n"), format: format).records.map {
      "\($0.source) \($0.sourcePort) \($0.destinationPort)"
    }
  }

  @Test func everyVisitIsInboundAndMarked() throws {
    for name in LogFormats.names where LogFormats.kind(name) == .visitors {
      for fixture in FixtureTests.cases where fixture.hasPrefix("\(name)/") {
        let log = LogSupport.read(try LogSupport.fixture(fixture), format: name)
        #expect(log.records.allSatisfy { $0.marks.contains(.visit) && $0.path == .inbound })
        #expect(!log.records.map(\.source).contains { $0 == Address("203.0.113.66") }, "\(fixture)")
      }
    }
  }

  /// Names and texts that a stranger chooses, each trying to pass for an address of the log.
  static let imitations: [(format: String, line: String)] = [
    (
      "sshd",
      "Mar  3 06:00:00 a sshd[1]: Failed password for x from 203.0.113.66 port 1 from 192.0.2.7 port 2 ssh2"
    ),
    (
      "sshd",
      "Mar  3 06:00:00 a sshd[1]: Invalid user x from 203.0.113.66 port 1 from 192.0.2.7 port 2"
    ),
    (
      "sshd",
      "Mar  3 06:00:00 a sshd[1]: Connection closed by invalid user 203.0.113.66 port 1 192.0.2.7 port 2 [preauth]"
    ),
    (
      "sshd",
      "Mar  3 06:00:00 a sshd[1]: Unable to negotiate with 192.0.2.7 port 2: no match. Their offer: 203.0.113.66 port 1"
    ),
    (
      "exim",
      "2009-03-03 06:00:00 H=([203.0.113.66]) [192.0.2.7]:2 rejected EHLO or HELO [203.0.113.66]"
    ),
    (
      "exim",
      "2009-03-03 06:00:00 1LeZ5z-0001pS-6Z <= <> H=x (y [203.0.113.66]) [192.0.2.7]:2 P=smtp"
    ),
    (
      "sendmail",
      "Mar  3 06:00:00 a sendmail[1]: n1: from=<x, relay=y [203.0.113.66]>, relay=z [192.0.2.7]"
    ),
    (
      "dovecot",
      "Mar  3 06:00:00 a dovecot: imap-login: Login: user=<x, rip=203.0.113.66, >, rip=192.0.2.7, lip=192.0.2.1"
    ),
  ]

  @Test(arguments: imitations.map(\.line))
  func strangersWordsAreNotTaken(_ line: String) throws {
    let format = try #require(VisitorsTests.imitations.first { $0.line == line }?.format)
    let log = LogSupport.read(line, format: format)
    #expect(log.records.map(\.source) == [Address("192.0.2.7")])
  }

  @Test func connectionsAreToldApartByPort() {
    let lines = (1...5).flatMap { port in
      [
        "Failed password for root from 192.0.2.7 port \(port) ssh2",
        "Invalid user x from 192.0.2.7 port \(port)",
      ]
      .map { "Mar  3 06:00:0\(port) a sshd[\(port)]: \($0)" }
    }
    #expect(VisitorsTests.visits("sshd", lines) == (1...5).map { "192.0.2.7 \($0) 22" })
  }

  @Test func withoutAPortTheyAreToldApartByTime() {
    let times = ["06:00:00", "06:04:59", "06:09:58", "06:14:59", "06:30:00"]
    let lines = times.map { "Mar  3 \($0) a sshd[1]: Invalid user x from 192.0.2.7" }
    #expect(VisitorsTests.visits("sshd", lines).count == 3)
  }

  @Test func onlySoManyAreRemembered() {
    let lines = (1...100).flatMap { host in
      (1...2).map { _ in "Mar  3 06:00:00 a sshd[1]: Invalid user x from 192.0.2.\(host) port 9" }
    }
    #expect(VisitorsTests.visits("sshd", lines).count == 100)
    #expect(VisitorsTests.visits("sshd", lines + lines).count == 200)
  }

  @Test func aConnectionsOwnLineIsAlwaysAVisit() {
    let line = "2009-03-03 06:00:00 SMTP connection from [192.0.2.7] (TCP/IP connection count = 1)"
    #expect(VisitorsTests.visits("exim", [line, line, line]).count == 3)
    let other = "Mar  3 06:00:00 a sendmail[1]: NOQUEUE: connect from x [192.0.2.7]"
    #expect(VisitorsTests.visits("sendmail", [other, other]).count == 2)
  }

  @Test func whatExchangeSendsIsNoVisit() {
    let head = "#Software: Microsoft Exchange Server\n#Log-type: SMTP Send Protocol Log"
    let line = "2009-03-03T06:00:00.000Z,a,08D,0,192.0.2.6:4000,203.0.113.25:2526,+,,"
    #expect(VisitorsTests.visits("exchange-smtp", [head, line]).isEmpty)
    #expect(VisitorsTests.visits("exchange-smtp", [line]).count == 1)
  }
}

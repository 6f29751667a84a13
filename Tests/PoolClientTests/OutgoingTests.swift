import Detection
import Observations
import Pool
import Testing

@testable import PoolClient

@Suite struct OutgoingTests {
  private let key = SensorKey()

  private func outgoing(now: Timestamp = Made.noon) -> Outgoing {
    Outgoing(
      key: key, knowledge: "1 article\u{1b}, 0123",
      now: Timestamp(seconds: now.wholeSeconds + 3_600))
  }

  @Test func whatComesFromElsewhereIsTold() throws {
    var outgoing = outgoing()
    outgoing.add(
      try Made.activity("198.51.100.7"),
      verdict: SensorVerdict(article: "reverse-name-lookup", posterior: 0.95))
    let report = try #require(outgoing.reports.first)
    #expect(outgoing.reports.count == 1 && outgoing.withheld.isEmpty)
    #expect(report.subject.description == "198.51.100.7" && report.ports == [137])
    #expect(report.packets == CountRange(30) && report.targets == CountRange(10))
    #expect(report.mayBeForged && report.knowledge == "1 article, 0123")
    #expect(report.pseudonyms == [key.pseudonym(of: Address(ipv4: 0xcb00_7101))])
    #expect(report.problem == nil)
    #expect(!report.summary.contains("203.0.113.1"), "a target's address must not be told")
  }

  @Test func whatWouldNameTheSensorIsWithheld() throws {
    var outgoing = outgoing()
    outgoing.add(try Made.activity("198.51.100.7", direction: .outbound), verdict: nil)
    outgoing.add(try Made.activity("198.51.100.7", direction: .internal), verdict: nil)
    outgoing.add(try Made.activity("192.168.0.4"), verdict: nil)
    #expect(outgoing.reports.isEmpty)
    #expect(outgoing.withheld == [.own: 2, .noPublicAddress: 1])
  }

  @Test func whatIsNoAddressIsWithheld() throws {
    var outgoing = outgoing()
    var activity = try Made.activity("198.51.100.7")
    activity.subject = .mac(0x0200_0000_0001)
    outgoing.add(activity, verdict: nil)
    #expect(outgoing.withheld == [.noPublicAddress: 1])
  }

  @Test func whatIsOldOrOfTheFutureIsWithheld() throws {
    let activity = try Made.activity("198.51.100.7")
    for days in [-3, 40] as [Int64] {
      var outgoing = outgoing(
        now: Timestamp(seconds: Made.noon.wholeSeconds + days * 86_400))
      outgoing.add(activity, verdict: nil)
      #expect(outgoing.reports.isEmpty && outgoing.withheld == [.outOfTime: 1])
    }
  }

  @Test func severalDaysBecomeSeveralReports() throws {
    var outgoing = outgoing(now: Timestamp(seconds: Made.noon.wholeSeconds + 3 * 86_400))
    outgoing.add(try Made.activity("198.51.100.7", seconds: 2 * 86_400), verdict: nil)
    #expect(outgoing.reports.count == 3)
    #expect(outgoing.reports.allSatisfy { Day($0.first) == Day($0.last) && $0.problem == nil })
  }
}

import Foundation
import Observations
import Testing

@testable import FirewallLogs

/// Stamps without a zone, in a zone whose clocks are put forward and back.
@Suite struct ZoneClockTests {
  private func berlin() throws -> LogContext {
    let file = URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")
    let zone = try #require(
      ZoneRule(name: "Europe/Berlin", file: Array(try Data(contentsOf: file))))
    return LogContext(year: 2009, zone: zone, now: LogSupport.now)
  }

  private func line(_ stamp: String, host: String = "gate") -> String {
    "\(stamp) \(host) kernel: DROP IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.1 LEN=40 TTL=60 ID=1 "
      + "PROTO=TCP SPT=1024 DPT=23\n"
  }

  private func read(_ stamps: String...) throws -> ReadLog {
    LogSupport.read(stamps.map { line($0) }.joined(), context: try berlin())
  }

  private func times(_ log: ReadLog) -> [String] {
    log.records.map { Timestamp(nanoseconds: $0.time).description }
  }

  @Test func summerAndWinterHaveTheirOffsets() throws {
    let log = try read("Jan 10 12:00:00", "Mar 28 12:00:00", "Mar 29 12:00:00", "Oct 26 12:00:00")
    #expect(
      times(log) == [
        "2009-01-10T11:00:00Z", "2009-03-28T11:00:00Z", "2009-03-29T10:00:00Z",
        "2009-10-26T11:00:00Z",
      ])
    #expect(log.problems.entries.isEmpty)
  }

  @Test func anHourThatNeverCameIsSaid() throws {
    let log = try read("Mar 29 01:59:59", "Mar 29 02:30:00", "Mar 29 03:45:00")
    #expect(
      times(log) == ["2009-03-29T00:59:59Z", "2009-03-29T01:30:00Z", "2009-03-29T01:45:00Z"])
    #expect(log.problems.entries.map(\.anomaly) == [.hourSkipped])
    #expect(log.problems.count(.hourSkipped) == 1)
  }

  @Test func theHourThatCameTwiceIsFollowed() throws {
    let log = try read(
      "Oct 25 01:50:00", "Oct 25 02:10:00", "Oct 25 02:35:00", "Oct 25 02:35:00",
      "Oct 25 02:58:00", "Oct 25 02:01:00", "Oct 25 02:02:00", "Oct 25 02:59:00",
      "Oct 25 03:00:00")
    #expect(
      times(log) == [
        "2009-10-24T23:50:00Z", "2009-10-25T00:10:00Z", "2009-10-25T00:35:00Z",
        "2009-10-25T00:35:00Z", "2009-10-25T00:58:00Z", "2009-10-25T01:01:00Z",
        "2009-10-25T01:02:00Z", "2009-10-25T01:59:00Z", "2009-10-25T02:00:00Z",
      ])
    #expect(log.problems.count(.hourTwice) == 7)
    #expect(log.problems.count(.clockStepBack) == 0)
    #expect(log.records.allSatisfy { !$0.marks.contains(.timeUncertain) })
  }

  @Test func aMomentOutOfOrderPutsNoClockBack() throws {
    let log = try read("Oct 25 02:10:00", "Oct 25 02:09:30", "Oct 25 02:10:10")
    #expect(
      times(log) == ["2009-10-25T00:10:00Z", "2009-10-25T00:09:30Z", "2009-10-25T00:10:10Z"])
  }

  @Test func whatCannotBeToldIsUncertain() throws {
    let log = try read("Oct 24 20:00:00", "Oct 25 02:10:00", "Oct 25 02:55:00", "Oct 25 09:00:00")
    #expect(
      log.records.map { $0.marks.contains(.timeUncertain) }
        == [false, true, true, false])
    #expect(log.problems.count(.hourTwice) == 2)
  }

  /// Formats with stamps of their own take the same clock, and what a stamp states comes before it.
  @Test func everyFormatTakesTheZone() throws {
    let text = """
      #Version: 1.5
      #Software: Microsoft Windows Firewall
      #Time Format: Local
      #Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path
      2009-07-01 12:00:00 DROP TCP 192.0.2.1 198.51.100.1 1024 23 40 S 1 0 1 - - - RECEIVE
      2009-12-01 12:00:00 DROP TCP 192.0.2.1 198.51.100.1 1024 23 40 S 1 0 1 - - - RECEIVE

      """
    let log = LogSupport.read(text, format: "windows-firewall", context: try berlin())
    #expect(times(log) == ["2009-07-01T10:00:00Z", "2009-12-01T11:00:00Z"])
    let stated = try read("2009-10-25T02:30:00+01:00", "2009-10-25T02:30:00")
    #expect(times(stated) == ["2009-10-25T01:30:00Z", "2009-10-25T00:30:00Z"])
    #expect(stated.problems.count(.hourTwice) == 1)
  }
}

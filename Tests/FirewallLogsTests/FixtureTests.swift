import FirewallLogs
import Foundation
import Observations
import Testing

/// Every log below `Fixtures/logs` against the table beside it. A new case is a file; no code.
/// `UPDATE_BASELINES=1` writes the tables anew: read the difference before keeping it.
@Suite struct FixtureTests {
  static let cases: [String] = {
    let folder = LogSupport.root.appendingPathComponent("Fixtures/logs")
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".log") }.sorted()
  }()

  @Test func thereAreCases() { #expect(FixtureTests.cases.count >= 7) }

  @Test(arguments: cases)
  func matchesItsTable(_ name: String) throws {
    let bytes = try LogSupport.fixture(name)
    let format = String(name.prefix { $0 != "/" })
    let log = LogSupport.read(bytes, format: format)
    let table = name.replacingOccurrences(of: ".log", with: ".expected")
    let rendered = FixtureTests.render(log)
    if ProcessInfo.processInfo.environment["UPDATE_BASELINES"] == "1" {
      let url = LogSupport.root.appendingPathComponent("Fixtures/logs/\(table)")
      try Data(rendered.utf8).write(to: url)
    }
    let expected = String(decoding: try LogSupport.fixture(table), as: UTF8.self)
    #expect(
      rendered.split(separator: "\n") == expected.split(separator: "\n"), "see \(table)")
    #expect(LogSupport.recognise(bytes)?.format == format)
  }

  @Test(arguments: cases)
  func windowsDoNotMatter(_ name: String) throws {
    let bytes = try LogSupport.fixture(name)
    let format = String(name.prefix { $0 != "/" })
    let whole = LogSupport.read(bytes, format: format)
    #expect(whole.consumed == bytes.count)
    for window in [1, 2, 3, 7, 63, 64, 65, 100, 127, 128, 200, 257, 1_000, 4_096] {
      #expect(LogSupport.read(bytes, format: format, window: window) == whole, "window \(window)")
    }
  }

  /// No format takes a line of another's for its own.
  @Test(arguments: cases)
  func amongAllFormatsTheSame(_ name: String) throws {
    let bytes = try LogSupport.fixture(name)
    let format = String(name.prefix { $0 != "/" })
    let alone = LogSupport.read(bytes, format: format)
    let among = try #require(LogSupport.readAny(bytes))
    #expect(FixtureTests.render(among) == FixtureTests.render(alone))
  }

  static func render(_ log: ReadLog) -> String {
    var text = "# line time action path transport source destination facts\n"
    for r in log.records { text += line(r) + "\n" }
    for problem in log.problems.entries {
      let places = problem.first.map { "\($0.record)" }.joined(separator: ",")
      text += "problem \(problem.anomaly.name) \(problem.count) at \(places)\n"
    }
    let t = log.tally
    text += "lines \(log.lines) other \(log.otherLines)\n"
    text += "tally allowed \(t.allowed) blocked \(t.blocked) audited \(t.audited)"
    text += " unknown \(t.unknown) inbound \(t.inbound) outbound \(t.outbound)"
    text += " forwarded \(t.forwarded) limited \(t.rateLimited)"
    if t.lost > 0 { text += " lost \(t.lost)" }
    if t.exchanges > 0 { text += " exchanges \(t.exchanges)" }
    text += "\n"
    return text
  }

  static let markNames: [(Marks, String)] = [
    (.veiled, "veiled"),
    (.broadcast, "broadcast"), (.multicast, "multicast"), (.laterFragment, "laterFragment"),
    (.firstFragment, "firstFragment"), (.ports, "ports"), (.identification, "id"),
    (.malformed, "malformed"), (.quoted, "quoted"), (.quoteMatches, "quoteMatches"),
    (.timeUncertain, "timeUncertain"), (.visit, "visit"), (.userID, "userID"), (.cut, "cut"),
    (.lowerBound, "lowerBound"),
  ]

  private static func line(_ r: ReadRecord) -> String {
    var facts = ["length=\(r.length)", "ttl=\(r.timeToLive)"]
    if r.marks.contains(.identification) { facts.append("ipid=\(r.identification)") }
    if r.tcpFlags.rawValue != 0 { facts.append("flags=\(r.tcpFlags.rawValue)") }
    if r.hint != .none { facts.append("hint=\(r.hint)") }
    if r.detail != 0 { facts.append("detail=\(r.detail >> 16):\(r.detail & 0xffff)") }
    if r.packets != 1 { facts.append("packets=\(r.packets)") }
    facts.append(markNames.filter { r.marks.contains($0.0) }.map(\.1).joined(separator: "+"))
    return "\(r.record) \(Timestamp(nanoseconds: r.time)) \(r.action) \(r.path) \(r.transport)"
      + " \(r.source)|\(r.sourcePort) \(r.destination)|\(r.destinationPort) "
      + facts.joined(separator: " ")
  }
}

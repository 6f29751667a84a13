import Foundation
import Testing

/// `culprit analyze` on evidence that the program itself has made.
@Suite struct AnalyzeTests {
  /// A case folder with a scenario's evidence in it.
  static func simulated(_ scenario: String) throws -> Scratch {
    let scratch = try Scratch()
    let made = try scratch.run("simulate", scenario, "--seed", "3", "--output", "case")
    #expect(made.status == 0, "\(made.complaint)")
    return scratch
  }

  static func parse(_ outcome: Program.Outcome) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
  }

  @Test func theSameBytesForAnyThreadsAndOrder() throws {
    let scratch = try AnalyzeTests.simulated("sbs2003")
    let names = try FileManager.default.contentsOfDirectory(
      atPath: scratch.url.appending(path: "case").path()
    ).sorted().map { "case/\($0)" }
    let options = ["--format", "json", "--now", "2008-10-12T00:00:00Z"]
    let reference = try Program.run(["analyze"] + names + options, in: scratch.url)
    #expect(reference.status == 0, "\(reference.complaint)")
    #expect(!(try AnalyzeTests.parse(reference)).isEmpty)
    let orders = [names, names.reversed(), Array(names.dropFirst()) + names.prefix(1)]
    for (threads, order) in zip(["1", "2", "7"], orders) {
      let outcome = try Program.run(
        ["analyze"] + order + options + ["--threads", threads], in: scratch.url)
      #expect(outcome.output == reference.output, "\(threads) threads, \(order)")
    }
  }

  @Test func theTruthIsListedAndNeverRead() throws {
    let scratch = try AnalyzeTests.simulated("cadlock770")
    let whole = try AnalyzeTests.parse(try scratch.run("analyze", "case", "--format", "json"))
    let evidence = try #require(whole["evidence"] as? [[String: Any]])
    #expect(evidence.contains { $0["kind"] as? String == "truth" })
    try scratch.write("case/truth.json", "{not even JSON".utf8)
    let again = try AnalyzeTests.parse(try scratch.run("analyze", "case", "--format", "json"))
    #expect(again["incidents"] as? NSArray == whole["incidents"] as? NSArray)
  }

  @Test func failOnSpeaksOnlyWhenAsked() throws {
    let scratch = try AnalyzeTests.simulated("opaserv")
    #expect(try scratch.run("analyze", "case").status == 0)
    #expect(try scratch.run("analyze", "case", "--fail-on", "info").status == 1)
    let quiet = try AnalyzeTests.simulated("ordinary")
    #expect(try quiet.run("analyze", "case", "--fail-on", "info").status == 0)
  }

  @Test func aNoteOnTheCommandLineIsTestedAndQuoted() throws {
    let scratch = try AnalyzeTests.simulated("reverse-lookup")
    let plain = try AnalyzeTests.parse(try scratch.run("analyze", "case", "--format", "json"))
    let incident = try #require((plain["incidents"] as? [[String: Any]])?.first)
    let first = try #require(incident["first"] as? String)
    let last = try #require(incident["last"] as? String)
    let told = try scratch.run(
      "analyze", "case", "--note", "\(first)..\(last) \u{1b}[31mLAN cables pulled")
    let report = String(decoding: told.output, as: UTF8.self)
    #expect(told.status == 0 && report.contains("YOUR NOTES"))
    #expect(report.contains("LAN cables pulled") && !report.contains("\u{1b}"))
    let wrong = try scratch.run("analyze", "case", "--note", "yesterday LAN cables pulled")
    #expect(wrong.status == 64)
    #expect(wrong.complaint.contains("2008-10-14T10:00..2008-10-14T12:00"))
  }

  @Test func theReportGoesToTheFileNamed() throws {
    let scratch = try AnalyzeTests.simulated("ordinary")
    let shown = try scratch.run("analyze", "case", "--format", "json")
    let saved = try scratch.run("analyze", "case", "--format", "json", "--output", "report.json")
    #expect(saved.status == 0 && saved.output.isEmpty)
    #expect(try Data(contentsOf: scratch.url.appending(path: "report.json")) == shown.output)
    let failed = try scratch.run("analyze", "case", "--output", "no/such/folder/report")
    #expect(failed.status == 73)
    #expect(StatusTests.isOneLine(failed.complaint), "\(failed.complaint)")
  }

  @Test func standardInputIsReadWhereADashStands() throws {
    let scratch = try AnalyzeTests.simulated("cadlock770")
    let capture = try Data(contentsOf: scratch.url.appending(path: "case/lan.pcap"))
    let outcome = try scratch.run("analyze", "-", "--format", "json", input: capture)
    #expect(outcome.status == 0, "\(outcome.complaint)")
    let evidence = try #require(
      try AnalyzeTests.parse(outcome)["evidence"] as? [[String: Any]])
    #expect(evidence.first?["format"] as? String == "pcap")
    #expect(evidence.first?["sha256"] is NSNull)
  }

  /// A firewall's log prefix is whatever its owner, or an attacker who writes to the log, made it.
  @Test func escapesInALogAreShownInert() throws {
    let scratch = try Scratch()
    let lines = (0..<200).map { number in
      "Oct  9 12:00:\(number / 10 % 6)\(number % 10) gate kernel: "
        + "\u{1b}]0;owned\u{7}\u{1b}[2JDROP\u{202e} IN=eth0 OUT= SRC=192.0.2.66 "
        + "DST=198.51.100.\(number % 250 + 1) LEN=60 TOS=0x00 PREC=0x00 TTL=50 ID=\(number) "
        + "PROTO=TCP SPT=4\(number + 100) DPT=445 WINDOW=1024 RES=0x00 SYN URGP=0\n"
    }
    let name = "a\u{1b}[31m\nb.log"
    try scratch.write(name, lines.joined().utf8)
    for format in ["text", "json"] {
      let outcome = try scratch.run("analyze", name, "--year", "2008", "--format", format)
      #expect(outcome.status == 0, "\(outcome.complaint)")
      let treacherous = (outcome.text + outcome.complaint).unicodeScalars.filter { scalar in
        scalar.value < 0x20 && scalar != "\n" || (0x7f..<0xa0).contains(scalar.value)
          || (0x202a...0x202e).contains(scalar.value)
      }
      #expect(treacherous.isEmpty)
    }
    #expect(try scratch.run("identify", name).text.contains("\\u{1b}[31m\\u{a}b.log"))
  }

  @Test func nothingIsColouredWhereNoTerminalIs() throws {
    let scratch = try AnalyzeTests.simulated("cadlock770")
    let outcome = try scratch.run("analyze", "case", environment: ["TERM": "xterm"])
    #expect(!outcome.text.contains("\u{1b}"))
    #expect(outcome.complaint.isEmpty, "no progress either")
  }
}

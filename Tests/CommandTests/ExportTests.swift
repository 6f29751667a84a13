import Foundation
import Testing

/// What other programs say of our exports of an example: their own checkers, where they are installed.
@Suite struct ExportCommandTests {
  private static let source = "198.51.100.77"

  /// A log of a sweep by TCP from outside, with a little of something else of the same source.
  static func evidence() throws -> Scratch {
    let scratch = try Scratch()
    var lines = (0..<300).map { number in
      line(second: number, target: number % 250 + 1, port: 445)
    }
    lines += (300..<303).map { line(second: $0, target: 9, port: 443) }
    try scratch.write("gate.log", lines.joined().utf8)
    return scratch
  }

  private static func line(second: Int, target: Int, port: Int) -> String {
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "Oct  9 12:\(two(second / 60)):\(two(second % 60)) gate kernel: DROP IN=eth0 OUT= "
      + "SRC=\(source) DST=203.0.113.\(target) LEN=60 TOS=0x00 PREC=0x00 TTL=50 ID=\(second) "
      + "PROTO=TCP SPT=\(40_000 + second) DPT=\(port) WINDOW=1024 RES=0x00 SYN URGP=0\n"
  }

  private static func export(
    _ form: String, of scratch: Scratch, _ further: String...
  ) throws -> Program.Outcome {
    let outcome = try Program.run(
      [
        "analyze", "gate.log", "--year", "2008", "--home", "203.0.113.0/24", "--now",
        "2009-01-01", "--format", form,
      ] + further, in: scratch.url)
    #expect(outcome.status == 0, "\(outcome.complaint)")
    return outcome
  }

  /// Runs another program to its end; nil where it is not there.
  private static func check(
    _ program: String, _ arguments: [String], in folder: URL
  ) throws -> (status: Int32, output: String)? {
    guard FileManager.default.isExecutableFile(atPath: program) else {
      print("skipped: \(program) is not there, which would have to accept the export")
      return nil
    }
    let process = Process()
    let output = folder.appending(path: "said-\(UUID().uuidString)")
    try Data().write(to: output)
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: try Data(contentsOf: output), as: UTF8.self)
    )
  }

  /// Python with the validators of `scripts/setup validators`.
  private static let python = Program.root.appending(path: ".build/validators/bin/python3").path()

  @Test func nftAcceptsTheRules() throws {
    let scratch = try ExportCommandTests.evidence()
    let rules = try ExportCommandTests.export("nftables", of: scratch)
    #expect(rules.text.contains("saddr 198.51.100.77 tcp dport 445 counter drop"))
    try scratch.write("rules.nft", rules.output)
    let file = scratch.url.appending(path: "rules.nft").path()
    guard
      let said = try ExportCommandTests.check("/usr/sbin/nft", ["-c", "-f", file], in: scratch.url)
    else { return }
    if said.output.contains("Operation not permitted") {
      print("skipped: nft checks rules for root only")
      return
    }
    #expect(said.status == 0, "\(said.output)")
  }

  @Test func suricataAcceptsTheRules() throws {
    let scratch = try ExportCommandTests.evidence()
    let rules = try ExportCommandTests.export("suricata", of: scratch)
    for line in rules.text.split(separator: "\n") where !line.hasPrefix("#") {
      #expect(
        line.wholeMatch(
          of:
            #/alert tcp [0-9.]+ any -> any [0-9:,\[\]]+ \((?:[a-z]+:(?:"[^";]*"|[^;"]+); )*rev:1;\)/#
        ) != nil, "\(line)")
    }
    try scratch.write("culprit.rules", rules.output)
    let file = scratch.url.appending(path: "culprit.rules").path()
    guard
      let said = try ExportCommandTests.check(
        "/usr/bin/suricata", ["-T", "-S", file, "-l", scratch.url.path()], in: scratch.url)
    else { return }
    #expect(said.status == 0, "\(said.output)")
  }

  @Test func theStandardsOwnValidatorAcceptsTheBundle() throws {
    let scratch = try ExportCommandTests.evidence()
    try scratch.write("bundle.json", try ExportCommandTests.export("stix", of: scratch).output)
    let script = """
      import sys
      from stix2validator import validate_file, ValidationOptions
      found = validate_file(sys.argv[1], ValidationOptions(version="2.1"))
      print([str(e) for o in found.object_results for e in (o.errors or [])][:5], found.fatal)
      sys.exit(0 if found.is_valid else 1)
      """
    guard
      let said = try ExportCommandTests.check(
        ExportCommandTests.python,
        ["-c", script, scratch.url.appending(path: "bundle.json").path()], in: scratch.url)
    else { return }
    #expect(said.status == 0, "\(said.output)")
  }

  @Test func reportsOfAbuseFollowTheSchema() throws {
    let scratch = try ExportCommandTests.evidence()
    let reports = try ExportCommandTests.export(
      "xarf", of: scratch, "--reporter", "Example Org <abuse@example.org>")
    let lines = reports.text.split(separator: "\n")
    #expect(lines.count == 1)
    for line in lines {
      let report = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      for field in [
        "xarf_version", "report_id", "timestamp", "reporter", "sender", "source_identifier",
        "source_port", "category", "type", "protocol", "first_seen",
      ] { #expect(report[field] != nil, "\(field)") }
    }
    try scratch.write("reports.jsonl", reports.output)
    let script = """
      import sys, xarf
      for line in open(sys.argv[1]):
          found = xarf.parse(line)
          print(found.errors)
          if found.errors: sys.exit(1)
      """
    guard
      let said = try ExportCommandTests.check(
        ExportCommandTests.python,
        ["-c", script, scratch.url.appending(path: "reports.jsonl").path()], in: scratch.url)
    else { return }
    #expect(said.status == 0, "\(said.output)")
  }

  /// Our own reader takes what we write, and finds the same source in it.
  @Test func linesOfDShieldAreReadAgain() throws {
    let scratch = try ExportCommandTests.evidence()
    let lines = try ExportCommandTests.export("dshield", of: scratch, "--targets", "obscured")
    #expect(lines.text.split(separator: "\n").allSatisfy { $0.split(separator: "\t").count == 9 })
    try scratch.write("lines.txt", lines.output)
    let again = try scratch.run("analyze", "lines.txt", "--format", "json")
    let report = try AnalyzeTests.parse(again)
    let evidence = try #require((report["evidence"] as? [[String: Any]])?.first)
    #expect(evidence["format"] as? String == "dshield")
    #expect((evidence["problems"] as? [Any])?.isEmpty == true)
    let incidents = try #require(report["incidents"] as? [[String: Any]])
    #expect(
      (incidents.first?["subject"] as? [String: Any])?["value"] as? String
        == ExportCommandTests.source)
  }

  @Test func anIncidentIsReportedFromTheEvidenceOrFromItsReport() throws {
    let scratch = try ExportCommandTests.evidence()
    let analysis = try ExportCommandTests.export("json", of: scratch)
    try scratch.write("report.json", analysis.output)
    let report = scratch.url.appending(path: "report.json").path()
    let incidents = try #require(
      try AnalyzeTests.parse(analysis)["incidents"] as? [[String: Any]])
    let accused = try #require(
      incidents.first {
        ($0["subject"] as? [String: Any])?["value"] as? String == ExportCommandTests.source
      })
    let id = try #require(accused["id"] as? String)
    for form in ["nftables", "suricata", "stix", "mail", "text"] {
      let outcome = try Program.run(
        ["report", id, "--analysis", report, "--format", form, "--now", "2009-01-01"],
        in: scratch.url)
      #expect(outcome.status == 0 && outcome.text.contains(ExportCommandTests.source), "\(form)")
      #expect(outcome.complaint.isEmpty)
    }
    let mail = try Program.run(
      [
        "report", id, "gate.log", "--year", "2008", "--home", "203.0.113.0/24", "--format", "mail",
        "--now", "2009-01-01",
      ], in: scratch.url)
    #expect(mail.text.contains("198.51.100.77:40000 to us port 445"))
    try scratch.write(
      "innocent.json",
      analysis.text.replacing("\"severity\": \"medium\"", with: "\"severity\": \"info\"").utf8)
    let none = try scratch.run("report", id, "--analysis", "innocent.json", "--format", "mail")
    #expect(none.status == 65 && none.output.isEmpty)
    #expect(none.complaint.contains("nobody can be written to"))
    #expect(try scratch.run("report", "ffff", "--analysis", "report.json").status == 64)
    #expect(try scratch.run("report", id).status == 64)
    #expect(try scratch.run("report", id, "--analysis", "no.json").status == 66)
    try scratch.write("no.json", "{}".utf8)
    #expect(try scratch.run("report", id, "--analysis", "no.json").status == 65)
  }

  /// Another program's idea of a mail.
  @Test func pythonReadsTheMail() throws {
    let scratch = try ExportCommandTests.evidence()
    let report = try ExportCommandTests.export("json", of: scratch)
    try scratch.write("report.json", report.output)
    let incidents = try #require(try AnalyzeTests.parse(report)["incidents"] as? [[String: Any]])
    let id = try #require(incidents.first?["id"] as? String)
    let mail = try scratch.run(
      "report", id, "--analysis", "report.json", "--format", "mail", "--reporter",
      "Bj\u{f6}rn \"B\" <abuse@example.org>", "--now", "2009-01-01")
    try scratch.write("mail.eml", mail.output)
    let script = """
      import sys, email, email.policy
      m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
      assert not m.defects, m.defects
      assert m["From"].addresses[0].addr_spec == "abuse@example.org", m["From"]
      assert m["From"].addresses[0].display_name == 'Bj\\u00f6rn "B"', m["From"]
      assert m["Date"].datetime.year == 2009
      assert "198.51.100.77" in m.get_content()
      """
    guard
      let said = try ExportCommandTests.check(
        "/usr/bin/python3", ["-c", script, scratch.url.appending(path: "mail.eml").path()],
        in: scratch.url)
    else { return }
    if said.output.contains("ModuleNotFoundError") {
      print("skipped: this Python has no email module")
      return
    }
    #expect(said.status == 0, "\(said.output)")
  }
}

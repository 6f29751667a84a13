import Foundation
import Testing

/// Logs as they lie on disks: compressed, mixed, put aside, with lines that nobody knows.
@Suite struct LogFilesTests {
  private func packed(_ text: String, _ program: String...) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = program
    let name = FileManager.default.temporaryDirectory.appending(path: "pack-\(UUID().uuidString)")
    try Data(text.utf8).write(to: name)
    defer { try? FileManager.default.removeItem(at: name) }
    process.standardInput = try FileHandle(forReadingFrom: name)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let made = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(program)")
    return made
  }

  private func firewall(_ count: Int, day: Int = 10) -> String {
    (0..<count).map { k in
      "Oct \(day) 12:\(10 + k / 60 % 50):\(10 + k % 50) gate kernel: DROP IN=eth0 OUT= "
        + "SRC=203.0.113.9 DST=198.51.100.\(k % 250) LEN=40 TTL=60 ID=\(k) PROTO=TCP SPT=\(1024 + k) "
        + "DPT=23 WINDOW=1 RES=0x00 SYN URGP=0\n"
    }.joined()
  }

  private func visits(_ count: Int) -> String {
    (0..<count).map { k in
      "Oct 11 12:00:\(10 + k % 50) gate postfix/smtpd[7]: connect from a[198.51.100.\(k % 250)]\n"
    }.joined()
  }

  private let unknown = [
    "bob@corp.example logged in from 192.0.2.77 port 4022, host=alpha-7 mac 02:00:5e:10:00:01",
    "%% peer 2001:db8:7::99 at 12:00:01 said \"no\" to user carol via mx1.corp.example:25",
    "\u{1b}[31mred\u{1b}[0m {\"user\":\"dave\",\"srcip\":\"198.51.100.250\"} 0011.2233.4455",
  ]

  @Test(arguments: [
    ["gzip", "-c"], ["zstd", "-qc"], ["xz", "-c"], ["bzip2", "-c"], ["lz4", "-qc"],
  ])
  func standardInputMayBeCompressed(program: [String]) throws {
    let scratch = try Scratch()
    let text = firewall(300)
    let input = try packed(text, program[0], program[1])
    let plain = try scratch.run(
      "analyze", "-", "--now", "2010-06-01", "--format", "json", input: Data(text.utf8))
    let read = try scratch.run(
      "analyze", "-", "--now", "2010-06-01", "--format", "json", input: input)
    #expect(plain.status == 0 && read.status == 0, "\(read.complaint)")
    #expect(read.text.contains("\"compression\": \"\(program[0])\""))
    #expect(!plain.text.contains("\"compression\""))
    func incidents(_ text: String) -> Substring {
      text.firstRange(of: "\"incidents\"").map { text[$0.lowerBound...] } ?? ""
    }
    #expect(!incidents(plain.text).isEmpty && incidents(plain.text) == incidents(read.text))
  }

  @Test func identifySaysWhatTheLinesAre() throws {
    let scratch = try Scratch()
    let text = firewall(100) + visits(50) + unknown.joined(separator: "\n") + "\n"
    try scratch.write("a.gz", try packed(text, "gzip", "-c"))
    let said = try scratch.run("identify", "a.gz", "--now", "2010-06-01").text
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(said.contains("firewall log (netfilter, gzip-compressed)"))
    #expect(said.contains("netfilter: 100 lines (65.4 %), the first is line 1"))
    #expect(said.contains("postfix: 50 lines (32.7 %), the first is line 101"))
    #expect(said.contains("the format changes at line 101 from netfilter to postfix"))
    #expect(said.contains("not recognised: 3 lines"))
    #expect(said.contains("line 151: bob@corp.example"))
    #expect(!said.contains("\u{1b}"))
  }

  @Test func unreadLinesAreWrittenWithoutWhatIdentifies() throws {
    let scratch = try Scratch()
    try scratch.write(
      "corp.log", (firewall(100) + unknown.joined(separator: "\n") + "\n").utf8)
    let said = try scratch.run("identify", "corp.log", "--now", "2010-06-01", "--unread", "u.txt")
    #expect(said.status == 0 && said.text.contains("not recognised: 3 lines"))
    let lines = try String(
      contentsOf: scratch.url.appending(path: "u.txt"), encoding: .utf8
    ).split(separator: "\n").map(String.init)
    #expect(lines.count == 5 && lines[0].hasPrefix("# Lines that culprit"))
    #expect(lines[1] == "# file 1")
    #expect(
      lines[2] == "x@x logged in from x.x.x.x port 4022, host=x mac xx:xx:xx:xx:xx:xx")
    #expect(lines[3] == "%% peer x::x at 12:00:01 said \"no\" to user x via x.x")
    #expect(
      lines[4] == "\\x1b[31mred\\x1b[0m {\"user\":\"x\",\"srcip\":\"x.x.x.x\"} xxxx.xxxx.xxxx")
    let piped = try scratch.run("identify", "corp.log", "--now", "2010-06-01", "--unread", "-")
    #expect(piped.text.split(separator: "\n").map(String.init) == lines)
  }

  @Test func packetsAndVisitsOfOneFileBothCount() throws {
    let scratch = try Scratch()
    // More visits than packets, so that the file as a whole is a visitors' log.
    try scratch.write("all.log", (firewall(300) + visits(400)).utf8)
    let said = try scratch.run(
      "analyze", "all.log", "--now", "2010-06-01", "--format", "json"
    ).text
    #expect(said.contains("\"formats\"") && said.contains("\"postfix\""))
    #expect(said.contains("203.0.113.9"))
  }

  @Test func aTableIsReadByTheColumnsThatAreNamed() throws {
    let scratch = try Scratch()
    let rows = (0..<60).map { k in
      "2009-10-10T12:00:\(10 + k % 50)Z;203.0.113.9;198.51.100.\(k);\(1024 + k);23;tcp;deny\n"
    }
    try scratch.write("t.csv", ("when;from;to;sp;dp;proto;what\n" + rows.joined()).utf8)
    let map =
      "time=when,source=from,destination=to,source-port=sp,destination-port=dp,protocol=proto,"
      + "action=what,delimiter=semicolon"
    let without = try scratch.run("identify", "t.csv", "--now", "2010-06-01").text
    #expect(without.contains("no known format"))
    let read = try scratch.run("identify", "t.csv", "--now", "2010-06-01", "--columns", map)
    #expect(read.status == 0 && read.text.contains("60 observations"), "\(read.text)")
    let wrong = try scratch.run("identify", "t.csv", "--columns", "time=1,colour=2")
    #expect(wrong.status == 64 && wrong.complaint.contains("colour"))
  }

  @Test func aNamedZoneIsTaken() throws {
    let scratch = try Scratch()
    try scratch.write("a.log", firewall(50).utf8)
    let said = try scratch.run(
      "analyze", "a.log", "--now", "2010-06-01", "--zone", "Europe/Berlin", "--format", "json")
    #expect(said.status == 0, "\(said.complaint)")
    #expect(said.text.contains("2009-10-10T10:10:10Z"))
    #expect(said.text.contains("\"value\": \"Europe/Berlin\""))
  }
}

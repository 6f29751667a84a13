import Foundation
import Testing

/// `culprit extract`: what comes out is the incident's, all of it and as it was.
@Suite struct ExtractTests {
  /// A sweep by ARP, with two packets of others among it.
  private static func evidence() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("sweep.pcapng", LostPacketsTests.capture(lost: nil, comments: 0))
    return scratch
  }

  private static func incident(_ outcome: Program.Outcome) throws -> [String: Any] {
    let report = try AnalyzeTests.parse(outcome)
    return try #require((report["incidents"] as? [[String: Any]])?.first)
  }

  /// Subject, label, verdict and number of packets of an incident's first activity.
  private static func summary(_ incident: [String: Any]) throws -> [String] {
    let activity = try #require((incident["activities"] as? [[String: Any]])?.first)
    let traffic = try #require(activity["traffic"] as? [String: Any])
    let subject = try #require(incident["subject"] as? [String: Any])
    let diagnosis = try #require(activity["diagnosis"] as? [String: Any])
    return [
      "\(subject["value"] ?? "")", "\(activity["label"] ?? "")",
      "\(diagnosis["verdict"] ?? "none")",
      "\(traffic["packets"] ?? "")", "\(incident["first"] ?? "")", "\(incident["last"] ?? "")",
    ]
  }

  @Test func thePacketsComeOutAsTheyWere() throws {
    let scratch = try ExtractTests.evidence()
    let report = try scratch.run("analyze", "sweep.pcapng", "--format", "json")
    let incident = try ExtractTests.incident(report)
    let id = try #require(incident["id"] as? String)
    let made = try scratch.run("extract", id, "sweep.pcapng", "--output", "out/../out.pcapng")
    #expect(made.status == 73)
    let outcome = try scratch.run("extract", id, "sweep.pcapng", "--output", "out.pcapng")
    #expect(outcome.status == 0, "\(outcome.complaint)")
    let bytes = [UInt8](try Data(contentsOf: scratch.url.appending(path: "out.pcapng")))

    // The same incident again, packet for packet; only the file's name, and so its id, is another.
    let again = try ExtractTests.incident(
      try scratch.run("analyze", "out.pcapng", "--format", "json"))
    #expect(try ExtractTests.summary(again) == ExtractTests.summary(incident))

    // Every time the same bytes, by the report, too; on standard output, too.
    try scratch.write("report.json", report.output)
    let byReport = try scratch.run(
      "extract", String(id.prefix(6)), "sweep.pcapng", "--analysis", "report.json")
    #expect([UInt8](byReport.output) == bytes)
  }

  @Test func wiresharkOpensIt() throws {
    let tshark = URL(filePath: "/usr/bin/tshark")
    guard FileManager.default.isExecutableFile(atPath: tshark.path()) else {
      print("skipped: no tshark is installed, which would have to open the file")
      return
    }
    let scratch = try ExtractTests.evidence()
    let incident = try ExtractTests.incident(
      try scratch.run("analyze", "sweep.pcapng", "--format", "json"))
    let id = try #require(incident["id"] as? String)
    _ = try scratch.run("extract", id, "sweep.pcapng", "--output", "out.pcapng")
    func read(_ file: String, _ fields: [String]) throws -> [String] {
      let process = Process()
      let pipe = Pipe()
      process.executableURL = tshark
      process.currentDirectoryURL = scratch.url
      process.arguments = ["-n", "-r", file, "-T", "fields"] + fields.flatMap { ["-e", $0] }
      process.standardOutput = pipe
      process.standardError = FileHandle.nullDevice
      try process.run()
      let output = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }
    let fields = ["frame.time_epoch", "frame.len", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"]
    // The times of the original have six digits, those of the copy nine.
    let original = try read("sweep.pcapng", fields)
    let copied = try read("out.pcapng", fields)
    #expect(original.count == 200)
    #expect(copied == original)
    let comments = try read("out.pcapng", ["frame.comment"]).filter { !$0.isEmpty }
    #expect((1...12).contains(comments.count))
    #expect(comments.allSatisfy { $0.contains("ARP requests for 200 addresses") })
    let interface = try read("out.pcapng", ["frame.interface_name"])
    #expect(Set(interface) == ["sweep.pcapng"])
  }

  @Test func whatCannotBeExtractedIsSaid() throws {
    let scratch = try ExtractTests.evidence()
    let unknown = try scratch.run("extract", "0123456789abcdef", "sweep.pcapng")
    #expect(unknown.status == 64)
    #expect(unknown.complaint.contains("no incident 0123456789abcdef; there are "))
    let incident = try ExtractTests.incident(
      try scratch.run("analyze", "sweep.pcapng", "--format", "json"))
    let id = try #require(incident["id"] as? String)
    #expect(try scratch.run("extract", id, "sweep.pcapng", "--activity", "9").status == 64)
    #expect(try scratch.run("extract", id, "-").status == 64)
    try scratch.write("there.pcapng", [1])
    let exists = try scratch.run("extract", id, "sweep.pcapng", "--output", "there.pcapng")
    #expect(exists.status == 73)
    #expect(exists.complaint.contains("--force"))
    let forced = try scratch.run(
      "extract", id, "sweep.pcapng", "--output", "there.pcapng", "--force")
    #expect(forced.status == 0)
    let lines = try scratch.run("extract", id, "sweep.pcapng", "--lines")
    #expect(lines.status == 65)
    #expect(lines.complaint.contains("no log tells of incident"))
  }

  @Test func ofALogTheLinesComeOut() throws {
    let scratch = try Scratch()
    let lines = (0..<300).map { number in
      let second = (number / 60, number % 60)
      let time = "Oct  9 12:0\(second.0):\(second.1 < 10 ? "0" : "")\(second.1)"
      let isProbe = number % 3 != 0
      return "\(time) gw kernel: DROP IN=eth1 OUT= MAC= SRC="
        + (isProbe ? "198.51.100.9" : "198.51.100.77")
        + " DST=203.0.113.\(number % 250) LEN=48 TOS=0x00 PREC=0x00 TTL=110 ID=\(number + 1) "
        + "PROTO=TCP SPT=4000 DPT=\(isProbe ? 1_433 : 80) WINDOW=64240 RES=0x00 SYN URGP=0"
    }
    try scratch.write("fw.log", (lines.joined(separator: "\n") + "\n").utf8)
    let time = ["--now", "2008-10-12T00:00:00Z"]
    let outcome = try Program.run(
      ["analyze", "fw.log", "--format", "json", "--match", "dst port 1433"] + time, in: scratch.url)
    let report = try AnalyzeTests.parse(outcome)
    let evidence = try #require((report["evidence"] as? [[String: Any]])?.first)
    #expect(evidence["leftOut"] as? Int == 100)
    #expect(evidence["observations"] as? Int == 200)
    let incident = try ExtractTests.incident(outcome)
    let id = try #require(incident["id"] as? String)
    let without = try Program.run(["extract", id, "fw.log"] + time, in: scratch.url)
    #expect(without.status == 65)
    #expect(without.complaint.contains("--lines gives the lines"))
    let with = try Program.run(["extract", id, "fw.log", "--lines"] + time, in: scratch.url)
    let expected = lines.filter { $0.contains("198.51.100.9 ") }
    #expect(with.text == expected.joined(separator: "\n") + "\n")
  }

  @Test func aFilterIsToldEverywhere() throws {
    let scratch = try ExtractTests.evidence()
    let nothing = try scratch.run("analyze", "sweep.pcapng", "--match", "tcp port 80")
    #expect(nothing.status == 0)
    let words = nothing.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("NOTHING WAS RAISED."))
    #expect(words.contains("ONLY A PART WAS LOOKED AT: 200 records left out by --match"))
    #expect(words.contains("that nothing is raised clears nobody"))
    let identified = try scratch.run("identify", "sweep.pcapng", "--match", "arp")
    #expect(identified.text.contains("0 records left out by --match"))
    let wrong = try scratch.run("analyze", "sweep.pcapng", "--match", "udp and and tcp")
    #expect(wrong.status == 64)
    #expect(wrong.complaint.contains("libpcap says: "))
    #expect(wrong.complaint.contains("udp and and tcp\n          ^"))
    #expect(
      try scratch.run("analyze", "sweep.pcapng", "--match", "arp", "--format", "json").status == 0)
  }
}

import Analysis
import Detection
import Diagnosis
import Foundation
import Observations
import Testing

/// Records that reports quote: the same ones whatever the evidence is stored as.
@Suite struct ExcerptTests {
  /// What is quoted of packets, by record.
  private static func packets(_ analysis: Analysis) -> [UInt64: [UInt8]] {
    var heads: [UInt64: [UInt8]] = [:]
    for (reference, excerpt) in analysis.excerpts {
      if case .packet(let packet) = excerpt { heads[reference.record] = packet.head }
    }
    return heads
  }

  private static func quoted(_ paths: [String]) throws -> Analysis {
    let options = AnalysisOptions(now: Workbench.now)
    let analysis = try analyze(
      paths: paths, options: options, knowledge: Workbench.knowledge.get())
    return analysis.withExcerpts(paths: paths, options: options)
  }

  /// Compresses a file beside itself; nil where the program is not there.
  private static func compressed(_ path: String, by program: String) throws -> String? {
    let url = URL(filePath: "/usr/bin/\(program)")
    guard FileManager.default.isExecutableFile(atPath: url.path) else {
      print("skipped: \(program) is not there, which would have to compress the evidence")
      return nil
    }
    let process = Process()
    process.executableURL = url
    process.arguments = ["-k", "-q", path]
    try process.run()
    process.waitUntilExit()
    let made = ["gz", "xz"].map { "\(path).\($0)" }
    return made.first { FileManager.default.fileExists(atPath: $0) }
  }

  @Test func firstAndLastPacketsAreQuotedAsTheyStand() throws {
    let bench = try Workbench()
    try bench.make("cadlock770", seed: 1)
    let capture = bench.folder.appending(path: "lan.pcap").path
    let plain = try ExcerptTests.quoted([capture])
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: capture)))
    let activity = try #require(plain.activities.first)
    let traffic = try #require(activity.evidence.finding(.traffic))
    for reference in [traffic.evidence.min(), traffic.evidence.max()] {
      let reference = try #require(reference)
      guard case .packet(let packet)? = plain.excerpts[reference] else {
        Issue.record("record \(reference.record) is not quoted")
        continue
      }
      // A record's header takes 16 bytes; the frame stands behind it.
      let from = Int(reference.offset) + 16
      #expect(packet.head == Array(bytes[from..<from + packet.head.count]))
      let said = try #require(packet.packet)
      #expect(activity.evidence.first.nanoseconds <= said.time)
      #expect(activity.evidence.last.nanoseconds >= said.time)
      #expect(said.transport == activity.evidence.traffic.transport)
      #expect(packet.sent >= packet.held && packet.held >= packet.head.count)
    }
    #expect(plain.unquoted.isEmpty)
    let heads = ExcerptTests.packets(plain)
    #expect(heads.count >= 2)
    for program in ["gzip", "xz"] {
      guard let path = try ExcerptTests.compressed(capture, by: program) else { continue }
      #expect(ExcerptTests.packets(try ExcerptTests.quoted([path])) == heads, "\(program)")
      try FileManager.default.removeItem(atPath: path)
    }
  }

  @Test func linesOfACompressedLogAreQuotedAsThoseOfThePlainOne() throws {
    let bench = try Workbench()
    try bench.make("mynetwatchman", seed: 1)
    let log = bench.folder.appending(path: "office.netfilter.log").path
    func lines(_ analysis: Analysis) -> [UInt64: String] {
      var lines: [UInt64: String] = [:]
      for (reference, excerpt) in analysis.excerpts {
        if case .line(let line) = excerpt { lines[reference.offset] = line }
      }
      return lines
    }
    let plain = lines(try ExcerptTests.quoted([log]))
    #expect(plain.count >= 2)
    let text = String(decoding: try Data(contentsOf: URL(filePath: log)), as: UTF8.self)
    for line in plain.values { #expect(text.contains(line)) }
    guard let path = try ExcerptTests.compressed(log, by: "gzip") else { return }
    #expect(lines(try ExcerptTests.quoted([path])) == plain)
  }

  /// What cannot be read twice is not read twice, and that is said; what is gone is not quoted.
  @Test func whatCannotBeReadAgainIsSaid() throws {
    let bench = try Workbench()
    try bench.make("cadlock770", seed: 1)
    let capture = bench.folder.appending(path: "lan.pcap").path
    let options = AnalysisOptions(now: Workbench.now)
    var analysis = try analyze(
      paths: [capture], options: options, knowledge: Workbench.knowledge.get())
    let other = try bench.write("other.pcap", Array("no capture".utf8))
    #expect(analysis.withExcerpts(paths: [other], options: options).excerpts.isEmpty)
    // As if it had come by standard input.
    for incident in analysis.incidents.indices {
      for activity in analysis.incidents[incident].activities.indices {
        for finding in analysis.incidents[incident].activities[activity].evidence.findings.indices {
          let old = analysis.incidents[incident].activities[activity].evidence.findings[finding]
          analysis.incidents[incident].activities[activity].evidence.findings[finding].evidence =
            old.evidence.map { EvidenceReference(path: "-", record: $0.record, offset: $0.offset) }
        }
      }
    }
    let quoted = analysis.withExcerpts(paths: ["-"], options: options)
    #expect(quoted.excerpts.isEmpty && quoted.unquoted["-"] == "it cannot be read twice")
  }

  /// The same packets are quoted out of every container that holds them.
  @Test(
    .enabled(if: RealEvidence.isPresent, "no evidence folder: set CULPRIT_EVIDENCE to run this"))
  func everyContainerShowsTheSamePackets() throws {
    let files = [
      "packets/synscan.pcapng", "reencoded/synscan.netmon1.cap", "reencoded/synscan.netmon2.cap",
    ]
    let heads = try files.map { file in
      let path = RealEvidence.folder.appending(path: "captures/\(file)").path
      return ExcerptTests.packets(try ExcerptTests.quoted([path]))
    }
    #expect(heads[0].count >= 2)
    for other in heads.dropFirst() { #expect(other == heads[0]) }
  }
}

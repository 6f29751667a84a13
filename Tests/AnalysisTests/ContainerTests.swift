import Analysis
import Detection
import Diagnosis
import Foundation
import Observations
import Testing

/// A classic capture taken apart, to be written again in other containers, independently of the
/// program's readers and writers.
private struct Recoded {
  struct Frame {
    var microseconds: Int
    var wire: Int
    var bytes: [UInt8]
  }
  var link: Int
  var frames: [Frame] = []

  /// nil where it is no little-endian pcap with microseconds.
  init?(_ file: [UInt8]) {
    guard file.count >= 24, file.prefix(4) == [0xd4, 0xc3, 0xb2, 0xa1] else { return nil }
    func u32(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(file[at + $1]) << (8 * $1) } }
    link = u32(20)
    var at = 24
    while at + 16 <= file.count, at + 16 + u32(at + 8) <= file.count {
      frames.append(
        Frame(
          microseconds: u32(at) * 1_000_000 + u32(at + 4), wire: u32(at + 12),
          bytes: Array(file[(at + 16)..<(at + 16 + u32(at + 8))])))
      at += 16 + u32(at + 8)
    }
  }

  private static func little(_ value: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  private static func big(_ value: Int, _ bytes: Int) -> [UInt8] {
    little(value, bytes).reversed()
  }

  /// Big-endian, with nanoseconds.
  var nanoseconds: [UInt8] {
    var out: [UInt8] = [0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 8)
    out += Recoded.big(262_144, 4) + Recoded.big(link, 4)
    for frame in frames {
      out += Recoded.big(frame.microseconds / 1_000_000, 4)
      out += Recoded.big(frame.microseconds % 1_000_000 * 1_000, 4)
      out += Recoded.big(frame.bytes.count, 4) + Recoded.big(frame.wire, 4) + frame.bytes
    }
    return out
  }

  /// pcapng of either byte order, with nanoseconds.
  func pcapng(big isBig: Bool) -> [UInt8] {
    let number = isBig ? Recoded.big : Recoded.little
    func block(_ kind: Int, _ body: [UInt8]) -> [UInt8] {
      number(kind, 4) + number(body.count + 12, 4) + body + number(body.count + 12, 4)
    }
    var out = block(
      0x0a0d_0d0a, number(0x1a2b_3c4d, 4) + number(1, 2) + number(0, 2) + number(-1, 8))
    out += block(
      1,
      number(link, 2) + number(0, 2) + number(0, 4) + number(9, 2) + number(1, 2) + [9, 0, 0, 0]
        + number(0, 4))
    for frame in frames {
      let units = frame.microseconds * 1_000
      let padding = [UInt8](repeating: 0, count: (4 - frame.bytes.count % 4) % 4)
      out += block(
        6,
        number(0, 4) + number(units >> 32, 4) + number(units & 0xffff_ffff, 4)
          + number(frame.bytes.count, 4) + number(frame.wire, 4) + frame.bytes + padding)
    }
    return out
  }

  /// Network Monitor 2.0, which counts microseconds from a start in milliseconds.
  var networkMonitor: [UInt8] {
    let start = (frames.first?.microseconds ?? 0) / 1_000 * 1_000
    let time = Timestamp(nanoseconds: Int64(start) * 1_000)
    let digits = time.description.split { !$0.isNumber }.compactMap { Int($0) }
    let milliseconds = start / 1_000 % 1_000
    let date = [digits[0], digits[1], 0, digits[2], digits[3], digits[4], digits[5], milliseconds]
    var body: [UInt8] = []
    var table: [UInt8] = []
    for frame in frames {
      table += Recoded.little(128 + body.count, 4)
      body += Recoded.little(frame.microseconds - start, 8) + Recoded.little(frame.wire, 4)
      body += Recoded.little(frame.bytes.count, 4) + frame.bytes
    }
    var out = Array("GMBU".utf8) + [0, 2] + Recoded.little(link, 2)
    out += date.flatMap { Recoded.little($0, 2) }
    out += Recoded.little(128 + body.count, 4) + Recoded.little(table.count, 4)
    out += [UInt8](repeating: 0, count: 128 - out.count)
    return out + body + table
  }
}

/// What an analysis says, without names of files, places in them, and what times alone decide.
private struct Gist: Equatable {
  struct Seen: Equatable {
    var label: String
    var verdict: String?
    var candidates: [String]
    var packets: Bound
    var destinations: Bound
    var ports: [ClosedRange<UInt16>]
    var direction: Direction
    var severity: Severity
    var findings: [String]
  }
  var records: UInt64
  var observations: UInt64
  var problems: [String]
  var incidents: [String: [Seen]]
  var quiet: [String]

  init(_ path: String, threads: Int = 1) throws {
    var options = AnalysisOptions(now: CivilTime(year: 2026, month: 1, day: 1).timestamp)
    options.threads = threads
    let analysis = try analyze(
      paths: [path], options: options, knowledge: Workbench.knowledge.get())
    records = analysis.evidence.reduce(0) { $0 + $1.records }
    observations = analysis.evidence.reduce(0) { $0 + $1.observations }
    problems = analysis.evidence.flatMap(\.problems).map { "\($0.kind) \($0.count)" }
    incidents = Dictionary(grouping: analysis.incidents, by: \.subject.value).mapValues {
      $0.flatMap(\.activities).map(Gist.seen)
    }
    quiet = analysis.quiet.map { "\($0.reason) \($0.count) \($0.examples)" }
  }

  private static func seen(_ activity: Activity) -> Seen {
    let traffic = activity.evidence.traffic
    return Seen(
      label: activity.label, verdict: activity.diagnosis.verdict,
      candidates: activity.diagnosis.hypotheses.map(\.article), packets: traffic.packets,
      destinations: traffic.destinations, ports: traffic.destinationPorts,
      direction: traffic.direction, severity: activity.severity,
      findings: activity.evidence.findings.map { "\($0.kind.rawValue) \($0.count)" })
  }
}

/// The same packets in another container are the same case.
@Suite struct ContainerTests {
  private func compare(_ bytes: [UInt8], _ bench: Workbench) throws -> Gist {
    let recoded = try #require(Recoded(bytes))
    let original = try Gist(try bench.write("original.pcap", bytes))
    for (name, file) in [
      ("nanoseconds.pcap", recoded.nanoseconds), ("little.pcapng", recoded.pcapng(big: false)),
      ("big.pcapng", recoded.pcapng(big: true)), ("monitor.cap", recoded.networkMonitor),
    ] {
      let again = try Gist(try bench.write(name, file))
      #expect(again == original, "\(name)")
    }
    return original
  }

  @Test(
    arguments: [
      ("sbs2003", "wan.pcap"), ("cadlock770", "lan.pcap"), ("opaserv", "wan.pcap"),
      ("ordinary", "office.pcap"),
    ])
  func aMadeCaseIsTheSame(scenario: String, name: String) throws {
    let bench = try Workbench()
    try bench.make(scenario, seed: 5)
    let path = bench.folder.appending(path: name)
    let gist = try compare([UInt8](try Data(contentsOf: path)), bench)
    #expect(gist.records > 100)
    #expect(gist.incidents.isEmpty == (scenario == "ordinary"))
  }

  @Test(
    .enabled(if: RealEvidence.isPresent, "no evidence folder: set CULPRIT_EVIDENCE to run these"),
    arguments: [
      "zeek/nmap-vsn.pcap", "zeek/wikipedia.pcap", "tcpdump/arp-oobr.pcap", "tcpdump/eapon1.pcap",
      "zeek/smb__raw_ntlm_in_smb.pcap",
    ])
  func aRealCaptureIsTheSame(name: String) throws {
    let path = RealEvidence.folder.appending(path: "captures/" + name)
    let gist = try compare([UInt8](try Data(contentsOf: path)), try Workbench())
    if name.contains("nmap") { #expect(Array(gist.incidents.keys) == ["192.168.1.71"]) }
  }

  /// Files that others wrote.
  @Test(
    .enabled(if: RealEvidence.isPresent, "no evidence folder: set CULPRIT_EVIDENCE to run these"),
    arguments: [
      ("eapon1.netmon1.cap", "tcpdump/eapon1.pcap"), ("eapon1.netmon2.cap", "tcpdump/eapon1.pcap"),
      ("eapon1.nsec.pcap", "tcpdump/eapon1.pcap"), ("eapon1.pcapng", "tcpdump/eapon1.pcap"),
      ("eapon1.snoop", "tcpdump/eapon1.pcap"), ("eapon1.modified.pcap", "tcpdump/eapon1.pcap"),
      ("synscan.netmon1.cap", "packets/synscan.pcapng"),
      ("synscan.netmon2.cap", "packets/synscan.pcapng"),
    ])
  func aReencodingIsTheSame(name: String, original: String) throws {
    let folder = RealEvidence.folder.appending(path: "captures")
    let first = try Gist(folder.appending(path: original).path)
    let again = try Gist(folder.appending(path: "reencoded/" + name).path)
    #expect(again == first)
    #expect(first.incidents.isEmpty == original.contains("eapon1"))
  }
}

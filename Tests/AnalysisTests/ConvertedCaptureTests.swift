import Analysis
import Detection
import Diagnosis
import Foundation
import Observations
import Testing

/// Wireshark's converter, where it is installed.
enum Converter {
  static let path: String? = ["/usr/bin/editcap", "/usr/local/bin/editcap"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// Runs a program to its end.
  static func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(arguments)")
  }
}

/// A made case as Wireshark's converter writes it, in every container it knows that is read.
@Suite(.enabled(if: Converter.path != nil, "no editcap: scripts/setup test installs it"))
struct ConvertedCaptureTests {
  /// What an analysis says without what names and times alone decide.
  private struct Gist: Equatable {
    var records: UInt64
    var incidents: [String]

    init(_ analysis: Analysis) {
      records = analysis.evidence.reduce(0) { $0 + $1.records }
      incidents = analysis.incidents.flatMap { incident in
        incident.activities.map { activity in
          let traffic = activity.evidence.traffic
          return "\(incident.subject.value): \(activity.label), "
            + "\(activity.diagnosis.verdict ?? "open"), \(traffic.packets), "
            + "\(traffic.destinations), \(traffic.destinationPorts), \(traffic.direction), "
            + "\(activity.severity), "
            + activity.evidence.findings.map { "\($0.kind.rawValue) \($0.count)" }
            .joined(separator: ", ")
        }
      }
    }
  }

  private func original(_ bench: Workbench) throws -> (path: String, gist: Gist) {
    let made = try Workbench()
    try made.make("sbs2003", seed: 5)
    let bytes = try Data(contentsOf: made.folder.appending(path: "wan.pcap"))
    let path = try bench.write("original.pcap", [UInt8](bytes))
    let gist = Gist(try bench.analysis([path]))
    #expect(!gist.incidents.isEmpty && gist.records > 100)
    return (path, gist)
  }

  @Test func everyContainerGivesTheSame() throws {
    let bench = try Workbench()
    let (path, gist) = try original(bench)
    let editcap = try #require(Converter.path)
    for (name, format) in [
      ("pcap", "pcap"), ("nsecpcap", "pcap"), ("pcapng", "pcapng"), ("netmon2", "netmon2"),
      ("snoop", "snoop"), ("modpcap", "pcap"), ("nokiapcap", "pcap"), ("rh6_1pcap", "pcap"),
      ("suse6_3pcap", "pcap"),
    ] {
      let out = bench.folder.appending(path: "as.\(name)").path
      try Converter.run(editcap, ["-F", name, path, out])
      let analysis = try bench.analysis([out])
      #expect(analysis.evidence.map(\.format) == [format], "\(name)")
      #expect(analysis.evidence.map(\.links) == [["ethernet"]], "\(name)")
      #expect(Gist(analysis) == gist, "\(name)")
    }
  }

  @Test(arguments: ["gzip", "zstd", "xz", "bzip2", "lz4"])
  func compressedGivesTheSame(program: String) throws {
    let bench = try Workbench()
    let (path, gist) = try original(bench)
    let plain = bench.folder.appending(path: "again.pcap").path
    try FileManager.default.copyItem(atPath: path, toPath: plain)
    // Where nobody looks at it lz4 writes to its output, unless it is told where.
    let to = program == "lz4" ? [plain + ".lz4"] : []
    try Converter.run("/usr/bin/env", [program, "-f", "-k", plain] + to)
    let made = try FileManager.default.contentsOfDirectory(atPath: bench.folder.path)
    let packed = try #require(made.first { $0.hasPrefix("again.pcap.") })
    // What is decompressed on another thread is the same as what is not.
    for threads in 1...2 {
      let analysis = try bench.analysis(
        [bench.folder.appending(path: packed).path], threads: threads)
      #expect(analysis.evidence.map(\.compression) == [program])
      #expect(Gist(analysis) == gist)
    }
  }

  /// A capture cut into files by their number of packets is the capture, and each packet is found in
  /// its file.
  @Test func aRotationIsOneCapture() throws {
    let bench = try Workbench()
    let (path, gist) = try original(bench)
    let folder = bench.folder.appending(path: "rotated")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let size = String(gist.records / 4 + 1)
    try Converter.run(
      try #require(Converter.path),
      ["-F", "pcap", "-c", size, path, folder.appending(path: "lan.pcap").path])
    let analysis = try bench.analysis([folder.path])
    #expect(analysis.evidence.count == 4)
    #expect(Gist(analysis) == gist)
    #expect(
      analysis.assumptions.contains {
        $0.what.hasPrefix("rotation from ") && $0.value == "4 files as one capture"
      })
    let records = Dictionary(
      uniqueKeysWithValues: analysis.evidence.map { ($0.path, $0.records) })
    let references = analysis.activities.flatMap(\.evidence.findings).flatMap(\.evidence)
    #expect(references.allSatisfy { ($0.record > 0) && $0.record <= records[$0.path] ?? 0 })
    #expect(Set(references.map(\.path)).count > 1)
    #expect(analysis.activities.contains { $0.evidence.paths.count == 4 })
  }

  /// Captures whose names belong together and whose times do not are read apart, and that is said.
  @Test func whatOverlapsIsReadApart() throws {
    let bench = try Workbench()
    let (path, _) = try original(bench)
    for name in ["a.pcap0", "a.pcap1"] {
      try FileManager.default.copyItem(
        atPath: path, toPath: bench.folder.appending(path: name).path)
    }
    // One byte more, or they would be copies of each other.
    let handle = try FileHandle(forWritingTo: bench.folder.appending(path: "a.pcap1"))
    try handle.seekToEnd()
    try handle.write(contentsOf: [0])
    try handle.close()
    let analysis = try bench.analysis(
      ["a.pcap0", "a.pcap1"].map { bench.folder.appending(path: $0).path })
    let told = analysis.assumptions.filter { $0.what.hasPrefix("rotation") }
    #expect(told.map(\.value) == ["a capture of its own"])
    #expect(analysis.evidence.count == 2)
  }
}

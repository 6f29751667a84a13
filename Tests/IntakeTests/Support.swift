import Foundation
import Intake
import Observations
import Testing

/// A folder for one test, gone afterwards.
final class Shelf {
  let url: URL
  var path: String { url.path }

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "intake-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }
}

/// What one of Debian's programs makes of bytes.
func packed(_ bytes: some Sequence<UInt8>, _ program: String...) throws -> [UInt8] {
  let name = FileManager.default.temporaryDirectory.appending(path: "pack-\(UUID().uuidString)")
  try Data(bytes).write(to: name)
  defer { try? FileManager.default.removeItem(at: name) }
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = program
  process.standardInput = try FileHandle(forReadingFrom: name)
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let made = try pipe.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  #expect(process.terminationStatus == 0, "\(program)")
  return Array(made)
}

/// The programs that compress, with the name of what they make.
let packers: [(name: String, program: [String])] = [
  ("gzip", ["gzip", "-nc"]), ("zstd", ["zstd", "-qc"]), ("xz", ["xz", "-c"]),
  ("bzip2", ["bzip2", "-c"]), ("lz4", ["lz4", "-qcB4"]),
]

/// Bytes as one of the programs packs them.
func packed(_ bytes: some Sequence<UInt8>, as index: Int) throws -> [UInt8] {
  let program = packers[index].program
  return try packed(bytes, program[0], program[1])
}

/// Lines of a netfilter log, one a second from a stamp on.
func netfilterLines(
  _ count: Int, month: String = "Oct", day: Int = 10, source: String = "192.0.2.1"
) -> String {
  func pad(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
  return (0..<count).map { k in
    let clock = "\(pad(k / 3_600 % 24)):\(pad(k / 60 % 60)):\(pad(k % 60))"
    let stamp = "\(month) \(day < 10 ? " " : "")\(day) \(clock)"
    return "\(stamp) gate kernel: DROP IN=eth0 OUT= SRC=\(source) DST=198.51.100.\(k % 250) LEN=40 "
      + "TOS=0x00 PREC=0x00 TTL=60 ID=\(k % 60_000) PROTO=TCP SPT=1024 DPT=23 WINDOW=1 RES=0x00 "
      + "SYN URGP=0\n"
  }.joined()
}

/// What one file is, and everything in it.
struct ReadFile {
  var file: EvidenceFile
  var observations: [Observation] = []
  var offsets: [UInt64] = []
  var stream: EvidenceStream

  init(_ path: String, options: IntakeOptions) throws {
    let opened = try openEvidence(paths: [path], options: options)
    file = try #require(opened.files.first)
    stream = try #require(opened.stream(file))
    let batch = ObservationBatch()
    var more = true
    while more {
      batch.removeAll()
      more = stream.fill(batch)
      for k in 0..<batch.count {
        observations.append(batch.observations[k])
        offsets.append(batch.offsets[k])
      }
    }
  }
}

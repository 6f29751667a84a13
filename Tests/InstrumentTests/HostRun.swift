import Captures
import Foundation
import HostEvidence
import Observations

/// One run of `Host/host.sh`: senders for real, what the far end captured of them, and what the host's
/// tools showed of them meanwhile.
struct HostRun: Sendable {
  /// A sender that sent before and after the looks.
  struct Sender: Sendable {
    /// What it is called: the program's name and its kind.
    var name: String
    /// Its process; nil for the kernel's own.
    var process: UInt32?
    /// Its packets as the far end captured them.
    var flow: HostFlow
  }

  /// What a tool printed.
  struct Look: Sendable {
    /// The tool with its letters: `ss-tuanp`.
    var name: String
    /// Whether an ordinary user called it.
    var isUsers: Bool
    /// Whether the text says with which prompt it was called, and so with which rights.
    var hasPrompt: Bool
    /// Our reading.
    var table: SocketTable
    /// How a complaint names it.
    var label: String {
      name + (isUsers ? " of an ordinary user" : " of root") + (hasPrompt ? "" : ", unsaid")
    }
  }

  /// All senders in order of name.
  var senders: [Sender]
  /// All looks in order of name.
  var looks: [Look]
  /// What could not be tried here, and why.
  var skipped: [String]

  /// Why nothing came of it.
  struct Impossible: Error, Sendable {
    var why: String
    /// Whether this machine lacks something; a fault otherwise.
    var isForWant = false
  }

  /// The one run that all tests share.
  static let shared = Result { try HostRun() }

  /// A sender by its name; nil where it could not be started here.
  func sender(_ name: String) -> Sender? { senders.first { $0.name == name } }

  private init() throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appending(path: "culprit-\(UUID().uuidString)")
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? manager.removeItem(at: folder) }
    try HostRun.build(in: folder)
    try HostRun.play(in: folder)
    let lines = { (name: String) throws in
      try String(contentsOf: folder.appending(path: name), encoding: .utf8).split(separator: "\n")
    }
    skipped = try lines("skipped").map(String.init)
    let packets = try HostRun.packets(folder.appending(path: "far.pcap"))
    senders = try lines("truth").compactMap { HostRun.sender($0, packets) }
    looks = try manager.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasPrefix("look.") }.flatMap { file in
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        return HostRun.looks(file.dropFirst(5), text)
      }
  }

  /// What was printed, read with the command above it and without.
  private static func looks(_ file: Substring, _ text: String) -> [Look] {
    let isUsers = file.hasSuffix(".user")
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return [true, false].map { hasPrompt in
      let kept = hasPrompt ? lines : lines.filter { !$0.hasPrefix("# ") && !$0.hasPrefix("$ ") }
      return Look(
        name: String(isUsers ? file.dropLast(5) : file), isUsers: isUsers, hasPrompt: hasPrompt,
        table: SocketTables.read(Array(kept.joined(separator: "\n").utf8)))
    }
  }

  private static let source = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Host")

  /// Builds the senders by whichever C compiler is at hand; Swift's toolchain has one.
  private static func build(in folder: URL) throws {
    let build = """
      for compiler in clang cc gcc; do
        command -v $compiler >/dev/null && exec $compiler -std=gnu17 -O1 -o "$1" "$2"
      done
      echo 'no C compiler' >&2; exit 1
      """
    let program = folder.appending(path: "senders").path
    let code = source.appending(path: "senders.c").path
    try run(["bash", "-c", build, "build", program, code], in: folder)
  }

  private static func play(in folder: URL) throws {
    let map = geteuid() == 0 ? [] : ["--map-root-user"]
    let space = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"] + map
    // Whoever may not make namespaces can try nothing; what fails within them is a fault.
    do {
      try run(space + ["--mount-proc", "true"], in: folder)
    } catch {
      throw Impossible(why: "no namespaces can be made here (\(error.why))", isForWant: true)
    }
    guard run(exists: "ip") else {
      throw Impossible(why: "ip (iproute2) is not installed", isForWant: true)
    }
    let script = source.appending(path: "host.sh").path
    let senders = folder.appending(path: "senders").path
    let words =
      ["--mount-proc", "bash", script, senders, folder.path] + (program.map { [$0] } ?? [])
    try run(space + words, in: folder)
  }

  /// Culprit itself, which lies beside the test bundle; it collects what a host's sockets are.
  private static let program = CommandLine.arguments.lazy.filter { $0.hasPrefix("/") }
    .map { URL(filePath: $0).deletingLastPathComponent().appending(path: "culprit").path }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  private static func run(exists tool: String) -> Bool {
    (try? run(
      ["bash", "-c", "command -v \(tool)"], in: FileManager.default.temporaryDirectory)) != nil
  }

  /// Runs a command to its end, at most a minute long; what it complains of is the error.
  private static func run(_ words: [String], in folder: URL) throws(Impossible) {
    let errors = folder.appending(path: "errors-\(UUID().uuidString)")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["timeout", "60"] + words
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    do {
      try Data().write(to: errors)
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
    } catch {
      throw Impossible(why: "\(words[0]): \(error)")
    }
    process.waitUntilExit()
    guard process.terminationStatus != 0 else { return }
    let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
    throw Impossible(
      why: text.isEmpty ? "\(words[0]) ended with \(process.terminationStatus)" : text)
  }

  private static func packets(_ file: URL) throws -> [Observation] {
    let bytes = Array(try Data(contentsOf: file))
    guard var reader = CaptureReader(head: unsafe bytes.span.bytes) else {
      throw Impossible(why: "the far end's capture cannot be read")
    }
    let batch = ObservationBatch()
    var at = 0
    var packets: [Observation] = []
    while at < bytes.count {
      batch.removeAll()
      let rest = unsafe bytes.span.bytes.extracting(at...)
      let used = reader.read(rest, offset: UInt64(at), isLast: true, into: batch)
      packets += (0..<batch.count).map { batch.observations[$0] }
      if used == 0, !batch.isFull { break }
      at += used
    }
    return packets
  }

  /// A sender of `truth`: name, process, port and address.
  private static func sender(_ line: Substring, _ packets: [Observation]) -> Sender? {
    let words = line.split(separator: " ")
    guard words.count == 4, let port = UInt16(words[2]), let address = Address(String(words[3]))
    else { return nil }
    let transport: Transport =
      ["stream", "reset"].contains(words[0]) ? .tcp : words[0] == "echo" ? .icmp : .udp
    let own = packets.filter {
      $0.source == address && $0.sourcePort == port && $0.transport == transport
    }
    guard let first = own.map(\.time).min(), let last = own.map(\.time).max() else { return nil }
    return Sender(
      name: String(words[0]), process: UInt32(words[1]),
      flow: HostFlow(
        address: address, transport: transport, localPorts: port == 0 ? [] : [port],
        seen: Timestamp(nanoseconds: first)...Timestamp(nanoseconds: last), isMisread: false,
        isOurs: true))
  }
}

import Foundation
import HostEvidence
import LiveHost
import Observations
import Testing

/// Another program with sockets, alive as long as this is.
final class Sender {
  let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  /// What it wrote first, once its sockets were there.
  let greeting: String

  /// Nil where the program is not installed or could not do it.
  init?(_ program: String, _ arguments: [String], environment: [String: String] = [:]) {
    guard FileManager.default.isExecutableFile(atPath: program) else { return nil }
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { $1 }
    process.standardInput = input
    process.standardOutput = output
    guard (try? process.run()) != nil else { return nil }
    // Waits for the line, or for the end of a program that could not write it.
    var line = Data()
    while line.last != 10, let byte = try? output.fileHandleForReading.read(upToCount: 1),
      !byte.isEmpty
    { line += byte }
    greeting = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    if !line.isEmpty { return }
    finish()
    return nil
  }

  /// It reads its input to the end and ends.
  private func finish() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  deinit { if process.isRunning { finish() } }
}

@Suite("Senders of every kind in a network namespace of their own") struct SenderTests {
  private static let program = """
    import os, socket, sys
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("0.0.0.0", 5555))
    tcp = socket.socket(socket.AF_INET6, socket.SOCK_STREAM); tcp.bind(("::", 6666)); tcp.listen()
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)
    packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    print(os.getpid(), os.stat("/proc/self/ns/net").st_ino, os.readlink("/proc/self/exe"), flush=True)
    sys.stdin.read()
    """

  @Test("Their sockets, owner, program and namespace are found") func all() throws {
    guard geteuid() == 0 else {
      print("skipped: only root may enter another network namespace")
      return
    }
    let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    guard let python, let sender = Sender("/usr/bin/unshare", ["-n", python, "-c", Self.program])
    else {
      print("skipped: python3 or unshare is not installed, or no namespace may be made")
      return
    }
    let words = sender.greeting.split(separator: " ").map(String.init)
    let owner = try #require(UInt32(words[0]))
    let collected = collect(CollectOptions())
    let path = "namespaces/\(words[1])/sockets.jsonl"
    let table = SocketTables.read(try collected.bytes(path))
    #expect(table.heading?.namespace == UInt64(words[1]) && table.heading?.isOwnNamespace == false)
    let kinds: [(SocketTransport, UInt16?)] = [
      (.udp, 5_555), (.tcp, 6_666), (.raw(253), nil), (.packet(0x0800), nil),
    ]
    for (transport, port) in kinds {
      let found = table.entries.filter { $0.transport == transport && $0.local?.port == port }
      #expect(found.map(\.processIdentifier) == [owner], "\(transport)")
      #expect(found.first?.programPath == words[2])
    }
    // They are another host's to the network: none stands in the table of this one's.
    let own = SocketTables.read(try collected.bytes("sockets.jsonl"))
    #expect(!own.entries.contains { $0.processIdentifier == owner })
    let sums = String(decoding: try collected.bytes("executables.sha256"), as: UTF8.self)
    #expect(sums.contains("  \(words[2])\n"))
    let account = String(decoding: try collected.bytes("collection.json"), as: UTF8.self)
    #expect(account.contains("{\"inode\":\(words[1]),\"isOwn\":false"))
  }

  @Test("Secrets of another process are in no file, asked for arguments or not")
  func secrets() throws {
    let words = ["--password=open-sesame-1", "-popen-sesame-2", "--token", "open-sesame-3"]
    let script = "echo ready; read -r line"
    let sender = try #require(
      Sender(
        "/bin/bash", ["-c", script, "waiter"] + words, environment: ["SECRET": "open-sesame-4"]))
    #expect(sender.greeting == "ready")
    for keeps in [false, true] {
      var options = CollectOptions()
      options.keepsArguments = keeps
      options.leavesOut = ["programs"]
      for file in collect(options).files {
        guard case .bytes(let bytes) = file.contents else { continue }
        #expect(!bytes.holds("open-sesame"), "\(file.path)")
      }
    }
  }

  @Test("A program that was deleted is hashed as it runs, and not under its path")
  func deleted() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "culprit-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let copy = folder.appending(path: "waiter")
    try FileManager.default.copyItem(at: URL(filePath: "/bin/bash"), to: copy)
    let sender = try #require(Sender(copy.path(), ["-c", "echo ready; read -r line"]))
    try FileManager.default.removeItem(at: copy)
    let collected = collect(CollectOptions())
    let sums = String(decoding: try collected.bytes("executables.sha256"), as: UTF8.self)
    let expected = try #require(
      MeasuredFile(path: "/bin/bash").hashes.first { $0.algorithm == .sha256 })
    let number = sender.process.processIdentifier
    #expect(sums.contains("\(expected.digits)  /proc/\(number)/exe\n"))
    #expect(!sums.contains(copy.path()))
    let programs = String(decoding: try collected.bytes("programs.jsonl"), as: UTF8.self)
    #expect(programs.contains("\(copy.path()) (deleted)"))
  }
}

extension [UInt8] {
  /// Whether a text stands anywhere in the bytes.
  func holds(_ text: String) -> Bool {
    let sought = Array(text.utf8)
    guard let first = sought.first else { return true }
    var rest = self[...]
    while let at = rest.firstIndex(of: first) {
      if rest[at...].starts(with: sought) { return true }
      rest = rest[(at + 1)...]
    }
    return false
  }
}

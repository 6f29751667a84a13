import Foundation
import FoundationNetworking
import Testing

/// A pool of the built program, ended when the test is.
final class RunningPool {
  private let process = Process()
  private let output = Pipe()
  private var held = Data()
  /// `http://127.0.0.1:PORT`.
  private(set) var url = ""
  /// Tokens by name.
  private(set) var tokens: [String: String] = [:]

  /// Starts a pool on a free port and waits until it listens.
  init(_ arguments: [String], sensors: [String], in scratch: Scratch) throws {
    process.executableURL = Program.url
    process.arguments =
      ["serve", "--listen", "127.0.0.1:0"] + arguments + sensors.flatMap { ["--enrol", $0] }
    process.currentDirectoryURL = scratch.url
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["TMPDIR": scratch.url.path()]) { $1 }
    process.standardOutput = output
    try process.run()
    while let line = line() {
      let parts = line.split(separator: " ").map(String.init)
      if line.hasPrefix("pool: ") { url = String(line.dropFirst(6).dropLast()) }
      if line.hasPrefix("enrol "), parts.count > 2 {
        tokens[String(parts[1].dropLast())] = parts.last
        if tokens.count == max(1, sensors.count) { break }
      }
    }
    try #require(!url.isEmpty, "the pool does not listen")
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// The next line; nil at the end.
  private func line() -> String? {
    while true {
      if let end = held.firstIndex(of: 0x0a) {
        let line = String(decoding: held[held.startIndex..<end], as: UTF8.self)
        held = Data(held[held.index(after: end)...])
        return line
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { return nil }
      held += more
    }
  }

  /// Ends it at once, as a power cut would.
  func cutOff() {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Asks it to end, and returns its status.
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -1
  }
}

/// From evidence to a page: the built program as server, sensor and asker.
@Suite(.serialized) struct PoolTests {
  private static let example = Program.root.appending(path: "Examples/mynetwatchman").path()
  /// The evidence is of October 2002; so is the pool's clock.
  private static let now = "2002-10-31T12:00:00Z"
  /// One log that five sensors of five networks hand in: what fewer say is not always published.
  private static let log = example + "/office.netfilter.log"
  private static let sensors = [
    ("office", "198.18.1.0/24"), ("branch", "198.18.2.0/24"), ("shop", "198.18.3.0/24"),
    ("depot", "198.18.4.0/24"), ("school", "198.18.5.0/24"),
  ]

  @Test func evidenceOfSensorsBecomesAnAnswer() throws {
    let scratch = try Scratch()
    let sensors = PoolTests.sensors.map { "\($0.0)=\($0.1)" }
    let arguments = ["--store", "sqlite:pool", "--now", PoolTests.now]
    var pool = try RunningPool(arguments, sensors: sensors, in: scratch)
    for (name, _) in PoolTests.sensors {
      let token = try #require(pool.tokens[name])
      let enrolled = try scratch.run(
        "sensor", "enrol", pool.url, "--token", token, "--sensor", name)
      #expect(enrolled.status == 0 && enrolled.text.hasPrefix("enrolled: sensor "))
      let outcome = try scratch.run(
        "analyze", PoolTests.log, "--now", PoolTests.now, "--submit", pool.url,
        "--sensor", name, "--quiet")
      #expect(outcome.status == 0, "\(outcome.complaint)")
      #expect(outcome.complaint.contains("batches submitted: 1\n"), "\(outcome.complaint)")
    }
    let status = try scratch.run("sensor", "status", "--sensor", "office")
    #expect(status.text.contains("waiting: 0 batches"))
    #expect(pool.stop() == 0)
    let upkeep = try scratch.run("pool", "upkeep", "--store", "sqlite:pool", "--now", PoolTests.now)
    #expect(upkeep.status == 0 && upkeep.text.contains("days summed up: "), "\(upkeep.complaint)")
    pool = try RunningPool(arguments, sensors: [], in: scratch)
    let port = try scratch.run("lookup", "udp/137", "--pool", pool.url)
    #expect(port.status == 0 && port.text.contains("several networks met"), "\(port.text)")
    let json = try scratch.run("lookup", "udp/137", "--pool", pool.url, "--json")
    let answer = try JSONSerialization.jsonObject(with: json.output) as? [String: Any]
    #expect(answer?["published"] as? Bool == true)
    let few = try scratch.run("lookup", "192.0.2.99", "--pool", pool.url)
    #expect(few.status == 0 && few.text.contains("no all-clear"))
    #expect(pool.stop() == 0)
    let check = try scratch.run("pool", "check", "--store", "sqlite:pool")
    #expect(check.status == 0 && check.text == "problems: 0\n")
  }

  @Test func whatIsAcknowledgedOutlivesThePowerCut() throws {
    let scratch = try Scratch()
    let arguments = ["--store", "sqlite:pool", "--now", PoolTests.now]
    var pool = try RunningPool(arguments, sensors: [], in: scratch)
    let token = try #require(pool.tokens["sensor"])
    #expect(
      try scratch.run("sensor", "enrol", pool.url, "--token", token, "--sensor", "s").status == 0)
    func submit(_ url: String) throws -> Program.Outcome {
      try scratch.run(
        "analyze", PoolTests.log, "--now", PoolTests.now, "--submit", url, "--sensor", "s",
        "--quiet")
    }
    #expect(try submit(pool.url).complaint.contains("batches submitted: 1\n"))
    pool.cutOff()
    let lost = try scratch.run(
      "lookup", "198.51.100.7", "--pool", pool.url)
    #expect(lost.status == 69 && lost.complaint.contains("cannot be reached"))
    pool = try RunningPool(arguments, sensors: [], in: scratch)
    #expect(pool.stop() == 0)
    let exported = try scratch.run("pool", "export", "--store", "sqlite:pool")
    let batches = exported.text.split(separator: "\n").count { $0.hasPrefix("{\"batch\"") }
    #expect(exported.status == 0 && batches == 1)
    try scratch.write("pool.jsonl", exported.output)
    let imported = try scratch.run("pool", "import", "pool.jsonl", "--store", "sqlite:other")
    #expect(imported.status == 0 && imported.text.contains("new batches: 1\n"))
    #expect(try scratch.run("pool", "compact", "--store", "sqlite:other").status == 0)
  }

  @Test func nothingLeavesUnasked() throws {
    let scratch = try Scratch()
    let example = Program.root.appending(path: "Examples/sbs2003").path()
    let dry = try scratch.run(
      "analyze", example, "--now", "2008-10-11T12:00:00Z", "--submit-dry-run", "--sensor", "none",
      "--quiet", "--format", "json")
    #expect(dry.status == 0 && dry.complaint.contains("reports would be submitted: 0\n"))
    #expect(dry.complaint.contains("kept to yourself: 1 of your own network\n"))
    #expect(!FileManager.default.fileExists(atPath: scratch.url.appending(path: "none").path()))
    #expect((try? JSONSerialization.jsonObject(with: dry.output)) != nil)
    let other = try scratch.run(
      "analyze", PoolTests.log, "--now", PoolTests.now,
      "--submit-dry-run", "--sensor", "none", "--quiet")
    #expect(other.complaint.contains(" packets to ") && !other.complaint.contains("submitted: 0"))
    let stranger = try scratch.run(
      "analyze", PoolTests.log, "--now", PoolTests.now, "--submit",
      "http://127.0.0.1:9", "--sensor", "none", "--quiet")
    #expect(stranger.status == 66 && stranger.complaint.contains("sensor enrol"))
  }

  @Test func theDemoExplainsTheInnocentServer() throws {
    let scratch = try Scratch()
    let pool = try RunningPool(
      ["--demo", "--now", "2026-11-22T12:00:00Z"], sensors: [], in: scratch)
    let answer = try scratch.run("lookup", "198.51.100.7", "--pool", pool.url)
    #expect(answer.status == 0, "\(answer.complaint)")
    let words = answer.text.split { $0.isWhitespace }.joined(separator: " ")
    #expect(words.contains("Reverse name lookup of visitors, which harms nobody"))
    #expect(words.contains("asks the address itself by a NetBIOS node status query"))
    #expect(words.contains("sent by anybody under this address"))
    let page = try Data(contentsOf: try #require(URL(string: pool.url + "/address/198.51.100.7")))
    #expect(String(decoding: page, as: UTF8.self).contains("Reverse name lookup of visitors"))
    #expect(pool.stop() == 0)
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path())
    #expect(left.isEmpty, "\(left)")
  }

  /// What is typed, and the status it ends with.
  private static let mistakes: [(arguments: [String], status: Int32)] = [
    (["lookup", "nonsense!"], 64), (["lookup", "1.2.3.4", "--pool", "ftp://a"], 64),
    (["serve", "--listen", "nowhere"], 64), (["serve", "--store", "clickhouse:x"], 64),
    (["serve", "--demo", "--store", "sqlite:a"], 64), (["serve", "--enrol", "a=b"], 64),
    (["sensor", "status", "--sensor", "none"], 66),
    (["sensor", "enrol", "http://a", "--token", "b"], 64),
    (["pool", "check", "--store", "sqlite:none"], 66), (["pool", "import", "none"], 66),
  ]

  @Test(arguments: mistakes)
  func whatCannotBeDoneIsSaid(arguments: [String], status: Int32) throws {
    let scratch = try Scratch()
    let outcome = try Program.run(arguments, in: scratch.url)
    #expect(outcome.status == status, "\(arguments): \(outcome.complaint)")
    #expect(!outcome.complaint.isEmpty && !outcome.complaint.contains("bug in culprit"))
  }
}

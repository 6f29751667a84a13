import Foundation
import Knowledge
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// fail2ban with its own dshield action, adapted by its configuration as docs/serving.md says, bans who
/// fails to sign in, and reports to a pool.
@Suite(.serialized) struct FailTwoBanTests {
  private static let needed = [
    "/usr/bin/fail2ban-server", "/usr/bin/fail2ban-client", "/usr/bin/curl", "/usr/bin/perl",
    "/etc/fail2ban/action.d/dshield.conf",
  ]
  private static let isThere = needed.allSatisfy { FileManager.default.fileExists(atPath: $0) }
  private static let folder = NSTemporaryDirectory() + "culprit-f2b-\(UUID().uuidString.prefix(8))"

  private func write(_ name: String, _ text: String) throws {
    let path = FailTwoBanTests.folder + "/" + name
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  /// The configuration: a jail of our own, and the package's action with a local file beside it.
  private func configure(port: Int, key: EnrolmentToken, now: Timestamp) throws {
    let folder = FailTwoBanTests.folder
    try write(
      "fail2ban.conf",
      """
      [Definition]
      loglevel = INFO
      logtarget = STDOUT
      syslogsocket = auto
      socket = \(folder)/socket
      pidfile = \(folder)/pid
      dbfile = None
      dbpurgeage = 1d
      dbmaxmatches = 10
      """)
    try write(
      "jail.conf",
      """
      [door]
      enabled = true
      filter = door
      backend = polling
      usedns = no
      logpath = \(folder)/auth.log
      maxretry = 3
      findtime = 1h
      bantime = 1h
      ignoreself = false
      action = dshield[port=22, protocol=tcp, myip=198.18.7.7]
      """)
    try write(
      "filter.d/door.conf",
      "[Definition]\nfailregex = ^ sshd: failed to sign in from <HOST>$\n")
    try FileManager.default.copyItem(
      atPath: "/etc/fail2ban/action.d/dshield.conf",
      toPath: {
        try FileManager.default.createDirectory(
          atPath: folder + "/action.d", withIntermediateDirectories: true)
        return folder + "/action.d/dshield.conf"
      }())
    try write(
      "action.d/dshield.local",
      """
      [Init]
      mailcmd = curl --config \(folder)/pool.curl --user-agent
      dest = http://127.0.0.1:\(port)/api/v1/dshield
      tmpfile = \(folder)/dshield
      """)
    try write(
      "pool.curl",
      """
      header = "Authorization: Bearer \(key.text)"
      header = "Content-Type: text/plain"
      data-binary = "@-"
      silent
      show-error
      fail
      max-time = 60
      output = "\(folder)/answer"
      """)
    let stamp = now.description.replacing("T", with: " ").replacing("Z", with: "+00:00")
    try write(
      "auth.log",
      (0..<4).map { _ in "\(stamp) sshd: failed to sign in from 203.0.113.77\n" }.joined())
  }

  /// Runs a program and hands each line that it prints to a body; returns its status. The threads that
  /// tests run on are left to the server.
  private func run(
    _ program: String, _ arguments: [String], line: @escaping @Sendable (String) -> Void
  ) async throws -> Int32 {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            let (process, output) = (Process(), Pipe())
            process.executableURL = URL(filePath: program)
            process.arguments = arguments
            process.environment = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TZ": "UTC"]
            process.standardOutput = output
            process.standardError = output
            try process.run()
            var held = Data()
            while true {
              let more = output.fileHandleForReading.availableData
              if more.isEmpty { break }
              held += more
              while let end = held.firstIndex(of: 0x0a) {
                line(String(decoding: held[held.startIndex..<end], as: UTF8.self))
                held = Data(held[held.index(after: end)...])
              }
            }
            process.waitUntilExit()
            return process.terminationStatus
          })
      }
    }
  }

  private func ban(_ port: Int, _ key: EnrolmentToken, _ now: Timestamp) async throws {
    try configure(port: port, key: key, now: now)
    let folder = FailTwoBanTests.folder
    let ends = ["-c", folder, "-s", folder + "/socket", "-p", folder + "/pid"]
    let (lines, told) = AsyncStream.makeStream(of: String.self)
    let server = Task {
      defer { told.finish() }
      return try await run("/usr/bin/fail2ban-server", ends + ["-f", "start"]) { told.yield($0) }
    }
    var seen: [String] = []
    for await line in lines {
      seen.append(line)
      if line.contains("Ban 203.0.113.77") { break }
    }
    try #require(seen.last?.contains("Ban 203.0.113.77") == true, "\(seen)")
    // Asked to stop, it ends what it does, and the action sends what it holds.
    _ = try await run("/usr/bin/fail2ban-client", ends + ["stop"]) { _ in }
    #expect(try await server.value == 0)
  }

  @Test(.enabled(if: isThere, "fail2ban, curl or perl is not installed: scripts/setup test"))
  func aBanIsReported() async throws {
    let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
    let pool = try MadePool(now: now)
    let key = EnrolmentToken()
    try await DoorSensor.enrol(key, name: "fail2ban", network: nil, in: pool.store, at: now)
    try await pool.store.put(
      AccessKey(
        digest: key.digest, name: "fail2ban", scopes: [.submit], made: now,
        expires: now.later(86_400)))
    var options = PoolServerOptions {
      Timestamp(seconds: Int64(Date().timeIntervalSince1970))
    }
    options.port = 0
    let server = PoolServer(
      store: pool.store, knowledge: try KnowledgeBase.load(), options: options)
    let (ports, told) = AsyncStream.makeStream(of: Int.self)
    defer { try? FileManager.default.removeItem(atPath: FailTwoBanTests.folder) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run { told.yield($0) } }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      do { try await ban(port, key, now) } catch { Issue.record(error) }
      group.cancelAll()
    }
    let reports = try await pool.store.reports(
      source: try #require(Address("203.0.113.77")),
      in: Day(now).advanced(by: -1)...Day(now).advanced(by: 1), limit: 10, after: nil)
    let report = try #require(reports.first?.report)
    #expect(reports.count == 1 && report.ports == [22] && report.shape.transport == .tcp)
    #expect(report.packets == CountRange(3) || report.packets == CountRange(4))
    #expect(report.pseudonyms.count == 1 && report.verdict == nil)
  }
}

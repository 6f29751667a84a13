import Foundation
import FoundationNetworking
import Testing

/// The built program's pool of made-up reports, ended when the test is.
final class Console {
  private let process = Process()
  private let folder: URL
  /// Its first page.
  let home: URL
  /// The path of a link for a first entry.
  let entry: String

  /// Starts it on a free port and waits until it listens.
  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "console-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let program: URL = try #require(PageTests.program, "culprit is not built beside the tests")
    let output = Pipe()
    process.executableURL = program
    process.arguments = [
      "serve", "--demo", "--listen", "127.0.0.1:0", "--now", "2026-11-22T12:00:00Z",
    ]
    // A walk asks more in a minute than any reader.
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["TMPDIR": folder.path(), "CULPRIT_RATE": "0", "CULPRIT_LOG": "false"]) { $1 }
    process.standardOutput = output
    try process.run()
    var text = ""
    while !text.contains("enrol sensor:") {
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { break }
      text += String(decoding: more, as: UTF8.self)
    }
    let words = text.split { $0.isWhitespace }.map(String.init)
    let place = words.firstIndex(of: "pool:").flatMap { URL(string: words[$0 + 1]) }
    home = try #require(place, "the pool does not listen: \(text)")
    entry = try #require(
      words.compactMap { URL(string: $0)?.path() }.first { $0.hasPrefix("/operator/enter/") })
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// A page by its path.
  func page(_ path: String) throws -> URL {
    try #require(URL(string: path, relativeTo: home)?.absoluteURL, "\(path)")
  }

  /// What the program's own look-up of a piece of evidence prints, in JSON.
  func lookUp(_ evidence: URL) throws -> String {
    let asker = Process()
    let output = Pipe()
    asker.executableURL = process.executableURL
    asker.arguments = ["lookup", evidence.path(), "--pool", home.absoluteString, "--json"]
    asker.standardOutput = output
    asker.standardError = FileHandle.nullDevice
    try asker.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    asker.waitUntilExit()
    #expect(asker.terminationStatus == 0)
    return text
  }

  /// What is answered, with the status.
  ///
  /// - Parameters:
  ///   - url: what is asked for.
  ///   - cookies: of whoever asks.
  /// - Returns: status and bytes, wherever it led.
  /// - Throws: where nothing is answered.
  func answer(_ url: URL, cookies: String) async throws -> (status: Int, bytes: Data) {
    var request = URLRequest(url: url)
    request.setValue(cookies, forHTTPHeaderField: "Cookie")
    request.httpShouldHandleCookies = false
    let (bytes, answer) = try await URLSession.shared.data(for: request)
    return ((answer as? HTTPURLResponse)?.statusCode ?? 0, bytes)
  }
}

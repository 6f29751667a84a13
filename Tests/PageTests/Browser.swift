import Foundation
import Glibc

/// A headless Chromium, spoken to by its debugging protocol over two pipes.
final class Browser {
  /// What went wrong between the test and the browser.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Where the program lies; nil where there is none.
  static let program: String? = ["chromium", "chromium-browser", "google-chrome"].lazy
    .flatMap { name in ["/usr/bin/", "/usr/local/bin/"].map { $0 + name } }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  private let process = Process()
  private let folder: URL
  private let commands: FileHandle
  private let answers: FileHandle
  private var unread = Data()
  private var whole: [Data] = []
  private var number = 0
  private var session: String?
  /// Errors and warnings that the page gave rise to since they were last asked for.
  private var complaints: [String] = []
  private var events: Set<String> = []

  /// Starts the browser with a profile of its own.
  init() throws {
    guard let program = Browser.program else { throw Failure(description: "no browser") }
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "browser-\(UUID().uuidString)")
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let pipes = ["in", "out"].map { folder.appending(path: $0).path() }
    for pipe in pipes {
      // The path is a string that lives through the call.
      let made = unsafe mkfifo(pipe, 0o600)
      guard made == 0 else { throw Failure(description: "no pipe: \(errno)") }
    }
    // The browser reads commands at descriptor 3 and answers at 4, which only a shell can arrange.
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "exec \"$0\" \"$@\" 3<\(pipes[0]) 4>\(pipes[1]) 2>/dev/null >/dev/null", program,
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
      "--disable-extensions", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
      "--user-data-dir=\(folder.appending(path: "profile").path())",
    ]
    try process.run()
    // Either side waits for the other as it opens the pipes, in this order.
    guard let commands = FileHandle(forWritingAtPath: pipes[0]),
      let answers = FileHandle(forReadingAtPath: pipes[1])
    else { throw Failure(description: "the pipes cannot be opened") }
    self.commands = commands
    self.answers = answers
    let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"]
    let attached = try call(
      "Target.attachToTarget", ["targetId": target ?? "", "flatten": true])
    session = attached["sessionId"] as? String
    for domain in ["Page", "Runtime", "Log", "Audits"] { try call("\(domain).enable") }
  }

  deinit {
    _ = try? call("Browser.close")
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Opens a page, in whichever window `show` set last.
  ///
  /// - Parameter page: its address.
  /// - Throws: `Failure` where the browser does not do it.
  func open(_ page: URL) throws {
    try load { try call("Page.navigate", ["url": page.absoluteString]) }
  }

  /// Does something that leads to another page, and waits until that is there.
  ///
  /// - Parameter act: what is done.
  /// - Throws: `Failure` where the browser does not do it.
  func load(_ act: () throws -> Void) throws {
    events = []
    complaints = []
    try act()
    while !events.contains("Page.loadEventFired") { handle(try next()) }
  }

  /// Sets the window and the theme, of the page that is open, too.
  ///
  /// - Parameters:
  ///   - width: of the window.
  ///   - isDark: which theme is preferred.
  ///   - isPrinted: whether it looks as on paper.
  /// - Throws: `Failure` where the browser does not do it.
  func show(width: Int, isDark: Bool, isPrinted: Bool = false) throws {
    try call(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500])
    let scheme = ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]
    try call(
      "Emulation.setEmulatedMedia",
      ["media": isPrinted ? "print" : "", "features": [scheme]])
  }

  /// Whether pages' own scripts are obeyed; what is asked here is answered all the same.
  func obeyScripts(_ isWanted: Bool) throws {
    try call("Emulation.setScriptExecutionDisabled", ["value": !isWanted])
  }

  /// Presses a key that types nothing, or the one that ends a line.
  func press(_ key: Key) throws {
    var told: [String: Any] = [
      "type": key == .enter ? "keyDown" : "rawKeyDown", "key": key.rawValue, "code": key.rawValue,
      "windowsVirtualKeyCode": key == .enter ? 13 : 9,
    ]
    if key == .enter { told["text"] = "\r" }
    try call("Input.dispatchKeyEvent", told)
    told["type"] = "keyUp"
    told["text"] = nil
    try call("Input.dispatchKeyEvent", told)
  }

  /// A key.
  enum Key: String {
    case tab = "Tab"
    case enter = "Enter"
  }

  /// Types words where the focus is.
  func type(_ words: String) throws { try call("Input.insertText", ["text": words]) }

  /// The cookies of a page, as a request bears them.
  func cookies(of page: URL) throws -> String {
    let found = try call("Network.getCookies", ["urls": [page.absoluteString]])["cookies"]
    return (found as? [[String: Any]] ?? []).compactMap { cookie in
      guard let name = cookie["name"], let value = cookie["value"] else { return nil }
      return "\(name)=\(value)"
    }.joined(separator: "; ")
  }

  /// Forgets who was signed in.
  func forgetCookies() throws { try call("Network.clearBrowserCookies") }

  /// What an expression is in the page; values as JSON has them.
  func value(of expression: String) throws -> Any? {
    let answer = try call(
      "Runtime.evaluate",
      ["expression": expression, "returnByValue": true, "awaitPromise": true])
    if let problem = answer["exceptionDetails"] { throw Failure(description: "\(problem)") }
    return (answer["result"] as? [String: Any])?["value"]
  }

  /// Errors and warnings since the page was opened.
  func complained() throws -> [String] {
    _ = try value(of: "0")
    return complaints
  }

  /// A picture of the whole page, of at most so many pixels in height.
  func picture(most height: Int) throws -> Data {
    let measured = try value(of: "document.documentElement.scrollHeight") as? Int ?? 900
    let width = try value(of: "innerWidth") as? Int ?? 0
    let clip: [String: Any] = [
      "x": 0, "y": 0, "width": width, "height": min(measured, height), "scale": 1,
    ]
    let answer = try call(
      "Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true, "clip": clip])
    guard let text = answer["data"] as? String, let data = Data(base64Encoded: text) else {
      throw Failure(description: "no picture")
    }
    return data
  }

  @discardableResult
  private func call(
    _ method: String, _ parameters: [String: Any] = [:]
  ) throws -> [String: Any] {
    number += 1
    var message: [String: Any] = ["id": number, "method": method, "params": parameters]
    if let session { message["sessionId"] = session }
    try commands.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
    while true {
      let answer = try next()
      if answer["id"] as? Int == number {
        if let problem = answer["error"] { throw Failure(description: "\(method): \(problem)") }
        return answer["result"] as? [String: Any] ?? [:]
      }
      handle(answer)
    }
  }

  private func handle(_ event: [String: Any]) {
    guard let method = event["method"] as? String else { return }
    events.insert(method)
    let told = event["params"] as? [String: Any] ?? [:]
    switch method {
    case "Runtime.exceptionThrown": complaints.append("exception: \(told)")
    case "Runtime.consoleAPICalled": complaints.append("console: \(told)")
    case "Log.entryAdded": complaints.append("log: \(told)")
    case "Audits.issueAdded": complaints.append("issue: \(told)")
    default: break
    }
  }

  private func next() throws -> [String: Any] {
    // Only what has just come is looked through: pictures are long.
    while whole.isEmpty {
      let more = answers.availableData
      guard !more.isEmpty else { throw Failure(description: "the browser went away") }
      let parts = more.split(separator: 0, omittingEmptySubsequences: false)
      for part in parts.dropLast() {
        whole.append(unread + part)
        unread = Data()
      }
      unread += parts.last ?? Data()
    }
    let parsed = try JSONSerialization.jsonObject(with: whole.removeFirst())
    return parsed as? [String: Any] ?? [:]
  }
}

import Foundation
import Testing

/// Pages of the program, looked at in a real browser.
@Suite(
  .serialized,
  .enabled(if: Browser.program != nil, "no Chromium is installed: pages are not opened"))
struct PageTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Where pictures go: CULPRIT_SCREENSHOTS, or the build folder.
  static let pictures: URL = {
    let told = ProcessInfo.processInfo.environment["CULPRIT_SCREENSHOTS"]
    return told.map { URL(filePath: $0) } ?? root.appending(path: ".build/screenshots")
  }()

  /// A log in which so many sources each try one service at forty addresses.
  static func crowd(of sources: Int) -> Data {
    var lines = ""
    for target in 0..<40 {
      for source in 0..<sources {
        let time = "10:\(10 + target):\(10 + source / 6)"
        lines +=
          "Mar  3 \(time) gate kernel: REFUSED IN=eth0 OUT= SRC=198.51.\(source / 200).\(source % 200) "
          + "DST=203.0.113.\(target + 1) LEN=48 TTL=110 ID=\(source * 40 + target) PROTO=TCP "
          + "SPT=\(1_024 + source) DPT=\(source % 3 == 0 ? 445 : 1433) WINDOW=65535 SYN\n"
      }
    }
    return Data(lines.utf8)
  }

  /// The program lies beside the test bundle, whichever build folder is in use.
  static let program: URL? = {
    let beside = CommandLine.arguments.filter { $0.hasPrefix("/") }.map {
      URL(filePath: $0).deletingLastPathComponent().appending(path: "culprit")
    }
    return (beside + [root.appending(path: ".build/debug/culprit")]).first {
      FileManager.default.isExecutableFile(atPath: $0.path())
    }
  }()

  /// Runs the program for the page of some evidence.
  static func page(of evidence: String, in folder: URL) throws -> URL {
    let page = folder.appending(path: "page.html")
    let process = Process()
    let program: URL = try #require(program, "culprit is not built beside the tests")
    process.executableURL = program
    process.arguments = [
      "analyze", evidence, "--format", "html", "--output", page.path(), "--quiet", "--now",
      "2008-11-01T00:00:00Z",
    ]
    process.currentDirectoryURL = root.appending(path: "Examples")
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return page
  }

  @Test(arguments: ["sbs2003", "mynetwatchman", "cadlock770", "crowd"])
  func aPageIsSoundInEveryWindowAndTheme(name: String) throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "pages-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var evidence = name
    if name == "crowd" {
      evidence = folder.appending(path: "gate.log").path()
      try PageTests.crowd(of: 300).write(to: URL(filePath: evidence))
    }
    let page = try PageTests.page(of: evidence, in: folder)
    let size = try Data(contentsOf: page).count
    #expect(size < 5_000_000, "\(name) takes \(size) bytes")
    if name == "crowd" {
      let text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
      #expect(text.contains("<pre>Mar  3 10:10:"), "no line of the log is quoted")
    }
    let browser = try Browser()
    for (width, isDark) in [(360, false), (360, true), (1_440, false), (1_440, true)] {
      try look(at: page, name, width, isDark, in: browser)
    }
    print("\(name): \(size) bytes, loaded in \(try browser.value(of: Audit.loading) ?? "?") ms")
  }

  private func look(
    at page: URL, _ name: String, _ width: Int, _ isDark: Bool, in browser: Browser
  ) throws {
    let view = "\(name) at \(width), \(isDark ? "dark" : "light")"
    try browser.open(page, width: width, isDark: isDark)
    try save(browser.picture(most: 6_000), "\(name)-\(width)-\(isDark ? "dark" : "light").png")
    if width == 1_440, !isDark {
      let wrong = try browser.value(of: Audit.structure) as? [String]
      #expect(wrong == [], "\(view)")
      try filter(name, browser)
    }
    // What is too wide anywhere is so in the narrowest window; laying out all of a crowd takes seconds.
    if width == 360, !isDark {
      _ = try browser.value(of: Audit.layOut)
      _ = try browser.value(of: Audit.unfold)
    }
    let overhang = try browser.value(of: Audit.overhang) as? Int ?? .max
    if overhang > 0 {
      Issue.record("\(view) is \(overhang) px too wide: \(try browser.value(of: Audit.wide) ?? "")")
    }
    let faint = try browser.value(of: Audit.faint) as? [String]
    #expect(faint == [], "\(view)")
    #expect(try browser.complained() == [], "\(view)")
  }

  /// The filter shows what it is asked for, and says how much.
  private func filter(_ name: String, _ browser: Browser) throws {
    guard name == "crowd" else { return }
    let found = try browser.value(of: Audit.filtered(by: "198.51.0.17:")) as? [Any]
    #expect(found?[0] as? Int == 1 && found?[1] as? Int == 300 && found?[2] as? Int == 1)
    #expect(found?[3] as? String == "1 of 300 activities shown")
    let all = try browser.value(of: Audit.filtered(by: "")) as? [Any]
    #expect(all?[0] as? Int == 300 && all?[2] as? Int == 300)
  }

  private func save(_ picture: Data, _ name: String) throws {
    try FileManager.default.createDirectory(
      at: PageTests.pictures, withIntermediateDirectories: true)
    try picture.write(to: PageTests.pictures.appending(path: name))
  }

  @Test func aPageReadsWithoutScript() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "pages-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = try PageTests.page(of: "cadlock770", in: folder)
    var text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
    // A script that is not the page's own is not obeyed: its digest is not in the policy.
    text = text.replacing("</body>", with: "<script>document.title = 'taken';</script></body>")
    try Data(text.utf8).write(to: page)
    let browser = try Browser()
    try browser.open(page, width: 800, isDark: false)
    #expect((try browser.value(of: "document.title") as? String)?.hasPrefix("Culprit:") == true)
    #expect(try browser.complained().contains { $0.contains("Content Security Policy") })
  }
}

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

  /// Runs the program for a report of some evidence.
  static func report(_ evidence: String, _ form: String, _ further: [String], to file: URL) throws {
    let process = Process()
    let program: URL = try #require(program, "culprit is not built beside the tests")
    process.executableURL = program
    process.arguments =
      [
        "analyze", evidence, "--format", form, "--output", file.path(), "--quiet", "--now",
        "2008-11-01T00:00:00Z",
      ] + further
    process.currentDirectoryURL = root.appending(path: "Examples")
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  /// Makes the page of some evidence, with everything that it can tell beside the report.
  static func page(_ name: String, in folder: URL) throws -> URL {
    let page = folder.appending(path: "\(name).html")
    var evidence = name
    var further = ["--why"]
    switch name {
    case "crowd":
      evidence = folder.appending(path: "gate.log").path()
      try crowd(of: 300).write(to: URL(filePath: evidence))
      further = ["--compare", "zeek,psad,slips,crowdsec"]
    case "cadlock770":
      further += ["--since-last", folder.appending(path: "earlier.json").path()]
      try report("cadlock770/lan.pcap", "json", [], to: URL(filePath: further[2]))
    default: break
    }
    try report(evidence, "html", further, to: page)
    return page
  }

  static let pages = ["sbs2003", "mynetwatchman", "cadlock770", "crowd"]

  /// One browser looks at all of them, one life of each page after the other.
  @Test func everyPageIsSoundInEveryWindowAndTheme() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "pages-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let browser = try Browser()
    for name in PageTests.pages {
      let page = try PageTests.page(name, in: folder)
      let size = try Data(contentsOf: page).count
      #expect(size < 5_000_000, "\(name) takes \(size) bytes")
      if name == "crowd" {
        let text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
        #expect(text.contains("<pre>Mar  3 10:10:"), "no line of the log is quoted")
      }
      try browser.show(width: 360, isDark: false)
      try browser.open(page)
      print("\(name): \(size) bytes, \(try browser.value(of: Audit.loading) ?? "?")")
      for (width, isDark) in [(360, false), (360, true), (1_440, true), (1_440, false)] {
        try look(at: name, width, isDark, in: browser)
      }
      try told(name, in: browser)
    }
    try aPageReadsWithoutScript(folder.appending(path: "cadlock770.html"), in: browser)
  }

  private func look(
    at name: String, _ width: Int, _ isDark: Bool, in browser: Browser
  ) throws {
    let view = "\(name) at \(width), \(isDark ? "dark" : "light")"
    try browser.show(width: width, isDark: isDark)
    try PageTests.save(
      browser.picture(most: 6_000), "\(name)-\(width)-\(isDark ? "dark" : "light").png")
    if width == 1_440, !isDark {
      let wrong = try browser.value(of: Audit.structure) as? [String]
      #expect(wrong == [], "\(view)")
      try filter(name, browser)
    }
    // What is too wide anywhere is so in the narrowest window; laying out all of a crowd takes seconds.
    let isLaidOut = width == 360 && !isDark
    if isLaidOut { _ = try browser.value(of: Audit.everything(isLaidOut: true)) }
    let overhang = try browser.value(of: Audit.overhang) as? Int ?? .max
    if overhang > 0 {
      Issue.record("\(view) is \(overhang) px too wide: \(try browser.value(of: Audit.wide) ?? "")")
    }
    if isLaidOut {
      #expect(try browser.value(of: Audit.slim) as? [String] == [], "\(view)")
    }
    let faint = try browser.value(of: Audit.faint()) as? [String]
    #expect(faint == [], "\(view)")
    #expect(try browser.complained() == [], "\(view)")
    if isLaidOut { _ = try browser.value(of: Audit.everything(isLaidOut: false)) }
  }

  /// What was asked for beside the report stands in the page.
  private func told(_ name: String, in browser: Browser) throws {
    let places: [String: String] = [
      "crowd": "h2#peers", "cadlock770": "h2#since", "sbs2003": "details.packet",
    ]
    guard let place = places[name] else { return }
    let count = try browser.value(of: "document.querySelectorAll('\(place)').length") as? Int
    #expect(count ?? 0 > 0, "\(name) has no \(place)")
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

  static func save(_ picture: Data, _ name: String) throws {
    try FileManager.default.createDirectory(
      at: PageTests.pictures, withIntermediateDirectories: true)
    try picture.write(to: PageTests.pictures.appending(path: name))
  }

  /// A script that is not the page's own is not obeyed: its digest is not in the policy.
  private func aPageReadsWithoutScript(_ page: URL, in browser: Browser) throws {
    var text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
    text = text.replacing("</body>", with: "<script>document.title = 'taken';</script></body>")
    try Data(text.utf8).write(to: page)
    try browser.show(width: 800, isDark: false)
    try browser.open(page)
    #expect((try browser.value(of: "document.title") as? String)?.hasPrefix("Culprit:") == true)
    #expect(try browser.complained().contains { $0.contains("Content Security Policy") })
  }
}

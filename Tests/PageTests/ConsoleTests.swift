import Foundation
import Testing

extension PageTests {
  /// The console of a pool, walked by a real browser.
  @Suite struct ConsoleTests {
    /// What everybody may open.
    static let open = [
      "/", "/incidents", "/incidents?state=closed", "/incident/1", "/address/198.51.100.7",
      "/address/192.0.2.1", "/address/2001:db8::1", "/prefix/198.51.100.0/24",
      "/prefix/192.0.2.0/24", "/port/udp/137", "/port/tcp/9", "/port/137",
      "/article/reverse-name-lookup", "/sensors", "/feeds", "/corrections",
      "/corrections?address=198.51.100.7", "/operator/sign-in",
    ]

    /// Pages that say that there is none, with their statuses.
    static let missing = [
      ("/lookup?what=nonsense", 404), ("/article/nothing", 404), ("/incident/999999", 404),
      ("/address/no", 400), ("/operator/enter/none", 404),
    ]

    /// One browser walks all of it, first as anybody, then as an operator; no script is obeyed.
    @Test func everyPageOfTheConsoleIsSound() async throws {
      let console = try Console()
      let browser = try Browser()
      try browser.obeyScripts(false)
      var walk = Walk(browser: browser, console: console)
      let pattern = try await walk.pattern()
      for path in Self.open + ["/pattern/\(pattern)", "/pattern/0000000000000000", console.entry] {
        try walk.open(path)
      }
      for (path, status) in Self.missing { try walk.open(path, status: status) }
      try walk.seek("udp/137", leadsTo: "/port/udp/137")
      try await walk.follow()

      try walk.enter()
      let sensors = try browser.value(of: Audit.links) as? [String] ?? []
      let sensor = try #require(sensors.first { $0.contains("/operator/sensors/") })
      for path in [
        "/operator", "/operator/canaries", "/", "/incidents", "/incident/1", "/incident/1/mail",
      ] + [
        try #require(URL(string: sensor)).path()
      ] {
        try walk.open(path, as: "operator")
      }
      try walk.comment("/incident/1", "looked at by a browser")
      try await walk.follow()
      print("console: \(walk.pages) pages, \(walk.followed.count) links")
    }
  }
}

/// A walk through the console.
struct Walk {
  let browser: Browser
  let console: Console
  /// How many pages were looked at.
  private(set) var pages = 0
  /// Where pages lead, with one that does.
  private var links: [String: String] = [:]
  /// Where they led before.
  private(set) var followed: Set<String> = []

  init(browser: Browser, console: Console) {
    (self.browser, self.console) = (browser, console)
  }

  /// A published pattern that is near to one in an example.
  func pattern() async throws -> String {
    let answer = try console.lookUp(PageTests.root.appending(path: "Examples/mynetwatchman"))
    for found in answer.matches(of: /"pattern": "([0-9a-f]{16})"/).map(\.output.1) {
      let (_, bytes) = try await console.answer(
        console.page("/api/v1/patterns/\(found)"), cookies: "")
      if String(decoding: bytes, as: UTF8.self).contains("\"published\": true") {
        return String(found)
      }
    }
    throw Browser.Failure(description: "no pattern is published: \(answer.prefix(200))")
  }

  /// Opens a page and looks at it in every window and theme.
  mutating func open(_ path: String, status: Int = 200, as who: String = "anybody") throws {
    try browser.show(width: 360, isDark: false)
    try browser.open(console.page(path))
    try audit("\(path) as \(who)", status: status)
  }

  /// Looks at the page that is there, in every window and theme.
  private mutating func audit(_ view: String, status: Int) throws {
    pages += 1
    #expect(try browser.value(of: Audit.status) as? Int == status, "\(view)")
    // That the page itself came with another status is no fault of the page.
    let complaints = try browser.complained().filter { status == 200 || !$0.contains("status of") }
    #expect(complaints == [], "\(view)")
    for link in try browser.value(of: Audit.links) as? [String] ?? [] { links[link] = view }
    try keys(view)
    try look(view)
  }

  private func look(_ view: String) throws {
    try none(Audit.structure, view)
    try none(Audit.scripts, view)
    _ = try browser.value(of: Audit.everything(isLaidOut: true))
    let name = view.replacing(console.entry, with: "/operator/enter")
      .replacing(console.home.absoluteString, with: "")
    let file = "console-\(name)".map { $0.isLetter || $0.isNumber ? $0 : "-" }
    for (width, isDark) in [(320, false), (360, true), (360, false), (1_440, true), (1_440, false)]
    {
      let here = "\(view) at \(width), \(isDark ? "dark" : "light")"
      try browser.show(width: width, isDark: isDark)
      let overhang = try browser.value(of: Audit.overhang) as? Int ?? .max
      if overhang > 0 {
        Issue.record("\(here): \(overhang) px too wide: \(try browser.value(of: Audit.wide) ?? "")")
      }
      if width == 360, !isDark {
        try none(Audit.cut, here)
        try none(Audit.slim, here)
        try none(Audit.small, here)
      }
      try none(Audit.faint(least: 15), here)
      if width > 320, !isDark {
        try PageTests.save(
          browser.picture(most: 3_000),
          "\(String(file).prefix(60))-\(width)-\(isDark ? "dark" : "light").png")
      }
    }
    try browser.show(width: 760, isDark: true, isPrinted: true)
    try none(Audit.pressable, "\(view), printed")
    try none(Audit.faint(least: 15), "\(view), printed")
    #expect(try browser.value(of: Audit.overhang) as? Int == 0, "\(view), printed")
    try browser.show(width: 360, isDark: false)
    #expect(try browser.complained().filter { !$0.contains("status of") } == [], "\(view)")
  }

  /// Everything that can be pressed is come to by keys, in the order of the page, and is seen.
  private func keys(_ view: String) throws {
    let count = try browser.value(of: Audit.beginKeys) as? Int ?? 0
    #expect(count > 8, "\(view): only \(count) things can be pressed")
    for _ in 0..<count {
      try browser.press(.tab)
      let wrong = try browser.value(of: Audit.nextKey) as? String
      guard wrong == "" else {
        Issue.record("\(view): \(wrong ?? "no answer")")
        return
      }
    }
  }

  private func none(_ question: String, _ view: String) throws {
    let found = try browser.value(of: question) as? [String]
    #expect(found == [], "\(view)")
  }

  /// Every link that was seen since leads somewhere, and stays here.
  mutating func follow() async throws {
    let cookies = try browser.cookies(of: console.home)
    for (link, view) in links.sorted(by: { $0.key < $1.key }) {
      let url = try #require(URL(string: link), "\(link)")
      #expect(link.hasPrefix(console.home.absoluteString), "\(link) of \(view) leads elsewhere")
      let answer = try await console.answer(url, cookies: cookies)
      #expect(answer.status < 400 && !answer.bytes.isEmpty, "\(link) of \(view): \(answer.status)")
      followed.insert(link)
    }
    links = [:]
  }

  /// Fills a form in, presses one of its buttons by a key, and looks at the answer.
  ///
  /// - Parameters:
  ///   - button: what it stands for.
  ///   - action: where the form leads.
  ///   - fields: what is written into them, or chosen.
  ///   - status: of the answer.
  ///   - title: of the page that it is, or begins with.
  /// - Throws: where the form or the browser does not do it.
  mutating func submit(
    _ button: String, of action: String, _ fields: [(name: String, words: String)] = [],
    status: Int = 200, title: String
  ) throws {
    let view = "\(title), \(status), after \(button) of \(action)"
    for (name, words) in fields {
      let how = try browser.value(of: Audit.prepare(name, button, of: action, words)) as? String
      try #require(how == "typed" || how == "set", "\(view): there is no field \(name)")
      if how == "typed" { try browser.type(words) }
    }
    let how = try browser.value(of: Audit.prepare("do", button, of: action)) as? String
    try #require(how == "typed", "\(view): there is no button")
    try browser.load { try browser.press(.enter) }
    let found = try browser.value(of: "document.querySelector('h1').textContent") as? String
    #expect(found?.hasPrefix(title) == true, "\(view): it is \(found ?? "no page")")
    try audit(view, status: status)
  }

  private func fill(_ name: String, _ words: String, of action: String) throws {
    let isThere = try browser.value(of: Audit.focus(name, of: action)) as? Bool
    try #require(isThere == true, "the focus comes to no field \(name) of a form to \(action)")
    try browser.type(words)
  }

  private func path() throws -> String? {
    try browser.value(of: "location.pathname") as? String
  }

  /// Types into the search box.
  func seek(_ words: String, leadsTo place: String) throws {
    try browser.open(console.home)
    try fill("what", words, of: "/lookup")
    try browser.load { try browser.press(.enter) }
    #expect(try path() == place)
  }

  /// Turns to a page that was looked at before.
  func turn(to path: String) throws { try browser.open(console.page(path)) }

  /// Becomes an operator by the form of the link.
  func enter() throws {
    try browser.open(console.page(console.entry))
    try fill("name", "Walker", of: console.entry)
    try fill("password", "a walk through the console", of: console.entry)
    try browser.load { try browser.press(.enter) }
    #expect(try path() == "/operator")
    #expect(try browser.complained() == [])
  }

  /// Says something about an incident, and reads it in its journal.
  func comment(_ incident: String, _ words: String) throws {
    try browser.open(console.page(incident))
    try fill("text", words, of: incident)
    try browser.load { try browser.press(.enter) }
    #expect(try path() == incident)
    let journal = try browser.value(of: "document.querySelector('main').textContent") as? String
    #expect(journal?.contains("Walker: \(words)") == true)
  }
}

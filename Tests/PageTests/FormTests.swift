import Foundation
import Testing

extension PageTests {
  /// The pages that forms are answered with, looked at by a real browser that sends them.
  @Suite struct FormTests {
    /// A name, and a text, that no line is broken in.
    static let name = String(repeating: "W", count: 60)
    static let text = "<b>" + String(repeating: "x", count: 400)
    static let undone = "That could not be done"
    static let foreign = "That was not asked by a page of this pool"

    @Test func everyAnswerToAFormIsSound() async throws {
      let console = try Console()
      let browser = try Browser()
      try browser.obeyScripts(false)
      var walk = Walk(browser: browser, console: console)
      try anybody(&walk)
      try fromElsewhere(&walk)
      try walk.enter()
      try incidents(&walk)
      try sensors(&walk)
      try programs(&walk)
      try requests(&walk)
      try await walk.follow()
      try leaving(&walk)
      print("forms: \(walk.pages) answers, \(walk.followed.count) links")
    }

    private func anybody(_ walk: inout Walk) throws {
      try walk.turn(to: "/operator/sign-in")
      try walk.submit(
        "sign-in", of: "/operator/sign-in", [("name", Self.name), ("password", "wrong")],
        status: 401, title: "Operators")
      try walk.turn(to: walk.console.entry)
      try walk.submit(
        "enter", of: walk.console.entry, [("name", "Walker"), ("password", "short")],
        status: 400, title: "A new operator")
      let title = "Corrections and erasure"
      try walk.turn(to: "/corrections")
      try walk.submit(
        "send", of: "/corrections", [("address", Self.text), ("text", "no address")], status: 400,
        title: title)
      try walk.submit(
        "send", of: "/corrections", [("address", "198.51.100.7"), ("text", "")], status: 400,
        title: title)
      for (kind, address) in [("correction", "198.51.100.7"), ("erasure", "192.0.2.1")] {
        try walk.turn(to: "/corrections")
        try walk.submit(
          "send", of: "/corrections",
          [("kind", kind), ("address", address), ("text", Self.text), ("contact", Self.name)],
          title: "It is noted")
      }
    }

    /// A page of another site sends a form of this one.
    private func fromElsewhere(_ walk: inout Walk) throws {
      let action = try walk.console.page("/operator/sign-in").absoluteString
      let page =
        "<form method=post action=\(action)><input name=name><button name=do value=go>Go</button></form>"
      let words = try #require(
        page.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
      try walk.browser.open(try #require(URL(string: "data:text/html,\(words)")))
      try walk.submit("go", of: action, [("name", "Walker")], status: 403, title: Self.foreign)
    }

    private func incidents(_ walk: inout Walk) throws {
      try walk.turn(to: "/incidents?state=open")
      let links = try walk.browser.value(of: Audit.links) as? [String] ?? []
      let link = try #require(links.first { $0.contains(/\/incident\/[0-9]+$/) })
      let path = try #require(URL(string: link)).path()
      try walk.turn(to: path)
      try walk.submit("comment", of: path, [("text", "")], status: 409, title: Self.undone)
      try walk.turn(to: path)
      try walk.submit("comment", of: path, [("text", Self.text)], title: "Incident")
      try walk.submit("acknowledge", of: path, title: "Incident")
      try walk.submit("acknowledge", of: path, status: 409, title: Self.undone)
      try walk.turn(to: path)
      try walk.submit(
        "comment", of: path, [("text", "late"), ("revision", "1")], status: 409,
        title: Self.undone)
      try walk.turn(to: path)
      try walk.submit(
        "confirm", of: path, [("article", "reverse-name-lookup"), ("text", Self.text)],
        title: "Incident")
      try walk.submit("escalate", of: path, title: "Incident")
      try walk.submit("close", of: path, [("text", "It is over.")], title: "Incident")
      try walk.submit("reopen", of: path, [("text", "It is not.")], title: "Incident")
      try walk.submit(
        "comment", of: path, [("text", "not ours"), ("token", "x")], status: 403,
        title: Self.foreign)
    }

    private func sensors(_ walk: inout Walk) throws {
      try walk.turn(to: "/operator")
      let links = try walk.browser.value(of: Audit.links) as? [String] ?? []
      let link = try #require(links.first { $0.contains("/operator/sensors/") })
      try walk.submit(
        "issue", of: "/operator/sensors", [("name", "")], status: 400, title: Self.undone)
      try walk.turn(to: "/operator")
      try walk.submit(
        "issue", of: "/operator/sensors", [("name", Self.name), ("network", "198.51.100.0/24")],
        title: "A token for")
      let path = try #require(URL(string: link)).path()
      try walk.turn(to: path)
      try walk.submit("suspend", of: path, [("text", "")], status: 400, title: Self.undone)
      try walk.turn(to: path)
      try walk.submit("suspend", of: path, [("text", Self.text)], title: "Sensor")
      try walk.submit("restore", of: path, title: "Sensor")
      try walk.submit("retract", of: path, [("text", "broken")], title: "Taken back")
    }

    private func programs(_ walk: inout Walk) throws {
      let home = "For operators"
      try walk.turn(to: "/operator")
      try walk.submit(
        "issue", of: "/operator/keys", [("name", "")], status: 400, title: Self.undone)
      try walk.turn(to: "/operator")
      try walk.submit(
        "issue", of: "/operator/keys", [("name", Self.name), ("scopes", "read details incidents")],
        title: "A key for")
      try walk.turn(to: "/operator")
      try walk.submit("remove", of: "/operator/keys", [("name", Self.name)], title: home)
      try walk.submit(
        "remove", of: "/operator/operators", [("name", "Walker")], status: 400, title: Self.undone)
      try walk.turn(to: "/operator")
      try walk.submit(
        "remove", of: "/operator/operators", [("name", "Nobody")], status: 404, title: Self.undone)
      try walk.turn(to: "/operator")
      try walk.submit("link", of: "/operator/operators", title: "A link for a new operator")
    }

    private func requests(_ walk: inout Walk) throws {
      try walk.open("/operator", as: "operator with requests")
      let requests = (1...2).map { "/operator/requests/\($0)" }
      try walk.submit("settle", of: requests[0], [("text", "")], status: 400, title: Self.undone)
      for (deed, request) in zip(["settle", "erase"], requests) {
        try walk.turn(to: "/operator")
        try walk.submit(deed, of: request, [("text", Self.text)], title: "For operators")
      }
    }

    private func leaving(_ walk: inout Walk) throws {
      try walk.turn(to: "/operator")
      try walk.browser.forgetCookies()
      try walk.submit("link", of: "/operator/operators", status: 403, title: "Operators")
      try walk.submit(
        "sign-in", of: "/operator/sign-in",
        [("name", "Walker"), ("password", "a walk through the console")], title: "For operators")
      try walk.submit("sign-out", of: "/operator/sign-out", title: "")
    }
  }
}

import Observations
import Pool
import Reporting

// Signing in and out.
extension Desk {
  /// Does something that only an operator may, asked for by a form of his own pages.
  ///
  /// - Parameters:
  ///   - call: the request.
  ///   - work: what is done, with the visit and the form's fields.
  /// - Returns: its answer, or why not.
  func asOperator(
    _ call: Call,
    _ work: (Sessions.Session, [String: String]) async throws(StoreError) -> ServerAnswer
  ) async -> ServerAnswer {
    guard let session = sessions.session(call.session, at: clock()) else { return strange(call) }
    guard isOwn(call), let form = call.form,
      constantTimeEqual(Array((form["token"] ?? "").utf8), Array(session.formToken.utf8))
    else { return foreign(call) }
    do { return try await work(session, form) } catch { return Desk.unavailable(error) }
  }

  /// Whether a browser says that a page of another site asked.
  private func isOwn(_ call: Call) -> Bool {
    call.site.map { ["same-origin", "none"].contains($0) } ?? true
  }

  private func foreign(_ call: Call) -> ServerAnswer {
    var page = page("That was not asked by a page of this pool", call)
    page.html.element(
      "p",
      "The form was too old, or another site sent it. Nothing was changed: go back, load the "
        + "page anew and send it again.")
    return page.answer(status: 403)
  }

  func signInPage(_ call: Call) -> ServerAnswer {
    if sessions.session(call.session, at: clock()) != nil { return .redirect(to: "/operator") }
    return signIn(call, remark: nil, status: 200)
  }

  /// The answer to whoever is not signed in and asks for what is the operators'.
  func strange(_ call: Call) -> ServerAnswer {
    signIn(call, remark: "That is for operators: sign in.", status: 403)
  }

  private func signIn(_ call: Call, remark: String?, status: Int) -> ServerAnswer {
    var page = page("Operators", call)
    if let remark { page.html.element("p", remark, style: "remark") }
    page.form(to: "/operator/sign-in")
    page.field("name", "Name", completion: "username")
    page.field("password", "Password", type: "password", completion: "current-password")
    page.formEnd([("sign-in", "Sign in")])
    page.html.element(
      "p",
      "Whoever runs the server gets a link for a first entry as it starts, where there is no operator "
        + "yet, or by culprit serve --operator.", style: "small")
    return page.answer(status: status)
  }

  func signIn(_ call: Call) async -> ServerAnswer {
    guard isOwn(call), let form = call.form else { return foreign(call) }
    let (name, password) = (form["name"] ?? "", form["password"] ?? "")
    do {
      let record = try await store.operators().first { $0.name == name }
      let kept = record?.password
      let isRight = await passwords.run {
        if let kept { return Passwords.matches(password, kept) }
        // Whether there is somebody of this name is not to be told by the time it takes.
        Passwords.waste(password)
        return false
      }
      guard let isRight else { return crowded(signIn(call, remark: Desk.isCrowded, status: 503)) }
      guard let record, isRight else {
        counters.count("culprit_pool_sign_ins_total", [("outcome", "refused")])
        return signIn(call, remark: "Name and password do not belong together.", status: 401)
      }
      counters.count("culprit_pool_sign_ins_total", [("outcome", "good")])
      return enter(record.name)
    } catch { return Desk.unavailable(error) }
  }

  /// The answer where more want to sign in than can be looked at.
  private func crowded(_ page: ServerAnswer) -> ServerAnswer {
    counters.count("culprit_pool_sign_ins_total", [("outcome", "crowded")])
    var answer = page
    answer.headers.append(("Retry-After", "10"))
    return answer
  }

  private static let isCrowded =
    "Very many want to sign in at this moment. Try again in ten seconds."

  private func enter(_ name: String) -> ServerAnswer {
    var answer = ServerAnswer.redirect(to: "/operator")
    let token = sessions.open(for: name, at: clock())
    answer.headers.append(("Set-Cookie", cookie(token, seconds: Sessions.secondsOfSession)))
    return answer
  }

  private func cookie(_ value: String, seconds: Int64) -> String {
    "\(Sessions.cookie)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)"
      + (isSecure ? "; Secure" : "")
  }

  func signOut(_ call: Call) async -> ServerAnswer {
    await asOperator(call) { _, _ in
      sessions.close(call.session)
      var answer = ServerAnswer.redirect(to: "/")
      answer.headers.append(("Set-Cookie", cookie("", seconds: 0)))
      return answer
    }
  }

  // MARK: a first entry

  func entryPage(_ call: Call) -> ServerAnswer {
    let token = call.parameter("token")
    guard sessions.hasLink(token, at: clock()) else { return usedUp(call) }
    return entry(call, token, remark: nil, status: 200)
  }

  private func usedUp(_ call: Call) -> ServerAnswer {
    var page = page("This link is not good any more", call)
    page.html.element("p", "A link is good once, for an hour. culprit serve prints a new one.")
    return page.answer(status: 404)
  }

  private func entry(
    _ call: Call, _ token: String, remark: String?, status: Int
  ) -> ServerAnswer {
    var page = page("A new operator", call)
    if let remark { page.html.element("p", remark, style: "remark") }
    page.form(to: "/operator/enter/\(htmlName(token))")
    page.field("name", "Name, as it will stand in journals", completion: "username")
    page.field(
      "password", "Password, \(Passwords.fewest) characters at least", type: "password",
      completion: "new-password")
    page.formEnd([("enter", "Enter")])
    return page.answer(status: status)
  }

  func enter(_ call: Call) async -> ServerAnswer {
    let token = call.parameter("token")
    let now = clock()
    guard isOwn(call), let form = call.form else { return foreign(call) }
    guard sessions.hasLink(token, at: now) else { return usedUp(call) }
    let name = form["name"] ?? ""
    if let problem = Desk.problem(name: name, password: form["password"] ?? "") {
      return entry(call, token, remark: problem, status: 400)
    }
    do {
      guard try await store.operators().allSatisfy({ $0.name != name }) else {
        return entry(call, token, remark: "There is an operator of this name.", status: 409)
      }
      let password = form["password"] ?? ""
      guard let kept = await passwords.run({ try? Passwords.kept(password) }) else {
        return crowded(entry(call, token, remark: Desk.isCrowded, status: 503))
      }
      guard let kept else {
        return entry(call, token, remark: "This password cannot be kept.", status: 400)
      }
      guard sessions.useLink(token, at: now) else { return usedUp(call) }
      try await store.put(OperatorRecord(name: name, password: kept, since: now))
      return enter(name)
    } catch { return Desk.unavailable(error) }
  }

  /// What is wrong with a new operator's name or password; nil where nothing is.
  static func problem(name: String, password: String) -> String? {
    let isName =
      (1...IncidentRules.nameBytes).contains(name.utf8.count)
      && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
      && name == String(name.drop { $0 == " " }) && !name.hasSuffix(" ")
    if !isName { return "A name has 1 to \(IncidentRules.nameBytes) bytes, no control characters." }
    if password.count < Passwords.fewest || password.utf8.count > Passwords.mostBytes {
      return
        "A password has \(Passwords.fewest) characters at least, \(Passwords.mostBytes) bytes at most."
    }
    return nil
  }
}

import Knowledge
import Observations
import Pool
import Reporting

/// The draft of a mail about an incident, to those answerable for its source.
///
/// It leaves the pool, and may reach whoever sent the packets: so it says what is published, and no more.
struct IncidentMail {
  let incident: Incident
  let source: PublicSource
  let verdicts: [Article]

  /// The most days that are named one by one.
  private static let mostDays = 14

  var subject: String {
    let what = verdicts.first.map { ", \($0.title)" } ?? ""
    return inert("Traffic from \(incident.subject)\(what)").prefix(200)
      .split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// The same for the same mail sent again.
  var identity: String { "incident-\(incident.id)-\(incident.escalations)" }

  var text: String {
    var text = wrapped(
      "Sensors of several independent networks reported packets that bore the address "
        + "\(incident.subject), which we take to be of your network. All times are UTC. Counts are rounded "
        + "down: they are at least what is said.")
    text += "\nWHAT WAS SEEN\n\n"
    var page = TextPage(style: TextStyle(columns: 76))
    page.field("days", source.days.isEmpty ? "different ones" : source.period, indent: 2, width: 9)
    page.field("reports", "at least \(source.reportsAtLeast)", indent: 2, width: 9)
    let services = source.services.map(\.description).joined(separator: ", ")
    page.field(
      "aimed at", services.isEmpty ? "nothing that enough networks agree on" : services, indent: 2,
      width: 9)
    text += page.text
    for day in source.days.suffix(IncidentMail.mostDays) {
      text += "  on \(day.day) sensors in at least \(day.prevalence.fewest) networks\n"
    }
    text += "\nWHAT SENSORS MADE OF IT\n\n"
    if verdicts.isEmpty { text += wrapped("What is behind it, not enough of them could tell.") }
    for article in verdicts {
      text += wrapped("- \(article.title). \(article.summary)", indent: 2, hang: 2)
    }
    text += "\nHOW FAR IT CAN BE FORGED\n\n"
    let forgery = source.forgery.sentence
    text += wrapped(forgery.prefix(1).uppercased() + forgery.dropFirst() + ".")
    text += asked
    return text + "\n-- \ndrafted by culprit \(culpritVersion)\n"
  }

  private var asked: String {
    var text = "\nWHAT WE ASK\n\n"
    text += wrapped(
      "Please look for this address in your own records of these days, and tell the customer or the "
        + "host's keeper.")
    let cures = verdicts.filter { !$0.innocent }.flatMap(\.cure)
    if !cures.isEmpty {
      text += "\n" + wrapped("What helps, where it is what we think:")
      for cure in cures { text += wrapped("- \(cure)", indent: 2, hang: 2) }
    }
    text +=
      "\n"
      + wrapped(
        "If you find that the address was not in use, or that another explanation holds, please tell us: "
          + "we will correct our records. A reply to this mail reaches us; please quote incident "
          + "\(incident.id).")
    return text
  }
}

extension Desk {
  /// The draft about an incident; nil where there is no incident, or nothing of it is published.
  private func draft(
    _ incident: Incident
  ) async throws(StoreError) -> IncidentMail? {
    let look = try await look(incident.subject)
    guard let source = look.source else { return nil }
    return IncidentMail(
      incident: incident, source: source, verdicts: look.verdicts.compactMap(\.article))
  }

  private func incident(of call: Call) async throws(StoreError) -> Incident? {
    guard let id = Desk.incidentID(call.parameter("id")) else { return nil }
    return try await store.incident(id)
  }

  /// The draft of a mail, for operators.
  func mailPage(_ call: Call) async -> ServerAnswer {
    guard sessions.session(call.session, at: clock()) != nil else {
      return strange(call)
    }
    do {
      guard let incident = try await incident(of: call) else { return wrong(.notFound, call) }
      var page = page("Mail about incident #\(incident.id)", call, sought: "#\(incident.id)")
      page.html.add("<p><a href=\"/incident/\(incident.id)\">Back to the incident</a></p>\n")
      guard let mail = try await draft(incident) else {
        page.html.element(
          "p",
          "Nothing is published about this address now. A mail would tell its recipient, who may be "
            + "whoever sent the packets, what nobody is told: where sensors are.")
        return page.answer()
      }
      show(mail, on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  private func show(_ mail: IncidentMail, on page: inout Page) {
    let incident = mail.incident
    let contact = contacts.contact(for: incident.subject)
    page.html.element("p", "To: \(contact ?? "nobody that the table of contacts knows")")
    if contact == nil {
      page.html.element(
        "p",
        "The registry of the address knows whom to write to: ask whois, or RDAP, for the abuse contact "
          + "of \(incident.subject). Nobody was asked for you: a question tells whom you look at.")
    }
    page.html.element("p", "Subject: \(mail.subject)")
    page.html.element("pre", mail.text)
    guard letters != nil else {
      page.html.element(
        "p",
        "This pool sends no mail: copy the text, send it yourself, and say so on the incident's page."
      )
      return
    }
    if let problem = Desk.problem(sending: incident, at: clock()) {
      return page.html.element("p", "It cannot be sent now. \(problem.sentence).")
    }
    page.form(
      to: "/incident/\(incident.id)/mail", hidden: [("revision", "\(incident.revision)")])
    page.field("to", "To", value: contact ?? "")
    page.formEnd([("send", "Send this")])
    page.html.element("p", "It goes when you press, as it stands above; the journal says so.")
  }

  /// What keeps an incident from being escalated; nil where nothing does.
  private static func problem(sending incident: Incident, at now: Timestamp) -> IncidentProblem? {
    do throws(IncidentProblem) {
      _ = try incident.after(.escalated(by: "somebody"), at: now)
      return nil
    } catch { return error }
  }

  /// Sends the draft, because an operator pressed.
  func sendMail(_ call: Call) async -> ServerAnswer {
    await asOperator(call) { (session, form) async throws(StoreError) in
      guard let letters, let incident = try await incident(of: call) else {
        return wrong(.notFound, call)
      }
      guard let mail = try await draft(incident) else { return wrong(.notFound, call) }
      // What was read is what is sent: whoever pressed had this revision before him.
      guard form["revision"] == "\(incident.revision)" else {
        return notSent(.changedMeanwhile, incident, call)
      }
      if let problem = Desk.problem(sending: incident, at: clock()) {
        return notSent(problem, incident, call)
      }
      guard mailing.begin(incident.id) else { return notSent(.changedMeanwhile, incident, call) }
      defer { mailing.end(incident.id) }
      let to = (form["to"] ?? "").filter { $0 != " " }
      do throws(DeliveryError) {
        try await letters.send(
          Letter(to: [to], subject: mail.subject, text: mail.text, identity: mail.identity))
      } catch {
        var page = page("The mail was not sent", call)
        page.html.element("p", "\(inert(error.description)). Nothing was changed.")
        page.html.add("<p><a href=\"/incident/\(incident.id)/mail\">Back to the draft</a></p>\n")
        return page.answer(status: 502)
      }
      counters.count("culprit_pool_mails_total")
      return try await note(mail, to: to, by: session.name, call)
    }
  }

  /// Notes in the journal what was sent: nothing can be taken back any more.
  private func note(
    _ mail: IncidentMail, to: String, by name: String, _ call: Call
  ) async throws(StoreError) -> ServerAnswer {
    let id = mail.incident.id
    let result = try await store.record(.escalated(by: name), on: id, at: clock(), ifRevision: nil)
    _ = try await store.record(
      .commented(by: name, text: "Sent by mail to \(to): \(mail.subject)"), on: id, at: clock(),
      ifRevision: nil)
    guard case .refused(let problem) = result else { return .redirect(to: "/incident/\(id)") }
    var page = page("The mail was sent", call)
    page.html.element("p", "The incident's state stays as it was. \(problem.sentence).")
    page.html.add("<p><a href=\"/incident/\(id)\">Back to the incident</a></p>\n")
    return page.answer()
  }

  private func notSent(
    _ problem: IncidentProblem, _ incident: Incident, _ call: Call
  ) -> ServerAnswer {
    var page = page("That could not be done", call)
    page.html.element("p", "\(problem.sentence). Nothing was sent.")
    page.html.add("<p><a href=\"/incident/\(incident.id)/mail\">Back to the draft</a></p>\n")
    return page.answer(status: 409)
  }
}

extension Routes {
  /// Mail about incidents, for operators.
  static let letters: [Route] = [
    Route(
      method: .get, path: "/incident/{id}/mail",
      summary: "The draft of a mail to those answerable for an incident's source",
      parameters: [incident], gives: "text/html",
      answers: [
        (200, "A page"), (403, "Nobody is signed in"), unknown, unavailable,
      ], handle: { await $0.mailPage($1) }),
    Route(
      method: .post, path: "/incident/{id}/mail", summary: "Send the draft",
      parameters: [incident], takes: form, body: Schemas.operatorForm,
      gives: "text/html",
      answers: [
        (200, "Sent, and what could not be noted"),
        (303, "Sent: the page is elsewhere"),
        malformed, (403, "No page of this pool asked that, or nobody is signed in"), unknown,
        (408, "It did not arrive in time"), (409, "It cannot be sent now"),
        (413, "More bytes than a form has"), (502, "The mail's server did not take it"),
        unavailable,
      ], kind: .sensitive, handle: { await $0.sendMail($1) }),
  ]
}

import Knowledge
import Observations
import Pool
import Reporting

// What operators do with incidents.
extension Desk {
  /// The journal of an incident and what may be done with it.
  func handle(_ incident: Incident, on page: inout Page) async throws(StoreError) {
    page.html.element("h2", "For operators")
    page.html.element(
      "p",
      "\(incident.reports) reports, at most \(incident.networks) networks at once; revision "
        + "\(incident.revision).")
    let path = "/incident/\(incident.id)"
    let revision = [(name: "revision", value: "\(incident.revision)")]
    page.form(to: path, hidden: revision)
    page.field("text", "Why, or a remark")
    page.formEnd(
      incident.state == .closed
        ? [("comment", "Comment"), ("reopen", "Open again")]
        : [
          ("comment", "Comment"), ("acknowledge", "I look into it"),
          ("escalate", "Those answerable were told"), ("close", "Close"),
        ])
    page.form(to: path, hidden: revision)
    page.choice(
      "article", "What it was, by somebody who can know",
      [("", "none of the known causes")]
        + knowledge.articles.map { ($0.id, $0.title) }.sorted { $0.1 < $1.1 })
    page.field("text", "How that is known")
    page.formEnd([("confirm", "Confirm the cause")])
    page.html.add("<p><a href=\"/incident/\(incident.id)/mail\">")
    page.html.text("The draft of a mail to those answerable")
    page.html.add("</a></p>\n")
    page.html.tableHead("Journal", ["Time", "What happened"])
    for entry in try await store.journal(incident.id).suffix(500).reversed() {
      page.html.add("<tr>")
      page.html.element("td", Timestamp(seconds: entry.at.wholeSeconds).description)
      page.html.element("td", entry.event.words)
      page.html.add("</tr>\n")
    }
    page.tableEnd()
  }

  /// Does what an operator's form asks for.
  func changeIncident(_ call: Call) async -> ServerAnswer {
    await asOperator(call) { (session, form) async throws(StoreError) in
      guard let id = Desk.incidentID(call.parameter("id")) else { return wrong(.notFound, call) }
      guard
        let event = IncidentEvent(
          named: form["do"] ?? "", by: session.name, text: form["text"] ?? "",
          article: form["article"])
      else { return refused(Desk.noEvent, call) }
      let revision = form["revision"].flatMap { Int($0) }
      switch try await store.record(event, on: id, at: clock(), ifRevision: revision) {
      case .recorded:
        precisions.renew()
        return .redirect(to: "/incident/\(id)")
      case .refused(let problem):
        var page = page("That could not be done", call)
        page.html.element("p", "\(problem.sentence). Nothing was changed.")
        page.html.add("<p><a href=\"/incident/\(id)\">Back to the incident</a></p>\n")
        return page.answer(status: 409)
      case .unknown: return wrong(.notFound, call)
      }
    }
  }

  static let noEvent = ServerAnswer.problem(
    400, "No such event",
    "events are acknowledged, escalated, closed, reopened, commented and confirmed; the last four "
      + "with a text")
}

extension IncidentEvent {
  /// An event as forms and programs name it; nil for what only the pool itself records.
  init?(named name: String, by operatorName: String, text: String, article: String?) {
    switch name {
    case "acknowledge", "acknowledged": self = .acknowledged(by: operatorName)
    case "escalate", "escalated": self = .escalated(by: operatorName)
    case "close", "closed": self = .closed(by: operatorName, because: text)
    case "reopen", "reopened": self = .reopened(by: operatorName, because: text)
    case "comment", "commented": self = .commented(by: operatorName, text: text)
    case "confirm", "confirmed":
      self = .confirmed(
        by: operatorName, article: (article ?? "").isEmpty ? nil : article, because: text)
    default: return nil
    }
  }

  /// For people, a sentence.
  var words: String {
    switch self {
    case .reported(let reports, let networks, let last, let article):
      "\(reports) reports, until \(last); \(networks) networks; most made of it: "
        + "\(article ?? "nothing")."
    case .acknowledged(let name): "\(name) looks into it."
    case .escalated(let name): "\(name) told those answerable."
    case .closed(let name, let text): "\(name) closed it: \(text)"
    case .fellQuiet: "Closed: no report for \(IncidentRules.quietDays) days."
    case .reopened(let name, let text): "\(name) opened it again: \(text)"
    case .commented(let name, let text): "\(name): \(text)"
    case .confirmed(let name, let article, let text):
      "\(name) confirmed the cause, \(article ?? "none of the known ones"): \(text)"
    }
  }
}

extension IncidentProblem {
  /// For people, without a trailing stop.
  var sentence: String {
    switch self {
    case .isClosed: "The incident is closed: open it again first"
    case .isNotClosed: "The incident is not closed"
    case .isAcknowledged: "Somebody looks into it already"
    case .escalatedRecently:
      "Those answerable were told less than \(IncidentRules.hoursToEscalateAgain) hours ago, or no "
        + "report came since"
    case .isNotQuiet: "It has not been quiet for long enough"
    case .badName: "The name is missing or too long"
    case .badText: "A text is needed, of at most \(PoolLimits.commentBytes) bytes"
    case .badArticle: "That is no article's id"
    case .timeRunsBackwards: "The clock of the server stands before the last event"
    case .changedMeanwhile: "Somebody else changed it meanwhile: look at it again"
    }
  }
}

import Knowledge
import Observations
import Pool
import Reporting

/// An incident, as far as whoever asks may know of it.
///
/// To the public it tells what is published of its source, and what people did. What a single network's
/// report does to it (that it is opened again, its last report, its counts) is told to the staff alone:
/// who probes from an address of his own would learn where a sensor is.
struct IncidentLook: Sendable {
  var incident: Incident
  /// What is published of its source; nil where only the staff may know of it.
  var source: PublicSource?
  var isStaff = false
  /// The last day that everybody may know of.
  var today: Day
  var verdict: Article?
  var precision: ArticlePrecision?
  var cause: Article?

  /// The verdict's id, as far as it may be told.
  var article: String? { isStaff ? incident.article : source?.verdicts.first }

  /// The day of the last report, as far as it may be told.
  var lastDay: Day? { isStaff ? Day(incident.lastReported) : source?.lastDay }

  /// Where it stands, as far as it may be told.
  var state: IncidentState {
    guard !isStaff else { return incident.state }
    let last = source?.lastDay.map(\.rawValue) ?? 0
    if today.rawValue - last >= Int(IncidentRules.quietDays) { return .closed }
    return incident.state == .closed ? .open : incident.state
  }

  /// What is to be said, a sentence each, without markup.
  var says: [String] {
    var lines = ["It is \(state.words)."]
    if isStaff {
      lines.append("It began \(incident.opened); the last report is of \(incident.lastReported).")
      if incident.reopenings > 0 { lines.append("Opened again: \(incident.reopenings).") }
    } else if let source {
      lines.append("\(source.prevalence.words) reported its source\(source.when).")
    }
    if let verdict {
      lines.append("Most networks made of it: \(verdict.title).")
    } else if let article {
      lines.append("Most networks made of it: \(article).")
    } else {
      lines.append("What is behind it, not enough sensors could tell.")
    }
    if let precision { lines.append(precision.sentence) }
    if let confirmed = incident.cause {
      lines.append(
        "Somebody who can know said on \(Day(confirmed.at)) what it was: "
          + (cause?.title ?? confirmed.article ?? "none of the known causes") + ".")
    }
    if incident.escalations > 0 {
      lines.append(
        "Those answerable for the source were told "
          + (incident.escalations == 1 ? "once." : "\(incident.escalations) times."))
    }
    if let source { lines.append("How far it can be forged: \(source.forgery.sentence).") }
    return lines
  }
}

extension IncidentState {
  var words: String {
    switch self {
    case .open: "open"
    case .acknowledged: "looked into"
    case .escalated: "open, and those answerable for the source were told"
    case .closed: "closed, or quiet for \(IncidentRules.quietDays) days"
    }
  }
}

extension Desk {
  /// An incident for whoever asks; nil where there is none, or none that he may know of.
  func look(_ id: IncidentID, isStaff: Bool) async throws(StoreError) -> IncidentLook? {
    guard let incident = try await store.incident(id) else { return nil }
    return try await look(incident, isStaff: isStaff)
  }

  private func look(
    _ incident: Incident, isStaff: Bool
  ) async throws(StoreError) -> IncidentLook? {
    let subject = TrendKey.source(incident.subject)
    let source = try await source(incident.subject)
    guard source != nil || isStaff else { return nil }
    var look = IncidentLook(
      incident: incident, source: source, isStaff: isStaff, today: span(of: subject).upperBound)
    if let article = look.article {
      look.verdict = knowledge.article(article)
      look.precision = try await precisions.of(article, store)
    }
    look.cause = incident.cause?.article.flatMap { knowledge.article($0) }
    return look
  }

  /// Incidents that whoever asks may know of, newest first.
  ///
  /// - Parameters:
  ///   - states: only those in these states; empty for any.
  ///   - before: only those of smaller numbers.
  ///   - limit: the most.
  ///   - isStaff: whether he may know of all.
  /// - Returns: incidents, and the number that the next page goes on before; nil where there is none.
  /// - Throws: `StoreError`.
  func incidents(
    _ states: Set<IncidentState>, before: IncidentID?, limit: Int, isStaff: Bool
  ) async throws(StoreError) -> (found: [IncidentLook], next: IncidentID?) {
    var filter = IncidentFilter()
    // To the public the state is another, and what has no report in these days is published no more.
    if isStaff { filter.states = states } else { filter.reportedSince = span.lowerBound.start }
    var (found, place): ([IncidentLook], IncidentID?) = ([], before)
    var looked = 0
    while looked < Desk.mostSources {
      let page = try await store.incidents(filter, limit: limit, before: place)
      for incident in page {
        place = incident.id
        looked += 1
        if let look = try await look(incident, isStaff: isStaff),
          states.isEmpty || states.contains(look.state)
        {
          found.append(look)
        }
        if found.count == limit { return (found, place) }
      }
      if page.count < limit { return (found, nil) }
    }
    return (found, place)
  }

  static func incidentID(_ text: String) -> IncidentID? {
    guard text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(text), number > 0
    else { return nil }
    return IncidentID(rawValue: number)
  }

  /// The states that a query names: all of them where it names none; nil where one is unknown.
  static func states(_ text: String?) -> Set<IncidentState>? {
    guard let text else { return [] }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let states = parts.prefix(8).compactMap { IncidentState(rawValue: String($0)) }
    return states.count == parts.count ? Set(states) : nil
  }

  // MARK: pages

  func incidentsPage(_ call: Call) async -> ServerAnswer {
    let before = call.query["before"].map { Desk.incidentID($0) }
    guard let states = Desk.states(call.query["state"]), before != .some(nil) else {
      return wrong(Desk.noIncidents, call)
    }
    do {
      let isStaff = sessions.session(call.session, at: clock()) != nil
      let (found, next) = try await incidents(
        states, before: before ?? nil, limit: 50, isStaff: isStaff)
      var page = page("Incidents", call)
      page.html.element(
        "p", "A source that enough networks reported. That is no accusation: read its page.")
      page.html.add("<p>Only: ")
      for state in IncidentState.allCases {
        page.html.add("<a href=\"/incidents?state=\(state.rawValue)\">")
        page.html.text(state.rawValue)
        page.html.add("</a> ")
      }
      page.html.add("<a href=\"/incidents\">all</a></p>\n")
      list(found, "Incidents, newest first", on: &page)
      if found.isEmpty {
        page.html.element("p", "There is none that could be shown.")
        try await tellBeginning(on: &page)
      }
      if let next {
        let state = call.query["state"].map { "state=\($0)&" } ?? ""
        page.html.add("<p><a rel=\"next\" href=\"/incidents?")
        page.html.text("\(state)before=\(next)")
        page.html.add("\">Older ones</a></p>\n")
      }
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  func list(_ looks: [IncidentLook], _ caption: String, on page: inout Page) {
    guard !looks.isEmpty else { return }
    page.html.tableHead(
      caption, ["Incident", "Address", "State", "Last report", "What most made of it"])
    for look in looks {
      let incident = look.incident
      page.row(
        to: "/incident/\(incident.id)",
        [
          "#\(incident.id)", "\(incident.subject)", look.state.rawValue,
          look.lastDay.map { "\($0)" } ?? "",
          look.verdict?.title ?? look.article ?? "not enough could tell",
        ])
    }
    page.tableEnd()
  }

  func incidentPage(_ call: Call) async -> ServerAnswer {
    let session = sessions.session(call.session, at: clock())
    do {
      guard let id = Desk.incidentID(call.parameter("id")),
        let look = try await look(id, isStaff: session != nil)
      else { return wrong(.notFound, call) }
      let subject = look.incident.subject
      var page = page("Incident #\(id): \(subject)", call, sought: "#\(id)")
      page.html.add("<section class=\"card\">\n")
      for line in look.says { page.html.element("p", line) }
      page.html.add("<p><a href=\"/address/\(subject)\">All about \(subject)</a></p>\n</section>\n")
      drawDays(of: look.source, on: &page)
      if let verdict = look.verdict { tell(verdict, on: &page) }
      if session != nil { try await handle(look.incident, on: &page) }
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  static let noIncidents = ServerAnswer.problem(
    400, "No such choice",
    "states are open, acknowledged, escalated and closed, with commas between; before is a number")
}

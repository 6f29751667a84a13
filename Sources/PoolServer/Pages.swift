import Knowledge
import Observations
import Plots
import Pool
import Reporting

// Answers for people.
extension Desk {
  /// Where a search leads to.
  func find(_ call: Call) -> ServerAnswer {
    let sought = String((call.query["what"] ?? "").prefix(128)).filter { !$0.isWhitespace }
    guard let path = place(of: sought) else {
      var page = page("Nothing is called so", call, sought: sought)
      page.html.element("p", Desk.searchHelp)
      return page.answer(status: 404)
    }
    return .redirect(to: path)
  }

  /// The page of what somebody typed; nil where there is none.
  private func place(of sought: String) -> String? {
    if let address = Address(sought) { return "/address/\(address)" }
    if sought.contains("/"), let prefix = Prefix(sought) {
      return "/prefix/\(prefix)"
    }
    if sought.hasPrefix("#"), let number = Int64(sought.dropFirst()), number > 0 {
      return "/incident/\(number)"
    }
    let parts = sought.lowercased().split(separator: "/")
    if let number = parts.last.flatMap({ UInt16($0) }), parts.count <= 2 {
      guard parts.count == 2 else { return "/port/\(number)" }
      return ["tcp", "udp"].contains(parts[0]) ? "/port/\(parts[0])/\(number)" : nil
    }
    if let digest = Desk.digest(sought) { return "/pattern/\(Desk.digits(digest))" }
    return knowledge.article(sought.lowercased()).map { "/article/\($0.id)" }
  }

  func addressPage(_ call: Call) async -> ServerAnswer {
    guard let address = Address(call.parameter("address")) else {
      return wrong(Desk.noAddress, call)
    }
    do {
      let look = try await look(address)
      var page = page("\(address)", call, sought: "\(address)")
      page.html.add("<section class=\"card\">\n")
      for line in look.says { page.html.element("p", line) }
      page.html.add("</section>\n")
      if look.source == nil { try await tellBeginning(on: &page) }
      if look.source != nil {
        if let incident = try await store.incident(subject: address) {
          page.html.add(
            "<p><a href=\"/incident/\(incident.id)\">Incident #\(incident.id)</a></p>\n")
        }
        drawDays(of: look.source, on: &page)
      }
      try await tellOfCanary(address, call, on: &page)
      for article in look.verdicts.compactMap(\.article) { tell(article, on: &page) }
      page.html.add("<p class=\"small\"><a href=\"/corrections?address=\(address)\">")
      page.html.add("Something is wrong, or this is your address</a></p>\n")
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  func prefixPage(_ call: Call) async -> ServerAnswer {
    guard let prefix = Desk.block(call) else { return wrong(Desk.refusal(of: call), call) }
    do {
      let look = try await look(prefix)
      var page = page("\(prefix)", call, sought: "\(prefix)")
      for line in look.says { page.html.element("p", line) }
      list(look.sources, "Addresses, in their order", on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  func portPage(_ call: Call) async -> ServerAnswer {
    guard let service = Desk.service(call) else { return wrong(Desk.noPort, call) }
    do {
      let look = try await look(
        .service(service), articles: knowledge.find(String(service.port)))
      var page = page("\(service)", call, sought: "\(service)")
      for line in look.says { page.html.element("p", line) }
      if look.points.isEmpty { try await tellBeginning(on: &page) }
      draw(look.points, of: "Reports that name \(service)", on: &page)
      tell(look.outlook, on: &page)
      if !look.articles.isEmpty { page.html.element("h2", "What is known to use it") }
      for article in look.articles { refer(to: article, on: &page) }
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  /// The ways of a port that was asked for without a transport.
  func portsPage(_ call: Call) -> ServerAnswer {
    guard let number = UInt16(call.parameter("number")), "\(number)" == call.parameter("number")
    else { return wrong(Desk.noPort, call) }
    var page = page("Port \(number)", call, sought: "\(number)")
    page.html.element("p", "A port belongs to a transport:")
    for transport in ["udp", "tcp"] {
      page.html.add("<p><a href=\"/port/\(transport)/\(number)\">\(transport)/\(number)</a></p>\n")
    }
    for article in knowledge.find(String(number)) { refer(to: article, on: &page) }
    return page.answer()
  }

  func articlePage(_ call: Call) async -> ServerAnswer {
    guard let article = knowledge.article(call.parameter("id")) else {
      return wrong(ServerAnswer.notFound, call)
    }
    do {
      let look = try await look(.article(article.id), articles: [article])
      var page = page(article.title, call, sought: article.id)
      tell(article, withTitle: false, on: &page)
      page.html.element("h2", "How often sensors came to it")
      for line in look.says { page.html.element("p", line) }
      if look.points.isEmpty { try await tellBeginning(on: &page) }
      if let precision = try await precisions.of(article.id, store) {
        page.html.element("p", precision.sentence)
      }
      draw(look.points, of: "Reports with this verdict", on: &page)
      tell(look.outlook, on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  func homePage(_ call: Call) async -> ServerAnswer {
    do {
      let total = try await look(.total, articles: [])
      var page = page("What is happening now", call)
      page.html.element(
        "p",
        "What sensors in several networks met in the last \(Desk.days) days. A source that is "
          + "listed is no culprit for that: read its page.")
      try await tellBeginning(on: &page)
      draw(total.points, of: "Reports about sources that several networks met", on: &page)
      list(try await topSources(), "Addresses that most networks met", on: &page)
      try await listServices(on: &page)
      let isStaff = sessions.session(call.session, at: clock()) != nil
      let (latest, _) = try await incidents(
        [.open, .acknowledged, .escalated], before: nil, limit: Desk.mostOnTop, isStaff: isStaff)
      list(latest, "Incidents that are not closed, newest first", on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  /// The most that the first page lists of each.
  private static let mostOnTop = 10

  /// Sources that most networks met, by what is published of each alone: exact counts must not show.
  private func topSources() async throws(StoreError) -> [PublicSource] {
    let sources = try await feed().sorted {
      ($1.prevalence, $1.reportsAtLeast, $1.lastDay ?? Desk.never, $0.source)
        < ($0.prevalence, $0.reportsAtLeast, $0.lastDay ?? Desk.never, $1.source)
    }
    return Array(sources.prefix(Desk.mostOnTop))
  }

  private static let never = Day(rawValue: 0)

  private func wideServices() async throws(StoreError) -> [WideService] {
    let now = clock()
    if let held = services.value(at: now) { return held }
    // More than is told of any: what is told of each is for it alone to say.
    let days = span.lowerBound.advanced(by: -2)...span.upperBound
    let made = try await store.wideServices(
      in: days, fewestNetworks: publication.fewestNetworks)
    services.keep(made, at: now)
    return made
  }

  private func listServices(on page: inout Page) async throws(StoreError) {
    var rows: [(service: Service, reports: UInt64)] = []
    for wide in try await wideServices() where wide.service.transport.hasPorts {
      // A day is told of a service sooner or later: the sums of those that are.
      let span = span(of: .service(wide.service))
      let reports = Publication.coarse(
        wide.days.reduce(0) { span.contains($1.day) ? $0 + $1.reports : $0 })
      if reports > 0 { rows.append((wide.service, reports)) }
    }
    guard !rows.isEmpty else { return }
    rows.sort { ($1.reports, $0.service) < ($0.reports, $1.service) }
    page.html.tableHead(
      "Services tried by addresses that several networks met", ["Service", "Reports, at least"])
    for (service, reports) in rows.prefix(Desk.mostOnTop) {
      page.row(to: "/port/\(service.transport)/\(service.port)", ["\(service)", "\(reports)"])
    }
    page.tableEnd()
  }
}

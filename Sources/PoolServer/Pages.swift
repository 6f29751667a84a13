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
      var page = Page(title: "Nothing is called so", remark: remark, sought: sought)
      page.html.element(
        "p",
        "Write an address like 198.51.100.7, a block like 198.51.100.0/24, a port like udp/137, "
          + "or an article like reverse-name-lookup.")
      return page.answer(status: 404)
    }
    var answer = ServerAnswer.text("", status: 303)
    answer.headers.append(("Location", path))
    return answer
  }

  /// The page of what somebody typed; nil where there is none.
  private func place(of sought: String) -> String? {
    if let address = Address(sought) { return "/address/\(address)" }
    if sought.contains("/"), let prefix = Prefix(sought) {
      return "/prefix/\(prefix)"
    }
    let parts = sought.lowercased().split(separator: "/")
    if let number = parts.last.flatMap({ UInt16($0) }), parts.count <= 2 {
      let transport = parts.count == 2 ? String(parts[0]) : "udp"
      return ["tcp", "udp"].contains(transport) ? "/port/\(transport)/\(number)" : nil
    }
    return knowledge.article(sought.lowercased()).map { "/article/\($0.id)" }
  }

  func addressPage(_ call: Call) async -> ServerAnswer {
    guard let address = Address(call.parameter("address")) else { return wrong(Desk.noAddress) }
    do {
      let look = try await look(address)
      var page = Page(title: "\(address)", remark: remark, sought: "\(address)")
      page.html.add("<section class=\"card\">\n")
      for line in look.says { page.html.element("p", line) }
      page.html.add("</section>\n")
      if look.source != nil {
        let points = try await store.trend(.source(address), in: span, bucket: .day)
        page.html.element("h2", "By days")
        draw(
          Publication.trend(points, bucket: .day, at: clock()), of: "Reports about \(address)",
          on: &page)
      }
      for article in look.verdicts.compactMap(\.article) { tell(article, on: &page) }
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  func prefixPage(_ call: Call) async -> ServerAnswer {
    guard let prefix = Desk.block(call) else { return wrong(Desk.noPrefix) }
    do {
      let look = try await look(prefix)
      var page = Page(title: "\(prefix)", remark: remark, sought: "\(prefix)")
      for line in look.says { page.html.element("p", line) }
      list(Array(look.sources.prefix(Desk.mostListed)), "Addresses, in their order", on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  func portPage(_ call: Call) async -> ServerAnswer {
    guard let service = Desk.service(call) else { return wrong(Desk.noPort) }
    do {
      let look = try await look(
        .service(service), articles: knowledge.find(String(service.port)))
      var page = Page(title: "\(service)", remark: remark, sought: "\(service)")
      for line in look.says { page.html.element("p", line) }
      draw(look.points, of: "Reports that name \(service)", on: &page)
      if !look.articles.isEmpty { page.html.element("h2", "What is known to use it") }
      for article in look.articles { refer(to: article, on: &page) }
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  func articlePage(_ call: Call) async -> ServerAnswer {
    guard let article = knowledge.article(call.parameter("id")) else {
      return wrong(ServerAnswer.notFound)
    }
    do {
      let look = try await look(.article(article.id), articles: [article])
      var page = Page(title: article.title, remark: remark, sought: article.id)
      tell(article, withTitle: false, on: &page)
      page.html.element("h2", "How often sensors came to it")
      for line in look.says { page.html.element("p", line) }
      draw(look.points, of: "Reports with this verdict", on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  func homePage(_ call: Call) async -> ServerAnswer {
    do {
      let now = clock()
      let total = try await store.trend(.total, in: span, bucket: .day)
      var page = Page(title: "What is happening now", remark: remark)
      page.html.element(
        "p",
        "What sensors in several networks met in the last \(Desk.days) days. A source that is "
          + "listed is no culprit for that: read its page.")
      draw(Publication.trend(total, bucket: .day, at: now), of: "All reports", on: &page)
      let sources = try await topSources()
      list(sources, "Addresses that most networks met", on: &page)
      try await listServices(on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  /// The most that the first page lists of each.
  private static let mostOnTop = 10

  private func topSources() async throws(StoreError) -> [PublicSource] {
    var sources: [PublicSource] = []
    let now = clock()
    for row in try await store.top(.sources, in: span, limit: 4 * Desk.mostOnTop) {
      guard sources.count < Desk.mostOnTop, case .source(let address) = row.key else { continue }
      let summary = try await store.summary(source: address, in: span)
      if let source = summary.flatMap({ Publication.source($0, at: now) }) {
        sources.append(source)
      }
    }
    return sources
  }

  private func listServices(on page: inout Page) async throws(StoreError) {
    // Only whole days, so that what has just begun is not told.
    let days = span.lowerBound...max(span.lowerBound, span.upperBound.advanced(by: -1))
    var rows: [(Service, UInt64)] = []
    for row in try await store.top(.services, in: days, limit: Desk.mostOnTop) {
      guard case .service(let service) = row.key, service.transport.hasPorts,
        row.networks >= Publication.fewestNetworks
      else { continue }
      rows.append((service, Publication.coarse(row.reports)))
    }
    guard !rows.isEmpty else { return }
    page.html.tableHead("Services that most networks saw tried", ["Service", "Reports, at least"])
    for (service, reports) in rows {
      page.row(to: "/port/\(service.transport)/\(service.port)", ["\(service)", "\(reports)"])
    }
    page.tableEnd()
  }

  private func list(_ sources: [PublicSource], _ caption: String, on page: inout Page) {
    guard !sources.isEmpty else { return }
    page.html.tableHead(caption, ["Address", "Last met", "Services", "What sensors made of it"])
    for source in sources {
      let verdicts = source.verdicts.map { knowledge.article($0)?.title ?? $0 }
      page.row(
        to: "/address/\(source.source)",
        [
          "\(source.source)", "\(source.lastDay)",
          source.services.map(\.description).joined(separator: ", "),
          verdicts.isEmpty ? "not enough could tell" : verdicts.joined(separator: "; "),
        ])
    }
    page.tableEnd()
  }

  private func draw(_ points: [PublicTrendPoint], of title: String, on page: inout Page) {
    guard !points.isEmpty else { return }
    let day: Int64 = 86_400_000_000_000
    let timeline = Timeline(
      title: title, unit: "reports, at least", binWidth: day,
      bins: points.map { Timeline.Bin(start: $0.start.nanoseconds, count: $0.reportsAtLeast) },
      covered: span.lowerBound.start.nanoseconds...span.upperBound.start.nanoseconds + day)
    page.html.add("<figure>\n\(timeline.svg(id: "trend"))\n<figcaption>")
    page.html.text(
      "\(title), by days of UTC, rounded down; days that few networks reported are left out.")
    page.html.add("</figcaption>\n</figure>\n")
  }

  private func refer(to article: Article, on page: inout Page) {
    page.html.add("<p><a href=\"/article/\(htmlName(article.id))\">")
    page.html.text(article.title)
    page.html.add("</a>")
    page.html.text(": \(article.summary)")
    page.html.add("</p>\n")
  }

  private func tell(_ article: Article, withTitle: Bool = true, on page: inout Page) {
    if withTitle {
      page.html.add("<h2><a href=\"/article/\(htmlName(article.id))\">")
      page.html.text(article.title)
      page.html.add("</a></h2>\n")
    }
    page.html.add("<section class=\"card\">\n")
    page.html.element("p", article.summary)
    page.html.element("p", article.innocent ? "It harms nobody." : "Severity: \(article.severity).")
    if !article.cure.isEmpty {
      page.html.element("p", "What to do, for whoever runs the source", style: "name")
      page.html.list(article.cure)
    }
    page.html.add("</section>\n")
  }

  /// A problem as a page.
  private func wrong(_ problem: ServerAnswer) -> ServerAnswer {
    let isMissing = problem.status == 404
    var page = Page(
      title: isMissing ? "There is no such page" : "That is malformed", remark: remark)
    page.html.element(
      "p",
      "Write an address like 198.51.100.7, a block like 198.51.100.0/24 (not larger than /16, or "
        + "/32 for IPv6), a port like udp/137, or an article like reverse-name-lookup.")
    return page.answer(status: problem.status)
  }
}

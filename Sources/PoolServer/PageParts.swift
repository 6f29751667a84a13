import Knowledge
import Observations
import Plots
import Pool
import Reporting

// What several pages are made of.
extension Desk {
  /// A page's beginning, for whoever asks.
  func page(_ title: String, _ call: Call, sought: String = "") -> Page {
    Page(
      title: title, remark: remark, sought: sought,
      visitor: sessions.session(call.session, at: clock()))
  }

  func list(_ sources: [PublicSource], _ caption: String, on page: inout Page) {
    guard !sources.isEmpty else { return }
    page.html.tableHead(caption, ["Address", "Last met", "Services", "What sensors made of it"])
    for source in sources {
      page.row(
        to: "/address/\(source.source)",
        [
          "\(source.source)", source.lastDay.map { "\($0)" } ?? "",
          source.services.map(\.description).joined(separator: ", "), title(of: source.verdicts),
        ])
    }
    page.tableEnd()
  }

  /// Verdicts in words.
  func title(of verdicts: [String]) -> String {
    verdicts.isEmpty
      ? "not enough could tell"
      : verdicts.map { knowledge.article($0)?.title ?? $0 }.joined(separator: "; ")
  }

  func draw(_ points: [PublicTrendPoint], of title: String, on page: inout Page) {
    guard !points.isEmpty else { return }
    let day: Int64 = 86_400_000_000_000
    var timeline = Timeline(
      title: title, unit: "reports", binWidth: day,
      bins: points.map { Timeline.Bin(start: $0.start.nanoseconds, count: $0.reportsAtLeast) },
      covered: span.lowerBound.start.nanoseconds...span.upperBound.start.nanoseconds + day)
    timeline.areFloors = true
    page.html.add("<figure>\n\(timeline.svg(id: "trend"))\n<figcaption>")
    page.html.text(
      "\(title), by days of UTC, rounded down; days that few networks reported are left out.")
    page.html.add("</figcaption>\n</figure>\n")
  }

  /// The days on which enough networks reported a source.
  func drawDays(of source: PublicSource?, on page: inout Page) {
    guard let source, !source.days.isEmpty else { return }
    let day: Int64 = 86_400_000_000_000
    let span = span(of: .source(source.source))
    var timeline = Timeline(
      title: "Networks that reported \(source.source)", unit: "networks", binWidth: day,
      bins: source.days.map {
        Timeline.Bin(start: $0.day.start.nanoseconds, count: $0.prevalence.fewest)
      },
      covered: span.lowerBound.start.nanoseconds...span.upperBound.start.nanoseconds + day)
    timeline.areFloors = true
    page.html.element("h2", "By days")
    page.html.add("<figure>\n\(timeline.svg(id: "trend"))\n<figcaption>")
    page.html.text("Days of UTC on which several networks reported it, and how many at least.")
    page.html.add("</figcaption>\n</figure>\n")
  }

  func refer(to article: Article, on page: inout Page) {
    page.html.add("<p><a href=\"/article/\(htmlName(article.id))\">")
    page.html.text(article.title)
    page.html.add("</a>")
    page.html.text(": \(article.summary)")
    page.html.add("</p>\n")
  }

  func tell(_ article: Article, withTitle: Bool = true, on page: inout Page) {
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
  func wrong(_ problem: ServerAnswer, _ call: Call) -> ServerAnswer {
    let isMissing = problem.status == 404
    var page = page(isMissing ? "There is no such page" : "That is malformed", call)
    page.html.element("p", Desk.searchHelp)
    return page.answer(status: problem.status)
  }

  /// Why what a form asked for was not done, as a page.
  func refused(_ problem: ServerAnswer, _ call: Call) -> ServerAnswer {
    var page = page("That could not be done", call)
    let detail = problem.detail ?? "it is malformed"
    page.html.element(
      "p",
      "\(detail.prefix(1).uppercased())\(detail.dropFirst()). Nothing was changed: go back and send "
        + "the form again.")
    return page.answer(status: problem.status)
  }

  static let searchHelp =
    "Write an address like 198.51.100.7, a block like 198.51.100.0/24 (not larger than /16, or /32 for "
    + "IPv6), a port like udp/137, an article like reverse-name-lookup, the 16 digits of a pattern, or "
    + "an incident like #12."
}

import Knowledge
import Observations
import Pool
import Reporting

extension Outlook {
  /// Its numbers with their names, and what one is worth.
  fileprivate var rows: [(name: String, key: String, unit: OutlookUnit, result: EstimateResult)] {
    [
      ("Sources now", "active", .count("sources"), active),
      ("Sources in these days, met or not", "population", .count("sources"), population),
      ("New sources", "arrivals", .count("a day"), arrivals),
      ("A source stays", "stay", .count("days"), stay),
      ("New sources change from day to day by the factor", "growth", .factor, growth),
      ("One address waits for the next packet", "probeIntervalSeconds", .seconds, probeInterval),
    ]
  }

  /// For programs.
  var json: JSONValue {
    .object(
      [
        ("from", .string(days.lowerBound.description)),
        ("to", .string(days.upperBound.description)),
        ("level", .number(Estimates.level)),
      ] + rows.map { ($0.key, $0.result.json) } + [
        (
          "shares",
          .array(
            shares.map {
              .object([("article", .string($0.article)), ("share", $0.share.json)])
            })
        )
      ])
  }
}

/// What a number is of.
private enum OutlookUnit {
  case count(String)
  case factor
  case seconds
  case share

  func text(_ value: Double) -> String {
    switch self {
    case .count(let unit): "\(Self.plain(value)) \(unit)"
    case .factor: Self.plain(value)
    case .share: "\(Self.plain(value * 100))\u{a0}%"
    case .seconds:
      value < 120
        ? "\(Self.plain(value))\u{a0}s"
        : value < 7_200
          ? "\(Self.plain(value / 60))\u{a0}min"
          : value < 172_800
            ? "\(Self.plain(value / 3_600))\u{a0}h" : "\(Self.plain(value / 86_400))\u{a0}days"
    }
  }

  /// At most three digits, none behind the point where they mean nothing.
  private static func plain(_ value: Double) -> String {
    guard value.isFinite else { return "unknown" }
    if value >= 100 || value == value.rounded() { return String(Int64(min(value, 1e15).rounded())) }
    let scale: Double = value >= 10 ? 10 : value >= 1 ? 100 : 1_000
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() ? String(Int64(rounded)) : String(rounded)
  }
}

extension EstimateResult {
  fileprivate var json: JSONValue {
    switch self {
    case .refused(let reason): .object([("refused", .string(reason))])
    case .estimate(let estimate):
      .object([
        ("value", .number(estimate.value)), ("low", .number(estimate.low)),
        ("high", .number(estimate.high)), ("events", .integer(estimate.events)),
        ("assumptions", .array(estimate.assumptions.map(JSONValue.string))),
      ])
    }
  }

  /// The value and its interval, or why there is none.
  fileprivate func text(_ unit: OutlookUnit) -> (value: String, interval: String) {
    switch self {
    case .refused(let reason): ("not said", reason)
    case .estimate(let estimate):
      (unit.text(estimate.value), "\(unit.text(estimate.low)) \u{2013} \(unit.text(estimate.high))")
    }
  }
}

extension Desk {
  /// What is concluded from the days that are told of.
  func tell(_ outlook: Outlook, on page: inout Page) {
    page.html.element("h2", "What can be concluded")
    let level = Int((Estimates.level * 100).rounded())
    page.html.element(
      "p",
      "From \(outlook.days.lowerBound) to \(outlook.days.upperBound), by sources that several networks "
        + "met. In \(level) of 100 such cases the truth lies between the ends; what is taken for granted "
        + "stands below.", style: "small")
    page.html.tableHead(
      "Estimates", ["What", "Value", "Between, or why nothing is said"])
    for row in outlook.rows { add(row.name, row.result.text(row.unit), on: &page) }
    for share in outlook.shares {
      add(
        "Share of \u{201c}\(knowledge.article(share.article)?.title ?? share.article)\u{201d}",
        share.share.text(.share), on: &page)
    }
    page.tableEnd()
    let results = outlook.rows.map(\.result) + outlook.shares.map(\.share)
    var assumptions: [String] = []
    for assumption in results.compactMap(\.estimate).flatMap(\.assumptions)
    where !assumptions.contains(assumption) {
      assumptions.append(assumption)
    }
    guard !assumptions.isEmpty else { return }
    page.html.details("What these numbers take for granted", isOpen: false) { html in
      html.list(assumptions)
    }
  }

  private func add(_ name: String, _ text: (value: String, interval: String), on page: inout Page) {
    page.html.add("<tr>")
    page.html.element("td", name)
    page.html.element("td", text.value)
    page.html.element("td", text.interval)
    page.html.add("</tr>\n")
  }
}

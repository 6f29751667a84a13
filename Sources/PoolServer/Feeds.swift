import Knowledge
import Observations
import Pool
import Reporting

extension Desk {
  /// What is published of the sources that most networks met, in order of address: made once in a while, and given
  /// in several forms.
  func feed() async throws(StoreError) -> [PublicSource] {
    let now = clock()
    if let held = feeds.value(at: now) {
      let canaries = try await upkeep.canaries.table()
      return held.filter { canaries[$0.source].map { $0.withdrawn != nil } ?? true }
    }
    var sources: [PublicSource] = []
    for row in try await store.top(.sources, in: span(of: .total), limit: PoolLimits.pageSize) {
      guard case .source(let address) = row.key else { continue }
      if let source = try await source(address) { sources.append(source) }
    }
    sources.sort { $0.source < $1.source }
    feeds.keep(sources, at: now)
    return sources
  }

  /// Whether a source may stand in a list that programs block by: several networks state that answers
  /// reached it, and what most made of it harms.
  func isBlockable(_ source: PublicSource) -> Bool {
    guard !source.isContested, let first = source.verdicts.first,
      source.firmVerdicts.contains(first)
    else { return false }
    return knowledge.article(first).map { !$0.innocent } ?? false
  }

  func feedsPage(_ call: Call) -> ServerAnswer {
    var page = page("Feeds", call)
    page.html.element(
      "p",
      "The \(PoolLimits.pageSize) addresses that most networks met in \(Desk.days) days, as far as they are "
        + "published. They are no list of culprits; each comes with what sensors made of it and how far "
        + "it can be forged.")
    for (path, words) in Desk.feedForms {
      page.html.add("<p><a href=\"\(path)\">\(path)</a>: ")
      page.html.text(words)
      page.html.add("</p>\n")
    }
    return page.answer()
  }

  private static let feedForms = [
    (
      "/feeds/addresses.txt",
      "one address a line with the reason behind #: only those with a harmful cause, and with "
        + "connections that several networks saw completed; a forged source is in no such list"
    ),
    ("/feeds/addresses.csv", "all of them, for spreadsheets"),
    ("/feeds/addresses.json", "all of them, for programs"),
    ("/feeds/addresses.stix.json", "all of them as observations by STIX 2.1, never as indicators"),
    ("/feeds/incidents.atom", "the latest incidents, for readers of news (RFC 4287)"),
  ]

  func textFeed(_ call: Call) async -> ServerAnswer {
    await giveFeed { sources in
      var text = "# \(Look.rules)\n"
      for source in sources where isBlockable(source) {
        text += "\(source.source) # \(title(of: source.verdicts)); last met \(source.dayText)\n"
      }
      return .text(inertLines(text))
    }
  }

  func csvFeed(_ call: Call) async -> ServerAnswer {
    await giveFeed { sources in
      var text =
        "address,prevalence,reports_at_least,first_day,last_day,services,verdicts,forgery\r\n"
      for source in sources {
        text +=
          [
            "\(source.source)", source.prevalence.rawValue, "\(source.reportsAtLeast)",
            source.firstDay.map { "\($0)" } ?? "", source.dayText,
            source.services.map(\.description).joined(separator: " "),
            source.verdicts.joined(separator: " "), source.forgery.rawValue,
          ].map(csvCell).joined(separator: ",") + "\r\n"
      }
      return .text(text, type: "text/csv; charset=utf-8")
    }
  }

  func jsonFeed(_ call: Call) async -> ServerAnswer {
    await giveFeed { sources in
      .json(
        .object([
          ("addresses", .array(sources.map { Desk.json($0) })), ("rules", .string(Look.rules)),
        ]))
    }
  }

  func stixFeed(_ call: Call) async -> ServerAnswer {
    await giveFeed { sources in
      var answer = ServerAnswer.json(STIX.bundle(of: sources))
      answer.type = "application/stix+json;version=2.1"
      return answer
    }
  }

  private func giveFeed(_ form: ([PublicSource]) -> ServerAnswer) async -> ServerAnswer {
    do { return form(try await feed()) } catch { return Desk.unavailable(error) }
  }

  func atomFeed(_ call: Call) async -> ServerAnswer {
    do {
      let (found, _) = try await incidents([], before: nil, limit: 50, isStaff: false)
      let latest = found.compactMap { $0.lastDay?.start }.max() ?? Timestamp(seconds: 0)
      var page = HTMLPage()
      page.add("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n")
      page.add("<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>Incidents of a pool</title>\n")
      page.add("<id>tag:culprit,2026:incidents</id>\n<updated>\(latest)</updated>\n")
      page.add("<author><name>Culprit</name></author>\n")
      for look in found {
        let incident = look.incident
        page.add("<entry>\n<id>tag:culprit,2026:incident-\(incident.id)</id>\n")
        page.element(
          "title",
          "\(incident.subject): \(look.verdict?.title ?? look.article ?? "cause not known")")
        page.add("<updated>\(look.lastDay?.start ?? Timestamp(seconds: 0))</updated>\n")
        page.add("<link href=\"/incident/\(incident.id)\"/>\n")
        page.element("summary", look.says.joined(separator: " "))
        page.add("</entry>\n")
      }
      page.add("</feed>\n")
      return ServerAnswer(
        status: 200, type: "application/atom+xml; charset=utf-8", body: page.bytes)
    } catch { return Desk.unavailable(error) }
  }
}

extension PublicSource {
  /// The last day that it was met, or nothing.
  var dayText: String { lastDay.map { "\($0)" } ?? "" }
}

/// Text of several lines with nothing in it that a terminal would obey.
private func inertLines(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { inert(String($0)) }
    .joined(separator: "\n")
}

/// A cell of a table (RFC 4180); what a spreadsheet would take for a formula is made text.
func csvCell(_ text: String) -> String {
  var text = inert(text)
  if let first = text.first, "=+-@\t\r".contains(first) { text = "'" + text }
  guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
  return "\"" + text.replacing("\"", with: "\"\"") + "\""
}

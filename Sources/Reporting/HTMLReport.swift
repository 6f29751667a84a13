public import Analysis
import Detection
import Diagnosis
import HostEvidence
import Knowledge
import Observations

/// An analysis as one HTML file for people: everything in it, nothing fetched, the answer first.
///
/// It is read with or without a mouse, in light and dark, on paper and by screen readers; it needs no
/// script (one small one lets the list of incidents be filtered). Its policy forbids everything but
/// its own style sheet and script, known by their digests, and whatever comes out of evidence is
/// escaped.
///
/// - Parameters:
///   - analysis: what is told.
///   - sinceLast: what changed since an earlier report, and that report's path; nil where not asked.
///   - comparison: what others' rules would have said; nil where not asked.
/// - Returns: the page.
public func renderHTML(
  _ analysis: Analysis, sinceLast: (changes: SinceLast, path: String)? = nil,
  comparison: PeerComparison? = nil
) -> String {
  var report = HTMLReport(analysis)
  report.earlier = sinceLast
  report.comparison = comparison
  return report.render()
}

/// The report under construction.
struct HTMLReport {
  let analysis: Analysis
  var page = HTMLPage()
  /// Titles of articles by id.
  let titles: [String: String]
  /// Activities in the order of the report, with the numbers that they are reached by.
  let activities: [(incident: Int, number: Int, activity: Activity)]

  /// Rows of the index.
  static let mostRows = 3_000
  /// Bytes that incidents may take where the index is empty, and what a row of it takes.
  private static let room = 3_600_000
  private static let rowBytes = 400
  /// Incidents that are told beside the index.
  private(set) var shown = 0
  /// What changed since an earlier report, and its path.
  var earlier: (changes: SinceLast, path: String)?
  /// What others' rules would have said.
  var comparison: PeerComparison?

  init(_ analysis: Analysis) {
    self.analysis = analysis
    titles = Dictionary(analysis.articles.map { ($0.id, $0.title) }) { first, _ in first }
    activities = analysis.incidents.enumerated().flatMap { index, incident in
      incident.activities.enumerated().map { (index + 1, $0.offset + 1, $0.element) }
    }
  }

  /// Whether all can be shown open; of many activities the reasons are folded.
  var isSmall: Bool { activities.count <= Analysis.fewActivities }

  mutating func render() -> String {
    page.add("<!DOCTYPE html>\n<html lang=\"en\">\n")
    head()
    page.add("<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n")
    top()
    contents()
    page.add("<main id=\"main\" tabindex=\"-1\"\(isSmall ? "" : " class=\"many\"")>\n")
    // Behind hundreds of incidents nobody would find the rest.
    if !isSmall { others() }
    index()
    if isSmall { others() }
    quiet()
    peers()
    evidence()
    articles()
    glossary()
    page.add("</main>\n<footer class=\"small\"><p>Made by culprit ")
    page.text("\(culpritVersion), knowledge: \(analysis.knowledge).")
    page.add(" Times are UTC. Nothing in this file is fetched from elsewhere.</p></footer>\n")
    page.add("<script>\(HTMLStyle.script)</script>\n</body>\n</html>\n")
    return String(decoding: page.bytes, as: UTF8.self)
  }

  /// What is told beside the incidents.
  private mutating func others() {
    network()
    hosts()
    files()
  }

  private mutating func head() {
    let style = base64(ofHexadecimal: FileDigest.sha256(of: HTMLStyle.css))
    let script = base64(ofHexadecimal: FileDigest.sha256(of: HTMLStyle.script))
    page.add("<head>\n<meta charset=\"utf-8\">\n")
    page.add(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
        + "style-src 'sha256-\(style)'; script-src 'sha256-\(script)'; base-uri 'none'; "
        + "form-action 'none'\">\n")
    page.add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
    page.add("<meta name=\"color-scheme\" content=\"light dark\">\n")
    page.add("<meta name=\"referrer\" content=\"no-referrer\">\n")
    page.add("<link rel=\"icon\" href=\"data:,\">\n")
    page.element("title", "Culprit: \(headline)")
    page.add("<style>\(HTMLStyle.css)</style>\n</head>\n")
  }

  private var headline: String {
    guard !analysis.incidents.isEmpty else { return "nothing was raised" }
    let unexplained = activities.count { $0.activity.diagnosis.verdict == nil }
    return counted(UInt64(analysis.incidents.count), "incident", "incidents") + ", "
      + counted(UInt64(activities.count), "activity", "activities")
      + ": \(activities.count - unexplained) explained, \(unexplained) unexplained"
  }

  private mutating func top() {
    page.add("<header class=\"top\">\n")
    page.element("h1", "What is behind this traffic")
    page.element("p", headline.prefix(1).uppercased() + headline.dropFirst() + ".", style: "lead")
    let read = analysis.evidence.filter { $0.records > 0 }
    let records = read.reduce(UInt64(0)) { $0.addingReportingOverflow($1.records).partialValue }
    page.element(
      "p",
      "Read: \(counted(UInt64(read.count), "file", "files")), "
        + "\(counted(records, "record", "records")), "
        + "\(briefSpan(read.compactMap(\.first).min(), read.compactMap(\.last).max())).",
      style: "meta")
    for warning in warnings { page.element("p", warning, style: "alarm") }
    inShort()
    page.add("</header>\n")
  }

  /// The answers alone, where they are few.
  private mutating func inShort() {
    let whole = analysis.networkFindings.filter { $0.kind == .population }.map(\.summary)
    let hosts = analysis.hostFindings.compactMap { $0.state?.diagnosis.sentence }
    let kinds = Dictionary(grouping: analysis.files, by: \.verdict.name)
    let files = ["differs", "consistent", "matches", "unknown"].compactMap { name in
      kinds[name].map { "\($0.count) \(name)" }
    }
    var all = analysis.inShort + whole.prefix(3) + hosts.prefix(6)
    if !files.isEmpty {
      all.append("Files held against what is said of them: \(files.joined(separator: ", "))")
    }
    guard all.count > 1 || !isSmall && !all.isEmpty else { return }
    page.add("<h2 class=\"short\">In short</h2>\n")
    page.list(all)
  }

  /// What a reader must know before anything else.
  private var warnings: [String] {
    var result: [String] = []
    let differing = analysis.files.filter { $0.verdict.name == "differs" }
    if let first = differing.first {
      result.append(
        differing.count == 1
          ? "1 file differs from what is said of it: \(first.name)."
          : "\(differing.count) files differ from what is said of them.")
    }
    if analysis.incidents.isEmpty {
      result.append(
        analysis.evidence.contains { $0.observations > 0 }
          ? "This speaks only for what the evidence below could show."
          : "Nothing could have been raised: no file held an observation.")
    }
    let leftOut = analysis.evidence.reduce(UInt64(0)) {
      $0.addingReportingOverflow($1.leftOut ?? 0).partialValue
    }
    if leftOut > 0 {
      result.append(
        "Only a part was looked at: \(counted(leftOut, "record", "records")) left out by --match. "
          + "Nothing here speaks of those.")
    }
    let unread = analysis.evidence.filter { $0.kind == "unrecognised" }
    if !unread.isEmpty {
      result.append(
        "\(counted(UInt64(unread.count), "file", "files")) could not be read: "
          + unread.prefix(5).map(\.path).joined(separator: ", ")
          + (unread.count > 5 ? " and others." : "."))
    }
    return result
  }

  private mutating func contents() {
    let parts: [(id: String, title: String, count: Int)] = [
      ("since", "Since the last report", earlier == nil ? 0 : 1), ("incidents", "Incidents", 1),
      ("network", "The network as a whole", analysis.networkFindings.count),
      ("hosts", "Hosts", analysis.hostFindings.count), ("files", "Files", analysis.files.count),
      ("quiet", "Not raised", analysis.quiet.count { $0.count > 0 }),
      ("peers", "Others\u{2019} rules", comparison == nil ? 0 : 1),
      ("evidence", "Evidence", analysis.evidence.count),
      ("causes", "Causes named", shownArticles.count), ("words", "Words", 1),
    ]
    page.add("<nav aria-label=\"Parts of this report\"><ul>\n")
    for part in parts where part.count > 0 {
      page.add("<li><a href=\"#\(part.id)\">")
      page.text(part.title)
      page.add("</a></li>\n")
    }
    page.add("</ul></nav>\n")
  }

  /// A part of the page with its heading.
  mutating func section(_ id: String, _ title: String) {
    page.add("<section aria-labelledby=\"\(id)\">\n<h2 id=\"\(id)\">")
    page.text(title)
    page.add("</h2>\n")
  }
}

extension HTMLReport {
  /// What an activity was found to be, in a few words.
  func cause(_ diagnosis: Diagnosis) -> String {
    guard let verdict = diagnosis.verdict else { return "Unexplained" }
    let title =
      diagnosis.hypotheses.first { $0.article == verdict }?.title ?? titles[verdict] ?? verdict
    return title.isEmpty ? verdict : title
  }

  /// The activities in a table, with filters where they are many.
  private mutating func index() {
    let before = page
    page = HTMLPage()
    let rows = min(activities.count, HTMLReport.mostRows)
    shown = incidents(room: HTMLReport.room - HTMLReport.rowBytes * rows)
    let told = page
    page = before
    defer { page.add(told) }
    sinceLast()
    section("incidents", "Incidents")
    guard !activities.isEmpty else {
      page.element("p", "Nothing was raised.")
      page.add("</section>\n")
      return
    }
    if activities.count > 3 { filters() }
    page.add("<div id=\"index\">")
    page.tableHead(
      "What was found, most severe first", ["Severity", "Who does what", "Cause"], style: "index")
    for entry in activities.prefix(HTMLReport.mostRows) {
      let (incident, activity) = (analysis.incidents[entry.incident - 1], entry.activity)
      page.add(
        "<tr data-i=\"i\(entry.incident)\" data-s=\"\(activity.severity.rawValue)\" data-v=\"")
      page.add("\(htmlName(activity.diagnosis.verdict ?? "unexplained"))\"><td>")
      severity(activity.severity)
      page.add("</td><td>")
      let isTold = entry.incident <= shown
      if isTold { page.add("<a href=\"#i\(entry.incident)-\(entry.number)\">") }
      page.text("\(incident.subject.kind) \(incident.subject.value)")
      page.add(isTold ? "</a>: " : ": ")
      page.text(activity.label)
      page.add("<br><span class=\"small\">")
      page.text(briefSpan(activity.evidence.first, activity.evidence.last))
      page.add("</span></td><td>")
      page.text(cause(activity.diagnosis))
      if activity.diagnosis.verdict != nil {
        page.add("<br><span class=\"small\">")
        page.text("probability \(percent(activity.diagnosis.posterior))")
        page.add("</span>")
      }
      page.add("</td></tr>\n")
    }
    page.add("</tbody></table></div>\n")
    if activities.count > HTMLReport.mostRows {
      page.element(
        "p",
        "And \(grouped(UInt64(activities.count - HTMLReport.mostRows))) more activities, which the "
          + "JSON report lists.")
    }
    page.add("</section>\n")
  }

  mutating func severity(_ severity: Severity) {
    page.element("span", severity.rawValue, style: "sev \(severity.rawValue)")
  }

  private mutating func filters() {
    let verdicts = Dictionary(grouping: activities) { $0.activity.diagnosis.verdict ?? "" }
    page.add("<div class=\"filters\" id=\"filters\" role=\"search\" hidden>\n")
    page.add("<label>Severity<br><select id=\"f-severity\"><option value=\"\">all</option>")
    for severity in Severity.allCases.reversed()
    where activities.contains(where: { $0.activity.severity == severity }) {
      page.add("<option>\(severity.rawValue)</option>")
    }
    page.add("</select></label>\n")
    page.add("<label>Cause<br><select id=\"f-cause\"><option value=\"\">all</option>")
    for verdict in verdicts.keys.sorted() {
      let count = verdicts[verdict]?.count ?? 0
      page.add("<option value=\"\(htmlName(verdict.isEmpty ? "unexplained" : verdict))\">")
      page.text("\(verdict.isEmpty ? "unexplained" : verdict) (\(count))")
      page.add("</option>")
    }
    page.add("</select></label>\n")
    page.add("<label>Words or address<br><input id=\"f-words\" type=\"search\"></label>\n")
    page.add("<p class=\"small\" id=\"f-status\" role=\"status\"></p></div>\n")
  }
}

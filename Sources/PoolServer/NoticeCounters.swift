import Pool
import Reporting

/// What became of notices, in the text form of Prometheus.
enum NoticeCounters {
  private static let columns:
    [(name: String, kind: String, meaning: String, value: @Sendable (NoticeTally) -> Int)] = [
      (
        "culprit_pool_notices_delivered_total", "counter", "Notices that were delivered.",
        { $0.delivered }
      ),
      (
        "culprit_pool_notices_lost_total", "counter",
        "Notices that could not be delivered within a day, or had no room.", { $0.lost }
      ),
      ("culprit_pool_notices_waiting", "gauge", "Notices that wait.", { $0.waiting }),
    ]

  static func text(_ tallies: [NoticeTally]) -> String {
    guard !tallies.isEmpty else { return "" }
    var text = ""
    for column in columns {
      text += "# HELP \(column.name) \(column.meaning)\n# TYPE \(column.name) \(column.kind)\n"
      for tally in tallies {
        text += "\(column.name){destination=\"\(tally.destination)\"} \(column.value(tally))\n"
      }
    }
    return text
  }
}

extension Desk {
  /// For operators: what became of notices, and why some still wait.
  func list(_ tallies: [NoticeTally], on page: inout Page) {
    guard !tallies.isEmpty else { return }
    page.html.tableHead(
      "Notices since the start", ["To", "Delivered", "Wait", "Lost", "Why they wait"])
    for tally in tallies {
      page.html.add("<tr>")
      for cell in [
        tally.destination, "\(tally.delivered)", "\(tally.waiting)", "\(tally.lost)",
        inert(tally.because ?? ""),
      ] { page.html.element("td", cell) }
      page.html.add("</tr>\n")
    }
    page.tableEnd()
  }
}

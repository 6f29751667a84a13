import Reporting

/// A page for people: one column, no script, nothing from elsewhere.
struct Page {
  var html = HTMLPage()
  private let remark: String?

  /// What a page may load and do (Content Security Policy): its own style sheet, its own search box.
  static let policy =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    + "frame-ancestors 'none'"

  static let styleSheet = ServerAnswer.text(HTMLStyle.css, type: "text/css; charset=utf-8")

  /// A page's beginning.
  ///
  /// - Parameters:
  ///   - title: its heading.
  ///   - remark: said on it first.
  ///   - sought: what stands in the search box.
  init(title: String, remark: String?, sought: String = "") {
    self.remark = remark
    html.add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
    html.add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
    html.add("<meta name=\"color-scheme\" content=\"light dark\">\n")
    html.add("<link rel=\"stylesheet\" href=\"/style.css\">\n")
    html.element("title", "\(title) \u{2013} Culprit")
    html.add("</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the answer</a>\n")
    html.add(
      "<header class=\"top\">\n<p class=\"name\"><a href=\"/\">Culprit\u{2019}s pool</a></p>\n")
    html.element("h1", title)
    if let remark { html.element("p", remark, style: "remark") }
    html.add("<form class=\"filters\" action=\"/lookup\" method=\"get\" role=\"search\">\n")
    html.add("<label>Address, block, port or article<br><input name=\"what\" size=\"32\"")
    html.add(" maxlength=\"128\" autocomplete=\"off\" spellcheck=\"false\" value=\"")
    html.text(sought)
    html.add("\"></label>\n<label><br><input type=\"submit\" value=\"Look up\"></label>\n</form>\n")
    html.add("</header>\n<main id=\"main\" tabindex=\"-1\">\n")
  }

  /// The whole page as an answer.
  func answer(status: Int = 200) -> ServerAnswer {
    var html = html
    html.add("</main>\n<footer class=\"small\">\n")
    html.element("p", Look.rules)
    html.element(
      "p", "Made by culprit \(culpritVersion). Times are UTC. Nothing is loaded from elsewhere.")
    html.add("</footer>\n</body>\n</html>\n")
    return ServerAnswer(status: status, type: "text/html; charset=utf-8", body: html.bytes)
  }

  /// A table row whose first cell leads somewhere.
  ///
  /// - Parameters:
  ///   - path: made by this program of checked values.
  ///   - cells: texts.
  mutating func row(to path: String, _ cells: [String]) {
    html.add("<tr>")
    for (index, cell) in cells.enumerated() {
      html.add("<td>")
      if index == 0 {
        html.add("<a href=\"")
        html.text(path)
        html.add("\">")
      }
      html.text(cell)
      html.add(index == 0 ? "</a></td>" : "</td>")
    }
    html.add("</tr>\n")
  }

  mutating func tableEnd() { html.add("</tbody>\n</table>\n") }
}

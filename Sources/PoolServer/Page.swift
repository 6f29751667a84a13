import Reporting

/// A page for people: one column, no script, nothing from elsewhere.
struct Page {
  var html = HTMLPage()
  private let visitor: Sessions.Session?

  /// What a page may load and do (Content Security Policy): its own style sheet, its own search box.
  static let policy =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    + "frame-ancestors 'none'"

  /// How pages look. In a narrow window the rows of tables with four columns or more flow like text.
  static let styleSheet = ServerAnswer.text(
    HTMLStyle.css + """

      button,textarea{font:inherit;color:var(--ink);background:var(--paper);\
      border:1px solid var(--muted);border-radius:6px;padding:.3rem .6rem;min-height:2.2rem}
      button:focus-visible,textarea:focus-visible{outline:3px solid var(--link);outline-offset:2px}
      header nav{padding:0}.filters label{max-width:100%}
      @media(max-width:40rem){\
      table:has(th:nth-child(4)),table:has(th:nth-child(4)) :is(caption,tbody){display:block}\
      table:has(th:nth-child(4)) thead{position:absolute;left:-300vw}\
      table:has(th:nth-child(4)) tbody tr{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.45rem 0;\
      border-bottom:1px solid var(--line)}\
      table:has(th:nth-child(4)) td{border:0;padding:0;min-width:0}}
      @media print{form,nav{display:none}}

      """, type: "text/css; charset=utf-8")

  /// A page's beginning.
  ///
  /// - Parameters:
  ///   - title: its heading.
  ///   - remark: said on it first.
  ///   - sought: what stands in the search box.
  ///   - visitor: the operator who is signed in.
  init(title: String, remark: String?, sought: String = "", visitor: Sessions.Session? = nil) {
    self.visitor = visitor
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
    html.add(
      "<label>Address, block, port, article, pattern or incident<br><input name=\"what\" size=\"32\""
    )
    html.add(" maxlength=\"128\" autocomplete=\"off\" spellcheck=\"false\" value=\"")
    html.text(sought)
    html.add("\"></label>\n<button>Look up</button>\n</form>\n")
    html.add("<nav class=\"small\" aria-label=\"Pages\"><a href=\"/\">Now</a> \u{b7} ")
    html.add("<a href=\"/incidents\">Incidents</a> \u{b7} <a href=\"/sensors\">Sensors</a> \u{b7} ")
    html.add("<a href=\"/feeds\">Feeds</a> \u{b7} <a href=\"/corrections\">Corrections</a> \u{b7} ")
    if let visitor {
      html.add("<a href=\"/operator\">")
      html.text("Signed in: \(visitor.name)")
      html.add("</a></nav>\n")
    } else {
      html.add("<a href=\"/operator/sign-in\">Operators</a></nav>\n")
    }
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
    var answer = ServerAnswer(
      status: status, type: "text/html; charset=utf-8", body: html.bytes)
    answer.isPrivate = visitor != nil
    return answer
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

  /// A form's beginning, with what shows that it is this page's own.
  ///
  /// - Parameters:
  ///   - path: made by this program.
  ///   - hidden: further fields that are sent along.
  mutating func form(to path: String, hidden: [(name: String, value: String)] = []) {
    html.add("<form class=\"filters\" method=\"post\" action=\"")
    html.text(path)
    html.add("\">\n")
    for (name, value) in hidden + (visitor.map { [("token", $0.formToken)] } ?? []) {
      html.add("<input type=\"hidden\" name=\"\(htmlName(name))\" value=\"")
      html.text(value)
      html.add("\">\n")
    }
  }

  /// A field of a form.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - label: what it is for.
  ///   - type: of input; a password is not shown.
  ///   - value: what stands in it.
  ///   - completion: what a browser may offer for it, by the names of HTML: nothing unless said.
  mutating func field(
    _ name: String, _ label: String, type: String = "text", value: String = "",
    completion: String = "off"
  ) {
    html.add("<label>")
    html.text(label)
    html.add("<br><input name=\"\(htmlName(name))\" type=\"\(type)\" maxlength=\"4096\"")
    html.add(" autocomplete=\"\(completion)\" value=\"")
    html.text(value)
    html.add("\"></label>\n")
  }

  /// A choice of a form.
  mutating func choice(_ name: String, _ label: String, _ options: [(value: String, text: String)])
  {
    html.add("<label>")
    html.text(label)
    html.add("<br><select name=\"\(htmlName(name))\">\n")
    for option in options {
      html.add("<option value=\"")
      html.text(option.value)
      html.add("\">")
      html.text(option.text)
      html.add("</option>\n")
    }
    html.add("</select></label>\n")
  }

  /// A form's end: the buttons that send it, each with what it stands for.
  mutating func formEnd(_ buttons: [(value: String, text: String)]) {
    for button in buttons {
      html.add("<button name=\"do\" value=\"\(htmlName(button.value))\">")
      html.text(button.text)
      html.add("</button>\n")
    }
    html.add("</form>\n")
  }

  mutating func tableEnd() { html.add("</tbody>\n</table>\n") }
}

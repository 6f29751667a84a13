/// A page under construction, as bytes: markup is ours, text is anybody's and escaped.
package struct HTMLPage {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// Markup of this program's own, as it is.
  package mutating func add(_ markup: String) { bytes += markup.utf8 }

  /// Another page's markup.
  package mutating func add(_ other: HTMLPage) { bytes += other.bytes }

  /// Text of whatever origin.
  package mutating func text(_ words: String) { bytes += htmlText(words).utf8 }

  /// An element with nothing but text in it; none where there is no text.
  ///
  /// - Parameters:
  ///   - name: the element.
  ///   - words: its text.
  ///   - style: its class; empty: none.
  package mutating func element(_ name: String, _ words: String, style: String = "") {
    guard !words.isEmpty else { return }
    add(style.isEmpty ? "<\(name)>" : "<\(name) class=\"\(style)\">")
    text(words)
    add("</\(name)>\n")
  }

  /// A list of texts; none where there are none.
  package mutating func list(_ items: [String], ordered: Bool = false) {
    guard !items.isEmpty else { return }
    let name = ordered ? "ol" : "ul"
    add("<\(name)>\n")
    for item in items { element("li", item) }
    add("</\(name)>\n")
  }

  /// What can be opened.
  ///
  /// - Parameters:
  ///   - title: what it is called.
  ///   - isOpen: whether it is open from the beginning.
  ///   - body: writes what is in it.
  package mutating func details(_ title: String, isOpen: Bool, _ body: (inout HTMLPage) -> Void) {
    add(isOpen ? "<details open><summary>" : "<details><summary>")
    text(title)
    add("</summary>\n")
    body(&self)
    add("</details>\n")
  }

  /// The head of a table: what it is called, and its columns.
  package mutating func tableHead(_ caption: String, _ columns: [String], style: String = "") {
    add(style.isEmpty ? "<table>\n" : "<table class=\"\(style)\">\n")
    element("caption", caption)
    add("<thead><tr>")
    for column in columns {
      add("<th scope=\"col\">")
      text(column)
      add("</th>")
    }
    add("</tr></thead>\n<tbody>\n")
  }
}

/// Text for HTML, in elements and quoted attributes: markup is escaped, and what could hide or reorder
/// other text is shown as its number.
package func htmlText(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy {
    $0 >= 0x20 && $0 < 0x7f && $0 != 0x26 && $0 != 0x3c && $0 != 0x3e && $0 != 0x22 && $0 != 0x27
  }
  if isPlain { return text }
  var result = ""
  for scalar in inert(text).unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// A name made of what identifiers and classes may hold; everything else becomes a dash.
package func htmlName(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.prefix(64).map { scalar in
        let isPlain =
          ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
          || ("0"..."9").contains(scalar) || scalar == "-"
        return isPlain ? scalar : "-"
      }))
}

/// Base 64 (RFC 4648) of bytes written in hexadecimal digits, as content security policies want
/// digests.
func base64(ofHexadecimal digits: String) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  let bits = digits.flatMap { digit in
    (0..<4).reversed().map { ((digit.hexDigitValue ?? 0) >> $0) & 1 }
  }
  var result = ""
  for start in stride(from: 0, to: bits.count, by: 6) {
    let six = (start..<start + 6).reduce(0) { $0 << 1 | ($1 < bits.count ? bits[$1] : 0) }
    result.append(alphabet[six])
  }
  return result + String(repeating: "=", count: (4 - result.count % 4) % 4)
}

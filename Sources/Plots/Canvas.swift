/// A drawing under construction: shapes in order, with coordinates to a tenth.
struct Canvas {
  /// All drawings are this wide; pages scale them.
  static let width = 640.0

  /// Where a text ends up against its place.
  enum Anchor: String {
    case start = ""
    case middle = " c"
    case end = " e"
  }

  private var out: [UInt8] = []

  /// The head of a drawing.
  ///
  /// - Parameters:
  ///   - id: unique in the page; letters, digits and dashes, anything else is dropped.
  ///   - title: what it is called.
  ///   - description: what it shows, for who does not see it.
  ///   - height: beside a width of 640.
  init(id: String, title: String, description: String, height: Double) {
    let id = Canvas.identifier(id)
    out += "<svg class=\"plot\" role=\"img\" viewBox=\"0 0 640 \(number(height))\"".utf8
    out += " aria-labelledby=\"\(id)-t \(id)-d\" xmlns=\"http://www.w3.org/2000/svg\">".utf8
    out += "<title id=\"\(id)-t\">\(escaped(title))</title>".utf8
    out += "<desc id=\"\(id)-d\">\(escaped(description))</desc>".utf8
  }

  /// The drawing that stands where nothing can be drawn, with the reason.
  static func nothing(id: String, title: String, because: String) -> String {
    let words = "Nothing to plot: \(because)"
    var canvas = Canvas(id: id, title: title, description: words, height: 40)
    canvas.text(words, 0, 26, "t")
    return canvas.finished
  }

  /// The whole text of the drawing.
  var finished: String { String(decoding: out, as: UTF8.self) + "</svg>\n" }

  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String,
    says hint: String? = nil
  ) {
    out += "<rect class=\"\(style)\" x=\"\(number(x))\" y=\"\(number(y))\"".utf8
    out += " width=\"\(number(max(0, width)))\" height=\"\(number(max(0, height)))\"".utf8
    close("rect", hint)
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String
  ) {
    path("M\(number(x1)) \(number(y1))L\(number(x2)) \(number(y2))", style)
  }

  mutating func path(_ steps: String, _ style: String, says hint: String? = nil) {
    guard !steps.isEmpty else { return }
    out += "<path class=\"\(style)\" d=\"\(steps)\"".utf8
    close("path", hint)
  }

  mutating func text(
    _ words: String, _ x: Double, _ y: Double, _ style: String = "", _ anchor: Anchor = .start
  ) {
    let classes = (style + anchor.rawValue).split(separator: " ").joined(separator: " ")
    out += "<text".utf8
    if !classes.isEmpty { out += " class=\"\(classes)\"".utf8 }
    out += " x=\"\(number(x))\" y=\"\(number(y))\">\(escaped(words))</text>".utf8
  }

  private mutating func close(_ element: String, _ hint: String?) {
    guard let hint else {
      out += "/>".utf8
      return
    }
    out += "><title>\(escaped(hint))</title></\(element)>".utf8
  }

  private static func identifier(_ text: String) -> String {
    let kept = text.unicodeScalars.filter {
      ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
    }
    // An identifier begins with a letter whatever it is made of.
    return "p" + String(String.UnicodeScalarView(kept))
  }
}

/// A coordinate with at most one decimal; what is no number is 0.
func number(_ value: Double) -> String {
  guard value.isFinite, value.magnitude < 1e9 else { return "0" }
  let tenths = Int64((value * 10).rounded())
  let sign = tenths < 0 ? "-" : ""
  let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
  return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
}

/// Text for XML: markup is escaped, and what could hide or reorder other text, or is no XML character,
/// is shown as its number.
func escaped(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy {
    $0 >= 0x20 && $0 < 0x7f && $0 != 0x26 && $0 != 0x3c && $0 != 0x3e && $0 != 0x22 && $0 != 0x27
  }
  if isPlain { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default:
      if isTreacherous(scalar) {
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
  return result
}

/// Controls, format characters, separators and what no font shows.
private func isTreacherous(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.value < 0x7f { return scalar.value < 0x20 }
  if scalar.value < 0xa0 { return true }
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
    return true
  default: return scalar.properties.isDefaultIgnorableCodePoint
  }
}

/// At most so many characters of a label, with a mark where some were left out.
func shortened(_ text: String, to count: Int) -> String {
  text.count <= count ? text : text.prefix(max(1, count - 1)) + "…"
}

/// A value of `truth.json`. Objects keep the order they were written in.
enum Truth: Sendable {
  case text(String)
  case integer(Int)
  case flag(Bool)
  case null
  /// A quotient, rounded half up to a number of decimal places (0 to 6); null where the divisor is 0.
  case quotient(Int, Int, places: Int)
  /// An instant, RFC 3339 in UTC, from microseconds since 1970.
  case time(Int64)
  case list([Truth])
  case object([(String, Truth)])

  /// The file: two blanks a level, a line feed at the end.
  var file: SimulatedFile {
    var text = ""
    write(into: &text, indent: "")
    return SimulatedFile(name: "truth.json", bytes: Array((text + "\n").utf8))
  }

  private func write(into text: inout String, indent: String) {
    switch self {
    case .text(let value): text += Truth.quoted(value)
    case .integer(let value): text += String(value)
    case .flag(let value): text += value ? "true" : "false"
    case .null: text += "null"
    case .quotient(let numerator, let divisor, let places):
      text += Truth.decimal(numerator, divisor, places: places)
    case .time(let microseconds): text += Truth.quoted(Clock.text(microseconds))
    case .list(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += ", " }
        value.write(into: &text, indent: indent)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        text += (index > 0 ? "," : "") + "\n  \(indent)\(Truth.quoted(member.0)): "
        member.1.write(into: &text, indent: indent + "  ")
      }
      text += members.isEmpty ? "}" : "\n\(indent)}"
    }
  }

  private static func decimal(_ numerator: Int, _ divisor: Int, places: Int) -> String {
    guard divisor > 0 else { return "null" }
    var scale = 1
    for _ in 0..<min(6, max(0, places)) { scale *= 10 }
    let magnitude = (abs(numerator) * scale * 2 + divisor) / (2 * divisor)
    let sign = numerator < 0 && magnitude > 0 ? "-" : ""
    guard scale > 1 else { return "\(sign)\(magnitude)" }
    return "\(sign)\(magnitude / scale)." + padded(magnitude % scale, width: places)
  }

  private static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case " "...: text.unicodeScalars.append(scalar)
      default: text += "\\u" + hexadecimal(Int(scalar.value), width: 4)
      }
    }
    return text + "\""
  }
}

/// A JSON object on one line, its keys in the order in which they were added.
struct JSONText {
  private var body = ""

  /// The object without a line end.
  var text: String { "{" + body + "}" }

  /// Adds a text; nothing for nil.
  mutating func add(_ key: String, _ value: String?) {
    guard let value else { return }
    begin(key)
    JSONText.quote(value, into: &body)
  }

  /// Adds a number; nothing for nil.
  mutating func add(_ key: String, _ value: (some BinaryInteger)?) {
    guard let value else { return }
    begin(key)
    body += String(value)
  }

  /// Adds a truth; nothing for nil.
  mutating func add(_ key: String, _ value: Bool?) {
    guard let value else { return }
    begin(key)
    body += value ? "true" : "false"
  }

  /// Adds a list of texts; nothing for an empty one unless it is to be shown.
  mutating func add(_ key: String, _ values: [String], evenEmpty: Bool = false) {
    guard evenEmpty || !values.isEmpty else { return }
    begin(key)
    body += "["
    for (index, value) in values.enumerated() {
      if index > 0 { body += "," }
      JSONText.quote(value, into: &body)
    }
    body += "]"
  }

  /// Adds a list of objects.
  mutating func add(_ key: String, _ values: [JSONText]) {
    begin(key)
    body += "[" + values.map(\.text).joined(separator: ",") + "]"
  }

  /// Adds an object.
  mutating func add(_ key: String, _ value: JSONText) {
    begin(key)
    body += value.text
  }

  private mutating func begin(_ key: String) {
    if !body.isEmpty { body += "," }
    JSONText.quote(key, into: &body)
    body += ":"
  }

  /// Besides what JSON asks for, whatever moves a terminal's cursor or turns the direction of a
  /// text is written as an escape: names in here are other people's.
  private static func quote(_ value: String, into text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar.value {
      case 0x22: text += "\\\""
      case 0x5c: text += "\\\\"
      case 0..<0x20, 0x7f...0x9f, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x2069, 0xfeff:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

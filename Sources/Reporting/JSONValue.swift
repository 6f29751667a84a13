/// A JSON value (RFC 8259) whose members keep the order they were given in.
enum JSONValue {
  case null
  case bool(Bool)
  case integer(Int)
  case unsigned(UInt64)
  /// Infinity and NaN, which JSON lacks, are written as null.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])

  /// A string, or null.
  static func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

  /// Whether it holds nothing that holds anything.
  private var isFlat: Bool {
    switch self {
    case .array(let items): items.allSatisfy(\.isScalar)
    case .object(let members): members.allSatisfy(\.value.isScalar)
    default: true
    }
  }

  private var isScalar: Bool {
    switch self {
    case .array(let items): items.isEmpty
    case .object(let members): members.isEmpty
    default: true
    }
  }

  /// The text of the document, indented by two blanks, with a newline at its end.
  func document() -> String {
    var out = ""
    write(to: &out, depth: 0)
    out += "\n"
    return out
  }
}

extension JSONValue {
  /// Lines of flat values may be this long before they are broken up.
  private static let lineLimit = 100

  private func write(to out: inout String, depth: Int) {
    switch self {
    case .array(let items):
      writeMembers(items.map { (nil, $0) }, brackets: ("[", "]"), to: &out, depth: depth)
    case .object(let members):
      writeMembers(
        members.map { ($0.key, $0.value) }, brackets: ("{", "}"), to: &out, depth: depth)
    default:
      writeScalar(to: &out)
    }
  }

  private func writeScalar(to out: inout String) {
    switch self {
    case .bool(let value): out += value ? "true" : "false"
    case .integer(let value): out += String(value)
    case .unsigned(let value): out += String(value)
    case .number(let value): out += JSONValue.numeral(value)
    case .string(let value): JSONValue.quote(value, to: &out)
    case .null, .array, .object: out += "null"
    }
  }

  private func writeMembers(
    _ members: [(String?, JSONValue)], brackets: (String, String), to out: inout String, depth: Int
  ) {
    func name(_ key: String?, to out: inout String) {
      guard let key else { return }
      JSONValue.quote(key, to: &out)
      out += ": "
    }
    if isFlat {
      var line = brackets.0
      for (index, member) in members.enumerated() {
        if index > 0 { line += ", " }
        name(member.0, to: &line)
        member.1.write(to: &line, depth: 0)
      }
      line += brackets.1
      if members.isEmpty || line.utf8.count + 2 * depth <= JSONValue.lineLimit {
        out += line
        return
      }
    }
    let indent = String(repeating: "  ", count: depth + 1)
    out += brackets.0
    for (index, member) in members.enumerated() {
      out += (index > 0 ? ",\n" : "\n") + indent
      name(member.0, to: &out)
      member.1.write(to: &out, depth: depth + 1)
    }
    out += "\n" + String(repeating: "  ", count: depth) + brackets.1
  }

  /// The shortest numeral that reads back as the same number; whole numbers without a point.
  static func numeral(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
    return "\(value)"
  }

  /// A string in quotes. What could drive a terminal is escaped as well as what JSON demands.
  static func quote(_ text: String, to out: inout String) {
    out += "\""
    // Nearly every string is plain and goes over whole.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }) {
      out += text
      out += "\""
      return
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default:
        if scalar.isTreacherous {
          for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
            let digits = String(unit, radix: 16)
            out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
          }
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    out += "\""
  }
}

/// A JSON value (RFC 8259) whose members keep the order they were given in.
package enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case unsigned(UInt64)
  /// Infinity and NaN, which JSON lacks, are written as null.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])
  /// A value that holds others, as it was written by `bytes` for the depth where it stands.
  case written([UInt8])

  /// A string, or null.
  package static func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

  /// Whether it holds nothing that holds anything.
  private var isFlat: Bool {
    switch self {
    case .array(let items): items.allSatisfy(\.isScalar)
    case .object(let members): members.allSatisfy(\.value.isScalar)
    case .written: false
    default: true
    }
  }

  private var isScalar: Bool {
    switch self {
    case .array(let items): items.isEmpty
    case .object(let members): members.isEmpty
    case .written: false
    default: true
    }
  }

  /// The value's text, indented as at that depth.
  func bytes(depth: Int) -> [UInt8] {
    var out: [UInt8] = []
    write(to: &out, depth: depth)
    return out
  }

  /// The text of the document, indented by two blanks, with a newline at its end.
  package func document() -> String {
    var out: [UInt8] = []
    write(to: &out, depth: 0)
    out.append(0x0a)
    return String(decoding: out, as: UTF8.self)
  }
}

extension JSONValue {
  /// The same on one line, without its end: for JSON Lines, and where bytes are digested.
  package func line() -> String {
    var out: [UInt8] = []
    writeLine(to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  private func writeLine(to out: inout [UInt8]) {
    switch self {
    case .array(let items):
      out.append(0x5b)
      for (index, item) in items.enumerated() {
        if index > 0 { out.append(0x2c) }
        item.writeLine(to: &out)
      }
      out.append(0x5d)
    case .object(let members):
      out.append(0x7b)
      for (index, member) in members.enumerated() {
        if index > 0 { out.append(0x2c) }
        JSONValue.quote(member.key, to: &out)
        out.append(0x3a)
        member.value.writeLine(to: &out)
      }
      out.append(0x7d)
    default: writeScalar(to: &out)
    }
  }

  /// Lines of flat values may be this long before they are broken up.
  private static let lineLimit = 100

  private func write(to out: inout [UInt8], depth: Int) {
    switch self {
    case .array(let items):
      writeMembers(items.count, ("[", "]"), to: &out, depth: depth) { index, out, depth in
        items[index].write(to: &out, depth: depth)
      }
    case .object(let members):
      writeMembers(members.count, ("{", "}"), to: &out, depth: depth) { index, out, depth in
        JSONValue.quote(members[index].key, to: &out)
        out += ": ".utf8
        members[index].value.write(to: &out, depth: depth)
      }
    case .written(let bytes):
      out += bytes
    default:
      writeScalar(to: &out)
    }
  }

  private func writeScalar(to out: inout [UInt8]) {
    switch self {
    case .bool(let value): out += (value ? "true" : "false").utf8
    case .integer(let value): out += String(value).utf8
    case .unsigned(let value): out += String(value).utf8
    case .number(let value): out += JSONValue.numeral(value).utf8
    case .string(let value): JSONValue.quote(value, to: &out)
    case .null, .array, .object, .written: out += "null".utf8
    }
  }

  private func writeMembers(
    _ count: Int, _ brackets: (String, String), to out: inout [UInt8], depth: Int,
    _ write: (Int, inout [UInt8], Int) -> Void
  ) {
    if isFlat {
      let start = out.count
      out += brackets.0.utf8
      for index in 0..<count {
        if index > 0 { out += ", ".utf8 }
        write(index, &out, 0)
      }
      out += brackets.1.utf8
      if count == 0 || out.count - start + 2 * depth <= JSONValue.lineLimit { return }
      out.removeLast(out.count - start)
    }
    out += brackets.0.utf8
    for index in 0..<count {
      out += (index > 0 ? ",\n" : "\n").utf8
      out += repeatElement(0x20, count: 2 * depth + 2)
      write(index, &out, depth + 1)
    }
    out.append(0x0a)
    out += repeatElement(0x20, count: 2 * depth)
    out += brackets.1.utf8
  }

  /// The shortest numeral that reads back as the same number; whole numbers without a point.
  static func numeral(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
    return "\(value)"
  }

  /// A string in quotes. What could drive a terminal is escaped as well as what JSON demands.
  static func quote(_ text: String, to out: inout [UInt8]) {
    out.append(0x22)
    let start = out.count
    out += text.utf8
    // Nearly every string is plain and goes over whole.
    let isPlain = out[start...].allSatisfy { $0 >= 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }
    if !isPlain {
      out.removeLast(out.count - start)
      for scalar in text.unicodeScalars { escape(scalar, to: &out) }
    }
    out.append(0x22)
  }

  private static func escape(_ scalar: Unicode.Scalar, to out: inout [UInt8]) {
    switch scalar {
    case "\"": out += "\\\"".utf8
    case "\\": out += "\\\\".utf8
    case "\n": out += "\\n".utf8
    case "\r": out += "\\r".utf8
    case "\t": out += "\\t".utf8
    default:
      guard scalar.isTreacherous else {
        out += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
        return
      }
      for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
        let digits = String(unit, radix: 16)
        out += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
      }
    }
  }
}
